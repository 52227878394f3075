"""One run from request to answer. Start reading at :meth:`RunDriver.drive`.

Everything it learns is an event first; a driver made from the same events goes on where another one was killed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from core import events
from core.errors import DeskhandError, StorageError
from core.pipeline import outcome
from core.pipeline.answering import compose, conclude
from core.pipeline.budget import StepBudget
from core.pipeline.deciding import decide
from core.pipeline.execution import Execution
from core.pipeline.local_steps import LocalSteps
from core.pipeline.machines import Machines
from core.pipeline.mending import mend_while_useful
from core.pipeline.parts import Parts
from core.pipeline.plan_checks import check_plan
from core.pipeline.remote_steps import RemoteSteps
from core.pipeline.run import Run
from core.pipeline.state import RunState
from core.pipeline.steering import Steering
from core.pipeline.step_work import StepWork
from core.pipeline.switching import switch

log = logging.getLogger("deskhand.run")


class RunDriver:
    """Drives one run. ``finish`` gets its result, and what writes down that it ended."""

    def __init__(self, parts: Parts, state: RunState) -> None:
        self.run = run = Run(parts, state)
        self.parts, self.state = parts, state
        self.machines = Machines(parts, state, run.cancellation, run.append, run.consent, run.began + run.seconds_allowed)
        self.steering = Steering(state, run.append, self.machines, lambda plan: check_plan(plan, run.check_context(given=True)))
        self.finish: Callable[[dict[str, Any], Callable[[], None]], None] = lambda result, emit: emit()

    async def drive(self) -> dict[str, Any]:
        """Route, discuss, switch, execute, answer; returns the result of the contract. Never raises but on shutdown."""
        self.parts.spending.limit(self.state.run_id, self.state.request.get("caps", {}))
        try:
            status = await self._ended()
        finally:
            self.parts.pool.expect(self.state.run_id, ())
            self.parts.spending.forget(self.state.run_id)
        result = self.result(status)
        self.finish(result, lambda: self.run.append(events.RUN_FINISHED, {"status": status, "answer": self.state.answer, "result": result}))
        return result

    async def _ended(self) -> str:
        """The status at the end, however the stages end."""
        try:
            async with asyncio.timeout(self.run.seconds_allowed) as limit:
                self.steering.begin(limit)
                await self._stages()
            return outcome.status(self.run)
        except TimeoutError:
            self.run.cancellation.request("The time limit was reached.")
            return outcome.stop(self.run, "failed", DeskhandError("The run took longer than allowed.", code="timeout", hint="Allow more with --timeout."))
        except StorageError as error:
            if error.retryable:
                raise  # nothing can be written down now; the run goes on when it can
            return outcome.stop(self.run, "failed", error)
        except DeskhandError as error:
            return outcome.stop(self.run, {4: "refused"}.get(error.exit_code, "failed"), error)
        except asyncio.CancelledError:
            if not self.state.cancelled:
                raise  # the core is going down; the run goes on after the next start
            return outcome.stop(self.run, "cancelled", None)
        except Exception as error:
            log.exception("a run failed in a way it does not know")
            return outcome.stop(self.run, "failed", DeskhandError(f"Something went wrong inside Deskhand: {error}", hint="The log has the details (`deskhand doctor`)."))

    async def _stages(self) -> None:
        run = self.run
        if self.state.plan is None:
            await decide(run)
        if self.state.request.get("plan_only") or not self.state.steps:
            return
        if not self.state.switched:
            await switch(run)
        with run.timed("execution"):
            await mend_while_useful(run, self._execute, await self._execute())
        if not run.cancellation.event.is_set():
            await conclude(run)

    async def _execute(self) -> str:
        """Carry out what is open; what the planner is to know of the budget that is left."""
        run, settings = self.run, self.parts.settings
        budget = StepBudget(settings["run.step_budget"], sum(state.attempts > 0 for state in self.state.steps.values()))
        work = StepWork(self.state, self.parts.clock, budget, run.append)
        here = LocalSteps(work, self.parts.tools, run.workspace, settings["run.attempts"], run.cancellation, run.consent.of, partial(compose, run))
        there = RemoteSteps(work, self.machines.perform, self.machines.put_elsewhere)
        execution = Execution(here, settings["run.concurrency"], there)
        self.machines.execution = execution
        self.machines.place()
        await execution.run()
        return budget.reminder

    def result(self, status: str) -> dict[str, Any]:
        """The object of ``ask --json``, with what is known so far."""
        return outcome.result(self.run, status)

    def cancel(self, reason: str) -> None:
        """Stop the run; what is running is really stopped."""
        if self.state.status == "running" and not self.state.cancelled:
            try:
                self.run.append(events.RUN_CANCEL_REQUESTED, {"reason": reason})
            finally:
                self.run.cancellation.request(reason)  # also where it cannot be written down
