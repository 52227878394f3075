"""Sinks of a reply's text while it streams."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from core import events

FLUSH_SECONDS = 0.04  # so long after a row text waits for more of it: too short for the eye, long enough for few rows


class TextSink(Protocol):
    """Receiver of the text of a reply as it comes."""

    def feed(self, delta: str) -> None: ...

    def withdraw(self, why: str) -> None: ...


class DeltaWriter:
    """Writer of streamed text into the journal, at most every :data:`FLUSH_SECONDS`: what comes after a silence goes at once."""

    def __init__(self, append: Callable[[str, dict[str, Any]], Any]) -> None:
        self._append = append
        self._kind, self._pending = "", ""
        self._timer: asyncio.TimerHandle | None = None
        self._written = -FLUSH_SECONDS  # the steady clock's second of the newest row

    def write(self, kind: str, text: str) -> None:
        """Add text of an event ``kind``."""
        if kind != self._kind:
            self.flush()
            self._kind = kind
        self._pending += text
        if self._timer is not None:
            return
        wait = self._written + FLUSH_SECONDS - time.monotonic()
        if wait <= 0:
            self.flush()
        else:
            self._timer = asyncio.get_running_loop().call_later(wait, self.flush)

    def flush(self) -> None:
        """Journal what waits."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._pending:
            text, self._pending = self._pending, ""
            self._append(self._kind, {"text": text})
            self._written = time.monotonic()

    def event(self, kind: str, data: dict[str, Any]) -> None:
        """Journal an event of another kind, after the text that waits."""
        self.flush()
        self._append(kind, data)

    def drop(self) -> None:
        """Forget text that waits: it was withdrawn before anybody saw it."""
        if self._kind == events.TEXT_DELTA:
            self._pending = ""


@dataclass(slots=True)
class VisibleSink:
    """Sink that shows all text as it comes."""

    writer: DeltaWriter

    def feed(self, delta: str) -> None:
        self.writer.write(events.TEXT_DELTA, delta)

    def withdraw(self, why: str) -> None:
        self.writer.event(events.TEXT_WITHDRAWN, {"why": why})
