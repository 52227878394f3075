"""Schedules and what became of each of their due times, in SQLite. Times are milliseconds since the epoch, in UTC. Loop thread only.

``state`` of a schedule: ``on``, ``paused`` or ``over``. ``state`` of an occurrence: ``claimed`` (decided to run), ``running``, ``waiting`` (to be tried again, or for its turn),
``delivering``, and for good: ``done``, ``failed``, ``refused``, ``cancelled``, ``missed``, ``skipped``; the last two with their cause.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from core.clock import Clock, iso
from core.errors import NotFound, UsageError
from core.ids import new_id
from core.schedule.rules import Rule, check, next_after
from core.schedule.task import Task, task_of
from core.storage.database import Database

OPEN = ("claimed", "running", "waiting", "delivering")
FINAL = ("done", "failed", "refused", "cancelled", "missed", "skipped")


def milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def moment_of(value: int) -> datetime:
    return datetime.fromtimestamp(value / 1000, UTC)


class Schedules:
    """The store; whoever changes it calls :attr:`changed` so that the clock is set anew."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database, self._clock = database, clock
        self.changed = lambda: None

    # -- schedules ----------------------------------------------------------------------------------------------------

    def add(self, name: str, rule: Rule, zone: str, task: Task, schedule_id: str = "", envelope: list[dict[str, str]] | None = None) -> dict[str, Any]:
        """Keep a new schedule. Raises :class:`UsageError` for a rule that is none, or is over already."""
        check(rule, zone)
        schedule_id = schedule_id or new_id("sched")
        self._insert({"id": schedule_id, "name": name.strip() or task.said[:80], "rule": rule, "zone": zone, "task": task.to_json(), "state": "on", "envelope": envelope or []})
        return self.get(schedule_id)

    def _insert(self, row: dict[str, Any]) -> None:
        now = self._clock.now()
        due = next_after(row["rule"], row["zone"], now) if row["state"] == "on" else None
        if row["state"] == "on" and due is None and row["rule"]["kind"] != "when":
            raise UsageError("That time is over already.", code="bad_when")
        self.database.execute(
            "INSERT INTO schedule (id, name, rule, zone, task, state, next_at, envelope, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                row["id"],
                row["name"],
                json.dumps(row["rule"]),
                row["zone"],
                json.dumps(row["task"]),
                row["state"],
                due and milliseconds(due),
                json.dumps(row["envelope"]),
                iso(now),
                iso(now),
            ),
        )
        self.changed()

    def get(self, schedule_id: str) -> dict[str, Any]:
        """One schedule by id, or by its name where only one has it. Raises :class:`NotFound`."""
        row = self.database.execute("SELECT * FROM schedule WHERE id = ?", (schedule_id,)).fetchone()
        if row is None:
            rows = self.database.execute("SELECT * FROM schedule WHERE lower(name) = lower(?) LIMIT 2", (schedule_id,)).fetchall()
            if len(rows) > 1:
                raise UsageError(f"Several schedules are called {schedule_id}.", code="ambiguous", hint="Give the id.")
            row = rows[0] if rows else None
        if row is None:
            raise NotFound(f"There is no schedule {schedule_id}.", hint="`deskhand schedule list` shows them.")
        return _schedule(row)

    def all(self, limit: int = 1000, offset: int = 0) -> list[dict[str, Any]]:
        """Those that are due first come first, then those that are not due any more."""
        return [_schedule(row) for row in self.database.execute("SELECT * FROM schedule ORDER BY next_at IS NULL, next_at, created_at LIMIT ? OFFSET ?", (limit, offset))]

    def change(self, schedule_id: str, **values: Any) -> dict[str, Any]:
        """Change name, rule, zone, task, state or envelope. A changed task or rule that could do more has to be signed anew. Whose words it is made of stays, as long as the words do."""
        row = self.get(schedule_id)
        if "task" in values and all(values["task"].get(name) == row["task"].get(name) for name in ("text", "skill", "remind")):
            values["task"] = values["task"] | {name: row["task"][name] for name in ("outside", "remote") if row["task"].get(name)}
        new = {**row, **values}
        check(new["rule"], new["zone"])
        task_of(new["task"])
        now, timed = self._clock.now(), {"rule", "zone", "state"} & set(values)
        due = next_after(new["rule"], new["zone"], now) if new["state"] == "on" else None
        if values.get("task", row["task"]) != row["task"] and "envelope" not in values:
            new["envelope"] = []
        next_at = (due and milliseconds(due)) if timed else row["next_at"]
        if new["state"] == "on" and timed and due is None and new["rule"]["kind"] != "when":
            raise UsageError("That time is over already.", code="bad_when")
        self.database.execute(
            "UPDATE schedule SET name = ?, rule = ?, zone = ?, task = ?, state = ?, next_at = ?, envelope = ?, updated_at = ? WHERE id = ?",
            (new["name"], json.dumps(new["rule"]), new["zone"], json.dumps(new["task"]), new["state"], next_at, json.dumps(new["envelope"]), iso(now), row["id"]),
        )
        self.changed()
        return self.get(row["id"])

    def remove(self, schedule_id: str) -> None:
        """Forget a schedule with its history."""
        row = self.get(schedule_id)
        with self.database.transaction():
            for table in ("occurrence", "notice"):
                self.database.execute(f"DELETE FROM {table} WHERE schedule_id = ?", (row["id"],))
            self.database.execute("DELETE FROM schedule WHERE id = ?", (row["id"],))
        self.changed()

    def keep(self, schedule_id: str, **values: Any) -> None:
        """Write columns that the engine keeps: ``next_at``, ``state``, ``last_answer``, ``failing``, ``conversation_id``, ``seen``."""
        named = ", ".join(f"{name} = :{name}" for name in values)
        self.database.execute(f"UPDATE schedule SET {named} WHERE id = :id", {**values, "id": schedule_id})

    def due(self, now: int, limit: int = 500) -> list[dict[str, Any]]:
        """Schedules whose time has come."""
        return [_schedule(row) for row in self.database.execute("SELECT * FROM schedule WHERE state = 'on' AND next_at <= ? ORDER BY next_at LIMIT ?", (now, limit))]

    def watching(self) -> list[dict[str, Any]]:
        """Schedules that wait for an event."""
        return [_schedule(row) for row in self.database.execute("SELECT * FROM schedule INDEXED BY schedule_event WHERE state = 'on' AND json_extract(rule, '$.kind') = 'when'")]

    def next_moment(self) -> int | None:
        """When something is to be done next, by the clock."""
        row = self.database.execute(
            "SELECT min(moment) AS moment FROM (SELECT min(next_at) AS moment FROM schedule WHERE state = 'on' UNION ALL SELECT min(start_at) FROM occurrence WHERE state IN ('claimed', 'waiting'))"
        ).fetchone()
        return row["moment"]  # type: ignore[no-any-return]

    # -- occurrences --------------------------------------------------------------------------------------------------

    def record(self, schedule_id: str, rows: Iterable[tuple[int, str, str, int]]) -> None:
        """Decide about due times: ``(due_at, state, cause, start_at)`` each. A due time that is decided already stays as it is."""
        self.database.connection.executemany(
            "INSERT INTO occurrence (schedule_id, due_at, state, cause, start_at, decided_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [(schedule_id, due, state, cause, start, milliseconds(self._clock.now())) for due, state, cause, start in rows],
        )

    def take_back(self, now: int) -> None:
        """The clock was put back: what was decided about times that are still to come, and has not begun, is decided anew then."""
        moment = moment_of(now)
        with self.database.transaction():
            sql = "SELECT schedule_id, max(state IN ('missed', 'claimed', 'waiting')) AS is_open FROM occurrence WHERE due_at > ? GROUP BY 1"
            ahead = self.database.execute(sql, (now,)).fetchall()
            self.database.execute("DELETE FROM occurrence WHERE due_at > ? AND state IN ('missed', 'claimed', 'waiting')", (now,))
            self.database.execute("UPDATE occurrence SET start_at = ? WHERE start_at > ? AND state IN ('claimed', 'waiting')", (now, now))
            for one in ahead:
                row = self.get(one["schedule_id"])
                if row["state"] == "paused" or (row["state"] == "over" and not one["is_open"]):
                    continue
                due = next_after(row["rule"], row["zone"], moment)
                if due is not None and (row["next_at"] is None or milliseconds(due) < row["next_at"]):
                    self.keep(row["id"], next_at=milliseconds(due), state="on")
        self.changed()

    def set(self, schedule_id: str, due_at: int, **values: Any) -> None:
        named = ", ".join(f"{name} = :{name}" for name in values)
        self.database.execute(f"UPDATE occurrence SET {named} WHERE schedule_id = :schedule_id AND due_at = :due_at", {**values, "schedule_id": schedule_id, "due_at": due_at})

    def occurrence(self, schedule_id: str, due_at: int) -> dict[str, Any]:
        row = self.database.execute("SELECT * FROM occurrence WHERE schedule_id = ? AND due_at = ?", (schedule_id, due_at)).fetchone()
        if row is None:
            raise NotFound("There is no such run of that schedule.")
        return dict(row)

    def of_run(self, run_id: str) -> dict[str, Any] | None:
        row = self.database.execute("SELECT * FROM occurrence WHERE run_id = ? AND run_id != ''", (run_id,)).fetchone()  # said twice, for the index has only those
        return dict(row) if row else None

    def to_start(self, now: int, limit: int) -> list[dict[str, Any]]:
        """Occurrences whose turn it is, the oldest first."""
        return [
            dict(row)
            for row in self.database.execute("SELECT * FROM occurrence WHERE state IN ('claimed', 'waiting') AND start_at <= ? ORDER BY start_at, due_at LIMIT ?", (now, limit))
        ]

    def in_state(self, *states: str, schedule_id: str = "") -> list[dict[str, Any]]:
        marks = ",".join("?" * len(states))
        sql = f"SELECT * FROM occurrence WHERE state IN ({marks})" + (" AND schedule_id = ?" if schedule_id else "") + " ORDER BY due_at"
        return [dict(row) for row in self.database.execute(sql, (*states, *([schedule_id] if schedule_id else [])))]

    def history(self, schedule_id: str = "", limit: int = 100, states: tuple[str, ...] = ()) -> list[dict[str, Any]]:
        """What became of due times, newest first."""
        where, values = [], []
        if schedule_id:
            where.append("o.schedule_id = ?")
            values.append(schedule_id)
        if states:
            where.append(f"o.state IN ({','.join('?' * len(states))})")
            values += states
        sql = (
            "SELECT o.*, s.name FROM occurrence o JOIN schedule s ON s.id = o.schedule_id" + (f" WHERE {' AND '.join(where)}" if where else "") + " ORDER BY o.due_at DESC LIMIT ?"
        )
        return [_occurrence(row) for row in self.database.execute(sql, (*values, limit))]

    def each(self, schedule_id: str) -> Iterator[dict[str, Any]]:
        for row in self.database.execute("SELECT * FROM occurrence WHERE schedule_id = ? ORDER BY due_at", (schedule_id,)):
            yield dict(row)

    # -- notices ------------------------------------------------------------------------------------------------------

    def notice(self, schedule_id: str, due_at: int, kind: str, text: str, name: str = "") -> dict[str, Any]:
        """Something to be told: kept until it was seen, whoever is connected now. ``name``: where it is of no schedule of this machine."""
        row = {"at": iso(self._clock.now()), "schedule_id": schedule_id, "due_at": due_at, "kind": kind, "text": text[:4000], "name": name[:200]}
        number = self.database.execute("INSERT INTO notice (at, schedule_id, due_at, kind, text, name) VALUES (:at, :schedule_id, :due_at, :kind, :text, :name)", row).lastrowid
        return {"id": number, **row}

    def notices(self, unseen: bool = True, limit: int = 100) -> list[dict[str, Any]]:
        sql = (
            "SELECT n.id, n.at, n.schedule_id, n.due_at, n.kind, n.text, n.seen, coalesce(s.name, n.name) AS name FROM notice n LEFT JOIN schedule s ON s.id = n.schedule_id"
            + (" WHERE n.seen = 0" if unseen else "")
            + " ORDER BY n.id DESC LIMIT ?"
        )
        return [dict(row) for row in self.database.execute(sql, (limit,))]

    def see(self, until: int) -> int:
        """Notices up to this number were seen; how many were not before."""
        return self.database.execute("UPDATE notice SET seen = 1 WHERE seen = 0 AND id <= ?", (until,)).rowcount

    # -- the core's own life ------------------------------------------------------------------------------------------

    def alive(self, now: int) -> None:
        """Note that the core runs now, for the cause of what is missed."""
        self.database.execute("INSERT INTO schedule_alive VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET at = excluded.at", (now,))

    def last_alive(self) -> int:
        row = self.database.execute("SELECT at FROM schedule_alive").fetchone()
        return int(row["at"]) if row else 0


def _schedule(row: Any) -> dict[str, Any]:
    return {**dict(row), "rule": json.loads(row["rule"]), "task": json.loads(row["task"]), "envelope": json.loads(row["envelope"])}


def _occurrence(row: Any) -> dict[str, Any]:
    return {**dict(row), "due": iso(moment_of(row["due_at"]))}
