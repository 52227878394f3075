"""Conditions that no clock knows: a folder that changes, a page, the battery, the disk. Each is looked at again and again; what counts is the change.

The first look only notes how things are. What was seen is kept with the schedule, so a change while the core was down is noticed when it runs again.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import DeskhandError
from core.schedule.engine import Engine

PAGE_SECONDS = 900.0  # between two looks at a page
Fetch = Callable[[str], Awaitable[str]]
MOST_ENTRIES = 20_000


@dataclass(slots=True)
class Watcher:
    """``fetch`` gives the text of a page, through the core's one way out; ``machine`` tells ``battery_percent`` and ``disk_free_bytes``. A stale sensor is no reason for anything."""

    engine: Engine
    fetch: Fetch
    machine: Callable[[], dict[str, Any]]
    sensor: Callable[[str], float | None] = lambda name: None  # the fresh reading of a sensor, None where there is none
    _pages: dict[str, float] = field(default_factory=dict)

    async def look(self) -> int:
        """Look at every condition once; how many there are."""
        rows = [row for row in self.engine.store.watching() if row["rule"]["event"] not in ("wakes", "starts")]
        for row in rows:
            try:
                await self._look_at(row)
            except (OSError, DeskhandError):
                continue  # it is looked at again; a folder that is gone may come back
        return len(rows)

    async def _look_at(self, row: dict[str, Any]) -> None:
        before, now = json.loads(row["seen"]) if row["seen"] else None, await self._state(row)
        if now is None or now == before:
            return
        self.engine.store.keep(row["id"], seen=json.dumps(now))
        if before is not None and (why := _change(row["rule"]["event"], before, now)):
            self.engine.fire(row, why)

    async def _state(self, row: dict[str, Any]) -> Any:
        rule = row["rule"]
        event, path = rule["event"], Path(os.path.expanduser(rule.get("path", "") or "."))
        if event in ("folder_changed", "file_added"):
            return _listing(path if path.is_absolute() else Path(row["task"].get("workspace") or ".") / path)
        if event == "page_changed":
            return await self._page(row["id"], rule["url"])
        if event in ("sensor_below", "sensor_above"):
            value = self.sensor(rule["sensor"])
            return None if value is None else value < rule["number"] if event == "sensor_below" else value > rule["number"]
        known = self.machine()
        if event == "battery_below":
            return None if known.get("battery_percent") is None else known["battery_percent"] < rule["number"]
        return known["disk_free_bytes"] < rule["number"] * 1_000_000_000 if event == "disk_below_gb" else None

    async def _page(self, schedule_id: str, url: str) -> str | None:
        now = self.engine.clock.monotonic()
        if now - self._pages.get(schedule_id, -PAGE_SECONDS) < PAGE_SECONDS:
            return None
        self._pages[schedule_id] = now
        return hashlib.sha256((await self.fetch(url)).encode("utf-8", "replace")).hexdigest()


def _listing(folder: Path) -> dict[str, list[int]]:
    """Names with time of change and size; files that are still growing show up again. Raises :class:`OSError`."""
    if folder.is_file():
        status = folder.stat()
        return {folder.name: [status.st_mtime_ns, status.st_size]}
    found: dict[str, list[int]] = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            if not entry.name.startswith(".") and len(found) < MOST_ENTRIES:
                status = entry.stat(follow_symlinks=False)
                found[entry.name] = [status.st_mtime_ns, status.st_size]
    return found


def _change(event: str, before: Any, now: Any) -> str:
    """What happened, in words; empty where it is not what is waited for."""
    if event == "file_added":
        added = sorted(set(now) - set(before))
        return f"new: {', '.join(added[:10])}" if added else ""
    if event == "folder_changed":
        changed = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
        return f"changed: {', '.join(changed[:10])}"
    if event == "page_changed":
        return "the page changed"
    return "it has come to that" if now and not before else ""
