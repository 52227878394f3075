"""Choose the route and produce an accepted plan: one that came with the request, a skill's, or a planner's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core import events
from core.errors import PlanRejected
from core.execution.run import Run
from core.gate import provenance
from core.plan import NEEDS_MODEL, Plan, Step
from core.planning import skill_plan
from core.planning.checks.finding import Finding
from core.planning.checks.plan_checks import check_plan
from core.planning.effects import prepare_dry
from core.planning.plan_approval import require_plan_approval
from core.planning.plan_format import ParseError, plan_from_json
from core.planning.planning_context import build_planning_context, find_planner_taint, normalise_plan
from core.planning.review import SURE, Review
from core.planning.review_loop import PlanReviewLoop, PlanVerdict
from core.ports import ChatModel, SkillUse, SwitchReport, ToolBox
from core.turn.act.allowance import MOST_FILES

EXPECTED_ROUNDS = 2  # of planner and reviewer, for the decision who stays loaded


async def plan_request(run: Run, why: str = "") -> None:
    """Go the way over a plan: the planner's first reply says whether there is anything to discuss. ``why`` this way was chosen, where it was."""
    planner, reviewer = run.model("planner"), run.model("reviewer")
    rounds = (planner.profile.id, reviewer.profile.id) * EXPECTED_ROUNDS
    run.deps.pool.expect(run.state.run_id, (*rounds, run.model("executor").profile.id))
    if run.skill and not planner.profile.chats:
        run.require_model()
        reply_directly(
            run,
            f"The skill {run.skill.name} is written for a model that reads, and the built-in starter does not. The best one for this machine can be fetched (in the window under Models).",
        )
        return
    await _plan_with_planner(run, planner, reviewer, why)


# -- without a planner --------------------------------------------------------------------------------------------


def preset_plan(run: Run) -> Plan | None:
    """Return the plan that came with the request (from a hub), or that addresses a device: by ``@name``, or in plain words where the planner knows of no machines."""
    if rows := run.request.get("given"):
        return plan_from_json({"steps": rows})
    if addressed := run.deps.elsewhere.addressed(run.text):
        return Plan((Step("s1", "device.ask", {"request": addressed[1]}, device=addressed[0]),))
    return None if run.model("planner").profile.chats else run.deps.elsewhere.meant(run.text)


def accept_preset_plan(run: Run, preset: Plan) -> None:
    """Accept a preset plan after code has checked it. Raises :class:`PlanRejected`."""
    try:
        plan = normalise_plan(run, preset, is_preset=True)
    except ParseError as error:
        raise PlanRejected(f"The plan cannot be read: {error}.") from error
    if faults := [finding.text for finding in check_plan(plan, run.build_check_context(is_preset=True)) if finding.hard and finding.code != "invented_file"]:
        raise PlanRejected(" ".join(faults))
    run.record_way("plan" if len(plan.steps) > 1 else "act", "Its steps were given with it.")
    run.record_plan(plan, "hub" if run.request.get("remote") else "person")
    run.append(events.PLAN_ACCEPTED, {"plan": plan.to_json(), "suspect": run.suspect_steps(plan), "from": provenance.request_origin(run.request), "rounds": 0, "score": 1.0})


async def run_skill_recipe(run: Run, skill: SkillUse) -> None:
    """Accept a skill's plan after code has checked it, or ask what it still has to know."""
    if skill.plan is None:
        reply_directly(run, skill.question)
        return
    context = run.build_check_context()
    plan = skill_plan.require_valid_plan(normalise_plan(run, skill.plan), skill.name, context)
    run.record_way("plan", f"The skill {skill.name} has a recipe for it.")
    run.record_plan(plan, f"skill {skill.name}")
    verdict = await require_plan_approval(run, PlanVerdict(plan, 1.0, 0, True, Review(1.0)), lambda changed: normalise_plan(run, changed), context)
    accepted = replace(verdict.plan, answer=skill.plan.answer)
    run.append(
        events.PLAN_ACCEPTED,
        {"plan": accepted.to_json(), "suspect": run.suspect_steps(accepted), "from": provenance.request_origin(run.request), "rounds": 0, "score": 1.0, "skill": skill.to_json()},
    )


def reply_directly(run: Run, text: str, why: str = "Code knows the answer.") -> None:
    """Answer without any model."""
    run.record_way("instant", why, {})
    run.send_answer(text)
    run.append(events.PLAN_ACCEPTED, {"plan": Plan(answer=text).to_json(), "rounds": 0, "score": 1.0})


# -- with one -----------------------------------------------------------------------------------------------------


