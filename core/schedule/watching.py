"""Conditions that no clock knows: a folder that changes, a page, a feed, the battery, the disk. Each is looked at again and again; what counts is the change.

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

PAGE_SECONDS = 900.0  # between two looks at a page or a feed
TOLD_AFTER = 3  # looks in a row that failed, before that is told
Fetch = Callable[[str], Awaitable[str]]
Entries = Callable[[str], Awaitable[dict[str, str]]]
MOST_ENTRIES = 20_000


@dataclass(slots=True)
class Watcher:
    """``fetch`` gives the text of a page, through the core's one way out; ``machine`` tells ``battery_percent`` and ``disk_free_bytes``. A stale sensor is no reason for anything."""

    engine: Engine
    fetch: Fetch
    machine: Callable[[], dict[str, Any]]
    sensor: Callable[[str], float | None] = lambda name: None  # the fresh reading of a sensor, None where there is none
    entries: Entries | None = None  # the titles of a feed's entries by their ids
    _pages: dict[str, float] = field(default_factory=dict)
    _failed: dict[str, int] = field(default_factory=dict)

    async def look(self) -> int:
        """Look at every condition once; how many there are."""
        rows = [row for row in self.engine.store.watching() if row["rule"]["event"] not in ("wakes", "starts")]
        for row in rows:
            try:
                if await self._look_at(row):
                    self._failed.pop(row["id"], None)
            except (OSError, DeskhandError) as error:
                self._not_seen(row, getattr(error, "message", "") or str(error))
        return len(rows)

    def _not_seen(self, row: dict[str, Any], why: str) -> None:
        """It is looked at again; a folder that is gone may come back. That nothing can be seen is told once."""
        count = self._failed[row["id"]] = self._failed.get(row["id"], 0) + 1
        if count == TOLD_AFTER:
            self.engine.unseen(row, why)

    async def _look_at(self, row: dict[str, Any]) -> bool:
        """False where there was nothing to be seen this time."""
        before, now = json.loads(row["seen"]) if row["seen"] else None, await self._state(row)
        if now is None:
            return False
        if now != before:
            self.engine.store.keep(row["id"], seen=json.dumps(now))
            if before is not None and (why := _change(row["rule"]["event"], before, now)):
                self.engine.fire(row, why)
        return True

    async def _state(self, row: dict[str, Any]) -> Any:
        rule = row["rule"]
        event, path = rule["event"], Path(os.path.expanduser(rule.get("path", "") or "."))
        if event in ("folder_changed", "file_added"):
            return _listing(path if path.is_absolute() else Path(row["task"].get("workspace") or ".") / path)
        if event in ("page_changed", "feed_new"):
            return await self._page(row, rule["url"])
        if event in ("sensor_below", "sensor_above"):
            value = self.sensor(rule["sensor"])
            return None if value is None else value < rule["number"] if event == "sensor_below" else value > rule["number"]
        known = self.machine()
        if event == "battery_below":
            return None if known.get("battery_percent") is None else known["battery_percent"] < rule["number"]
        return known["disk_free_bytes"] < rule["number"] * 1_000_000_000 if event == "disk_below_gb" else None

    async def _page(self, row: dict[str, Any], url: str) -> Any:
        now = self.engine.clock.monotonic()
        if now - self._pages.get(row["id"], -PAGE_SECONDS) < PAGE_SECONDS:
            return None
        self._pages[row["id"]] = now
        if row["rule"]["event"] == "feed_new":
            return await self.entries(url) if self.entries else None
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
    if event == "feed_new":
        return f"new: {'; '.join(title for one, title in now.items() if one not in before)}"[:2000] if set(now) - set(before) else ""
    return "it has come to that" if now and not before else ""
