"""What is known of how the core ended before: a file that is there while it runs, and a watch over its loop.

Where the core was taken down or stood still again and again before it was up for a while or brought any run to its end, it starts in safe mode:
it answers, shows what there is, and goes on with nothing by itself.
"""

from __future__ import annotations

import asyncio
import faulthandler
import json
import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.file_head import read_head
from core.settings import write_atomically

log = logging.getLogger("deskhand.core")
MOST_FAILED = 3  # starts in a row that ended at once; the next is in safe mode
WELL_SECONDS = 60.0  # after which a start is no failed one
BEAT_SECONDS, MOST_MISSED = 5.0, 24  # of the loop, and how many in a row may fail to come: two minutes
STALLED = 75  # exit code of a core that stood still
WHY_SAFE = "Deskhand was ended several times in a row right after it had begun, so it goes on with nothing by itself. Ended by `deskhand stop`, it starts as usual the next time."


@dataclass(slots=True)
class RunningFile:
    """``running.json`` in the data folder: there while a core runs, left behind by one that was taken down."""

    path: Path
    failed: int = 0  # starts in a row that did not come to an end of their own, nor were well
    was_taken_down: bool = False
    has_begun: bool = False

    def begin(self) -> None:
        """Read how the last one ended, and note that this one runs. Raises :class:`core.errors.StorageError`."""
        try:
            left = json.loads(read_head(self.path, 10_000))
            self.was_taken_down, self.failed = True, int(left.get("failed", 0)) + 1
        except FileNotFoundError:
            pass
        except (OSError, ValueError, TypeError, AttributeError):
            self.was_taken_down, self.failed = True, 1
        self._write()
        self.has_begun = True

    @property
    def is_safe_mode(self) -> bool:
        return self.failed >= MOST_FAILED

    def is_well(self) -> None:
        """It has been up for a while, or brought a run to its end: what comes now has nothing to do with its start."""
        if self.failed >= 0:
            self.failed = -1  # one more that is taken down makes it 0
            self._write()

    def end(self) -> None:
        """It ends as it was told to; without effect where it never began."""
        if self.has_begun:
            self.path.unlink(missing_ok=True)

    def _write(self) -> None:
        write_atomically(self.path, json.dumps({"pid": os.getpid(), "failed": self.failed, "at": time.time()}).encode())


class LoopWatch:
    """A thread that ends the process where the loop stands still: nothing else would come to an end, nor could anybody stop it by asking."""

    def __init__(self, traces: Path, stalled: Callable[[], Any] = lambda: os._exit(STALLED)) -> None:
        self._beats = self._seen = self._missed = 0
        self._traces, self._stalled = traces, stalled
        self._ended = threading.Event()

    def start(self) -> None:
        self._beat(asyncio.get_running_loop())
        threading.Thread(target=self._look, name="watch over the loop", daemon=True).start()

    def stop(self) -> None:
        self._ended.set()

    def _beat(self, loop: asyncio.AbstractEventLoop) -> None:
        self._beats += 1
        if not self._ended.is_set():
            loop.call_later(BEAT_SECONDS, self._beat, loop)

    def _look(self) -> None:
        """Counts its own looks, not time: a machine that slept or a process that was held misses none."""
        while not self._ended.wait(BEAT_SECONDS):
            self._missed = 0 if self._beats != self._seen else self._missed + 1
            self._seen = self._beats
            if self._missed >= MOST_MISSED:
                log.error("the core stood still for %.0f s and ends; %s shows where", self._missed * BEAT_SECONDS, self._traces)
                with open(self._traces, "a", encoding="utf-8") as file:
                    faulthandler.dump_traceback(file)
                self._stalled()
                return
