"""Drive one run from request to answer. Start reading at :meth:`RunDriver.drive`.

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
from core.execution import outcome
from core.execution.deps import PipelineDeps
from core.execution.final_answer import write_answer
from core.execution.graph import Execution
from core.execution.model_switch import switch_models
from core.execution.run import ModelNeeded, Run, can_act
from core.execution.run_state import RunState
from core.execution.steering import Steering
from core.execution.step_budget import StepBudget
from core.execution.steps.compose_text import compose_text
from core.execution.steps.local_steps import LocalSteps, StepHandler
from core.execution.steps.remote_dispatch import RemoteDispatcher
from core.execution.steps.remote_steps import RemoteSteps
from core.execution.steps.run_task import run_task
from core.execution.steps.step_work import StepWork
from core.network.local_only import kept_here
from core.planning.checks.plan_checks import check_plan
from core.planning.replan import replan_on_failure
from core.turn.act.ending import is_anything_changed
from core.turn.act.loop import ActionLoop
from core.turn.act.replies import Hands
from core.turn.act.strategies import answer_request
from core.turn.enter import enter

log = logging.getLogger("deskhand.run")
LOOP_WAYS = ("talk", "act")
RISEN = "What was read for sure could not be done, so that the model takes it on."
FINAL = ("denied", "interrupted", "budget")  # errors after which nothing else is tried


class RunDriver:
    """Driver of one run. ``finish`` gets its result, and what writes down that it ended."""

    def __init__(self, deps: PipelineDeps, state: RunState) -> None:
        self.run = run = Run(deps, state)
        self.deps, self.state = deps, state
        self.dispatcher = RemoteDispatcher(deps, state, run.cancellation, run.append, run.consent, run.began + run.seconds_allowed)
        self.steering = Steering(state, run.append, self.dispatcher, lambda plan: check_plan(plan, run.build_check_context(is_preset=True)))
        self.finish: Callable[[dict[str, Any], Callable[[], None]], None] = lambda result, emit: emit()

    async def drive(self) -> dict[str, Any]:
        """Route, discuss, switch, execute, answer; returns the result of the contract. Never raises but on shutdown."""
        self.deps.usage_ledger.set_caps(self.state.run_id, self.state.request.get("caps", {}))
        try:
            with kept_here(bool(self.state.request.get("local_only"))):
                status = await self._run_to_status()
        finally:
            self.deps.pool.expect(self.state.run_id, ())
            self.deps.usage_ledger.forget_run(self.state.run_id)
        result = self.result(status)
        self.finish(result, lambda: self.run.append(events.RUN_FINISHED, {"status": status, "answer": self.state.answer, "result": result}))
        return result

    async def _run_to_status(self) -> str:
        """Run all stages and return the status at the end, however they end."""
        try:
            async with asyncio.timeout(self.run.seconds_allowed) as limit:
                self.steering.take_over_limit(limit)
                await self._run_stages()
            return outcome.final_status(self.run)
        except TimeoutError:
            self.run.cancellation.request("The time limit was reached.")
            return outcome.stop_run(self.run, "failed", DeskhandError("The run took longer than allowed.", code="timeout", hint="Allow more with --timeout."))
        except StorageError as error:
            if error.retryable:
                raise  # nothing can be written down now; the run goes on when it can
            return outcome.stop_run(self.run, "failed", error)
        except DeskhandError as error:
            return outcome.stop_run(self.run, {4: "refused"}.get(error.exit_code, "failed"), error)
        except asyncio.CancelledError:
            if not self.state.cancelled:
                raise  # the core is going down; the run goes on after the next start
            return outcome.stop_run(self.run, "cancelled", None)
        except Exception as error:
            log.exception("a run failed in a way it does not know")
            return outcome.stop_run(self.run, "failed", DeskhandError(f"Something went wrong inside Deskhand: {error}", hint="The log has the details (`deskhand doctor`)."))

    async def _run_stages(self) -> None:
        run = self.run
        if self.state.plan is None and not self._is_loop():
            await self._enter()
        if self._is_loop():
            with run.time_stage("execution"):
                await self._run_loop()
            return
        if self.state.request.get("plan_only") or not self.state.steps:
            return
        if not self.state.switched:
            await switch_models(run)
        with run.time_stage("execution"):
            reminder = await self._execute()
            if self._can_rise():
                run.record_way("act", RISEN)
                await self._run_loop()
                return
            await replan_on_failure(run, self._execute, reminder)
        if not run.cancellation.event.is_set():
            await write_answer(run)

    async def _enter(self) -> None:
        """Go in; where only a model can go on that is still on its way, once more when it is here. The time that this takes is not the run's."""
        try:
            await enter(self.run)
        except ModelNeeded:
            with self.steering.clock_stopped():
                await self.deps.arrival.wait(self.run.announce_arrival)
            await enter(self.run)

    def _is_loop(self) -> bool:
        """Whether the action loop answers this run: it has begun to, or its way was chosen and no planner's plan stands for it."""
        if any(not reply.owner for reply in self.state.replies):
            return True
        is_open = self.state.plan is None or self.state.way_why == RISEN
        return self.state.way in LOOP_WAYS and is_open and can_act(self.run.acting_model().profile)

    def _can_rise(self) -> bool:
        """Whether a request of the instant way may go to the loop: a step failed, nobody said no, and none changed anything."""
        states = [self.state.steps[step.id] for step in self.run.steps]
        if self.state.way != "instant" or not can_act(self.run.acting_model().profile) or self.run.cancellation.event.is_set() or is_anything_changed(self.run):
            return False
        return any(state.status == "failed" for state in states) and not any((state.error or {}).get("code") in FINAL for state in states)

    async def _run_loop(self) -> None:
        """Run the action loop until it ends; its steps are done by the same hands as those of a plan."""
        await answer_request(self.run, ActionLoop(self.run, self._make_hands()))

    def _make_hands(self) -> Hands:
        run, settings = self.run, self.deps.settings
        budget = StepBudget(settings["run.step_budget"], sum(state.attempts > 0 for state in self.state.steps.values()))
        work = StepWork(self.state, self.deps.clock, budget, run.append)
        handlers: dict[str, StepHandler] = {"text.compose": partial(compose_text, run), "task": partial(run_task, run, self._make_hands)}
        local_steps = LocalSteps(
            work, self.deps.tools, run.workspace, settings["run.attempts"], run.cancellation, run.consent.require, handlers, run.is_persons_own, self.deps.policy.closed_paths
        )
        return Hands(work, local_steps, self.steering.wait_while_held, self._execute)

    async def _execute(self) -> str:
        """Carry out what is open; return what the planner is to know of the budget that is left."""
        hands = self._make_hands()
        remote = RemoteSteps(hands.work, self.dispatcher.dispatch, self.dispatcher.reassign_step)
        execution = Execution(hands.local_steps, self.deps.settings["run.concurrency"], remote)
        self.dispatcher.execution = execution
        self.dispatcher.place_steps()
        await execution.run()
        return hands.work.budget.reminder

    def result(self, status: str) -> dict[str, Any]:
        """Return the object of ``ask --json``, with what is known so far."""
        return outcome.build_result(self.run, status)

    def cancel(self, reason: str) -> None:
        """Stop the run; what is running is really stopped."""
        if self.state.status == "running" and not self.state.cancelled:
            try:
                self.run.append(events.RUN_CANCEL_REQUESTED, {"reason": reason})
            finally:
                self.run.cancellation.request(reason)  # also where it cannot be written down
