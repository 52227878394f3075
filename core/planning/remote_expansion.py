"""Expand steps for other machines in a plan, so that code can check and place them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from core.plan import Edge, Plan, Step, references, strings

HERE = ("", "here")
_PATH_OF = re.compile(r"\{\{\s*([A-Za-z_][\w-]*)\.output\.path\s*\}\}")


def expand_remote_steps(plan: Plan) -> Plan:
    """Turn ``device.ask`` and ``device.give`` into steps on the device that they name, and bring a file of another machine first that a step here uses."""
    steps = [_move_to_device(step) for step in plan.steps]
    at = {step.id: step.device for step in steps}
    out: list[Step] = []
    for step in steps:
        if step.device in HERE and not step.where and step.tool != "device.bring":
            step = _bring_files_here(step, at, out)
        out.append(step)
    return plan.with_steps(tuple(out))


def _move_to_device(step: Step) -> Step:
    device = str(step.args.get("device", ""))
    if step.tool == "device.ask" and device:
        return replace(step, device=device, args={"request": step.args.get("request", "")})
    if step.tool == "device.give" and device:
        return replace(
            step, device=device, tool="device.receive", args={key: value for key, value in (("file", step.args.get("path", "")), ("to", step.args.get("to", ""))) if value}
        )
    return step


def _bring_files_here(step: Step, at: Mapping[str, str], out: list[Step]) -> Step:
    sources = dict.fromkeys(match[1] for text in strings(step.args) for match in _PATH_OF.finditer(text))
    for source in sources:
        if at.get(source, "") in HERE:
            continue
        brought = f"{source}_here"
        if all(other.id != brought for other in out):
            out.append(Step(brought, "device.bring", {"device": at[source], "path": f"{{{{{source}.output.path}}}}"}, (Edge(source),), title=f"bring the file of {source} here"))
        args = _retarget_path(step.args, source, brought)
        needs = tuple(edge for edge in step.needs if edge.step != source or source in references(args))
        step = replace(step, args=args, needs=(*needs, Edge(brought)))
    return step


def _retarget_path(value: Any, source: str, brought: str) -> Any:
    if isinstance(value, str):
        return _PATH_OF.sub(lambda match: f"{{{{{brought}.output.path}}}}" if match[1] == source else match[0], value)
    if isinstance(value, dict):
        return {key: _retarget_path(item, source, brought) for key, item in value.items()}
    return [_retarget_path(item, source, brought) for item in value] if isinstance(value, list) else value
