"""What a kill left behind, and what has been kept long enough: swept at the start and once a day."""

from __future__ import annotations

import contextlib
import datetime
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from core import events
from core.clock import Clock, iso
from core.home import Home
from core.journal import Journal
from core.storage.database import Database
from core.storage.json_text import read_json

log = logging.getLogger("deskhand.sweep")
DAY = 86_400.0  # seconds
OLD_SCRATCH = DAY  # after which what lies in the system's folder for passing files is nobody's any more
MOST_ROWS = 5_000  # of the journal that are erased at once
# Of finished runs their first and last event stay: what was asked, what came of it. What lies between is told by their summary.
_KEPT = (events.RUN_STARTED, events.RUN_FINISHED, events.RUN_UNDONE, events.MEMORY_CHANGED, events.JOURNAL_ERASED, events.JOURNAL_ANCHORED, events.MODEL_CALLED)


def sweep_left(home: Home) -> int:
    """Remove what only a core that was killed can have left, as no other one works in this folder; the number of things removed."""
    found = [*home.scratch.glob("*"), *home.root.glob("archive-*"), *home.root.glob("table-*"), *home.blobs.glob("*/tmp*"), *home.backups.glob(".*.part")]
    found += [one for name in ("settings.toml", "api-token", "mcp.json", "core.json", "running.json") for one in home.root.glob(f"{name}.????????")]
    with contextlib.suppress(OSError):
        found += [one for one in Path(tempfile.gettempdir()).glob("deskhand-*") if _is_own_and_old(one)]
    for one in found:
        _remove(one)
    return len(found)


def sweep_old(home: Home, journal: Journal, database: Database, clock: Clock, keep_days: int, journal_days: int) -> None:
    """Let go of copies and deleted things older than ``keep_days``, and of what the journal holds of runs older than ``journal_days``; 0 keeps for ever."""
    if keep_days:
        held = set(_held_by_unfinished(database))
        before = time.time() - keep_days * DAY
        for file in _older(home.blobs.glob("*/*"), before):
            if file.name not in held:
                _remove(file)
        for folder in _older(home.trash.glob("*/*/*"), before):
            if folder.parts[-3] not in held:
                _remove(folder)
                for parent in (folder.parent, folder.parent.parent):
                    with contextlib.suppress(OSError):
                        parent.rmdir()
    if journal_days:
        _erase_old(journal, database, iso(clock.now() - datetime.timedelta(days=journal_days)))


def _erase_old(journal: Journal, database: Database, before: str) -> None:
    marks = ",".join("?" * len(_KEPT))
    rows = database.execute(
        f"""SELECT seq FROM event WHERE salt IS NOT NULL AND at < ? AND run_id != '' AND type NOT IN ({marks})
            AND run_id IN (SELECT id FROM run WHERE finished_at != '' AND finished_at < ?) ORDER BY seq LIMIT {MOST_ROWS}""",
        (before, *_KEPT, before),
    ).fetchall()
    journal.erase({row["seq"]: events.ERASED for row in rows}, "old")


def _held_by_unfinished(database: Database) -> Iterator[str]:
    """Copies and runs that something still goes on with."""
    for row in database.rows("SELECT id FROM run WHERE finished_at = ''"):
        yield row["id"]
    for row in database.rows("SELECT data FROM event WHERE type = ? AND run_id IN (SELECT id FROM run WHERE finished_at = '')", (events.STEP_STARTED,)):
        for change in ((read_json(row["data"]).get("intent") or {}).get("changes")) or ():
            yield from (digest for digest in (change.get("before"), change.get("after")) if digest)


def _older(found: Iterator[Path], before: float) -> list[Path]:
    kept = []
    for one in found:
        with contextlib.suppress(OSError):
            if one.lstat().st_mtime < before:
                kept.append(one)
    return kept


def _is_own_and_old(one: Path) -> bool:
    status = one.lstat()
    return time.time() - status.st_mtime > OLD_SCRATCH and (not hasattr(os, "geteuid") or status.st_uid == os.geteuid())


def _remove(one: Path) -> None:
    with contextlib.suppress(OSError):
        if one.is_dir() and not one.is_symlink():
            shutil.rmtree(one, ignore_errors=True)
        else:
            one.unlink()