async def _plan_with_planner(run: Run, planner: ChatModel, reviewer: ChatModel, why: str) -> None:
    review_loop = await build_planning_context(run, planner, reviewer)
    pool = run.deps.pool
    if pool.loads_in(planner.profile.id) == 0 < pool.loads_in(reviewer.profile.id):
        pool.ahead(reviewer.profile.id, lambda report: record_load(run, report), beside=True)  # while the planner speaks
    with run.time_stage("discussion"):
        plan, findings = await review_loop.propose_first_plan()
    if NEEDS_MODEL in plan.notes and not plan.steps:
        run.require_model()
    route = choose_route(plan, findings, run.deps.tools)
    if route == "step" and not is_certain(plan, findings, run.deps.tools):
        route = "plan"
    if route == "step" and await _is_large_change(run, plan):
        route, run.shows_plan = "plan", run.request["approve"] == "ask" and run.deps.front_end_reachable()
    way, reason = _choose_way(route, planner)
    run.record_way(way, why or reason)
    if route == "direct":
        await _answer_directly(run, plan, find_planner_taint(run, planner, review_loop), planner)
        return
    with run.time_stage("discussion"):
        verdict = PlanVerdict(plan, plan.confidence, 0, True, Review(plan.confidence)) if route == "step" else await review_loop.run(plan, findings)
    verdict = await require_plan_approval(run, verdict, review_loop.normalise, review_loop.context)
    _accept_plan(run, verdict, planner, review_loop)


async def _answer_directly(run: Run, plan: Plan, told: dict[str, Any], planner: ChatModel) -> None:
    """Send a reply without steps as text at once; the starter's with the skill that comes near, where one does."""
    if not planner.profile.chats and (hint := (await run.deps.skills.fitting(run.text, run.workspace, False))[1]):
        plan = replace(plan, answer=f"{plan.answer or plan.question}\n\n{hint}")
    run.send_answer(plan.answer or plan.question)
    run.append(events.PLAN_ACCEPTED, {"plan": Plan(answer=plan.answer, question=plan.question).to_json(), "rounds": 0, "score": 1.0, **told})


def _accept_plan(run: Run, verdict: PlanVerdict, planner: ChatModel, review_loop: PlanReviewLoop) -> None:
    """Journal the plan that will be carried out, and whether words from outside may have written it."""
    untrusted = {"outside": True, "from": f"the skill {run.skill.name}"} if run.skill and run.skill.tools is not None else {}
    told: dict[str, Any] = find_planner_taint(run, planner, review_loop) or untrusted
    if run.skill:
        told = {**told, "skill": run.skill.to_json()}
    suspect = [step.id for step in verdict.plan.steps] if told.get("outside") else []
    run.append(events.PLAN_ACCEPTED, {"plan": verdict.plan.to_json(), "suspect": suspect, "rounds": verdict.rounds, "score": round(verdict.score, 3), **told})


def record_load(run: Run, report: SwitchReport) -> None:
    """Journal a model that was loaded beside the run's own way."""
    if report.loaded and run.state.status == "running":
        run.append(events.MODELS_LOADED, report.to_json())


async def _is_large_change(run: Run, plan: Plan) -> bool:
    """Whether a dry run changes more files than go without a plan."""
    intents = [await prepare_dry(run.deps, run.request, run.state.run_id, step) for step in plan.steps]
    return sum(len(intent.changes) for intent in intents if intent) > MOST_FILES


def _choose_way(route: str, planner: ChatModel) -> tuple[str, str]:
    """Return the way that a planner's first reply comes to, and why."""
    if route == "plan":
        return "plan", "It takes several steps, or a step that is looked at first."
    if not planner.profile.chats:
        return "instant", "The built-in starter read it for sure."
    return ("talk", "It needs no tool.") if route == "direct" else ("act", "One step does it.")


def choose_route(plan: Plan, findings: list[Finding], tools: ToolBox) -> str:
    """Return ``direct`` for a reply, ``step`` for one step that reads or can be undone, else ``plan``."""
    if not plan.steps and not findings:
        return "direct"
    if len(plan.steps) == 1 and not any(finding.hard for finding in findings) and tools.risk(plan.steps[0].tool) in ("reads", "reversible"):
        return "step"
    return "plan"


def is_certain(plan: Plan, findings: list[Finding], tools: ToolBox) -> bool:
    """Whether one step may go without a discussion: no doubt found by code, and the planner sure enough; reading takes less."""
    return not findings and plan.confidence >= (0.5 if tools.risk(plan.steps[0].tool) == "reads" else SURE)
