"""Local only, proven by what is on the wire: a capture in a network namespace where every address would be reached."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.service.composition import Core
from core.errors import RefusedByPolicy, ToolDenied
from core.network import local_only
from tests.helpers import local_only_scene
from tools import confinement

ROOT = Path(__file__).parents[2]


def can_capture() -> bool:
    if not sys.platform.startswith("linux") or not all(map(shutil.which, ("unshare", "ip"))):
        return False
    return subprocess.run(["unshare", "-Urn", "true"], capture_output=True, check=False).returncode == 0


def played(mode: str) -> dict[str, Any]:
    done = subprocess.run(
        ["unshare", "-Urn", sys.executable, "-m", "tests.helpers.local_only_scene", mode], cwd=ROOT, capture_output=True, text=True, timeout=170, check=False, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "PYTHONPATH": str(ROOT)}
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.skipif(not can_capture(), reason="this machine gives no network namespace, or has no ip")
@pytest.mark.parametrize("mode", ["all", "run"])
def test_no_packet_leaves(mode: str) -> None:
    found = played(mode)
    assert found["sent"] == [], found
    assert {"93.184.216.34", "secret.evil.example", "x.localhost"} <= set(found["refused"]), "and each attempt is in the ledger"
    assert not [row for row in found["tried"] if "went through" in row and not row.startswith(("shell.run", "code.run"))], found["tried"]


@pytest.mark.skipif(not can_capture(), reason="this machine gives no network namespace, or has no ip")
def test_the_capture_sees_what_leaves_where_it_may() -> None:
    sent = {(kind, address) for kind, address, _ in played("open")["sent"]}
    assert {("tcp", "93.184.216.34"), ("udp", "93.184.216.34"), ("tcp", "2001:db8::1"), ("tcp", "203.0.113.9")} <= sent, sent


def test_what_the_scene_tries_is_what_it_says() -> None:
    assert {"::ffff:93.184.216.34", "64:ff9b::5db8:d822", "169.254.169.254"} <= set(local_only_scene.TARGETS)


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1", "::ffff:127.0.0.1", "0.0.0.0"])
def test_this_machine_is_reached(name: str, make_core: Any) -> None:
    core: Core = make_core()
    core.settings.set("privacy.local_only", True)
    local_only._look("socket.getaddrinfo", (name,))
    local_only._look("socket.connect", (None, (name, 80)))
    assert core.runs.deps.egress.newest() == []


async def test_nothing_goes_to_a_device_by_way_of_the_broker(make_core: Any) -> None:
    core: Core = make_core()
    core.settings.set("privacy.local_only", True)
    with pytest.raises(ToolDenied, match="local only"):
        core.devices.hub._require_leave("office")
    assert [(row["host"], row["allowed"]) for row in core.runs.deps.egress.newest()] == [("office", False)]


async def test_a_call_by_hand_is_in_the_ledger(make_core: Any, workspace: Path) -> None:
    from app.service.api.resources import call
    from app.service.api.shapes import ToolCallBody

    core: Core = make_core()
    core.settings.set("privacy.local_only", True)
    with pytest.raises(RefusedByPolicy):
        await call(core, "web.fetch", ToolCallBody(args={"url": "https://evil.example/"}, workspace=str(workspace), approve="all"))
    assert [(row["host"], row["allowed"]) for row in core.runs.deps.egress.newest()] == [("evil.example", False)]


def test_what_tries_again_all_the_time_has_a_row_a_minute(make_core: Any) -> None:
    egress = make_core().runs.deps.egress
    for _ in range(50):
        egress.refuse("evil.example")
    egress.refuse("other.example")
    assert sorted(row["host"] for row in egress.newest()) == ["evil.example", "other.example"]


@pytest.mark.skipif(not confinement.program(), reason=confinement.why_unconfined())
def test_a_server_of_this_machine_keeps_its_rights_but_the_network(tmp_path: Path) -> None:
    look = "import socket, pathlib; pathlib.Path('made').write_text('x'); s = socket.create_server(('127.0.0.1', 0)); socket.create_connection(s.getsockname()); print(len(socket.if_nameindex()))"
    said = subprocess.run([*confinement.without_network(), sys.executable, "-c", look], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert said.stdout.strip() == "1" and (tmp_path / "made").exists(), said.stderr
