"""Calls that were made before in this turn: what was done is not done again without the person's word.

A model that repeats itself, a server that sends a call twice and a reply that is asked for anew after a dropped one look alike: the same tool with
the same arguments. Ids tell nothing: many servers number them anew with each reply. All of this follows from the journal, so that a run that was
resumed answers as it would have.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from core.execution.run import Run
from core.execution.run_state import StepState
from core.plan import Step
from core.turn.answer.lexicon import COUNT_WORDS, alternation

SAME_CALLS = 3  # replies with the same call, of which the last ends the loop
MOST_ASKED = 20  # times that a request can ask for the same
_NUMBER = rf"(?P<number>\d{{1,3}}|{alternation(COUNT_WORDS)})"
_TIMES = re.compile(
    rf"\b{_NUMBER}\s*(?:[- ]?mal\b|x\b|×|times\b|fois\b|veces\b|volte\b|vezes\b|keer\b|раза?\b|(?:\w+\s+){{0,2}}(?:lines?|rows?|copies|entries|zeilen|kopien|einträge|lignes|copies|líneas|filas|copias)\b)",
    re.I,
)
_TWICE = re.compile(r"\b(?:twice|doubled?|doppelt|due volte|duas vezes)\b", re.I)


@dataclass(frozen=True, slots=True)
class Repeat:
    """A call that ``step`` has answered already; ``times`` is in how many replies it now was made. ``is_pending``: the step is of this very reply."""

    step: Step
    times: int
    is_pending: bool = False


def times_asked(request: str) -> int:
    """How often a request lets the same be done: once, unless it says how many times, lines or copies it wants.

    >>> times_asked("add the line HELLO three times"), times_asked("schreib es zweimal hin"), times_asked("add 20 dollars")
    (3, 2, 1)
    """
    found = [int(word) if word.isdigit() else COUNT_WORDS[word] for word in (match["number"].lower() for match in _TIMES.finditer(request))]
    return min(MOST_ASKED, max([1, *found, *([2] if _TWICE.search(request) else [])]))


@dataclass(frozen=True, slots=True)
class Repeats:
    """Looks for repeated calls in the turn of ``run``; ``owner`` names the step that the asking loop works for."""

    run: Run
    owner: str

    def find(self, tool: str, args: Mapping[str, Any], pending: Sequence[Step]) -> Repeat | None:
        """What answers this call already; None where it is to be made. ``pending`` are the steps of the same reply so far.

        One that failed may be tried again once. One that only reads is made again once anything was changed; one that changes, once another step of a
        later reply has changed what it acts on.
        """
        waiting = [step for step in pending if (step.tool, step.args) == (tool, args)]
        before = [step for step in self.run.state.all_steps if (step.tool, step.args) == (tool, args) and self._is_known_here(step)]
        since = self._since_change(before)
        answered = [step for step in since if is_answered(self.run.state.steps[step.id])]
        allowed = 1 if self._reads(tool) else times_asked(self.run.text)
        if answered and len(answered) + len(waiting) >= allowed:
            return Repeat(answered[-1], self._times(answered[-1]))
        if waiting and len(answered) + len(waiting) >= allowed:
            return Repeat(waiting[-1], 1, is_pending=True)
        failed = [step for step in since if self.run.state.steps[step.id].status not in ("done", "running")]
        return Repeat(failed[-1], SAME_CALLS) if not answered and len(failed) >= SAME_CALLS - 1 else None

    def _is_known_here(self, step: Step) -> bool:
        """Whether the asking loop has read what a step gave, or has to know of it because it changed something."""
        return not self._reads(step.tool) or self.run.state.owners.get(step.id, "") == self.owner

    def _reads(self, tool: str) -> bool:
        return self.run.deps.tools.risk(tool) == "reads"

    def _since_change(self, same: Sequence[Step]) -> list[Step]:
        """Of equal calls those after which nothing was changed that would let them be made again."""
        return [step for step in same if not any(self._lets_again(step, other) for other in self._changes_after(step))]

    def _changes_after(self, step: Step) -> list[Step]:
        steps, state = self.run.state.all_steps, self.run.state.steps
        later = steps[[one.id for one in steps].index(step.id) + 1 :]
        return [other for other in later if not self._reads(other.tool) and state[other.id].status == "done" and (other.tool, other.args) != (step.tool, step.args)]

    def _lets_again(self, step: Step, other: Step) -> bool:
        if self._reads(step.tool):
            return True
        replied = self._reply_numbers()
        if replied.get(step.id, -1) == replied.get(other.id, -2):
            return False  # who wrote both at once knew of it: the whole reply may come again
        return self.run.deps.tools.risk(step.tool) == "irreversible" or acts_on_same(self._target(step), self._target(other))

    def _target(self, step: Step) -> Target:
        changes: list[dict[str, Any]] = (self.run.state.steps[step.id].intent or {}).get("changes", [])
        paths = frozenset(str(change[key]) for change in changes for key in ("path", "to") if change.get(key))
        return Target(step.tool.rpartition(".")[0], paths, self.run.deps.tools.risk(step.tool) == "irreversible")

    def _reply_numbers(self) -> dict[str, int]:
        return {call["step"]: number for number, reply in enumerate(self.run.state.replies) for call in reply.calls if call["step"]}

    def _times(self, step: Step) -> int:
        """In how many replies a call was made that this step answers, the present one included."""
        calls = [{call.get("same_as") for call in reply.calls} for reply in self.run.state.replies_of(self.owner) if all(call["step"] != step.id for call in reply.calls)]
        return 2 + sum(step.id in answered for answered in calls)


@dataclass(frozen=True, slots=True)
class Target:
    """What a step acts on: the files that it changed, or else what its family of tools (``calendar``, ``mail``) holds. ``is_program``: it may have changed any file."""

    family: str
    paths: frozenset[str]
    is_program: bool


def acts_on_same(one: Target, other: Target) -> bool:
    """Whether the second has changed what the first acts on: one of its files, a folder around or below it, or where it acts on no file, its family's things."""
    if not one.paths:
        return one.family == other.family
    return (other.is_program and not other.paths) or any(_is_within(path, place) or _is_within(place, path) for path in one.paths for place in other.paths)


def _is_within(path: str, folder: str) -> bool:
    return path == folder or PurePath(folder) in PurePath(path).parents


def is_answered(state: StepState) -> bool:
    """Whether a step answers a call that is made again: it was done, may have been done (a crash came between), or was refused."""
    return state.status in ("done", "running") or (state.error or {}).get("code") in ("denied", "interrupted")


def is_refused(state: StepState) -> bool:
    """Whether somebody or a rule said no to a step."""
    return (state.error or {}).get("code") == "denied"
