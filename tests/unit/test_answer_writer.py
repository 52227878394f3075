"""What stands on standard output: every word once, what is withdrawn erased or never shown."""

from __future__ import annotations

import io
import time

import pytest

from app.client.answer_text import HOLD_SECONDS, question_lines, remaining
from app.commands.answer_writer import AnswerWriter, rows_of
from app.commands.chat import _answer_command, _choose
from app.commands.run_printer import RunPrinter
from app.commands.step_words import step_words


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def piped() -> tuple[AnswerWriter, io.StringIO]:
    out = io.StringIO()
    return AnswerWriter(out, can_erase=False), out


def screen_of(text: str, columns: int = 20) -> list[str]:
    """What a terminal shows after these letters: enough of one for line breaks, wrapped rows, and erasing upwards."""
    rows, row, column, at = [""], 0, 0, 0
    while at < len(text):
        if text[at] == "\x1b":
            end = next(index for index in range(at, len(text)) if text[index].isalpha())
            number, kind = text[at + 2 : end], text[end]
            if kind == "A":
                row -= int(number)
            elif kind == "J":
                rows[row] = rows[row][:column]
                del rows[row + 1 :]
            at = end + 1
            continue
        if text[at] == "\n":
            row, column = row + 1, 0
        elif text[at] == "\r":
            column = 0
        else:
            if column == columns:
                row, column = row + 1, 0
            while row >= len(rows):
                rows.append("")
            rows[row] = rows[row][:column].ljust(column) + text[at] + rows[row][column + 1 :]
            column += 1
        while row >= len(rows):
            rows.append("")
        at += 1
    return rows


def test_a_piped_answer_stands_there_once_and_ends_with_one_line_end() -> None:
    writer, out = piped()
    for piece in ("Two ", "files", "."):
        writer.write(piece)
        time.sleep(HOLD_SECONDS / 2)
    writer.end("Two files.")
    assert out.getvalue() == "Two files.\n"


def test_a_burst_that_is_withdrawn_at_once_never_shows_in_a_pipe() -> None:
    writer, out = piped()
    writer.write("Let me think about")
    writer.write(" that")
    writer.withdraw()
    writer.write("Two files.")
    writer.end("Two files.")
    assert out.getvalue() == "Two files.\n"


def test_what_was_held_long_enough_shows_and_the_answer_begins_anew_below() -> None:
    writer, out = piped()
    writer.write("Thinking aloud")
    assert writer.wait is not None and writer.wait <= HOLD_SECONDS
    time.sleep(HOLD_SECONDS)
    writer.flush(due_only=True)
    assert out.getvalue() == "Thinking aloud"
    writer.withdraw()
    writer.write("Two files.")
    writer.end("Two files.")
    assert out.getvalue() == "Thinking aloud\nTwo files.\n"


def say(writer: AnswerWriter, text: str) -> None:
    writer.write(text)
    writer.flush()


def test_what_is_asked_again_goes_on_from_what_stands_in_a_pipe() -> None:
    writer, out = piped()
    for _ in range(3):
        say(writer, "The sea was ")
        say(writer, "calm that")
        writer.withdraw("dropped")
    say(writer, "The sea was calm")
    writer.withdraw("whole")
    say(writer, "The sea was calm that evening.")
    writer.end("The sea was calm that evening.\n\n(It ends here.)")
    assert out.getvalue() == "The sea was calm that evening.\n\n(It ends here.)\n"


def test_another_text_is_told_from_what_stands_in_a_pipe() -> None:
    writer, out = piped()
    say(writer, "The sea was calm")
    writer.withdraw("dropped")
    say(writer, "The sea ")
    say(writer, "is blue.")
    writer.end("The sea is blue.")
    assert out.getvalue() == "The sea was calm\n— begun anew —\nThe sea is blue.\n"


@pytest.mark.parametrize(("answer", "rest"), [("Two files.", " files.\n"), ("Two", "\n"), ("I found nothing.", "\n— begun anew —\nI found nothing.\n")])
def test_an_answer_at_the_end_alone_goes_on_too(answer: str, rest: str) -> None:
    writer, out = piped()
    say(writer, "Two")
    writer.withdraw("unsupported")
    writer.end(answer)
    assert out.getvalue() == "Two" + rest


