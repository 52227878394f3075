"""Other machines for real: namespaces on a switch, a real broker, real cores; cables pulled, processes killed."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.errors import DeskhandError
from tests.helpers import network
from tests.helpers.network import Machine, Network, joined, result_of, start_together
from tests.helpers.processes import wait_until

pytestmark = [pytest.mark.skipif(not network.possible(), reason="needs Linux, root, ip and nats-server"), pytest.mark.timeout(300)]


@pytest.fixture
def lan() -> Iterator[Network]:
    with Network() as made:
        yield made


@pytest.fixture
def pair(lan: Network, tmp_path: Path) -> tuple[Machine, Machine]:
    """A hub and one device, called office."""
    hub, office = start_together(lan.machine("hub", tmp_path / "hub"), lan.machine("office", tmp_path / "office"))
    joined(hub, office)
    (office.workspace / "slow.sh").write_text('sleep "$1"; echo "$2" >> done.txt\n')
    wait_until(lambda: online(hub, "office"), what="the first beat")
    return hub, office


def online(hub: Machine, name: str) -> bool:
    return bool(hub.call("GET", f"/api/devices/{name}")["online"])


def send(hub: Machine, text: str, name: str = "office", **more: Any) -> str:
    return str(hub.call("POST", f"/api/devices/{name}/send", {"text": text, "workspace": str(hub.workspace), "approve": "none", **more})["run_id"])


def slow(seconds: float, then: str) -> str:
    """A request that takes a while there and leaves one line behind."""
    return f"run the command sh slow.sh {seconds} {then}"


def pid_of_broker(hub: Machine) -> int:
    return int((hub.core.home.root / "broker" / "broker.pid").read_text())


def test_pairing_shows_the_same_words_on_both_sides_and_works_only_once(lan: Network, tmp_path: Path) -> None:
    hub, office, other = start_together(*(lan.machine(name, tmp_path / name) for name in ("hub", "office", "other")))
    began = time.monotonic()
    code = hub.call("POST", "/api/devices/invite")["code"]

    told = office.command("device", "join", code, "--name", "office", "--json")

    assert told.returncode == 0, told.stderr
    assert time.monotonic() - began < 60
    (row,) = hub.call("GET", "/api/devices")
    assert row["words"] in told.stdout and len(row["words"].split()) == 4
    wait_until(lambda: online(hub, "office"), what="the first beat")
    assert hub.call("GET", "/api/devices/office")["card"]["system"] == "linux"
    again = other.command("device", "join", code, "--name", "thief")
    assert again.returncode != 0 and "used" in again.stderr
    assert [one["name"] for one in hub.call("GET", "/api/devices")] == ["office"]
    listening = subprocess.run(["ip", "netns", "exec", office.space, "ss", "-Hltn"], capture_output=True, text=True).stdout
    assert all("127.0.0.1" in line for line in listening.splitlines())  # nothing on a device listens to the network


def test_a_request_goes_there_and_back_and_is_undone_there(pair: tuple[Machine, Machine]) -> None:
    hub, office = pair

    done = hub.command("device", "send", "office", "Make a folder called Trip with a file packing.txt that lists passport, charger and socks", "--json")

    assert done.returncode == 0, done.stderr
    assert '"device": "office"' in done.stdout and (office.workspace / "Trip" / "packing.txt").exists()
    assert result_of(office, office.call("GET", "/api/runs")[0]["id"])["undoable"]
    run_id = hub.call("GET", "/api/runs")[0]["id"]
    undone = hub.call("POST", f"/api/runs/{run_id}/undo")
    assert undone["complete"] and not (office.workspace / "Trip").exists()


def test_plain_words_reach_a_machine_without_any_big_model(pair: tuple[Machine, Machine]) -> None:
    """The starter plans on both sides; code reads which machine is meant, and what is to be brought."""
    hub, office = pair
    for name in ("tax-2025.pdf", "tax-2024.pdf", "letter.pdf"):
        (office.workspace / name).write_bytes(b"%PDF-1.4 " + name.encode())

    def asked(text: str) -> dict[str, Any]:
        return result_of(hub, hub.call("POST", "/api/runs", {"text": text, "workspace": str(hub.workspace), "approve": "all"})["run_id"])

    result = asked("Find all PDFs with tax in their name and zip them on the office machine and bring the zip here")
    assert result["status"] == "done", json.dumps(result)[:2000]
    (brought,) = hub.workspace.glob("*.zip")
    with zipfile.ZipFile(brought) as packed:
        assert sorted(packed.namelist()) == ["tax-2024.pdf", "tax-2025.pdf"]
    assert "letter.pdf" in asked("What files are on office?")["answer"]
    assert asked(f"send {brought.name} to the office machine")["status"] == "done" and (office.workspace / "Received" / brought.name).exists()
    assert asked("bring me letter.pdf from office")["status"] == "done" and (hub.workspace / "letter.pdf").exists()
    nothing = asked("On office: make a folder called Trip, and bring it here")
    assert nothing["status"] == "failed" and "zipped first" in nothing["answer"] and (office.workspace / "Trip").is_dir()


def test_a_short_drop_is_invisible_and_a_long_one_is_waited_for(pair: tuple[Machine, Machine]) -> None:
    hub, office = pair
    for number, away in enumerate((1.0, 22.0)):
        run_id = send(hub, slow(1.5, f"ran{number}"), approve="all")
        wait_until(lambda: started(office), what="the start there")
        with office.unplugged():
            time.sleep(away)
        assert result_of(hub, run_id, 90)["status"] == "done"
        assert (office.workspace / "done.txt").read_text().split().count(f"ran{number}") == 1


def test_a_half_open_connection_is_found_within_three_missed_beats(pair: tuple[Machine, Machine]) -> None:
    hub, office = pair
    with office.unplugged():
        began = time.monotonic()
        wait_until(lambda: not online(hub, "office"), 40, "the loss")
        assert time.monotonic() - began < 3 * 5 + 2
    wait_until(lambda: online(hub, "office"), 60, "the return")


def test_work_for_a_device_that_is_off_is_done_when_it_is_back_and_not_if_it_was_stopped(pair: tuple[Machine, Machine]) -> None:
    hub, office = pair
    office.core.stop()
    wanted, unwanted = send(hub, "append the line wanted to log.txt"), send(hub, "append the line unwanted to log.txt")
    hub.call("POST", f"/api/runs/{unwanted}/cancel")
    assert result_of(hub, unwanted)["status"] == "cancelled"

    office.start()

    assert result_of(hub, wanted)["status"] == "done"
    assert (office.workspace / "log.txt").read_text().split("\n")[0] == "wanted"
    assert "unwanted" not in (office.workspace / "log.txt").read_text()


@pytest.mark.parametrize("victim", ["device", "hub", "broker", "hub and broker"])
def test_kills_lose_nothing_and_double_nothing(pair: tuple[Machine, Machine], victim: str) -> None:
    hub, office = pair
    runs = []
    for number in range(4):
        runs.append(send(hub, f"append the line run{number} to log.txt"))
        if victim == "device":
            office.core.kill()
            office.start()
        else:
            broker = pid_of_broker(hub)
            if "hub" in victim:
                hub.core.kill()
            if "broker" in victim:
                os.kill(broker, signal.SIGKILL)
            if "hub" in victim:
                hub.start()
        assert result_of(hub, runs[-1], 60)["status"] == "done"
    lines = (office.workspace / "log.txt").read_text().split()
    assert sorted(lines.count(f"run{number}") for number in range(4)) == [1, 1, 1, 1]


def test_cancel_and_deadline_really_stop_the_work(pair: tuple[Machine, Machine]) -> None:
    hub, office = pair
    stopped = send(hub, slow(60.125, "late"), approve="all")
    wait_until(lambda: running("60.125"), what="the work")
    hub.call("POST", f"/api/runs/{stopped}/cancel")
    assert result_of(hub, stopped, 20)["status"] == "cancelled"
    assert not running("60.125")

    timed = send(hub, slow(60.25, "late"), approve="all", timeout_s=4)
    assert result_of(hub, timed, 30)["status"] == "failed"
    wait_until(lambda: not running("60.25"), 15, "the end of the work there")
    assert not (office.workspace / "done.txt").exists()


def running(marker: str) -> bool:
    """Whether a process with this word among its arguments runs anywhere; what tools start lives in namespaces of its own."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if marker.encode() in (entry / "cmdline").read_bytes().split(b"\0"):
                return True
        except OSError:
            continue
    return False


