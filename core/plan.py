"""Plans: a graph of typed steps. Values only; checking, running and showing them live elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

REFERENCE = re.compile(r"\{\{\s*([A-Za-z_][\w-]*)\.output((?:\.[\w-]+|\[\d+\])*)\s*\}\}")

TASK = "task"  # a step that is a goal for the action loop: ``{"goal", "tools", "done_when"}``

NEEDS_MODEL = "needs a model that talks"  # a note of the starter: its answer only says that it cannot do it
UNSURE = "unsure: "  # begins the note in which a planner says why its plan is to be looked at


@dataclass(frozen=True, slots=True)
class Edge:
    """An arrow from an earlier step. ``on`` is ``on_success``, ``on_failure``, ``always`` or an expression (see ``conditions``)."""

    step: str
    on: str = "on_success"

    def to_json(self) -> Any:
        return self.step if self.on == "on_success" else {"step": self.step, "on": self.on}


@dataclass(frozen=True, slots=True)
class Step:
    """One call of one tool. ``check`` is an expression over ``output`` that must hold besides the tool's own check."""

    id: str
    tool: str
    args: dict[str, Any] = field(default_factory=dict)
    needs: tuple[Edge, ...] = ()
    device: str = ""
    title: str = ""
    check: str = ""
    where: dict[str, Any] = field(default_factory=dict)  # what it needs of the machine that does it; code chooses one, see core.devices.placement

    def to_json(self) -> dict[str, Any]:
        shown: dict[str, Any] = {"id": self.id, "tool": self.tool, "args": self.args, "needs": [edge.to_json() for edge in self.needs], "device": self.device or "here"}
        if self.title:
            shown["title"] = self.title
        if self.check:
            shown["check"] = self.check
        if self.where:
            shown["where"] = self.where
        return shown


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in the order they were written. An ``answer`` with no steps is a direct reply."""

    steps: tuple[Step, ...] = ()
    answer: str = ""
    question: str = ""
    confidence: float = 1.0
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {"steps": [step.to_json() for step in self.steps], "answer": self.answer, "question": self.question, "confidence": self.confidence, "notes": list(self.notes)}

    def edited(self, step_id: str, args: dict[str, Any]) -> Plan:
        """The same with other arguments for one step."""
        return self.with_steps(tuple(replace(step, args=args) if step.id == step_id else step for step in self.steps))

    def with_steps(self, steps: tuple[Step, ...]) -> Plan:
        return replace(self, steps=steps)


def strings(value: Any) -> Iterator[str]:
    """Every string inside a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from strings(item)


def references(value: Any) -> list[str]:
    """The ids of the steps whose output ``value`` uses, in order of appearance."""
    return [match.group(1) for text in strings(value) for match in REFERENCE.finditer(text)]


def rename_references(value: Any, names: Mapping[str, str]) -> Any:
    """``value`` with references to steps of new names."""
    if isinstance(value, str):
        return REFERENCE.sub(lambda match: f"{{{{{names.get(match[1], match[1])}.output{match[2]}}}}}", value)
    if isinstance(value, dict):
        return {key: rename_references(item, names) for key, item in value.items()}
    return [rename_references(item, names) for item in value] if isinstance(value, list) else value


def resolve_references(value: Any, outputs: dict[str, Any]) -> Any:
    """``value`` with each ``{{s1.output.key[0]}}`` replaced. A string that is one reference keeps the output's type.

    Raises :class:`KeyError` naming the path that is not there.
    """
    if isinstance(value, str):
        whole = REFERENCE.fullmatch(value.strip())
        if whole:
            found = _pick(outputs, whole)
            return Output(found) if isinstance(found, dict) else found
        return REFERENCE.sub(lambda match: as_text(_pick(outputs, match)), value)
    if isinstance(value, dict):
        return {key: resolve_references(item, outputs) for key, item in value.items()}
    if isinstance(value, list):
        return [resolve_references(item, outputs) for item in value]
    return value


def _pick(outputs: dict[str, Any], match: re.Match[str]) -> Any:
    step, path = match.group(1), match.group(2)
    if step not in outputs:
        raise KeyError(f"{step} has no output")
    value = outputs[step]
    for key, index in re.findall(r"\.([\w-]+)|\[(\d+)\]", path):
        try:
            value = value[int(index)] if index else value[key]
        except (KeyError, IndexError, TypeError) as error:
            raise KeyError(f"{step}.output has no {key or index}") from error
    return value


class Output(dict[str, Any]):
    """What a step gave, taken whole into an argument: where text is wanted it reads as text, where an object is wanted it is one."""


def as_text(value: Any) -> str:
    """A value as it reads inside a text: strings as they are, lists of plain values a line each, objects by their main part."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        for key in ("text", "result", "content", "items", "matches"):
            if key in value:
                return as_text(value[key]) + (f" {value['unit']}" if key == "result" and isinstance(value.get("unit"), str) else "")
        return json.dumps(value, ensure_ascii=False, indent=2)
    if isinstance(value, list):
        return "\n".join(as_text(item) if not isinstance(item, dict) else str(item.get("path") or item.get("name") or json.dumps(item, ensure_ascii=False)) for item in value)
    return f"{value:.12g}" if isinstance(value, float) else str(value)
