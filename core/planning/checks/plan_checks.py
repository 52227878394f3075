"""Check a plan by code, before any model is asked for an opinion.

Each finding is hard (the plan cannot run, or must not) or soft (a doubt that lowers the score and goes to the reviewer).
"""

from __future__ import annotations

from collections.abc import Iterable

from core import conditions
from core.plan import REFERENCE, TASK, Plan, Step, strings
from core.planning.checks.finding import CheckContext, Finding
from core.planning.checks.grounding import find_invented_files, find_stale_memories, missing_literals
from core.planning.checks.step_order import check_order

WHERE = frozenset({"device", "system", "tool", "right", "folder", "gpu_gb", "memory_gb", "model", "seconds", "away"})


def check_plan(plan: Plan, context: CheckContext) -> list[Finding]:
    """Return every finding, hard ones first."""
    found = [*_check_shape(plan, context), *_check_arguments(plan, context), *check_order(plan)]
    if not found:
        found = [*find_invented_files(plan, context), *missing_literals(plan, context), *find_stale_memories(plan, context)]
    return sorted(found, key=lambda finding: not finding.hard)


def _check_shape(plan: Plan, context: CheckContext) -> Iterable[Finding]:
    seen: set[str] = set()
    names = _usable_tools(plan, context)
    if not plan.steps and not plan.answer and not plan.question:
        yield Finding("empty", "The plan has no steps and no answer.")
    if len(plan.steps) > context.max_steps:
        yield Finding("too_long", f"The plan has {len(plan.steps)} steps; at most {context.max_steps} are allowed.")
    for step in plan.steps:
        if step.id in seen:
            yield Finding("duplicate_id", f"Two steps are called {step.id}.")
        seen.add(step.id)
        if step.device or step.where:
            yield from _check_device(step, names, context)
        elif step.tool not in names and context.tools.known(step.tool) and (why := context.tools.why_unavailable(step.tool)):
            yield Finding("unknown_tool", f"Step {step.id} uses {step.tool}, which cannot work here: {why}")
        elif step.tool not in names:
            yield Finding("unknown_tool", f"Step {step.id} uses {step.tool}, which does not exist.")
        elif step.tool in context.denied:
            yield Finding("not_permitted", f"Step {step.id} uses {step.tool}, which the permission rules deny.")


def _usable_tools(plan: Plan, context: CheckContext) -> set[str]:
    """Return the names of the tools that the plan may use on this machine."""
    names = {TASK, *(spec.name for spec in context.tools.specs())}
    return names | {step.tool for step in plan.steps if context.is_preset and context.tools.known(step.tool)}


def _check_device(step: Step, names: set[str], context: CheckContext) -> Iterable[Finding]:
    """Check a step for another machine: the machine has to be known, and to have the tool; what it lets others do it says itself."""
    there = {name.lower(): tools for name, tools in context.devices.items()}
    if step.device and step.device.lower() not in there:
        yield Finding("unknown_device", f"Step {step.id} is meant for {step.device}, which is not a paired device.")
    elif step.device and there[step.device.lower()] and step.tool not in there[step.device.lower()]:
        yield Finding("unknown_tool", f"Step {step.id} uses {step.tool}, which {step.device} does not have.")
    elif not step.device and step.tool not in names and not any(step.tool in tools for tools in there.values()):
        yield Finding("unknown_tool", f"Step {step.id} uses {step.tool}, which no machine has.")
    if step.tool in context.denied:
        yield Finding("not_permitted", f"Step {step.id} uses {step.tool}, which the permission rules deny.")
    if step.device in ("", "here") and step.where and (unknown := set(step.where) - WHERE):
        yield Finding("bad_where", f"Step {step.id} needs {', '.join(sorted(map(str, unknown)))}, which is not known; known are {', '.join(sorted(WHERE))}.")


def _check_arguments(plan: Plan, context: CheckContext) -> Iterable[Finding]:
    names = _usable_tools(plan, context)
    for step in plan.steps:
        if step.tool == TASK:
            if not str(step.args.get("goal") or "").strip():
                yield Finding("bad_arguments", f"Step {step.id} (task): goal is missing.")
        elif step.tool in names and step.device in ("", "here"):
            for problem in context.tools.check_args(step.tool, step.args, references=True):
                yield Finding("bad_arguments", f"Step {step.id} ({step.tool}): {problem}")
        for text in strings(step.args):
            if "{{" in text and "output" in text and len(REFERENCE.findall(text)) < text.count("{{"):
                yield Finding("bad_reference", f"Step {step.id} has a reference that cannot be read: {text[:80]}")
        if step.check and (fault := conditions.check_expression(step.check)):
            yield Finding("bad_check", f"The check of step {step.id} cannot be evaluated: {fault}.")
