"""Dispatch of steps to other machines: placement, the call itself, and the questions that come back."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core import events
from core.errors import DeskhandError, ToolDenied
from core.execution.deps import PipelineDeps
from core.execution.graph import Execution
from core.execution.run_state import TERMINAL, RunState
from core.execution.steps import remote_files
from core.gate.consent import Consent
from core.gate.coverage import is_phrase_in
from core.gate.scopes import path_scope
from core.plan import Plan, Step
from core.planning.remote_expansion import HERE
from core.ports import Cancellation, Intent, RemoteCall, Scope, ToolResult

ATTACH_TRIES = 30  # tenths of a second in which a front end that started a run has to be there to answer


class RemoteDispatcher:
    """Dispatcher of one run. ``deadline`` is the steady clock's second (``time.monotonic``) at which the run's time is over; ``execution`` is the one under way."""

    def __init__(self, deps: PipelineDeps, state: RunState, cancellation: Cancellation, append: Callable[[str, dict[str, Any]], None], consent: Consent, deadline: float) -> None:
        self.deps, self.state, self.cancellation, self.append, self.consent, self.deadline = deps, state, cancellation, append, consent, deadline
        self.execution: Execution | None = None
        self._abandoned: dict[str, list[str]] = {}  # machines that a step was taken from because they were away

    def place_steps(self) -> None:
        """Choose a machine for every step that says what it needs and has none yet; one that nobody can do fails in words."""
        steps = tuple(
            step
            for step in (self.state.plan.steps if self.state.plan else ())
            if step.where and not self.state.steps[step.id].device and self.state.steps[step.id].status not in TERMINAL
        )
        if not steps:
            return
        for placed in self.deps.elsewhere.place(Plan(steps), {}):
            if placed.device:
                self.append(events.STEP_PLACED, {"step": placed.step, "device": placed.device, "why": placed.why, "by": "code"})
            else:
                error = {"code": "no_machine", "message": placed.why, "attempt": 0, "device": ""}
                self.append(events.STEP_FINISHED, {"step": placed.step, "status": "failed", "error": error})

    def reassign_step(self, step: Step, device: str) -> bool:
        """Put a step on the next best machine because its device is away for too long, where the step leaves the choice."""
        self._abandoned.setdefault(step.id, []).append(device)
        if not step.where:
            return False
        for placed in self.deps.elsewhere.place(Plan((step,)), self._abandoned):
            if placed.device:
                self.append(events.STEP_PLACED, {"step": step.id, "device": placed.device, "why": f"{device} is away. {placed.why}", "by": "code"})
                return True
        return False

    def move_step(self, step_id: str, device: str) -> None:
        """Put a step on another machine now, as the person says. Raises :class:`DeskhandError` where it is over or no such step."""
        state = self.state.steps.get(step_id)
        if state is None or state.status in TERMINAL or (state.status == "running" and state.intent is not None):
            raise DeskhandError(f"Step {step_id} cannot be put elsewhere any more.", code="already_settled")
        if device not in HERE and device not in self.deps.elsewhere.devices():
            raise DeskhandError(f"There is no device {device!r}.", code="not_found")
        self.append(events.STEP_PLACED, {"step": step_id, "device": device, "why": "You put it there.", "by": "person"})
        if self.execution is not None:
            self.execution.remote.move(step_id)

    async def dispatch(self, step: Step, device: str, args: dict[str, Any], attempt: int, tainted: bool) -> ToolResult:
        """Do one step on another machine, under that machine's rules, with what this run was allowed."""
        if self.state.request.get("local_only") or self.deps.settings["privacy.local_only"]:
            self.deps.egress.record(self.state.run_id, device, step.tool, False)
            raise ToolDenied("Refused: local only, nothing may leave this machine.")
        assert self.state.plan is not None and self.execution is not None
        files, execution = remote_files.find_remote_files(args, self.state, self.state.plan, device), self.execution
        if step.tool == "device.receive" and args.get("file"):
            args = {**args, "file": str(remote_files.resolve_outgoing_file(args, Path(self.state.request["workspace"])))}
        await self.consent.require(step, self._intent(step, device, args), tainted)
        mode, deadline = self.state.request["approve"], self.deadline
        call = RemoteCall(
            device, self.state.run_id, step.id, attempt, step.tool, args, tuple(files), "ask" if mode == "scheduled" else mode, mode in ("ask", "scheduled"), tainted,
            max(1.0, deadline - time.monotonic()), str(step.where.get("away") or "wait"),
            lambda: self.cancellation.event.is_set() or step.id in execution.remote.moved or time.monotonic() >= deadline, lambda data: self._relay_question(step, device, data),
        )  # fmt: skip
        return await self.deps.elsewhere.perform(call)

    def _intent(self, step: Step, device: str, args: dict[str, Any]) -> Intent:
        """What leaves for another machine. The person's own machines hold to their own rules and get what the request sends them; other agents are asked about, and so are private files."""
        request = self.state.request
        wanted = str(args.get("request", ""))
        is_own = not self.deps.elsewhere.is_agent(device) or is_phrase_in(wanted, str(request["text"]))
        root = os.path.realpath(request["workspace"])
        files = [path_scope(args["file"], root, "read")] if step.tool == "device.receive" and args.get("file") else []
        tool = "device.give" if step.tool == "device.receive" else step.tool  # as it was asked for, before the plan was expanded
        preview = f"to {device}: {tool} {json.dumps(args, ensure_ascii=False, default=str)}"
        return Intent(tool, {**args, "device": device}, "reads" if is_own else "leaves", (Scope("host", device, is_own, access="send"), *files), preview=preview)

    async def _relay_question(self, step: Step, device: str, data: dict[str, Any]) -> str:
        """Ask a question here too that waits on a device; whoever answers first has answered."""
        for _ in range(ATTACH_TRIES):
            if self.consent.can_ask():
                break
            await self.deps.clock.sleep(0.1)
        else:
            return "no"
        asked = f"{step.id}@{str(data.get('id', ''))[:60]}"
        shown = {key: data.get(key) for key in ("tool", "args", "risk", "why", "preview", "scopes", "tainted")}
        try:
            decided = await self.consent.ask(asked, {"kind": "step", **shown, "device": device, "request": self.state.request["text"][:2000], "grantable": False})
        except asyncio.CancelledError:
            self.deps.approvals.withdraw(self.state.run_id, asked)
            raise
        return "no" if decided == "no" else "once"
