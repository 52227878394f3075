"""The clock of the schedules: APScheduler wakes the engine when something is due, and now and then besides, to notice sleep and moved clocks. The only module that knows it."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from core.schedule.engine import Engine
from core.schedule.watching import Watcher

log = logging.getLogger("deskhand.schedule")
LOOK_SECONDS = 30  # between two looks at the clock while nothing is due
WATCH_SECONDS = 5  # the same while something is watched


class Alarm:
    """Started once the core runs; every tick happens in the loop thread, one after the other."""

    def __init__(self, engine: Engine, watcher: Watcher) -> None:
        self.engine, self.watcher = engine, watcher
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

    def _watch_or_not(self) -> None:
        """Conditions are looked at only while there are any: idle costs nothing."""
        wanted, known = bool(self.engine.store.watching()), self._scheduler.get_job("watch")
        if wanted and known is None:
            self._scheduler.add_job(self.watch, "interval", seconds=WATCH_SECONDS, id="watch", max_instances=1, coalesce=True, misfire_grace_time=None)
        elif known is not None and not wanted:
            known.remove()

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