def started(device: Machine) -> bool:
    return any(duty["state"] == "started" for duty in device.call("GET", "/api/devices/membership")["duties"])


def test_a_removed_device_is_cut_off_within_seconds(pair: tuple[Machine, Machine]) -> None:
    hub, office = pair
    run_id = send(hub, slow(30.125, "late"), approve="all")
    wait_until(lambda: running("30.125"), what="the work")
    began = time.monotonic()

    hub.call("DELETE", "/api/devices/office")

    wait_until(lambda: not office.call("GET", "/api/devices/membership")["online"], 10, "the cut")
    assert time.monotonic() - began < 5
    failed = result_of(hub, run_id, 20)
    assert failed["status"] == "failed" and failed["steps"][0]["error"]["code"] == "device_removed"


def test_a_large_file_arrives_whole_through_cut_links(pair: tuple[Machine, Machine]) -> None:
    hub, office = pair
    with (office.workspace / "big.bin").open("wb") as file:
        for number in range(160):
            file.write(hashlib.sha256(str(number).encode()).digest() * 32768)
    wanted = hashlib.sha256((office.workspace / "big.bin").read_bytes()).hexdigest()
    run_id = hub.call("POST", "/api/devices/office/bring", {"path": "big.bin", "workspace": str(hub.workspace), "approve": "none"})["run_id"]
    incoming = hub.core.home.root / "cache" / "incoming" / f"{wanted}.part"
    for part in (0.2, 0.5):
        wait_until(lambda part=part: incoming.exists() and incoming.stat().st_size > part * 167_772_160, 60, f"{part:.0%} of the file")
        with office.unplugged():
            time.sleep(3)

    done = result_of(hub, run_id, 120)

    assert done["status"] == "done" and done["usage"]["prompt_tokens"] == 0
    assert hashlib.sha256((hub.workspace / "big.bin").read_bytes()).hexdigest() == wanted


