"""A run that follows a skill: its plan is ready, its answer a template, and what it did not declare asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.errors import PlanRejected
from core.execution.run_state import RunState
from core.plan import Plan, as_text, resolve_references
from core.planning.plan_checks import CheckContext, check_plan
from core.ports import Intent


def checked(plan: Plan, name: str, context: CheckContext) -> Plan:
    """The plan of a skill when code finds nothing wrong with it. Raises :class:`PlanRejected`."""
    faults = [finding.text for finding in check_plan(plan, context) if finding.hard]
    if faults:
        raise PlanRejected(
            f"The skill {name} has steps that cannot run: {' '.join(faults)}", code="bad_skill", hint=f"`deskhand skill check` says more; `deskhand skill show {name}` shows it."
        )
    return plan


def answer(state: RunState) -> str:
    """The skill's own answer; empty where it has none, or where a step that it speaks of was not done."""
    if not state.skill or state.plan is None or not state.plan.answer or state.repairs:
        return ""
    if any(state.steps[step.id].status not in ("done", "skipped") for step in state.plan.steps):
        return ""
    texts = {step_id: {**(one.value if isinstance(one.value, dict) else {"value": one.value}), "text": one.text} for step_id, one in state.steps.items() if one.status == "done"}
    skipped: dict[str, Any] = {step_id: {"text": ""} for step_id, one in state.steps.items() if one.status == "skipped"}
    try:
        return as_text(resolve_references(state.plan.answer, {**texts, **skipped})).strip()
    except KeyError:
        return ""


def undeclared(skill: Mapping[str, Any], intent: Intent) -> str:
    """Why a step of a skill in its first runs goes beyond what the skill declares; empty where it does not, or where it is trusted."""
    tools = skill.get("tools")
    if tools is None:
        return ""
    from fnmatch import fnmatchcase

    if not any(fnmatchcase(intent.tool, pattern) for pattern in tools):
        return f"the skill {skill['name']} does not say that it uses {intent.tool}"
    strange = [scope.value for scope in intent.scopes if scope.kind == "host" and scope.value.split(":")[0].lower() not in skill.get("hosts", ())]
    return f"the skill {skill['name']} does not say that it reaches {strange[0]}" if strange else ""
