"""What the descriptions of the file, note, clipboard and opening tools promise, held against what they do: each sentence has its check."""

from __future__ import annotations

import datetime
import json
import os
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from core.errors import ToolError
from core.ports import ToolContext
from tests.unit.test_file_tools_batches import Hand
from tools.builtin import builtin_tools
from tools.toolbox import LocalToolBox

MINE = {tool.name: tool for tool in builtin_tools() if tool.category in ("files", "documents", "notes", "clipboard", "open")}
CORE = ("files.list", "files.read", "files.find", "files.write", "files.edit", "files.move", "files.copy", "files.delete", "files.make_folder", "files.info")
Check = Callable[[Hand, Path], Awaitable[None]]
PROMISES: dict[str, list[tuple[tuple[str, ...], Check]]] = {}


@pytest.fixture
def hand(toolbox: LocalToolBox, context: ToolContext) -> Hand:
    return Hand(toolbox, context)


@pytest.fixture
def files(workspace: Path) -> Path:
    (workspace / "sub/deep").mkdir(parents=True)
    (workspace / "a.txt").write_text("# Head\n\n- The budget is 400.\n| x | y |\nend\n")
    (workspace / "b.csv").write_text("name,n\nzed,1\nann,2\n")
    (workspace / "sub/c.txt").write_text("BUDGET again\n")
    (workspace / "sub/deep/d.md").write_text("deep\n")
    (workspace / "x.bin").write_bytes(b"\0\1" * 2000)
    os.utime(workspace / "a.txt", (1_700_000_000, 1_700_000_000))
    import docx

    made = docx.Document()
    made.add_paragraph("The budget of Word")
    made.save(str(workspace / "w.docx"))
    return workspace


def promise(tool: str, *words: str) -> Callable[[Check], Check]:
    """The check for these words of a tool's description."""

    def keep(check: Check) -> Check:
        PROMISES.setdefault(tool, []).append((words, check))
        return check

    return keep


@promise("files.list", "names, kinds, sizes in bytes, dates of change", "their number of entries")
async def _(hand: Hand, files: Path) -> None:
    text = (await hand("files.list")).text
    assert "- a.txt  (text, 43 bytes, 2023-11-1" in text and "- sub/  (folder, 2 entries, " in text and "x.bin  (file, 4000 bytes" in text


@promise("files.list", "Sorted by name, folders first", "size: largest first", "List folders")
async def _(hand: Hand, files: Path) -> None:
    by = {
        sort: re.findall(r"^- (\S+)", (await hand("files.list", sort=sort, only="files" if sort != "name" else "all")).text, re.M) for sort in ("name", "size", "newest", "oldest")
    }
    assert by["name"] == ["sub/", "a.txt", "b.csv", "w.docx", "x.bin"] and by["size"][:2] == ["w.docx", "x.bin"] and by["oldest"][0] == by["newest"][-1] == "a.txt"
    for sort, words in (("name", "by name, folders first"), ("size", "by size, largest first"), ("newest", "newest first"), ("oldest", "oldest first")):
        assert words in (await hand("files.list", sort=sort)).text
    assert "Left out: 3 more; limit=5 shows them" in (await hand("files.list", limit=2)).text
    several = await hand("files.list", path=["sub", "sub/deep"])
    assert "sub holds 1 file and 1 folder" in several.text and "sub/deep holds 1 file and 0 folders" in several.text
    assert [row["name"] for row in several.value["items"]] == ["deep", "c.txt", "d.md"] and [row["files"] for row in several.value["folders"]] == [1, 1]


@pytest.mark.parametrize(
    ("args", "head"),
    [
        ({"pattern": "*.csv"}, "This folder holds 1 of 4 files and 0 of 1 folder named *.csv, sorted"),
        ({"pattern": ["*.csv", "*.txt"], "only": "files"}, "This folder holds 2 of 4 files named *.csv or *.txt, sorted"),
        ({"exclude": ["*.csv"]}, "This folder holds 3 of 4 files and 1 of 1 folder, without *.csv, sorted"),
        ({"only": "folders"}, "This folder holds 1 of 1 folder, sorted"),
        ({}, "This folder holds 4 files and 1 folder, sorted"),
    ],
)
async def test_a_list_of_some_says_how_many_there_are(args: dict[str, object], head: str, hand: Hand, files: Path) -> None:
    assert (await hand("files.list", **args)).text.startswith(head)


