"""A conversation goes on on another machine: its words, what its runs planned and did, and the files that go with it.

One machine at a time may write to it. Each move has a number that only rises (a fencing token): who gives it away marks it read-only in the same transaction as the number is raised, and
nobody takes in what has a lower number than what is known. So there are never two writers, whatever is sent twice, late, or after a crash.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core import events
from core.conversations import Conversations, from_outside
from core.devices.hub import Hub, Order, nobody, outcome
from core.devices.transfer import Exchange
from core.devices.wire import object_in
from core.errors import DeskhandError, NotFound, ToolError, UsageError
from core.ids import new_id
from core.journal import Journal
from core.storage.database import Database

KEPT = ("id", "title", "created_at", "updated_at", "head")
MESSAGE = ("id", "conversation_id", "parent_id", "role", "text", "run_id", "at", "data")
SECONDS = 120.0
MOST_BYTES = 64_000_000  # of a conversation
ID = re.compile(r"[A-Za-z0-9_-]{1,64}")  # of what comes over the wire: it becomes the name of a file, too


class Moving:
    """Both sides of it. Loop thread only."""

    def __init__(self, database: Database, conversations: Conversations, exchange: Exchange, journal: Journal) -> None:
        self._database, self._conversations, self._exchange, self._journal = database, conversations, exchange, journal

    # -- both sides ---------------------------------------------------------------------------------------------------

    def give(self, conversation_id: str, to: str) -> int:
        """Mark it as held by another machine and raise its number. Giving it to the same one again changes nothing. Raises :class:`UsageError` where it is elsewhere already."""
        row = self._conversations.get(conversation_id)
        if row["held_by"] == to:
            return int(row["term"])
        if row["held_by"]:
            raise UsageError("This conversation goes on on another machine.", code="moved")
        self._database.execute("UPDATE conversation SET held_by = ?, peer = ?, term = term + 1 WHERE id = ?", (to, to, conversation_id))
        self._tell(conversation_id)
        return int(row["term"]) + 1

    def keep(self, conversation_id: str) -> None:
        """It was not taken there: it is written to here again, under yet another number."""
        self._database.execute("UPDATE conversation SET held_by = '', term = term + 1 WHERE id = ?", (conversation_id,))
        self._tell(conversation_id)

    async def packed(self, conversation_id: str, term: int, peer: str) -> dict[str, Any]:
        """All of it as a file that the peer may fetch: ``{"digest", "bytes", "term", "id"}``."""
        row = self._conversations.get(conversation_id)
        messages = [dict(one) for one in self._database.execute("SELECT * FROM message WHERE conversation_id = ? ORDER BY rowid", (conversation_id,))]
        bundle = {"conversation": {key: row[key] for key in KEPT}, "term": term, "messages": [{key: one[key] for key in MESSAGE} for one in messages]}
        bundle["outside"] = sorted(from_outside(self._database, (one["run_id"] for one in messages)))
        self._exchange.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._exchange.folder / f"{conversation_id}.{term}.json"
        path.write_text(json.dumps(bundle, ensure_ascii=False), encoding="utf-8")
        offered = await self._exchange.offer(peer, path)
        return {"digest": offered["digest"], "bytes": offered["bytes"], "term": term, "id": conversation_id}

    def take(self, bundle: Any, workspace: str, peer: str, expected: str = "") -> bool:
        """Go on with it here. False: what is here is as new or newer, and stays. ``expected`` names the only one that may come.

        Raises :class:`DeskhandError` for anything that is no conversation, or one that is none of this peer's.
        """
        row, term, messages, outside = _read_bundle(bundle)
        if expected and row["id"] != expected:
            raise DeskhandError("Another conversation came than was asked for.", code="not_yours")
        with self._database.transaction():
            known = self._database.execute("SELECT term, peer FROM conversation WHERE id = ?", (row["id"],)).fetchone()
            if known is not None:
                _require_own(known, peer)
            if any(self._is_elsewhere(one[0], row["id"]) for one in messages):
                raise DeskhandError("That is no conversation.", code="damaged")
            if known is not None and known["term"] >= term:
                return False
            for run_id in outside:
                self._database.execute("INSERT OR IGNORE INTO run_outside VALUES (?)", (run_id,))
            if known is None:
                values = (row["id"], row["title"], workspace, row["created_at"], row["updated_at"])
                self._database.execute("INSERT INTO conversation (id, title, workspace, created_at, updated_at) VALUES (?, ?, ?, ?, ?)", values)
            for one in messages:
                self._database.execute("INSERT OR IGNORE INTO message (id, conversation_id, parent_id, role, text, run_id, at, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", one)
            values_ = (row["title"], row["updated_at"], row["head"], term, peer, row["id"])
            self._database.execute("UPDATE conversation SET title = ?, updated_at = ?, head = ?, term = ?, held_by = '', peer = ? WHERE id = ?", values_)
        self._tell(row["id"])
        return True

    def _tell(self, conversation_id: str) -> None:
        self._journal.append(events.CONVERSATION_CHANGED, "", {"conversation_id": conversation_id, "change": "moved"})

    def _is_elsewhere(self, message_id: str, conversation_id: str) -> bool:
        row = self._database.execute("SELECT conversation_id FROM message WHERE id = ?", (message_id,)).fetchone()
        return row is not None and row["conversation_id"] != conversation_id

    def _require_peers(self, conversation_id: str, peer: str) -> None:
        """Raise :class:`DeskhandError` where a conversation did not come from that peer: a hub gets back what it sent, and no other."""
        known = self._database.execute("SELECT term, peer FROM conversation WHERE id = ?", (conversation_id,)).fetchone()
        if known is None:
            raise NotFound(f"There is no conversation {conversation_id[:64]!r}.")
        _require_own(known, peer)

    # -- the device ---------------------------------------------------------------------------------------------------

    async def ordered(self, payload: dict[str, Any], workspace: str, ask: Callable[..., Any], peer: str) -> dict[str, Any]:
        """What the hub ordered: take a conversation in, or give one back. The result of the work."""
        moved = object_in(payload["conversation"])
        if payload["kind"] == "take":
            if int(moved["bytes"]) > MOST_BYTES:
                raise DeskhandError("That is too large for a conversation.", code="too_large")
            path = await self._exchange.fetch(str(moved["digest"]), int(moved["bytes"]), ask, SECONDS)
            taken = self.take(json.loads(await asyncio.to_thread(path.read_bytes)), workspace, peer)
            return {"status": "done", "answer": "It goes on here.", "value": {"taken": taken}}
        if payload["kind"] != "give":
            raise DeskhandError("That is not known here.", code="bad_message")
        self._require_peers(str(moved["id"]), peer)
        term = self.give(str(moved["id"]), "hub")
        return {"status": "done", "answer": "It was given back.", "value": await self.packed(str(moved["id"]), term, peer)}


class HubMoving:
    """The hub's verbs: send a conversation to a device, and bring it back."""

    def __init__(self, moving: Moving, hub: Hub, conversations: Conversations, database: Database) -> None:
        self._moving, self._hub, self._conversations, self._database = moving, hub, conversations, database

    async def send(self, conversation_id: str, device: str, files: list[str]) -> dict[str, Any]:
        """Files first, then the conversation. Raises :class:`DeskhandError`; it stays here unless the device may have it."""
        row, conversation = self._hub.devices.get(device), self._conversations.get(conversation_id)
        workspace = Path(conversation["workspace"] or ".")
        for name in files:
            await self._file(row, workspace, name)
        term = self._moving.give(conversation_id, row["id"])
        moved = await self._moving.packed(conversation_id, term, row["id"])
        order = self._order(row["name"], conversation_id, f"take.{term}", {"kind": "take", "conversation": moved})
        try:
            outcome(await self._hub.perform(order), row["name"])
        except (ToolError, DeskhandError) as error:
            if self._hub.unclaimed(order.id):
                self._moving.keep(conversation_id)
            raise DeskhandError(f"It was not moved: {error.message}", code="not_moved") from error
        return self._conversations.get(conversation_id)

    async def _file(self, row: dict[str, Any], workspace: Path, name: str) -> None:
        path = (workspace / name).resolve()
        if not path.is_relative_to(workspace.resolve()) or not path.is_file():
            raise NotFound(f"There is no file {name} in the workspace of the conversation.")
        offered = await self._hub.exchange.offer(row["id"], path)
        steps = [{"id": "s1", "tool": "device.receive", "args": {**{key: offered[key] for key in ("digest", "bytes", "name")}, "to": name}}]
        try:
            outcome(await self._hub.perform(self._order(row["name"], new_id("move"), "file", {"steps": steps, "approve": "safe"})), row["name"])
        except ToolError as error:
            raise DeskhandError(f"{name} was not moved, so nothing was: {error.message}", code="not_moved") from error

    async def back(self, conversation_id: str) -> dict[str, Any]:
        """Bring it back from wherever it is. Raises :class:`DeskhandError` where that machine cannot be reached."""
        conversation = self._conversations.get(conversation_id)
        if not conversation["held_by"]:
            return conversation
        row = self._hub.devices.get(conversation["held_by"])
        order = self._order(row["name"], conversation_id, f"back.{new_id('b')}", {"kind": "give", "conversation": {"id": conversation_id}})
        try:
            value = outcome(await self._hub.perform(order), row["name"])["value"]
            if int(value["bytes"]) > MOST_BYTES:
                raise ValueError("it is too large for a conversation")
            path = await self._hub.fetch(row["name"], str(value["digest"]), int(value["bytes"]), SECONDS)
        except (ToolError, KeyError, TypeError, ValueError) as error:
            raise DeskhandError(f"It could not be brought back: {getattr(error, 'message', error)}", code="not_moved") from error
        self._moving.take(json.loads(await asyncio.to_thread(path.read_bytes)), conversation["workspace"], row["id"], expected=conversation_id)
        return self._conversations.get(conversation_id)

    def _order(self, device: str, about: str, name: str, payload: dict[str, Any]) -> Order:
        more = {"said": f"conversation {name.partition('.')[0]}", "timeout_s": SECONDS, "away": "wait", "waits": False, "approve": "none", **payload}
        return Order(device, about, name, 1, more, lambda: False, nobody)


