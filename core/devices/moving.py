"""A conversation goes on on another machine: its words, what its runs planned and did, and the files that go with it.

One machine at a time may write to it. Each move has a number that only rises (a fencing token): who gives it away marks it read-only in the same transaction as the number is raised, and
nobody takes in what has a lower number than what is known. So there are never two writers, whatever is sent twice, late, or after a crash.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core import events
from core.conversations import Conversations
from core.devices.hub import Hub, Order, nobody, outcome
from core.devices.transfer import Exchange
from core.errors import DeskhandError, NotFound, ToolError, UsageError
from core.ids import new_id
from core.journal import Journal
from core.storage.database import Database

KEPT = ("id", "title", "created_at", "updated_at", "head")
MESSAGE = ("id", "conversation_id", "parent_id", "role", "text", "run_id", "at", "data")
SECONDS = 120.0


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
        self._database.execute("UPDATE conversation SET held_by = ?, term = term + 1 WHERE id = ?", (to, conversation_id))
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
        self._exchange.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._exchange.folder / f"{conversation_id}.{term}.json"
        path.write_text(json.dumps(bundle, ensure_ascii=False), encoding="utf-8")
        offered = await self._exchange.offer(peer, path)
        return {"digest": offered["digest"], "bytes": offered["bytes"], "term": term, "id": conversation_id}

    def take(self, bundle: dict[str, Any], workspace: str) -> bool:
        """Go on with it here. False: what is here is as new or newer, and stays. Raises :class:`DeskhandError` for anything that is no conversation."""
        try:
            row, term = {key: str(bundle["conversation"][key]) for key in KEPT}, int(bundle["term"])
            messages = [tuple(str(one[key]) for key in MESSAGE) for one in bundle["messages"]]
            if any(one[1] != row["id"] or one[3] not in ("user", "assistant") for one in messages):
                raise ValueError
        except (KeyError, TypeError, ValueError) as error:
            raise DeskhandError("That is no conversation.", code="damaged") from error
        with self._database.transaction():
            known = self._database.execute("SELECT term FROM conversation WHERE id = ?", (row["id"],)).fetchone()
            if known is not None and known["term"] >= term:
                return False
            if known is None:
                values = (row["id"], row["title"], workspace, row["created_at"], row["updated_at"])
                self._database.execute("INSERT INTO conversation (id, title, workspace, created_at, updated_at) VALUES (?, ?, ?, ?, ?)", values)
            for one in messages:
                self._database.execute("INSERT OR IGNORE INTO message (id, conversation_id, parent_id, role, text, run_id, at, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", one)
            values_ = (row["title"], row["updated_at"], row["head"], term, row["id"])
            self._database.execute("UPDATE conversation SET title = ?, updated_at = ?, head = ?, term = ?, held_by = '' WHERE id = ?", values_)
        self._tell(row["id"])
        return True

    def _tell(self, conversation_id: str) -> None:
        self._journal.append(events.CONVERSATION_CHANGED, "", {"conversation_id": conversation_id, "change": "moved"})

    # -- the device ---------------------------------------------------------------------------------------------------

    async def ordered(self, payload: dict[str, Any], workspace: str, ask: Callable[..., Any], peer: str) -> dict[str, Any]:
        """What the hub ordered: take a conversation in, or give one back. The result of the work."""
        moved = payload["conversation"]
        if payload["kind"] == "take":
            path = await self._exchange.fetch(str(moved["digest"]), int(moved["bytes"]), ask, SECONDS)
            taken = self.take(json.loads(await asyncio.to_thread(path.read_bytes)), workspace)
            return {"status": "done", "answer": "It goes on here.", "value": {"taken": taken}}
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
            path = await self._hub.fetch(row["name"], str(value["digest"]), int(value["bytes"]), SECONDS)
        except (ToolError, KeyError, TypeError) as error:
            raise DeskhandError(f"It could not be brought back: {getattr(error, 'message', error)}", code="not_moved") from error
        self._moving.take(json.loads(await asyncio.to_thread(path.read_bytes)), conversation["workspace"])
        return self._conversations.get(conversation_id)

    def _order(self, device: str, about: str, name: str, payload: dict[str, Any]) -> Order:
        more = {"said": f"conversation {name.partition('.')[0]}", "timeout_s": SECONDS, "away": "wait", "waits": False, "approve": "none", **payload}
        return Order(device, about, name, 1, more, lambda: False, nobody)
