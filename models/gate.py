"""Loads take turns: of the models that wait to be loaded, what needs the fewest switches goes first, and nobody waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

PATIENCE = 4  # how often somebody may be passed over


@dataclass(slots=True)
class _Waiting:
    model: str
    called: asyncio.Future[None]
    passed_over: int = 0


@dataclass(slots=True)
class Gate:
    """A lock whose waiters are called in the order that ``order`` gives them, as ``(number, model)`` pairs (see ``Residency.order``)."""

    order: Callable[[Sequence[tuple[str, str]]], list[str]]
    _busy: bool = False
    _waiting: list[_Waiting] = field(default_factory=list)

    @asynccontextmanager
    async def turn(self, model: str) -> AsyncIterator[None]:
        """Hold the gate for ``model``."""
        await self._enter(model)
        try:
            yield
        finally:
            self._call_next()

    async def _enter(self, model: str) -> None:
        if not self._busy:
            self._busy = True
            return
        mine = _Waiting(model, asyncio.get_running_loop().create_future())
        self._waiting.append(mine)
        try:
            await mine.called
        except asyncio.CancelledError:
            if mine.called.done() and not mine.called.cancelled():
                self._call_next()  # called, and gone before it could go in
            else:
                self._waiting.remove(mine)
            raise

    def _call_next(self) -> None:
        if not self._waiting:
            self._busy = False
            return
        chosen = next((waiting for waiting in self._waiting if waiting.passed_over >= PATIENCE), None)
        if chosen is None:
            first = self.order([(str(number), waiting.model) for number, waiting in enumerate(self._waiting)])[0]
            chosen = self._waiting[int(first)]
        self._waiting.remove(chosen)
        for waiting in self._waiting:
            waiting.passed_over += 1
        chosen.called.set_result(None)
