"""Steps on this machine: asked about, journalled before they act, tried again or another way, checked after."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core import events
from core.errors import ApprovalRequired, ToolDenied, ToolError, ToolFailed, ToolRetry
from core.execution.run_state import StepState
from core.execution.steps.remote_files import written_files
from core.execution.steps.step_work import StepWork, failure
from core.plan import Step
from core.ports import Cancellation, Change, Intent, ToolBox, ToolContext, ToolResult

log = logging.getLogger("deskhand.execution")
Consent = Callable[[Step, Intent, bool], Awaitable[bool]]
Way = tuple[tuple[str, dict[str, Any]], ...]  # calls one after the other
Performer = Callable[[Step, dict[str, Any], bool], Awaitable[ToolResult]]  # a step that is no tool's: a text to be written, a task for the loop


@dataclass(slots=True)
class LocalSteps:
    """``consent`` raises :class:`ToolDenied` or returns whether the person was asked; ``attempts`` is how often each way is tried; ``performers`` do steps that are no tool's."""

    work: StepWork
    tools: ToolBox
    workspace: Path
    attempts: int
    cancel: Cancellation
    consent: Consent
    performers: Mapping[str, Performer]

    async def step(self, step: Step, state: StepState, began: float) -> None:
        """One step with its retries and detours; always ends in a terminal state unless the run is being stopped."""
        own: Way = ((step.tool, step.args),)
        others = self._other_ways(step) if state.status != "running" and self.tools.sick(step.tool) else []
        routes = [*others, own]
        error: ToolError = ToolFailed("It was not tried.")
        why = "it has been failing lately"
        has_outside = False  # somebody else's words are in what is said of its failing
        while routes:
            way = routes.pop(0)
            if way is not own:
                self.work.append(events.STEP_REROUTED, {"step": step.id, "from": step.tool, "to": way[-1][0], "via": [tool for tool, _ in way[:-1]], "why": why})
            try:
                tool, args = await self._along(step, way)
                await self._attempts(dataclasses.replace(step, tool=tool, args=args), state, began, rerouted=tool if way is not own else "")
                self.work.budget.progressed()
                return
            except (ToolDenied, ApprovalRequired) as denied:
                error = denied
                break
            except ToolError as failed:
                error, why = failed, failed.message
                has_outside = has_outside or any(self.tools.speaks_from_outside(tool) for tool, _ in way)
            state.status = "ready"  # the next way begins anew; only what a crash left running is taken up
            if way is own and not others and failed_may_detour(error):
                routes = others = self._other_ways(step)
        said = failure(error.code, error.message, state.attempts, hint=error.hint)
        self.work.finish(step, "failed", error=said, tainted=has_outside or self.work.tainted(step), ms=self.work.milliseconds(began))

    def _other_ways(self, step: Step) -> list[Way]:
        try:
            return self.tools.alternatives(step.tool, self.work.args(step))
        except ToolRetry:
            return []

    async def _along(self, step: Step, way: Way) -> tuple[str, dict[str, Any]]:
        """Go a way up to its last call, which is then the step's; the calls before it only read, so a crash between them loses nothing."""
        value: Any = None
        for number, (tool, args) in enumerate(way):
            args = self.tools.passed_on(args, value) if number else args
            if number == len(way) - 1:
                return tool, args
            context = self.context_of(step)
            intent = await self.tools.prepare(tool, args, context)
            await self.consent(dataclasses.replace(step, tool=tool, args=args), intent, self.work.tainted(step))
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
                self.work.append(events.STEP_RETRIED, {"step": step.id, "attempt": attempt, "error": error.message, "pause_s": round(pause, 3)})
                resumed, state.status = False, "ready"
                await self.work.clock.sleep(pause)

    async def _attempt(self, step: Step, state: StepState, attempt: int, began: float, rerouted: str, resumed: bool) -> None:
        context = self.context_of(step)
        if performer := self.performers.get(step.tool):
            await self._perform_by_model(step, performer, attempt, began)
            return
        if resumed and state.intent is not None:
            intent = _intent_from_json(state.intent)
            if not intent.changes and await self.tools.state_of(intent) == "unknown":
                raise ToolFailed("Deskhand was stopped while this ran, so it may or may not have happened; it is not repeated.", code="interrupted")
        else:
            tainted = self.work.tainted(step)
            intent = await self._prepare(step, context)
            if await self.consent(step, intent, tainted) and set((await self._prepare(step, context)).scopes) != set(intent.scopes):
                raise ToolFailed("What it would touch was changed while it was asked about, so nothing was done.", code="conflict")
            self.work.append(events.STEP_STARTED, {"step": step.id, "attempt": attempt, "intent": _intent_to_json(intent), "rerouted": rerouted, "tainted": tainted})
        result = await self._perform(intent, context)
        await self._verify(step, intent, result, context)
        self.work.finish(
            step, "done", value=result.value, text=result.text, verified=True, tainted=result.tainted or self.work.tainted(step),
            artifacts=[*result.artifacts, *written_files(state.intent)], ms=self.work.milliseconds(began),
        )  # fmt: skip

    async def _prepare(self, step: Step, context: ToolContext) -> Intent:
        tool, args = self.tools.resolve(step.tool, self.work.args(step))
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
        if problem := await self.tools.verify(intent, result, context):
            raise ToolFailed(f"The result is not what it should be: {problem}.", code="check_failed")
        self.work.check(step, result.value)

    async def _perform_by_model(self, step: Step, performer: Performer, attempt: int, began: float) -> None:
        args, tainted = self.work.args(step), self.work.tainted(step)
        self.work.append(events.STEP_STARTED, {"step": step.id, "attempt": attempt, "intent": None})
        result = await performer(step, args, tainted)
        if not result.text.strip():
            raise ToolFailed("The model wrote nothing.", code="check_failed", retryable=True)
        self.work.finish(step, "done", value=result.value, text=result.text, verified=True, tainted=tainted or result.tainted, ms=self.work.milliseconds(began))

    def context_of(self, step: Step) -> ToolContext:
        """What the tool of a step may know."""
        return ToolContext(
            self.work.state.run_id,
            step.id,
            self.workspace,
            self.work.clock,
            self.cancel.event,
            told=self.work.teller(step),
            tainted=self.work.tainted(step),
            request=str(self.work.state.request.get("text", "")),
            approve=self.work.state.request.get("approve", "none"),
        )


def failed_may_detour(error: ToolError) -> bool:
    """Whether another tool could do better: not when the arguments were wrong or the effect is unknown."""
    return error.code not in ("bad_arguments", "interrupted", "conflict", "check_failed")


def _intent_to_json(intent: Intent) -> dict[str, Any]:
    return {
        "tool": intent.tool, "args": intent.args, "risk": intent.risk,
        "changes": [change.to_json() for change in intent.changes], "preview": intent.preview[:20_000], "outcome": intent.outcome,
    }  # fmt: skip


def _intent_from_json(data: dict[str, Any]) -> Intent:
    return Intent(data["tool"], data["args"], data["risk"], (), tuple(Change(**change) for change in data["changes"]), data.get("preview", ""), outcome=data.get("outcome"))
