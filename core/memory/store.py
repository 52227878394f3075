"""Memories: facts and turns of conversations, each with whose words they are, where they come from, and from when to when they hold.

Every write is an event with the id, the place and whose words it was, never the words themselves, so that forgetting leaves nothing behind.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from typing import Any, Literal

from core import events
from core.clock import Clock, iso
from core.errors import NotFound, UsageError
from core.ids import new_id
from core.journal import Journal
from core.memory.about import about_of
from core.memory.forgetting import Forgetting, Wanted
from core.storage.database import Database

Level = Literal["fact", "turn"]
Source = Literal["person", "assistant", "outside"]
LONGEST = 20_000  # letters


class Memories:
    """The store. Loop thread only. Text that came from outside is kept as such and never replaces what a person said."""

    def __init__(self, database: Database, journal: Journal, clock: Clock) -> None:
        self._database, self._journal, self._clock = database, journal, clock
        self._count: int | None = None  # counting a hundred thousand rows takes longer than finding one
        self._people: list[str] | None = None
        database.after_rollback.append(self._count_anew)
        self.forgetting = Forgetting(database, journal, database.path.parent / "backups", self.rewrite)
        self.changed: list[int] = []  # numbers of memories whose vectors are to be made anew

    # -- writing ----------------------------------------------------------------------------------------------------

    def add(
        self,
        text: str,
        level: Level = "fact",
        said_by: str = "person",
        source: Source = "person",
        place: str = "",
        about: str = "",
        at: str = "",
        receipt: bool = True,
        id_: str = "",
        instead: str = "",
    ) -> dict[str, Any]:
        """Remember. The same again is remembered once; a fact about the same thing takes the older one's place, which is kept as its history; so does
        one that is said to stand in the place of another (``instead``, its id).

        Raises :class:`UsageError` for nothing or too much.
        """
        said = text.strip()
        if not said or len(said) > LONGEST:
            raise UsageError("There is nothing to remember." if not said else f"That is longer than {LONGEST} letters.", code="bad_memory")
        digest = _digest(level, place, said)
        now = at or iso(self._clock.now())
        with self._database.transaction():
            same = self._database.execute("SELECT id FROM memory WHERE hash = ? AND valid_to = ''", (digest,)).fetchone() if level == "fact" else None
            if same:
                self._database.execute("UPDATE memory SET used = used + 1, used_at = ? WHERE id = ?", (now, same["id"]))
                return self.get(same["id"])
            id_ = self._insert(id_ or new_id("mem"), said, level, said_by, source, place, (about or about_of(said)) if level == "fact" else "", now, digest)
            if instead and level == "fact" and source != "outside":
                self._database.execute("UPDATE memory SET valid_to = ?, replaced_by = ? WHERE id = ? AND valid_to = '' AND id != ?", (now, id_, instead, id_))
            if receipt:
                self._journal.append(events.MEMORY_CHANGED, "", {"memory": id_, "what": "added", "level": level, "source": source, "place": place})
        return self.get(id_)

    def _insert(self, id_: str, text: str, level: str, said_by: str, source: str, place: str, about: str, at: str, digest: str) -> str:
        self._count = None
        if self._people is not None and said_by not in (*self._people, "person", "assistant"):
            self._people = None
        if about and source != "outside":
            self._database.execute("UPDATE memory SET valid_to = ?, replaced_by = ? WHERE about = ? AND valid_to = '' AND level = 'fact'", (at, id_, about.lower()))
        before = self._neighbour(place, "DESC") if level == "turn" else None
        number = self._database.execute(
            "INSERT INTO memory (id, level, text, said_by, source, place, about, at, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (id_, level, text, said_by, source, place, about.lower(), at, digest),
        ).lastrowid
        assert number is not None
        self._database.execute("INSERT INTO memory_words (rowid, text, before, after) VALUES (?, ?, ?, '')", (number, text, before["text"] if before else ""))
        if before:
            self._database.execute("UPDATE memory_words SET after = ? WHERE rowid = ?", (text, before["number"]))
            self.changed.append(before["number"])
        self.changed.append(number)
        return id_

    def _neighbour(self, place: str, order: str) -> Any:
        return self._database.execute(f"SELECT number, text FROM memory WHERE place = ? AND level = 'turn' ORDER BY number {order} LIMIT 1", (place,)).fetchone()

    def edit(self, id_: str, text: str) -> dict[str, Any]:
        """Say it otherwise; what it said before is kept for :meth:`undo`, until that is done or it is forgotten. Raises :class:`NotFound`, :class:`UsageError`."""
        old = self._row(id_)
        if not text.strip() or len(text) > LONGEST:
            raise UsageError("There is nothing to remember.", code="bad_memory")
        with self._database.transaction():
            digest = _digest(old["level"], old["place"], text.strip())
            self._database.execute("INSERT INTO memory_before VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET text = excluded.text", (id_, old["text"]))
            self._database.execute("UPDATE memory SET text = ?, hash = ?, about = ? WHERE id = ?", (text.strip(), digest, about_of(text).lower() or old["about"], id_))
            self._database.execute("UPDATE memory_words SET text = ? WHERE rowid = ?", (text.strip(), old["number"]))
            self._beside(old["number"], old["place"], text.strip())
            self._journal.append(events.MEMORY_CHANGED, "", {"memory": id_, "what": "edited"})
        self.changed.append(old["number"])
        self._scrub()
        return self.get(id_)

    def undo(self, id_: str) -> dict[str, Any] | None:
        """Take the last write back: a change becomes what it was, a new fact goes and the one that it replaced holds again (then None). Raises :class:`NotFound`."""
        row = self._row(id_)
        before = self._database.execute("SELECT text FROM memory_before WHERE id = ?", (id_,)).fetchone()
        if before is None:
            if row["level"] != "fact":
                raise UsageError("What was said cannot be undone; it can be forgotten.", code="bad_memory")
            self.forget([id_], everywhere=False)
            return None
        self.edit(id_, before["text"])
        self._database.execute("DELETE FROM memory_before WHERE id = ?", (id_,))
        self._scrub()
        return self.get(id_)

    def rate(self, id_: str, good: bool) -> dict[str, Any]:
        """The person says that it was of use, or wrong; what was called wrong twice is not put before a model any more."""
        self._row(id_)
        self._database.execute("UPDATE memory SET rating = max(-5, min(5, rating + ?)) WHERE id = ?", (1 if good else -1, id_))
        return self.get(id_)

    def merge(self, older: str, newer: str) -> None:
        """Two facts that say the same: the newer holds, the older is its history. Uses and ratings go over."""
        first, second = self._row(older), self._row(newer)
        with self._database.transaction():
            self._database.execute("UPDATE memory SET valid_to = ?, replaced_by = ?, about = ? WHERE id = ?", (second["at"], newer, second["about"] or first["about"], older))
            self._database.execute(
                "UPDATE memory SET used = used + ?, rating = rating + ?, about = CASE about WHEN '' THEN ? ELSE about END WHERE id = ?",
                (first["used"], first["rating"], first["about"], newer),
            )
            self._journal.append(events.MEMORY_CHANGED, "", {"memory": newer, "what": "merged", "with": older})

    def has(self, id_: str, text: str = "") -> bool:
        """Whether there is a memory of that id, or a fact of these words that holds."""
        return bool(
            self._database.execute("SELECT 1 FROM memory WHERE id = ? OR (hash = ? AND valid_to = '')", (id_, _digest("fact", "", text.strip()) if text else "")).fetchone()
        )

    def facts(self) -> list[dict[str, Any]]:
        """The facts that hold, oldest first."""
        return [_shown(row) | {"number": row["number"]} for row in self._database.execute("SELECT * FROM memory WHERE level = 'fact' AND valid_to = '' ORDER BY at, number")]

    def forget(self, ids: Iterable[str], everywhere: bool = True) -> int:
        """Forget: rows, words, vectors and what neighbours held of it; the pages are overwritten. The number forgotten. Raises :class:`NotFound`.

        ``everywhere``: also where it was said (:mod:`core.memory.forgetting`); else only the memory goes, as when a conversation is not to be remembered.
        """
        rows = [self._row(id_) for id_ in dict.fromkeys(ids)]
        self._count_anew()
        with self._database.transaction():
            if everywhere and rows:
                self.forgetting.forget([Wanted.of_fact(row["text"]) if row["level"] == "fact" else Wanted.of_turn(row["text"]) for row in rows])
            for row in (self._row(row["id"]) for row in rows):  # as it is by now: links change as they go
                for table, key in (("memory_words", "rowid"), ("memory_vector", "number"), ("memory", "number")):
                    self._database.execute(f"DELETE FROM {table} WHERE {key} = ?", (row["number"],))
                self._database.execute("DELETE FROM memory_before WHERE id = ?", (row["id"],))
                self._database.execute("DELETE FROM memory_compared WHERE older = ? OR newer = ?", (row["id"], row["id"]))
                if row["valid_to"]:  # one of the history: what was before it is followed by what came after it
                    self._database.execute("UPDATE memory SET replaced_by = ? WHERE replaced_by = ?", (row["replaced_by"], row["id"]))
                else:
                    self._database.execute("UPDATE memory SET valid_to = '', replaced_by = '' WHERE replaced_by = ?", (row["id"],))
                self._beside(row["number"], row["place"], "")
                self._journal.append(events.MEMORY_CHANGED, "", {"memory": row["id"], "what": "forgotten"})
        if rows:
            self._scrub()
        self.changed.extend(-row["number"] for row in rows)
        return len(rows)

    def rewrite(self, change: Callable[[str], str]) -> None:
        """Put other words in what was said, wherever ``change`` gives others; facts stay, as each is forgotten by itself."""
        for row in self._database.rows("SELECT number, id, level, place, text FROM memory WHERE level = 'turn'"):
            text = change(row["text"])
            if text != row["text"]:
                self._database.execute("UPDATE memory SET text = ?, hash = ? WHERE number = ?", (text, _digest(row["level"], row["place"], text), row["number"]))
                self._database.execute("UPDATE memory_words SET text = ? WHERE rowid = ?", (text, row["number"]))
                self._database.execute("DELETE FROM memory_before WHERE id = ?", (row["id"],))
                self._beside(row["number"], row["place"], text)
                self.changed.append(row["number"])

    def _beside(self, number: int, place: str, text: str) -> None:
        """Neighbours of a turn hold its words too: put others there."""
        if not place:
            return
        for column, order, sign in (("after", "DESC", "<"), ("before", "ASC", ">")):
            row = self._database.execute(
                f"SELECT number FROM memory WHERE place = ? AND level = 'turn' AND number {sign} ? ORDER BY number {order} LIMIT 1", (place, number)
            ).fetchone()
            if row:
                self._database.execute(f"UPDATE memory_words SET {column} = ? WHERE rowid = ?", (text, row["number"]))
                self.changed.append(row["number"])

    def _scrub(self) -> None:
        """Nothing of deleted words stays in the index or the log of the database."""
        self._database.execute("INSERT INTO memory_words (memory_words) VALUES ('optimize')")
        self._database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    # -- reading ----------------------------------------------------------------------------------------------------

    def get(self, id_: str) -> dict[str, Any]:
        """One memory with its history. Raises :class:`NotFound`."""
        row = self._row(id_)
        history = self._database.execute("SELECT id, text, at, valid_to FROM memory WHERE about = ? AND about != '' AND id != ? ORDER BY at DESC", (row["about"], id_))
        return _shown(row) | {"history": [dict(other) for other in history]}

    def _row(self, id_: str) -> Any:
        row = self._database.execute("SELECT * FROM memory WHERE id = ?", (id_,)).fetchone()
        if row is None:
            raise NotFound(f"There is no memory {id_[:80]}.", hint="`deskhand memory list` shows those that there are.")
        return row

    def newest(self, level: str = "", limit: int = 100, offset: int = 0, past: bool = False, who: str = "") -> list[dict[str, Any]]:
        """Newest first; with ``past`` also what no longer holds; of one speaker (``who``) or of all."""
        rows = self._database.execute(
            "SELECT * FROM memory WHERE (? = '' OR level = ?) AND (? OR valid_to = '') AND (? = '' OR said_by = ?) ORDER BY at DESC, number DESC LIMIT ? OFFSET ?",
            (level, level, int(past), who, who, limit, offset),
        )
        return [_shown(row) for row in rows]

    def by_numbers(self, numbers: Iterable[int]) -> dict[int, dict[str, Any]]:
        """Memories by their place in the index."""
        wanted = list(numbers)
        found = self._database.execute(f"SELECT * FROM memory WHERE number IN ({','.join('?' * len(wanted))})", tuple(wanted)) if wanted else ()
        return {row["number"]: _shown(row) for row in found}

    def used(self, ids: Iterable[str]) -> None:
        """They were of use just now."""
        now = iso(self._clock.now())
        for id_ in ids:
            self._database.execute("UPDATE memory SET used = used + 1, used_at = ? WHERE id = ?", (now, id_))

    # -- taking out and in ------------------------------------------------------------------------------------------

    def export(self) -> list[dict[str, Any]]:
        """Everything, oldest first, as :meth:`take_in` reads it."""
        return [
            {key: value for key, value in _shown(row).items() if key not in ("used", "used_at", "rating")} for row in self._database.execute("SELECT * FROM memory ORDER BY number")
        ]

    def take_in(self, rows: Iterable[Any]) -> int:
        """Add what was exported; what is there already is left. The number added. Raises :class:`UsageError` before anything is written."""
        wanted = list(rows)
        for row in wanted:
            if (
                not isinstance(row, dict)
                or not isinstance(row.get("text"), str)
                or row.get("level", "fact") not in ("fact", "turn")
                or row.get("source", "person") not in ("person", "assistant", "outside")
            ):
                raise UsageError(f"This is no memory: {json.dumps(row, ensure_ascii=False, default=str)[:120]}", code="bad_memory")
        before = self.count()
        with self._database.transaction():
            for row in wanted:
                if row.get("id") and self._database.execute("SELECT 1 FROM memory WHERE id = ?", (row["id"],)).fetchone():
                    continue
                self.add(
                    row["text"],
                    row.get("level", "fact"),
                    str(row.get("said_by") or "person"),
                    row.get("source", "person"),
                    str(row.get("place") or ""),
                    str(row.get("about") or ""),
                    str(row.get("at") or ""),
                )
        return self.count() - before

    def _count_anew(self) -> None:
        self._count = self._people = None

    def people(self) -> list[str]:
        """Who said something, besides the person and the assistant."""
        if self._people is None:
            self._people = [row[0] for row in self._database.execute("SELECT DISTINCT said_by FROM memory WHERE said_by NOT IN ('person', 'assistant')")]
        return self._people

    def count(self) -> int:
        """How many there are, what no longer holds included."""
        if self._count is None:
            self._count = int(self._database.execute("SELECT count(*) FROM memory").fetchone()[0])
        return self._count


def _digest(level: str, place: str, text: str) -> str:
    """What two memories have in common that are the same: the words whatever their case, of a turn the conversation too."""
    return hashlib.sha256(f"{level}\0{place if level == 'turn' else ''}\0{text.lower()}".encode("utf-8", "replace")).hexdigest()


def _shown(row: Any) -> dict[str, Any]:
    return {key: row[key] for key in ("id", "level", "text", "said_by", "source", "place", "about", "at", "valid_to", "replaced_by", "used", "used_at", "rating")}
