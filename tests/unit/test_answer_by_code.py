"""The answer by code: what was left out is said where something was, and one reason once."""

from __future__ import annotations

from core.turn.answer.by_code import answer_by_code, stop_by_code
from core.turn.answer.deeds import StepFact

MEETING = "# Team meeting\n\nPresent: Ana, Bilal, Chen\n- Ana sends the budget to the board by Friday."


def test_a_file_that_is_shown_whole_is_not_said_to_go_on() -> None:
    read = StepFact("files.read", {"path": "meeting.md"}, "done", f"── meeting.md (text, 4 lines) ──\n{MEETING}\n── end of meeting.md ──")
    assert answer_by_code([read], "en", "what is in meeting.md") == f"**meeting.md**\n\n{MEETING}"


def test_what_was_left_out_is_said() -> None:
    read = StepFact("files.read", {"path": "long.txt"}, "done", "── long.txt ──\n" + "one more line\n" * 200 + "── end of long.txt ──")
    assert answer_by_code([read], "en", "what is in long.txt").endswith("… (more not shown)")


def test_what_was_refused_for_one_reason_is_one_line() -> None:
    refused = [StepFact("files.write", {"path": f"w{number}.txt"}, "failed", risk="reversible", error="It changes 21 files.") for number in range(9)]
    other = StepFact("files.write", {"path": "x.txt"}, "failed", risk="reversible", error="The disk is full.")
    assert answer_by_code([*refused, other], "en").splitlines() == [
        "Not done:", "- `w0.txt`, `w1.txt`, `w2.txt`, `w3.txt`, `w4.txt`, and 4 more: It changes 21 files.", "- `x.txt`: The disk is full.",
    ]  # fmt: skip


def test_a_stop_is_told_in_words_and_not_with_what_was_read() -> None:
    read = StepFact("files.read", {"path": "meeting.md"}, "done", f"── meeting.md ──\n{MEETING}\n── end of meeting.md ──")
    wrote = StepFact("files.write", {"path": "a.txt"}, "done", "Wrote a.txt.", risk="reversible")
    command = StepFact("shell.run", {"argv": ["echo", "hi there"]}, "cancelled", risk="irreversible")
    folder = StepFact("files.make_folder", {"path": "Trip"}, "cancelled", risk="reversible")
    assert stop_by_code([read], [], [command], "en") == "Stopped. Nothing was changed.\n\nNot done:\n- run `echo 'hi there'`"
    assert stop_by_code([wrote], [command], [folder], "en").split("\n\n") == [
        "Stopped.", "Done before that:\n- Wrote a.txt.", "Broken off:\n- run `echo 'hi there'`", "Not done:\n- make folder `Trip`",
    ]  # fmt: skip
    assert stop_by_code([], [], [command], "de") == "Angehalten. Geändert wurde nichts.\n\nNicht getan:\n- `echo 'hi there'`"
