"""What every test gets: a data folder of its own, no keyring, no network beyond loopback, no process left over."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["DESKHAND_CACHE"] = os.devnull  # cores that outlive a test; each test has its own folder
os.environ["DESKHAND_MODEL"] = "none"  # no test fetches a model, nor does any process that it starts
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"

from app.service.composition import Core, compose
from core.clock import FakeClock
from core.home import Home
from core.ports import ToolContext
from models.scripted import ScriptedModel
from tools.blobs import BlobStore
from tools.builtin import builtin_tools
from tools.changes import Changes
from tools.sandbox.box import keeper
from tools.toolbox import LocalToolBox

hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("repeatable")


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Nothing may touch the person's own data folder."""
    monkeypatch.setenv("DESKHAND_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DESKHAND_CACHE", str(tmp_path / "shared"))
    monkeypatch.setenv("DESKHAND_PORT", "0")
    monkeypatch.setattr("models.hardware.is_crowded", lambda: False)  # whatever else this machine does while the tests run
    home = Home(tmp_path / "home")
    home.create()
    return home


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that reaches for the network fails."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> Any:
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1", "localhost") and not address[0].startswith("10.77.0."):  # the tests' own namespaces
            raise AssertionError(f"a test tried to reach {address[0]}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.fixture
def toolbox(own_home: Home) -> LocalToolBox:
    return LocalToolBox(builtin_tools(), Changes(BlobStore(own_home.blobs), own_home.trash), own_home.notes)


@pytest.fixture
def context(workspace: Path) -> ToolContext:
    return ToolContext("run_test", "s1", workspace, FakeClock(), asyncio.Event())


@pytest.fixture
async def make_core(own_home: Home) -> AsyncIterator[Callable[..., Core]]:
    """Cores made of real parts and scripted models; they are stopped at the end."""
    made: list[Core] = []

    def make(**models: ScriptedModel) -> Core:
        core = compose(own_home, models=models)  # type: ignore[arg-type]
        for role in ("planner", "reviewer", "executor"):
            if role in models:
                core.settings.set(f"models.{role}", role)
        made.append(core)
        return core

    yield make
    for core in made:
        await core.stop()


@pytest.fixture(autouse=True, scope="session")
def one_keeper() -> Iterator[None]:
    """All tests fork their boxes from one process, which ends with the last of them."""
    yield
    keeper.close()


@pytest.fixture(autouse=True)
def no_children_left() -> Iterator[None]:
    """A test must end every process it started."""
    import psutil

    before = {child.pid for child in psutil.Process().children(recursive=True)}
    yield
    left = [child for child in psutil.Process().children(recursive=True) if child.pid not in (*before, keeper.pid) and child.status() != psutil.STATUS_ZOMBIE]
    _, alive = psutil.wait_procs(left, timeout=5)
    assert not alive, f"processes left over: {alive}"
