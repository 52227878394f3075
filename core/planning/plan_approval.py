"""Approval of a plan by the person: one that is not good enough, or one that they want to see first. They may change it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from core.errors import PlanRejected, RefusedByPolicy
from core.execution.run import Run
from core.execution.summary import describe_call
from core.plan import UNSURE, Plan
from core.planning.checks.finding import CheckContext
from core.planning.checks.plan_checks import check_plan
from core.planning.plan_format import ParseError, plan_from_json
from core.planning.review_loop import PlanVerdict

HOPELESS = 0.3  # a score below this is not worth a person's time
SHOW_REASON = "you want to see such plans before they run"
Normalise = Callable[[Plan], Plan]


async def require_plan_approval(run: Run, verdict: PlanVerdict, normalise: Normalise, context: CheckContext) -> PlanVerdict:
    """Return the verdict once its plan is approved, where it has to be. Raises :class:`PlanRejected` and :class:`RefusedByPolicy`."""
    if not verdict.accepted:
        return await _approve_doubtful(run, verdict, normalise, context)
    return await _ask_until_valid(run, verdict, normalise, context, SHOW_REASON) if _is_to_be_shown(run, verdict.plan) else verdict


async def _approve_doubtful(run: Run, verdict: PlanVerdict, normalise: Normalise, context: CheckContext) -> PlanVerdict:
    """Decide about a plan below the threshold: hopeless ones end the run, doubtful ones are the person's to decide."""
    doubts = [note.removeprefix(UNSURE) for note in verdict.plan.notes if note.startswith(UNSURE)]
    issues = "; ".join(verdict.review.issues or doubts) or "the planner is not sure"
    if verdict.score < HOPELESS or not verdict.plan.steps:
        raise PlanRejected(f"No plan was good enough (best score {verdict.score:.2f}): {issues}.", hint="Say it in other words, or choose a bigger model.")
    if run.request.get("plan_only") or run.request["approve"] == "all" or _is_agreed_as_safe(run, verdict.plan):
        return verdict
    if not run.consent.can_ask():
        raise RefusedByPolicy(
            f"I am not sure enough of this plan (score {verdict.score:.2f}: {issues}), and nobody can be asked.",
            code="not_sure",
            hint=f"Say it in other words, or look at it with --plan-only and allow it with --approve all. Plan: {format_plan(verdict.plan)}",
        )
    return await _ask_until_valid(run, verdict, normalise, context, issues)


def _is_agreed_as_safe(run: Run, plan: Plan) -> bool:
    """Whether ``--approve safe`` covers a doubtful plan: it agrees to whatever can be undone, and to nothing else."""
    return run.request["approve"] == "safe" and all(run.deps.tools.risk(step.tool) in ("reads", "reversible") for step in plan.steps)


def _is_to_be_shown(run: Run, plan: Plan) -> bool:
    """Whether the person wants to see such a plan first; never where nobody can be asked."""
    if run.shows_plan and run.request["approve"] not in ("safe", "all") and not run.request.get("plan_only"):
        return True
    wanted = run.deps.settings["run.show_plan"]
    if wanted == "doubtful" or run.request.get("plan_only") or run.request["approve"] != "ask" or not run.deps.front_end_reachable():
        return False
    shown = {"irreversible": {"irreversible", "leaves"}, "changes": {"reversible", "irreversible", "leaves"}}.get(wanted)
    return shown is None or any(run.deps.tools.risk(step.tool) in shown for step in plan.steps)


async def ask_for_approval(run: Run, plan: Plan, why: str, effects: str, asked: str) -> None:
    """Ask for consent to a plan by its effects. ``asked`` names the question within the run. Raises :class:`RefusedByPolicy`."""
    data = {"kind": "plan", "score": 1.0, "why": why.rstrip("."), "plan": plan.to_json(), "preview": effects, "fixed": True}
    if await run.consent.ask(asked, data) == "no":
        raise RefusedByPolicy("You said no.", code="denied")


async def _ask_until_valid(run: Run, verdict: PlanVerdict, normalise: Normalise, context: CheckContext, why: str) -> PlanVerdict:
    """Ask for consent to a plan; a change that code can fault is shown again with the fault."""
    plan, attempt = verdict.plan, 1
    while True:
        asked = "plan" if attempt == 1 else f"plan{attempt}"
        if not run.consent.can_ask() and not run.deps.approvals.is_open(run.state.run_id, asked):
            raise RefusedByPolicy(
                f"{why[:1].upper()}{why[1:]}, and nobody can be asked.",
                code="not_approved",
                hint=f"Look at it with --plan-only, and allow it with --approve safe or all. Plan: {format_plan(plan)}",
            )
        data = {"kind": "plan", "score": verdict.score, "why": why, "plan": plan.to_json(), "preview": format_plan(plan)}
        if await run.consent.ask(asked, data) == "no":
            raise RefusedByPolicy("The plan was not approved.", code="denied")
        changed = run.deps.approvals.changed_steps(run.state.run_id, asked)
        if changed is None:
            return replace(verdict, plan=plan)
        plan, faults = _apply_changes(plan, changed, normalise, context)
        if not faults:
            run.record_plan(plan, "person", verdict.rounds)
            return replace(verdict, plan=plan)
        why, attempt = " ".join(faults), attempt + 1


def _apply_changes(plan: Plan, steps: list[dict[str, Any]], normalise: Normalise, context: CheckContext) -> tuple[Plan, list[str]]:
    """Put the person's steps into the plan, and say what is wrong with it; edges to steps that are gone go with them."""
    ids = {str(row.get("id")) for row in steps}
    kept = [row | {"needs": [need for need in row.get("needs", []) if (need if isinstance(need, str) else need.get("step")) in ids]} for row in steps]
    try:
        changed = normalise(plan.with_steps(plan_from_json({"steps": kept}).steps))
    except ParseError as error:
        return plan, [f"The changed plan cannot be read: {error}."]
    return changed, [finding.text for finding in check_plan(changed, context) if finding.hard]


def format_plan(plan: Plan) -> str:
    """Describe a plan in a few words, a line a step."""
    return "\n".join(f"{number}. {describe_call(step.tool, step.args)}" for number, step in enumerate(plan.steps, 1))