def test_a_run_that_ends_without_an_answer_ends_the_line_of_what_was_withdrawn() -> None:
    writer, out = piped()
    say(writer, "Two")
    writer.withdraw("dropped")
    writer.end_line()
    assert out.getvalue() == "Two\n"


def test_what_has_other_lines_below_it_is_not_gone_on_from() -> None:
    writer, out = piped()
    say(writer, "Two")
    writer.withdraw("commentary")
    writer.break_line()
    say(writer, "Two files.")
    writer.end("Two files.")
    assert out.getvalue() == "Two\nTwo files.\n"


def test_an_answer_that_did_not_stream_is_written_at_the_end() -> None:
    writer, out = piped()
    writer.end("Two files.")
    assert out.getvalue() == "Two files.\n"


@pytest.mark.parametrize(
    ("said", "answer", "left"),
    [
        ("", "Two files.", (False, "Two files.")),
        ("Two fi", "Two files.", (False, "les.")),
        ("Two\nfiles.\n", "Two files.", (False, "")),
        ("I look there.\n\nTwo files.", "Two files.", (False, "")),
        ("Three files.", "Two files.", (True, "Two files.")),
        ("I look.\n", "I look. There are\n- a\n- b", (False, " There are\n- a\n- b")),
    ],
)
def test_only_what_is_missing_is_added(said: str, answer: str, left: tuple[bool, str]) -> None:
    assert remaining(said, answer) == left


@pytest.mark.parametrize("wrong", ["Short.", "one\ntwo\nthree", "a line that is longer than the twenty letters that fit", "漢字漢字漢字漢字漢字漢字"])
def test_a_terminal_shows_no_letter_of_what_was_withdrawn(wrong: str) -> None:
    out = Terminal()
    out.write("before\n")
    writer = AnswerWriter(out, can_erase=True, columns=20, rows=24)
    for letter in wrong:
        writer.write(letter)
    writer.withdraw()
    writer.write("Two files.")
    writer.end("Two files.")
    if wrong.isascii():
        assert [row.rstrip() for row in screen_of(out.getvalue())] == ["before", "Two files.", ""]
    assert rows_of("漢字漢字漢字漢字漢字漢字", 20) == 2


def test_what_has_left_the_screen_is_marked() -> None:
    out = Terminal()
    writer = AnswerWriter(out, can_erase=True, columns=20, rows=4)
    writer.write("\n".join("abcdefgh"))
    writer.withdraw()
    assert "begun anew" in out.getvalue() and "\x1b[" not in out.getvalue()


def test_a_terminal_is_given_no_commands_of_a_model() -> None:
    out = Terminal()
    writer = AnswerWriter(out, can_erase=True, columns=80, rows=24)
    writer.write("a\x1b]0;title\x07b\u202ec")
    writer.end("a\x1b]0;title\x07b\u202ec")
    assert out.getvalue() == "a]0;titlebc\n"


def event(seq: int, type_: str, **data: object) -> dict[str, object]:
    return {"seq": seq, "type": type_, "run_id": "r", "at": "", "data": data}


def test_a_run_is_printed_with_its_answer_alone_on_standard_output() -> None:
    out, err = io.StringIO(), io.StringIO()
    printer = RunPrinter(out, err)
    step = {"id": "c1", "tool": "files.read", "args": {"path": "letters/a.txt"}}
    for one in (
        event(1, "way_chosen", way="act", why="files are meant", models={}),
        event(0, "model_progressed", phase="reading", model="m", read=4, total=10, reused=0),
        event(2, "step_added", step=step, owner="", call="x", suspect=False),
        event(3, "step_started", step="c1", attempt=1, intent={"tool": "files.read", "args": step["args"]}),
        event(4, "step_finished", step="c1", status="done"),
        event(5, "text_delta", text="It says ", purpose="answer"),
        event(5, "text_delta", text="It says ", purpose="answer"),  # the core was started anew: what was seen comes once more
        event(6, "text_delta", text="a plan", purpose="plan"),
        event(7, "text_delta", text="hello.", purpose="answer"),
    ):
        printer.show(one)
    printer.end({"status": "done", "answer": "It says hello.", "plan": None, "run_id": "r", "undoable": False})
    assert out.getvalue() == "It says hello.\n"
    assert err.getvalue().splitlines() == ["… Reads letters/a.txt", "✓ c1 done"]


