from collections.abc import Iterator
from pathlib import Path

import pytest

from core.clock import FakeClock
from core.gate.policy import PermissionPolicy
from core.home import Home
from core.ports import Intent, Risk, Scope, ToolContext
from core.settings import Settings
from core.storage.database import Database
from tools import confinement
from tools.builtin import shell
from tools.builtin.shell import needs_more_than_the_box
from tools.toolbox import LocalToolBox


@pytest.fixture
def policy(own_home: Home) -> Iterator[PermissionPolicy]:
    database = Database(own_home.database)
    yield PermissionPolicy(database, Settings(own_home.settings), FakeClock())
    database.close()


def intent(risk: Risk, *scopes: Scope, tool: str = "t", always: bool = False) -> Intent:
    return Intent(tool, {}, risk, scopes, always_ask=always)


INSIDE, OUTSIDE, HOST = Scope("path", "/w/a.txt"), Scope("path", "/etc/x", False), Scope("host", "example.org", False)


@pytest.mark.parametrize(
    ("asked", "verdict"),
    [
        (intent("reads", INSIDE), "allow"),
        (intent("reversible", INSIDE), "allow"),
        (intent("reversible", INSIDE, OUTSIDE), "ask"),
        (intent("irreversible"), "ask"),
        (intent("leaves", HOST), "ask"),
        (intent("reads", Scope("path", "/home/x/.ssh/id", False)), "ask"),
    ],
)
def test_the_defaults(policy: PermissionPolicy, asked: Intent, verdict: str) -> None:
    assert policy.decide(asked, "c").verdict == verdict


def test_a_grant_for_a_conversation_holds_there_and_nowhere_else(policy: PermissionPolicy) -> None:
    policy.grant(intent("leaves", HOST), (HOST,), "c1")
    assert policy.decide(intent("leaves", HOST), "c1").verdict == "allow"
    assert policy.decide(intent("leaves", HOST), "c2").verdict == "ask"
    assert policy.decide(intent("leaves", Scope("host", "other.org", False)), "c1").verdict == "ask"


def test_a_grant_can_be_taken_back(policy: PermissionPolicy) -> None:
    (rule,) = policy.grant(intent("irreversible"), (), "")
    assert policy.decide(intent("irreversible"), "c").verdict == "allow"
    policy.revoke(rule.id)
    assert policy.decide(intent("irreversible"), "c").verdict == "ask"


def test_a_folder_covers_what_is_inside_it_and_not_its_namesakes(policy: PermissionPolicy) -> None:
    policy.add("t", "path:/data", "allow")
    assert policy.decide(intent("reversible", Scope("path", "/data/a", False)), "").verdict == "allow"
    assert policy.decide(intent("reversible", Scope("path", "/database/a", False)), "").verdict == "ask"


def test_deny_beats_allow(policy: PermissionPolicy) -> None:
    policy.add("t", "*", "allow")
    policy.add("t", "path:/w", "deny")
    assert policy.decide(intent("reads", INSIDE), "").verdict == "deny"


def test_what_always_asks_asks_whatever_was_granted(policy: PermissionPolicy) -> None:
    asked = intent("irreversible", always=True)
    assert policy.grant(asked, (), "") == []
    policy.add("t", "*", "allow")
    assert policy.decide(asked, "").verdict == "ask"


def test_local_only_denies_what_leaves(policy: PermissionPolicy) -> None:
    policy.add("t", "*", "allow")
    assert policy.decide(intent("leaves", HOST), "", local_only=True).verdict == "deny"


def test_tainted_text_makes_a_granted_tool_ask(policy: PermissionPolicy) -> None:
    policy.add("t", "*", "allow")
    assert policy.decide(intent("leaves", HOST), "", tainted=True).verdict == "ask"
    assert policy.decide(intent("reversible", INSIDE), "", tainted=True).verdict == "allow"


def test_what_the_box_does_not_give_is_asked_about_every_time() -> None:
    assert needs_more_than_the_box({"argv": ["ls"], "unconfined": True})


@pytest.mark.skipif(not confinement.program(), reason=confinement.why_unconfined())
async def test_a_program_with_a_network_is_agreed_to_for_longer_only_as_it_is(policy: PermissionPolicy, toolbox: LocalToolBox, context: ToolContext) -> None:
    """In the box it sees no keys, so that its words, its folder, its input and the content of every file that it names are what was agreed to; text from outside asks whatever was granted."""
    args = {"argv": ["pip", "install", "-r", "needs.txt"], "network": True}
    (context.workspace / "needs.txt").write_text("good")
    granted = await toolbox.prepare("shell.run", args, context)
    policy.grant(granted, granted.scopes, "")
    assert (
        policy.decide(granted, "").verdict == "allow"
        and policy.decide(granted, "", tainted=True).verdict == "ask"
        and policy.decide(granted, "", local_only=True).verdict == "deny"
    )
    for other in ({**args, "argv": [*args["argv"], "evil"]}, {**args, "unconfined": True}, {**args, "input": "x"}):  # type: ignore[misc]
        assert policy.decide(await toolbox.prepare("shell.run", other, context), "").verdict == "ask"
    (context.workspace / "needs.txt").write_text("evil")
    assert policy.decide(await toolbox.prepare("shell.run", args, context), "").verdict == "ask"


def test_without_a_box_every_program_is_asked_about_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not needs_more_than_the_box({"argv": ["python3", "-c", "x"]}) or not confinement.program()
    monkeypatch.setattr("tools.builtin.shell.program", lambda: "")
    assert needs_more_than_the_box({"argv": ["ls"]}) and "no box" in shell.run.preview({"argv": ["ls"]})  # type: ignore[misc]


def test_patterns_are_the_same_for_paths_hosts_programs_and_secrets(policy: PermissionPolicy) -> None:
    for number, (pattern, value, kind) in enumerate(
        [("read:/w/*.key", "/w/a.key", "path"), ("host:*.evil.org", "x.evil.org", "host"), ("run:git push*", "git push -f", "argv"), ("secret:open*", "openai", "secret")]
    ):
        access = pattern.partition(":")[0]
        scope = Scope(kind, value, False, access="send" if kind == "host" else access)  # type: ignore[arg-type]
        rule = policy.add(f"t{number}", pattern, "deny")
        assert policy.decide(intent("irreversible", scope, tool=f"t{number}"), "").verdict == "deny", pattern
        policy.revoke(rule.id)
        policy.add(f"t{number}", "*", "allow")
        policy.add(f"t{number}", pattern, "ask")
        assert policy.decide(intent("irreversible", scope, tool=f"t{number}"), "").is_ruled, pattern


def test_a_yes_is_no_pattern(policy: PermissionPolicy) -> None:
    for kind, said, other in (("argv", "ls *", "ls /etc"), ("path", "/w/[ab]", "/w/a")):
        granted, wider = (Scope(kind, value, False, access="run") for value in (said, other))  # type: ignore[arg-type]
        policy.grant(intent("irreversible", granted), (granted,), "")
        assert policy.decide(intent("irreversible", granted), "").verdict == "allow"
        assert policy.decide(intent("irreversible", wider), "").verdict == "ask"


async def test_reading_a_private_place_asks(toolbox: LocalToolBox, context: ToolContext, policy: PermissionPolicy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh/id").write_text("secret")
    asked = await toolbox.prepare("files.read", {"path": str(tmp_path / ".ssh/id")}, context)
    assert policy.decide(asked, "").verdict == "ask"
