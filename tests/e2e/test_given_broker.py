"""A broker that somebody else runs: a cluster of three real servers on three machines. Pairing, work, a file; a server that dies; a device that is removed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.service.devices.broker import _certify
from core.devices import codes
from tests.helpers import network
from tests.helpers.network import Machine, Network, joined, result_of
from tests.helpers.processes import wait_until

pytestmark = [pytest.mark.skipif(not network.possible(), reason="needs Linux, root, ip and nats-server"), pytest.mark.timeout(300)]


@contextmanager
def cluster(places: list[Machine], folder: Path, users: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """One nats-server on each machine, the same certificate and port, users from one file."""
    _certify(folder)
    routes = [f"nats://{place.address}:6222" for place in places]
    servers = []
    for number, place in enumerate(places):
        tls = {"cert_file": str(folder / "certificate.pem"), "key_file": str(folder / "key.pem")}
        settings = {
            "server_name": f"n{number}", "listen": f"{place.address}:4222", "tls": tls, "ping_interval": "2s", "log_file": str(folder / f"n{number}.log"),
            "jetstream": {"store_dir": str(folder / f"js{number}")}, "cluster": {"name": "c", "listen": f"{place.address}:6222", "routes": routes},
        }  # fmt: skip
        text = "\n".join(f"{key}: {json.dumps(value)}" for key, value in settings.items())
        (folder / f"n{number}.conf").write_text(f"{text}\ninclude {os.path.relpath(users, folder)}\n")
        servers.append(
            subprocess.Popen(
                ["ip", "netns", "exec", place.space, "/usr/sbin/nats-server" if Path("/usr/sbin/nats-server").exists() else "nats-server", "-c", str(folder / f"n{number}.conf")]
            )
        )
    try:
        yield servers
    finally:
        for server in servers:
            server.kill()
            server.wait(5)


@pytest.fixture
def lan() -> Iterator[Network]:
    with Network() as made:
        yield made


def test_a_cluster_that_is_given_carries_the_work_and_loses_a_server(lan: Network, tmp_path: Path) -> None:
    hub, office = (lan.machine(name, tmp_path / name) for name in ("hub", "office"))
    places = [lan.machine(f"n{number}", tmp_path / f"n{number}") for number in range(3)]
    folder, users = tmp_path / "nats", hub.core.home.root / "broker" / "users.conf"
    folder.mkdir()
    users.parent.mkdir(parents=True)
    users.write_text("accounts: {DESKHAND: {jetstream: enabled}}\n")
    with cluster(places, folder, users) as servers:
        apply = folder / "apply.sh"
        apply.write_text("#!/bin/sh\nkill -HUP " + " ".join(str(server.pid) for server in servers) + "\n")
        apply.chmod(0o755)
        (hub.core.home.root / "settings.toml").write_text(
            "[devices]\nbroker = " + json.dumps(", ".join(f"{place.address}:4222" for place in places))
            + f"\nbroker_certificate = {json.dumps(str(folder / 'certificate.pem'))}\nbroker_apply = {json.dumps(str(apply))}\n"
        )  # fmt: skip
        hub.start(), office.start()
        (office.workspace / "a.txt").write_text("from the office")
        (office.workspace / "add.sh").write_text('echo "$1" >> done.txt\n')
        code = hub.call("POST", "/api/devices/invite")["code"]
        assert codes.read(code).addresses == tuple(place.address for place in places)
        joined(hub, office)
        wait_until(lambda: hub.call("GET", "/api/devices/office")["online"], 30)
        assert not list(hub.core.home.root.glob("broker/nats.conf"))  # none of our own was started

        def count(then: str) -> str:
            text = f"run the command sh add.sh {then}"
            return str(hub.call("POST", "/api/devices/office/send", {"text": text, "workspace": str(hub.workspace), "approve": "all"})["run_id"])

        assert result_of(hub, count("one"))["status"] == "done"
        servers[0].send_signal(signal.SIGKILL)
        runs = [count("two"), count("three")]
        assert [result_of(hub, run_id)["status"] for run_id in runs] == ["done", "done"]
        assert sorted((office.workspace / "done.txt").read_text().split()) == ["one", "three", "two"]
        run_id = hub.call("POST", "/api/devices/office/bring", {"path": "a.txt", "to": "", "workspace": str(hub.workspace), "approve": "all"})["run_id"]
        assert result_of(hub, run_id)["status"] == "done" and (hub.workspace / "a.txt").read_text() == "from the office"
        hub.call("DELETE", "/api/devices/office")
        wait_until(lambda: not office.call("GET", "/api/devices/membership")["online"], 10, what="the removed device to be cut off")


@pytest.mark.parametrize(("broker", "said"), [("nats.lan", "HOST:PORT"), ("a:1, b:2", "same port"), ("127.0.0.1:4222", "certificate")])
def test_settings_that_do_not_fit_are_said_so(lan: Network, tmp_path: Path, broker: str, said: str) -> None:
    hub = lan.machine("hub", tmp_path / "hub")
    (hub.core.home.root / "settings.toml").write_text(f"[devices]\nbroker = {json.dumps(broker)}\n")
    hub.start()
    done = hub.command("device", "invite")
    assert done.returncode == 1 and "bad_broker" in done.stderr and said in done.stderr
