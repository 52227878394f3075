"""What a model's program would do, held against the request, and as calls."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.language.reading import Reading
from core.turn.small.examples import load_examples
from core.turn.small.objections import Case, Outcome, objection
from core.turn.small.others import _part_meant
from core.turn.small.program_calls import calls_of
from core.turn.small.program_effects import ambiguous
from core.turn.small.program_prompt import CODE, describe_folder, plain_code
from core.turn.small.request import SmallRequest
from core.turn.small.workspace_files import Entry

FILES = ("a.txt", "b.txt", "invoice_miller.pdf", "invoice_schmidt.pdf", "lease.txt", "photos/beach.jpg")
ENTRIES = (*map(Entry, FILES), Entry("photos", True))
PATHS = st.sampled_from(["a", "b", "c/d", "e"])
OPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["move", "copy"]), PATHS, PATHS),
        st.tuples(st.just("write"), PATHS, st.text(max_size=5)),
        st.tuples(st.sampled_from(["delete", "folder"]), PATHS),
        st.tuples(st.just("zip"), st.lists(PATHS, min_size=1, max_size=2), PATHS),
        st.tuples(st.just("unzip"), PATHS, PATHS),
    ).map(list),
    max_size=12,
)


def request(text: str, **more: Any) -> SmallRequest:
    return SmallRequest(text, Reading({"organise": 0.9, "edit": 0.1}), ENTRIES, **more)


def outcome(*ops: list[Any], said: str = "") -> Outcome:
    return Outcome(list(ops), said)


def test_neighbours_of_one_kind_are_one_call_and_the_order_stays() -> None:
    ops = [
        ["folder", "new"],
        ["move", "a.txt", "new/a.txt"],
        ["move", "b.txt", "new/b.txt"],
        ["delete", "x.txt"],
        ["delete", "y.txt"],
        ["copy", "c", "d"],
        ["zip", ["new"], "n.zip"],
        ["unzip", "o.zip", "o"],
    ]
    assert calls_of(ops) == [
        ("files.make_folder", {"path": ["new"]}),
        ("files.move", {"moves": [{"source": "a.txt", "target": "new/a.txt"}, {"source": "b.txt", "target": "new/b.txt"}]}),
        ("files.delete", {"path": ["x.txt", "y.txt"]}),
        ("files.copy", {"copies": [{"source": "c", "target": "d"}]}),
        ("files.archive", {"source": ["new"], "target": "n.zip"}),
        ("files.extract", {"source": "o.zip", "target": "o"}),
    ]


def test_of_a_file_that_is_written_twice_in_a_row_the_last_text_counts() -> None:
    assert calls_of([["write", "a", "1"], ["write", "b", "2"], ["write", "a", "3"]]) == [("files.write", {"files": [{"path": "b", "text": "2"}, {"path": "a", "text": "3"}]})]
    parted = calls_of([["write", "a", "1"], ["copy", "a", "b"], ["write", "a", "3"]])
    assert [tool for tool, _ in parted] == ["files.write", "files.copy", "files.write"], "what comes between sees the first"


@given(OPS)
def test_calls_say_what_the_operations_say(ops: list[list[Any]]) -> None:
    again: list[list[Any]] = []
    for tool, args in calls_of(ops):
        match tool:
            case "files.move" | "files.copy":
                again += [[tool.removeprefix("files."), row["source"], row["target"]] for row in args["moves" if tool == "files.move" else "copies"]]
            case "files.write":
                again += [["write", row["path"], row["text"]] for row in args["files"]]
            case "files.delete" | "files.make_folder":
                again += [["delete" if tool == "files.delete" else "folder", path] for path in args["path"]]
            case _:
                again.append(["zip" if tool == "files.archive" else "unzip", args["source"], args["target"]])
    kept = [op for at, op in enumerate(ops) if op[0] != "write" or not _is_written_again(ops[at:])]
    assert again == kept


def _is_written_again(ops: list[list[Any]]) -> bool:
    """Whether the first of these is written once more before anything else is done."""
    for op in ops[1:]:
        if op[0] != "write":
            return False
        if op[1] == ops[0][1]:
            return True
    return False


# -- objections ------------------------------------------------------------------------------------------------------


def judged(text: str, *ops: list[Any], said: str = "", code: str = "") -> str:
    """The objection to a program that does this."""
    return objection(Case(outcome(*ops, said=said), request(text), code or str(ops)))


def test_what_was_asked_for_is_not_objected_to() -> None:
    assert not judged("delete a.txt", ["delete", "a.txt"])
    assert not judged("write 1 into new.txt", ["write", "new.txt", "1"])
    assert not judged("put the beach picture into photos", ["move", "beach.jpg", "photos/beach.jpg"])
    assert not judged("how many pdfs are there?", said="There are two.")
    assert not judged("throw away all files", *(["delete", name] for name in FILES)), "all are meant"


@pytest.mark.parametrize("text", ["move a.txt to old", "rename a.txt to b2.txt", "put a.txt into Papers", "what does a.txt say?"])
def test_what_nobody_asked_to_delete_is_not_deleted(text: str) -> None:
    assert "delete" in judged(text, ["move", "b.txt", "c.txt"], ["delete", "a.txt"])


@pytest.mark.parametrize("text", ["delete a.txt", "get rid of a.txt", "throw a.txt away", "bin a.txt please", "lösche a.txt", "remove a.txt", "supprime a.txt"])
def test_who_asks_to_delete_is_understood(text: str) -> None:
    assert not judged(text, ["delete", "a.txt"])


@pytest.mark.parametrize("op", [["delete", "photos/beach.jpg"], ["write", "photos/beach.jpg", "x"], ["move", "photos/beach.jpg", "beach.jpg"]])
def test_a_file_that_the_request_does_not_mean_is_not_changed(op: list[Any]) -> None:
    assert judged("delete a.txt", ["delete", "a.txt"], op) in ("what the files hold is not to be changed", "it is not about photos/beach.jpg: the request does not mean that file")


@pytest.mark.parametrize("op", [["delete", "photos/beach.jpg"], ["move", "photos/beach.jpg", "beach.jpg"]])
def test_a_file_that_is_called_by_a_word_of_its_name_is_meant(op: list[Any]) -> None:
    assert not judged("delete a.txt and move the beach picture", ["delete", "a.txt"], op)


def test_to_copy_a_file_changes_nothing_of_it() -> None:
    assert not judged("make a copy of the contract", ["copy", "lease.txt", "copy.txt"])


def test_a_program_that_does_nothing_is_no_answer() -> None:
    assert "nothing" in judged("delete a.txt") and "nothing" in judged("delete a.txt", said=" \n")


def test_subfolders_need_a_program_that_looks_there() -> None:
    asked, op = "delete all jpgs in all subfolders", ["delete", "photos/beach.jpg"]
    assert "subfolders" in judged(asked, op, code='delete(files(".", "*.jpg"))') and not judged(asked, op, code='delete(all_files("*.jpg"))')


# -- which one -------------------------------------------------------------------------------------------------------


def test_where_several_fit_and_one_was_taken_the_person_is_asked() -> None:
    taken = outcome(["delete", "invoice_miller.pdf"])
    assert set(ambiguous(taken, request("delete the invoice"))) == {"invoice_miller.pdf", "invoice_schmidt.pdf"}
    assert ambiguous(taken, request("delete the invoice", only=("invoice_miller.pdf",))) == [], "the person has chosen"


@pytest.mark.parametrize(
    "text", ["delete the invoices", "delete both invoices", "delete the newest invoice", "delete the miller invoice", "delete invoice_miller.pdf", "delete a.txt"]
)
def test_where_it_is_clear_nobody_is_asked(text: str) -> None:
    assert ambiguous(outcome(["delete", "invoice_miller.pdf"]), request(text)) == []


def test_where_none_of_the_rivals_is_touched_there_is_nothing_to_choose() -> None:
    assert ambiguous(outcome(["delete", "a.txt"]), request("delete the invoice")) == ambiguous(outcome(said="two"), request("find the invoice")) == []


# -- what a model writes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        'delete("a.txt")',
        '```python\ndelete("a.txt")\n```',
        '```\ndelete("a.txt")\n```\nThis deletes the file.',
        '\ndelete("a.txt")\n\nRequest: and another\ndelete("b.txt")',
    ],
)
def test_the_program_alone_is_kept(text: str) -> None:
    assert plain_code(text).strip() == 'delete("a.txt")'


def test_the_folder_is_told_with_what_the_request_is_about() -> None:
    assert describe_folder(request("what does lease.txt say")).startswith("Folder: ") and "lease.txt" in describe_folder(request("lease"))
    many = tuple(Entry(f"file{number:04}.txt") for number in range(1500)) + (Entry("deep/down/lease.txt"), Entry("deep", True))
    told = describe_folder(SmallRequest("what does the lease say", Reading({"ask": 1.0}), many))
    assert "deep/down/lease.txt" in told and "more" in told and len(told) < 3000


def test_every_worked_program_begins_as_programs_are_held_to() -> None:
    odd = [example.program for example in load_examples() if not re.fullmatch(CODE, example.program)]
    assert not odd and not re.fullmatch(CODE, "set_ash.txt:\nRaglan Road") and not re.fullmatch(CODE, "to do this, use move()")


def test_a_table_without_a_row_is_no_list_of_anybody() -> None:
    asked = SmallRequest("make a table people.csv of everybody in the mails", Reading({"extract": 1.0}), ENTRIES)
    assert "nothing into people.csv" in objection(Case(outcome(["write", "people.csv", "name,email\n"]), asked, ""))
    assert not objection(Case(outcome(["write", "people.csv", "name,email\nAnna,a@example.org\n"]), asked, ""))


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("put rejects/blurry_3.jpg back where it was", {"rejects/blurry_3.jpg"}),
        ("put blurry 2 back", {"rejects/blurry_2.jpg"}),
        ("put the blurry ones back", set()),
        ("undo that", set()),
    ],
)
def test_the_part_that_is_named_most_is_taken_back(text: str, part: set[str]) -> None:
    assert _part_meant(text, {f"rejects/blurry_{number}.jpg" for number in (1, 2, 3)}) == part


def test_a_name_that_nobody_said_is_found_out_where_a_file_is_copied() -> None:
    asked = SmallRequest("Copy Nani's photo nani_1960.jpg into the frame folder", Reading({"organise": 1.0}), (Entry("nani_1960.jpg"), Entry("frame", True)))
    assert objection(Case(outcome(["copy", "nani_1960.jpg", "frame/nani_1958.jpg"]), asked, 'copy("nani_1960.jpg", "frame/nani_1958.jpg")'))
    assert not objection(Case(outcome(["copy", "nani_1960.jpg", "frame/nani_1960.jpg"]), asked, 'copy("nani_1960.jpg", "frame/")'))


@pytest.mark.parametrize(
    ("code", "figure"),
    [
        ('append("costs.csv", "2026-05-12,dentist,127.92")', "127.92"),
        ('append("costs.csv", "2026-05-12,dentist,480")', ""),
        ('update("costs.csv", {"item": "dentist"}, {"amount": 950})', "950"),
        ('append("costs.csv", "2 tins, 16:00")', ""),  # small ones are told in many ways
        ('write("costs.csv", str(sum(float(row["amount"]) for row in rows("costs.csv")) * 100))', ""),  # worked out
        ('move("a.txt", "2031/")', ""),  # a name: looked at elsewhere
    ],
)
def test_a_figure_that_nobody_said_and_no_file_showed_is_not_written(code: str, figure: str) -> None:
    asked = SmallRequest("enter the dentist's bill of 12 May 2026 into costs.csv", Reading({"edit": 1.0}), (Entry("costs.csv"),))
    found = objection(Case(outcome(["write", "costs.csv", "x\n"]), asked, code, "", "Folder: costs.csv\ncosts.csv:\n2026-05-12,food,480\n"))
    assert (f"{figure} stands nowhere" in found) if figure else "stands nowhere" not in found


@pytest.mark.parametrize(
    ("text", "taken", "wrong"),
    [
        ("the pictures in exports that are smaller than 1 KB. Delete those!", ("exports/a.jpg", "exports/readme.txt"), "exports/readme.txt"),
        ("the pictures in exports that are smaller than 1 KB. Delete those!", ("exports/a.jpg", "exports/b.png"), ""),
        ("move the photos and readme.txt to x", ("exports/a.jpg", "exports/readme.txt"), ""),
        ("move the photos and the readme to x", ("exports/a.jpg", "exports/readme.txt"), ""),
        ("delete everything in exports", ("exports/a.jpg", "exports/readme.txt"), ""),
        ("put all pdfs and txts into x", ("exports/c.pdf", "exports/readme.txt"), ""),
    ],
)
def test_a_file_of_another_kind_is_not_taken_along(text: str, taken: tuple[str, ...], wrong: str) -> None:
    there = tuple(map(Entry, ("exports/a.jpg", "exports/b.png", "exports/c.pdf", "exports/readme.txt")))
    found = objection(Case(Outcome([["delete", path] for path in taken]), SmallRequest(text, Reading({"organise": 1.0}), there), ""))
    assert (wrong in found and "kind" in found) if wrong else "kind" not in found


@pytest.mark.parametrize(
    ("source", "goal", "is_glued"),
    [
        ("photos/beach.jpg", "new-photos/beach.jpg", True),
        ("photos/beach.jpg", "photos/new-beach.jpg", False),
        ("photos/beach.jpg", "old/photos/beach.jpg", False),
        ("a.txt", "a.txt-old", True),
        ("a.txt", "a.txt.bak", False),
        ("photos", "photos-old", False),
    ],
)
def test_what_goes_before_a_name_goes_before_no_path(source: str, goal: str, is_glued: bool) -> None:
    found = objection(Case(outcome(["move", source, goal]), request(f"rename {source} to {goal}"), ""))
    assert ("goes before" in found) is is_glued


def test_of_one_file_that_is_described_the_others_in_its_folder_are_not_meant() -> None:
    there = (Entry("recipes", True), Entry("recipes/plum-tart.md"), Entry("recipes/stollen.md"))
    asked = SmallRequest("in the recipe for the plum tart write butter everywhere it says margarine", Reading({"edit": 1.0}), there)
    assert not objection(Case(outcome(["write", "recipes/plum-tart.md", "x\n"]), asked, ""))
    assert objection(Case(outcome(["write", "recipes/plum-tart.md", "x\n"], ["write", "recipes/stollen.md", "x\n"]), asked, ""))


def test_last_night_orders_no_files() -> None:
    there = (Entry("patients/bella-harper.txt"), Entry("patients/bella-young.txt"))
    asked = SmallRequest("Sad news, Bella died last night. Can you move her card to the archive folder?", Reading({"organise": 1.0}), there)
    assert ambiguous(outcome(["move", "patients/bella-harper.txt", "archive/bella-harper.txt"]), asked) == ["patients/bella-harper.txt", "patients/bella-young.txt"]