@promise(
    "files.read",
    "one or many files of any kind",
    "Each comes in a frame with its name",
    "of tables with columns, their types, ranges and frequent values",
    "Pictures and other binaries are named only",
)
async def _(hand: Hand, files: Path) -> None:
    text = (await hand("files.read", path=["*"])).text
    for name in ("a.txt", "b.csv", "w.docx"):
        assert f"── {name} (" in text and f"── end of {name} ──" in text
    assert "columns: name (text), n (whole number" in text
    assert "The budget of Word" in text and "x.bin is not a text file: it is a binary file, 4.00 kB" in text.replace("4.0 kB", "4.00 kB")


@promise("files.read", "what was left out is said, with how to read on")
async def _(hand: Hand, files: Path) -> None:
    (files / "long.txt").write_text("word\n" * 5000)
    assert "left out: 3000 lines after; start=2001 reads on" in (await hand("files.read", path="long.txt")).text


@promise("files.find", "all below by name", "any case; PDF, DOCX", "size or date")
async def _(hand: Hand, files: Path) -> None:
    assert (await hand("files.find", name="d.")).value["paths"] == ["sub/deep/d.md"]
    assert (await hand("files.find", text="budget")).value["paths"] == ["a.txt", "sub/c.txt", "w.docx"]
    assert (await hand("files.find", larger_than=3000, smaller_than=4001)).value["paths"] == ["x.bin"]
    assert (await hand("files.find", before="2024-01-01")).value["paths"] == ["a.txt"]
    assert (await hand("files.find", larger_than=4000, smaller_than=4001)).value["paths"] == ["x.bin"] and not (
        await hand("files.find", larger_than=3999, smaller_than=4000)
    ).value["paths"]
    (files / "zero").touch()
    midnight = datetime.datetime(2024, 5, 6).astimezone().timestamp()
    os.utime(files / "zero", (midnight, midnight))
    assert (await hand("files.find", smaller_than=1)).value["paths"] == (await hand("files.find", since="2024-05-06", before="2024-05-07")).value["paths"] == ["zero"]
    assert not (await hand("files.find", since="2024-01-01", before="2024-05-06")).value["paths"]
    assert (await hand("files.find", text=["again", "400"])).value["paths"] == ["a.txt", "sub/c.txt"]


@promise("files.find", "lines by number with two around", "what was searched and what not")
async def _(hand: Hand, files: Path) -> None:
    text = (await hand("files.find", text="budget")).text
    assert "\n\n         1 | # Head\n         2 | \n    >    3 | - The budget is 400.\n         4 | | x | y |\n         5 | end\n\n" in text
    assert "5 of 6 files searched, 3 hold it; not searched: 1 (x.bin: a binary file" in text and "upper and lower case alike" in text
    none = await hand("files.find", text="nowhere")
    assert "Found 0 files" in none.text and "5 of 6 files searched, 0 hold it" in none.text
    assert "Left out: 2 more files; limit=3 shows them" in (await hand("files.find", text="budget", limit=1)).text
    assert "split over\nlines" and (files / "s.txt").write_text("split over\nlines") and (await hand("files.find", text="over lines")).value["paths"] == ["s.txt"]


@promise(
    "files.info",
    "kind, size in bytes, date of change",
    "lines and words of what can be read",
    "how many files a folder holds with its subfolders",
    "without their text",
)
async def _(hand: Hand, files: Path) -> None:
    text = (await hand("files.info", path=["a.txt", "sub", "w.docx", "x.bin"])).text
    assert "a.txt: text, 43 bytes, changed 2023-11-1" in text and "5 lines, 8 words (" in text and "budget is" not in text
    assert (
        "sub: folder, 2 files in it and its subfolders, 18 bytes" in text
        and "w.docx: document, " in text
        and "1 line, 4 words" in text
        and "x.bin: file, 4000 bytes (4.0 kB)" in text
    )


