"""``tool``."""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

from app.client import connect
from app.commands.output import print_json, tell, tell_table
from core.errors import DeskhandError, UsageError


def list_tools(arguments: argparse.Namespace) -> int:
    rows = connect().call("GET", "/api/tools")
    return tell_table(arguments, rows, ((row["name"], ", ".join(row["effects"]), row["description"]) for row in rows), "There are no tools.")


def show(arguments: argparse.Namespace) -> int:
    row = connect().call("GET", f"/api/tools/{arguments.name}")
    return tell(arguments, row, f"{row['name']} ({row['risk']}): {row['description']}\n{json.dumps(row['parameters'], indent=2, ensure_ascii=False)}")


def call(arguments: argparse.Namespace) -> int:
    try:
        args = json.loads(arguments.args)
    except ValueError as error:
        raise UsageError(f"The arguments are not valid JSON: {error}.", hint='For example: deskhand tool call files.list \'{"path": "."}\'') from error
    if not isinstance(args, dict):
        raise UsageError("The arguments must be a JSON object.")
    workspace = str(Path(arguments.workspace or ".").expanduser().absolute())
    row = connect().call("POST", f"/api/tools/{arguments.name}/call", {"args": args, "workspace": workspace, "approve": arguments.approve}, timeout_s=660)
    print_json(row) if arguments.json else print(row["text"])
    return 0 if row["verified"] else 1


def add(arguments: argparse.Namespace) -> int:
    """Bring what a category of tools needs besides: for the browser Playwright, and Chromium where there is no browser that it can drive."""
    from tools.browsing import PROGRAMS

    lock = Path(__file__).resolve().parents[2] / f"requirements-{arguments.name}.lock"
    _run([sys.executable, "-m", "uv", "pip", "install", "-q", "--python", sys.executable, "--require-hashes", "--no-deps", "-r", str(lock)], "Playwright cannot be installed.")
    own = next(filter(None, map(shutil.which, PROGRAMS)), "")
    if not own:
        _run([sys.executable, "-m", "playwright", "install", "chromium"], "Chromium cannot be fetched. Install a browser yourself (Debian: apt install chromium).")
    return tell(arguments, {"added": arguments.name, "browser": own or "chromium"}, f"The browser tools work now, with {own or 'a Chromium of their own'}.")


def _run(words: list[str], failed: str) -> None:
    try:
        done = subprocess.run(words, capture_output=True, text=True, errors="replace", check=False)
    except OSError as error:
        raise DeskhandError(failed, code="tool_failed", hint=str(error)) from error
    if done.returncode:
        raise DeskhandError(failed, code="tool_failed", hint=(done.stderr or done.stdout).strip()[-300:])
