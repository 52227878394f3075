"""Conversations: messages in a tree (editing makes a branch), found again by full-text search."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.clock import Clock, iso
from core.errors import NotFound
from core.ids import new_id
from core.storage.database import Database
from core.storage.json_text import dump_json, read_json


@dataclass(frozen=True, slots=True)
class PastTurn:
    """What was said and done in one turn. ``steps``: ``{"id", "tool", "args", "status", "text"}`` each, texts shortened; ``question``: what the answer asked back, as in a result."""

    said: str
    answer: str
    steps: tuple[dict[str, Any], ...] = ()
    question: Mapping[str, Any] = field(default_factory=dict)
    run_id: str = ""


def steps_of(turns: Iterable[PastTurn]) -> list[dict[str, Any]]:
    """The steps of several turns, oldest first."""
    return [step for turn in turns for step in turn.steps]


class Conversations:
    """Store of conversations and messages. A message's parent is the one before it; ``head`` is the newest of the shown branch."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def create(self, title: str = "", workspace: str = "", conversation_id: str = "") -> dict[str, Any]:
        """Start a conversation; the title is shortened to 80 characters."""
        conversation_id, at = conversation_id or new_id("conv"), iso(self._clock.now())
        self._database.execute(
            "INSERT INTO conversation (id, title, workspace, created_at, updated_at) VALUES (?, ?, ?, ?, ?)",
            (conversation_id, shorten(title) or "New conversation", workspace, at, at),
        )
        return self.get(conversation_id)

    def get(self, conversation_id: str) -> dict[str, Any]:
        """One conversation. Raises :class:`NotFound`."""
        row = self._database.execute("SELECT * FROM conversation WHERE id = ?", (conversation_id,)).fetchone()
        if row is None:
            raise NotFound(f"There is no conversation {conversation_id}.")
        return dict(row)

    def newest(self, limit: int = 200, offset: int = 0) -> list[dict[str, Any]]:
        """Newest first, archived ones left out."""
        rows = self._database.execute("SELECT * FROM conversation WHERE archived = 0 ORDER BY updated_at DESC LIMIT ? OFFSET ?", (limit, offset))
        return [dict(row) for row in rows]

    def rename(self, conversation_id: str, title: str) -> dict[str, Any]:
        self.get(conversation_id)
        self._database.execute("UPDATE conversation SET title = ? WHERE id = ?", (shorten(title) or "New conversation", conversation_id))
        return self.get(conversation_id)

    def remember(self, conversation_id: str, on: bool) -> dict[str, Any]:
        """Whether what is said here is kept in memory and memory is used here. Off also forgets what was kept of it, at the next look."""
        self.get(conversation_id)
        self._database.execute("UPDATE conversation SET remember = ? WHERE id = ?", (int(on), conversation_id))
        return self.get(conversation_id)

    def remembers(self, conversation_id: str) -> bool:
        """False only where it was switched off."""
        row = self._database.execute("SELECT remember FROM conversation WHERE id = ?", (conversation_id,)).fetchone()
        return row is None or bool(row["remember"])

    def delete(self, conversation_id: str) -> None:
        """Remove a conversation and its messages; the journal keeps what was done."""
        self.get(conversation_id)
        self._database.execute("DELETE FROM conversation WHERE id = ?", (conversation_id,))

    def add(
        self, conversation_id: str, role: str, text: str, run_id: str, parent_id: str | None = None, message_id: str = "", data: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Append a message after ``parent_id`` (None: after the head) and make it the head. The same id twice is kept once."""
        conversation, at = self.get(conversation_id), iso(self._clock.now())
        message_id = message_id or new_id("msg")
        parent = conversation["head"] if parent_id is None else parent_id
        with self._database.transaction():
            self._database.execute(
                "INSERT OR IGNORE INTO message (id, conversation_id, parent_id, role, text, run_id, at, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (message_id, conversation_id, parent, role, text, run_id, at, dump_json(data or {})[0]),
            )
            self._database.execute("UPDATE conversation SET head = ?, updated_at = ? WHERE id = ?", (message_id, at, conversation_id))
        return {"id": message_id, "conversation_id": conversation_id, "parent_id": parent, "role": role, "text": text, "run_id": run_id, "at": at}

    def message(self, message_id: str) -> dict[str, Any]:
        """One message. Raises :class:`NotFound`."""
        row = self._database.execute("SELECT * FROM message WHERE id = ?", (message_id,)).fetchone()
        if row is None:
            raise NotFound(f"There is no message {message_id}.")
        return dict(row)

    def branch(self, conversation_id: str, limit: int = 200, before: str = "") -> list[dict[str, Any]]:
        """The shown branch, oldest first: up to ``limit`` messages ending at the head, or just before message ``before``."""
        start = self.message(before)["parent_id"] if before else self.get(conversation_id)["head"]
        rows = self._database.execute(
            """WITH RECURSIVE line (id, depth) AS (
                   SELECT ?, 0 UNION ALL
                   SELECT message.parent_id, depth + 1 FROM line JOIN message ON message.id = line.id WHERE depth + 1 < ?)
               SELECT message.*, (SELECT group_concat(other.id) FROM message other WHERE other.conversation_id = message.conversation_id
                                  AND other.parent_id = message.parent_id AND other.role = message.role) AS siblings
               FROM line JOIN message ON message.id = line.id ORDER BY line.depth DESC""",
            (start, limit),
        ).fetchall()
        return [{**dict(row), "data": read_json(row["data"]), "siblings": (row["siblings"] or "").split(",")} for row in rows]

    def from_outside(self, run_ids: Iterable[str]) -> set[str]:
        """As :func:`from_outside`."""
        return from_outside(self._database, run_ids)

    def askers(self, run_ids: Iterable[str]) -> dict[str, frozenset[str]]:
        """As :func:`askers`."""
        return askers(self._database, run_ids)

    def show_branch(self, conversation_id: str, message_id: str) -> None:
        """Make the branch through ``message_id`` the shown one, following its newest children to the end."""
        row = self._database.execute(
            """WITH RECURSIVE line (id, depth) AS (
                   SELECT ?, 0 UNION ALL
                   SELECT (SELECT child.id FROM message child WHERE child.parent_id = line.id ORDER BY child.at DESC, child.rowid DESC LIMIT 1), depth + 1
                   FROM line WHERE line.id IS NOT NULL)
               SELECT id FROM line WHERE id IS NOT NULL ORDER BY depth DESC LIMIT 1""",
            (message_id,),
        ).fetchone()
        self._database.execute("UPDATE conversation SET head = ? WHERE id = ?", (row["id"] if row else message_id, conversation_id))

    def search(self, text: str, limit: int = 50) -> list[dict[str, Any]]:
        """Messages that hold all the words (the last one may be a beginning), best first, with a marked excerpt."""
        words = re.findall(r"\w+", text)
        if not words:
            return []
        query = " ".join(f'"{word}"' for word in words[:-1]) + f' "{words[-1]}"*'
        rows = self._database.execute(
            """SELECT message.id, message.conversation_id, message.role, message.at, conversation.title,
                      snippet(message_text, 0, '[', ']', '…', 12) AS excerpt
               FROM message_text JOIN message ON message.rowid = message_text.rowid JOIN conversation ON conversation.id = message.conversation_id
               WHERE message_text MATCH ? ORDER BY bm25(message_text) LIMIT ?""",
            (query.strip(), limit),
        )
        return [dict(row) for row in rows]


def shorten(text: str, length: int = 80) -> str:
    """The first line, cut at a word."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= length else line[: length - 1].rsplit(" ", 1)[0] + "…"


def from_outside(database: Database, run_ids: Iterable[str]) -> set[str]:
    """Which of these runs read words from outside, or were planned by a model that had: what they said is not only our own."""
    runs = sorted(set(run_ids))
    rows = database.rows(
        f"""SELECT run_id, type, CASE WHEN json_valid(data) THEN NULL ELSE data END AS unread FROM event WHERE run_id IN ({",".join("?" * len(runs))})
            AND type IN ('step_finished', 'plan_accepted', 'context_tainted')
            AND CASE WHEN json_valid(data) THEN json_extract(data, CASE type WHEN 'plan_accepted' THEN '$.outside' ELSE '$.tainted' END) ELSE 1 END""",
        tuple(runs),
    )
    moved = database.execute(f"SELECT run_id FROM run_outside WHERE run_id IN ({','.join('?' * len(runs))})", tuple(runs))  # of other machines
    return {row["run_id"] for row in rows if row["unread"] is None or _is_outside(row["type"], row["unread"])} | {row["run_id"] for row in moved}


def askers(database: Database, run_ids: Iterable[str]) -> dict[str, frozenset[str]]:
    """Of those of these runs whose request is not the person's own, what it is: ``hub`` (or an agent's), ``outside`` (others' words are in it), or both."""
    runs = sorted(set(run_ids))
    rows = database.rows(
        f"""SELECT run_id, json_extract(data, '$.remote') IS NOT NULL AS hub, coalesce(json_extract(data, '$.outside'), '') != '' OR coalesce(json_extract(data, '$.remote.tainted'), 0) AS outside
            FROM event WHERE run_id IN ({",".join("?" * len(runs))}) AND type = 'run_started' AND json_valid(data)""",
        tuple(runs),
    )
    return {row["run_id"]: kinds for row in rows if (kinds := frozenset(name for name in ("hub", "outside") if row[name]))}


def _is_outside(type_: str, data: str) -> bool:
    """The same of an event that SQLite cannot read: earlier versions wrote NaN."""
    return bool(read_json(data).get("outside" if type_ == "plan_accepted" else "tainted"))
