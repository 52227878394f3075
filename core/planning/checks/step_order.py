"""Check and complete the order of steps: dependencies, cycles, and order that only shared paths show."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from core import conditions
from core.plan import Edge, Plan, Step, references
from core.planning.checks.finding import Finding
from core.ports import ToolBox


def check_order(plan: Plan) -> Iterable[Finding]:
    ids = {step.id for step in plan.steps}
    for step in plan.steps:
        needed = {edge.step for edge in step.needs}
        for edge in step.needs:
            if edge.step not in ids:
                yield Finding("unknown_step", f"Step {step.id} needs {edge.step}, which is not in the plan.")
            if edge.on not in ("on_success", "on_failure", "always") and (problem := conditions.check_expression(edge.on)):
                yield Finding("bad_condition", f"The condition from {edge.step} to {step.id} cannot be evaluated: {problem}.")
        for used in references(step.args):
            if used not in ids:
                yield Finding("unknown_step", f"Step {step.id} uses the output of {used}, which is not in the plan.")
            elif used not in needed:
                yield Finding("bad_reference", f"Step {step.id} uses the output of {used} without needing it.")
    if cycle := find_cycle(plan.steps):
        yield Finding("cycle", f"The steps wait for each other: {' → '.join(cycle)}.")


def find_cycle(steps: tuple[Step, ...]) -> list[str]:
    """Return the ids of one cycle, or nothing. Depth-first, without recursion."""
    needs = {step.id: [edge.step for edge in step.needs] for step in steps}
    state: dict[str, int] = {}
    for start in needs:
        path: list[str] = []
        stack = [(start, iter(needs[start]))] if not state.get(start) else []
        if stack:
            state[start] = 1
            path.append(start)
        while stack:
            node, children = stack[-1]
            for child in children:
                if state.get(child) == 1:
                    return [*path[path.index(child) :], child]
                if child in needs and not state.get(child):
                    state[child] = 1
                    path.append(child)
                    stack.append((child, iter(needs[child])))
                    break
            else:
                state[node] = 2
                path.pop()
                stack.pop()
    return []


def add_hidden_order(plan: Plan, tools: ToolBox, workspace: Path) -> Plan:
    """Add an edge wherever two steps touch the same path and at least one of them writes it.

    Planners forget that the folder must exist before the file; side by side, such steps would race.
    """
    touched = [_qualify_paths(step, *tools.touched(step.tool, step.args, workspace)) for step in plan.steps]
    steps: list[Step] = []
    for i, step in enumerate(plan.steps):
        needs = list(step.needs)
        for j in range(i):
            earlier = plan.steps[j]
            if any(edge.step == earlier.id for edge in needs) or _has_edge(steps, earlier.id, step.id):
                continue
            if _has_clash(touched[j][1], touched[i][0] + touched[i][1]) or _has_clash(touched[i][1], touched[j][0]):
                needs.append(Edge(earlier.id))
        steps.append(replace(step, needs=tuple(needs)))
    return plan.with_steps(tuple(steps)) if not find_cycle(tuple(steps)) else plan


def _qualify_paths(step: Step, reads: list[str], writes: list[str]) -> tuple[list[str], list[str]]:
    """Prefix paths with their device: the same path on another machine is another file."""
    place = f"{step.device}:" if step.device else ""
    return [place + path for path in reads], [place + path for path in writes]


def _has_edge(steps: list[Step], earlier: str, later: str) -> bool:
    return any(edge.step == later for step in steps if step.id == earlier for edge in step.needs)


def _has_clash(written: list[str], used: list[str]) -> bool:
    for path in written:
        base = path.rstrip("/")
        for other in used:
            stem = re.split(r"[*?\[]", other)[0].rstrip("/") if any(mark in other for mark in "*?[") else other.rstrip("/")
            if base == stem or base.startswith(stem + "/") or stem.startswith(base + "/"):
                return True
    return False
