"""A small network in namespaces of its own: machines on a switch, each with real cores; cables that are pulled without anybody hearing it.

Needs Linux, root and ``ip`` (iproute2); :func:`possible` tells whether it can be made here.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import ctypes
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from app.client.client import Client
from tests.helpers.processes import CoreProcess

CLONE_NEWNET = 0x40000000
_NUMBERS = iter(range(1, 1000))


def possible() -> bool:
    """Whether namespaces can be made, and a broker is installed."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    if sys.platform != "linux" or os.geteuid() != 0 or not shutil.which("ip", path=path) or not shutil.which("nats-server", path=path):
        return False
    made = subprocess.run(["ip", "netns", "add", "dhprobe"], capture_output=True)
    subprocess.run(["ip", "netns", "del", "dhprobe"], capture_output=True)
    return made.returncode == 0


def _ip(*words: str, space: str = "") -> None:
    command = ["ip", "netns", "exec", space, "ip", *words] if space else ["ip", *words]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"


class Network:
    """A switch; use as a context manager. Everything is gone afterwards."""

    def __init__(self) -> None:
        self.tag = f"dh{os.getpid()}{next(_NUMBERS)}"
        self.switch = f"{self.tag}s"
        self.machines: dict[str, Machine] = {}

    def __enter__(self) -> Network:
        _ip("netns", "add", self.switch)
        _ip("link", "add", "br0", "type", "bridge", space=self.switch)
        _ip("link", "set", "br0", "up", space=self.switch)
        _ip("link", "set", "lo", "up", space=self.switch)
        _ip("addr", "add", "10.77.0.254/24", "dev", "br0", space=self.switch)
        return self

    def __exit__(self, *_: object) -> None:
        _together(Machine.close, self.machines.values())
        subprocess.run(["ip", "netns", "del", self.switch], capture_output=True)

    def machine(self, name: str, folder: Path, **environment: str) -> Machine:
        """A machine on the switch, with a core that is not started yet."""
        made = Machine(self, name, len(self.machines) + 1, folder, environment)
        self.machines[name] = made
        return made


def start_together(*machines: Machine) -> tuple[Machine, ...]:
    """Start the cores of several machines side by side."""
    return _together(Machine.start, machines)


def _together(work: Callable[[Machine], Any], machines: Iterable[Machine]) -> tuple[Any, ...]:
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        return tuple(pool.map(work, machines))


class Machine:
    """A namespace with one core. ``call`` speaks to the core from inside."""

    def __init__(self, network: Network, name: str, number: int, folder: Path, environment: dict[str, str]) -> None:
        self.network, self.name, self.number = network, name, number
        self.space, self.port = f"{network.tag}n{number}", f"p{number}"
        self.address = f"10.77.0.{number}"
        self.workspace = folder / "work"
        self.workspace.mkdir(parents=True)
        _ip("netns", "add", self.space)
        _ip("link", "add", "eth0", "netns", self.space, "type", "veth", "peer", "name", self.port, "netns", network.switch)
        _ip("addr", "add", f"{self.address}/24", "dev", "eth0", space=self.space)
        for device in ("lo", "eth0"):
            _ip("link", "set", device, "up", space=self.space)
        _ip("link", "set", self.port, "master", "br0", "up", space=network.switch)
        self.core = CoreInside(self.space, folder / "home", **environment)
        self._executor: concurrent.futures.ThreadPoolExecutor | None = None

    def start(self) -> Machine:
        self.core.start()
        return self

    def inside(self, work: Callable[[], Any]) -> Any:
        """Do something from inside this machine's network: in a thread that has moved there."""
        if self._executor is None:
            self._executor = concurrent.futures.ThreadPoolExecutor(4, initializer=_enter, initargs=(self.space,))
        return self._executor.submit(work).result()

    def call(self, method: str, path: str, body: Any = None, timeout_s: float = 60.0) -> Any:
        """The core's API."""
        client: Client = self.core.client
        return self.inside(lambda: client.call(method, path, body, timeout_s))

    def command(self, *words: str, timeout: float = 120, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """``deskhand WORDS`` on this machine."""
        return subprocess.run(
            ["ip", "netns", "exec", self.space, sys.executable, "-P", "-m", "app", *words],
            env=self.core.environment, cwd=cwd or self.workspace, capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    # -- faults -------------------------------------------------------------------------------------------------------

    def unplug(self) -> None:
        """The switch forgets this machine: nothing comes through any more, and neither end is told. Connections are half open."""
        _ip("link", "set", self.port, "nomaster", space=self.network.switch)

    def plug(self) -> None:
        _ip("link", "set", self.port, "master", "br0", space=self.network.switch)

    @contextlib.contextmanager
    def unplugged(self) -> Any:
        self.unplug()
        try:
            yield
        finally:
            self.plug()

    def readdress(self, number: int) -> None:
        """Another address on the switch, as after a night at another router."""
        for change, address in (("del", self.address), ("add", f"10.77.0.{number}")):
            _ip("addr", change, f"{address}/24", "dev", "eth0", space=self.space)
        self.address = f"10.77.0.{number}"

    def close(self) -> None:
        self.core.stop()
        pid_file = self.core.home.root / "broker" / "broker.pid"
        with contextlib.suppress(OSError, ValueError):
            pid = int(pid_file.read_text())
            if str(self.core.home.root).encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, 9)
        if self._executor is not None:
            self._executor.shutdown()
        subprocess.run(["ip", "netns", "del", self.space], capture_output=True)


class CoreInside(CoreProcess):
    """A core in a namespace."""

    def __init__(self, space: str, folder: Path, **environment: str) -> None:
        super().__init__(folder, **environment)
        self.space = space
        folder.mkdir(parents=True, exist_ok=True)

    def command(self) -> list[str]:
        return ["ip", "netns", "exec", self.space, *super().command()]


def _enter(space: str) -> None:
    """Move this thread into a namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    handle = os.open(f"/var/run/netns/{space}", os.O_RDONLY)
    try:
        assert libc.setns(handle, CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
    finally:
        os.close(handle)


def joined(hub: Machine, device: Machine, *, name: str = "", rights: list[str] | None = None) -> dict[str, Any]:
    """Pair a device with a hub; returns what the device was told."""
    code = hub.call("POST", "/api/devices/invite")["code"]
    body: dict[str, Any] = {"code": code, "name": name or device.name, "workspace": str(device.workspace)}
    return dict(device.call("POST", "/api/devices/membership", body | ({"rights": rights} if rights is not None else {})))


def result_of(hub: Machine, run_id: str, seconds: float = 60.0) -> dict[str, Any]:
    """The result of a run when it is over."""
    row = hub.call("GET", f"/api/runs/{run_id}?wait_s={seconds}", timeout_s=seconds + 10)
    assert row["finished_at"], json.dumps(row)[:3000]
    return dict(row["result"])


def beside(work: Callable[[], Any]) -> threading.Thread:
    """In a thread of its own."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread
