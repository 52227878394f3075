"""``mcp``."""

from __future__ import annotations

import argparse
import getpass
import time
import webbrowser
from pathlib import Path
from typing import Any

from app.client import connect
from app.commands.output import is_terminal, tell, tell_table
from core.errors import DeskhandError, UsageError

START_SECONDS = 120.0
SIGN_IN_SECONDS = 310.0


def list_servers(arguments: argparse.Namespace) -> int:
    found = connect().call("GET", "/api/mcp")
    rows = found["servers"]
    done = tell_table(
        arguments, rows, ((row["name"], row["state"], _tools(row), row["command"]) for row in rows), "There are no MCP servers. `deskhand mcp add NAME -- COMMAND` adds one."
    )
    if not arguments.json:
        for problem in found["problems"]:
            print(f"! {problem}")
        if found["elsewhere"] and not rows:
            print("Other programs here have some: deskhand mcp import " + found["elsewhere"][0])
    return done


def _tools(row: dict[str, Any]) -> str:
    return f"{len(row['tools'])} tools" + (f", {len(row['changed'])} to look at" if row["changed"] else "")


def add(arguments: argparse.Namespace) -> int:
    if arguments.name.endswith((".mcpb", ".dxt")) and not arguments.program and not arguments.url:
        return _bundle(arguments)
    command = arguments.program
    if bool(command) == bool(arguments.url):
        raise UsageError(
            "A server is a command or an address.", hint="For example: deskhand mcp add time -- uvx mcp-server-time, or: deskhand mcp add docs --url https://example.org/mcp"
        )
    body = {
        "name": arguments.name, "command": command[0] if command else "", "args": command[1:], "env": _pairs(arguments.env, "env"), "url": arguments.url or "",
        "headers": _pairs(arguments.header, "header"), "transport": "sse" if arguments.sse else "", "check": not arguments.no_check,
    }  # fmt: skip
    row = connect().call("POST", "/api/mcp", body, timeout_s=START_SECONDS)
    return tell(arguments, row, f"Added {row['name']}: {row['command']}\n{_listing(row)}")


def _bundle(arguments: argparse.Namespace) -> int:
    """Show what a bundle is and would start, ask what it wants to know, add it."""
    client, path = connect(), str(Path(arguments.name).expanduser().absolute())
    found = client.call("POST", "/api/mcp/bundle", {"path": path})
    values: dict[str, Any] = _pairs(arguments.env, "env")
    if not arguments.json:
        print(f"{found['title']} {found['version']} by {found['author'] or 'nobody named'}\n{found['description']}\nIt would start: {found['command']}")
    for key, row in found["wants"]["properties"].items():
        if key not in values and is_terminal():
            ask = getpass.getpass if row.get("format") == "password" else input
            said = ask(f"{row['title']}{' *' if key in found['wants']['required'] else ''}{' [' + str(row['default']) + ']' if 'default' in row else ''}: ").strip()
            values |= {key: [part.strip() for part in said.split(",")] if row["type"] == "array" else said} if said else {}
    row = client.call("POST", "/api/mcp/bundle", {"path": path, "values": values, "install": True}, timeout_s=START_SECONDS)
    return tell(arguments, row, f"Added {row['name']}: {row['command']}\n{_listing(row)}")


def _pairs(given: list[str], what: str) -> dict[str, str]:
    wrong = next((pair for pair in given if "=" not in pair), None)
    if wrong is not None:
        raise UsageError(f"--{what} {wrong!r} is not NAME=VALUE.")
    return dict(pair.split("=", 1) for pair in given)


def _listing(row: dict[str, Any]) -> str:
    lines = [f"{tool['name']}  {tool['risk']}  {tool['description'][:120]}" for tool in row["tools"]]
    lines += [f"! {change['tool']} {'is new' if change['new'] else 'says something else than before'}; `deskhand mcp agree {row['name']}` accepts it" for change in row["changed"]]
    return "\n".join(lines) or "It offers no tools."


def import_file(arguments: argparse.Namespace) -> int:
    try:
        text = Path(arguments.file).expanduser().read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise UsageError(f"{arguments.file} cannot be read: {getattr(error, 'strerror', None) or error}.") from error
    found = connect().call("POST", "/api/mcp/import", {"text": text, "check": arguments.check}, timeout_s=START_SECONDS * 4)
    lines = [f"Added {row['name']}: {row['command']}" for row in found["added"]] + [f"! {problem}" for problem in found["problems"]]
    tell(arguments, found, "\n".join(lines) or "There was nothing to take over.")
    return 1 if found["problems"] and not found["added"] else 0


def tools(arguments: argparse.Namespace) -> int:
    row = connect().call("GET", f"/api/mcp/{arguments.name}")
    if not row["tools"] and not row["changed"]:
        row = connect().call("POST", f"/api/mcp/{arguments.name}/test", {}, timeout_s=START_SECONDS)
    return tell(arguments, row, _listing(row))


def test(arguments: argparse.Namespace) -> int:
    began = time.monotonic()
    row = connect().call("POST", f"/api/mcp/{arguments.name}/test", {}, timeout_s=START_SECONDS)
    return tell(arguments, row, f"{row['name']} answers ({row['server']}, protocol {row['version']}, {time.monotonic() - began:.1f} s).\n{_listing(row)}")


def agree(arguments: argparse.Namespace) -> int:
    row = connect().call("POST", f"/api/mcp/{arguments.name}/agree", {})
    return tell(arguments, row, _listing(row))


def login(arguments: argparse.Namespace) -> int:
    client = connect()
    found = client.call("POST", f"/api/mcp/{arguments.name}/login", {}, timeout_s=70)
    if found["address"]:
        print(f"Open this address and sign in:\n{found['address']}", flush=True)
        if is_terminal():
            webbrowser.open(found["address"])
    deadline = time.monotonic() + SIGN_IN_SECONDS
    row = found["server"]
    while found["address"] and time.monotonic() < deadline:
        row = client.call("GET", f"/api/mcp/{arguments.name}")
        if row["state"] in ("ready", "failed"):
            break
        time.sleep(0.5)
    if row["state"] == "failed":
        raise DeskhandError(f"Signing in failed: {row['problem']}.", code="sign_in")
    return tell(arguments, row, f"Signed in.\n{_listing(row)}")


def remove(arguments: argparse.Namespace) -> int:
    connect().call("DELETE", f"/api/mcp/{arguments.name}")
    return tell(arguments, {"removed": arguments.name}, f"Removed {arguments.name}.")