@promise("files.make_folder", "parents too", "there already stays as it is")
async def _(hand: Hand, files: Path) -> None:
    assert "Made the folder q/w." in (await hand("files.make_folder", path="q/w")).text and (files / "q/w").is_dir()
    assert "was there already" in (await hand("files.make_folder", path="sub")).text and (files / "sub/c.txt").exists()


@promise(
    "files.write",
    "by path and text or by files, replacing what they held",
    "Missing folders are made",
    "lines, words (with and without marks), bytes, and placeholders left",
    "(UTF-8)",
)
async def _(hand: Hand, files: Path) -> None:
    assert (
        await hand("files.write", path="n/m.md", text="# Ä\n\n- [Your name]\n")
    ).text == "Made n/m.md: 3 lines, 3 words (5 counting marks), 20 bytes. It still holds the placeholder [Your name]."
    assert (await hand("files.write", path="a.txt", text="x")).text.startswith("Wrote a.txt: 1 line, 1 word, 1 byte.") and (files / "a.txt").read_text() == "x"
    assert (files / "n/m.md").read_text("utf-8").startswith("# Ä")
    assert (await hand("files.write", files=[{"path": "n.md", "text": "- 12 | 400\n## b\n"}])).text == "Made n.md: 2 lines, 3 words (6 counting marks), 16 bytes."
    assert (await hand("files.write", path="t.csv", text="a;b\n1;2\n3;4\n")).text == "Made t.csv: 3 lines, 2 rows below the header, 2 columns, 12 bytes."
    assert "word" not in (await hand("files.info", path="t.csv")).text and (await hand("files.info", path="t.csv")).value["words"] == 3


@promise("files.append", "at the end or start", "which is made if missing", "what was added, also a missing line break before it, and lines, words and bytes of the whole")
async def _(hand: Hand, files: Path) -> None:
    assert (await hand("files.append", path="new.txt", text="one")).text == "Added 1 line at the end of new.txt: it has 1 line, 1 word, 4 bytes now."
    assert "Added 2 lines at the start of new.txt: it has 3 lines" in (await hand("files.append", path="new.txt", text="x\ny", at="start")).text
    assert (files / "new.txt").read_text() == "x\ny\none\n"
    (files / "open.txt").write_text("no end")
    both = await hand("files.append", path=["open.txt", "new.txt", "open.txt"], text="z")
    assert both.text.splitlines()[0].startswith("Added 1 line at the end of open.txt, after a line break, which the last line did not have: it has 2 lines")
    assert both.text.splitlines()[1].startswith("Added 1 line at the end of new.txt: it has 4 lines") and both.value["count"] == both.value["added"] == 2
    assert (files / "open.txt").read_text() == "no end\nz\n" and (files / "new.txt").read_text().endswith("one\nz\n")
    await hand.undo()
    assert (files / "open.txt").read_text() == "no end"


@promise("files.edit", "exact passages", "one (find, replace) or several (edits)", "All of them must be there, else nothing is changed", "Encoding and line ends stay")
async def _(hand: Hand, files: Path) -> None:
    (files / "e.txt").write_bytes("ä\r\nb\r\n".encode("cp1252"))
    assert "Replaced 1 place in e.txt (line 2)" in (await hand("files.edit", path="e.txt", find="b\n", replace="c\n")).text and (files / "e.txt").read_bytes() == b"\xe4\r\nc\r\n"
    with pytest.raises(ToolError, match="nothing was changed"):
        await hand("files.edit", path="e.txt", edits=[{"old": "c", "new": "d"}, {"old": "zz", "new": "y"}])
    assert (files / "e.txt").read_bytes() == b"\xe4\r\nc\r\n"


