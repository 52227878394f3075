"""What a fetch and whoever watches it share: bytes so far, the wish to stop, the pauses between tries."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

ATTEMPTS = 6  # tries in a row that bring nothing
FIRST_PAUSE = 0.5  # seconds before the second of them, doubled each time
LONGEST_PAUSE = 30.0  # seconds, whatever a server asks for


class Cancelled(Exception):
    """The person no longer wants it."""


@dataclass(slots=True)
class Transfer:
    """One fetch as its watchers see it. ``moved`` is told the bytes of the file that are on the disk now."""

    moved: Callable[[int], None]
    stop: threading.Event = field(default_factory=threading.Event)

    def report(self, done: int) -> None:
        """Tell how far it is. Raises :class:`Cancelled`."""
        if self.stop.is_set():
            raise Cancelled
        self.moved(done)


class Tries:
    """Counts tries that bring nothing, and waits between them, longer each time."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop, self._in_vain = stop, 0

    def pause(self, progressed: bool, wanted: float = 0.0) -> bool:
        """Wait before the next try, ``wanted`` seconds at least; False where there should be none. Raises :class:`Cancelled`."""
        self._in_vain = 1 if progressed else self._in_vain + 1
        if self._in_vain >= ATTEMPTS:
            return False
        if self._stop.wait(min(LONGEST_PAUSE, max(wanted, FIRST_PAUSE * 2 ** (self._in_vain - 1)))):
            raise Cancelled
        return True
