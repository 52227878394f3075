"""Several files at once, all but some, lines out of a file, files put together: through the tools, undone byte for byte."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from core.errors import ToolRetry
from core.ports import ToolContext
from tests.unit.test_changes import snapshot
from tests.unit.test_tools import call
from tools.selection import select
from tools.toolbox import LocalToolBox


@pytest.fixture
def files(workspace: Path) -> Path:
    for name in ("a.txt", "b.TXT", "c.pdf", "keep.txt", ".hidden.txt"):
        (workspace / name).write_text(name)
    (workspace / "sub").mkdir()
    (workspace / "sub/d.txt").write_text("d")
    return workspace


def shown(found: list[Path]) -> list[str]:
    return [path.name for path in found]


def test_patterns_ignore_case_and_hidden_files(files: Path) -> None:
    assert shown(select("*.txt", files)) == ["a.txt", "b.TXT", "keep.txt"]
    assert shown(select(".*", files)) == [".hidden.txt"]


def test_several_patterns_may_miss_but_not_all(files: Path) -> None:
    assert shown(select(["*.jpg", "*.pdf"], files)) == ["c.pdf"]
    with pytest.raises(ToolRetry):
        select(["*.jpg", "*.png"], files)
    with pytest.raises(ToolRetry):
        select(["a.txt", "gone.txt"], files)
    with pytest.raises(ToolRetry):
        select([], files)


def test_exclusions_and_kinds(files: Path) -> None:
    assert shown(select("*", files, ["keep.txt", "*.pdf"])) == ["a.txt", "b.TXT", "sub"]
    assert shown(select("*", files, only="files")) == ["a.txt", "b.TXT", "c.pdf", "keep.txt"]
    assert shown(select("*", files, only="folders")) == ["sub"]


@pytest.mark.parametrize(
    ("tool", "args", "left"),
    [
        ("files.move", {"source": ["a.txt", "c.pdf"], "target": "sub/"}, {"a.txt", "c.pdf"}),
        ("files.move", {"source": "*", "exclude": ["keep.txt"], "only": "files", "target": "old/"}, {"a.txt", "b.TXT", "c.pdf"}),
        ("files.delete", {"path": "*.txt", "exclude": ["keep.txt"]}, {"a.txt", "b.TXT"}),
        ("files.delete", {"path": ["a.txt", "sub"]}, {"a.txt", "sub"}),
    ],
)
async def test_what_was_selected_is_gone_and_comes_back(tool: str, args: dict[str, Any], left: set[str], files: Path, toolbox: LocalToolBox, context: ToolContext) -> None:
    before, names = snapshot(files), {path.name for path in files.iterdir()}
    name, known = toolbox.resolve(tool, args)
    intent = await toolbox.prepare(name, known, context)
    await toolbox.perform(intent, context)
    assert names - {path.name for path in files.iterdir()} == left
    assert all(row["undone"] for row in await toolbox.undo(intent.changes)) and snapshot(files) == before


@pytest.mark.parametrize(
    ("tool", "args", "text"),
    [
        ("files.remove_lines", {"first": -1}, "milk\n- eggs\n\nbread and jam\n"),
        ("files.remove_lines", {"first": 1, "last": 2}, "\nbread and jam\nlast\n"),
        ("files.remove_lines", {"empty": True}, "milk\n- eggs\nbread and jam\nlast\n"),
        ("files.remove_lines", {"holding": "BREAD"}, "milk\n- eggs\n\nlast\n"),
        ("files.remove_text", {"text": "eggs"}, "milk\n\nbread and jam\nlast\n"),
        ("files.remove_text", {"text": "jam"}, "milk\n- eggs\n\nbread and\nlast\n"),
    ],
)
async def test_lines_and_items_go(tool: str, args: dict[str, Any], text: str, workspace: Path, toolbox: LocalToolBox, context: ToolContext) -> None:
    (workspace / "list.txt").write_text("milk\n- eggs\n\nbread and jam\nlast\n")
    await call(toolbox, context, tool, path="list.txt", **args)
    assert (workspace / "list.txt").read_text() == text


@pytest.mark.parametrize(
    ("name", "before", "tool", "args", "after"),
    [
        ("a.txt", "rice\napples\n\nrice\n\n", "files.remove_lines", {"repeated": True}, "rice\napples\n\n\n"),
        ("a.txt", "Émile\nzoe\n\nanna\nEva", "files.sort_lines", {}, "anna\nÉmile\nEva\nzoe\n"),
        ("a.md", "- pears\n- [ ] apples\n", "files.sort_lines", {}, "- [ ] apples\n- pears\n"),
        ("a.txt", "10\n9\n-3\nx\n", "files.sort_lines", {"by": "number"}, "-3\n9\n10\nx\n"),
        ("a.txt", "b 10\na 9\n", "files.sort_lines", {"by": "number", "reverse": True}, "b 10\na 9\n"),
        ("a.csv", "name,price\nb,10\na,9\n", "files.sort_lines", {}, "name,price\na,9\nb,10\n"),
        ("a.csv", 'name,price\nb,10\n"c, d",9\na,\n', "files.sort_lines", {"column": "Price"}, 'name,price\n"c, d",9\nb,10\na,\n'),
        ("a.tsv", "n\tc\n2\tx\n1\ty\n", "files.sort_lines", {"column": "c", "reverse": True}, "n\tc\n1\ty\n2\tx\n"),
    ],
)
async def test_lines_are_sorted_and_told_apart(
    name: str, before: str, tool: str, args: dict[str, Any], after: str, workspace: Path, toolbox: LocalToolBox, context: ToolContext
) -> None:
    (workspace / name).write_text(before)
    await call(toolbox, context, tool, path=name, **args)
    assert (workspace / name).read_text() == after


@pytest.mark.parametrize(("name", "text", "args"), [("a.csv", "n,c\n1,2\n", {"column": "age"}), ("a.txt", "x\ny\n", {"column": "n"}), ("a.txt", "\n\n", {})])
async def test_what_cannot_be_sorted_is_said(name: str, text: str, args: dict[str, Any], workspace: Path, toolbox: LocalToolBox, context: ToolContext) -> None:
    (workspace / name).write_text(text)
    with pytest.raises(ToolRetry):
        await call(toolbox, context, "files.sort_lines", path=name, **args)
    assert (workspace / name).read_text() == text


async def test_a_move_that_moves_nothing_does_not_say_that_it_did(workspace: Path, toolbox: LocalToolBox, context: ToolContext) -> None:
    (workspace / "Chapters").mkdir()
    result = await call(toolbox, context, "files.move", source="Chapters", target="Chapters/")
    assert "nothing was moved" in result.text and (workspace / "Chapters").is_dir()


async def test_an_item_of_a_list_in_one_line_goes_with_its_comma(workspace: Path, toolbox: LocalToolBox, context: ToolContext) -> None:
    (workspace / "list.txt").write_text("milk, eggs, bread")
    await call(toolbox, context, "files.remove_text", path="list.txt", text="eggs")
    assert (workspace / "list.txt").read_text() == "milk, bread"


@pytest.mark.parametrize("args", [{"first": 9}, {"first": 0}, {"holding": "nothing like it"}])
async def test_a_line_that_is_not_there_is_said(args: dict[str, Any], workspace: Path, toolbox: LocalToolBox, context: ToolContext) -> None:
    (workspace / "list.txt").write_text("one\ntwo\n")
    with pytest.raises(ToolRetry):
        await call(toolbox, context, "files.remove_lines", path="list.txt", **args)
    assert (workspace / "list.txt").read_text() == "one\ntwo\n"


async def test_files_are_put_together_in_order(workspace: Path, toolbox: LocalToolBox, context: ToolContext) -> None:
    for name, text in (("b.txt", "two"), ("a.txt", "one\n")):
        (workspace / name).write_text(text)
    await call(toolbox, context, "files.merge", source=["b.txt", "a.txt"], target="all.txt")
    assert (workspace / "all.txt").read_text() == "two\none\n"
    await call(toolbox, context, "files.merge", source="*.txt", target="all.txt")
    assert (workspace / "all.txt").read_text() == "one\ntwo"


async def test_text_goes_to_the_top(workspace: Path, toolbox: LocalToolBox, context: ToolContext) -> None:
    (workspace / "a.txt").write_text("old\n")
    await call(toolbox, context, "files.append", path="a.txt", text="new", at="start")
    assert (workspace / "a.txt").read_text() == "new\nold\n"


async def test_files_are_found_by_age_size_and_emptiness(workspace: Path, toolbox: LocalToolBox, context: ToolContext) -> None:
    for name, size in (("big.bin", 3000), ("small.bin", 10), ("empty.bin", 0)):
        (workspace / name).write_bytes(b"x" * size)
    (workspace / "hollow").mkdir()
    os.utime(workspace / "small.bin", (1_600_000_000, 1_600_000_000))

    async def found(**args: Any) -> list[str]:
        return sorted((await call(toolbox, context, "files.find", **args)).value["paths"])

    assert await found(larger_than=1000) == ["big.bin"]
    assert await found(smaller_than=1000, only="files") == ["empty.bin", "small.bin"]
    assert await found(before="2021-01-01") == ["small.bin"]
    assert await found(older_than_days=365) == ["small.bin"]
    assert await found(empty=True) == ["empty.bin", "hollow"]
    assert await found(name=["big*", "small*"]) == ["big.bin", "small.bin"]
    assert await found(sort="smallest", limit=1, only="files") == ["empty.bin"]
    with pytest.raises(ToolRetry):
        await found(since="last summer")


@pytest.mark.parametrize(
    ("said", "found"), [("report", "report.pdf"), ("Cover Letter.docx", "cover-letter.docx"), ("cover letter", "cover-letter.docx"), ("REPORT.PDF", "report.pdf")]
)
def test_a_file_is_found_by_what_people_call_it(said: str, found: str, workspace: Path) -> None:
    for name in ("report.pdf", "cover-letter.docx"):
        (workspace / name).write_text("x")
    assert shown(select(said, workspace)) == [found]


def test_two_that_are_alike_are_not_guessed_between(workspace: Path) -> None:
    for name in ("report.pdf", "report.docx"):
        (workspace / name).write_text("x")
    with pytest.raises(ToolRetry, match="report"):
        select("report", workspace)


async def test_a_new_name_keeps_the_ending_that_was_not_said(workspace: Path, toolbox: LocalToolBox, context: ToolContext) -> None:
    (workspace / "report.pdf").write_text("x")
    (workspace / "old").mkdir()
    name, args = toolbox.resolve("files.move", {"source": "report", "target": "summary"})
    intent = await toolbox.prepare(name, args, context)
    assert [Path(change.to).name for change in intent.changes if change.kind == "move"] == ["summary.pdf"]
    name, args = toolbox.resolve("files.move", {"source": "report", "target": "old"})
    assert [Path(change.to) for change in (await toolbox.prepare(name, args, context)).changes if change.kind == "move"] == [workspace / "old/report.pdf"]
