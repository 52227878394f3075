"""A skill as one step of a larger plan: its own steps take the place of ``skill.NAME``."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from core.plan import REFERENCE, Edge, Plan, Step

PREFIX = "skill."
StepsOf = Callable[[str, dict[str, Any]], Plan]


def expand(plan: Plan, steps_of: StepsOf) -> Plan:
    """``plan`` without skill steps. Whatever ``steps_of`` raises for an unknown skill or wrong inputs goes through."""
    if not any(step.tool.startswith(PREFIX) for step in plan.steps):
        return plan
    made: list[Step] = []
    last: dict[str, str] = {}  # of a skill's step: the step that stands for its end
    results: dict[str, str] = {}  # of a skill's step: what its output is
    for step in plan.steps:
        step = _after(step, last, results)
        if not step.tool.startswith(PREFIX):
            made.append(step)
            continue
        inner = steps_of(step.tool.removeprefix(PREFIX), step.args)
        renamed = [_inside(one, step, {other.id for other in inner.steps}) for one in inner.steps]
        made += renamed
        last[step.id] = renamed[-1].id
        results[step.id] = REFERENCE.sub(rf"{{{{{step.id}_\1.output\2}}}}", inner.answer) if inner.answer else f"{{{{{renamed[-1].id}.output}}}}"
    return plan.with_steps(tuple(made))


def _inside(step: Step, outer: Step, ids: set[str]) -> Step:
    """A step of the skill under the outer step's name; those that need nothing wait for what the outer step needs."""

    def renamed(match: re.Match[str]) -> str:
        return f"{{{{{outer.id}_{match[1]}.output{match[2]}}}}}" if match[1] in ids else match[0]

    needs = tuple(Edge(f"{outer.id}_{edge.step}", edge.on) for edge in step.needs) or outer.needs
    return replace(step, id=f"{outer.id}_{step.id}", args=_mapped(step.args, renamed), needs=needs, device=step.device or outer.device)


def _after(step: Step, last: dict[str, str], results: dict[str, str]) -> Step:
    """A step with its edges and references to skills led to their ends: the whole output of a skill is its result, a part of it that of its last step."""
    extra: list[Edge] = []

    def led(match: re.Match[str]) -> str:
        if match[1] not in results:
            return match[0]
        meant = results[match[1]] if match[2] in ("", ".text") else f"{{{{{last[match[1]]}.output{match[2]}}}}}"
        known = {edge.step for edge in (*step.needs, *extra)}
        extra.extend(Edge(found[1]) for found in REFERENCE.finditer(meant) if found[1] not in known)
        return meant

    args = _mapped(step.args, led)
    needs = tuple(Edge(last.get(edge.step, edge.step), edge.on) for edge in step.needs)
    known = {edge.step for edge in needs}
    return replace(step, args=args, needs=(*needs, *(edge for edge in dict.fromkeys(extra) if edge.step not in known)))


def _mapped(value: Any, change: Callable[[re.Match[str]], str]) -> Any:
    if isinstance(value, str):
        return REFERENCE.sub(change, value)
    if isinstance(value, dict):
        return {key: _mapped(item, change) for key, item in value.items()}
    return [_mapped(item, change) for item in value] if isinstance(value, list) else value
