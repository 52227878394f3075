"""Steps on other machines: dispatched, awaited, moved when a machine is away or the person says so."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from core import events
from core.errors import ToolError, ToolFailed
from core.execution.run_state import StepState
from core.execution.steps.step_work import StepWork, make_failure
from core.plan import Step
from core.ports import ToolResult


@dataclass(slots=True)
class RemoteSteps:
    """``dispatch`` does a step on another machine; ``reassign`` puts one elsewhere than on a device that is away."""

    work: StepWork
    dispatch: Callable[[Step, str, dict[str, Any], int, bool], Awaitable[ToolResult]] | None = None
    reassign: Callable[[Step, str], bool] = lambda step, device: False
    moved: set[str] = field(default_factory=set)
    _tasks: dict[str, asyncio.Task[ToolResult]] = field(default_factory=dict)

    def find_device(self, step: Step) -> str:
        """Return the machine that a step is for; empty for this one."""
        name = self.work.state.steps[step.id].device or step.device
        return "" if name in ("", "here") else name

    def move(self, step_id: str) -> None:
        """End a step that is under way on another machine, because the person put it elsewhere."""
        if task := self._tasks.get(step_id):
            self.moved.add(step_id)
            task.cancel()

    async def run_step(self, step: Step, state: StepState, began: float) -> bool:
        """Dispatch a step and wait for it; reassign it where the device is away for too long, or the person says so. False where it was put here."""
        attempt = state.attempts + (0 if state.status == "running" else 1)
        while device := self.find_device(step):
            try:
                await self._attempt(step, device, attempt, began)
                self.work.budget.record_progress()
                return True
            except ToolError as failed:
                moved = step.id in self.moved
                self.moved.discard(step.id)
                if not moved and not (failed.code == "device_away" and self.reassign(step, device)):
                    self.work.finish(step, "failed", error=make_failure(failed.code, failed.message, attempt, device), ms=self.work.elapsed_ms(began))
                    return True
                self.work.append(events.STEP_RETRIED, {"step": step.id, "attempt": attempt, "error": failed.message, "pause_s": 0.0})
                attempt += 1
        state.status = "ready"
        return False

    async def _attempt(self, step: Step, device: str, attempt: int, began: float) -> None:
        args, tainted = self.work.resolve_args(step), self.work.is_tainted(step)
        if self.dispatch is None:
            raise ToolFailed("There are no other machines.", code="device_removed")
        self.work.append(events.STEP_STARTED, {"step": step.id, "attempt": attempt, "intent": None, "device": device, "tainted": tainted})
        task = self._tasks[step.id] = asyncio.ensure_future(self.dispatch(step, device, args, attempt, tainted))
        try:
            result = await task
        except asyncio.CancelledError:
            if step.id not in self.moved:
                raise
            raise ToolFailed("You put it elsewhere.", code="moved") from None
        finally:
            if not task.done():
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            self._tasks.pop(step.id, None)
        self.work.require_check(step, result.value)
        self.work.finish(
            step, "done", value=result.value, text=result.text, verified=True, tainted=result.tainted or tainted, artifacts=list(result.artifacts),
            ms=self.work.elapsed_ms(began), device=device, attempt=attempt, undoable=result.undoable,
        )  # fmt: skip
