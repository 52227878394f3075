"""Schedules for tools: made of what is said, and kept as bytes that can be put back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.clock import Clock
from core.errors import NotFound, UsageError
from core.ids import new_id
from core.schedule.sentence import sentence, shown
from core.schedule.store import Schedules, moment_of
from core.schedule.task import Task, task_of
from core.schedule.when import read
from core.settings import Settings

KEPT = ("name", "rule", "zone", "task", "state", "envelope")


def zone_here(settings: Settings) -> str:
    """The person's zone: the one of the settings, else this machine's. Always an IANA name."""
    if settings["schedules.zone"]:
        return str(settings["schedules.zone"])
    import tzlocal

    return str(tzlocal.get_localzone_name() or "UTC")


@dataclass(slots=True)
class Planning:
    """The port ``core.ports.Reminders``."""

    store: Schedules
    settings: Settings
    clock: Clock

    def planned(self, when: str, what: str, remind: bool, workspace: str, name: str, outside: str = "", remote: Mapping[str, Any] | None = None) -> tuple[str, bytes, str]:
        zone = zone_here(self.settings)
        now = self.clock.now()
        rule = read(when, now, zone, self.settings["schedules.time_of_day"])
        task = replace(Task(remind=what) if remind else Task(text=what), workspace=workspace, outside=outside, remote=dict(remote or {}))
        if remind and rule["kind"] == "when" and rule["event"] == "folder_changed" and not rule.get("path"):
            raise UsageError("Which folder?", code="unclear_when")
        row = {"name": name.strip() or what[:80], "rule": rule, "zone": zone, "task": task.to_json(), "state": "on", "envelope": []}
        return new_id("sched"), json.dumps(row, ensure_ascii=False, sort_keys=True).encode(), sentence(rule, zone, now)

    def listed(self) -> list[dict[str, Any]]:
        now = self.clock.now()
        rows = [row for row in self.store.all() if row["state"] == "on"]
        return [
            {
                "id": row["id"], "name": row["name"], "what": task_of(row["task"]).said, "when": sentence(row["rule"], row["zone"], now, 1),
                "outside": row["task"].get("outside", ""), "next": shown(moment_of(row["next_at"]), row["zone"], now) if row["next_at"] else "",
            }
            for row in rows
        ]  # fmt: skip

    def content(self, schedule_id: str) -> bytes | None:
        try:
            row = self.store.get(schedule_id)
        except NotFound:
            return None
        if row["id"] != schedule_id:
            return None
        kept = {key: row[key] for key in KEPT} | ({"state": "on"} if row["state"] == "over" else {})
        return json.dumps(kept, ensure_ascii=False, sort_keys=True).encode()

    def put(self, schedule_id: str, content: bytes | None) -> None:
        if content is None:
            self.store.remove(schedule_id)
            return
        row = json.loads(content)
        if self.content(schedule_id) is None:
            self.store.add(row["name"], row["rule"], row["zone"], task_of(row["task"]), schedule_id, row["envelope"])
        else:
            self.store.change(schedule_id, **row)
