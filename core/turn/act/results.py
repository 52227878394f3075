"""Results of calls as a model reads them: whole where they are short, else their beginning with what was left out, framed where they come from outside."""

from __future__ import annotations

import json
from typing import Any

from core.pipeline.state import StepState
from core.plan import Step

LETTERS = 4  # of a token, about
SHARE = 0.25  # of the context, for one result
MOST = 30_000  # letters of one result
OLD = 600  # letters that stay of a result that was long ago


def cap_of(context: int) -> int:
    """Letters of one result for a model of ``context`` tokens."""
    return min(MOST, round(context * SHARE * LETTERS))


def render_result(step: Step, state: StepState, most: int, start: int = 0) -> str:
    """What the model is told of a call: its text and, where that says too little, its value; or why it failed, and what would be right."""
    if state.status != "done":
        error = state.error or {}
        return f"{state.status}: {error.get('message', 'It was not done.')} {error.get('hint', '')}".strip()
    text = state.text.strip()
    if _says_too_little(text, state.value):
        text = f"{text}\n{json.dumps(state.value, ensure_ascii=False)}".strip()
    return shorten(text or "Done.", most, step.id, start)


def _says_too_little(text: str, value: Any) -> bool:
    """Whether the words of a result leave out most of its data: fewer than half of its leaves stand in them."""
    leaves = [str(leaf) for leaf in _leaves(value) if str(leaf).strip()]
    return bool(leaves) and sum(leaf.strip() in text for leaf in leaves) * 2 < len(leaves)


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in _leaves(item)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in _leaves(item)]
    return [] if value is None or isinstance(value, bool) else [value]


def shorten(text: str, most: int, step_id: str, start: int = 0) -> str:
    """``most`` letters of a text from ``start``; what is left out is said, with how to see it."""
    part = text[start : start + most]
    before = f"(from letter {start} of {len(text)})\n" if start else ""
    left = len(text) - start - len(part)
    return before + part + (f"\n… {left} more letters; results_show(id={step_id!r}, start={start + len(part)}) goes on" if left > 0 else "")
