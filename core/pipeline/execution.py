"""Execution of a step graph: ready steps side by side, each journalled before it acts and checked after.

Every run ends. A step whose edge can no longer be satisfied becomes BLOCKED (a parent failed) or SKIPPED (the condition was
not met); nothing waits for ever.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core import events
from core.clock import Clock
from core.errors import ApprovalRequired, ToolDenied, ToolError, ToolFailed, ToolRetry
from core.pipeline import conditions
from core.pipeline.budget import StepBudget
from core.pipeline.elsewhere import written_files
from core.pipeline.origins import carried
from core.pipeline.state import TERMINAL, RunState, StepState
from core.plan import Edge, Plan, Step, resolve_references
from core.ports import Cancellation, Change, Intent, ToolBox, ToolContext, ToolResult

TOLD_SECONDS, MOST_TOLD = 1.0, 200  # progress of a step: at most so often, and so many times
log = logging.getLogger("deskhand.execution")
Consent = Callable[[Step, Intent, bool], Awaitable[None]]
Way = tuple[tuple[str, dict[str, Any]], ...]  # calls one after the other
Compose = Callable[[Step, dict[str, Any], bool], Awaitable[ToolResult]]


@dataclass(slots=True)
class Execution:
    """Runs the plan of one run to its end. ``consent`` raises :class:`ToolDenied` or returns; ``append`` journals and folds."""

    state: RunState
    tools: ToolBox
    clock: Clock
    workspace: Path
    concurrency: int
    attempts: int
    budget: StepBudget
    cancel: Cancellation
    append: Callable[[str, dict[str, Any]], Any]
    consent: Consent
    compose: Compose
    there: Callable[[Step, str, dict[str, Any], int, bool], Awaitable[ToolResult]] | None = None  # does a step on another machine
    replace: Callable[[Step, str], bool] = lambda step, device: False  # puts a step elsewhere than on this device, which is away
    moved: set[str] = field(default_factory=set)
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    _remote: dict[str, asyncio.Task[ToolResult]] = field(default_factory=dict)
    _running: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    async def run(self) -> None:
        """Until every step is terminal. Cancellation stops the running steps and marks the rest."""
        plan = self.state.plan
        assert plan is not None
        stopper = asyncio.ensure_future(self.cancel.event.wait())
        try:
            while not self.cancel.event.is_set():
                plan = self.state.plan or plan  # the person may have changed a step
                self._settle(plan)
                if not self.state.held and self._start_ready(plan):
                    continue  # what hangs on the steps refused just now is settled too
                if not self._running and (not self.state.held or all(self.state.steps[step.id].status in TERMINAL for step in plan.steps)):
                    break
                await self._something(stopper)
                self._collect()
        finally:
            stopper.cancel()
            await self._stop_running()
        if self.cancel.event.is_set():
            self._mark_open(plan, "cancelled")

    async def _something(self, stopper: asyncio.Future[Any]) -> None:
        """Until a step is over, the run is stopped, or a person has steered it."""
        self.woken.clear()
        woken = asyncio.ensure_future(self.woken.wait())
        try:
            await asyncio.wait([*self._running.values(), stopper, woken], return_when=asyncio.FIRST_COMPLETED)
        finally:
            woken.cancel()

    def under_way(self, step_id: str) -> bool:
        """Whether a step is being done now, or asked about."""
        return step_id in self._running

    def _settle(self, plan: Plan) -> None:
        changed = True
        while changed:
            changed = False
            for step in plan.steps:
                state = self.state.steps[step.id]
                if state.status == "waiting" and (verdict := _fate(step, self.state.steps)) != "waiting":
                    changed = True
                    if verdict == "ready":
                        state.status = "ready"
                    else:
                        self._finish(step, verdict, error=_error(verdict, self._why_not(step, verdict), 0))

    def _why_not(self, step: Step, verdict: str) -> str:
        """In words: which step stood in the way, or that the condition was not met."""
        if verdict == "skipped":
            left_out = [edge.step for edge in step.needs if (self.state.steps[edge.step].error or {}).get("code") == "left_out"]
            return f"{', '.join(left_out)} was left out." if left_out else "Its condition was not met."
        causes = [edge.step for edge in step.needs if self.state.steps[edge.step].status != "done"]
        return f"It needs {', '.join(causes)}, which did not succeed."

    def _start_ready(self, plan: Plan) -> bool:
        """Start what is ready; True if the budget refused a step."""
        spent = False
        for step in plan.steps:
            if len(self._running) >= self.concurrency:
                break
            if step.id not in self._running and self.state.steps[step.id].status in ("ready", "running", "parked"):
                limit = self.budget.limit
                if not self.budget.start():
                    self._finish(step, "failed", error=_error("budget", "The step budget is spent.", 0))
                    spent = True
                    continue
                if self.budget.limit > limit:
                    self.append(events.BUDGET_EXTENDED, {"from": limit, "to": self.budget.limit})
                self._running[step.id] = asyncio.create_task(self._step(step), name=f"step {step.id} of {self.state.run_id}")
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

    def _mark_open(self, plan: Plan, status: str) -> None:
        for step in plan.steps:
            if self.state.steps[step.id].status not in TERMINAL:
                self._finish(step, status, error=_error(status, self.cancel.reason or "The run was stopped.", self.state.steps[step.id].attempts))

    async def _step(self, step: Step) -> None:
        """One step with its retries and detours; always ends in a terminal state unless the run is being stopped."""
        state = self.state.steps[step.id]
        began = self.clock.monotonic()
        if self.device(step):
            await self._step_there(step, state, began)
            return
        own: Way = ((step.tool, step.args),)
        others = self._other_ways(step) if state.status != "running" and self.tools.sick(step.tool) else []
        routes = [*others, own]
        error: ToolError = ToolFailed("It was not tried.")
        why = "it has been failing lately"
        while routes:
            way = routes.pop(0)
            if way is not own:
                self.append(events.STEP_REROUTED, {"step": step.id, "from": step.tool, "to": way[-1][0], "via": [tool for tool, _ in way[:-1]], "why": why})
            try:
                tool, args = await self._along(step, way)
                await self._attempts(dataclasses.replace(step, tool=tool, args=args), state, began, rerouted=tool if way is not own else "")
                self.budget.progressed()
                return
            except (ToolDenied, ApprovalRequired) as denied:
                error = denied
                break
            except ToolError as failed:
                error, why = failed, failed.message
            state.status = "ready"  # the next way begins anew; only what a crash left running is taken up
            if way is own and not others and failed_may_detour(error):
                routes = others = self._other_ways(step)
        self._finish(step, "failed", error=_error(error.code, error.message, state.attempts), ms=(self.clock.monotonic() - began) * 1000)

    # -- on another machine -------------------------------------------------------------------------------------------

    def device(self, step: Step) -> str:
        """The machine that a step is for; empty for this one."""
        name = self.state.steps[step.id].device or step.device
        return "" if name in ("", "here") else name

    def move(self, step_id: str) -> None:
        """The person put a step elsewhere: if it is under way on another machine, it is ended there first."""
        if task := self._remote.get(step_id):
            self.moved.add(step_id)
            task.cancel()

    async def _step_there(self, step: Step, state: StepState, began: float) -> None:
        """Given out, waited for; given to another machine where the first is away for too long, or the person says so."""
        attempt = state.attempts + (0 if state.status == "running" else 1)
        while device := self.device(step):
            try:
                await self._attempt_there(step, device, attempt, began)
                self.budget.progressed()
                return
            except ToolError as failed:
                moved = step.id in self.moved
                self.moved.discard(step.id)
                if not moved and not (failed.code == "device_away" and self.replace(step, device)):
                    self._finish(step, "failed", error=_error(failed.code, failed.message, attempt, device), ms=(self.clock.monotonic() - began) * 1000)
                    return
                self.append(events.STEP_RETRIED, {"step": step.id, "attempt": attempt, "error": failed.message, "pause_s": 0.0})
                attempt += 1
        state.status = "ready"  # it was put here
        await self._step(step)

    async def _attempt_there(self, step: Step, device: str, attempt: int, began: float) -> None:
        args, tainted = self._resolved_args(step), self._tainted(step)
        if self.there is None:
            raise ToolFailed("There are no other machines.", code="device_removed")
        self.append(events.STEP_STARTED, {"step": step.id, "attempt": attempt, "intent": None, "device": device, "tainted": tainted})
        task = self._remote[step.id] = asyncio.ensure_future(self.there(step, device, args, attempt, tainted))
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
            self._remote.pop(step.id, None)
        if step.check and not conditions.holds(step.check, result.value):
            raise ToolFailed(f"The result is not what it should be: the check {step.check!r} does not hold.", code="check_failed")
        self._finish(
            step, "done", value=result.value, text=result.text, verified=True, tainted=result.tainted or tainted, artifacts=list(result.artifacts),
            ms=(self.clock.monotonic() - began) * 1000, device=device, attempt=attempt, undoable=result.undoable,
        )  # fmt: skip

    # -- here ---------------------------------------------------------------------------------------------------------

    def _other_ways(self, step: Step) -> list[Way]:
        try:
            return self.tools.alternatives(step.tool, self._resolved_args(step))
        except ToolRetry:
            return []

    async def _along(self, step: Step, way: Way) -> tuple[str, dict[str, Any]]:
        """Go a way up to its last call, which is then the step's; the calls before it only read, so a crash between them loses nothing."""
        value: Any = None
        for number, (tool, args) in enumerate(way):
            args = self.tools.passed_on(args, value) if number else args
            if number == len(way) - 1:
                return tool, args
            context = self._context(step)
            intent = await self.tools.prepare(tool, args, context)
            await self.consent(step, intent, self._tainted(step))
            value = (await self._perform(intent, context)).value
        raise ToolFailed("The way is empty.")

    async def _attempts(self, step: Step, state: StepState, began: float, rerouted: str) -> None:
        resumed = state.status == "running" and state.intent is not None
        attempt = before = state.attempts  # each way has its own attempts
        while True:
            attempt += 0 if resumed else 1
            try:
                await self._attempt(step, state, attempt, began, rerouted, resumed)
                return
            except ToolError as error:
                if not error.retryable or attempt - before >= self.attempts:
                    raise
                pause = min(8.0, 0.2 * 2 ** (attempt - 1)) * (0.5 + random.random() / 2)
                self.append(events.STEP_RETRIED, {"step": step.id, "attempt": attempt, "error": error.message, "pause_s": round(pause, 3)})
                resumed, state.status = False, "ready"
                await self.clock.sleep(pause)

    async def _attempt(self, step: Step, state: StepState, attempt: int, began: float, rerouted: str, resumed: bool) -> None:
        context = self._context(step)
        if step.tool == "text.compose":
            await self._compose(step, attempt, began)
            return
        if resumed and state.intent is not None:
            intent = _intent_from_json(state.intent)
            if not intent.changes and await self.tools.state_of(intent) == "unknown":
                raise ToolFailed("Deskhand was stopped while this ran, so it may or may not have happened; it is not repeated.", code="interrupted")
        else:
            tainted = self._tainted(step)
            intent = await self._prepare(step, context)
            await self.consent(step, intent, tainted)
            self.append(events.STEP_STARTED, {"step": step.id, "attempt": attempt, "intent": _intent_to_json(intent), "rerouted": rerouted, "tainted": tainted})
        result = await self._perform(intent, context)
        await self._verify(step, intent, result, context)
        self._finish(
            step, "done", value=result.value, text=result.text, verified=True, tainted=result.tainted or self._tainted(step),
            artifacts=[*result.artifacts, *written_files(state.intent)], ms=(self.clock.monotonic() - began) * 1000,
        )  # fmt: skip

    async def _prepare(self, step: Step, context: ToolContext) -> Intent:
        tool, args = self.tools.resolve(step.tool, self._resolved_args(step))
        if problems := self.tools.check_args(tool, args):
            raise ToolRetry(" ".join(problems))
        return await self.tools.prepare(tool, args, context)

    async def _perform(self, intent: Intent, context: ToolContext) -> ToolResult:
        try:
            return await self.tools.perform(intent, context)
        except (ToolError, asyncio.CancelledError):
            raise
        except Exception as error:
            log.exception("a tool failed in a way it does not know")
            raise ToolFailed(f"{intent.tool} failed: {error}", code="tool_crashed") from error

    async def _verify(self, step: Step, intent: Intent, result: ToolResult, context: ToolContext) -> None:
        problem = await self.tools.verify(intent, result, context)
        if problem is None and step.check and not conditions.holds(step.check, result.value):
            problem = f"the check {step.check!r} does not hold"
        if problem:
            raise ToolFailed(f"The result is not what it should be: {problem}.", code="check_failed")

    async def _compose(self, step: Step, attempt: int, began: float) -> None:
        args, tainted = self._resolved_args(step), self._tainted(step)
        self.append(events.STEP_STARTED, {"step": step.id, "attempt": attempt, "intent": None})
        result = await self.compose(step, args, tainted)
        if not result.text.strip():
            raise ToolFailed("The model wrote nothing.", code="check_failed", retryable=True)
        self._finish(step, "done", value=result.value, text=result.text, verified=True, tainted=tainted, ms=(self.clock.monotonic() - began) * 1000)

    def _context(self, step: Step) -> ToolContext:
        return ToolContext(
            self.state.run_id,
            step.id,
            self.workspace,
            self.clock,
            self.cancel.event,
            told=self._teller(step),
            tainted=self._tainted(step),
            approve=self.state.request.get("approve", "none"),
        )

    def _teller(self, step: Step) -> Callable[[float | None, str], None]:
        """Progress goes into the journal once a second at most, and a limited number of times: a tool may tell of it without end."""
        last, count = float("-inf"), 0

        def told(share: float | None, text: str) -> None:
            nonlocal last, count
            now = self.clock.monotonic()
            if now - last >= TOLD_SECONDS and count < MOST_TOLD:
                last, count = now, count + 1
                self.append(
                    events.STEP_PROGRESSED, {"step": step.id, "share": None if share is None else round(min(1.0, max(0.0, share)), 3), "text": " ".join(text.split())[:200]}
                )

        return told

    def _resolved_args(self, step: Step) -> dict[str, Any]:
        try:
            return resolve_references(step.args, self.state.outputs)
        except KeyError as missing:
            raise ToolRetry(f"It refers to something that is not there: {missing.args[0]}.") from missing

    def _tainted(self, step: Step) -> bool:
        """Whether text from outside stands in its arguments, or whoever wrote it had read such text."""
        return step.id in self.state.suspect or bool(carried(self.state, step))

    def _finish(self, step: Step, status: str, **data: Any) -> None:
        self.append(events.STEP_FINISHED, {"step": step.id, "status": status, **data})


