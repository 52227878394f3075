"""The ledger of everything that leaves this machine: when, for which run, to which host, why, and whether it was let out."""

from __future__ import annotations

from typing import Any

from core.clock import Clock, iso
from core.storage.database import Database


class Egress:
    """Writes one row for each attempt, refused ones too. Loop thread only."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def record(self, run_id: str, host: str, purpose: str, allowed: bool) -> None:
        """Keep an attempt. ``purpose`` is a tool's name or ``model:ID``."""
        self._database.execute("INSERT INTO egress (at, run_id, host, purpose, allowed) VALUES (?, ?, ?, ?, ?)", (iso(self._clock.now()), run_id, host, purpose, int(allowed)))

    def newest(self, limit: int = 200) -> list[dict[str, Any]]:
        """The newest attempts first."""
        rows = self._database.execute("SELECT at, run_id, host, purpose, allowed FROM egress ORDER BY id DESC LIMIT ?", (limit,))
        return [{**dict(row), "allowed": bool(row["allowed"])} for row in rows]
