"""What servers taught by refusing, kept over restarts, so that no request has to fail a second time for the same reason.

One small JSON file: by base address and model, only what differs from what was known before. It is forgotten after a month: servers are updated.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

KEPT_SECONDS = 30 * 86400.0
MOST = 500  # models


class LearnedQuirks:
    """``file`` None keeps it in memory only. Loop thread only."""

    def __init__(self, file: Path | None = None, clock: Callable[[], float] = time.time) -> None:
        self._file, self._clock = file, clock
        self._rows: dict[str, dict[str, Any]] | None = None

    def get(self, base: str, model: str) -> dict[str, Any]:
        """What was learnt of a model at a base address; empty where nothing was, or long ago."""
        row = self._all().get(f"{base} {model}", {})
        found = row.get("found")
        return dict(found) if isinstance(found, dict) and self._clock() - float(row.get("at") or 0) < KEPT_SECONDS else {}

    def put(self, base: str, model: str, found: dict[str, Any]) -> None:
        """Keep this from now on."""
        rows = self._all()
        rows.pop(f"{base} {model}", None)
        while len(rows) >= MOST:
            rows.pop(next(iter(rows)))
        rows[f"{base} {model}"] = {"at": self._clock(), "found": found}
        self._write()

    def _all(self) -> dict[str, dict[str, Any]]:
        if self._rows is None:
            try:
                found = json.loads(self._file.read_text(encoding="utf-8")) if self._file else {}
            except (OSError, ValueError):
                found = {}
            self._rows = {key: row for key, row in found.items() if isinstance(row, dict)} if isinstance(found, dict) else {}
        return self._rows

    def _write(self) -> None:
        if self._file is None:
            return
        part = self._file.with_suffix(".part")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(json.dumps(self._rows, indent=1), encoding="utf-8")
            part.replace(self._file)
        except OSError:
            pass  # a full or read-only disk: it is learnt again