for _tool, _verb, _stays in (("files.move", "Moved", False), ("files.copy", "Copied", True)):

    @promise(
        _tool,
        "folders",
        "A target that is no folder is",
        "ending in / it is a folder, made if missing",
        "Several, or a pattern, go into the folder target",
        "Nothing is overwritten",
    )
    async def _(hand: Hand, files: Path, tool: str = _tool, verb: str = _verb, stays: bool = _stays) -> None:
        assert (await hand(tool, source="a.txt", target="z.txt")).text == f"{verb} a.txt to z.txt." and (files / "a.txt").exists() is stays
        assert "Made the folder into" in (await hand(tool, source="z.txt", target="into/")).text and (files / "into/z.txt").exists()
        assert "- b.csv → more/b.csv" in (await hand(tool, source=["b.csv", "w.docx"], target="more")).text and (files / "more/w.docx").exists()
        assert (await hand(tool, source="*.bin", target="even")).value["path"].endswith("even/x.bin")
        with pytest.raises(ToolError, match="already there") as caught:
            await hand(tool, source="sub/c.txt", target="into/z.txt")
        assert "into/z-2.txt" in caught.value.hint


@promise("files.delete", "undo brings them back", "into Deskhand's trash", "Every name must be there, else none is deleted", "how many files were in it")
async def _(hand: Hand, files: Path) -> None:
    assert (await hand("files.delete", path=["a.txt", "sub"])).text == "Deleted a.txt, sub (a folder with 2 files) (undo brings them back)." and not (files / "sub").exists()
    await hand.undo()
    assert (files / "sub/deep/d.md").exists()
    with pytest.raises(ToolError):
        await hand("files.delete", path=["a.txt", "none.txt"])
    assert (files / "a.txt").exists()


@promise("files.sort_into_folders", "by the ending of their names (type: Images, Documents", "month or year of change", "does not look at what files hold", "use files.move")
async def _(hand: Hand, files: Path) -> None:
    (files / "invoice.txt").write_text("a picture of a cat")
    text = (await hand("files.sort_into_folders")).text
    assert "- invoice.txt → Documents/invoice.txt" in text and "- b.csv → Spreadsheets/b.csv" in text
    await hand.undo()
    assert "a.txt → 2023-11/a.txt" in (await hand("files.sort_into_folders", by="month")).text


@promise("files.remove_lines", "by number, by what they hold, the empty ones, or those that stand there twice", "which lines went and what the file has now")
async def _(hand: Hand, files: Path) -> None:
    (files / "l.txt").write_text("a\n\nb\na\nc\n")
    assert (await hand("files.remove_lines", path="l.txt", repeated=True)).text == "Removed one line from l.txt ('a'): it has 4 lines, 3 words, 7 bytes now."
    assert "3 lines" in (await hand("files.remove_lines", path="l.txt", empty=True)).text
    assert "('b')" in (await hand("files.remove_lines", path="l.txt", holding="B")).text and "('c')" in (await hand("files.remove_lines", path="l.txt", first=-1)).text


@promise("files.sort_lines", "the first line of a CSV or TSV stays first, empty lines go", "which line is first and last")
async def _(hand: Hand, files: Path) -> None:
    assert (
        "Sorted 2 lines of b.csv (first 'ann,2', last 'zed,1')" in (await hand("files.sort_lines", path="b.csv")).text and (files / "b.csv").read_text() == "name,n\nann,2\nzed,1\n"
    )


@promise("files.remove_text", "a line that is nothing else goes whole", "an item of a list goes with its comma", "Any case; every place")
async def _(hand: Hand, files: Path) -> None:
    (files / "l.txt").write_text("- Milk\n- eggs\n")
    assert "Took 'milk' out of l.txt: it has 1 line, 1 word (2 counting marks), 7 bytes now." in (await hand("files.remove_text", path="l.txt", text="milk")).text
    (files / "m.txt").write_text("milk, eggs, Milk, tea\n")
    await hand("files.remove_text", path="m.txt", text="milk")
    assert (files / "m.txt").read_text() == "eggs, tea\n"


