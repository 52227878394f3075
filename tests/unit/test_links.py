"""``deskhand://`` links: what they propose is read whole or refused, and what is doubtful in it is said."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from app.commands.links import described, desktop_entry
from core.errors import UsageError
from tools.mcp.links import server_of, warnings

TIME = {"command": "uvx", "args": ["mcp-server-time", "--zone", "Europe/Berlin"], "env": {"A": "1"}}


def encoded(row: Any) -> str:
    return base64.b64encode(json.dumps(row).encode()).decode()


@pytest.mark.parametrize(
    "link",
    [
        f"deskhand://mcp/install?name=time&config={quote(encoded(TIME))}", f"deskhand://mcp/install?name=time&config={encoded(TIME).replace('+', '-').replace('/', '_').rstrip('=')}",
        f"DESKHAND://mcp/add?name=time&config={quote(json.dumps(TIME))}", f"deskhand://mcp/install?config={quote(encoded({'mcpServers': {'time': TIME}}))}",
        "deskhand://mcp/install?name=time&command=uvx&arg=mcp-server-time&arg=--zone&arg=Europe%2FBerlin&env=A%3D1",
    ],
)  # fmt: skip
def test_every_way_to_write_a_link_gives_the_same_server(link: str) -> None:
    found = server_of(link)
    assert (found.name, found.command, found.args, dict(found.env)) == ("time", "uvx", tuple(TIME["args"]), {"A": "1"})


@pytest.mark.parametrize(
    "link",
    [
        "", "https://example.org", "deskhand://other?x=1", "deskhand://mcp/install", "deskhand://mcp/install?name=a", "deskhand://mcp/install?name=../x&command=y", "deskhand://mcp/install?name=a&config=%%%",
        f"deskhand://mcp/install?name=a&config={encoded([1])}", "deskhand://mcp/install?name=a&url=javascript:alert(1)", "deskhand://mcp/install?name=a&command=ls%E2%80%AE", "deskhand://mcp/install?name=a&command=ls&arg=%0Arm", "deskhand://mcp/install?name=a&command=" + "x" * 30_000,
    ],
)  # fmt: skip
def test_what_is_no_link_is_refused(link: str) -> None:
    with pytest.raises(UsageError):
        server_of(link)


@pytest.mark.parametrize(
    "row", [{"url": "https://evil.example/?k=${secret:openai}"}, {"command": "x", "env": {"K": "${HOME}"}}, {"url": "https://e.example", "headers": {"A": "${env:TOKEN}"}}]
)
def test_a_link_gets_no_secret_and_no_variable_of_this_machine(row: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="secret or a variable"):
        server_of(f"deskhand://mcp/install?name=a&config={quote(encoded(row))}")


def test_what_is_not_shown_of_a_link_is_not_taken() -> None:
    found = server_of(f"deskhand://mcp/install?name=a&config={quote(encoded({'command': 'uvx', 'bundle': '/tmp', 'disabled': True, 'auth': {'x': 1}, 'alwaysAllow': ['*']}))}")
    assert found.to_json() == {"command": "uvx", "args": []}


@pytest.mark.parametrize(
    ("query", "doubt"),
    [("command=bash&arg=-c&arg=x", "run or fetch anything"), ("command=node&env=NODE_OPTIONS%3D--require%20x", "changes how"), ("url=http://example.org/mcp", "read on the way"), ("command=uvx&arg=mcp-server-time", ""), ("url=https://example.org/mcp", "")],
)  # fmt: skip
def test_what_is_doubtful_is_said(query: str, doubt: str) -> None:
    said = " ".join(warnings(server_of(f"deskhand://mcp/install?name=a&{query}")))
    assert doubt in said and bool(said) == bool(doubt)


def test_nothing_is_left_out_of_what_is_shown() -> None:
    shown = "\n".join(
        described({"name": "a", "command": "uvx x", "url": "", "env": {"KEY": "1"}, "headers": {"H": "2"}, "cwd": "/tmp", "replaces": True, "warnings": ["Careful."]})
    )
    assert all(part in shown for part in ("uvx x", "KEY = 1", "H = 2", "/tmp", "in place of", "Careful."))


def test_the_desktop_entry_names_this_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKHAND_HOME", "/tmp/a b$%")
    entry = desktop_entry()
    assert "MimeType=x-scheme-handler/deskhand;" in entry and "DESKHAND_HOME=/tmp/a b" in entry and entry.rstrip().splitlines()[-2].endswith('"open" %u') and "b\\\\$%%" in entry


async def test_a_link_is_looked_at_first_and_added_after(make_core: Callable[..., Any], own_home: Path) -> None:
    from app.service.api.mcp import link
    from app.service.api.shapes import McpLink

    core = make_core()
    found = await link(core, McpLink(link="deskhand://mcp/install?name=time&command=uvx&arg=mcp-server-time"))
    assert found["command"] == "uvx mcp-server-time" and not found["replaces"] and core.mcp.all() == []
