"""The journal: every transition is one row, written before it is acted on.

Events that something is done because of are on the disk before; the others at the latest with the next of those.

Rows are hash-chained: ``hash[n] = SHA-256(hash[n-1] ‖ type ‖ run_id ‖ at ‖ data)``, so that a changed or missing row
shows. Updates and deletions are refused by the database itself. The same rows serve replay, the audit and the undo list.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from core.clock import Clock, iso
from core.events import RELAXED, Event
from core.storage.database import Database
from core.storage.json_text import dump_json, load_json

Listener = Callable[[Event], None]
_INSERT = "INSERT INTO event (run_id, type, at, data, hash) VALUES (?, ?, ?, ?, ?)"


def _digest(previous: bytes, type_: str, run_id: str, at: str, data: str) -> bytes:
    return hashlib.sha256(b"\0".join((previous, type_.encode(), run_id.encode(), at.encode(), data.encode()))).digest()


class Journal:
    """Append and read events; listeners are told after the row is committed. Loop thread only."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._listeners: list[Listener] = []
        self.last_seq, self._last_hash = 0, b""
        self._find_end()
        database.after_rollback.append(self._find_end)

    def _find_end(self) -> None:
        """Where the chain ends on the disk; asked again when a transaction was taken back."""
        last = self._database.execute("SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1").fetchone()
        self.last_seq, self._last_hash = (last["seq"], last["hash"]) if last else (0, b"")

    def append(self, type_: str, run_id: str = "", data: dict[str, Any] | None = None) -> Event:
        """Write one event durably, then tell the listeners. Raises :class:`StorageError` when it cannot be written.

        The event holds what was written: without what no reader of JSON takes (see :mod:`core.storage.json_text`).
        """
        at = iso(self._clock.now())
        text, kept = dump_json(data or {})
        digest = _digest(self._last_hash, type_, run_id, at, text)
        row = (run_id, type_, at, text, digest)
        if type_ in RELAXED:
            with self._database.relaxed():
                cursor = self._database.execute(_INSERT, row)
        else:
            cursor = self._database.execute(_INSERT, row)
        self._last_hash, self.last_seq = digest, int(cursor.lastrowid or 0)
        event = Event(self.last_seq, type_, run_id, at, load_json(text) if self._listeners else kept)
        for listener in tuple(self._listeners):
            listener(event)
        return event

    def announce(self, type_: str, run_id: str = "", data: dict[str, Any] | None = None) -> None:
        """Tell the listeners something that cannot be written now (the disk is full, say). It is not kept, and has the number 0."""
        event = Event(0, type_, run_id, iso(self._clock.now()), data or {})
        for listener in tuple(self._listeners):
            listener(event)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` for every later event; returns what ends the subscription."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def after(self, seq: int, limit: int = 1000) -> list[Event]:
        """Up to ``limit`` events with a higher ``seq``, oldest first."""
        return [_event(row) for row in self._database.execute("SELECT * FROM event WHERE seq > ? ORDER BY seq LIMIT ?", (seq, limit))]

    def of_run(self, run_id: str, types: tuple[str, ...] = ()) -> list[Event]:
        """The events of one run, oldest first, of the given types or all."""
        sql = "SELECT * FROM event WHERE run_id = ?"
        if types:
            sql += f" AND type IN ({','.join('?' * len(types))})"
        return [_event(row) for row in self._database.execute(sql + " ORDER BY seq", (run_id, *types))]

    def data_since(self, type_: str, at: str) -> list[dict[str, Any]]:
        """The data of all events of a type from a moment on (RFC 3339, UTC), oldest first."""
        return [load_json(row["data"]) for row in self._database.execute("SELECT data FROM event WHERE type = ? AND at >= ? ORDER BY seq", (type_, at))]

    def verify(self) -> int | None:
        """The ``seq`` of the first row that does not fit the chain, or None when all do."""
        previous, expected = b"", 1
        for row in self._rows():
            digest = _digest(previous, row["type"], row["run_id"], row["at"], row["data"])
            if digest != row["hash"] or row["seq"] != expected:
                return int(row["seq"])
            previous, expected = digest, row["seq"] + 1
        return None

    def _rows(self) -> Iterator[Any]:
        return iter(self._database.execute("SELECT * FROM event ORDER BY seq"))


def _event(row: Any) -> Event:
    return Event(row["seq"], row["type"], row["run_id"], row["at"], load_json(row["data"]))