@promise("files.merge", "(text, PDF, DOCX, XLSX, HTML)", "in order, each starting on a line of its own", "The result names them")
async def _(hand: Hand, files: Path) -> None:
    assert "Put 2 files together in all.txt (w.docx, sub/c.txt): it has 2 lines" in (await hand("files.merge", source=["w.docx", "sub/c.txt"], target="all.txt")).text
    assert (files / "all.txt").read_text() == "The budget of Word\nBUDGET again\n"


@promise("files.archive", "a new .zip or .tar.gz", "The sources stay", "how many files, their names and the bytes of the archive")
async def _(hand: Hand, files: Path) -> None:
    for target in ("s.zip", "s.tar.gz"):
        text = (await hand("files.archive", source="sub", target=target)).text
        assert f"Packed 2 files into {target} ({(files / target).stat().st_size} bytes): sub/c.txt, sub/deep/d.md." in text and (files / "sub/c.txt").exists()


@promise("files.extract", ".zip, .tar, .tar.gz, .tar.bz2 or .tar.xz", "into a folder, which is made", "Nothing is overwritten", "names the files and their bytes in all")
async def _(hand: Hand, files: Path) -> None:
    import tarfile

    await hand("files.archive", source="sub", target="s.zip")
    for number, mode in enumerate(("w", "w:gz", "w:bz2", "w:xz")):
        with tarfile.open(files / f"t{number}.tar{mode[1:].replace(':', '.')}", mode) as packed:  # type: ignore[call-overload]
            packed.add(files / "sub", "sub")
    for name in sorted(item.name for item in files.glob("*.zip")) + sorted(item.name for item in files.glob("t*.tar*")):
        text = (await hand("files.extract", source=name, target=f"out-{name}")).text
        assert f"Unpacked 2 files into out-{name} (18 bytes): out-{name}/sub/c.txt" in text
        with pytest.raises(ToolError, match="already there; nothing was unpacked"):
            await hand("files.extract", source=name, target=f"out-{name}")


@promise("documents.read", "Read one or many documents", "as files.read does", "of a single CSV the result holds columns and rows, of a single JSON its data")
async def _(hand: Hand, files: Path) -> None:
    (files / "d.json").write_text('{"a": [1]}')
    assert (await hand("documents.read", path=["w.docx", "b.csv"])).value["count"] == 2
    assert (await hand("documents.read", path="w.docx")).text == (await hand("files.read", path="w.docx")).text
    assert (await hand("documents.read", path="b.csv")).value["columns"] == ["name", "n"] and (await hand("documents.read", path="d.json")).value["data"] == {"a": [1]}


@promise("notes.add", "(not in the workspace", "repeats it and says words and placeholders that are left")
async def _(hand: Hand, files: Path) -> None:
    before = set(files.iterdir())
    text = (await hand("notes.add", text="call [Name] soon")).text
    assert "Noted: call [Name] soon\n(3 words" in text and "placeholder [Name]" in text and set(files.iterdir()) == before


@promise("notes.list", "newest first, each with its day", "at most limit, and how many there are besides", "The newest notes")
@promise("notes.search", "all the words of the query, in any case and order", "newest first, at most limit", "Files are not searched: that is files.find")
async def _(hand: Hand, files: Path) -> None:
    for text in ("Red house", "blue house"):
        await hand("notes.add", text=text)
        await hand.context.clock.sleep(5)
    listing = (await hand("notes.list")).text
    assert listing.index("blue") < listing.index("Red") and re.search(r"\(\d{4}-\d\d-\d\d\)", listing)
    assert "Left out: 1 older; limit=2 shows them" in (await hand("notes.list", limit=1)).text
    assert (await hand("notes.search", query="HOUSE red")).value["count"] == 1
    assert "2 notes searched" in (none := (await hand("notes.search", query="budget")).text) and "files.find" in none


