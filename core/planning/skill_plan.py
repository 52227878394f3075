"""Plan and answer of a run that follows a skill: the plan is ready, the answer a template."""

from __future__ import annotations

from typing import Any

from core.errors import PlanRejected
from core.execution.run_state import RunState
from core.plan import Plan, as_text, resolve_references
from core.planning.checks.finding import CheckContext
from core.planning.checks.plan_checks import check_plan


def require_valid_plan(plan: Plan, name: str, context: CheckContext) -> Plan:
    """Return a skill's plan when code finds nothing wrong with it. Raises :class:`PlanRejected`."""
    faults = [finding.text for finding in check_plan(plan, context) if finding.hard]
    if faults:
        raise PlanRejected(
            f"The skill {name} has steps that cannot run: {' '.join(faults)}", code="bad_skill", hint=f"`deskhand skill check` says more; `deskhand skill show {name}` shows it."
        )
    return plan


def render_answer(state: RunState) -> str:
    """Fill in the skill's own answer; empty where it has none, or where a step that it speaks of was not done."""
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
