"""Five machines in a network of their own, with scripted plans, for the benchmarks of devices."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from core.errors import DeskhandError
from tests.benchmarks.device_tasks import BUSY, DEVICES, CrossTask
from tests.helpers.network import Network, joined
from tests.helpers.processes import use_server, wait_until
from tests.helpers.scripted_server import ScriptedServer

REVIEW = {"score": 0.95, "issues": [], "suggestions": []}


class House:
    """Five machines; use as a context manager."""

    def __init__(self, folder: Path, lan: Network, environments: Mapping[str, dict[str, str]] = MappingProxyType({}), through: str = "") -> None:
        """``environments`` of single machines; ``through``: the address of a relay in front of the broker."""
        self.hub = lan.machine("hub", folder / "hub").start()
        if through:
            self.hub.call("PUT", "/api/settings/devices.address", {"value": through})
        self.devices = {name: lan.machine(name, folder / name, **environments.get(name, {})).start() for name in DEVICES}
        for device in self.devices.values():
            joined(self.hub, device)
        self.at = {name: machine.workspace for name, machine in {"hub": self.hub, **self.devices}.items()}
        for workspace in self.at.values():
            (workspace / "busy.sh").write_text(BUSY)
        self.server: ScriptedServer = self.hub.inside(lambda: ScriptedServer({"planner": {}, "reviewer": REVIEW, "answer": "Done."}).start())
        self.hub.inside(lambda: use_server(self.hub.core.client, self.server.url))
        self.hub.call("PUT", "/api/settings/run.concurrency", {"value": 8})
        wait_until(lambda: all(row["online"] for row in self.hub.call("GET", "/api/devices")), what="all devices")

    def start(self, task: CrossTask, sequential: bool = False, timeout_s: float = 240.0) -> str:
        steps = [self._step(one) for one in task.steps]
        if sequential:
            steps = [
                {**one, "needs": [*one["needs"], *([{"step": steps[place - 1]["id"], "on": "always"}] if place and not one["needs"] else [])]} for place, one in enumerate(steps)
            ]
        self.server.script["planner"] = {"steps": steps}
        body = {"text": f"Plan this first: do the task {task.name}.", "workspace": str(self.hub.workspace), "approve": "all", "timeout_s": timeout_s}
        return str(self.hub.call("POST", "/api/runs", body)["run_id"])

    def _step(self, one: dict[str, Any]) -> dict[str, Any]:
        folder = one.get("where", {}).get("folder", "")
        return {**one, "where": {**one["where"], "folder": str(self.at[folder[1:]])}} if folder.startswith("@") else one

    def result(self, run_id: str, seconds: float = 250.0) -> dict[str, Any]:
        """The result, also where the core is gone for a while."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with contextlib.suppress(DeskhandError, AssertionError, OSError):
                row = self.hub.call("GET", f"/api/runs/{run_id}?wait_s=20", timeout_s=30)
                if row["finished_at"]:
                    return dict(row["result"])
            time.sleep(0.1)
        return {"status": "never ended", "steps": [], "answer": ""}


def right(task: CrossTask, house: House) -> bool:
    try:
        return bool(task.right(house.at))
    except (OSError, ValueError, KeyError):
        return False


def emptied(workspace: Path) -> None:
    for entry in workspace.iterdir():
        if entry.name != "busy.sh":
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
