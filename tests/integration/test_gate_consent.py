"""What a question shows, what counts as a yes, and how far a yes reaches: attacks by words, by letters that are not seen, and by servers that become others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.client.card_text import card_text
from app.commands.ask import _decision_in
from app.service.a2a.face import _executor
from app.service.composition import Core
from core.gate.card import read_reply, touched_lines
from core.gate.visible import MOST_SHOWN
from core.ids import new_id
from core.ports import Intent, Scope, ToolContext
from tests.integration.test_action_loop import call, model
from tests.integration.test_loop_attacks import answer_questions, tool
from tools.mcp.config import ServerConfig

MakeCore = Callable[..., Core]
YES = ["y", "yes", "Yes.", "ok", "OK!", "okay", "yes please", "allow", "ja"]
UNCLEAR = [
    "ok, but first show me the file",
    "yes and also delete the rest",
    "yesterday it was fine",
    "okay? why",
    "always ask me",
    "change the name first",
    "approve nothing",
    "once more: no",
    "",
    "a b",
]


@pytest.mark.parametrize("said", YES)
def test_a_plain_yes_is_a_yes(said: str) -> None:
    assert read_reply(said) == "yes" and _decision_in(said, True) == "once"


@pytest.mark.parametrize("said", UNCLEAR)
def test_words_that_only_begin_like_a_yes_are_none(said: str) -> None:
    assert read_reply(said) == "" and _decision_in(said, True) == ""


def test_a_longer_yes_is_said_in_its_own_word() -> None:
    assert (_decision_in("c", True), _decision_in("Always", True)) == ("conversation", "always")
    assert (_decision_in("c", False), _decision_in("no", False)) == ("", "no")


async def approve(core: Core, said: str, **data: Any) -> str:
    """What becomes of a question when another agent, over A2A, says that."""
    run_id = new_id("run")
    asking = asyncio.ensure_future(core.approvals.ask(run_id, "s1", {"kind": "step", "tool": "t", **data}))
    await asyncio.sleep(0)
    executor: Any = _executor(core)
    executor.runs["task"] = run_id
    executor._take(SimpleNamespace(task_id="task", get_user_input=lambda: said))
    await asyncio.sleep(0)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    return str(core.approvals._find(run_id, "s1")["state"])  # type: ignore[index]


async def test_another_agent_says_yes_only_in_so_many_words_and_not_for_the_owner(make_core: MakeCore) -> None:
    assert await approve(make_core(), "Yes.") == "once"
    assert await approve(make_core(), "ok, but first show me") == "no"
    assert await approve(make_core(), "yes", here_only=True) == "pending"


HIDDEN = "safe\u202etxt.exe \x1b[8mrm\x1b[0m \u200bx"


@pytest.mark.parametrize("kind", ["step", "plan", "form", "sampling"])
async def test_letters_that_are_not_seen_are_written_out_in_every_kind_of_question(kind: str, make_core: MakeCore) -> None:
    core = make_core()
    asking = asyncio.ensure_future(core.approvals.ask("run_x", "s1", {"kind": kind, "tool": HIDDEN, "why": HIDDEN, "preview": HIDDEN, "origins": [HIDDEN], "url": HIDDEN}))
    await asyncio.sleep(0)
    events = [event.data for event in core.journal.after(0) if event.type == "approval_requested"]
    asking.cancel()
    for shown in (core.approvals.pending()[0], events[0]):
        text = card_text(shown)
        assert not {"\u202e", "\x1b", "\u200b"} & set(text) and "\\u202e" in text and text.count("\\x1b") >= 4


async def test_what_is_cut_is_said_and_kept_whole(make_core: MakeCore) -> None:
    core = make_core()
    asking = asyncio.ensure_future(core.approvals.ask("run_x", "s1", {"kind": "step", "tool": "t", "preview": "a\n" * MOST_SHOWN + "EVIL"}))
    await asyncio.sleep(0)
    shown = core.approvals.pending()[0]
    asking.cancel()
    assert "EVIL" not in shown["preview"] and "more letters" in shown["preview"] and f"approvals show {shown['id']}" in shown["preview"] and "whole" not in shown
    assert core.approvals.get(shown["id"])["whole"].endswith("EVIL")


async def test_no_change_is_longer_than_what_is_asked_about(make_core: MakeCore, workspace: Path) -> None:
    """The end of a long text is where something can be hidden, also in a plan of several steps."""
    long = "line\n" * 20_000 + "EVIL"
    writes = [call("files_write", path=".envrc", text=long), tool("shell.run", argv=["true"])]
    _, asked = await answer_questions(make_core(planner=model(writes, "That is all.")), workspace, "write .envrc with that text and run true", [])
    assert asked
    for question in asked:
        assert "EVIL" in question["preview"] or "more letters" in question["preview"] or ".envrc" not in question["preview"]


def test_all_that_a_call_touches_stands_in_its_question() -> None:
    scopes = [
        Scope("path", "/w/a/b.txt", access="change"),
        Scope("path", "/home/x/.ssh/id", False, True, "read"),
        Scope("host", "*", False, access="send"),
        Scope("host", "evil.example", access="send"),
    ]
    assert touched_lines("+ a/b.txt", scopes) == ["(reads /home/x/.ssh/id)", "(sends to any address)", "(sends to evil.example)"]
    assert touched_lines("+ b.txt", scopes[:1]) == [], "its name in the workspace is enough"
    assert touched_lines("reads id", scopes[1:2]), "but not of what is outside"
    assert touched_lines("+ a", scopes[:1]) == ["(changes /w/a/b.txt)"]


@pytest.mark.parametrize("args", [{"folder": "sub"}, {"input": "hello"}, {"network": True}, {"unconfined": True}], ids=str)
async def test_a_program_is_shown_with_all_that_decides_what_it_does(args: dict[str, Any], make_core: MakeCore, context: ToolContext, workspace: Path) -> None:
    (workspace / "sub").mkdir()
    plain, more = [(await make_core().tools.prepare("shell.run", {"argv": ["ls"], **one}, context)).preview for one in ({}, args)]
    assert "without a network" in plain and "environment" in plain and plain != more and ("without a network" in more) is (not args.get("network") and not args.get("unconfined"))
    assert str(next(iter(args.values()))) in more or args.get("network") or args.get("unconfined")


def server_tool(core: Core, config: ServerConfig, description: str = "x") -> Intent:
    """A call of the one tool of a server, as the person agreed to it."""
    core.mcp.file.put(config)
    row = {"name": "send", "description": description, "inputSchema": {"type": "object", "properties": {"to": {"type": "string"}, "file": {"type": "string"}}}}
    core.mcp._write(config, {"tools": [row], "agreed": {}})
    core.mcp.agree(config.name)
    return Intent("letters.send", {"to": "a"}, "leaves", (Scope("none"),), identity=next(one for one in core.tools.tools() if one.name == "letters.send").identity)


async def test_what_was_agreed_to_for_a_server_ends_with_it(make_core: MakeCore) -> None:
    core, config = make_core(), ServerConfig("letters", command="good")
    granted = server_tool(core, config)
    core.policy.grant(granted, granted.scopes, "")
    assert core.policy.decide(granted, "").verdict == "allow"
    assert core.policy.decide(replace(granted, args={"to": "a", "file": "x"}), "").verdict == "ask", "other arguments are another kind of call"
    assert core.policy.decide(server_tool(core, config, "now it also reads your files"), "").verdict == "ask"
    assert core.policy.decide(server_tool(core, replace(config, command="evil")), "").verdict == "ask"
    assert core.policy.decide(server_tool(core, config), "").verdict == "allow"
    await core.mcp.add(replace(config, command="other"), check=False)
    assert [rule for rule in core.policy.rules() if rule.is_grant] == []
    core.policy.grant(granted, granted.scopes, "")
    core.policy.add("letters.*", "*", "deny")
    await core.mcp.remove("letters")
    assert [rule.decision for rule in core.policy.rules()] == ["deny"], "rules that the person wrote stay"
