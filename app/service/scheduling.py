"""Schedules joined to the rest of the core: runs, approvals, tools that deliver, events that tell."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from core import events
from core.approvals import Approvals
from core.clock import Clock
from core.devices.elsewhere import PeerFiles
from core.errors import DeskhandError, ToolError
from core.ids import new_id
from core.journal import Journal
from core.ports import ToolContext, ToolResult
from core.run_service import RunService
from core.schedule.engine import Engine
from core.schedule.store import Schedules
from core.schedule.watching import Watcher
from tools.mcp.servers import Leave
from tools.patterns import is_like
from tools.toolbox import LocalToolBox


def join(store: Schedules, runs: RunService, approvals: Approvals, tools: LocalToolBox, journal: Journal, clock: Clock, to_device: ToDevice) -> Engine:
    """The engine, with the ends of runs and their questions led to it."""
    engine = Engine(store, clock, runs.start, runs.cancel, deliverer(tools, clock, to_device), lambda notice: teller(journal, notice), expirer(approvals, clock), is_like)
    runs.ended.append(engine.finished)
    runs.parked.append(engine.parked)
    return engine


def teller(journal: Journal, notice: dict[str, Any]) -> None:
    """Whoever is connected hears of it; whoever is not finds it among the notices."""
    journal.append(events.SCHEDULE_TOLD, "", notice)


def expirer(approvals: Approvals, clock: Clock) -> Any:
    def expire(run_id: str, seconds: int) -> int | None:
        """A question that nobody answered in time is answered with no; the milliseconds that are left for one that is open."""
        left = None
        for row in approvals.pending() if seconds else ():
            if row["run_id"] == run_id:
                left = seconds * 1000 - round((clock.now() - datetime.fromisoformat(row["created_at"])).total_seconds() * 1000)
                if left <= 0:
                    approvals.answer(row["id"], "no", by="time")
                    left = None
        return left

    return expire


MOST_ENTRIES = 200  # of a feed, that are remembered
ToDevice = Callable[[str, str, str, str], Awaitable[None]]


def deliverer(tools: LocalToolBox, clock: Clock, to_device: ToDevice) -> Any:
    async def deliver(row: dict[str, Any], one: dict[str, Any], answer: str) -> None:
        """A result into a file or a mail, by the tools that do that, or to a device."""
        task = row["task"]
        if task["deliver"] == "device":
            await to_device(task["deliver_to"], f"{row['id']}.{one['due_at']}", row["name"], answer)
            return
        if task["deliver"] == "file":
            name, args = "files.append", {"path": task["deliver_to"], "text": f"## {row['name']}, {clock.now().astimezone():%Y-%m-%d %H:%M}\n\n{answer.strip()}\n\n"}
        else:
            name, args = "mail.send", {"to": task["deliver_to"], "subject": row["name"], "text": answer}
        await called(tools, name, args, Path(task["workspace"] or Path.home()), clock)

    return deliver


def to_device(peers: PeerFiles, leave: Leave) -> ToDevice:
    """A result for the person at a device; it waits until the device is there."""

    async def deliver(device: str, key: str, title: str, text: str) -> None:
        leave(device, "schedule")
        try:
            await peers.deliver(device, key, title, text)
        except ToolError as error:
            raise DeskhandError(error.message, code=error.code) from error

    return deliver


async def called(tools: LocalToolBox, name: str, args: dict[str, Any], workspace: Path, clock: Clock) -> str:
    """The text of one call of a tool outside a run. Raises :class:`DeskhandError` in words."""
    return (await _called(tools, name, args, workspace, clock)).text


async def _called(tools: LocalToolBox, name: str, args: dict[str, Any], workspace: Path, clock: Clock) -> ToolResult:
    context = ToolContext(new_id("call"), "s1", workspace, clock, asyncio.Event())
    try:
        known, repaired = tools.resolve(name, args)
        intent = await tools.prepare(known, repaired, context)
        if intent.is_partial or any(scope.private for scope in intent.scopes):
            raise DeskhandError(f"{known} would touch a private place, which nobody can be asked about here.", code="private")
        result = await tools.perform(intent, context)
        problem = await tools.verify(intent, result, context)
    except ToolError as error:
        raise DeskhandError(error.message, code="tool_failed") from error
    if problem:
        raise DeskhandError(problem, code="tool_failed")
    return result


def watcher(engine: Engine, tools: LocalToolBox, leave: Leave, clock: Clock) -> Watcher:
    async def fetch(url: str) -> str:
        leave(urlsplit(url).hostname or "", "schedule")
        return await called(tools, "web.fetch", {"url": url}, Path.home(), clock)

    def machine() -> dict[str, Any]:
        import psutil

        battery = getattr(psutil, "sensors_battery", lambda: None)()
        return {"battery_percent": battery.percent if battery else None, "disk_free_bytes": psutil.disk_usage(str(Path.home())).free}

    def sensor(name: str) -> float | None:
        try:
            value = tools.things.read(name)["value"] if tools.things is not None else None
        except ToolError:
            return None
        return value if isinstance(value, float) else None

    async def entries(url: str) -> dict[str, str]:
        leave(urlsplit(url).hostname or "", "schedule")
        found = (await _called(tools, "web.feed", {"url": url, "most": MOST_ENTRIES}, Path.home(), clock)).value["entries"]
        return {one["id"]: one["title"] for one in found}

    return Watcher(engine, fetch, machine, sensor, entries)
