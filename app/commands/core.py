"""``serve``, ``status`` and ``stop``."""

from __future__ import annotations

import argparse
import os
import sys
import time

from app.client.client import ROOT, running
from app.commands.output import print_json, tell
from app.service.lock import read_endpoint
from core.errors import DeskhandError
from core.home import Home


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
    client.call("POST", "/api/stop")
    until = time.monotonic() + 20
    while read_endpoint(home.endpoint) and time.monotonic() < until:
        time.sleep(0.02)
    if read_endpoint(home.endpoint):
        raise DeskhandError("The core does not stop.", code="core_slow", hint="`deskhand status` shows its process.")
    return tell(arguments, {"stopped": True}, "Stopped.")
