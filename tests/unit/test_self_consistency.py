"""What two programs would change is compared, not how they say it; and what a program picks by must have been said."""

from __future__ import annotations

import pytest

from core.language.reading import Reading
from core.turn.small.dates_inside import order_of
from core.turn.small.grounding import unsaid_ending
from core.turn.small.objections import Outcome
from core.turn.small.program_effects import put_where_asked
from core.turn.small.request import SmallRequest
from core.turn.small.self_consistency import effect_of, is_far_reaching
from core.turn.small.sources import find_sources
from core.turn.small.workspace_files import Entry


def request(text: str, *paths: str, kind: str = "organise") -> SmallRequest:
    return SmallRequest(text, Reading({kind: 1.0}), tuple(Entry(path) for path in paths))


def test_a_slip_in_the_name_of_the_new_file_is_mended_and_other_names_are_not() -> None:
    asked = request("put the last lines of the diary into one file called endings.txt", "diary/a.txt")
    assert put_where_asked([["write", "ending.txt", "x"]], asked) == [["write", "endings.txt", "x"]]
    assert put_where_asked([["write", "diary/a.txt", "x"]], asked) == [["write", "diary/a.txt", "x"]]
    assert put_where_asked([["write", "summary.txt", "x"]], asked) == [["write", "summary.txt", "x"]]
    assert put_where_asked([["write", "ending.txt", "x"], ["write", "b.txt", "y"]], asked)[0][1] == "ending.txt"


def test_order_and_made_folders_and_line_ends_do_not_count() -> None:
    one = Outcome([["folder", "x"], ["move", "a", "x/a"], ["move", "b", "x/b"], ["write", "n.txt", "one\ntwo\n"]])
    other = Outcome([["move", "b", "x/b"], ["write", "n.txt", "one  \ntwo"], ["move", "a", "x/a"]])
    assert effect_of(one) == effect_of(other)


@pytest.mark.parametrize("op", [["move", "b", "y/b"], ["copy", "b", "x/b"], ["delete", "b"], ["folder", "z"], ["write", "b", "x"]])
def test_anything_else_counts(op: list[str]) -> None:
    assert effect_of(Outcome([["move", "a", "x/a"], op])) != effect_of(Outcome([["move", "a", "x/a"], ["move", "b", "x/b"]]))


def test_one_thing_is_done_at_once_and_several_are_not() -> None:
    asked = request("rename a.txt to b.txt", "a.txt", "c.txt")
    assert not is_far_reaching(Outcome([["move", "a.txt", "b.txt"]]), asked)
    assert not is_far_reaching(Outcome([["folder", "x"], ["move", "a.txt", "x/a.txt"]]), asked)
    assert is_far_reaching(Outcome([["move", "a.txt", "x/a.txt"], ["move", "c.txt", "x/c.txt"]]), asked)
    assert is_far_reaching(Outcome([["move", "a.txt", "x/a.txt"]]), request("everything about a.txt moves down one", "a.txt", "c.txt"))
    assert is_far_reaching(Outcome([["move", "album/04_sea.wav", "album/03_.wav"]]), request("move the one about the sea down one", "album/04_sea.wav", "album/05_hush.wav"))
    assert is_far_reaching(Outcome([["delete", "c.txt"]]), asked)  # not the file that is named
    assert is_far_reaching(Outcome([["write", "a.txt", "x"]]), request("if it rains change a.txt", "a.txt", kind="steps"))


@pytest.mark.parametrize(
    ("text", "code", "found"),
    [
        ("change spaces in the names of the files in umowy", 'files("umowy", "*.txt")', ".txt"),
        ("change spaces in the names of the files in umowy", 'files("umowy")', ""),
        ("change spaces in the names of the txt files in umowy", 'files("umowy", "*.txt")', ""),
        ("move all the pictures there", 'files("umowy", "*.jpg")', ""),
        ("move all files to b", 'files("only", "*.txt")', ""),  # there is nothing else in it
        ("move everything there", 'all_files("*.pdf")', ".pdf"),
        ("rename my notes", 'files("umowy", "*.txt")', ""),  # no word for all of them
    ],
)
def test_an_ending_that_nobody_said_leaves_files_out(text: str, code: str, found: str) -> None:
    paths = ("umowy/kupno auta.txt", "umowy/najem lokalu.pdf", "umowy/scan 1.jpg", "only/x.txt")
    assert unsaid_ending(f"for path in {code}:\n    move(path, 'b/')", request(text, *paths)) == found


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("The older one goes in certs/expired, the newer one stays put.", "oldest"),
        ("keep the newest and delete the oldest", "oldest"),
        ("the latest one goes up", "newest"),
        ("leave the newest alone", ""),
        ("put the letters there", ""),
    ],
)
def test_of_two_orders_the_one_counts_that_something_is_done_with(text: str, order: str) -> None:
    assert order_of(text) == order


def test_a_range_may_be_written_with_endings() -> None:
    entries = [Entry(f"lec{number}.md") for number in range(1, 6)]
    assert find_sources("my lec1.md to lec4.md have no titles", entries).files == ("lec1.md", "lec2.md", "lec3.md", "lec4.md")


def test_a_folder_that_is_named_is_one_thing() -> None:
    asked = SmallRequest("the folder taxes 2022 should be called taxes 2023", Reading({"organise": 1.0}), (Entry("taxes 2022", True), Entry("taxes 2022/payslips.pdf")))
    assert not is_far_reaching(Outcome([["move", "taxes 2022", "taxes 2023"]]), asked)
    assert is_far_reaching(Outcome([["move", "taxes 2022/payslips.pdf", "taxes 2023/payslips.pdf"]]), asked)


def test_of_several_texts_of_a_file_the_last_counts() -> None:
    one = Outcome([["write", "n.txt", "one\n"], ["write", "n.txt", "one\ntwo\n"]])
    assert effect_of(one) == effect_of(Outcome([["write", "n.txt", "one\ntwo\n"]]))


@pytest.mark.parametrize(
    ("op", "expected"),
    [
        (["move", "old_map.png", "map.png"], True),
        (["move", "old_map.png", "attic/old_map.png"], False),
        (["move", "old_map.png", "new_map.png"], False),
        (["write", "old_map.png", "x"], True),
    ],
)
def test_a_name_or_a_text_that_nobody_said_needs_a_second_program(op: list[str], expected: bool) -> None:
    asked = request("call old_map.png new_map.png or put it into the attic", "old_map.png")
    assert is_far_reaching(Outcome([op]), asked) is expected
