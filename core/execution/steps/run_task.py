"""A step that is a task: a goal for an action loop of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.errors import ModelError, ToolFailed
from core.execution.run import Run
from core.gate import provenance
from core.plan import Step
from core.ports import ToolResult
from core.turn.act.loop import ActionLoop
from core.turn.act.replies import Hands


async def run_task(run: Run, make_hands: Callable[[], Hands], step: Step, args: dict[str, Any], tainted: bool) -> ToolResult:
    """Do ``task``: run the action loop with a goal of its own. Raises :class:`ToolFailed`."""
    goal = str(args["goal"]) + (f"\nDone when: {args['done_when']}" if args.get("done_when") else "")
    only = tuple(str(tool) for tool in args.get("tools") or ())
    try:
        end = await ActionLoop(run, make_hands(), step.id, goal, only, provenance.name_step(step) if tainted else "").run()
    except ModelError as error:
        raise ToolFailed(error.message, code=error.code, retryable=error.retryable) from error
    if end.kind != "answered":
        raise ToolFailed(end.why or "The task was not done.", code="task_failed")
    read_outside = any(run.state.steps[inner].tainted for inner, owner in run.state.owners.items() if owner == step.id)
    return ToolResult({"text": end.text}, end.text, tainted or read_outside)
