"""Execution of a step graph: ready steps side by side, each journalled before it acts and checked after.

Every run ends. A step whose edge can no longer be satisfied becomes BLOCKED (a parent failed) or SKIPPED (the condition was
not met); nothing waits for ever.
"""

from __future__ import annotations

import asyncio
from typing import Any

from core import events
from core.execution.dependencies import evaluate_dependencies, explain_verdict
from core.execution.run_state import TERMINAL
from core.execution.steps.local_steps import LocalSteps
from core.execution.steps.remote_steps import RemoteSteps
from core.execution.steps.step_work import make_failure
from core.plan import Plan, Step


class Execution:
    """Execution of the plan of one run, at most ``concurrency`` steps at once; without ``remote`` all of it on this machine."""

    def __init__(self, local: LocalSteps, concurrency: int, remote: RemoteSteps | None = None) -> None:
        self.state, self.budget, self.cancel = local.work.state, local.work.budget, local.cancel
        self.wake = asyncio.Event()  # a person has steered the run
        self.remote = remote or RemoteSteps(local.work)
        self._work, self._local, self._concurrency = local.work, local, concurrency
        self._running: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Run until every step is terminal. Cancellation stops the running steps and marks the rest."""
        plan = self.state.plan
        assert plan is not None
        stopper = asyncio.ensure_future(self.cancel.event.wait())
        try:
            while not self.cancel.event.is_set():
                plan = self.state.plan or plan  # the person may have changed a step
                self._update_waiting(plan)
                if not self.state.held and self._start_ready(plan):
                    continue  # what hangs on the steps refused just now is settled too
                if not self._running and (not self.state.held or all(self.state.steps[step.id].status in TERMINAL for step in plan.steps)):
                    break
                await self._wait_for_change(stopper)
                self._collect()
        finally:
            stopper.cancel()
            await self._stop_running()
        if self.cancel.event.is_set():
            self._finish_open(plan, "cancelled")

    async def _wait_for_change(self, stopper: asyncio.Future[Any]) -> None:
        """Wait until a step is over, the run is stopped, or a person has steered it."""
        self.wake.clear()
        woken = asyncio.ensure_future(self.wake.wait())
        try:
            await asyncio.wait([*self._running.values(), stopper, woken], return_when=asyncio.FIRST_COMPLETED)
        finally:
            woken.cancel()

    def is_running(self, step_id: str) -> bool:
        """Whether a step is being done now, or asked about."""
        return step_id in self._running

    def _update_waiting(self, plan: Plan) -> None:
        changed = True
        while changed:
            changed = False
            for step in plan.steps:
                state = self.state.steps[step.id]
                if state.status == "waiting" and (verdict := evaluate_dependencies(step, self.state.steps)) != "waiting":
                    changed = True
                    if verdict == "ready":
                        state.status = "ready"
                    else:
                        self._work.finish(step, verdict, error=make_failure(verdict, explain_verdict(step, verdict, self.state.steps), 0))

    def _start_ready(self, plan: Plan) -> bool:
        """Start what is ready; True if the budget refused a step."""
        spent = False
        for step in plan.steps:
            if len(self._running) >= self._concurrency:
                break
            if step.id not in self._running and self.state.steps[step.id].status in ("ready", "running", "parked"):
                limit = self.budget.limit
                if not self.budget.take_step():
                    self._work.finish(step, "failed", error=make_failure("budget", "The step budget is spent.", 0))
                    spent = True
                    continue
                if self.budget.limit > limit:
                    self._work.append(events.BUDGET_EXTENDED, {"from": limit, "to": self.budget.limit})
                self._running[step.id] = asyncio.create_task(self._run_step(step), name=f"step {step.id} of {self.state.run_id}")
        return spent

    def _collect(self) -> None:
        for step_id, task in list(self._running.items()):
            if task.done():
                del self._running[step_id]
                if not task.cancelled() and (error := task.exception()):
                    raise error

    async def _stop_running(self) -> None:
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._running.clear()

    def _finish_open(self, plan: Plan, status: str) -> None:
        for step in plan.steps:
            if self.state.steps[step.id].status not in TERMINAL:
                self._work.finish(step, status, error=make_failure(status, self.cancel.reason or "The run was stopped.", self.state.steps[step.id].attempts))

    async def _run_step(self, step: Step) -> None:
        """Run one step where it is to be done; it ends in a terminal state unless the run is being stopped."""
        state, began = self.state.steps[step.id], self._work.clock.monotonic()
        if self.remote.find_device(step) and await self.remote.run_step(step, state, began):
            return
        await self._local.run_step(step, state, began)
