"""Context of planner and reviewer: the conversation, memories, skills, machines, tools."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from core.execution.run import Run
from core.gate import provenance
from core.plan import Plan
from core.planning import prompts
from core.planning.effects import describe_effects, shorten_effects
from core.planning.review_loop import PlanReviewLoop
from core.ports import ChatModel
from core.turn.context.history import trim_history

TURNS = 6  # of the conversation, for a planner that only looks back to see what "it" means


async def build_planning_context(run: Run, planner: ChatModel, reviewer: ChatModel) -> PlanReviewLoop:
    """Build the plan review loop of the run's request, with everything that its models may know."""
    settings, reads = run.deps.settings, planner.profile.chats
    history = run.deps.history(run.request.get("conversation_id", ""), run.state.run_id)
    run.remembered = await run.recall() if reads else ()
    remembered = tuple(line for _, line in run.remembered)
    history = trim_history(history, planner.profile.context)
    context = run.build_check_context(remembered, tuple(message.content for message in history))
    now = run.deps.clock.now().astimezone()
    facts = f"Workspace: {run.workspace}\nNow: {now:%A %Y-%m-%d %H:%M} ({now.tzname()})" + (f"\n{run.request['instructions']}" if run.request.get("instructions") else "")
    facts += f"\nRemembered from earlier, which may be out of date:\n{prompts.data_block(chr(10).join(remembered), 'memory')}" if remembered else ""
    facts += await _describe_skills(run) if reads else ""
    if reads and (machines := run.deps.elsewhere.described()):
        facts += f"\n{prompts.DEVICES}\n{prompts.data_block(machines, 'devices')}"
    return PlanReviewLoop(
        run.caller, planner, reviewer, context, facts, history, settings["discussion.threshold"], settings["discussion.rounds"], run.append,
        {"workspace": str(run.workspace), "today": f"{now:%Y-%m-%d}", "turns": [[message.role, message.content] for message in history[-TURNS:]]},
        await run.inventory(min(planner.profile.context, reviewer.profile.context)), lambda plan: run.deps.skills.expanded(plan, run.workspace),
        _effects_for_models(run),
    )  # fmt: skip


def _effects_for_models(run: Run) -> Callable[[Plan], Awaitable[str]]:
    async def effects(plan: Plan) -> str:
        return shorten_effects(await describe_effects(run.deps, run.request, run.state.run_id, plan))

    return effects


def normalise_plan(run: Run, plan: Plan, is_preset: bool = False) -> Plan:
    """Normalise a plan that no planner of this run wrote, with its tools and arguments as the registry has them. Raises :class:`ParseError`."""
    planner = run.model("planner")
    return PlanReviewLoop(run.caller, planner, planner, run.build_check_context(is_preset=is_preset), "", (), 0.0, 1, run.append).normalise(plan)


async def _describe_skills(run: Run) -> str:
    """Describe the skills to a planner that reads: the text of one that fits or was named, and a line for each that can be a step."""
    fitting, lines = await run.deps.skills.fitting(run.text, run.workspace, True)
    run.skill = run.skill or fitting
    told = f"\n{prompts.SKILL_STEPS}\n{lines}" if lines else ""
    return told + (f"\n{run.skill.guidance}" if run.skill and run.skill.guidance else "")


def find_planner_taint(run: Run, planner: ChatModel, review_loop: PlanReviewLoop) -> dict[str, Any]:
    """Return where words from outside in the planner's conversation came from; a planner that only copies from the request does not follow them."""
    if not run.own_words:
        return {"outside": True, "from": provenance.request_origin(run.request)}
    if not planner.profile.chats:
        return {}
    if any(message.tainted for message in review_loop.history):
        return {"outside": True, "from": provenance.CONVERSATION}
    return {"outside": True, "from": provenance.GUIDE} if run.request.get("instructions") and not run.request.get("trusted", True) else {}
