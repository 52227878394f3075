"""Steps on this machine: consent, journal, retry, fallback, verification."""

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
from core.execution.steps.remote_files import list_written_files
from core.execution.steps.step_work import StepWork, make_failure
from core.gate.provenance import describe_origins
from core.plan import Step
from core.ports import Cancellation, Change, Intent, Scope, ToolBox, ToolContext, ToolResult

log = logging.getLogger("deskhand.execution")
ConsentCheck = Callable[[Step, Intent, bool], Awaitable[bool]]
CallChain = tuple[tuple[str, dict[str, Any]], ...]  # calls one after the other
StepHandler = Callable[[Step, dict[str, Any], bool], Awaitable[ToolResult]]  # a step that is no tool's: a text to be written, a task for the loop


@dataclass(slots=True)
class LocalSteps:
    """``consent`` raises :class:`ToolDenied` or returns whether the person was asked; ``attempts`` is how often each way is tried; ``handlers`` do steps that are no tool's."""

    work: StepWork
    tools: ToolBox
    workspace: Path
    attempts: int
    cancel: Cancellation
    consent: ConsentCheck
    handlers: Mapping[str, StepHandler]
    is_persons_own: Callable[[str], bool] = lambda text: True
    closed_paths: Callable[[], tuple[str, ...]] = tuple
    _heard: dict[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)  # by step: where words from outside came from that a detour found

    def _is_tainted(self, step: Step) -> bool:
        return step.id in self._heard or self.work.is_tainted(step)

    async def run_step(self, step: Step, state: StepState, began: float) -> None:
        """Do one step with its retries and fallbacks; it ends in a terminal state unless the run is being stopped."""
        direct: CallChain = ((step.tool, step.args),)
        fallbacks = self._find_fallbacks(step) if state.status != "running" and self.tools.sick(step.tool) else []
        routes = [*fallbacks, direct]
        error: ToolError = ToolFailed("It was not tried.")
        why = "it has been failing lately"
        has_outside = False  # somebody else's words are in what is said of its failing
        while routes:
            chain = routes.pop(0)
            self._heard.pop(step.id, None)
            if chain is not direct:
                self.work.append(events.STEP_REROUTED, {"step": step.id, "from": step.tool, "to": chain[-1][0], "via": [tool for tool, _ in chain[:-1]], "why": why})
            try:
                tool, args = await self._run_up_to_last(step, chain)
                await self._attempt_with_retries(dataclasses.replace(step, tool=tool, args=args), state, began, rerouted=tool if chain is not direct else "")
                self.work.budget.record_progress()
                return
            except (ToolDenied, ApprovalRequired) as denied:
                error = denied
                break
            except ToolError as failed:
                error, why = failed, failed.message
                has_outside = has_outside or any(self.tools.speaks_from_outside(tool) for tool, _ in chain)
            state.status = "ready"  # the next way begins anew; only what a crash left running is taken up
            if chain is direct and not fallbacks and can_fall_back(error):
                routes = fallbacks = self._find_fallbacks(step)
        said = make_failure(error.code, error.message, state.attempts, hint=error.hint)
        self.work.finish(step, "failed", error=said, tainted=has_outside or self._is_tainted(step), ms=self.work.elapsed_ms(began))

    def _find_fallbacks(self, step: Step) -> list[CallChain]:
        try:
            return self.tools.alternatives(step.tool, self.work.resolve_args(step))
        except ToolRetry:
            return []

    async def _run_up_to_last(self, step: Step, chain: CallChain) -> tuple[str, dict[str, Any]]:
        """Do the calls of a chain but the last, which is then the step's; those before it only read, so a crash between them loses nothing."""
        value: Any = None
        for number, (tool, args) in enumerate(chain):
            args = self.tools.passed_on(args, value) if number else args
            if number == len(chain) - 1:
                return tool, args
            intent, context = await self._prepare_agreed(dataclasses.replace(step, tool=tool, args=args), self.build_tool_context(step), self._is_tainted(step))
            result = await self._perform(intent, context)
            value = result.value
            if result.tainted:  # the last call is made of what the ones before it found
                self._heard[step.id] = result.origins or (tool,)
        raise ToolFailed("The way is empty.")

    async def _attempt_with_retries(self, step: Step, state: StepState, began: float, rerouted: str) -> None:
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
        context = self.build_tool_context(step)
        if handler := self.handlers.get(step.tool):
            await self._run_handler(step, handler, attempt, began)
            return
        if resumed and state.intent is not None:
            intent = _intent_from_json(state.intent)
            if not intent.changes and await self.tools.state_of(intent) == "unknown":
                raise ToolFailed("Deskhand was stopped while this ran, so it may or may not have happened; it is not repeated.", code="interrupted")
        else:
            tainted = self._is_tainted(step)
            intent, context = await self._prepare_agreed(step, context, tainted)
            self.tools.hold(intent)
            self.work.append(events.STEP_STARTED, {"step": step.id, "attempt": attempt, "intent": _intent_to_json(intent), "rerouted": rerouted, "tainted": tainted})
        result = await self._perform(intent, context)
        await self._verify(step, intent, result, context)
        self.work.finish(
            step, "done", value=result.value, text=result.text, verified=True, tainted=result.tainted or self._is_tainted(step),
            artifacts=[*result.artifacts, *list_written_files(state.intent)], ms=self.work.elapsed_ms(began), **({"origins": list(result.origins)} if result.origins else {}),
        )  # fmt: skip

    async def _prepare_agreed(self, step: Step, context: ToolContext, tainted: bool) -> tuple[Intent, ToolContext]:
        """Prepare a call and have it agreed to. What is private is opened only afterwards, so that a call that reads it is prepared twice, and what it would change is agreed to as well."""
        intent = await self._prepare(step, context)
        was_asked = await self.consent(step, intent, tainted)
        if intent.is_partial:
            context = dataclasses.replace(context, agreed=(*context.agreed, *intent.scopes))
            intent = await self._prepare(step, context)
            was_asked = await self.consent(step, intent, tainted)
        if intent.is_partial or (was_asked and set((await self._prepare(step, context)).scopes) != set(intent.scopes)):
            raise ToolFailed("What it would touch was changed while it was asked about, so nothing was done.", code="conflict")
        return intent, context

    async def _prepare(self, step: Step, context: ToolContext) -> Intent:
        tool, args = self.tools.resolve(step.tool, self.work.resolve_args(step))
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
        self.work.require_check(step, result.value)

    async def _run_handler(self, step: Step, handler: StepHandler, attempt: int, began: float) -> None:
        args, tainted = self.work.resolve_args(step), self._is_tainted(step)
        self.work.append(events.STEP_STARTED, {"step": step.id, "attempt": attempt, "intent": None})
        result = await handler(step, args, tainted)
        if not result.text.strip():
            raise ToolFailed("The model wrote nothing.", code="check_failed", retryable=True)
        self.work.finish(step, "done", value=result.value, text=result.text, verified=True, tainted=tainted or result.tainted, ms=self.work.elapsed_ms(began))

    def build_tool_context(self, step: Step) -> ToolContext:
        """Build what the tool of a step may know."""
        return ToolContext(
            self.work.state.run_id,
            step.id,
            self.workspace,
            self.work.clock,
            self.cancel.event,
            told=self.work.make_progress_reporter(step),
            tainted=self._is_tainted(step),
            origins=(*describe_origins(self.work.state, step), *self._heard.get(step.id, ())) if self._is_tainted(step) else (),
            request=str(self.work.state.request.get("text", "")),
            is_persons_own=self.is_persons_own,
            approve=self.work.state.request.get("approve", "none"),
            closed=self.closed_paths(),
            remote=self.work.state.request.get("remote") or {},
        )


def can_fall_back(error: ToolError) -> bool:
    """Whether another tool could do better: not when the arguments were wrong or the effect is unknown."""
    return error.code not in ("bad_arguments", "interrupted", "conflict", "check_failed")


def _intent_to_json(intent: Intent) -> dict[str, Any]:
    return {
        "tool": intent.tool, "args": intent.args, "risk": intent.risk,
        "changes": [change.to_json() for change in intent.changes], "preview": intent.preview[:20_000], "outcome": intent.outcome,
        "scopes": [[scope.kind, scope.value, scope.inside, scope.private, scope.access] for scope in intent.scopes],
    }  # fmt: skip


def _intent_from_json(data: dict[str, Any]) -> Intent:
    scopes = tuple(Scope(*row) for row in data.get("scopes", ()))
    return Intent(data["tool"], data["args"], data["risk"], scopes, tuple(Change(**change) for change in data["changes"]), data.get("preview", ""), outcome=data.get("outcome"))
