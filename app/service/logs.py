"""Structured logs: one JSON object a line, rotated, plus a file for crashes of the interpreter itself."""

from __future__ import annotations

import faulthandler
import json
import logging
import logging.handlers
import sys
from pathlib import Path
from typing import Any

from core.home import Home
from core.private_files import create_private


class JsonLines(logging.Formatter):
    """``{"at", "level", "area", "text"}`` and, for exceptions, ``trace``."""

    def format(self, record: logging.LogRecord) -> str:
        row: dict[str, Any] = {"at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"), "level": record.levelname, "area": record.name, "text": record.getMessage()}
        if record.exc_info:
            row["trace"] = self.formatException(record.exc_info)
        return json.dumps(row, ensure_ascii=False)


class _Private(logging.handlers.RotatingFileHandler):
    """Each new file is its owner's alone."""

    def _open(self) -> Any:
        create_private(Path(self.baseFilename))
        return super()._open()


def set_up(home: Home, verbose: bool = False) -> None:
    """Log to ``logs/core.jsonl`` (5 files of 2 MB at most); a disk that cannot be written leaves standard error."""
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    try:
        create_private(home.logs / "core.jsonl")
        create_private(home.logs / "crash.txt")
        handler: logging.Handler = _Private(home.logs / "core.jsonl", maxBytes=2_000_000, backupCount=4, encoding="utf-8")
        faulthandler.enable((home.logs / "crash.txt").open("a", encoding="utf-8"))
    except OSError:
        handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root.addHandler(handler)
    logging.raiseExceptions = False
    if verbose:
        root.addHandler(logging.StreamHandler(sys.stderr))
    for noisy in ("httpx", "httpx2", "httpcore", "uvicorn.access", "websockets"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # it warns of each TLS connection that is closed
