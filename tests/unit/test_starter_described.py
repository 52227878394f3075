"""What people call their files: found where one thing fits, left alone where it is not certain."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.starter import asked
from models.starter.described import Described
from models.starter.existing import doubtful, lines_of_a_list, settled, taken_for
from models.starter.named import with_names

FILES = {
    "shopping.txt": "milk\neggs\nbread\n", "todo.txt": "call mum\nfix bike\n", "Projects/todo.txt": "paint\n", "Projects/garden/plan.txt": "beans\n", "Projects/garden/plan.bak": "x", "recipes/cake.txt": "flour\n",
    "invoice_march.pdf": "", "invoice_april.pdf": "", "cat.png": "", "packing list.txt": "socks\n", "Taxes/2024/w2.pdf": "", "Taxes/2025/w2.pdf": "", "Work/contracts/smith.txt": "Smith\n", "Work/contracts/jones.txt": "Jones\n",
    "budget.csv": "item,amount\nrent,900\nfood,300\n", "holidayPhotos2024/beach.jpg": "", "tasks.md": "- [ ] water plants\n", "report.pdf": "", "report.docx": "", "groceries.md": "# For Friday\n- apples\n- rice\n", "monday notes.txt": "x\n", "essay.md": "The sea is wide and blue today.\nIt was calm.\n",
}  # fmt: skip


@pytest.fixture
def there(tmp_path: Path) -> Described:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / ".secret").mkdir()
    (tmp_path / ".secret/diary.txt").write_text("x")
    return Described(tmp_path)


@pytest.mark.parametrize(
    ("said", "kind", "found"),
    [
        ("garden plan", "", ["Projects/garden/plan.txt"]),  # nobody means the backup
        ("the cake recipe", "", ["recipes/cake.txt"]),
        ("my todo list", "file", ["todo.txt"]),  # the one in front, not the one further down
        ("to-do list", "file", ["todo.txt"]),
        ("shopping list", "file", ["shopping.txt"]),
        ("invoices", "", ["invoice_april.pdf", "invoice_march.pdf"]),
        ("the march invoice", "", ["invoice_march.pdf"]),
        ("invoice from march", "", ["invoice_march.pdf"]),
        ("cat picture", "", ["cat.png"]),
        ("garden", "folder", ["Projects/garden"]),
        ("holiday photos", "folder", ["holidayPhotos2024"]),
        ("holiday photos of 2024", "folder", ["holidayPhotos2024"]),
        ("smith contract", "file", ["Work/contracts/smith.txt"]),
        ("budget", "", ["budget.csv"]),
        ("plan.txt", "file", ["Projects/garden/plan.txt"]),  # a name to the letter, further down
        ("list.txt", "file", []),  # not "packing list.txt"
        ("w2.pdf", "file", []),
        ("report", "", []),  # two of them
        ("w2", "file", []),
        ("diary", "", []),  # hidden
        ("the", "", []),
        ("a very long phrase that nobody would use for a file", "", []),
    ],
)
def test_one_thing_that_fits_is_found(said: str, kind: str, found: list[str], there: Described) -> None:
    assert there.find(said, kind) == found


def test_a_number_says_how_many_are_meant(there: Described) -> None:
    assert there.find("w2", "file", 2) == ["Taxes/2024/w2.pdf", "Taxes/2025/w2.pdf"]
    assert there.find("contracts", "file", 2) == ["Work/contracts/jones.txt", "Work/contracts/smith.txt"]
    assert there.find("contracts", "file", 3) == []


def test_a_folder_too_large_to_look_through_is_not_guessed_about(there: Described, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.starter.described.MOST", 3)
    assert Described(there.workspace).find("cake recipe") == []


@pytest.mark.parametrize(
    ("said", "outright"),
    [
        ("Add sunscreen to the packing list", 'Add sunscreen to "packing list.txt"'),
        ("in the smith contract change Smith to Jones", "in Work/contracts/smith.txt change Smith to Jones"),
        ("copy both contracts to a folder named Legal", "copy Work/contracts/jones.txt and Work/contracts/smith.txt to a folder named Legal"),
        ("move the two invoices to Done", "move invoice_april.pdf and invoice_march.pdf to Done"),
        ("delete the invoice from march and the cat", "delete invoice_march.pdf and cat.png"),
        ("show the plan of the garden", "show Projects/garden/plan.txt"),
        ("list the garden folder", "list Projects/garden"),
        ("take milk off my shopping list and the cake recipe", "take milk off shopping.txt and recipes/cake.txt"),
        ("delete the three invoices", "delete the three invoices"),  # there are two
        ("delete the report", "delete the report"),
        ("zip the Projects folder", "zip the Projects folder"),  # is called so
        ('write "the shopping list" to a.txt', 'write "the shopping list" to a.txt'),
        ("make a.txt saying the budget is tight", "make a.txt saying the budget is tight"),
        ("remember that the budget is tight", "remember that the budget is tight"),
        ("what should I put in the budget", "what should I put in the budget"),
        ("move all the pictures to Media", "move all the pictures to Media"),
    ],
)
def test_descriptions_become_paths(said: str, outright: str, there: Described) -> None:
    assert with_names(said, there) == outright


@pytest.mark.parametrize(
    ("request_", "calls"),
    [
        ("what's on my packing list?", [("files.read", {"path": "packing list.txt"})]),
        ("what does the march invoice say", [("documents.read", {"path": "invoice_march.pdf"})]),
        ("what is in the garden", [("files.list", {"path": "Projects/garden"})]),
        ("cross out fix bike from my todo list", [("files.remove_text", {"path": "todo.txt", "text": "fix bike"})]),
        ("tick water plants off the tasks", [("tasks.done", {"task": "water plants", "file": "tasks.md"})]),
        ("Sort shopping.txt alphabetically", [("files.sort_lines", {"path": "shopping.txt"})]),
        ("sort the shopping list from high to low", [("files.sort_lines", {"path": "shopping.txt", "by": "number", "reverse": True})]),
        ("sort the shopping list lowest to highest", [("files.sort_lines", {"path": "shopping.txt", "by": "number"})]),
        ("delete the duplicate line in shopping.txt", [("files.remove_lines", {"path": "shopping.txt", "repeated": True})]),
        ("sort the shopping list z to a", [("files.sort_lines", {"path": "shopping.txt", "reverse": True})]),
        ("sort the budget by amount, highest first", [("files.sort_lines", {"path": "budget.csv", "column": "amount", "reverse": True})]),
        ("remove duplicate lines from the shopping list please", [("files.remove_lines", {"path": "shopping.txt", "repeated": True})]),
        ("change the extension of todo.txt to md", [("files.move", {"source": "todo.txt", "target": "todo.md"})]),
        ("total of the amount column in budget.csv", [("tables.query", {"path": "budget.csv", "sql": 'SELECT sum("amount") AS "total of amount" FROM t'})]),
        ("what is the highest amount in the budget?", [("tables.query", {"path": "budget.csv", "sql": 'SELECT max("amount") AS "highest of amount" FROM t'})]),
        ("how much did I spend in the budget", [("tables.query", {"path": "budget.csv", "sql": 'SELECT sum("amount") AS "total of amount" FROM t'})]),
        ("where is my cake recipe", [("files.find", {"name": "cake.txt"})]),
        ("who is on the shopping list?", [("files.read", {"path": "shopping.txt"})]),
        ("list my invoices", [("files.find", {"name": ["invoice_april.pdf", "invoice_march.pdf"]})]),
        ("does the shopping list mention milk", [("files.find", {"path": ".", "name": "shopping.txt", "text": "milk"})]),
        ("has the cake recipe got the word flour in it?", [("files.find", {"path": "recipes", "name": "cake.txt", "text": "flour"})]),
        ("is milk on the shopping list?", [("files.find", {"path": ".", "name": "shopping.txt", "text": "milk"})]),
    ],
)
def test_questions_about_what_is_there(request_: str, calls: list[tuple[str, dict[str, object]]], there: Described) -> None:
    assert list(asked.read(request_, there)) == calls


@pytest.mark.parametrize(
    "request_",
    ["what's in the news?", "sort out my life", "put the shopping list in Projects", "order pizza", "check the spelling in todo.txt", "what does the report say", "total of the age column in budget.csv", "where is Paris", "sort the Projects folder by type", "read ../todo.txt"],
)  # fmt: skip
def test_what_is_not_certain_is_left_to_the_model(request_: str, there: Described) -> None:
    assert asked.read(request_, there) == () and asked.read(request_, None) == ()


@pytest.mark.parametrize(
    ("calls", "request_", "becomes"),
    [
        ([("files.read", {"path": "cake"})], "read the cake", [("files.read", {"path": "recipes/cake.txt"})]),
        ([("files.read", {"path": "march invoice"})], "read the march invoice", [("documents.read", {"path": "invoice_march.pdf"})]),
        ([("files.delete", {"path": "garden/*.bak"})], "remove .bak in garden", [("files.delete", {"path": "Projects/garden/*.bak"})]),
        ([("files.move", {"source": "contracts", "target": "agreements"})], "rename the contracts folder to agreements", [("files.move", {"source": "Work/contracts", "target": "Work/agreements"})]),
        ([("files.move", {"source": "cat.png", "target": "garden/"})], "put cat.png in the garden folder", [("files.move", {"source": "cat.png", "target": "Projects/garden/"})]),
        ([("files.move", {"source": "cat.png", "target": "garden/"})], "put cat.png in a folder garden", [("files.move", {"source": "cat.png", "target": "garden/"})]),
        ([("files.append", {"path": "groceries", "text": "tea\njam"})], "put tea and jam on the groceries", [("files.append", {"path": "groceries.md", "text": "- tea\n- jam"})]),
        ([("files.append", {"path": "tasks.md", "text": "sweep"})], "add sweep to tasks.md", [("files.append", {"path": "tasks.md", "text": "- [ ] sweep"})]),
        ([("files.append", {"path": "groceries.md", "text": "- tea"})], "add - tea to groceries.md", [("files.append", {"path": "groceries.md", "text": "- tea"})]),
        ([("files.append", {"path": "groceries.md", "text": "# Later", "at": "end"})], "add # Later", [("files.append", {"path": "groceries.md", "text": "# Later", "at": "end"})]),
        ([("files.append", {"path": "monday's notes", "text": "call Ann"})], "add call Ann to monday's notes", [("files.append", {"path": "monday notes.txt", "text": "call Ann"})]),
        ([("files.move", {"source": "cat.png", "target": "trash/"})], "send the cat to the trash", [("files.delete", {"path": "cat.png"})]),
        ([("files.move", {"source": "cat.png", "target": "bin/"})], "move cat.png to bin", [("files.move", {"source": "cat.png", "target": "bin/"})]),
        ([("files.append", {"path": "plan.txt", "text": "x"})], "add x to plan.txt", [("files.append", {"path": "plan.txt", "text": "x"})]),  # it is made here
        ([("files.append", {"path": "shopping", "text": "x"})], "add x to a new file shopping", [("files.append", {"path": "shopping", "text": "x"})]),
        ([("files.write", {"path": "cake", "text": ""}), ("files.read", {"path": "cake"})], "make cake and read it", [("files.write", {"path": "cake", "text": ""}), ("files.read", {"path": "cake"})]),
        (
            [("files.make_folder", {"path": "Invoices"}), ("files.move", {"source": "invoices", "target": "Invoices/"})],
            "make a folder Invoices and move the invoices in there",
            [("files.make_folder", {"path": "Invoices"}), ("files.move", {"source": ["invoice_april.pdf", "invoice_march.pdf"], "target": "Invoices/"})],
        ),
        (
            [("files.delete", {"path": "cat.png"}), ("files.copy", {"source": "cat.png", "target": "recipes/"})],
            "delete cat.png but keep a copy in recipes",
            [("files.copy", {"source": "cat.png", "target": "recipes/"}), ("files.delete", {"path": "cat.png"})],
        ),
        ([("files.copy", {"source": "essay", "target": "essay-backup"})], "make a backup copy of the essay", [("files.copy", {"source": "essay.md", "target": "essay-backup.md"})]),
        ([("files.copy", {"source": "essay", "target": "old"})], "copy the essay to old", [("files.copy", {"source": "essay.md", "target": "old"})]),
        ([("files.delete", {"path": "Taxes/2025/w2"})], "delete the w2 file in Taxes/2025", [("files.delete", {"path": "Taxes/2025/w2.pdf"})]),
        ([("files.read", {"path": "recipes/bread"})], "read bread in recipes", [("files.read", {"path": "recipes/bread"})]),
        ([("files.read", {"path": "invoices"})], "read the invoices", [("files.read", {"path": "invoices"})]),  # one at a time
        ([("files.delete", {"path": "{{s1.output.paths}}"})], "delete them", [("files.delete", {"path": "{{s1.output.paths}}"})]),
    ],
)  # fmt: skip
def test_names_in_calls_become_what_is_there(calls: list, request_: str, becomes: list, there: Described) -> None:
    assert list(settled(calls, there, request_)) == becomes and list(settled(calls, None, request_)) == calls


def test_a_delete_beyond_what_was_named_is_asked_about() -> None:
    assert taken_for([("files.delete", {"path": "Projects/garden/plan.txt"})], "delete the plan") == "Projects/garden/plan.txt"
    assert taken_for([("files.delete", {"path": ["invoice_march.pdf", "invoice_april.pdf"]})], "delete the invoices")
    assert taken_for([("files.delete", {"path": "packing list.txt"})], "delete the list")
    assert not taken_for([("files.delete", {"path": "packing list.txt"})], "delete my packing lists")
    assert not taken_for([("files.delete", {"path": "Projects/garden/plan.txt"})], "delete projects/garden/plan.txt")
    assert not taken_for([("files.delete", {"path": "shopping.txt"})], "delete the shopping list")
    assert not taken_for([("files.delete", {"path": ["*.jpg", "*.jpeg"]})], "delete the jpgs")


def test_a_name_written_as_a_text_and_a_file_that_would_be_emptied_are_asked_about(there: Described) -> None:
    assert doubtful([("files.append", {"path": "essay.md", "text": "cat.png"})], "add the cat to the essay", there)
    assert not doubtful([("files.append", {"path": "essay.md", "text": "cat.png"})], "add cat.png to the essay", there)
    assert not doubtful([("files.append", {"path": "essay.md", "text": "a cat"})], "add a cat to the essay", there)
    assert doubtful([("files.write", {"path": "essay.md", "text": ""})], "make a list of the essay", there)
    assert not doubtful([("files.write", {"path": "new.md", "text": ""})], "make an empty file new.md", there)
    assert "took your words for" in doubtful([("files.delete", {"path": "packing list.txt"})], "delete the list", there)


def test_several_words_for_a_list_are_lines_of_it(there: Described) -> None:
    lines, words = [("files.append", {"path": "shopping.txt", "text": "butter\njam"})], [("files.append", {"path": "shopping.txt", "text": "butter and jam"})]
    assert lines_of_a_list(lines, words, there)
    prose = [[("files.append", {**calls[0][1], "path": "essay.md"})] for calls in (lines, words)]
    assert not lines_of_a_list(prose[0], prose[1], there)
