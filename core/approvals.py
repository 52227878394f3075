"""What waits for consent: kept in the database, answered from any front end, survives a restart."""

from __future__ import annotations

import asyncio
import json
from sqlite3 import Row
from typing import Any, Literal

from core import events
from core.clock import Clock, iso
from core.errors import NotFound, UsageError
from core.gate.card import shown_card
from core.ids import new_id
from core.journal import Journal
from core.storage.database import Database
from core.storage.json_text import dump_json, read_json

Answer = Literal["once", "conversation", "always", "no"]
ANSWERS: tuple[Answer, ...] = ("once", "conversation", "always", "no")


class Approvals:
    """Pending questions and their answers. Loop thread only."""

    def __init__(self, database: Database, journal: Journal, clock: Clock) -> None:
        self._database = database
        self._journal = journal
        self._clock = clock
        self._waiting: dict[str, asyncio.Future[Answer]] = {}

    def pending(self) -> list[dict[str, Any]]:
        """Everything that waits, oldest first."""
        rows = map(_shown, self._database.execute("SELECT * FROM approval WHERE state = 'pending' ORDER BY created_at"))
        return [{key: value for key, value in row.items() if key != "whole"} for row in rows]

    def is_open(self, run_id: str, step_id: str, data: dict[str, Any] | None = None) -> bool:
        """Whether this question was asked, before a restart perhaps, and is not settled yet; or was settled meanwhile. ``data``: with just this shown."""
        return self._find(run_id, step_id, data) is not None

    def _find(self, run_id: str, step_id: str, data: dict[str, Any] | None = None) -> Row | None:
        """The newest question of a step that waits or was answered; with ``data`` the newest that showed the same call."""
        rows = self._database.execute("SELECT * FROM approval WHERE run_id = ? AND step_id = ? ORDER BY created_at DESC, rowid DESC", (run_id, step_id)).fetchall()
        return next((row for row in rows if row["state"] in ("pending", *ANSWERS) and (data is None or _call_in(read_json(row["data"])) == _call_in(data))), None)

    def get(self, approval_id: str) -> dict[str, Any]:
        """One approval in any state. Raises :class:`NotFound`."""
        row = self._database.execute("SELECT * FROM approval WHERE id = ?", (approval_id,)).fetchone()
        if row is None:
            raise NotFound(f"There is no approval {approval_id}.", hint="`deskhand approvals list` shows what waits.")
        return _shown(row)

    async def ask(self, run_id: str, step_id: str, data: dict[str, Any]) -> Answer:
        """Ask and wait for as long as it takes; a question still open from before a restart is asked again, not twice.

        An answer counts for the call that was shown: a step that is tried with another tool, or that touches something else now, asks anew.
        """
        row = self._find(run_id, step_id, data)
        if row is not None and row["state"] in ANSWERS:
            return row["state"]  # type: ignore[no-any-return]
        approval_id = row["id"] if row is not None else self._create(run_id, step_id, data)
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[approval_id] = future
        try:
            return await future
        finally:
            self._waiting.pop(approval_id, None)

    def _create(self, run_id: str, step_id: str, data: dict[str, Any]) -> str:
        approval_id, at = new_id("appr"), iso(self._clock.now())
        self.withdraw(run_id, step_id)  # one that showed something else is no longer wanted
        shown, whole = shown_card(data, approval_id)
        kept = shown | ({"whole": whole} if whole else {})  # too long for an event; `deskhand approvals show` has it
        self._database.execute("INSERT INTO approval VALUES (?, ?, ?, 'pending', ?, '', ?)", (approval_id, run_id, step_id, at, dump_json(kept)[0]))
        self._journal.append(events.APPROVAL_REQUESTED, run_id, {"approval": approval_id, "step": step_id, **shown})
        return approval_id

    def answer(self, approval_id: str, decision: str, by: str = "person", steps: list[dict[str, Any]] | None = None, content: dict[str, Any] | None = None) -> dict[str, Any]:
        """Settle a question. Answering the same again changes nothing; answering differently raises :class:`UsageError`.

        ``steps`` are those of a plan as the person changed them; the run checks them before it follows them. ``content`` is a form, filled in.
        """
        if decision not in ANSWERS:
            raise UsageError(f"An approval is answered with one of {', '.join(ANSWERS)}, not {decision!r}.")
        found = self.get(approval_id)
        if found["state"] == decision:
            return found
        if found["state"] != "pending":
            raise UsageError(f"Approval {approval_id} was already settled: {found['state']}.", code="already_settled")
        if steps is not None and (found.get("kind") != "plan" or decision != "once"):
            raise UsageError("Only a plan that is agreed to can be changed.", code="not_a_plan")
        if content is not None and found.get("kind") != "form":
            raise UsageError("Only a form can be filled in.", code="not_a_form")
        changed = {"steps": steps} if steps is not None else {}
        with self._database.transaction():
            if changed:
                self._database.execute("UPDATE approval SET data = json_set(data, '$.steps', json(?)) WHERE id = ?", (json.dumps(steps, ensure_ascii=False), approval_id))
            if content is not None:  # what was filled in may be private: it is not journalled
                self._database.execute("UPDATE approval SET data = json_set(data, '$.content', json(?)) WHERE id = ?", (json.dumps(content, ensure_ascii=False), approval_id))
            self._database.execute("UPDATE approval SET state = ?, decided_at = ? WHERE id = ?", (decision, iso(self._clock.now()), approval_id))
            self._journal.append(events.APPROVAL_RESOLVED, found["run_id"], {"approval": approval_id, "step": found["step_id"], "decision": decision, "by": by, **changed})
        future = self._waiting.get(approval_id)
        if future and not future.done():
            future.set_result(decision)  # type: ignore[arg-type]
        return self.get(approval_id)

    def filled_in(self, run_id: str, step_id: str) -> dict[str, Any]:
        """What the person wrote in a form; empty where nothing was."""
        row = self._database.execute("SELECT data FROM approval WHERE run_id = ? AND step_id = ? ORDER BY created_at DESC LIMIT 1", (run_id, step_id)).fetchone()
        return read_json(row["data"]).get("content") or {} if row else {}

    def agreed_to(self, tool: str, args: dict[str, Any], conversation: str = "") -> bool:
        """Whether the person allowed this very call for longer than once; with ``conversation``, in that one."""
        rows = self._database.execute(
            """SELECT data FROM approval WHERE state IN ('conversation', 'always') AND json_valid(data) AND json_extract(data, '$.tool') = ?1
            AND (?2 = '' OR run_id IN (SELECT id FROM run WHERE conversation_id = ?2))""",
            (tool, conversation),
        )
        return any(read_json(row["data"]).get("args") == args for row in rows)

    def changed_steps(self, run_id: str, step_id: str) -> list[dict[str, Any]] | None:
        """The steps that the person put in place of those asked about, if any."""
        row = self._database.execute("SELECT data FROM approval WHERE run_id = ? AND step_id = ? ORDER BY created_at DESC LIMIT 1", (run_id, step_id)).fetchone()
        return read_json(row["data"]).get("steps") if row else None

    def withdraw(self, run_id: str, step_id: str) -> None:
        """A question that was settled elsewhere."""
        for row in self._database.execute("SELECT id FROM approval WHERE run_id = ? AND step_id = ? AND state = 'pending'", (run_id, step_id)).fetchall():
            self._database.execute("UPDATE approval SET state = 'expired', decided_at = ? WHERE id = ?", (iso(self._clock.now()), row["id"]))
            self._journal.append(events.APPROVAL_RESOLVED, run_id, {"approval": row["id"], "step": step_id, "decision": "expired", "by": "elsewhere"})

    def expire(self, run_id: str) -> None:
        """Close what a finished run still asks: the answer is no longer wanted."""
        self._database.execute("UPDATE approval SET state = 'expired', decided_at = ? WHERE run_id = ? AND state = 'pending'", (iso(self._clock.now()), run_id))


def _shown(row: Any) -> dict[str, Any]:
    return {**read_json(row["data"]), **{key: row[key] for key in ("id", "run_id", "step_id", "state", "created_at", "decided_at")}}


def _call_in(data: dict[str, Any]) -> Any:
    """What of a question makes it another one: the call that was shown, and what it would touch. As JSON has it, since one of both was stored."""
    return json.loads(dump_json([data.get(key) for key in ("kind", "tool", "args", "scopes", "plan")])[0])
