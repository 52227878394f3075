"""What a hub keeps: its devices, open invitations, and the work it gave out."""

from __future__ import annotations

import json
import re
from typing import Any

from core.clock import Clock, iso
from core.errors import NotFound, UsageError
from core.ids import new_id
from core.storage.database import Database

INVITE_SECONDS = 600
NAME = re.compile(r"[^\W_][\w.-]{0,39}")
RESERVED = frozenset({"here", "local", "this", "any", "all", "hub"})


class Devices:
    """Paired machines. Loop thread only."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def _seconds(self) -> int:
        return int(self._clock.now().timestamp())

    # -- invitations --------------------------------------------------------------------------------------------------

    def invite(self, invite_id: str, key: str) -> int:
        """Keep an invitation; returns when it ends, in seconds since the epoch."""
        ends = self._seconds() + INVITE_SECONDS
        self._database.execute("DELETE FROM invite WHERE expires_at < ? AND used_by = ''", (self._seconds(),))
        self._database.execute("INSERT INTO invite (id, key, expires_at) VALUES (?, ?, ?)", (invite_id, key, ends))
        return ends

    def invited(self) -> list[dict[str, Any]]:
        """Invitations that are not over. A used one may still ask, and hears that it was used; or its answer again, where that got lost."""
        return [dict(row) for row in self._database.execute("SELECT * FROM invite WHERE expires_at >= ?", (self._seconds(),))]

    def invitation_of(self, invite_id: str) -> dict[str, Any]:
        """One, in whatever state. Raises :class:`NotFound`."""
        row = self._database.execute("SELECT * FROM invite WHERE id = ?", (invite_id,)).fetchone()
        if row is None:
            raise NotFound("There is no such invitation.", code="bad_code")
        return dict(row)

    # -- devices ------------------------------------------------------------------------------------------------------

    def pair(self, invite_id: str, name: str, key: str, words: str) -> dict[str, Any]:
        """Use an invitation, once. The same machine asking again with it (its answer got lost) gets the same. Raises :class:`UsageError`."""
        with self._database.transaction():
            invite = self.invitation_of(invite_id)
            if invite["used_by"]:
                row = self._database.execute("SELECT * FROM device WHERE id = ? AND key = ? AND state = 'paired'", (invite["used_by"], key)).fetchone()
                if row is not None:
                    return _shown(row)
                raise UsageError("This invitation was used already.", code="code_used", hint="Ask for a new one: deskhand device invite")
            if invite["expires_at"] < self._seconds():
                raise UsageError("This invitation is too old.", code="code_expired", hint="Ask for a new one: deskhand device invite")
            device_id = new_id("dev")
            self._database.execute(
                "INSERT INTO device (id, name, key, state, words, paired_at) VALUES (?, ?, ?, 'paired', ?, ?)", (device_id, self._free(name), key, words, iso(self._clock.now()))
            )
            self._database.execute("UPDATE invite SET used_by = ? WHERE id = ?", (device_id, invite_id))
        return self.get(device_id)

    def add_agent(self, name: str, card: dict[str, Any]) -> dict[str, Any]:
        """An agent of another make as a device: it has no key of ours, ``card`` has its ``url``."""
        device_id = new_id("dev")
        self._database.execute(
            "INSERT INTO device (id, name, key, state, words, card, paired_at) VALUES (?, ?, ?, 'paired', '', ?, ?)",
            (device_id, self._free(name), f"a2a:{device_id}", json.dumps(card, ensure_ascii=False), iso(self._clock.now())),
        )
        return self.get(device_id)

    def _free(self, name: str) -> str:
        """The name, or the name with a number where it is taken or reserved."""
        found = NAME.search(re.sub(r"\s+", "-", name.strip()))
        base = found[0] if found else "device"
        taken = {row["name"].lower() for row in self.all()} | RESERVED
        return next(candidate for candidate in (base, *(f"{base[:36]}-{number}" for number in range(2, 10_000))) if candidate.lower() not in taken)

    def all(self, revoked: bool = False) -> list[dict[str, Any]]:
        """In the order in which they came."""
        rows = self._database.execute("SELECT * FROM device WHERE state = 'paired' OR ? ORDER BY paired_at, rowid", (int(revoked),))
        return [_shown(row) for row in rows]

    def machines(self) -> list[dict[str, Any]]:
        """The same without agents of another make."""
        return [row for row in self.all() if not row["agent"]]

    def get(self, name: str) -> dict[str, Any]:
        """A paired device by id or name. Raises :class:`NotFound`."""
        row = self._database.execute("SELECT * FROM device WHERE state = 'paired' AND (id = ? OR lower(name) = lower(?))", (name, name)).fetchone()
        if row is None:
            known = ", ".join(one["name"] for one in self.all()[:8])
            raise NotFound(f"There is no device {name[:80]!r}.", hint=f"There is {known}." if known else "`deskhand device invite` adds one.")
        return _shown(row)

    def rename(self, name: str, new: str) -> dict[str, Any]:
        """Give a device another name. Raises :class:`UsageError` where it is taken or no name."""
        row = self.get(name)
        if not NAME.fullmatch(new) or new.lower() in RESERVED:
            raise UsageError("A name is one word of letters, digits, dots and dashes, at most 40.", code="bad_name")
        if any(other["name"].lower() == new.lower() and other["id"] != row["id"] for other in self.all()):
            raise UsageError(f"There is a device {new} already.", code="exists")
        self._database.execute("UPDATE device SET name = ? WHERE id = ?", (new, row["id"]))
        return self.get(row["id"])

    def revoke(self, name: str) -> dict[str, Any]:
        """It may not connect any more; what it did stays on record."""
        row = self.get(name)
        self._database.execute("UPDATE device SET state = 'revoked' WHERE id = ?", (row["id"],))
        return row

    def seen(self, device_id: str) -> None:
        self._database.execute("UPDATE device SET seen_at = ? WHERE id = ?", (iso(self._clock.now()), device_id))

    def keep_card(self, device_id: str, card: dict[str, Any], digest: str) -> None:
        self._database.execute("UPDATE device SET card = ?, card_digest = ? WHERE id = ?", (json.dumps(card, ensure_ascii=False), digest, device_id))


class Assignments:
    """Work that was given out: one row for each attempt of a step, with what became of it. Loop thread only."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(self, assignment_id: str, device_id: str, run_id: str, step_id: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Keep one; the same id again is the one that is there."""
        self._database.execute(
            "INSERT OR IGNORE INTO assignment (id, device_id, run_id, step_id, generation, state, payload, created_at) VALUES (?, ?, ?, ?, 1, 'open', ?, ?)",
            (assignment_id, device_id, run_id, step_id, json.dumps(payload, ensure_ascii=False), iso(self._clock.now())),
        )
        return self.get(assignment_id)

    def get(self, assignment_id: str) -> dict[str, Any]:
        """One. Raises :class:`NotFound`."""
        row = self._database.execute("SELECT * FROM assignment WHERE id = ?", (assignment_id,)).fetchone()
        if row is None:
            raise NotFound("There is no such assignment.")
        return {**dict(row), "payload": json.loads(row["payload"]), "result": json.loads(row["result"]) if row["result"] else None}

    def claim(self, assignment_id: str, device_id: str) -> bool:
        """Whether this device may do it now: it was given to it, and is still wanted."""
        moved = self._database.execute(
            "UPDATE assignment SET state = 'claimed', claimed = 1 WHERE id = ? AND device_id = ? AND state IN ('open', 'claimed')", (assignment_id, device_id)
        ).rowcount
        return bool(moved)

    def end(self, assignment_id: str, device_id: str, result: dict[str, Any]) -> bool:
        """Keep a result. False: it came from somebody else, too late, or again; nothing was changed."""
        moved = self._database.execute(
            "UPDATE assignment SET state = 'ended', result = ?, ended_at = ? WHERE id = ? AND device_id = ? AND state IN ('open', 'claimed')",
            (json.dumps(result, ensure_ascii=False), iso(self._clock.now()), assignment_id, device_id),
        ).rowcount
        return bool(moved)

    def close(self, assignment_id: str, state: str) -> None:
        """It is not wanted any more (``stopped``) or given up on (``lapsed``); a result that comes later counts for nothing."""
        self._database.execute("UPDATE assignment SET state = ?, ended_at = ? WHERE id = ? AND state IN ('open', 'claimed')", (state, iso(self._clock.now()), assignment_id))

    def unwanted(self, device_id: str, among: list[str]) -> list[str]:
        """Those of the named ones that this device need not do any more."""
        if not among:
            return []
        marks = ",".join("?" * len(among))
        rows = self._database.execute(f"SELECT id FROM assignment WHERE device_id = ? AND state IN ('open', 'claimed') AND id IN ({marks})", (device_id, *among))
        wanted = {row["id"] for row in rows}
        return [one for one in among if one not in wanted]

    def of_device(self, device_id: str, limit: int = 20) -> list[dict[str, Any]]:
        """The newest first: ``id``, ``run_id``, ``step_id``, ``state``, ``said``, ``created_at``, ``ended_at``."""
        rows = self._database.execute("SELECT * FROM assignment WHERE device_id = ? ORDER BY created_at DESC, rowid DESC LIMIT ?", (device_id, limit))
        found = []
        for row in rows:
            payload, result = json.loads(row["payload"]), json.loads(row["result"]) if row["result"] else {}
            found.append(
                {key: row[key] for key in ("id", "run_id", "step_id", "state", "created_at", "ended_at")} | {"said": payload.get("said", ""), "status": result.get("status", "")}
            )
        return found

    def open_on(self, device_id: str) -> int:
        return int(self._database.execute("SELECT count(*) FROM assignment WHERE device_id = ? AND state IN ('open', 'claimed')", (device_id,)).fetchone()[0])


