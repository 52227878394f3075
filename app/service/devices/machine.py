"""This machine's facts for its card, and how it is doing."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.devices import card
from models.hardware import probe
from models.pool import LocalModelPool
from tools.mcp.servers import McpServers
from tools.toolbox import LocalToolBox


def own_card(name: Callable[[], str], tools: LocalToolBox, mcp: McpServers, pool: LocalModelPool, membership: Callable[[], dict[str, Any] | None]) -> Callable[[], dict[str, Any]]:
    """What it can do. The hardware is looked at once."""
    hardware: dict[str, Any] = {}

    def card_now() -> dict[str, Any]:
        if not hardware:
            found = probe()
            cards = [{"name": one.name, "bytes": one.total} for one in found.cards]
            hardware.update({"cpus": found.threads, "memory_bytes": found.ram, "gpus": cards})
        member = membership() or {}
        servers = sorted({tool.source.removeprefix("mcp:") for tool in tools.tools() if tool.source})
        models = [row["id"] for row in pool.known() if row["where"] in ("this machine", "built in") or row.get("kind") == "scripted"]
        return card.own_card(
            name(), hardware, (tool.name for tool in tools.tools()), servers, models, [member["workspace"]] if member.get("workspace") else [], member.get("rights", [])
        )

    return card_now


def state_now(pool: LocalModelPool, home: Path, running: Callable[[], int], queued: Callable[[], int]) -> Callable[[], dict[str, Any]]:
    """Load, memory, disk and battery, as they are."""

    def state() -> dict[str, Any]:
        import psutil

        battery = getattr(psutil, "sensors_battery", lambda: None)()
        machine = {
            "load": psutil.getloadavg()[0] / (psutil.cpu_count() or 1), "free_memory_bytes": psutil.virtual_memory().available, "disk_free_bytes": shutil.disk_usage(home).free,
            "battery_percent": battery.percent if battery else None, "plugged": battery.power_plugged if battery else True,
        }  # fmt: skip
        return card.live(machine, queued(), running(), [row["id"] for row in pool.known() if row["loaded"]])

    return state
