"""The run table: a summary of each run for lists, kept in step with the journal, which is the truth."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from typing import Any

from core.errors import NotFound
from core.storage.database import Database
from core.storage.json_text import read_json


class Runs:
    """Store of run summaries."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def together(self) -> AbstractContextManager[None]:
        """All writes inside are one: the end of a run, its summary and its answer appear at the same instant."""
        return self._database.transaction()

    def add(self, run_id: str, conversation_id: str, request: dict[str, Any], at: str) -> None:
        self._database.execute(
            "INSERT INTO run (id, conversation_id, status, request, started_at) VALUES (?, ?, 'running', ?, ?)",
            (run_id, conversation_id, json.dumps(request, ensure_ascii=False), at),
        )

    def set_status(self, run_id: str, status: str) -> None:
        self._database.execute("UPDATE run SET status = ? WHERE id = ?", (status, run_id))

    def finish(self, run_id: str, status: str, result: dict[str, Any], at: str) -> None:
        self._database.execute("UPDATE run SET status = ?, result = ?, finished_at = ? WHERE id = ?", (status, json.dumps(result, ensure_ascii=False), at, run_id))

    def get(self, run_id: str) -> dict[str, Any]:
        """One run; ``last`` is the newest. Raises :class:`NotFound`."""
        if run_id == "last":
            row = self._database.execute("SELECT * FROM run ORDER BY started_at DESC, rowid DESC LIMIT 1").fetchone()
        else:
            row = self._database.execute("SELECT * FROM run WHERE id = ?", (run_id,)).fetchone()
        if row is None:
            raise NotFound(f"There is no run {run_id}.", hint="`deskhand run list` shows them.")
        return _shown(row)

    def is_known(self, run_id: str) -> bool:
        """Whether there is such a run, or ``run_id`` is ``last``."""
        return run_id == "last" or self._database.execute("SELECT 1 FROM run WHERE id = ?", (run_id,)).fetchone() is not None

    def newest(self, limit: int = 50, conversation_id: str = "") -> list[dict[str, Any]]:
        """Newest first."""
        if conversation_id:
            rows = self._database.execute("SELECT * FROM run WHERE conversation_id = ? ORDER BY started_at DESC, rowid DESC LIMIT ?", (conversation_id, limit))
        else:
            rows = self._database.execute("SELECT * FROM run ORDER BY started_at DESC, rowid DESC LIMIT ?", (limit,))
        return [_shown(row) for row in rows]

    def unfinished(self) -> list[str]:
        """Runs that a stop or a crash left open, oldest first."""
        return [row["id"] for row in self._database.execute("SELECT id FROM run WHERE finished_at = '' ORDER BY started_at, rowid")]


def _shown(row: Any) -> dict[str, Any]:
    return {**dict(row), "request": read_json(row["request"]), "result": read_json(row["result"])}
