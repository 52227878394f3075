"""Looks after the broker's streams. A nats-server whose disk was full can hang with all connections up: it takes messages and answers nobody (seen with 2.9), and does not end when asked to."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

log = logging.getLogger("deskhand.broker")
LOOK_SECONDS, ANSWER_SECONDS = 5.0, 3.0
TRIES = 3  # looks in a row without an answer, before it is begun anew
ROOM = 16_000_000  # bytes; with less it could not begin


class Nurse:
    """``up`` tells whether the hub is connected, ``answers`` whether the streams answer within seconds, ``restart`` begins the broker anew."""

    def __init__(self, folder: Path, up: Callable[[], bool], answers: Callable[[float], Awaitable[bool]], restart: Callable[[], Awaitable[None]]) -> None:
        self._folder, self._up, self._answers, self._restart = folder, up, answers, restart
        self._silent = 0

    async def watch(self) -> None:
        """Until it is cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.look()
            except Exception:
                log.exception("looking after the broker failed")

    async def look(self) -> None:
        """One look; a broker that cannot be reached at all is somebody else's to start."""
        if not self._up():
            return
        self._silent = 0 if await self._answers(ANSWER_SECONDS) else self._silent + 1
        if self._silent >= TRIES and shutil.disk_usage(self._folder).free > ROOM:
            log.warning("the broker takes messages and answers nobody; it is begun anew")
            self._silent = 0
            await self._restart()
