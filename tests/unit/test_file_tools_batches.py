"""Several moves, copies, texts and edits in one call: all or nothing, each named in preview and result, undone byte for byte."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from core.errors import ToolError, ToolRetry
from core.ports import ToolContext
from tests.unit.test_changes import snapshot
from tools.toolbox import LocalToolBox


@pytest.fixture
def files(workspace: Path) -> Path:
    (workspace / "sub").mkdir()
    for name in ("a.txt", "b.txt", "c.pdf", "sub/d.txt"):
        (workspace / name).write_text(f"{name}\nsecond\n")
    return workspace


class Hand:
    """Calls a tool as a run does; ``undo`` takes the last call back."""

    def __init__(self, toolbox: LocalToolBox, context: ToolContext) -> None:
        self.box, self.context = toolbox, context

    async def __call__(self, name: str, /, **args: Any) -> Any:
        tool, known = self.box.resolve(name, args)
        assert not self.box.check_args(tool, known), self.box.check_args(tool, known)
        self.intent = await self.box.prepare(tool, known, self.context)
        result = await self.box.perform(self.intent, self.context)
        assert await self.box.verify(self.intent, result, self.context) is None
        return result

    async def undo(self) -> None:
        assert all(row["undone"] for row in await self.box.undo(self.intent.changes))


@pytest.fixture
def hand(toolbox: LocalToolBox, context: ToolContext) -> Hand:
    return Hand(toolbox, context)


BATCHES = [
    ("files.move", {"moves": [{"source": "a.txt", "target": "new/one.txt"}, {"source": "b.txt", "target": "new/"}]}, ["a.txt → new/one.txt", "b.txt → new/b.txt", "Made the folder new"]),
    ("files.move", {"moves": [{"from": "a.txt", "to": "x.txt"}], "source": "*.pdf", "target": "pdfs"}, ["a.txt → x.txt", "c.pdf → pdfs/c.pdf"]),
    ("files.copy", {"moves": [{"source": "a.txt", "target": "copy.txt"}, {"source": "sub", "target": "sub2"}]}, ["a.txt → copy.txt", "sub → sub2"]),
    ("files.write", {"files": [{"path": "n/1.txt", "text": "one\n"}, {"path": "n/2.txt", "text": "two words\n"}, {"path": "a.txt", "text": "new"}]}, ["Made n/1.txt: 1 line, 1 word, 4 bytes.", "Wrote a.txt: 1 line, 1 word, 3 bytes."]),
    ("files.edit", {"path": "a.txt", "edits": [{"old": "a.txt", "new": "A"}, {"old": "second", "new": "2nd\n3rd"}]}, ["Replaced 2 places in a.txt (lines 1, 2)", "3 lines"]),
    ("files.edit", {"edits": [{"path": "a.txt", "old": "second", "new": "x"}, {"path": "b.txt", "old": "second", "new": "y"}]}, ["Replaced 1 place in a.txt (line 2)", "Replaced 1 place in b.txt (line 2)"]),
    ("files.edit", {"edits": [{"path": "a.txt", "find": "second", "replace": "x"}]}, ["Replaced 1 place in a.txt (line 2)"]),
    ("files.copy", {"copies": [{"source": "*.txt", "target": "all/"}]}, ["a.txt → all/a.txt", "b.txt → all/b.txt"]),
    ("files.move", {"moves": [{"source": "*.txt", "target": "all"}, {"source": "c.pdf", "target": "all/z.pdf"}]}, ["a.txt → all/a.txt", "c.pdf → all/z.pdf"]),
    ("files.delete", {"path": ["a.txt", "sub", "*.zip"]}, ["Deleted a.txt, sub (a folder with 1 file)", "Nothing matched *.zip."]),
    ("files.make_folder", {"path": ["x/y", "x/z", "sub"]}, ["Made the folders x/y, x/z.", "The folder sub was there already."]),
    ("files.sort_into_folders", {}, ["a.txt → Documents/a.txt", "Made the folder Documents."]),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "args", "said"), BATCHES)
async def test_a_batch_is_done_named_and_undone(tool: str, args: dict[str, Any], said: list[str], files: Path, hand: Hand) -> None:
    before = snapshot(files)
    result = await hand(tool, **args)
    assert snapshot(files) != before and hand.intent.preview
    for words in said:
        assert words in result.text
    await hand.undo()
    assert snapshot(files) == before


REFUSED = [
    ("files.move", {"moves": [{"source": "a.txt", "target": "x.txt"}, {"source": "gone.txt", "target": "y.txt"}]}, "There is no gone.txt"),
    ("files.move", {"moves": [{"source": "a.txt", "target": "x.txt"}, {"source": "b.txt", "target": "x.txt"}]}, "would both become x.txt"),
    ("files.move", {"moves": [{"source": "a.txt", "target": "b.txt"}, {"source": "b.txt", "target": "z.txt"}]}, "b.txt is to be moved itself"),
    ("files.move", {"moves": [{"source": "a.txt", "target": "x.txt"}, {"source": "a.txt", "target": "y.txt"}]}, "moved twice"),
    ("files.move", {"moves": [{"source": "a.txt", "target": "sub/"}, {"source": "b.txt", "target": "c.pdf"}]}, "c.pdf is already there"),
    ("files.move", {"source": "sub", "target": "sub/inner"}, "into itself"),
    ("files.copy", {"moves": [{"source": "a.txt", "target": "b.txt"}]}, "b.txt is already there; nothing was copied"),
    ("files.write", {"files": [{"path": "x.txt", "text": "1"}, {"path": "./x.txt", "text": "2"}]}, "written twice"),
    ("files.write", {"files": [{"path": "x.txt", "text": "1"}, {"path": "y.txt"}]}, r"files\[1\] is not right"),
    ("files.write", {"files": [{"path": "x.txt", "text": "1"}, {"path": "sub", "text": "2"}]}, "sub"),
    ("files.edit", {"path": "a.txt", "edits": [{"old": "second", "new": "x"}, {"old": "Second", "new": "y"}]}, "does not hold 'Second'; nothing was changed"),
    ("files.edit", {"edits": [{"path": "a.txt", "old": "second", "new": "x"}, {"path": "b.txt", "old": "nope", "new": "y"}]}, "b.txt does not hold 'nope'"),
    ("files.edit", {"edits": [{"old": "second", "new": "x"}]}, "path is missing"),
    ("files.delete", {"path": ["a.txt", "gone.txt"]}, "There is no gone.txt"),
    ("files.make_folder", {"path": ["x", "a.txt/y"]}, "a.txt"),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "args", "said"), REFUSED)
async def test_where_one_part_is_wrong_nothing_is_done(tool: str, args: dict[str, Any], said: str, files: Path, hand: Hand) -> None:
    before = snapshot(files)
    with pytest.raises(ToolError, match=said) as caught:
        await hand(tool, **args)
    assert snapshot(files) == before
    assert caught.value.hint or tool == "files.make_folder" or "folder" in caught.value.message


@pytest.mark.parametrize(
    ("tool", "args"),
    [
        ("files.write", {}),
        ("files.edit", {"path": "a.txt"}),
        ("files.edit", {"path": "a.txt", "find": "x"}),
        ("files.move", {"source": "a.txt"}),
        ("files.copy", {"target": "a.txt"}),
        ("files.read", {}),
    ],
)
def test_a_call_without_either_form_is_wrong_before_it_is_prepared(tool: str, args: dict[str, Any], toolbox: LocalToolBox) -> None:
    assert any("missing" in sentence for sentence in toolbox.check_args(tool, args))


def test_one_naming_is_shown_and_the_older_ones_are_taken(toolbox: LocalToolBox) -> None:
    shown = {spec.name: spec.parameters["properties"] for spec in toolbox.specs()}
    assert set(shown["files.edit"]["edits"]["items"]["properties"]) == {"find", "replace", "count", "path"}
    assert "copies" in shown["files.copy"] and "moves" not in shown["files.copy"] and "moves" in shown["files.move"]
    for name, args in (
        ("files.copy", {"moves": []}),
        ("files.copy", {"copies": []}),
        ("files.edit", {"edits": [{"old": "a", "new": "b"}]}),
        ("files.read", {"path": ["a"], "sheet": "x"}),
    ):
        assert toolbox.resolve(name, args) == (name, args) and not toolbox.check_args(name, args)


async def test_a_name_that_no_folder_has_is_said_to_be_a_files_name_now(files: Path, hand: Hand) -> None:
    assert "There was no folder big, so that is the file's name now" in (await hand("files.move", source="a.txt", target="big")).text
    assert "no folder" not in (await hand("files.move", source="b.txt", target="large/")).text and (files / "large/b.txt").exists()


async def test_line_ends_stay_when_text_is_added_and_taken_out(files: Path, hand: Hand) -> None:
    (files / "w.txt").write_bytes("eins\r\nzwei ä\r\n".encode("cp1252"))
    await hand("files.append", path="w.txt", text="drei\nvier")
    assert (files / "w.txt").read_bytes() == "eins\r\nzwei ä\r\ndrei\r\nvier\r\n".encode("cp1252")
    await hand("files.remove_lines", path="w.txt", holding="drei")
    await hand("files.sort_lines", path="w.txt")
    assert (files / "w.txt").read_bytes() == "eins\r\nvier\r\nzwei ä\r\n".encode("cp1252")
    await hand("files.edit", path="w.txt", find="vier", replace="四")
    assert (files / "w.txt").read_text("utf-8") == "eins\n四\nzwei ä\n"


@pytest.mark.parametrize("tool", ["files.edit", "files.append", "files.remove_lines", "files.remove_text", "files.sort_lines"])
async def test_text_tools_do_not_write_into_documents(tool: str, files: Path, hand: Hand) -> None:
    import docx

    docx.Document().save(str(files / "d.docx"))
    (files / "p.pdf").write_text("%PDF-1.4 all of it in letters\n")
    before = snapshot(files)
    more: dict[str, dict[str, Any]] = {
        "files.edit": {"find": "x", "replace": "y"},
        "files.append": {"text": "x"},
        "files.remove_lines": {"first": 1},
        "files.remove_text": {"text": "x"},
    }
    for name in ("d.docx", "p.pdf"):
        with pytest.raises(ToolRetry) as caught:
            await hand(tool, path=name, **more.get(tool, {}))
        assert caught.value.hint and snapshot(files) == before


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Dear [Your name],", ["[Your name]"]), ("TODO: fill in", ["TODO"]), ("{{name}} and {{date}}", ["{{name}}", "{{date}}"]), ("Lorem ipsum dolor", ["Lorem ipsum"]), ("[Datum]", ["[Datum]"]), ("<your address>", ["<your address>"]),
        ("- [ ] buy milk\n- [x] done", []), ("[My notes](notes.md)", []), ("# TODO list", []), ("todo tomorrow", []), ("a[1] = {x}", []), ("<b>bold</b>", []),
    ],
)  # fmt: skip
async def test_placeholders_are_named_and_never_refused(text: str, left: list[str], files: Path, hand: Hand) -> None:
    for tool, args in (
        ("files.write", {"path": "x.md", "text": text}),
        ("files.write", {"files": [{"path": "x.md", "text": text}]}),
        ("files.append", {"path": "y.md", "text": text}),
        ("notes.add", {"text": text}),
    ):
        said = (await hand(tool, **args)).text
        assert ("still holds the placeholder" in said) is bool(left) and all(name in said for name in left)


async def test_a_move_made_already_does_not_take_what_came_to_its_old_place(files: Path, hand: Hand) -> None:
    await hand("files.move", source="a.txt", target="z.txt")
    (files / "a.txt").write_text("new here")
    with pytest.raises(ToolError, match="already there") as caught:
        hand.box.changes.apply(hand.intent.changes)  # as after a crash before the move was noted down
    assert (files / "a.txt").read_text() == "new here" and (files / "z.txt").read_text() == "a.txt\nsecond\n" and caught.value.hint


async def test_special_files_are_neither_copied_nor_packed(files: Path, hand: Hand) -> None:
    os.mkfifo(files / "pipe")
    for tool, args in (
        ("files.copy", {"source": "pipe", "target": "p2"}),
        ("files.archive", {"source": "pipe"}),
        ("files.merge", {"source": ["a.txt", "pipe"], "target": "m.txt"}),
        ("files.append", {"path": "pipe", "text": "x"}),
    ):
        with pytest.raises(ToolError, match="pipe"):
            await hand(tool, **args)
    await hand("files.move", source="pipe", target="sub/")
    assert not (files / "pipe").exists()
