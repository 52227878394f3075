"""What spans of a request mean: objects, kinds, amounts, contents, and frames turned into calls. No model in the loop."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

from models.starter import amounts, checks, writing
from models.starter.frames import IT, Frame
from models.starter.kinds import patterns
from models.starter.objects import Names, Unread
from models.starter.planning import plan
from models.starter.scene import CannotYet, Scene

TODAY = datetime.date(2026, 11, 24)  # a Tuesday


@pytest.fixture
def names() -> Names:
    return Names(None, TODAY)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("report.pdf", ["report.pdf"]),
        ("a.txt and b.txt", ["a.txt", "b.txt"]),
        ("a.txt, b.txt, and c.txt", ["a.txt", "b.txt", "c.txt"]),
        ("a.txt b.txt", ["a.txt", "b.txt"]),
        ("all the pdfs", ["*.pdf"]),
        ("every text file", ["*.txt"]),
        ("the jpg and png files", ["*.jpg", "*.jpeg", "*.png"]),
        ("all .jpg files", ["*.jpg"]),
        ("everything in Downloads", ["Downloads/*"]),
        ("all csv files in data", ["data/*.csv"]),
        ("photo.png in Pictures", ["Pictures/photo.png"]),
        ("the folder drafts", ["drafts"]),
        ("notes.txt and the photos folder", ["notes.txt", "photos"]),
        ('"old stuff"', ["old stuff"]),
        ("my cover letter", ["cover letter"]),
        ("files starting with IMG", ["IMG*"]),
        ("files ending in .bak", ["*.bak"]),
        ("files with draft in the name", ["*draft*"]),
        ("everything in Downloads ending in pdf", ["Downloads/*.pdf"]),
        ("all files in my logs that start with web", ["logs/web*"]),
        ("jpg", ["*.jpg", "*.jpeg"]),
        ("IMG_*.jpg", ["IMG_*.jpg"]),
        ("photos", ["photos"]),
        ("pdfs", ["*.pdf"]),
        ("Ben & Jerry.txt", ["Ben", "Jerry.txt"]),
        ('"Ben & Jerry.txt"', ["Ben & Jerry.txt"]),
    ],
)
def test_objects_are_named(text: str, found: list[str], names: Names) -> None:
    assert names.objects(text).names == found


def test_what_is_left_out_is_left_out(names: Names) -> None:
    assert names.objects("everything except notes.txt").exclude == ["notes.txt"]
    assert names.objects("everything but a.txt and b.txt").exclude == ["a.txt", "b.txt"]
    assert names.objects("all images except logo.png").exclude == ["logo.png"]
    found = names.objects("all files", left_out="readme.md")
    assert (found.names, found.exclude, found.only) == (["*"], ["readme.md"], "files")


@pytest.mark.parametrize(
    ("text", "search"),
    [
        ("the largest file", {"path": ".", "sort": "size", "limit": 1, "only": "files"}),
        ("the three newest photos", None),
        ("files older than a month", {"path": ".", "older_than_days": 30, "only": "files"}),
        ("all the files from last year", {"path": ".", "since": "2025-01-01", "before": "2026-01-01", "only": "files"}),
        ("pdfs from yesterday", {"path": ".", "since": "2026-11-23", "before": "2026-11-24", "name": "*.pdf", "only": "files"}),
        ("files bigger than 10 MB", {"path": ".", "larger_than": 10_000_000, "only": "files"}),
        ("the empty folders", {"path": ".", "empty": True, "only": "folders"}),
    ],
)
def test_files_known_by_size_age_or_rank_are_looked_for(text: str, search: dict[str, Any] | None, names: Names) -> None:
    found = names.objects(text)
    assert found.search == search if search else (found.search["limit"], found.search["sort"]) == (3, "newest")


@pytest.mark.parametrize("text", ["all contracts we signed", "everything that matters", "whatever is not important"])
def test_what_cannot_be_read_with_certainty_is_not_guessed(text: str, names: Names) -> None:
    with pytest.raises(Unread):
        names.objects(text)


def test_the_workspace_settles_whether_a_word_is_a_folder_or_a_kind(tmp_path: Path) -> None:
    assert Names(tmp_path).objects("logs").names == ["*.log"]
    (tmp_path / "logs").mkdir()
    assert Names(tmp_path).objects("logs").names == ["logs"]
    (tmp_path / "salt and pepper.txt").write_text("x")
    assert Names(tmp_path).objects("salt and pepper.txt").names == ["salt and pepper.txt"]


@pytest.mark.parametrize(
    ("text", "found"), [("PDFs", ["*.pdf"]), ("excel files", ["*.xls", "*.xlsx"]), ("invoices", None), ("", None), ("screenshots", ["*screenshot*", "*screen shot*"])]
)
def test_kinds(text: str, found: list[str] | None) -> None:
    assert patterns(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("the first 5 lines", {"lines": 5}),
        ("the last 10 lines", {"start": -10}),
        ("line 3", {"start": 3, "lines": 1}),
        ("lines 2 to 4", {"start": 2, "lines": 3}),
        ("tail -n 20", {"start": -20}),
        ("the middle", None),
    ],
)
def test_extents(text: str, found: dict[str, int] | None) -> None:
    assert amounts.extent(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("changed today", {"since": "2026-11-24"}),
        ("this week", {"since": "2026-11-23"}),
        ("in the last 3 days", {"changed_within_days": 3}),
        ("not touched for six months", {"older_than_days": 180}),
        ("from 2024", {"since": "2024-01-01", "before": "2025-01-01"}),
        ("blue", {}),
    ],
)
def test_ages(text: str, found: dict[str, Any]) -> None:
    assert amounts.age_limit(text, TODAY) == found


def calls(request: str, *frames: Frame, **scene: Any) -> list[tuple[str, dict[str, Any]]]:
    return plan(list(frames), Scene(Names(None, TODAY), request, **scene))


def frame(intent: str, **slots: str) -> Frame:
    return Frame(intent, tuple(slots.items()))


def test_there_and_it_are_what_was_made() -> None:
    made = calls(
        "make a folder Trip with a file packing.txt listing hat and coat, zip it",
        frame("mkdir", n="Trip"),
        frame("write", n="packing.txt", i=IT, l="hat and coat"),
        frame("zip", o=IT),
    )
    assert made == [
        ("files.make_folder", {"path": "Trip"}), ("files.write", {"path": "Trip/packing.txt", "text": "hat\ncoat\n"}), ("files.archive", {"source": "Trip", "target": ""}),
    ]  # fmt: skip


def test_after_a_copy_it_is_deleted_means_the_original() -> None:
    assert calls("copy a.txt to Backup, then delete it", frame("copy", o="a.txt", t="Backup"), frame("delete", o=IT))[1] == ("files.delete", {"path": "a.txt"})
    assert calls("copy a.txt to Backup and delete the copy", frame("copy", o="a.txt", t="Backup"), frame("delete", o=IT))[1] == ("files.delete", {"path": "Backup/a.txt"})
    assert calls("zip Photos and delete the folder", frame("zip", o="Photos"), frame("delete", o=IT))[1] == ("files.delete", {"path": "Photos"})
    assert calls("zip Photos and move the zip to Out", frame("zip", o="Photos"), frame("move", o=IT, t="Out"))[1] == ("files.move", {"source": "Photos.zip", "target": "Out/"})


def test_the_zip_and_the_photos_are_those_of_the_step_before() -> None:
    assert calls("zip Photos and put the zip in Out", frame("zip", o="Photos"), frame("move", o="the zip", t="Out"))[1] == (
        "files.move",
        {"source": "Photos.zip", "target": "Out/"},
    )
    unpacked = calls("unpack trip.zip and sort the photos by year", frame("unzip", n="trip.zip"), frame("sort", i="the photos", b="year"))
    assert unpacked[1] == ("files.sort_into_folders", {"path": "trip", "by": "year"})
    taken = calls("unpack trip.zip and move the pdfs to Papers", frame("unzip", n="trip.zip"), frame("move", o="the pdfs", t="Papers"))
    assert taken[1] == ("files.move", {"source": "trip/*.pdf", "target": "Papers/"})
    assert calls("move the pdfs to Papers", frame("move", o="the pdfs", t="Papers"))[0][1]["source"] == "*.pdf"


def test_them_and_both_are_all_that_was_made() -> None:
    written = frame("write", n="a.txt", c="one"), frame("write", n="b.txt", c="two")
    assert calls("make a.txt with one and b.txt with two and join them as c.txt", *written, frame("merge", o=IT, t="c.txt"))[2][1]["source"] == ["a.txt", "b.txt"]
    assert calls("make a.txt with one and b.txt with two and delete it", *written, frame("delete", o=IT))[2][1]["path"] == "b.txt"
    both = calls("make folders x and y and copy a.txt into both", frame("mkdir", n="x and y"), frame("copy", o="a.txt", t=IT))
    assert [args["target"] for _, args in both[2:]] == ["x/", "y/"]
    with pytest.raises(Unread):  # one file cannot be moved to two places
        calls("make folders x and y and move a.txt into both", frame("mkdir", n="x and y"), frame("move", o="a.txt", t="both"))


def test_a_capital_makes_a_folder_of_what_is_counted_and_numbers_in_a_row_are_a_sum() -> None:
    assert calls("how many files has Jobs got", frame("count", o="Jobs")) == [("files.list", {"path": "Jobs"})]
    assert calls("how many PDFs", frame("count", o="PDFs"))[0][1]["pattern"] == "*.pdf"
    assert calls("add 17, 4 and 29", frame("calc", e="add 17, 4 and 29")) == [("calc.evaluate", {"expression": "17, 4 and 29"})]


def test_what_is_left_is_the_folder_that_it_was_taken_from() -> None:
    assert calls("delete Old/a.txt and show what is left", frame("delete", o="Old/a.txt"), frame("list", i=IT))[1] == ("files.list", {"path": "Old"})


def test_what_was_found_is_acted_on_by_reference() -> None:
    made = calls("find all mp3s and move them to Music", frame("find", o="all mp3s"), frame("move", o=IT, t="Music"))
    assert made[1] == ("files.move", {"source": "{{s1.output.paths}}", "target": "Music/"})


def test_what_an_earlier_turn_found_is_looked_for_again() -> None:
    scene = Scene(Names(None, TODAY), "find all mp3s")
    plan([frame("find", o="all mp3s")], scene)
    scene.forget_steps()
    assert plan([frame("move", o=IT, t="Music")], scene) == [("files.find", {"path": ".", "name": "*.mp3"}), ("files.move", {"source": "{{s1.output.paths}}", "target": "Music/"})]


def test_a_new_name_keeps_folder_and_ending() -> None:
    assert calls("", frame("rename", o="Pictures/a.png", t="cover.png")) == [("files.move", {"source": "Pictures/a.png", "target": "Pictures/cover.png"})]
    assert calls("", frame("rename", o="draft.txt", t="final")) == [("files.move", {"source": "draft.txt", "target": "final.txt"})]


def test_a_file_goes_into_a_folder_and_a_file_name_stays_one() -> None:
    assert calls("", frame("move", o="a.txt", t="old"))[0][1]["target"] == "old/"
    assert calls("", frame("copy", o="a.txt", t="b.txt"))[0][1]["target"] == "b.txt"
    assert calls("duplicate a.txt", frame("copy", o="a.txt"))[0][1]["target"] == "a-copy.txt"
    assert calls("back up a.txt", frame("copy", o="a.txt"))[0][1]["target"] == "a-backup.txt"


@pytest.mark.parametrize(
    "unread", [frame("move", o="a.txt"), frame("rename", t="b.txt"), frame("delete", o=IT), frame("save", n="x.txt"), frame("read", n="a.txt", w="the best bits")]
)
def test_a_frame_that_lacks_something_is_unread(unread: Frame) -> None:
    with pytest.raises(Unread):
        calls("", unread)


def test_an_alarm_needs_no_words_and_a_reminder_does() -> None:
    assert calls("set a timer for 25 minutes", frame("remind", w="for 25 minutes")) == [("schedule.remind", {"when": "in 25 minutes", "text": "The timer is up"})]
    assert calls("wake me at 6:30", frame("remind", w="at 6:30"))[0][1]["text"] == "Wake up"
    assert calls("set a reminder for Monday 9am: call Ann", frame("remind", w="for Monday 9am", c="call Ann"))[0][1]["when"] == "Monday 9am"
    with pytest.raises(Unread):
        calls("remind me at 6:30", frame("remind", w="at 6:30"))


def test_what_has_no_tool_is_said() -> None:
    with pytest.raises(CannotYet):
        calls("", frame("rename", o="all photos", t="x"))
    with pytest.raises(CannotYet):
        calls("", frame("shell", e="ls | wc -l"))


def test_contents_stay_to_the_letter() -> None:
    for text in ("Hello, World!", "delete a.txt, then b.txt", 'say "hi" twice', "  two  spaces  ".strip(), "# Notes", "{{s1.output}} is text"):
        assert calls(f"write {text} to a.txt", frame("write", n="a.txt", c=text))[0][1]["text"] == text
    assert calls("", frame("write", n="a.txt", c='"quoted"'))[0][1]["text"] == "quoted"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("5 miles", (5, "miles")),
        ("a pound", (1, "pound")),
        ("72F", (72, "f")),
        ("10k steps", (10_000, "steps")),
        ("half a mile", (0.5, "mile")),
        ("seventy two fahrenheit", (72, "fahrenheit")),
        ("-40 C", (-40, "c")),
    ],
)
def test_measures(text: str, found: tuple[float, str]) -> None:
    assert writing.measured(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("how many days until Christmas", {"start": "today", "end": "Christmas"}),
        ("what day is 4 July 2027", {"start": "4 July 2027"}),
        ("3 weeks from now", {"start": "today", "weeks": 3}),
        ("days between 1 May and 3 June", {"start": "1 May", "end": "3 June"}),
        ("what date was it 90 days ago", {"start": "today", "days": -90}),
        ("how long is a piece of string", None),
    ],
)
def test_questions_about_dates(text: str, found: dict[str, Any] | None) -> None:
    assert writing.days(text) == found


@pytest.mark.parametrize(
    ("request_", "frames", "most"),
    [
        ("delete a.txt", [frame("delete", o="a.txt")], 1.0),
        ("delete a.txt but never b.txt", [frame("delete", o="a.txt")], 0.45),
        ("don't delete a.txt", [frame("delete", o="a.txt")], 0.5),
        ("read a.txt 17 times", [frame("read", n="a.txt")], 0.65),
        ("summarize a.txt", [frame("read", n="a.txt")], 0.4),
        ("is there a Freya folder", [frame("mkdir", n="Freya")], 0.6),
        ("put a Varnish folder into Workshop", [frame("move", o="Varnish", t="Workshop")], 0.4),
        ("put the Varnish folder into Workshop", [frame("move", o="Varnish", t="Workshop")], 1.0),
        ("make a file in Log called monday.txt", [frame("write", n="monday.txt")], 0.6),
        ("desk.txt should also mention the taxi at five", [frame("append", n="desk.txt", c="the taxi")], 0.6),
        ("how much is a litre of diesel", [frame("convert", v="a litre", u="diesel")], 0.3),
        ("how much is 3 stone in kilos", [frame("convert", v="3 stone", u="kilos")], 1.0),
        ("I don't need a.txt any more", [frame("delete", o="a.txt")], 1.0),
    ],
)
def test_what_no_frame_carries_lowers_what_is_believed(request_: str, frames: list[Frame], most: float) -> None:
    assert checks.ceiling(request_, frames, tuple(calls(request_, *frames))) == most


def test_what_is_told_is_not_what_is_asked_for() -> None:
    trip, write = Frame("remind", (("c", "Paris"), ("w", "next week"))), Frame("write", (("p", "a.txt"),))
    assert checks.asked_for("I'm going to Paris next week, make me a file a.txt", [trip, write]) == [write]
    assert checks.asked_for("I have to go to Paris next week, make me a file a.txt", [trip, write]) == [trip, write]
    assert checks.asked_for("I'm going to Paris next week", [trip]) == [trip]
    assert checks.asked_for("next week Paris, make me a file a.txt", [trip, write]) == [trip, write]
