"""What was done, by kind: from a step's tool, arguments and changes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.plan import strings
from core.turn.answer.names import base_name, plain_name

KINDS = ("created", "changed", "moved", "copied", "deleted", "sent", "scheduled", "remembered", "ran", "computed", "looked")
_TOOL_WORDS: tuple[tuple[str, str], ...] = (
    ("deleted", "delete remove trash rm unlink forget cancel clear erase purge drop"),
    ("moved", "move rename mv sort organize organise archive reorder restore"),
    ("copied", "copy duplicate cp clone backup"),
    ("sent", "send reply forward post share upload submit publish invite email notify message pay transfer give ask offer notice"),
    ("scheduled", "schedule remind reminder calendar caldav event appointment alarm timer reschedule reserve book"),
    ("remembered", "remember memory memorize"),
    ("created", "create make write save new add generate mkdir convert extract merge screenshot receive bring download archive compose insert append resize"),
    ("changed", "update edit change set modify replace append write add mark done convert rename resize remove fill merge sort toggle assign"),
    ("ran", "run execute exec shell code program start stop open close click type play press control volume launch end install act front fill pay transfer book reserve order buy"),
)
_KINDS_OF_WORD: dict[str, set[str]] = {}
for _kind, _words in _TOOL_WORDS:
    for _word in _words.split():
        _KINDS_OF_WORD.setdefault(_word, set()).add(_kind)
_LOOKING_TEXT = "get list read search find fetch describe query info check show view lookup evaluate calculate now resolve count"
_LOOKING = frozenset(_LOOKING_TEXT.split())
_CHANGE_KINDS = {"mkdir": {"created"}, "move": {"moved"}, "clipboard": {"copied", "changed"}, "schedule": {"scheduled", "created", "changed"}, "memory": {"remembered"}}
_EXECUTING = frozenset({"run", "code", "program", "shell", "execute", "exec", "calc", "evaluate"})
_DONE = ("done", "ok", "finished", "success")


@dataclass(frozen=True, slots=True)
class StepFact:
    """One step of the turn as the loop knows it. ``changes``: :class:`core.ports.Change` or the same as JSON; ``error``: why it failed."""

    tool: str
    args: Mapping[str, Any]
    status: str = "done"
    text: str = ""
    value: Any = None
    risk: str = "reads"
    changes: tuple[Any, ...] = ()
    title: str = ""
    error: str = ""

    @property
    def is_done(self) -> bool:
        return self.status in _DONE

    @property
    def is_acting(self) -> bool:
        """Whether it changed something, here or elsewhere."""
        words = _tool_words(self.tool)
        return bool(self.changes) or (self.risk != "reads" and not (self.risk in ("leaves", "external") and words & _LOOKING))

    @property
    def is_own_words(self) -> bool:
        """Whether its result is made of what the model itself wrote: a program, an expression."""
        return bool(_tool_words(self.tool) & _EXECUTING)


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that was done: of one of :data:`KINDS`, to ``targets`` (paths, addresses and titles, as :func:`plain_name` writes them); ``places``: what changed."""

    kind: str
    targets: tuple[str, ...] = ()
    tool: str = ""
    places: tuple[str, ...] = ()


def deeds_of(step: StepFact) -> tuple[Deed, ...]:
    """The deeds of a step; none where it is not done. A step that only reads is ``looked``, one that only computes ``computed`` too."""
    if not step.is_done:
        return ()
    targets = tuple(sorted(_targets(step)))
    if not step.is_acting:
        kinds = {"looked", "computed"} if step.is_own_words else {"looked"}
    else:
        kinds = _kinds_by_name(step.tool) | {kind for change in step.changes for kind in _kinds_by_change(change, step.tool)} or {"ran"}
        is_unknown = not step.changes and step.risk != "reversible"  # what happened elsewhere may be more than its name says
        kinds = kinds | {"ran", "looked"} if is_unknown else kinds | {"looked"}
    places = tuple(sorted(_changed_places(step)))
    return tuple(Deed(kind, targets, step.tool, places) for kind in sorted(kinds))


def _tool_words(tool: str) -> set[str]:
    return set(re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", tool).lower()))


def _kinds_by_name(tool: str) -> set[str]:
    return {kind for word in _tool_words(tool) for kind in _KINDS_OF_WORD.get(word, ())}


def _kinds_by_change(change: Any, tool: str) -> Iterable[str]:
    kind, before, after = (_field(change, name) for name in ("kind", "before", "after"))
    if kind == "put":
        return {"deleted"} if not after else {"changed"} if before else {"created"}
    if kind == "memory" and not _field(change, "to"):
        return {"deleted"}
    if kind == "move" and _tool_words(tool) & {"delete", "remove", "trash"}:
        return {"deleted"}
    return _CHANGE_KINDS.get(str(kind), {"changed"})


def _field(change: Any, name: str) -> Any:
    return change.get(name) if isinstance(change, Mapping) else getattr(change, name, None)


def _targets(step: StepFact) -> Iterator[str]:
    yield from _changed_places(step)
    yield from (plain_name(text) for text in strings(dict(step.args)) if 0 < len(text) <= 200 and "\n" not in text)


def _changed_places(step: StepFact) -> Iterator[str]:
    for change in step.changes:
        if isinstance(change, str):
            yield plain_name(change)
        else:
            yield from (plain_name(str(place)) for place in (_field(change, "path"), _field(change, "to")) if place)


def is_target(path: str, targets: Iterable[str]) -> bool:
    """Whether a file as named in an answer is among what a deed was done to: the same last part, or a folder on the way."""
    name = base_name(path)
    return any(name == base_name(target) or name in target.split("/") or name in target for target in targets)
