"""What was done earlier in this conversation, so that "that" and "the other one" have something to point at.

Each result is told once: a short one whole, a longer one up to the end of a line, with how much is left and the id by which ``results_show`` shows it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from core import events
from core.execution.run import Run
from core.execution.run_state import RunState
from core.planning.prompts import data_block

MOST_STEPS = 12  # earlier calls that are told
WHOLE, LEAST = 1500, 200  # letters of a result that is told whole; room below which none of it is told
SHARE, LETTERS = 0.08, 4  # of the context, for all results together; letters of a token, about
ARGUMENT, ARGUMENTS = 60, 240  # letters of a text among the arguments, and of all of them
TAIL = 4  # letters of a run's id that name it; the last ones are random
_TYPES = (events.STEP_ADDED, events.PLAN_ACCEPTED, events.STEP_EDITED, events.STEP_STARTED, events.STEP_FINISHED)


@dataclass(frozen=True)
class EarlierStep:
    """A step of a former turn: ``row`` as the conversation keeps it, ``state`` of its run as the journal has it."""

    run_id: str
    row: Mapping[str, Any]
    state: RunState

    @property
    def id(self) -> str:
        """What ``results_show`` takes: unlike the ids within one run, which begin anew in each."""
        return f"{self.run_id[-TAIL:]}.{self.row.get('id') or ''}"

    @property
    def tool(self) -> str:
        return str(self.row.get("tool") or "")

    @cached_property
    def text(self) -> str:
        """The whole result, or why there is none; what the conversation kept of it where the journal has it no more."""
        found = self.state.steps.get(str(self.row.get("id")))
        error = found.error if found else None
        return str((error or {}).get("message") or (found.text if found else "") or self.row.get("text") or "").strip()

    @cached_property
    def head(self) -> str:
        """The call and how it ended, in a line."""
        args = json.dumps(_shorten(self.row.get("args") or {}), ensure_ascii=False)
        return f"- {self.tool.replace('.', '_')} {args if len(args) <= ARGUMENTS else args[:ARGUMENTS] + '…'}: {self.row.get('status')}"


def earlier_steps(run: Run) -> list[EarlierStep]:
    """The steps of the last turns of the conversation, oldest first."""
    found = []
    for turn in run.deps.recent_turns(run.request.get("conversation_id", ""), run.state.run_id):
        state = RunState.replay(turn.run_id, run.deps.journal.of_run(turn.run_id, _TYPES)) if turn.steps else RunState(turn.run_id)
        found += [EarlierStep(turn.run_id, row, state) for row in turn.steps if row.get("tool")]
    return found


def describe_earlier(run: Run, context: int, can_show: bool) -> str:
    """The last calls with their results, for a model of ``context`` tokens; ``can_show``: it may ask for the rest of one. Empty where there was none."""
    once = {(step.head, step.text): step for step in earlier_steps(run)}  # the last of those that are the same
    steps = list(once.values())[-MOST_STEPS:]
    room, told = round(context * SHARE * LETTERS), list[str]()
    for step in reversed(steps):  # the newest first: what does not fit is what was long ago
        part = _excerpt(step, min(WHOLE, room), can_show)
        told.insert(0, f"{step.head}\n{part}".strip())
        room -= len(part)
    return "Done earlier in this conversation:\n" + "\n".join(told) if told else ""


def _excerpt(step: EarlierStep, most: int, can_show: bool) -> str:
    """The result up to the end of a line within ``most`` letters, marked as material, and what is left of it."""
    whole = step.text
    part = whole if len(whole) <= most else _cut(whole, most) if most >= LEAST else ""
    left = len(whole) - len(part)
    more = f"results_show(id={step.id!r}{f', start={len(part)}' if part else ''}) shows {'them' if part else 'it'}" if can_show else ""
    note = f"({left} {'more ' if part else ''}letters{' of result' if not part else ''}, not told here{'; ' if more else ''}{more})" if left else ""
    return "\n".join(filter(None, (data_block(part, step.tool) if part else "", note)))


def _cut(text: str, most: int) -> str:
    """Whole lines; of a line that is longer than all of the room its words, marked."""
    end = text.rfind("\n", 0, most)
    return text[:end] if end > 0 else text[: max(text.rfind(" ", 0, most), most // 2)]


def _shorten(value: Any) -> Any:
    """Arguments as far as they say what a call was about: long texts (SQL, what was written) by their beginning."""
    if isinstance(value, str):
        return value if len(value) <= ARGUMENT else value[:ARGUMENT].rsplit(" ", 1)[0] + "…"
    if isinstance(value, Mapping):
        return {key: _shorten(item) for key, item in value.items()}
    return [*map(_shorten, value[:8]), *["…"] * (len(value) > 8)] if isinstance(value, list) else value


def find_earlier(run: Run, step_id: str) -> EarlierStep | None:
    """The earlier step of this id; of several the newest."""
    return next((step for step in reversed(earlier_steps(run)) if step.id == step_id), None)
