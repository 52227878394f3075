"""Which of a program's deeds a request means, by years, months and what it excepts."""

from __future__ import annotations

import pytest

from core.language.reading import Reading, Span
from core.turn.small.narrowing import narrow_deeds
from core.turn.small.objections import Case, Outcome
from core.turn.small.objections.deeds import makes_only_folders
from core.turn.small.objections.examples import breaks_example
from core.turn.small.request import SmallRequest
from core.turn.small.workspace_files import Entry

HANDOVERS = ["handover 2026-10-29.txt", "handover 2026-10-30.txt", "handover 2026-11-27.txt", "handover template.txt"]
SOIL = ["soil test 2019.txt", "soil test 2023 north.txt", "soil test 2024.txt", "soil.txt"]


def request_for(text: str, names: list[str]) -> SmallRequest:
    return SmallRequest(text, Reading({"organise": 0.9, "edit": 0.1}), tuple(map(Entry, names)))


@pytest.mark.parametrize(
    ("asked", "taken", "kept"),
    [
        ("bin all the handover sheets from october, leave the template", HANDOVERS, HANDOVERS[:2]),
        ("delete everything from 2026 except the template", HANDOVERS, HANDOVERS[:3]),
        ("move the soil tests from before 2024 to a folder called Old", SOIL, ["soil test 2019.txt", "soil test 2023 north.txt", "soil.txt"]),
        ("delete the soil tests of 2019 and keep the others in Old", SOIL, SOIL),
        ("delete all of them", SOIL, SOIL),
        ("keep the soil tests", SOIL, SOIL[3:]),
    ],
)
def test_only_what_is_meant_is_done(asked: str, taken: list[str], kept: list[str]) -> None:
    request = request_for(asked, taken)
    assert narrow_deeds([["delete", path] for path in taken], request) == [["delete", path] for path in kept]


def test_what_is_written_and_a_single_deed_stay() -> None:
    request = request_for("delete the one from october", ["a 2026-11-01.txt", "b.txt"])
    ops = [["delete", "a 2026-11-01.txt"], ["write", "b.txt", "x"]]
    assert narrow_deeds(ops, request) == ops


def test_the_agenda_is_none_of_the_minutes() -> None:
    taken = ["Minutes/Agenda 4 December 2026.txt", "Minutes/Minutes 2 October 2026.txt", "Minutes/Minutes 6 November 2026.txt"]
    text = "Please rename the minutes so that the date comes first"
    reading = Reading({"organise": 0.9, "edit": 0.1}, (Span("source", "the minutes", 14, 25),))
    request = SmallRequest(text, reading, tuple(map(Entry, taken)))
    assert [op[1] for op in narrow_deeds([["move", path, "x"] for path in taken], request)] == taken[1:]


@pytest.mark.parametrize(
    ("text", "op", "objects"),
    [
        ("the date first, e.g. 2026-09-04 Minutes.txt. Thank you.", ["move", "Minutes 2 October.txt", "2026-10-02 Minutes 2 October.txt"], True),
        ("the date first, e.g. 2026-09-04 Minutes.txt. Thank you.", ["move", "Minutes 2 October.txt", "2026-10-02 Minutes.txt"], False),
        ("surname at the front, so like Smith Minutes 2 October.txt", ["move", "Minutes 2 October.txt", "Oldroyd Minutes 2 October.txt"], False),
        ("surname at the front, so like Smith Minutes 2 October.txt", ["move", "Minutes 2 October.txt", "014 Minutes 2 October.txt"], True),
        ("they are called like Minutes 2 October.txt, put the year behind", ["move", "Minutes 2 October.txt", "Minutes 2 October 2026.txt"], False),
    ],
)
def test_names_are_made_like_the_example(text: str, op: list[str], objects: bool) -> None:
    request = request_for(text, ["Minutes 2 October.txt"])
    assert bool(breaks_example(Case(Outcome([op]), request, ""))) == objects


@pytest.mark.parametrize(
    ("text", "objects"),
    [("sort the bills into a folder per year", True), ("make a folder for each year", False), ("make a folder Bills and put the bills in it", True)],
)
def test_folders_alone_are_no_sorting(text: str, objects: bool) -> None:
    request = request_for(text, ["bill_2024.txt", "bill_2025.txt"])
    assert bool(makes_only_folders(Case(Outcome([["folder", "2024"], ["folder", "2025"]]), request, ""))) == objects


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("take my name from my details. save it as extension letter.txt", "extension letter.txt"),
        ("Please could you make me a text file, altos.txt, with the addresses of all our altos", "altos.txt"),
        ("make one file low attendance.csv with name and percentage", "low attendance.csv"),
        ("make a text file from notes.txt", ""),
    ],
)
def test_what_is_to_be_made_is_not_missing(text: str, made: str) -> None:
    request = request_for(text, ["notes.txt"])
    assert request.target.path == made and request.missing == []
