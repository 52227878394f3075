"""A device whose clock is days off and whose disk is full: work is done, refused in words, and done again when there is room."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import network
from tests.helpers.faults import FAKETIME, filled, skewed, small_disk
from tests.helpers.network import Machine, Network, joined, result_of
from tests.helpers.processes import CoreProcess, use_server, wait_until
from tests.helpers.scripted_server import ScriptedServer

pytestmark = [pytest.mark.skipif(not network.possible(), reason="needs Linux, root, ip and nats-server"), pytest.mark.timeout(300)]


@pytest.fixture
def lan() -> Iterator[Network]:
    with Network() as made:
        yield made


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a small disk."""
    with contextlib.ExitStack() as held:
        try:
            folder = held.enter_context(small_disk(tmp_path / "disk", "48m"))
        except OSError as error:
            pytest.skip(str(error))
        yield folder


def send(hub: Machine, text: str, **more: Any) -> str:
    return str(hub.call("POST", "/api/devices/office/send", {"text": text, "workspace": str(hub.workspace), "approve": "all", **more})["run_id"])


@pytest.mark.skipif(FAKETIME is None, reason="needs libfaketime")
def test_a_clock_that_is_a_year_off_changes_nothing(lan: Network, tmp_path: Path) -> None:
    """Codes, leases, deadlines and the order of moves rest on steady clocks and on the hub's own."""
    hub, office = lan.machine("hub", tmp_path / "hub").start(), lan.machine("office", tmp_path / "office", **skewed("-400d")).start()
    (office.workspace / "add.sh").write_text('echo "$1" >> done.txt\n')
    joined(hub, office)
    wait_until(lambda: hub.call("GET", "/api/devices/office")["online"], 20)
    assert result_of(hub, send(hub, "run the command sh add.sh one"))["status"] == "done"
    with office.unplugged():
        run_id = send(hub, "run the command sh add.sh two")
        wait_until(lambda: not hub.call("GET", "/api/devices/office")["online"], 40)
    assert result_of(hub, run_id)["status"] == "done"
    (office.workspace / "slow.sh").write_text("sleep 120\n")
    over = result_of(hub, send(hub, "run the command sh slow.sh", timeout_s=3))
    assert over["status"] == "failed" and "longer than allowed" in over["answer"]
    wait_until(lambda: not office.call("GET", "/api/status")["running"], 20, what="the work to be ended there")
    assert (office.workspace / "done.txt").read_text() == "one\ntwo\n"


def test_a_full_disk_is_said_and_harms_nothing(disk: Path, lan: Network, tmp_path: Path) -> None:
    hub, office = lan.machine("hub", tmp_path / "hub").start(), lan.machine("office", disk).start()
    joined(hub, office)
    wait_until(lambda: hub.call("GET", "/api/devices/office")["online"], 20)
    assert result_of(hub, send(hub, "create a file a.txt that says hello"))["status"] == "done"
    filler = filled(disk)
    run_id = send(hub, "create a file b.txt that says hello", timeout_s=8)
    full = result_of(hub, run_id)
    assert full["status"] in ("failed", "done") and full["answer"], "it ends, with a reason"
    assert full["status"] == "failed" or (office.workspace / "b.txt").read_text() == "hello"
    filler.unlink()
    assert result_of(hub, send(hub, "create a file c.txt that says hello"))["status"] == "done"
    assert (office.workspace / "a.txt").read_text() == (office.workspace / "c.txt").read_text() == "hello"
    found = {check["name"]: check["ok"] for check in json.loads(office.command("doctor", "--json").stdout)["checks"]}
    assert found["journal"] and found["database"], found


def test_a_run_whose_end_could_not_be_written_goes_on_when_there_is_room(disk: Path, tmp_path: Path) -> None:
    """No restart is needed, what can be repeated safely is done, and what cannot be known is said."""
    work = tmp_path / "work"
    work.mkdir()
    (work / "gate.sh").write_text("until test -f go; do sleep 0.02; done\n")
    steps = [
        {"id": "s1", "tool": "shell.run", "args": {"argv": ["sh", "gate.sh"]}, "needs": []},
        {"id": "s2", "tool": "files.write", "args": {"path": "after.txt", "text": "hello"}, "needs": [{"step": "s1", "on": "always"}]},
    ]
    server = ScriptedServer({"planner": {"steps": steps}, "reviewer": {"score": 0.95, "issues": [], "suggestions": []}, "answer": "Done."}).start()
    try:
        with CoreProcess(disk / "home") as core:
            use_server(core.client, server.url)
            body = {"text": "Plan this first: wait for go, then write after.txt with hello", "workspace": str(work), "approve": "all"}
            run_id = core.client.call("POST", "/api/runs", body)["run_id"]
            wait_until(lambda: [step["id"] for step in core.client.call("GET", f"/api/runs/{run_id}")["result"].get("steps", ()) if step["status"] == "running"] == ["s1"], 20)
            assert run_id in core.client.call("GET", "/api/status")["running"]
            filler = filled(disk)
            (work / "go").touch()
            wait_until(lambda: run_id not in core.client.call("GET", "/api/status")["running"], 20, what="the run to stand still")
            assert not core.client.call("GET", f"/api/runs/{run_id}")["finished_at"]
            filler.unlink()
            wait_until(lambda: core.client.call("GET", f"/api/runs/{run_id}")["finished_at"], 60, what="the run to go on")
            result = core.client.call("GET", f"/api/runs/{run_id}")["result"]
            assert (work / "after.txt").read_text() == "hello"
            assert "may or may not have happened" in result["steps"][0]["error"]["message"], result["steps"]
    finally:
        server.shutdown()
        server.server_close()
