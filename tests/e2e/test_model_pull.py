"""``model pull`` as a person meets it: from a hub that breaks off, over the end of the core, from a file, and the registry where no hub answers."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.fake_hub import Hub
from tests.helpers.fetching_process import wait_for
from tests.helpers.gguf_models import Shape, write
from tests.helpers.processes import CoreProcess, as_json

NAME = "little-Q4_K_M.gguf"
MODEL = b"GGUF" + os.urandom(2_000_000)


@pytest.fixture
def core(tmp_path: Path) -> Iterator[CoreProcess]:
    made = CoreProcess(tmp_path / "home", HOME=str(tmp_path))
    made.start()
    yield made
    made.stop()


def shared(core: CoreProcess) -> Path:
    return Path(core.environment["DESKHAND_CACHE"]) / "models"


def test_a_killed_core_goes_on_where_it_was(core: CoreProcess) -> None:
    gate, part = threading.Event(), shared(core) / ".downloads" / f"{NAME}.part"
    with Hub({NAME: MODEL}) as hub:
        core.run_command("config", "set", "models.hub", hub.url)
        hub.slow = gate
        core.client.call("POST", "/api/models/downloads", {"id": "some/model:Q4_K_M"})
        wait_for(lambda: part.is_file() and part.stat().st_size >= 1_000_000)
        core.kill()
        kept = part.stat().st_size
        gate.set()
        core.start()
        done = core.run_command("model", "pull", "some/model:Q4_K_M")
        assert done.returncode == 0 and "Added little-Q4_K_M" in done.stdout, done.stderr
        assert hub.ranges == [f"bytes={kept}-"]
    assert hashlib.sha256((shared(core) / NAME).read_bytes()).digest() == hashlib.sha256(MODEL).digest()
    again = core.run_command("model", "pull", "some/model:Q4_K_M")
    assert again.returncode == 1 and "hub_unreachable" in again.stderr and "registry:qwen2.5-coder-1.5b" in again.stderr


def test_a_file_of_this_machine_is_taken_as_it_is_and_what_is_none_is_said(core: CoreProcess, tmp_path: Path) -> None:
    path = write(tmp_path / "Mine.GGUF", Shape(layers=2))
    assert as_json(core.run_command("model", "pull", str(path), "--json").stdout)["id"] == "Mine"
    path.write_bytes(path.read_bytes()[:5000])
    for name, words in (("cut", "cut short"), ("page", "a web page")):
        target = tmp_path / f"{name}.gguf"
        target.write_bytes(path.read_bytes() if name == "cut" else b"<html>sign in</html>")
        done = core.run_command("model", "add", str(target))
        assert done.returncode == 2 and words in done.stderr and done.stderr.startswith("deskhand: not_gguf: "), done.stderr
    assert core.run_command("model", "remove", "Mine").stdout == "Removed Mine.\n"
    missing = core.run_command("model", "remove", "Mine")
    assert missing.returncode == 2 and "not_found" in missing.stderr