@promise("clipboard.get", "in a frame", "at most 40000 letters", "Pictures on it are not seen")
@promise("clipboard.set", "replacing what is there, which cannot be brought back", "its letters and which placeholders are left")
async def _(hand: Hand, files: Path) -> None:
    held = {"text": "secret"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISPLAY", ":0")
        patch.setattr("tools.builtin.clipboard._pyperclip", lambda name, *values: held.update(text=values[0]) if name == "copy" else held["text"])
        assert (await hand("clipboard.set", text="Dear [Name]")).text == "It is on the clipboard: 1 line, 11 letters. It still holds the placeholder [Name]."
        assert "── clipboard (1 line, 11 letters) ──\nDear [Name]\n── end of clipboard ──" in (await hand("clipboard.get")).text
        held["text"] = "x" * 50_000
        assert "(Left out: 10000 letters.)" in (await hand("clipboard.get")).text
        held["text"] = ""
        assert (await hand("clipboard.get")).text == "The clipboard holds no text."


@promise("open.url", "http or https address", "Its text does not come back: web.fetch reads a page")
@promise("open.file", "in its usual program", "Its text does not come back: files.read reads it")
@promise("open.app", "by the name of its program", "windows.list")
async def _(hand: Hand, files: Path) -> None:
    started: list[list[str]] = []

    async def start(argv: list[str]) -> None:
        started.append(argv)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISPLAY", ":0")
        patch.setattr("tools.builtin.opening._start", start)
        patch.setattr("tools.builtin.opening._opener", lambda: ["opener"])
        await hand("open.url", url="example.org")
        assert "budget" not in (await hand("open.file", path="a.txt")).text
        await hand("open.app", name="sh")
        assert started[0] == ["opener", "https://example.org"] and started[1][1].endswith("a.txt") and started[2][0].endswith("/sh")
        for name, args, hint in (("open.url", {"url": "ftp://x"}, "https://"), ("open.app", {"name": "pythonn3"}, "python3"), ("open.file", {"path": "c.txt"}, "sub/c.txt")):
            with pytest.raises(ToolError) as caught:
                await hand(name, **args)
            assert hint in caught.value.hint


CHECKS = [(tool, words, check) for tool, rows in PROMISES.items() for words, check in rows]


@pytest.mark.parametrize(("tool", "words", "check"), CHECKS, ids=[f"{tool}: {words[0][:40]}" for tool, words, _ in CHECKS])
async def test_a_promise_stands_in_the_description_and_is_kept(tool: str, words: tuple[str, ...], check: Check, hand: Hand, files: Path) -> None:
    missing = [phrase for phrase in words if phrase not in MINE[tool].description]
    assert not missing, MINE[tool].description
    await check(hand, files)


@pytest.mark.parametrize("name", MINE)
def test_every_sentence_of_a_description_has_its_check(name: str) -> None:
    phrases = [phrase for words, _ in PROMISES.get(name, []) for phrase in words]
    for sentence in MINE[name].description.split(". "):
        assert any(phrase in sentence for phrase in phrases), sentence


@pytest.mark.parametrize("name", MINE)
def test_descriptions_are_short_and_core_schemas_compact(name: str) -> None:
    tool = MINE[name]
    assert len(tool.description) <= 300
    assert name not in CORE or len(json.dumps({"name": name, "description": tool.description, "parameters": tool.schema}, ensure_ascii=False)) <= 1040


def test_every_error_of_these_tools_has_a_way_out() -> None:
    """Read in the source: what raises :class:`ToolRetry` or :class:`ToolFailed` says what would be right."""
    root = Path(__file__).parents[2] / "tools"
    sources = [
        *root.glob("files/*.py"),
        *root.glob("documents/*.py"),
        *root.glob("tabular/*.py"),
        *(root / f"{name}.py" for name in ("paths", "selection", "changes", "blobs", "moments", "toolbox")),
        *(root / f"builtin/{name}.py" for name in ("files", "files_move", "files_read", "files_find", "text_lines", "documents", "archives", "notes", "opening", "clipboard")),
    ]
    import ast

    without = []
    for source in sources:
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("ToolRetry", "ToolFailed") and not any(word.arg == "hint" for word in node.keywords):
                without.append(f"{source.name}:{node.lineno}")
    assert not without
