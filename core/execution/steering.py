"""User controls of a run under way: pause, resume, skip, edit, move."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from core import events
from core.errors import UsageError
from core.execution.run_state import TERMINAL, RunState
from core.execution.steps.remote_dispatch import RemoteDispatcher
from core.plan import Plan
from core.planning.checks.finding import Finding


class Steering:
    """User controls of one run. ``faults`` checks a plan by code."""

    def __init__(self, state: RunState, append: Callable[[str, dict[str, Any]], None], dispatcher: RemoteDispatcher, faults: Callable[[Plan], list[Finding]]) -> None:
        self._state, self._append, self._dispatcher, self._faults = state, append, dispatcher, faults
        self._limit: asyncio.Timeout | None = None
        self._left = 0.0
        self._changed = asyncio.Event()

    async def wait_while_held(self) -> None:
        """Return once the run may begin another step."""
        while self._state.held:
            self._changed.clear()
            await self._changed.wait()

    def take_over_limit(self, limit: asyncio.Timeout) -> None:
        """Take over the run's time limit: it stands still while the run is held."""
        self._limit = limit
        if self._state.held:
            self._stop_clock()

    @contextlib.contextmanager
    def clock_stopped(self) -> Iterator[None]:
        """The run's time limit stands still meanwhile."""
        self._stop_clock()
        try:
            yield
        finally:
            if not self._state.held:
                self._start_clock()

    def hold(self, held: bool) -> None:
        """Begin no further step, or go on. Steps under way are not touched."""
        if held == self._state.held:
            return
        self._append(events.RUN_HELD, {"held": held})
        if held:
            self._stop_clock()
        else:
            self._start_clock()
        self._wake()

    def _stop_clock(self) -> None:
        if self._limit is not None and (when := self._limit.when()) is not None:
            self._left = when - asyncio.get_running_loop().time()
            self._limit.reschedule(None)

    def _start_clock(self) -> None:
        if self._limit is not None and self._limit.when() is None:
            self._limit.reschedule(asyncio.get_running_loop().time() + self._left)
            self._dispatcher.deadline = asyncio.get_running_loop().time() + self._left

    def skip(self, step_id: str) -> None:
        """Leave a step out; what needs it is left out too. Raises :class:`UsageError` where it is under way or over."""
        self._require_open(step_id)
        self._append(events.STEP_FINISHED, {"step": step_id, "status": "skipped", "error": {"code": "left_out", "message": "You left it out.", "attempt": 0, "device": "here"}})
        self._wake()

    def edit(self, step_id: str, args: dict[str, Any]) -> None:
        """Give a step other arguments. Raises :class:`UsageError` where it is under way or over, or where code finds a fault in them."""
        self._require_open(step_id)
        current = self._state.plan if self._state.plan and step_id in {step.id for step in self._state.plan.steps} else Plan((self._state.calls[step_id],))
        plan = current.edited(step_id, args)
        known = {finding.text for finding in self._faults(current)}
        if wrong := [finding.text for finding in self._faults(plan) if finding.hard and finding.text not in known]:
            raise UsageError(" ".join(wrong), code="bad_arguments")
        self._append(events.STEP_EDITED, {"step": step_id, "args": args})
        self._wake()

    def _require_open(self, step_id: str) -> None:
        if step_id not in self._state.steps:
            raise UsageError(f"There is no step {step_id!r} in this run.", code="not_found")
        execution = self._dispatcher.execution
        if self._state.steps[step_id].status in (*TERMINAL, "running") or (execution is not None and execution.is_running(step_id)):
            raise UsageError(f"Step {step_id} is under way or over; stop the run to end it.", code="already_settled")

    def _wake(self) -> None:
        self._changed.set()
        if self._dispatcher.execution is not None:
            self._dispatcher.execution.wake.set()
