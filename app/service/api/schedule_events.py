"""``schedule_fired`` and ``schedule_missed`` of the contract, written when a schedule's time has become a run or a reminder, or was missed."""

from __future__ import annotations

import asyncio
from typing import Any

from app.service.composition import Core
from core import events
from core.errors import StorageError
from core.events import Event

SCHEDULE_FIRED, SCHEDULE_MISSED = "schedule_fired", "schedule_missed"


def announce(core: Core) -> None:
    """Write one of the two for every event that means it, as long as the core runs.

    It is written when the event at hand has gone to all listeners: written at once, later listeners would hear of it before its cause.
    """

    def hear(event: Event) -> None:
        if (meant := _meaning(event)) is not None:
            asyncio.get_running_loop().call_soon(_write, core, *meant)

    core.journal.subscribe(hear)


def _write(core: Core, type_: str, run_id: str, data: dict[str, Any]) -> None:
    try:
        core.journal.append(type_, run_id, data)
    except StorageError:
        core.journal.announce(type_, run_id, data)  # the disk is full: whoever is connected hears of it all the same


def _meaning(event: Event) -> tuple[str, str, dict[str, Any]] | None:
    """Type, run and data (``schedule``, ``name``, ``due_at`` in milliseconds since the epoch) of what an event says about a schedule."""
    if event.type == events.RUN_STARTED and (of := event.data.get("schedule")):
        return SCHEDULE_FIRED, event.run_id, {"schedule": of["id"], "name": of["name"], "due_at": of["due_at"]}
    if event.type != events.SCHEDULE_TOLD or event.data.get("kind") not in ("reminder", "missed"):
        return None
    data = {"schedule": event.data["schedule_id"], "name": event.data["name"], "due_at": event.data["due_at"]}
    if event.data["kind"] == "missed":
        return SCHEDULE_MISSED, "", data | {"why": event.data["text"]}
    return SCHEDULE_FIRED, "", data
