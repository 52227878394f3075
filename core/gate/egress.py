"""The ledger of everything that leaves this machine: when, for which run, to which host, why, and whether it was let out."""

from __future__ import annotations

from collections import deque
from typing import Any

from core.clock import Clock, iso
from core.storage.database import Database


class Egress:
    """Writes one row for each attempt, refused ones too. Loop thread only."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._refused: deque[tuple[str, str]] = deque(maxlen=10_000)  # by other threads; written down by the loop's
        self._told: dict[str, str] = {}  # the minute of the last row of each host that was refused

    def refuse(self, host: str) -> None:
        """Keep that a connection was refused at the socket; from any thread."""
        self._refused.append((iso(self._clock.now()), host))

    def flush(self) -> None:
        """Write down what was refused since."""
        while self._refused:
            at, host = self._refused.popleft()
            if at[:16] != self._told.get(host):  # whoever tries again all the time has a row a minute
                self._told[host] = at[:16]
                self._insert(at, "", host, "connection", False)

    def record(self, run_id: str, host: str, purpose: str, allowed: bool) -> None:
        """Keep an attempt. ``purpose`` is a tool's name or ``model:ID``."""
        self.flush()
        self._insert(iso(self._clock.now()), run_id, host, purpose, allowed)

    def _insert(self, at: str, run_id: str, host: str, purpose: str, allowed: bool) -> None:
        self._database.execute("INSERT INTO egress (at, run_id, host, purpose, allowed) VALUES (?, ?, ?, ?, ?)", (at, run_id, host, purpose, int(allowed)))

    def newest(self, limit: int = 200) -> list[dict[str, Any]]:
        """The newest attempts first."""
        self.flush()
        rows = self._database.execute("SELECT at, run_id, host, purpose, allowed FROM egress ORDER BY id DESC LIMIT ?", (limit,))
        return [{**dict(row), "allowed": bool(row["allowed"])} for row in rows]
