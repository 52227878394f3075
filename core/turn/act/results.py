"""Results of calls as a model reads them: whole where they are short, else their beginning with what was left out, framed where they come from outside."""

from __future__ import annotations

import json

from core.execution.run_state import StepState
from core.plan import Step

LETTERS = 4  # of a token, about
SHARE = 0.25  # of the context, for one result
MOST = 30_000  # letters of one result
OLD = 600  # letters that stay of a result that was long ago


def cap_of(context: int) -> int:
    """Letters of one result for a model of ``context`` tokens."""
    return min(MOST, round(context * SHARE * LETTERS))


def render_result(step: Step, state: StepState, most: int, start: int = 0) -> str:
    """What the model is told of a call: its text, or its value where it has none; or why it failed, and what would be right."""
    if state.status != "done":
        error = state.error or {}
        return f"{state.status}: {error.get('message', 'It was not done.')} {error.get('hint', '')}".strip()
    text = state.text.strip() or (json.dumps(state.value, ensure_ascii=False) if state.value not in (None, "", [], {}) else "")
    return shorten(text or "Done.", most, step.id, start)


def shorten(text: str, most: int, step_id: str, start: int = 0) -> str:
    """``most`` letters of a text from ``start``; what is left out is said, with how to see it."""
    part = text[start : start + most]
    before = f"(from letter {start} of {len(text)})\n" if start else ""
    left = len(text) - start - len(part)
    return before + part + (f"\n… {left} more letters; results_show(id={step_id!r}, start={start + len(part)}) goes on" if left > 0 else "")