def _read_bundle(bundle: Any) -> tuple[dict[str, str], int, list[tuple[str, ...]], list[str]]:
    """Conversation, number, messages, and the runs that read words from outside. Nothing in it points out of it. Raises :class:`DeskhandError`."""
    try:
        row, term = {key: str(bundle["conversation"][key] or "") for key in KEPT}, int(bundle["term"])
        messages = [tuple("" if one[key] is None else str(one[key]) for key in MESSAGE) for one in bundle["messages"]]
        outside = [str(run_id) for run_id in bundle.get("outside", ())]
        ids = {one[0] for one in messages}
        named = {*ids, row["id"], *outside, *(one[5] for one in messages if one[5])}
        is_whole = all(map(ID.fullmatch, named)) and {row["head"], *(one[2] for one in messages)} <= ids | {""} and 0 < term < 2**53
        if not is_whole or any(one[1] != row["id"] or one[3] not in ("user", "assistant") or not isinstance(json.loads(one[7] or "{}"), dict) for one in messages):
            raise ValueError
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise DeskhandError("That is no conversation.", code="damaged") from error
    return row, term, messages, outside


def _require_own(known: Any, peer: str) -> None:
    """A peer writes to what it sent or was given, and to nothing else. What was moved before this was noted down (a number above 1) is believed."""
    if known["peer"] != peer and not (known["peer"] == "" and known["term"] > 1):
        raise DeskhandError("That conversation is not one of yours.", code="not_yours")
