"""How many threads an answer gets: as many as there are cores that other programs leave free.

llama.cpp's threads wait for each other at every operation. One that shares its core with a busy program holds all of them up: with a
busy neighbour on each of two cores, two threads were thirteen times slower than one (measured with the embedding model).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import psutil

EVERY = 1.0  # seconds between two looks
SHORTEST = 0.05  # a stretch shorter than this says nothing


def usual() -> int:
    """Threads on a machine that does nothing else: three quarters of the cores."""
    cores = os.cpu_count() or 2
    return max(1, cores - cores // 4)


def _now() -> tuple[float, float, float]:
    """Wall time, seconds that all cores idled, seconds that this process computed."""
    mine = psutil.Process().cpu_times()
    return time.monotonic(), psutil.cpu_times().idle, mine.user + mine.system


class Threads:
    """``apply`` sets a number; called only when it changes. ``most`` threads on a quiet machine."""

    def __init__(self, most: int, apply: Callable[[int], None], now: Callable[[], tuple[float, float, float]] = _now) -> None:
        self._most, self._apply, self._now = most, apply, now
        self.count, self._last = most, now()

    def look(self, force: bool = False) -> None:
        """Adjust to what was free since the last look; at most once a second unless forced."""
        wall, idle, mine = self._now()
        passed = wall - self._last[0]
        if passed < (SHORTEST if force else EVERY):
            return
        free = (idle - self._last[1] + mine - self._last[2]) / passed
        self._last = (wall, idle, mine)
        count = min(self._most, max(1, round(free)))
        if count != self.count:
            self.count = count
            self._apply(count)
