"""The grammar of requests: what it reads it reads exactly, what it does not it leaves alone."""

import datetime
import json
from pathlib import Path

import pytest

from models.starter.clauses import read

ROWS = [json.loads(line) for line in (Path(__file__).parents[1] / "data/requests.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("row", ROWS, ids=[row["request"][:50] for row in ROWS])
def test_a_request_is_read_exactly(row: dict) -> None:
    calls = read(row["request"])
    assert calls is not None
    assert [[tool, {key: value for key, value in args.items() if key != "_wanted"}] for tool, args in calls] == row["calls"]


def test_days_of_the_calendar_are_days_of_the_calendar() -> None:
    assert read("find files modified today") == [("files.find", {"path": ".", "only": "files", "since": datetime.date.today().isoformat()})]


@pytest.mark.parametrize(
    "request_",
    [
        "who invented the telephone?",
        "hello",
        "what should I cook tonight",
        "make me happy",
        "move on",
        "delete",
        "tell me a joke",
        "open the door",
        "rename",
        "zip",
        "create",
        "put",
        "the quick brown fox",
        "remind me tomorrow at 5 to call mum",
        "play some music",
        "copy that",
    ],
)
def test_what_is_no_file_request_is_left_alone(request_: str) -> None:
    assert not read(request_)


@pytest.mark.parametrize("request_", ["write a poem about autumn to poem.txt", "create a file story.txt with a short story about a cat"])
def test_text_that_must_be_thought_up_is_declined(request_: str) -> None:
    assert read(request_) in ([], None)


def test_names_keep_their_case_and_spelling() -> None:
    assert read("create a folder called CaSe-Folder_1") == [("files.make_folder", {"path": "CaSe-Folder_1"})]
    assert read('rename "Übersicht (alt).txt" to "Übersicht neu.txt"') == [("files.move", {"source": "Übersicht (alt).txt", "target": "Übersicht neu.txt"})]


def test_pronouns_point_to_the_turn_before() -> None:
    assert read("now move it to Documents", ("Create notes.txt with hello", "Made notes.txt.")) == [("files.move", {"source": "notes.txt", "target": "Documents/"})]
    assert read("delete it", ("Create notes.txt with hello", "Made notes.txt.")) == [("files.delete", {"path": "notes.txt"})]


def test_tool_words_inside_quotations_are_contents() -> None:
    assert read('create a.txt with "delete b.txt and move c.txt to d"') == [("files.write", {"path": "a.txt", "text": "delete b.txt and move c.txt to d"})]
