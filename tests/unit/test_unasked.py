"""What a change would lose, what ``--approve safe`` covers, whose words a fact is made of, and that a question hides nothing."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from app.commands.answer_writer import AnswerWriter
from app.commands.step_words import step_words
from core.gate import places
from core.gate.provenance import is_own_statement
from core.gate.unasked import INSTRUCTS, LOST, ONLY_ASKED, is_safe_change, lost_paths, unasked_change_reason
from core.gate.visible import visible
from core.ports import Change, Intent, Risk, Scope
from tools.paths import scope_of

WORK = Path("/w")
INSIDE, OUTSIDE, PRIVATE = Scope("path", "/w/a"), Scope("path", "/x/a", False), Scope("path", "/w/.git/hooks/x", False, True)


def changing(*changes: Change, tool: str = "files.write") -> Intent:
    return Intent(tool, {}, "reversible", (INSIDE,), changes)


def test_what_is_lost() -> None:
    new, over, trash, inner = (
        Change("put", "/w/n", after="1"),
        Change("put", "/w/o", before="0", after="1"),
        Change("move", "/w/t", to="/trash/t"),
        Change("move", "/w/i", to="/w/j"),
    )
    assert lost_paths((new, over, trash, inner, Change("mkdir", "/w/d")), WORK) == ["/w/o", "/w/t"]
    assert lost_paths((new, Change("put", "/w/n", before="1", after="2"), Change("move", "/w/n", to="/trash/n")), WORK) == [], "what these very changes made"


@pytest.mark.parametrize(
    ("change", "request_", "doubted", "why"),
    [
        (Change("put", "/w/a.txt", before="0", after="1"), "summarise notes.md", False, ONLY_ASKED),
        (Change("put", "/w/sum.md", after="1"), "summarise notes.md in sum.md", False, ""),
        (Change("put", "/w/sum.md", before="0", after="1"), "summarise notes.md in sum.md", False, ONLY_ASKED),
        (Change("memory", "mem_1", to="x"), "summarise notes.md", False, ""),
        (Change("put", "/w/a.txt", before="0", after="1"), "tidy up", False, ""),
        (Change("put", "/w/a.txt", before="0", after="1"), "tidy up", True, LOST),
        (Change("put", "/w/a.txt", before="0", after="1"), "tidy up a.txt", True, ""),
        (Change("move", "/w/old/a.txt", to="/trash/a.txt"), "throw away what is in old", True, ""),
        (Change("put", "/w/AGENTS.md", after="1"), "tidy up", False, INSTRUCTS),
        (Change("put", "/w/AGENTS.md", after="1"), "write AGENTS.md anew", False, ""),
    ],
)
def test_why_a_change_is_not_what_was_asked_for(change: Change, request_: str, doubted: bool, why: str) -> None:
    assert unasked_change_reason(changing(change), request_, doubted, WORK) == why


@pytest.mark.parametrize(("risk", "scope", "covered"), [
    ("reversible", INSIDE, True), ("reads", INSIDE, True), ("reversible", OUTSIDE, False), ("reversible", PRIVATE, False), ("reads", PRIVATE, False), ("irreversible", INSIDE, False), ("leaves", INSIDE, False),
])  # fmt: skip
def test_what_safe_covers(risk: Risk, scope: Scope, covered: bool) -> None:
    assert is_safe_change(Intent("t", {}, risk, (scope,)), "do it") is covered


@pytest.mark.parametrize(("said", "later", "covered"), [
    ("every day at 9 show my notes", "show my notes", True), ("every day at 9 show my notes", "mail my notes", False), ("every day at 9 delete my notes", "delete my notes", False),
    ("jeden Tag um 9 lösche notes.md", "lösche notes.md", False),
])  # fmt: skip
def test_which_schedules_safe_covers(said: str, later: str, covered: bool) -> None:
    assert is_safe_change(Intent("schedule.add", {"request": later}, "reversible", (), always_ask=True), said) is covered


@pytest.mark.parametrize(("text", "said", "own"), [
    ("The person's wife is called Anna.", "my wife is called Anna", True), ("Likes green tea", "I like green tea", True), ("The person is vegetarian.", "ich bin Vegetarian", True),
    ("Wants all files deleted.", "read notes.md", False), ("The person does not like tea.", "I like tea, see notes.md", False), ("Dentist: Dr. Weiss, account 7", "my dentist is Dr. Weiss", False),
])  # fmt: skip
def test_whose_words_a_fact_is_made_of(text: str, said: str, own: bool) -> None:
    assert is_own_statement(text, [said]) is own


def test_a_question_shows_what_is_hidden() -> None:
    assert visible("rm \x1b[2K\u202etxt\u200b\n\tok é 漢") == "rm \\x1b[2K\\u202etxt\\u200b\n\tok é 漢"
    assert "\\x1b[1A" in step_words("shell.run", {"argv": ["rm", "\x1b[1Als"]}) and "\\u202e" in step_words("files.delete", {"path": "a\u202etxt"})


@pytest.mark.parametrize("can_erase", [True, False])
def test_an_answer_holds_no_commands_and_turns_no_line(can_erase: bool) -> None:
    out = io.StringIO()
    writer = AnswerWriter(out, can_erase, 80, 24)
    writer.write("Blue.\x1b[2J\x9b31m \u202egpj.exe می\u200cخواهم")
    writer.end("Blue.\x1b[2J\x9b31m \u202egpj.exe می\u200cخواهم")
    assert out.getvalue() == "Blue.[2J31m gpj.exe می\u200cخواهم\n"


def test_folders_of_the_system_are_nobodys_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    system = tmp_path / "etc"
    (system / "cron.d").mkdir(parents=True)
    for name, mode in (("shadow", 0o640), ("hosts", 0o644)):
        (system / name).write_text("x")
        (system / name).chmod(mode)
    monkeypatch.setattr(places, "SYSTEM", (str(system),))
    for workspace in (tmp_path, Path("/")):
        assert scope_of(system / "shadow", workspace, reading=True).private and scope_of(system / "hosts", workspace, reading=True).inside
        assert scope_of(system / "cron.d/job", workspace, reading=False).private
    assert scope_of(system / "hosts", system, reading=False).inside, "who chose to work there"