class Duties:
    """The other side's ledger and outbox: what this machine was given, did, and still has to report. Loop thread only."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def take(self, duty_id: str, payload: dict[str, Any], run_id: str) -> bool:
        """Write down what was given. False: it was known already."""
        done = self._database.execute(
            "INSERT OR IGNORE INTO duty (id, generation, payload, run_id, state, at) VALUES (?, ?, ?, ?, 'taken', ?)",
            (duty_id, int(payload.get("generation", 1)), json.dumps(payload, ensure_ascii=False), run_id, iso(self._clock.now())),
        ).rowcount
        return bool(done)

    def get(self, duty_id: str) -> dict[str, Any] | None:
        row = self._database.execute("SELECT * FROM duty WHERE id = ?", (duty_id,)).fetchone()
        return _duty(row) if row is not None else None

    def of_run(self, run_id: str) -> dict[str, Any] | None:
        row = self._database.execute("SELECT * FROM duty WHERE run_id = ?", (run_id,)).fetchone()
        return _duty(row) if row is not None else None

    def in_state(self, *states: str) -> list[dict[str, Any]]:
        marks = ",".join("?" * len(states))
        return [_duty(row) for row in self._database.execute(f"SELECT * FROM duty WHERE state IN ({marks}) ORDER BY rowid", states)]

    def start(self, duty_id: str) -> None:
        self._database.execute("UPDATE duty SET state = 'started' WHERE id = ? AND state = 'taken'", (duty_id,))

    def drop(self, duty_id: str) -> None:
        """It is not wanted any more and was not begun."""
        self._database.execute("UPDATE duty SET state = 'dropped', sent = 1 WHERE id = ? AND state = 'taken'", (duty_id,))

    def end(self, duty_id: str, result: dict[str, Any]) -> None:
        self._database.execute(
            "UPDATE duty SET state = 'ended', result = ?, sent = 0 WHERE id = ? AND state IN ('taken', 'started')", (json.dumps(result, ensure_ascii=False), duty_id)
        )

    def unsent(self) -> list[dict[str, Any]]:
        """Results that the hub may not have yet, oldest first."""
        return [_duty(row) for row in self._database.execute("SELECT * FROM duty WHERE state = 'ended' AND sent = 0 ORDER BY rowid LIMIT 100")]

    def sent(self, duty_id: str) -> None:
        self._database.execute("UPDATE duty SET sent = 1 WHERE id = ?", (duty_id,))

    def newest(self, limit: int = 20) -> list[dict[str, Any]]:
        return [_duty(row) for row in self._database.execute("SELECT * FROM duty ORDER BY at DESC, rowid DESC LIMIT ?", (limit,))]

    # -- which hub this machine belongs to ----------------------------------------------------------------------------

    def membership(self) -> dict[str, Any] | None:
        row = self._database.execute("SELECT data FROM membership").fetchone()
        return json.loads(row["data"]) if row is not None else None

    def keep_membership(self, data: dict[str, Any] | None) -> None:
        with self._database.transaction():
            self._database.execute("DELETE FROM membership")
            if data is not None:
                self._database.execute("INSERT INTO membership VALUES (1, ?)", (json.dumps(data, ensure_ascii=False),))


class Offers:
    """Files that a peer may fetch from here, by digest; nothing else can be fetched. Loop thread only."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(self, peer: str, digest: str, path: str, size: int, mtime_ns: int) -> None:
        self._database.execute("INSERT OR REPLACE INTO offered VALUES (?, ?, ?, ?, ?, ?)", (peer, digest, path, size, mtime_ns, iso(self._clock.now())))

    def get(self, peer: str, digest: str) -> dict[str, Any] | None:
        row = self._database.execute("SELECT * FROM offered WHERE peer = ? AND digest = ?", (peer, digest)).fetchone()
        return dict(row) if row is not None else None

    def forget(self, peer: str) -> None:
        self._database.execute("DELETE FROM offered WHERE peer = ?", (peer,))


def _shown(row: Any) -> dict[str, Any]:
    return {**dict(row), "card": json.loads(row["card"]), "agent": row["key"].startswith("a2a:")}


def _duty(row: Any) -> dict[str, Any]:
    return {**dict(row), "payload": json.loads(row["payload"]), "result": json.loads(row["result"]) if row["result"] else None}
