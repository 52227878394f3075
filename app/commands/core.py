"""``serve``, ``status`` and ``stop``."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import time

from app.client.client import ROOT, Client, running
from app.commands.output import print_json, tell
from app.service.lock import read_endpoint
from core.errors import DeskhandError
from core.home import Home

STOP_SECONDS, STOP_ASKED_SECONDS = 20.0, 5.0  # until a core that was asked to stop is ended; until one that hangs has to have heard it


def serve(arguments: argparse.Namespace) -> int:
    """Become the core."""
    words = [sys.executable, "-P", "-m", "app.service", *(["--verbose"] if arguments.verbose else [])]
    os.environ["PYTHONPATH"] = str(ROOT)
    if sys.platform == "win32":
        import subprocess

        return subprocess.call(words)
    os.execv(sys.executable, words)
    return 1


def status(arguments: argparse.Namespace) -> int:
    """What the core is doing; exit code 1 when none runs."""
    client = running(Home.default())
    if client is None:
        raise DeskhandError("No core is running.", code="not_running", hint="`deskhand serve` starts one; so does every request.")
    found = client.call("GET", "/api/status")
    return tell(
        arguments,
        found,
        f"Deskhand {found['version']}, process {found['pid']}, port {found['port']}\n{len(found['running'])} running, {len(found['waiting'])} waiting for consent, loaded: {', '.join(found['loaded']) or 'no model'}",
    )


def stop(arguments: argparse.Namespace) -> int:
    """Stop the core and wait until it is gone."""
    home = Home.default()
    client = running(home)
    if client is None:
        print("No core is running.") if not arguments.json else print_json({"stopped": False})
        return 0
    pid = int((read_endpoint(home.endpoint) or {"pid": 0})["pid"])  # 0: it is gone already
    with contextlib.suppress(DeskhandError):  # one that hangs does not answer, and is ended below
        Client(client.port, client._token, STOP_ASKED_SECONDS).call("POST", "/api/stop")
    if _is_gone(home, pid, STOP_SECONDS):
        return tell(arguments, {"stopped": True}, "Stopped.")
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)  # the journal goes on from wherever it stands
    if not _is_gone(home, pid, STOP_ASKED_SECONDS):
        raise DeskhandError("The core does not stop.", code="core_slow", hint="`deskhand status` shows its process.")
    return tell(arguments, {"stopped": True}, "It hung, and was ended. What it was doing goes on with the next start.")


def _is_gone(home: Home, pid: int, seconds: float) -> bool:
    """Whether that core is gone before so long, another one perhaps in its place."""
    until = time.monotonic() + seconds
    while (is_there := (read_endpoint(home.endpoint) or {}).get("pid") == pid) and time.monotonic() < until:
        time.sleep(0.02)
    return not is_there
