"""``device``."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from app.client import connect
from app.commands.ask import follow_run
from app.commands.output import is_terminal, print_json, tell, tell_table
from core.errors import UsageError

JOIN_SECONDS = 90.0


def list_devices(arguments: argparse.Namespace) -> int:
    rows = connect().call("GET", "/api/devices")
    return tell_table(
        arguments, rows, ((row["name"], "online" if row["online"] else "away", _doing(row), row["said"][:110]) for row in rows), "No device. `deskhand device invite` adds one."
    )


def _doing(row: dict[str, Any]) -> str:
    return f"{row['open']} open" if row["open"] else "idle"


def search(arguments: argparse.Namespace) -> int:
    rows = connect().call("GET", f"/api/devices/search?q={quote(' '.join(arguments.text))}&limit={arguments.limit}")
    return tell_table(arguments, rows, ((row["name"], f"{row['score']:.2f}", row["said"][:110]) for row in rows), "No device.")


def nearby(arguments: argparse.Namespace) -> int:
    """Hubs that are heard on this network. Hearing proves nothing: joining needs the code of one."""
    rows = connect().call("GET", "/api/devices/nearby")
    return tell_table(arguments, rows, ((row["name"], ", ".join(row["addresses"])) for row in rows), "Nothing is heard on this network.")


def invite(arguments: argparse.Namespace) -> int:
    """Show a code; at a terminal, wait until it was used and show the words to compare."""
    client = connect()
    made = client.call("POST", "/api/devices/invite", timeout_s=60)
    if arguments.json:
        print_json(made)
        return 0
    known = {row["id"] for row in client.call("GET", "/api/devices")}
    if is_terminal():
        print(made["qr"])
    print(f"On the other machine, within ten minutes:\n\n  deskhand device join {made['code']}\n")
    print(f"It will look for this machine at {', '.join(made['addresses'])}.")
    if not is_terminal():
        return 0
    while time.time() < made["expires_at"]:
        for row in client.call("GET", "/api/devices"):
            if row["id"] not in known:
                print(f"{row['name']} is here. Both screens must show the same words: {row['words']}")
                return 0
        time.sleep(0.5)
    print("The code is too old now.", file=sys.stderr)
    return 1


def join(arguments: argparse.Namespace) -> int:
    rights = [right.strip() for right in arguments.rights.split(",") if right.strip()] if arguments.rights is not None else ["read", "change", "act"]
    workspace = Path(arguments.workspace or ".").expanduser().absolute()
    if not workspace.is_dir():
        raise UsageError(f"The workspace {workspace} is not a folder.", code="bad_workspace", hint="Give an existing folder with --workspace.")
    body = {"code": arguments.code, "name": arguments.name, "workspace": str(workspace), "rights": rights}
    row = connect().call("POST", "/api/devices/membership", body, timeout_s=JOIN_SECONDS)
    return tell(
        arguments,
        row,
        f"This machine is {row['name']} for {row['hub']} now, and works in {row['workspace']}.\nBoth screens must show the same words: {row['words']}\n"
        f"The hub may {', '.join(row['rights']) or 'do nothing'} here; `deskhand device allow` changes that, `deskhand device leave` ends it, and `deskhand service install` keeps it up after restarts.",
    )


def membership(arguments: argparse.Namespace) -> int:
    row = connect().call("GET", "/api/devices/membership")
    if not row:
        return tell(arguments, row, "This machine works for no hub. `deskhand device join CODE` changes that.")
    state = "connected" if row["online"] else "not let in any more" if row["refused"] else "not connected now"
    lines = [f"{row['name']} for {row['hub']}: {state}", f"  works in {row['workspace']}", f"  the hub may: {', '.join(row['rights']) or 'nothing'}", f"  words: {row['words']}"]
    return tell(arguments, row, "\n".join([*lines, *(f"  {duty['at'][:19]}  {duty['state']}  {duty['said'][:80]}" for duty in row["duties"][:10])]))


def allow(arguments: argparse.Namespace) -> int:
    row = connect().call("PUT", "/api/devices/membership/rights", {"rights": arguments.rights})
    return tell(arguments, row, f"{row['hub']} may {', '.join(row['rights']) or 'do nothing'} here.")


def leave(arguments: argparse.Namespace) -> int:
    connect().call("DELETE", "/api/devices/membership")
    return tell(arguments, {"left": True}, "This machine works for no hub any more.")


def show(arguments: argparse.Namespace) -> int:
    row = connect().call("GET", f"/api/devices/{quote(arguments.name)}")
    lines = [f"{row['name']} ({'online' if row['online'] else 'away, last seen ' + (row['seen_at'][:19] or 'never')})", f"  {row['said']}", f"  words: {row['words']}"]
    lines.append(f"  lets this machine: {', '.join(row['card'].get('rights', [])) or 'nothing'}")
    lines += [f"  {one['created_at'][:19]}  {one['state']} {one['status']}  {one['said'][:80]}" for one in row["work"][:10]]
    return tell(arguments, row, "\n".join(lines))


def send(arguments: argparse.Namespace) -> int:
    return follow_run(arguments, f"/api/devices/{quote(arguments.name)}/send", {"text": " ".join(arguments.text)})


def get(arguments: argparse.Namespace) -> int:
    return follow_run(arguments, f"/api/devices/{quote(arguments.name)}/bring", {"path": arguments.path, "to": arguments.to})


def put(arguments: argparse.Namespace) -> int:
    return follow_run(arguments, f"/api/devices/{quote(arguments.name)}/give", {"path": arguments.path, "to": arguments.to})


def rename(arguments: argparse.Namespace) -> int:
    row = connect().call("PATCH", f"/api/devices/{quote(arguments.name)}", {"name": arguments.new})
    return tell(arguments, row, f"It is called {row['name']} now.")


def remove(arguments: argparse.Namespace) -> int:
    connect().call("DELETE", f"/api/devices/{quote(arguments.name)}")
    return tell(arguments, {"removed": arguments.name}, f"{arguments.name} is not let in any more.")


def move(arguments: argparse.Namespace) -> int:
    row = connect().call("POST", f"/api/conversations/{quote(arguments.conversation)}/move", {"device": arguments.name, "files": arguments.file}, timeout_s=300)
    return tell(arguments, row, f"{row['title']} goes on on {arguments.name}; here it can only be read.")


def bring_back(arguments: argparse.Namespace) -> int:
    row = connect().call("POST", f"/api/conversations/{quote(arguments.conversation)}/return", timeout_s=300)
    return tell(arguments, row, f"{row['title']} goes on here.")


def hardware(arguments: argparse.Namespace) -> int:
    found = connect().call("GET", "/api/devices/hardware")
    if found["problem"] and not arguments.json:
        print(f"! {found['problem']}", file=sys.stderr)
    rows = ((row["name"], row["kind"], "stale" if row["stale"] else f"{row['value']} {row['unit']}".strip(), row["about"]) for row in found["things"])
    return tell_table(arguments, found, rows, f"Nothing is declared in {found['file']}. docs/devices.md says how.")


def hardware_account(arguments: argparse.Namespace) -> int:
    row = connect().call("POST", f"/api/devices/hardware/{quote(arguments.name)}/account", timeout_s=60)
    lines = [
        f"user      {row['user']}",
        f"password  {row['password']}",
        f"broker    {', '.join(row['addresses'])} (MQTT over TLS)",
        f"trust     {row['certificate']}",
        f"topics    {row['topics']}",
    ]
    return tell(arguments, row, "\n".join(lines))


def add_agent(arguments: argparse.Namespace) -> int:
    row = connect().call("POST", "/api/devices/agents", {"name": arguments.name, "url": arguments.url, "token": arguments.token}, timeout_s=60)
    return tell(arguments, row, f"{row['name']} is there: {row['said']}")


def place(arguments: argparse.Namespace) -> int:
    connect().call("POST", f"/api/runs/{quote(arguments.run)}/steps/{quote(arguments.step)}/place", {"device": arguments.device})
    return tell(arguments, {"placed": arguments.device}, f"{arguments.step} is {arguments.device}'s now.")