def test_one_reason_again_and_again_is_told_once() -> None:
    err = io.StringIO()
    printer = RunPrinter(io.StringIO(), err)
    for number, why in enumerate(("Too many.", "Too many.", "Full.", "Full."), 1):
        printer.show(event(number, "step_finished", step=f"c{number}", status="failed", error={"message": why}))
    assert err.getvalue().splitlines() == ["✗ c1 failed: Too many.", "✗ c2 failed", "✗ c3 failed: Full.", "✗ c4 failed"]


def test_a_phase_is_one_line_that_is_overwritten_and_goes_before_the_first_word() -> None:
    out, err = io.StringIO(), Terminal()
    printer = RunPrinter(out, err)
    printer.show(event(0, "model_progressed", phase="loading", model="m", read=0, total=0, reused=0))
    printer.show(event(0, "model_progressed", phase="reading", model="m", read=45, total=100, reused=0))
    assert 0 < printer.tick() <= 0.5
    printer.show(event(1, "text_delta", text="Hello.", purpose="answer"))
    printer.end({"status": "done", "answer": "Hello.", "run_id": "r"})
    assert err.getvalue().count("\n") == 0 and "Loading m · 0 s" in err.getvalue() and "Reading the request: 45 % · 0 s" in err.getvalue()
    assert screen_of(err.getvalue(), 80)[0].strip() in ("", "Reading the request: 45 % · 0 s") and err.getvalue().endswith("\r\x1b[K")


def test_a_question_is_written_with_numbered_choices() -> None:
    out, err = io.StringIO(), io.StringIO()
    result = {"status": "asked", "answer": "", "question": {"text": "Which one?", "choices": ["a.txt", "b.txt"]}, "run_id": "r"}
    RunPrinter(out, err).end(result)
    assert out.getvalue() == "Which one?\n  1. a.txt\n  2. b.txt\n"
    assert question_lines(result | {"answer": "Which one?"}) == ["  1. a.txt", "  2. b.txt"]
    assert question_lines(result | {"answer": "Which one?\n1. a.txt\n2. b.txt"}) == [], "the loop's own answer has them already"
    assert question_lines(result | {"status": "done"}) == []


def test_results_of_before_the_ways_are_printed() -> None:
    out, err = io.StringIO(), io.StringIO()
    RunPrinter(out, err).end({"status": "planned", "answer": "Two steps.", "route": "plan", "plan": {"steps": [{"id": "s1", "tool": "a.b", "args": {}}]}, "run_id": "r"})
    assert out.getvalue() == "Two steps.\n  s1 a.b {}\n"


@pytest.mark.parametrize(
    ("tool", "args", "words"),
    [
        ("files.read", {"path": "letters/a.txt"}, "Reads letters/a.txt"),
        ("files.move", {"source": "a.txt", "target": "b.txt"}, "Moves a.txt → b.txt"),
        ("files.read", {"paths": ["a", "b", "c", "d", "e"]}, "Reads a, b, c and 2 more"),
        ("other.tool", {"number": 3}, "other.tool 3"),
        ("files.list", {}, "Lists"),
        ("shell.run", {"command": "rm\x1b[2J -rf"}, "Runs rm\\x1b[2J -rf"),
    ],
)
def test_a_call_is_named_in_words(tool: str, args: dict[str, object], words: str) -> None:
    assert step_words(tool, args) == words
    assert len(step_words(tool, {"path": "x" * 500})) <= 100


@pytest.mark.parametrize(("typed", "sent"), [("2", "b.txt"), ("3", "3"), ("0", "0"), ("b.txt", "b.txt"), ("2 of them", "2 of them"), ("²", "²")])
def test_a_number_chooses_in_the_chat_where_there_are_choices(typed: str, sent: str) -> None:
    assert _choose(typed, ["a.txt", "b.txt"]) == sent
    assert _choose(typed, []) == typed


@pytest.mark.parametrize(
    ("typed", "is_command"),
    [("/help", True), ("/nonsense", True), ("/nonsense with words", True), ("/", False), ("/tmp/x.txt what is in it?", False), ("/usr holds what?", False), ("and/or", False)],
)
def test_a_word_with_a_slash_is_a_command_of_the_chat_and_never_searched_for(typed: str, is_command: bool, capsys: pytest.CaptureFixture[str]) -> None:
    assert _answer_command(typed) == is_command
    assert bool(capsys.readouterr().err) == is_command