def test_the_result_of_a_schedule_is_told_on_a_device_once_it_is_there(pair: tuple[Machine, Machine]) -> None:
    hub, office = pair
    task = {"text": "list the files here", "workspace": str(hub.workspace), "deliver": "device", "deliver_to": "office"}
    (hub.workspace / "a.txt").write_text("x")
    with pytest.raises(DeskhandError, match="nowhere"):
        hub.call("POST", "/api/schedules", {"name": "Lost", "when": "in 2 seconds", "task": {**task, "deliver_to": "nowhere"}})
    with office.unplugged():
        made = hub.call("POST", "/api/schedules", {"name": "What is here", "when": "in 2 seconds", "task": task})
        runs = f"/api/schedules/{made['id']}/runs"
        wait_until(lambda: [one["state"] for one in hub.call("GET", runs)] == ["delivering"], 30, what="the result to wait for the device")
    wait_until(lambda: [one["state"] for one in hub.call("GET", runs)] == ["done"], 60, what="the result to arrive")
    (notice,) = office.call("GET", "/api/schedules/notices")
    assert notice["name"] == f"What is here ({office.call('GET', '/api/devices/membership')['hub']})" and "a.txt" in notice["text"]
    hub.core.kill()
    hub.start()
    wait_until(lambda: hub.call("GET", "/api/devices/office")["online"], 30)
    assert len(office.call("GET", "/api/schedules/notices")) == 1


def test_a_hub_with_another_address_is_found_again(lan: Network, tmp_path: Path) -> None:
    hub, office, other = start_together(*(lan.machine(name, tmp_path / name) for name in ("hub", "office", "other")))
    joined(hub, office)
    other.call("POST", "/api/devices/invite")  # another hub on the same network
    wanted = {("10.77.0.1:4733",), ("10.77.0.3:4733",)}
    wait_until(lambda: {tuple(one["addresses"]) for one in office.call("GET", "/api/devices/nearby")} == wanted, 20, what="both hubs to be heard")
    hub.readdress(41)
    wait_until(lambda: not office.call("GET", "/api/devices/membership")["online"], 40)
    wait_until(lambda: office.call("GET", "/api/devices/membership")["online"], 60, what="the hub to be found at its new address")
    assert hub.call("GET", "/api/devices")[0]["name"] == "office"
    office.core.kill()
    office.start()
    wait_until(lambda: office.call("GET", "/api/devices/membership")["online"], 20, what="the new address to be kept")


