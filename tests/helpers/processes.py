"""Real cores for tests: started, killed, started again; each with a data folder of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.client.client import Client, running
from core.home import Home

ROOT = Path(__file__).resolve().parents[2]


def wait_until(condition: Callable[[], Any], seconds: float = 30.0, what: str = "the condition") -> Any:
    """The first true value of ``condition``; fails loudly when the time is up."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if value := condition():
            return value
        time.sleep(0.005)
    raise AssertionError(f"{what} did not come true within {seconds} s")


class CoreProcess:
    """A core in ``folder``; use as a context manager."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.home = Home(folder)
        self.environment = {
            **os.environ,
            "DESKHAND_HOME": str(folder),
            "DESKHAND_CACHE": str(folder / "shared"),
            "PYTHONPATH": str(ROOT),
            "DESKHAND_PORT": "0",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            **environment,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> CoreProcess:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> Client:
        """Start and wait until it answers."""
        self.process = subprocess.Popen(self.command(), env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        wait_until(lambda: running(self.home) or self.process.poll() is not None, what="the core's start")  # type: ignore[union-attr]
        return self.client

    def command(self) -> list[str]:
        return [sys.executable, "-P", "-m", "app.service"]

    @property
    def client(self) -> Client:
        found = running(self.home)
        assert found is not None, self.process.stderr.read().decode() if self.process and self.process.stderr else "no core"
        return found

    def kill(self) -> None:
        """SIGKILL, as the kernel does it when memory is short."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
        assert self.process.stderr is not None
        self.process.stderr.close()

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.process and self.process.stderr:
            self.process.stderr.close()

    def run_command(self, *words: str, cwd: Path | None = None, **options: Any) -> subprocess.CompletedProcess[str]:
        """``deskhand WORDS`` against this data folder."""
        return subprocess.run(
            [sys.executable, "-P", "-m", "app", *words], env=self.environment, cwd=cwd, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL, **options
        )


def children_of(marker: str) -> list[int]:
    """Processes whose environment names this data folder: cores, workers, and what they started (Linux)."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if f"DESKHAND_HOME={marker}".encode() in (entry / "environ").read_bytes().split(b"\0") and int(entry.name) != os.getpid():
                if (entry / "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z":
                    found.append(int(entry.name))
        except (OSError, ValueError):
            continue
    return found


def use_server(client: Client, url: str, timeout_s: float = 30.0) -> None:
    """Planner, reviewer and executor on different models of a scripted server."""
    client.call("PUT", "/api/models/providers/scripted", {"base_url": url, "models": ["big", "judge", "hands"], "timeout_s": timeout_s})
    for role, name in (("planner", "big"), ("reviewer", "judge"), ("executor", "hands")):
        client.call("PUT", f"/api/models/roles/{role}", {"model": f"scripted/{name}"})


def as_json(text: str) -> Any:
    return json.loads(text)
