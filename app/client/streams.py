"""A stream of JSON objects, read by a thread of its own."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

END = object()


class LineStream:
    """What ``read`` gives, to be taken with a time limit. ``read`` is handed a function that says when to end. A context manager."""

    def __init__(self, read: Callable[[Callable[[], bool]], Iterator[dict[str, Any]]]) -> None:
        self._taken: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._closed = threading.Event()
        threading.Thread(target=self._read, args=(read(self._closed.is_set),), name="event stream", daemon=True).start()

    def __enter__(self) -> LineStream:
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()

    def _read(self, lines: Iterator[dict[str, Any]]) -> None:
        try:
            for row in lines:
                self._taken.put(row)
            self._taken.put(END)
        except Exception as error:  # it belongs to whoever takes
            self._taken.put(error)

    def take(self, seconds: float | None = None) -> dict[str, Any] | None:
        """The next object, or None when none came in ``seconds``. Raises :class:`EOFError` at the end, and whatever ended the reading."""
        try:
            found = self._taken.get(timeout=seconds)
        except queue.Empty:
            return None
        if found is END:
            raise EOFError
        if isinstance(found, Exception):
            raise found
        return dict(found)
