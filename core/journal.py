"""The journal: every transition is one row, written before it is acted on.

Events that something is done because of are on the disk before; the others at the latest with the next of those.

Rows are hash-chained, so that a changed or missing row shows: ``hash[n] = SHA-256(hash[n-1] ‖ type ‖ run_id ‖ at ‖ content)`` with
``content = SHA-256(salt ‖ data)``. Updates and deletions are refused by the database itself, but for one: a row may lose its data and its salt
(:meth:`Journal.erase`, decision 31); an event says which rows did, and the chain holds. The same rows serve replay, the audit and the undo list.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from core.clock import Clock, iso
from core.events import JOURNAL_ANCHORED, JOURNAL_ERASED, RELAXED, UNREADABLE, Event
from core.storage.database import Database
from core.storage.json_text import dump_json, load_json

log = logging.getLogger("deskhand.journal")
Listener = Callable[[Event], None]
_INSERT = "INSERT INTO event (run_id, type, at, data, hash, salt, content) VALUES (?, ?, ?, ?, ?, ?, ?)"
_SALT = 16  # bytes


def _digest(previous: bytes, type_: str, run_id: str, at: str, content: bytes) -> bytes:
    return hashlib.sha256(b"\0".join((previous, type_.encode(), run_id.encode(), at.encode(), content))).digest()


def _content(salt: bytes, data: str) -> bytes:
    return hashlib.sha256(salt + _bytes_of(data)).digest()


def _bytes_of(data: str) -> bytes:
    return data.encode("utf-8", "surrogateescape")


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
        salt = secrets.token_bytes(_SALT)
        content = _content(salt, text)
        digest = _digest(self._last_hash, type_, run_id, at, content)
        row = (run_id, type_, at, text, digest, salt, content)
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
        return [_event(row) for row in self._database.rows("SELECT * FROM event WHERE seq > ? ORDER BY seq LIMIT ?", (seq, limit))]

    def of_run(self, run_id: str, types: tuple[str, ...] = ()) -> list[Event]:
        """The events of one run, oldest first, of the given types or all."""
        sql = "SELECT * FROM event WHERE run_id = ?"
        if types:
            sql += f" AND type IN ({','.join('?' * len(types))})"
        return [_event(row) for row in self._database.rows(sql + " ORDER BY seq", (run_id, *types))]

    def data_since(self, type_: str, at: str) -> list[dict[str, Any]]:
        """The data of all events of a type from a moment on (RFC 3339, UTC), oldest first; without what cannot be read."""
        found = [_data(row) for row in self._database.rows("SELECT seq, data FROM event WHERE type = ? AND at >= ? ORDER BY seq", (type_, at))]
        return [data for data in found if data and data != UNREADABLE]

    def verify(self) -> int | None:
        """The ``seq`` of the first row that does not fit the chain, or None when all do."""
        previous, expected = b"", 1
        erased: dict[int, bytes] = {}  # rows without their salt, with what stands there now
        declared: dict[int, str] = {}
        for row in self._rows():
            data = _bytes_of(row["data"])
            digest = _digest(previous, row["type"], row["run_id"], row["at"], row["content"] if row["content"] is not None else data)
            is_held = row["content"] is None or row["salt"] is None or _content(row["salt"], row["data"]) == row["content"]
            if digest != row["hash"] or row["seq"] != expected or not is_held:
                return int(row["seq"])
            if row["content"] is not None and row["salt"] is None:
                erased[row["seq"]] = data
            if row["type"] == JOURNAL_ERASED:
                declared |= _declared(_data(row))
            previous, expected = digest, row["seq"] + 1
        return next((seq for seq, data in erased.items() if declared.get(seq) != hashlib.sha256(data).hexdigest()), None)

    def erase(self, rows: Mapping[int, dict[str, Any]], why: str) -> None:
        """Put other data in place of that of some rows, by their ``seq``, for good; an event says of which, and the chain stays whole."""
        if not rows:
            return
        texts = {seq: dump_json(data)[0] for seq, data in rows.items()}
        with self._database.transaction():
            self._make_erasable()
            for seq, text in texts.items():
                self._database.execute("UPDATE event SET data = ?, salt = NULL WHERE seq = ?", (text, seq))
            self.append(JOURNAL_ERASED, "", {"why": why, "rows": _runs_of({seq: hashlib.sha256(text.encode()).hexdigest() for seq, text in texts.items()})})

    def _make_erasable(self) -> None:
        """Rows of before version 12 held their data in the chain: it is made anew once, and an event says what it ended in before."""
        if self._database.execute("SELECT 1 FROM event WHERE content IS NULL LIMIT 1").fetchone() is None:
            return
        broken, old_end, rows, previous = self.verify(), self._last_hash, 0, b""
        (trigger,) = self._database.execute("SELECT sql FROM sqlite_master WHERE name = 'event_no_update'").fetchone()
        self._database.execute("DROP TRIGGER event_no_update")
        for row in self._database.rows("SELECT * FROM event ORDER BY seq"):
            salt = row["salt"] if row["content"] is not None else secrets.token_bytes(_SALT)
            content = row["content"] if row["content"] is not None else _content(salt, row["data"])
            previous = _digest(previous, row["type"], row["run_id"], row["at"], content)
            self._database.execute("UPDATE event SET salt = ?, content = ?, hash = ? WHERE seq = ?", (salt, content, previous, row["seq"]))
            rows += 1
        self._database.execute(trigger)
        self._find_end()
        self.append(JOURNAL_ANCHORED, "", {"rows": rows, "before": old_end.hex(), "was_broken_at": broken})

    def unreadable(self) -> list[int]:
        """The numbers of rows that cannot be read; they are passed over wherever events are read."""
        return [row["seq"] for row in self._rows() if _data(row) == UNREADABLE]

    def _rows(self) -> Iterator[Any]:
        return iter(self._database.rows("SELECT * FROM event ORDER BY seq"))


def _event(row: Any) -> Event:
    return Event(row["seq"], row["type"], row["run_id"], row["at"], _data(row))


def _data(row: Any) -> dict[str, Any]:
    """What a row holds; :data:`UNREADABLE` where that is no JSON, or what it holds was destroyed from outside."""
    try:
        found = load_json(row["data"])
    except ValueError:
        found = None
    if isinstance(found, dict):
        return found
    log.error("event %d of the journal cannot be read; it is passed over", row["seq"])
    return dict(UNREADABLE)


def _runs_of(digests: Mapping[int, str]) -> list[list[Any]]:
    """``[first, last, digest]`` of neighbouring rows that hold the same now."""
    found: list[list[Any]] = []
    for seq in sorted(digests):
        if found and found[-1][1] == seq - 1 and found[-1][2] == digests[seq]:
            found[-1][1] = seq
        else:
            found.append([seq, seq, digests[seq]])
    return found


def _declared(data: Mapping[str, Any]) -> dict[int, str]:
    return {seq: digest for first, last, digest in data.get("rows", ()) for seq in range(first, last + 1)}
