"""Which kind a request is taken for, what two readers agree on, what a set is sorted by."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.language.reading import Reading, Span
from core.plan import Plan, Step
from core.turn.small.agreeing import left_over
from core.turn.small.deciding import decide_kind
from core.turn.small.request import SmallRequest
from core.turn.small.sorting import condition_of, find_classes
from core.turn.small.strategies import STRATEGIES
from core.turn.small.workspace_files import Entry
from models.reader.labels import KINDS

ENTRIES = tuple(map(Entry, ("lease.txt", "spending.csv", "notes.md")))


def request(text: str, *spans: Span, earlier: tuple[str, ...] = (), **kinds: float) -> SmallRequest:
    rest = (1 - sum(kinds.values())) / len(KINDS)
    return SmallRequest(text, Reading({kind: kinds.get(kind, 0.0) + rest for kind in KINDS}, spans), ENTRIES, earlier=earlier)


def test_each_kind_of_the_reader_is_answered_by_one_strategy() -> None:
    answered = [kind for row in STRATEGIES for kind in row.kinds]
    assert sorted(answered) == sorted([*KINDS, "unclear"]) and len({row.name for row in STRATEGIES}) == len(STRATEGIES)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "steps"])
def test_what_the_reader_is_sure_of_counts(kind: str) -> None:
    assert decide_kind(request("please go back on lease.txt", **{kind: 0.95}), is_follow_up=False) == kind


@given(st.sampled_from(KINDS), st.floats(0.1, 1), st.text(max_size=60), st.booleans(), st.sampled_from([(), ("lease.txt",), ("spending.csv",)]))
def test_whatever_was_read_a_kind_comes_out(kind: str, chance: float, text: str, is_follow_up: bool, earlier: tuple[str, ...]) -> None:
    assert decide_kind(request(text, earlier=earlier, **{kind: chance}), is_follow_up) in (*KINDS, "unclear")


def test_a_question_after_a_document_is_about_it() -> None:
    assert decide_kind(request("and who is that?", earlier=("lease.txt",), chat=0.9), is_follow_up=True) == "ask"
    assert decide_kind(request("and how much is that?", earlier=("spending.csv",), machine=0.9), is_follow_up=True) == "compute"
    assert decide_kind(request("thank you!", earlier=("lease.txt",), chat=0.9), is_follow_up=True) == "chat"
    assert decide_kind(request("and who is that?", earlier=("lease.txt",), chat=0.9), is_follow_up=False) == "chat"


def test_a_question_about_a_file_that_is_there_is_not_outside() -> None:
    assert decide_kind(request("Does lease.txt say what the weather was?", outside=0.9), is_follow_up=False) == "ask"
    assert decide_kind(request("Book me a flight", outside=0.9), is_follow_up=False) == "outside"


def test_to_write_and_to_keep_is_one_thing() -> None:
    assert decide_kind(request("Summarise lease.txt and save it as short.txt", steps=0.6, summarise=0.3), is_follow_up=False) == "summarise"
    assert decide_kind(request("Rename lease.txt, then zip it", steps=0.6, organise=0.3), is_follow_up=False) == "steps"


# -- agreeing --------------------------------------------------------------------------------------------------------


def plan(tool: str, **args: Any) -> Plan:
    return Plan((Step("s1", tool, args),))


def test_nothing_is_left_over_where_each_word_is_carried() -> None:
    assert left_over("Please move notes.md into the folder Archive", plan("files.move", source="notes.md", target="Archive")) == []
    assert left_over("make a new folder called Holiday Pictures", plan("files.make_folder", path="Holiday Pictures")) == []


def test_words_that_no_argument_carries_are_left_over() -> None:
    found = left_over("move notes.md into Archive unless Susan already signed", plan("files.move", source="notes.md", target="Archive"))
    assert {"susan", "signed"} <= set(found)


@given(st.text(max_size=100))
def test_a_plan_that_carries_the_whole_request_leaves_nothing(text: str) -> None:
    assert left_over(text, plan("files.write", path="x.txt", text=text)) == []


# -- sorting ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "classes"),
    [
        ("sort the letters into folders: Bills, Private, and Work", ("Bills", "Private", "Work")),
        ("sort the mails into private and work", ("private", "work")),
        ("sort them into English, German, French", ("English", "German", "French")),
        ("move the letters into Old", ()),
        ("sort the letters", ()),
    ],
)
def test_the_classes_of_a_request_are_the_folders_that_it_lists(text: str, classes: tuple[str, ...]) -> None:
    assert find_classes(request(text)) == classes


def test_what_the_reader_marked_comes_first() -> None:
    assert find_classes(request("sort them", Span("target", "Bills and Private", 0, 4))) == ("Bills", "Private")
    assert condition_of(request("put the letters that mention a crown into Teeth", Span("condition", "that mention a crown", 16, 36))) == "that mention a crown"
    assert condition_of(request("move all signed contracts into Done")) == "signed contracts"


def test_nothing_is_taken_back_without_a_word_of_it() -> None:
    unsure = request("that one over there", earlier=("lease.txt",), chat=0.5, undo=0.4)
    assert decide_kind(unsure, is_follow_up=True) != "undo"
    assert decide_kind(request("put that one back", earlier=("lease.txt",), chat=0.4, undo=0.5), is_follow_up=True) == "undo"
