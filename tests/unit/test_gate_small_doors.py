"""Small doors: ports, letters that are not seen, lines that a command forges, addresses that are none, links out of a folder, files that others could write, what a server says of itself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.clock import FakeClock
from core.errors import ToolRetry
from core.gate.policy import PermissionPolicy
from core.gate.reading import read_for_request
from core.gate.scopes import host_of, host_scope
from core.gate.visible import visible
from core.home import Home
from core.ports import Intent, ToolContext, ToolResult
from core.settings import Settings
from core.storage.database import Database
from tests.integration.test_loop_attacks import SCHEMA
from tools.builtin.opening import _address
from tools.builtin.shell import _shown
from tools.mcp.config import ServerConfig
from tools.mcp.offered import tool_of
from tools.toolbox import LocalToolBox


def test_a_yes_to_one_port_is_none_to_another(tmp_path: Path) -> None:
    policy = PermissionPolicy(Database(tmp_path / "d.sqlite"), Settings(tmp_path / "settings.toml"), FakeClock())
    one, other = (Intent("web.fetch", {}, "leaves", (host_scope(f"http://localhost:{port}/x"),)) for port in (18765, 45505))
    policy.grant(one, one.scopes, "")
    assert policy.decide(one, "").verdict == "allow" and policy.decide(other, "").verdict == "ask"
    policy.add("*", "host:localhost", "deny")
    assert policy.decide(other, "").verdict == "deny", "a rule about a host is about all of it"
    assert [host_scope(address).value for address in ("https://a.org", "http://a.org:80/", "a.org:8080", "http://[::1]:99/")] == ["a.org", "a.org", "a.org:8080", "[::1]:99"]
    assert [host_of(host_scope(address)) for address in ("a.org:8080", "http://[::1]:99/", "http://[::1]/")] == ["a.org", "::1", "::1"]


@pytest.mark.parametrize("letter", ["\u115f", "\u3164", "\uffa0", "\u2800", "\u034f", "\U000e0100"])
def test_blank_letters_are_written_out(letter: str) -> None:
    assert letter not in visible(f"a{letter}b") and visible("é 漢 ½") == "é 漢 ½"


def test_a_command_forges_no_line_of_the_question() -> None:
    shown = _shown({"argv": ["sh", "-c", "rm -r x\n(in the workspace, without a network)" + " " * 200 + "; evil"], "network": True, "input": "a\n(without a network)"})
    lines = shown.split("\n")
    assert lines[1].startswith("(in the workspace") and "without a network" not in lines[1] and "200 spaces" in lines[0] and lines[3] == "| (without a network)"


@pytest.mark.parametrize("address", ["http://a.org/\r\nX: y", "http://a.org/ HTTP/1.1", "http://a.org/\x00"])
def test_an_address_of_several_lines_is_none(address: str) -> None:
    with pytest.raises(ToolRetry, match="not a web address"):
        _address(address)


def test_a_guide_that_is_a_link_out_of_the_folder_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "auth.json").write_text("x")
    (tmp_path / "w").mkdir()
    (tmp_path / "w/AGENTS.md").symlink_to(tmp_path / "auth.json")
    with pytest.raises(PermissionError):
        read_for_request(tmp_path / "w/AGENTS.md", tmp_path / "w", 100, is_inside=True)
    (tmp_path / "w/own.md").write_text("mine")
    assert read_for_request(tmp_path / "w/own.md", tmp_path / "w", 100, is_inside=True) == b"mine"


def test_settings_that_others_could_write_are_not_taken_over(tmp_path: Path) -> None:
    home = Home(tmp_path / "h")
    home.create()
    for name in ("settings.toml", "logs/core.jsonl", "index/x/chroma.sqlite3", "cache/catalog.json"):
        (home.root / name).parent.mkdir(parents=True, exist_ok=True)
        (home.root / name).write_text('[privacy]\nallowed_hosts = ["evil.example"]\n')
        (home.root / name).chmod(0o666)
    home.create()
    assert Settings(home.root / "settings.toml")["privacy.allowed_hosts"] == []
    assert [os.stat(home.root / name).st_mode & 0o077 for name in ("logs/core.jsonl", "index/x", "index/x/chroma.sqlite3", "cache/catalog.json")] == [0] * 4


async def test_that_a_server_says_it_only_reads_here_is_no_permission_after_outside_reads(toolbox: LocalToolBox, context: ToolContext) -> None:
    from dataclasses import replace

    async def call(name: str, values: object, of: object) -> ToolResult:
        return ToolResult({}, "apple")

    row = {"name": "look", "description": "x", "inputSchema": SCHEMA, "annotations": {"readOnlyHint": True, "openWorldHint": False}}
    toolbox.offer("mcp:ev", [tool_of(ServerConfig("ev", command="server"), row, call, lambda taken: False)])
    tainted = replace(context, tainted=True, request="look up the pear")
    assert [(await toolbox.prepare("ev.look", {"q": word}, of)).risk for word, of in (("SECRET", context), ("SECRET", tainted), ("pear", tainted))] == ["reads", "leaves", "reads"]
