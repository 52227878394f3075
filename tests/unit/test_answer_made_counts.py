"""What a model wrote, listed or moved itself it may count; a count that is wrong is still found."""

from __future__ import annotations

import pytest

from core.turn.act.ending import Ending
from core.turn.act.offer import Offer
from core.turn.act.wire_names import WireNames
from core.turn.answer.check import Fault
from core.turn.answer.deeds import StepFact
from core.turn.answer.evidence import Evidence
from core.turn.answer.stream import AnswerStream


def step(tool: str, args: dict, text: str = "", *changes: dict) -> StepFact:
    return StepFact(tool, args, "done", text, risk="reversible" if changes else "reads", changes=changes)


def write(path: str, text: str, told: str = "") -> StepFact:
    return step("files.write", {"path": path, "text": text}, told or f"Made {path}.", {"kind": "put", "path": f"/w/{path}", "after": "x"})


def move(*pairs: tuple[str, str]) -> StepFact:
    moves = [{"source": source, "target": target} for source, target in pairs]
    return step("files.move", {"moves": moves}, "Moved.", *({"kind": "move", "path": f"/w/{source}", "to": f"/w/{target}"} for source, target in pairs))


LETTERS = "\n".join(f"── letters/{name}.txt ──\nPlease answer by {day} {month} 2031." for name, day, month in (("bank", 15, "June"), ("tax", 31, "July"), ("school", 25, "May")))
DEADLINES = "# Deadlines\n\n" + "".join(
    f"- **{day}**: do it\n" for day in ("15 June 2031", "31 July 2031", "25 May 2031", "16 June 2031", "17 June 2031", "18 June 2031", "19 June 2031")
)
GUESTS = "Guests: Anna, Ben, Carla, Dirk, Edith and Farid\n"
PEOPLE = "name,email\n" + "".join(f"{name},{name.lower()}@example.org\n" for name in ("Ann", "Bob", "Cem", "Dan", "Eve", "Flo", "Gus", "Hal"))
LETTER = "Dear Ms Weber,\n\nI am glad to come.\n\nKind regards\nNora\n"
WORLDS = {
    "list": ("Put all the deadlines from the letters into deadlines.md", [step("files.read", {"path": "letters"}, LETTERS), write("deadlines.md", DEADLINES, "Made deadlines.md: 9 lines.")]),
    "names": ("Write the guests of the mails into guests.txt", [step("files.read", {"path": "mails.txt"}, "Anna, Ben\nCarla\nDirk, Edith\nFarid"), write("guests.txt", GUESTS)]),
    "rows": ("Make a table people.csv out of the mails", [step("files.read", {"path": "mails.txt"}, "From: the people of the mails"), write("people.csv", PEOPLE)]),
    "several": ("Write the deadlines into a file for each half", [step("files.read", {"path": "letters"}, LETTERS), write("a.md", "- x\n- y\n- z\n- v\n"), write("b.md", "- x\n- y\n- z\n- v\n")]),
    "moved": ("Give each letter its date as name", [move(*((f"{name}.txt", f"d/{name}.txt") for name in "abcd")), move(*((f"{name}.txt", f"d/{name}.txt") for name in "efghi"))]),
    "asked": ("How many deadlines are in the letters?", [step("files.read", {"path": "letters"}, LETTERS), write("deadlines.md", DEADLINES)]),
    "read": ("Which deadlines are in the letters?", [step("files.read", {"path": "letters"}, LETTERS)]),
    "reply": ("Write to Ms. Weber and save it as reply.txt", [step("files.read", {"path": "letters"}, LETTERS), write("reply.txt", LETTER)]),
}  # fmt: skip
TRUE = [
    ("list", "deadlines.md has the seven deadlines from the letters."), ("list", "All seven deadlines have passed."), ("list", "deadlines.md hat die sieben Einträge."),
    ("names", "guests.txt names the six guests."), ("names", "The six guests are in guests.txt."), ("rows", "people.csv is made, with eight people."), ("rows", "people.csv has 8 people in it."),
    ("several", "The eight deadlines are in a.md and b.md, four in each."), ("moved", "All nine letters have their date as name."),
    ("read", "There are eight deadlines:\n- a\n- b\n- c\n- d\n- e\n- f\n- g\n- h\n\nThat is all."), ("read", "There are seven deadlines:\n\n1. a\n2. b\n3. c\n4. d\n5. e\n6. f\n7. g"),
    ("read", "There are eight deadlines:\n\n| letter | what |\n|---|---|\n" + "| x | y |\n" * 8), ("asked", "deadlines.md has seven lines with deadlines."),
]  # fmt: skip
FALSE = [
    ("list", "deadlines.md has the eight deadlines from the letters."), ("list", "All twelve deadlines have passed."), ("list", "deadlines.md hat die zwölf Einträge."), ("list", "It has 23 deadlines."),
    ("names", "guests.txt names the nine guests."), ("rows", "people.csv is made, with nine people."), ("rows", "people.csv has 11 people in it."), ("several", "The eleven deadlines are in a.md and b.md."),
    ("moved", "All eleven letters have their date as name."), ("read", "There are nine deadlines:\n- a\n- b\n- c\n- d\n- e\n- f\n- g\n\nThat is all."), ("read", "There are nine deadlines:\n\nThe first is the bank."),
    ("read", "There are seven deadlines.\n\nThe bank:\n- a\n- b"), ("asked", "The letters have nine deadlines."), ("asked", "deadlines.md has 11 lines with deadlines."), ("reply", "reply.txt is written, after eleven letters."),
]  # fmt: skip


def stream_of(world: str, answer: str, size: int) -> AnswerStream:
    request, steps = WORLDS[world]
    stream = AnswerStream(Evidence.of(request, steps=steps))
    for place in range(0, len(answer), size):
        stream.feed(answer[place : place + size])
    stream.end()
    assert stream.released + stream.held == answer
    return stream


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize(("world", "answer"), TRUE)
def test_a_true_count_of_what_was_made_passes(world: str, answer: str, size: int) -> None:
    assert stream_of(world, answer, size).faults == []


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize(("world", "answer"), FALSE)
def test_a_false_count_of_it_is_found(world: str, answer: str, size: int) -> None:
    stream = stream_of(world, answer, size)
    assert [fault.kind for fault in stream.faults] == ["number"]


def test_a_line_before_a_list_is_shown_as_soon_as_the_list_is_whole() -> None:
    request, steps = WORLDS["read"]
    stream = AnswerStream(Evidence.of(request, steps=steps))
    stream.feed("There are two deadlines:\n- bank\n- tax")
    assert "two" not in stream.released
    stream.feed("\n\nBoth are in 2031")
    assert stream.released.startswith("There are two deadlines:\n- bank\n- tax")
    stream = AnswerStream(Evidence.of(request, steps=steps))
    stream.feed("There are three letters:\nThe bank's is the first.")
    assert stream.released.startswith("There are three letters:\n"), "no list follows, so nothing is waited for"


def test_a_refusal_names_the_offered_tools_that_find_it_out_and_no_others() -> None:
    names = ("files.read", "tables.query", "files.find")
    ending, offer = Ending(Evidence.of("x")), Offer((), WireNames(names), names)
    told = ending.objection([Fault("number", "seven")], offer)
    assert told.endswith("To find out first, call tables_query or files_read.") and "calc" not in told
    assert "files_find" in ending.objection([Fault("name", "a.txt")], offer)
    assert "To find out" not in ending.objection([Fault("number", "seven")]) and "To find out" not in ending.objection([Fault("deed", "deleted")], offer)
