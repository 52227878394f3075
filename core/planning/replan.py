"""Replan what is left of a run after a failure, when retries and fallbacks are spent."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from core import events
from core.execution.run import Run
from core.gate import provenance
from core.messages import Message
from core.plan import Plan, Step, references, rename_references
from core.planning import prompts
from core.planning.planning_context import build_planning_context
from core.ports import ChatModel

MAX_REPLANS = 2  # repairs in a run
_FINAL = ("denied", "interrupted", "budget")  # errors that no other plan gets around


async def replan_on_failure(run: Run, execute: Callable[[], Awaitable[str]], reminder: str) -> None:
    """Let the planner replan what is left, at most :data:`MAX_REPLANS` times. ``reminder`` is what it is told of its budget; ``execute`` returns the next one."""
    while run.state.repairs < MAX_REPLANS and not run.cancellation.event.is_set():
        planner = run.model("planner")
        failed = [step for step in run.steps if _is_open(run, step)]
        if not failed or not planner.profile.chats or not await _replan(run, planner, failed[0], reminder):
            return
        reminder = await execute()


def _is_open(run: Run, step: Step) -> bool:
    """Whether a step failed, and neither the plan nor a repair has provided for that."""
    state = run.state.steps[step.id]
    return state.status == "failed" and step.id not in run.state.replaced and (state.error or {}).get("code") not in _FINAL and not _is_handled_by_plan(run, step)


def _is_handled_by_plan(run: Run, failed: Step) -> bool:
    """Whether the plan itself says what is done when this step fails, and that was done."""
    return any(edge.step == failed.id and edge.on == "on_failure" and run.state.steps[step.id].status == "done" for step in run.steps for edge in step.needs)


async def _replan(run: Run, planner: ChatModel, failed: Step, reminder: str) -> bool:
    """Ask for steps in place of those that failed. False where nothing usable came."""
    assert run.state.plan is not None
    statuses = {step.id: run.state.steps[step.id].status for step in run.steps}
    review_loop = await build_planning_context(run, planner, planner)
    shown = json.dumps({"steps": [step.to_json() for step in run.steps]}, ensure_ascii=False)
    history = (*review_loop.history, Message("user", run.text), Message("assistant", shown))
    review_loop = replace(review_loop, history=history, repair_request=_build_repair_request(run, failed, statuses, reminder))
    plan, findings = await review_loop.propose_first_plan()
    steps = select_new_steps(plan, statuses)
    if not steps or any(finding.hard and finding.code not in ("unknown_step", "bad_reference") for finding in findings):
        return False
    gone = [step for step, status in statuses.items() if status in ("failed", "blocked", "skipped")]
    merged = run.state.plan.with_steps((*run.steps, *steps))
    suspect = [step.id for step in steps] if _has_read_outside(run, failed) else []
    told = {"repairs": gone, "suspect": suspect, "from": provenance.REPAIR, "rounds": run.state.rounds, "score": run.state.score}
    run.append(events.PLAN_ACCEPTED, {"plan": merged.to_json(), **told})
    return True


def _build_repair_request(run: Run, failed: Step, statuses: Mapping[str, str], reminder: str) -> str:
    error = run.state.steps[failed.id].error or {}
    done = ", ".join(step for step, status in statuses.items() if status == "done") or "nothing"
    left = ", ".join(step for step, status in statuses.items() if status != "done")
    return prompts.REPAIR.format(step=failed.id, tool=failed.tool, code=error.get("code"), error=error.get("message"), reminder=reminder, done=done, open=left)


def _has_read_outside(run: Run, failed: Step) -> bool:
    """Whether a planner that replans now has read something from outside: the words of a failed tool that is not ours, or of one that reaches out."""
    return run.deps.tools.speaks_from_outside(failed.tool) or any(state.tainted for state in run.state.steps.values())


def select_new_steps(plan: Plan, statuses: Mapping[str, str]) -> tuple[Step, ...]:
    """Return the steps of a later plan under ids of their own, without those that repeat a step that is done."""
    taken, kept = set(statuses), {step for step, status in statuses.items() if status == "done"}
    return tuple(_rename_step(step, taken, kept) for step in plan.steps if step.id not in kept)


def _rename_step(step: Step, taken: set[str], kept: set[str]) -> Step:
    named = {step.id, *(edge.step for edge in step.needs), *references(step.args)}
    names = {old: _free_id(old, taken) if old in taken and old not in kept else old for old in named}
    return replace(step, id=names[step.id], args=rename_references(step.args, names), needs=tuple(type(edge)(names[edge.step], edge.on) for edge in step.needs))


def _free_id(step_id: str, taken: set[str]) -> str:
    """Return an id for a repair's step that no step of an earlier repair has."""
    while step_id in taken:
        step_id = f"r{step_id}"
    return step_id
