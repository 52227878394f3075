"""What a local model does on this machine, measured once after it came: how quickly it reads and writes, and whether it can work in tools.

It happens in the background once nothing was asked for a while, in room that nobody else needs, and stops at the first word of a request.
Only models that somebody chose or brought here are tested: what other data folders share is not loaded unasked.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import DeskhandError
from core.messages import Finished, Message, ModelRequest, PromptProgress
from core.ports import ChatModel, ModelProfile
from core.turn.signals import needs_tool_test, works_in_loop
from models import catalog
from models.hardware import Machine
from models.power_test.exchanges import EXCHANGES, Exchange
from models.power_test.play import play

if TYPE_CHECKING:
    from models.pool import LocalModelPool

log = logging.getLogger("deskhand.models")
QUIET_SECONDS = 20.0  # without a request before a test begins
AGAIN_SECONDS = 120.0  # after which one that found no room, or gave way, is tried again
SITTING_SECONDS = 60.0  # after which no further exchange of the test of powers is begun; the rest is played another time
WRITTEN = 48  # tokens
_TEXT = (
    "The harbour lies on the north side of the island. In spring the boats are painted, nets are mended, and the market opens at six in the morning. "
    "Fish is sold by weight, bread by the loaf, and flowers by the bunch. Whoever comes late finds the tables empty and the seagulls busy. "
)
REQUEST = ModelRequest((Message("user", f"{_TEXT * 4}\n\nTell in your own words what happens in the harbour."),), max_tokens=WRITTEN)


@dataclass(frozen=True, slots=True)
class Measurement:
    """Tokens a second; None where too little came to tell."""

    read: float | None
    written: float | None


async def measure(model: ChatModel, is_quiet: Callable[[], bool] = lambda: True) -> Measurement | None:
    """How quickly a loaded model reads and writes; None where it gave way, because ``is_quiet`` no longer held. Raises :class:`ModelError`."""
    began, first, end = time.monotonic(), 0.0, Finished("stop")
    async with contextlib.aclosing(model.stream(REQUEST)) as parts:  # type: ignore[type-var]
        async for part in parts:
            if not is_quiet():
                return None
            if isinstance(part, Finished):
                end = part
            elif not isinstance(part, PromptProgress):
                first = first or time.monotonic()
    if not first:
        return Measurement(None, None)
    read, written = end.usage.prompt_tokens - end.usage.cached_tokens, end.usage.completion_tokens - 1
    return Measurement(_pace(read, first - began), _pace(written, time.monotonic() - first))


def _pace(tokens: int, seconds: float) -> float | None:
    return tokens / seconds if tokens >= 8 and seconds > 0.001 else None


def fingerprint(path: Path, machine: Machine) -> str:
    """Names one state of one file on one machine: what was measured of another says nothing. Raises :class:`OSError`."""
    state = path.stat()
    cards = ",".join(card.id for card in machine.usable)
    return hashlib.sha256(f"{state.st_size} {state.st_mtime_ns} {machine.processor} {machine.cores} {machine.ram >> 30} {cards}".encode()).hexdigest()[:16]


def ways_of(profile: ModelProfile) -> tuple[str, ...]:
    """Which ways of working a model takes, for people: ``talk``; ``small tasks`` step by step or ``tools`` in a loop and ``plans``; ``pictures``."""
    if not profile.chats:
        return ("simple requests",)
    works = () if not profile.calls else ("tools", "plans") if works_in_loop(profile) else ("small tasks",)
    return ("talk", *works, *(("pictures",) if profile.sees else ()))


class SelfTest:
    """One for each pool. At most one test runs at a time."""

    def __init__(self, pool: LocalModelPool) -> None:
        self._pool = pool
        self._task: asyncio.Task[None] | None = None
        self._quiet_since: float | None = None
        self._not_before: dict[str, float] = {}

    def look(self, is_quiet: Callable[[], bool]) -> None:
        """Begin a test where one is due; called every few seconds."""
        now = time.monotonic()
        self._quiet_since = None if not is_quiet() else now if self._quiet_since is None else self._quiet_since
        if self._quiet_since is None or now - self._quiet_since < QUIET_SECONDS or (self._task is not None and not self._task.done()):
            return
        if due := self._due(now):
            self._task = asyncio.create_task(self.run(*due, is_quiet), name=f"self-test of {due[0]}")

    def _due(self, now: float) -> tuple[str, Path] | None:
        machine = self._pool.keeper.machine()
        for model_id, path in self._pool.files_in_use():
            profile = catalog.find(model_id)
            if now < self._not_before.get(model_id, 0.0) or (profile and getattr(profile, "embeds", False)):
                continue
            with contextlib.suppress(OSError, DeskhandError):
                mark = fingerprint(path, machine)
                if not self._pool.keeper.experience.is_measured(model_id, mark) or self._open_exchanges(model_id, mark):
                    return model_id, path
        return None

    def _open_exchanges(self, model_id: str, mark: str) -> tuple[Exchange, ...]:
        """What is left of the test of powers, where it says more than the size of the model."""
        if not needs_tool_test(self._pool.get(model_id).profile):
            return ()
        known = self._pool.keeper.experience.exchanges(model_id, lambda: mark)
        return tuple(exchange for exchange in EXCHANGES if exchange.name not in known)

    async def run(self, model_id: str, path: Path, is_quiet: Callable[[], bool]) -> None:
        """Test one model now, loaded beside what is there and let go of again."""
        self._not_before[model_id] = time.monotonic() + AGAIN_SECONDS
        was_loaded = self._pool.is_loaded(model_id)
        try:
            if not was_loaded and not await self._pool.load_beside(model_id):
                return
            mark = fingerprint(path, self._pool.keeper.machine())
            await self._measure_speed(model_id, mark, is_quiet)
            await self._play_exchanges(model_id, mark, is_quiet)
        except (DeskhandError, OSError) as error:
            self._not_before[model_id] = float("inf")  # until the next start: it is said when somebody asks it
            log.info("%s could not be tested: %s", model_id, error)
        finally:
            if not was_loaded and is_quiet():
                await self._pool.retire(model_id)

    async def _measure_speed(self, model_id: str, mark: str, is_quiet: Callable[[], bool]) -> None:
        experience = self._pool.keeper.experience
        if not experience.is_measured(model_id, mark) and (found := await measure(self._pool.get(model_id), is_quiet)) is not None:
            experience.measured(model_id, mark, found.read, found.written)
            log.info("%s reads %s and writes %s tokens/s here", model_id, found.read, found.written)

    async def _play_exchanges(self, model_id: str, mark: str, is_quiet: Callable[[], bool]) -> None:
        """As many of the open exchanges as one sitting has time for; each is kept once it was played."""
        ends = time.monotonic() + SITTING_SECONDS
        for exchange in self._open_exchanges(model_id, mark):
            if not is_quiet() or time.monotonic() > ends or (played := await play(self._pool.get(model_id), exchange, is_quiet)) is None:
                return
            self._pool.keeper.experience.played(model_id, mark, exchange.name, not played.fault)
            log.info("%s %s: %s", model_id, exchange.name, played.fault or "passed")

    async def close(self) -> None:
        """End a test that runs."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