def test_a_code_with_an_old_address_finds_its_hub_by_multicast(lan: Network, tmp_path: Path) -> None:
    hub, office = start_together(lan.machine("hub", tmp_path / "hub"), lan.machine("office", tmp_path / "office"))
    code = hub.call("POST", "/api/devices/invite")["code"]
    hub.readdress(42)
    body = {"code": code, "name": "office", "workspace": str(office.workspace)}
    wait_until(lambda: [one for one in office.call("GET", "/api/devices/nearby") if "10.77.0.42:4733" in one["addresses"]], 30)
    assert office.call("POST", "/api/devices/membership", body)["hub"]


def test_what_the_owner_did_not_allow_is_not_done_whatever_the_hub_says(lan: Network, tmp_path: Path) -> None:
    hub, office = start_together(lan.machine("hub", tmp_path / "hub"), lan.machine("office", tmp_path / "office"))
    joined(hub, office, rights=["read"])
    (office.workspace / "a.txt").write_text("hello")

    read = result_of(hub, send(hub, "show me a.txt", approve="all"))
    written = result_of(hub, send(hub, "append the line x to a.txt", approve="all"))

    assert read["status"] == "done" and "hello" in read["answer"]
    assert written["status"] == "refused" and (office.workspace / "a.txt").read_text() == "hello"
    office.call("PUT", "/api/devices/membership/rights", {"rights": ["read", "change"]})
    assert result_of(hub, send(hub, "append the line x to a.txt", approve="all"))["status"] == "done"


def test_a_question_is_answered_on_either_machine(pair: tuple[Machine, Machine]) -> None:
    hub, office = pair
    hub.call("PUT", "/api/settings/permission.reversible_inside", {"value": "allow"})
    for place in (hub, office):
        run_id = send(hub, "run uptime", approve="ask")
        stream = network.beside(lambda run_id=run_id: hub.inside(lambda: list(hub.core.client.lines(f"/api/runs/{run_id}/stream?answers=true"))))
        asked = wait_until(lambda place=place: place.call("GET", "/api/approvals"), 30, "the question")[0]
        place.call("POST", f"/api/approvals/{asked['id']}", {"decision": "once"})
        assert result_of(hub, run_id, 40)["status"] == "done"
        stream.join(20)
        wait_until(lambda: not hub.call("GET", "/api/approvals") and not office.call("GET", "/api/approvals"), 20, "no question left")


def test_a_conversation_moves_with_its_files_and_has_one_writer_whatever_is_killed(pair: tuple[Machine, Machine]) -> None:
    hub, office = pair
    (hub.workspace / "draft.txt").write_text("hello")
    first = result_of(hub, hub.call("POST", "/api/runs", {"text": "append the line apple to log.txt", "workspace": str(hub.workspace), "approve": "none"})["run_id"])
    conversation = first["conversation_id"]

    def says(machine: Machine, text: str) -> str:
        body = {"text": text, "workspace": str(machine.workspace), "approve": "none", "conversation_id": conversation}
        done = result_of(machine, machine.call("POST", "/api/runs", body)["run_id"])
        return str(done["status"]) if done["status"] == "done" else json.dumps(done)

    def texts(machine: Machine) -> list[str]:
        return [one["text"] for one in machine.call("GET", f"/api/conversations/{conversation}")["messages"] if one["role"] == "user"]

    moved = hub.command("device", "move", conversation, "office", "--file", "draft.txt")
    assert moved.returncode == 0, moved.stderr
    assert (office.workspace / "draft.txt").read_text() == "hello" and says(office, "append the line berry to log.txt") == "done"
    with pytest.raises(DeskhandError, match="another machine"):
        says(hub, "append the line cherry to log.txt")

    office.core.kill()
    hub.core.kill()
    for machine in (office, hub):
        machine.start()
    hub.call("POST", f"/api/conversations/{conversation}/return", timeout_s=120)

    assert texts(hub) == texts(office) == ["append the line apple to log.txt", "append the line berry to log.txt"]
    with pytest.raises(DeskhandError, match="another machine"):
        says(office, "append the line date to log.txt")
    assert says(hub, "append the line elder to log.txt") == "done"
    moved = hub.call("POST", f"/api/conversations/{conversation}/move", {"device": "office"}, timeout_s=120)
    assert moved["held_by"] and texts(office)[-1] == "append the line elder to log.txt" and says(office, "append the line fig to log.txt") == "done"
