"""Read what planners write: lenient about form, strict about meaning.

The documented plan format is in docs/plan-format.md. Accepted besides: a bare list of steps, ``arguments``/``parameters``
for ``args``, ``depends_on`` for ``needs``, ``name``/``function`` for ``tool``, native tool calls, fences and prose around the JSON.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from core.calls.reader import read_calls, schemas_of, visible
from core.messages import Reply, ToolCall, ToolSpec
from core.plan import Edge, Plan, Step, references
from core.storage.json_text import parse_json, repair_json

# Models that are held to it write the fields in this order, which is that of the prompt's examples.
_NEED: dict[str, Any] = {
    "anyOf": [
        {"type": "string"},
        {"type": "object", "properties": {"step": {"type": "string"}, "on": {"type": "string"}}, "required": ["step", "on"]},
    ]
}
PLAN_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "steps": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "id": {"type": "string"},
                    "tool": {"type": "string"},
                    "args": {"type": "object"},
                    "needs": {"type": "array", "items": _NEED},
                    "device": {"type": "string"},
                    "where": {"type": "object"},
                },
                "required": ["id", "tool", "args", "needs"],
            },
        },
        "answer": {"type": "string"},
        "question": {"type": "string"},
    },
    "required": ["steps"],
}
_EDGES = {"success": "on_success", "failure": "on_failure", "fail": "on_failure", "error": "on_failure", "any": "always", "": "on_success"}


class ParseError(ValueError):
    """Text that is no plan, or no review; the message says why."""


def find_json(text: str) -> Any:
    """Return the JSON value in a model's text, repaired where it is damaged. Raises :class:`ParseError`."""
    text = visible(text).strip()
    try:
        return parse_json(text)
    except ValueError:
        pass
    fenced = re.findall(r"```(?:json)?\s*(.*?)```", text, re.S)
    start = min((i for i in (text.find("{"), text.find("[")) if i >= 0), default=-1)
    candidate = fenced[-1] if fenced else text[start:] if start >= 0 else ""
    if not candidate.strip():
        raise ParseError("there is no JSON in it")
    try:
        value = repair_json(candidate)
    except ValueError as error:
        raise ParseError(f"the JSON in it cannot be read ({error})") from error
    if not isinstance(value, dict | list) or not value:
        raise ParseError("the JSON in it cannot be read")
    return value


def read_plan(reply: Reply, tools: Sequence[ToolSpec] = ()) -> Plan:
    """Read the plan in a reply: JSON in our format, tool calls in any family's format, or plain words (then it is a direct answer).

    ``tools`` are those that were offered; without them only calls that name themselves as such are found.
    """
    if reply.calls:
        return _plan_from_calls(reply.calls)
    said = visible(reply.text).strip()
    if not said:
        raise ParseError("it is empty")
    if not _is_in_our_format(said) and (calls := read_calls(said, schemas_of(tools))):
        return _plan_from_calls(calls)
    if "{" not in said and "[" not in said:
        return Plan(answer=said)
    try:
        value = find_json(said)
    except ParseError:
        if said[0] not in "{[`":
            return Plan(answer=said)
        raise
    return plan_from_json(value)


def _plan_from_calls(calls: Sequence[ToolCall]) -> Plan:
    """Make steps of calls, one after the other."""
    return plan_from_json({"steps": [{"id": f"s{n}", "tool": call.name, "args": call.arguments, "needs": [f"s{n - 1}"] if n > 1 else []} for n, call in enumerate(calls, 1)]})


def _is_in_our_format(said: str) -> bool:
    return bool(re.search(r"""["']?(?:steps|plan|answer|question)["'”]?\s*:""", said[:400]))


def plan_from_json(value: Any) -> Plan:
    """Make a plan of parsed JSON, in any of the accepted shapes. Raises :class:`ParseError`."""
    if isinstance(value, dict) and isinstance(value.get("plan"), dict | list):
        value = value["plan"]
    if isinstance(value, list):
        value = {"steps": value}
    if not isinstance(value, dict):
        raise ParseError("the plan is not an object")
    rows = value.get("steps", value.get("tasks", value.get("tool_calls")))
    if rows is None:
        if "tool" in value or ("name" in value and ("arguments" in value or "args" in value)):
            rows = [value]
        elif "answer" in value or "question" in value:
            rows = []
        else:
            raise ParseError('the plan has neither "steps" nor "answer"')
    if not isinstance(rows, list):
        raise ParseError('"steps" is not a list')
    steps = tuple(_read_step(row, n) for n, row in enumerate(rows, 1))
    confidence = value.get("confidence", 1.0)
    return Plan(
        steps=steps,
        answer=str(value.get("answer") or ""),
        question=str(value.get("question") or ""),
        confidence=float(confidence) if isinstance(confidence, int | float) else 1.0,
        notes=tuple(str(note) for note in value.get("notes") or () if isinstance(value.get("notes"), list)),
    )


def _read_step(row: Any, number: int) -> Step:
    if not isinstance(row, dict):
        raise ParseError(f"step {number} is not an object")
    if isinstance(row.get("function"), dict):
        row = {**row, **row["function"]}
    tool = row.get("tool") or row.get("name") or row.get("function") or row.get("action")
    if not isinstance(tool, str):
        raise ParseError(f"step {number} names no tool")
    args: Any = next((row[key] for key in ("args", "arguments", "parameters", "input") if key in row), {})
    if isinstance(args, str):
        args = find_json(args) if args.strip() else {}
    if not isinstance(args, dict):
        raise ParseError(f"the arguments of step {number} are not an object")
    needs = row.get("needs", row.get("depends_on", row.get("after"))) or []
    edges = [_read_edge(item) for item in (needs if isinstance(needs, list) else [needs])]
    known = {edge.step for edge in edges}
    edges += [Edge(step) for step in dict.fromkeys(references(args)) if step not in known]
    return Step(
        id=str(row.get("id") or f"s{number}"), tool=tool, args=args, needs=tuple(edges), device=_read_device(row.get("device")),
        title=str(row.get("title") or row.get("description") or ""), check=str(row.get("check") or ""),
        where=row["where"] if isinstance(row.get("where"), dict) else {},
    )  # fmt: skip


def step_from_json(row: Any) -> Step:
    """Read one step as the journal holds it. Raises :class:`ParseError`."""
    return _read_step(row, 1)


def _read_edge(item: Any) -> Edge:
    if isinstance(item, dict):
        on = str(item.get("on", item.get("when", item.get("condition", ""))))
        return Edge(str(item.get("step", item.get("id", ""))), _EDGES.get(on, on))
    return Edge(str(item))


def _read_device(value: Any) -> str:
    return "" if value in (None, "", "here", "local", "this") else str(value)
