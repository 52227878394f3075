"""Whose turn it is at a model: what a person waits for goes first; a run whose front end is gone gives way in the middle of a reply."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

Result = TypeVar("Result")


@dataclass(slots=True, eq=False)
class _Active:
    """A call under way. ``gives_way`` is set when it is ended for the sake of another one."""

    model_id: str
    run_id: str
    task: asyncio.Task[object]
    gives_way: bool = False


@dataclass(slots=True)
class Precedence:
    """For all runs of a core. ``is_attended`` says whether somebody waits for a run now; calls of attended runs never wait for each other."""

    is_attended: Callable[[str], bool]
    _active: set[_Active] = field(default_factory=set)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def call(self, model_id: str, run_id: str, make: Callable[[], Awaitable[Result]], again: Callable[[], None]) -> Result:
        """The result of ``make``. Where the call gave way, ``again`` is told and it is made anew once nobody attended uses the model."""
        while True:
            if self.is_attended(run_id):
                self._send_away(model_id)
            else:
                await self._wait_for_quiet(model_id)
            task: asyncio.Task[Result] = asyncio.ensure_future(make())  # type: ignore[arg-type]
            active = _Active(model_id, run_id, task)  # type: ignore[arg-type]
            self._active.add(active)
            try:
                return await task
            except asyncio.CancelledError:
                if not active.gives_way:
                    raise
                again()
            finally:
                self._active.discard(active)
                await _ended(task)
                self._changed.set()

    def reconsider(self) -> None:
        """Other runs may be attended now: what nobody waits for gives way to what waits at the same model already."""
        for model_id in {active.model_id for active in self._active if self.is_attended(active.run_id)}:
            self._send_away(model_id)
        self._changed.set()

    def _send_away(self, model_id: str) -> None:
        for active in self._active:
            if active.model_id == model_id and not self.is_attended(active.run_id):
                active.gives_way = True
                active.task.cancel()

    async def _wait_for_quiet(self, model_id: str) -> None:
        while any(active.model_id == model_id and self.is_attended(active.run_id) for active in self._active):
            self._changed.clear()
            await self._changed.wait()


async def _ended(task: asyncio.Task[Result]) -> None:
    """A call that is ended from outside has let go of its model when this returns."""
    if not task.done():
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
