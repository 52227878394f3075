"""A simulated greenhouse over real MQTT: its soil dries, its pump waters; the core reads, acts within limits, and stops what it must not leave on."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.client.client import ApiError
from tests.helpers.processes import CoreProcess, use_server, wait_until
from tests.helpers.scripted_server import ScriptedServer

pytestmark = [pytest.mark.skipif(not shutil.which("nats-server", path="/usr/bin:/usr/sbin:/usr/local/bin"), reason="needs nats-server"), pytest.mark.timeout(120)]
THINGS = """
[greenhouse.soil]
unit = "%"
low = 0
high = 100
stale_s = 3

[greenhouse.pump]
kind = "switch"
pause_s = 2
most_on_s = 1
needs = "greenhouse.soil"
only_when = "output < 30"
"""


class Greenhouse:
    """Its soil loses a little every tenth of a second, and gains more while the pump is on."""

    def __init__(self, account: dict[str, Any]) -> None:
        import paho.mqtt.client as mqtt

        self.soil, self.pump, self.heard, self.silent, self.rainy = 60.0, False, list[str](), False, False
        self._client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="greenhouse")
        self._client.username_pw_set(account["user"], account["password"])
        self._client.tls_set(ca_certs=account["certificate"], cert_reqs=ssl.CERT_REQUIRED)
        self._client.tls_insecure_set(True)  # the certificate is pinned; its name is not an address
        self._client.on_connect = lambda client, *_: client.subscribe("hw/greenhouse/pump/set")
        self._client.on_message = self._told
        host, _, port = account["addresses"][-1].rpartition(":")
        self._client.connect_async(host, int(port))
        self._client.loop_start()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._thread.start()

    def _told(self, client: Any, data: Any, message: Any) -> None:
        self.heard.append(message.payload.decode())
        self.pump = message.payload == b"ON"

    def _live(self) -> None:
        while not self._over.wait(0.1):
            if not self.rainy:
                self.soil = min(100.0, max(0.0, self.soil + (3.0 if self.pump else -0.5)))
            if not self.silent:
                self._client.publish("hw/greenhouse/soil", f"{self.soil:.1f}")

    def publish(self, topic: str, text: str) -> None:
        self._client.publish(topic, text)

    def close(self) -> None:
        self._over.set()
        self._thread.join(2)
        self._client.disconnect()  # or its socket is left open
        self._client.loop_stop()


@pytest.fixture
def core(own_home: Any) -> Iterator[CoreProcess]:
    (own_home.root / "hardware.toml").write_text(THINGS)
    (own_home.root / "settings.toml").write_text('[devices]\naddress = "127.0.0.1"\nport = 47331\n')
    with CoreProcess(own_home.root) as made:
        yield made


def test_it_is_watered_when_it_is_dry_and_only_then_and_never_for_too_long(core: CoreProcess, workspace: Path) -> None:
    account = core.client.call("POST", "/api/devices/hardware/greenhouse/account", timeout_s=60)
    greenhouse = Greenhouse(account)
    greenhouse.rainy = True  # the soil stays as it is
    try:
        wait_until(lambda: not shown(core, "greenhouse.soil")["stale"], 30, "the first reading")

        core.client.call("POST", "/api/schedules", {"when": "when greenhouse.soil is below 29", "task": {"remind": "The soil is dry", "workspace": str(workspace)}}, timeout_s=60)
        with contextlib.closing(sqlite3.connect(f"file:{core.home.database}?mode=ro", uri=True)) as database:
            wait_until(lambda: database.execute("SELECT seen FROM schedule").fetchone()[0] == "false", 30, "a first look at wet soil")
        greenhouse.rainy = False
        wet = tool(core, "hardware.set", {"name": "greenhouse.pump", "value": "ON"}, workspace)
        assert "only moved when" in wet and not greenhouse.pump

        plan = {"steps": [
            {"id": "s1", "tool": "hardware.read", "args": {"name": "greenhouse.soil"}, "needs": []},
            {"id": "s2", "tool": "hardware.set", "args": {"name": "greenhouse.pump", "value": "ON"}, "needs": [{"step": "s1", "on": "output.value < 30"}]},
        ]}  # fmt: skip
        server = ScriptedServer({"planner": plan, "reviewer": {"score": 0.95, "issues": [], "suggestions": []}, "answer": "Done."}).start()
        use_server(core.client, server.url)
        wait_until(lambda: greenhouse.soil < 29, 30, "dry soil")
        run = core.client.call("POST", "/api/runs", {"text": "Plan this first: water the plants if the soil is below 30.", "workspace": str(workspace), "approve": "all"})["run_id"]
        done = core.client.call("GET", f"/api/runs/{run}?wait_s=20", timeout_s=30)["result"]
        assert done["status"] == "done", done["steps"]
        wait_until(lambda: "ON" in greenhouse.heard, 5, "the pump")
        wait_until(lambda: greenhouse.heard[-1] == "OFF", 5, "its end")  # nobody said so: the limit did

        wait_until(lambda: [one for one in core.client.call("GET", "/api/schedules/notices") if one["text"] == "The soil is dry"], 40, "the condition")
        wait_until(lambda: greenhouse.soil < 29, 30, "dry soil")
        greenhouse.silent = True
        wait_until(lambda: shown(core, "greenhouse.soil")["stale"], 10, "a stale reading")
        assert "too old" in tool(core, "hardware.set", {"name": "greenhouse.pump", "value": "ON"}, workspace)
    finally:
        greenhouse.close()


def test_a_core_that_was_killed_while_it_watered_switches_off_when_it_is_back_and_hardware_is_kept_to_its_own_topics(core: CoreProcess, workspace: Path) -> None:
    greenhouse = Greenhouse(core.client.call("POST", "/api/devices/hardware/greenhouse/account", timeout_s=60))
    other = core.client.call("POST", "/api/devices/hardware/attic/account", timeout_s=60)
    intruder = Greenhouse(other)
    try:
        greenhouse.soil = 20
        wait_until(lambda: (shown(core, "greenhouse.soil")["value"] or 99) < 30, 30, "the first dry reading")
        told = tool(core, "hardware.set", {"name": "greenhouse.pump", "value": "ON"}, workspace)
        wait_until(lambda: greenhouse.pump or greenhouse.heard[-1:] == ["OFF"], 5, f"the pump ({told}, {greenhouse.heard})")
        core.kill()
        core.start()
        wait_until(lambda: greenhouse.heard and greenhouse.heard[-1] == "OFF", 20, "its end")
        intruder.silent = True
        before = len(greenhouse.heard)
        intruder.publish("hw/greenhouse/pump/set", "ON")
        time.sleep(1)
        assert "ON" not in greenhouse.heard[before:] and intruder.heard == []
    finally:
        greenhouse.close()
        intruder.close()


def shown(core: CoreProcess, name: str) -> dict[str, Any]:
    return next(row for row in core.client.call("GET", "/api/devices/hardware")["things"] if row["name"] == name)


def tool(core: CoreProcess, name: str, args: dict[str, Any], workspace: Path) -> str:
    """What a call says, be it a refusal."""
    try:
        return str(core.client.call("POST", f"/api/tools/{name}/call", {"args": args, "workspace": str(workspace), "approve": "all"}))
    except ApiError as error:
        return error.message
