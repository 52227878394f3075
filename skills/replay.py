"""Replaying a drafted skill on copies, and saying step by step whether it does what the run did."""

from __future__ import annotations

import datetime
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.clock import Clock
from core.errors import DeskhandError, ToolDenied
from core.events import Event
from core.execution.graph import Execution
from core.execution.run_state import RunState
from core.execution.step_budget import StepBudget
from core.execution.steps.local_steps import LocalSteps
from core.execution.steps.step_work import StepWork
from core.plan import TASK, Plan, Step
from core.ports import Cancellation, Intent, ToolBox
from skills.format import Skill
from skills.learning import seeded
from skills.recipe import plan_of, recipe_of, values_of

MakeTools = Callable[[Path], ToolBox]


async def replayed(skill: Skill, run: RunState, blobs: Any, make_tools: MakeTools, clock: Clock, at: datetime.datetime) -> tuple[dict[str, Any], ...]:
    """Run a drafted skill as on the day ``at``. One row a step: ``{"step", "tool", "status", "why"}`` with status ``same``, ``done``, ``different``, ``failed`` or ``not replayed``."""
    recipe = recipe_of(skill)
    assert recipe is not None
    with tempfile.TemporaryDirectory(prefix="deskhand-replay-") as scratch:
        folder, workspace = Path(scratch).resolve(), Path(scratch).resolve() / "work"
        workspace.mkdir()
        seeded(run, blobs, workspace)
        try:
            plan = plan_of(skill, recipe, values_of(recipe, {}, skill.name), at)
        except DeskhandError as error:
            return ({"step": "", "tool": "", "status": "failed", "why": error.message},)
        state = await _executed(plan, workspace, make_tools(folder), clock)
        return tuple(_row(step, state, run, workspace) for step in plan.steps)


async def _executed(plan: Plan, workspace: Path, tools: ToolBox, clock: Clock) -> RunState:
    state = RunState("replay", {"workspace": str(workspace), "text": "", "approve": "none"})
    counter = iter(range(1, 1_000_000))

    def append(type_: str, data: dict[str, Any]) -> None:
        state.apply(Event(next(counter), type_, "replay", "", data))

    async def consent(step: Step, intent: Intent, tainted: bool) -> bool:
        """Only what reads, or changes files of the sandbox. Nobody is asked."""
        outside = [change for change in intent.changes if not all(_is_inside(path, workspace.parent) for path in (change.path, change.to) if path)]
        if intent.risk not in ("reads", "reversible") or outside or any(change.kind == "clipboard" for change in intent.changes):
            raise ToolDenied("It acts beyond files, so it is not replayed.")
        return False

    async def compose(step: Step, args: dict[str, Any], tainted: bool) -> Any:
        raise ToolDenied("It is written by a model, so it is not replayed.")

    append("plan_accepted", {"plan": plan.to_json()})
    work = StepWork(state, clock, StepBudget(len(plan.steps) * 2 + 4, 0), append)
    await Execution(LocalSteps(work, tools, workspace, 1, Cancellation(), consent, {"text.compose": compose, TASK: compose}), 2).run()
    return state


def _is_inside(path: str, folder: Path) -> bool:
    return Path(os.path.realpath(path)).is_relative_to(folder)


def _row(step: Step, state: RunState, run: RunState, workspace: Path) -> dict[str, Any]:
    now, then = state.steps[step.id], run.steps.get(step.id)
    row = {"step": step.id, "tool": step.tool, "status": "done", "why": ""}
    if now.status != "done":
        error = now.error or {}
        denied = error.get("code") == "denied" or now.status in ("blocked", "skipped")
        return row | {"status": "not replayed" if denied else "failed", "why": error.get("message", "What it needs was not replayed.")}
    made, before = (_contents(one.intent if one else None, place) for one, place in ((now, workspace), (then, Path(run.request["workspace"]))))
    if not before:
        return row
    if made == before:
        return row | {"status": "same"}
    return row | {"status": "different", "why": f"It changed {', '.join(sorted(set(made) ^ set(before))) or ', '.join(sorted(made))} otherwise than the run did."}


def _contents(intent: dict[str, Any] | None, workspace: Path) -> dict[str, str]:
    """The files of the workspace that a step wrote, with the digest of what they hold then."""
    changes = [change for change in (intent or {}).get("changes", ()) if change["kind"] == "put" and Path(change["path"]).is_relative_to(workspace)]
    return {os.path.relpath(change["path"], workspace): str(change.get("after")) for change in changes}