def failed_may_detour(error: ToolError) -> bool:
    """Whether another tool could do better: not when the arguments were wrong or the effect is unknown."""
    return error.code not in ("bad_arguments", "interrupted", "conflict", "check_failed")


def _fate(step: Step, states: dict[str, StepState]) -> str:
    """``waiting``, ``ready``, ``blocked`` (a needed step failed) or ``skipped`` (a condition was not met)."""
    verdict = "ready"
    for edge in step.needs:
        parent = states[edge.step]
        if parent.status not in TERMINAL:
            return "waiting"
        if not edge_holds(edge, parent):
            broken = parent.status in ("failed", "blocked", "cancelled") and edge.on != "on_failure"
            verdict = "blocked" if broken or verdict == "blocked" else "skipped"
    return verdict


def edge_holds(edge: Edge, parent: StepState) -> bool:
    """Whether a finished parent satisfies the edge."""
    if edge.on == "always":
        return parent.status in ("done", "failed")
    if edge.on == "on_success":
        return parent.status == "done"
    if edge.on == "on_failure":
        return parent.status == "failed"
    return parent.status == "done" and conditions.holds(edge.on, parent.value, parent.status)


def _error(code: str, message: str, attempt: int, device: str = "here") -> dict[str, Any]:
    return {"code": code, "message": message, "attempt": attempt, "device": device}


def _intent_to_json(intent: Intent) -> dict[str, Any]:
    return {
        "tool": intent.tool, "args": intent.args, "risk": intent.risk,
        "changes": [change.to_json() for change in intent.changes], "preview": intent.preview[:20_000], "outcome": intent.outcome,
    }  # fmt: skip


def _intent_from_json(data: dict[str, Any]) -> Intent:
    return Intent(data["tool"], data["args"], data["risk"], (), tuple(Change(**change) for change in data["changes"]), data.get("preview", ""), outcome=data.get("outcome"))
