"""Steps on other machines: which does what, the call itself, and the questions that come back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core import events
from core.errors import DeskhandError, ToolDenied
from core.execution.deps import Parts
from core.execution.graph import Execution
from core.execution.run_state import TERMINAL, RunState
from core.execution.steps import remote_files
from core.gate.consent import Consent
from core.plan import Plan, Step
from core.planning.remote_expansion import HERE
from core.ports import Cancellation, RemoteCall, ToolResult

ATTACH_TRIES = 30  # tenths of a second in which a front end that started a run has to be there to answer


class Machines:
    """For one run. ``until`` is the steady clock's second (``time.monotonic``) at which the run's time is over; ``execution`` is the one under way."""

    def __init__(self, parts: Parts, state: RunState, cancellation: Cancellation, append: Callable[[str, dict[str, Any]], None], consent: Consent, until: float) -> None:
        self.parts, self.state, self.cancellation, self.append, self.consent, self.until = parts, state, cancellation, append, consent, until
        self.execution: Execution | None = None
        self._left: dict[str, list[str]] = {}  # machines that a step was taken from because they were away

    def place(self) -> None:
        """Choose a machine for every step that says what it needs and has none yet; one that nobody can do fails in words."""
        steps = tuple(
            step
            for step in (self.state.plan.steps if self.state.plan else ())
            if step.where and not self.state.steps[step.id].device and self.state.steps[step.id].status not in TERMINAL
        )
        if not steps:
            return
        for placed in self.parts.elsewhere.place(Plan(steps), {}):
            if placed.device:
                self.append(events.STEP_PLACED, {"step": placed.step, "device": placed.device, "why": placed.why, "by": "code"})
            else:
                error = {"code": "no_machine", "message": placed.why, "attempt": 0, "device": ""}
                self.append(events.STEP_FINISHED, {"step": placed.step, "status": "failed", "error": error})

    def put_elsewhere(self, step: Step, device: str) -> bool:
        """A device is away for too long: the next best machine, where the step leaves the choice."""
        self._left.setdefault(step.id, []).append(device)
        if not step.where:
            return False
        for placed in self.parts.elsewhere.place(Plan((step,)), self._left):
            if placed.device:
                self.append(events.STEP_PLACED, {"step": step.id, "device": placed.device, "why": f"{device} is away. {placed.why}", "by": "code"})
                return True
        return False

    def place_step(self, step_id: str, device: str) -> None:
        """The person puts a step on another machine, now. Raises :class:`DeskhandError` where it is over or no such step."""
        state = self.state.steps.get(step_id)
        if state is None or state.status in TERMINAL or (state.status == "running" and state.intent is not None):
            raise DeskhandError(f"Step {step_id} cannot be put elsewhere any more.", code="already_settled")
        if device not in HERE and device not in self.parts.elsewhere.devices():
            raise DeskhandError(f"There is no device {device!r}.", code="not_found")
        self.append(events.STEP_PLACED, {"step": step_id, "device": device, "why": "You put it there.", "by": "person"})
        if self.execution is not None:
            self.execution.there.move(step_id)

    async def perform(self, step: Step, device: str, args: dict[str, Any], attempt: int, tainted: bool) -> ToolResult:
        """One step on another machine, under that machine's rules, with what this run was allowed."""
        if self.state.request.get("local_only") or self.parts.settings["privacy.local_only"]:
            self.parts.egress.record(self.state.run_id, device, step.tool, False)
            raise ToolDenied("Refused: local only, nothing may leave this machine.")
        assert self.state.plan is not None and self.execution is not None
        files, execution = remote_files.files_of(args, self.state, self.state.plan, device), self.execution
        if step.tool == "device.receive" and args.get("file"):
            args = {**args, "file": str(remote_files.file_given(args, Path(self.state.request["workspace"])))}
        mode, until = self.state.request["approve"], self.until
        self.parts.egress.record(self.state.run_id, device, step.tool, True)
        call = RemoteCall(
            device, self.state.run_id, step.id, attempt, step.tool, args, tuple(files), "ask" if mode == "scheduled" else mode, mode in ("ask", "scheduled"), tainted,
            max(1.0, until - time.monotonic()), str(step.where.get("away") or "wait"),
            lambda: self.cancellation.event.is_set() or step.id in execution.there.moved or time.monotonic() >= until, lambda data: self._asked_there(step, device, data),
        )  # fmt: skip
        return await self.parts.elsewhere.perform(call)

    async def _asked_there(self, step: Step, device: str, data: dict[str, Any]) -> str:
        """A question that waits on a device is asked here too; whoever answers first has answered."""
        for _ in range(ATTACH_TRIES):
            if self.consent.may_wait():
                break
            await self.parts.clock.sleep(0.1)
        else:
            return "no"
        asked = f"{step.id}@{str(data.get('id', ''))[:60]}"
        shown = {key: data.get(key) for key in ("tool", "args", "risk", "why", "preview", "scopes", "tainted")}
        try:
            given = await self.consent.ask(asked, {"kind": "step", **shown, "device": device, "request": self.state.request["text"][:2000], "grantable": False})
        except asyncio.CancelledError:
            self.parts.approvals.withdraw(self.state.run_id, asked)
            raise
        return "no" if given == "no" else "once"
