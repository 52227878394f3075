"""The clock of the schedules: APScheduler wakes the engine when something is due, and now and then besides, to notice sleep and moved clocks. The only module that knows it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from datetime import UTC, datetime, timedelta
from typing import Any

from app.service.wakeup import WakeUp, wake_up
from core.schedule.engine import Engine
from core.schedule.watching import Watcher
from core.settings import Settings

log = logging.getLogger("deskhand.schedule")
LOOK_SECONDS = 30  # between two looks at the clock while nothing is due
WATCH_SECONDS = 5  # the same while something is watched


class Alarm:
    """Started once the core runs; every tick happens in the loop thread, one after the other."""

    def __init__(self, engine: Engine, watcher: Watcher, settings: Settings) -> None:
        self.engine, self.watcher, self._settings = engine, watcher, settings
        self._waking: WakeUp | None = None
        self._why = ""  # nothing can wake this machine, as it was told last
        self._scheduler: Any = None
        self._ringing = asyncio.Lock()

    def start(self) -> None:
        """Begin to keep time."""
        from apscheduler.schedulers.asyncio import AsyncIOScheduler

        logging.getLogger("apscheduler").setLevel(logging.WARNING)
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._scheduler.add_job(self.ring, "interval", seconds=LOOK_SECONDS, id="look", max_instances=1, coalesce=True, misfire_grace_time=None)
        self._scheduler.start()
        self.engine.store.changed = self._changed
        self.engine.begin()
        self._changed()

    def _changed(self) -> None:
        if self._scheduler is not None and self._scheduler.running:
            self._set(0)
            self._watch_or_not()
            self._wake_or_not()

    def _watch_or_not(self) -> None:
        """Conditions are looked at only while there are any: idle costs nothing."""
        wanted, known = bool(self.engine.store.watching()), self._scheduler.get_job("watch")
        if wanted and known is None:
            self._scheduler.add_job(self.watch, "interval", seconds=WATCH_SECONDS, id="watch", max_instances=1, coalesce=True, misfire_grace_time=None)
        elif known is not None and not wanted:
            known.remove()

    def _wake_or_not(self) -> None:
        """Have the machine woken for what is due next, where the person wants that."""
        wanted = bool(self._settings["schedules.wake"])
        if wanted and self._waking is None:
            self._waking, why = wake_up()
            if why != self._why:
                log.warning("schedules cannot wake this machine: %s", why)
            self._why = why
            if self._waking is None:
                return
            if (timer := self._waking.fileno()) is not None:
                asyncio.get_running_loop().add_reader(timer, self._woken, timer)
        if self._waking is not None:
            moment = self.engine.store.next_moment() if wanted else None
            try:
                self._waking.set(None if moment is None else datetime.fromtimestamp(moment / 1000, UTC))
            except OSError as error:
                log.warning("schedules cannot wake this machine: %s", error)

    def _woken(self, timer: int) -> None:
        """The alarm rang. The loop's own clock stood still while the machine slept, so it does not know yet."""
        with contextlib.suppress(OSError):
            os.read(timer, 8)
            self._set(0)

    def _set(self, milliseconds: int) -> None:
        when = datetime.now(UTC) + timedelta(milliseconds=milliseconds)
        self._scheduler.add_job(self.ring, "date", run_date=when, id="due", replace_existing=True, max_instances=2, misfire_grace_time=None)

    async def ring(self) -> None:
        """One tick, and the next one set. A fault is logged and does not stop the clock."""
        async with self._ringing:
            try:
                following = self.engine.tick()
                await self.engine.deliver_all()
            except Exception:
                log.exception("a tick of the schedules failed")
                following = LOOK_SECONDS * 1000
        if following is not None and self._scheduler.running:
            self._set(following)
        self._wake_or_not()

    async def watch(self) -> None:
        """Look at the conditions."""
        try:
            if await self.watcher.look():
                await self.ring()
        except Exception:
            log.exception("looking at the conditions failed")

    def stop(self) -> None:
        if self._scheduler is not None and self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        if self._waking is not None:
            if (timer := self._waking.fileno()) is not None:
                asyncio.get_running_loop().remove_reader(timer)
            self._waking.close()
            self._waking = None
