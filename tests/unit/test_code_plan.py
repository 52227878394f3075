"""code.plan: a program acts on a picture of the folder, what it would change is told, and nothing on disk is changed."""

from __future__ import annotations

import asyncio
import json
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.clock import FakeClock
from core.errors import ToolFailed, ToolRetry
from core.home import Home
from core.ports import ToolContext
from core.turn.small.program_calls import calls_of
from tools.blobs import BlobStore
from tools.builtin import builtin_tools
from tools.builtin.code import read_changes
from tools.changes import Changes
from tools.confinement import program
from tools.toolbox import LocalToolBox

sandboxed = pytest.mark.skipif(not program(), reason="bubblewrap is not here, or may not make namespaces")
PICTURE = "import json\nanswer(json.dumps({path: read(path) for path in all_files()}))"


class Planner:
    """Has programs worked out, and does what they would change the way a turn does."""

    def __init__(self, box: LocalToolBox, context: ToolContext) -> None:
        self._box, self._context = box, context

    async def call(self, name: str, /, **args: Any) -> Any:
        known, mended = self._box.resolve(name, args)
        intent = await self._box.prepare(known, mended, self._context)
        result = await self._box.perform(intent, self._context)
        assert await self._box.verify(intent, result, self._context) is None
        return result.value

    async def __call__(self, code: str, **more: Any) -> tuple[list[list[Any]], str]:
        value = await self.call("code.plan", code=code, **more)
        return value["ops"], value["said"]

    async def do(self, ops: list[list[Any]]) -> None:
        for tool, args in calls_of(ops):
            await self.call(tool, **args)


@pytest.fixture
def plan(toolbox: LocalToolBox, context: ToolContext) -> Planner:
    return Planner(toolbox, context)


@pytest.fixture
def folder(workspace: Path) -> Path:
    """A workspace with a little of everything."""
    (workspace / "a.txt").write_text("one\ntwo\n")
    (workspace / "b.txt").write_text("three\n")
    (workspace / "crlf.txt").write_bytes(b"x\r\ny\r\n")
    (workspace / "table.csv").write_text("name;amount\nAnna;5\nBen;70\n")
    (workspace / "docs/deep").mkdir(parents=True)
    (workspace / "docs/e.txt").write_text("e\n")
    (workspace / "docs/deep/g.txt").write_text("g\n")
    (workspace / ".hidden").write_text("secret\n")
    with zipfile.ZipFile(workspace / "pack.zip", "w") as archive:
        archive.writestr("inside/one.txt", "1\n")
    return workspace


def held(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else b"" for path in folder.rglob("*")}


@sandboxed
@pytest.mark.parametrize(
    ("code", "ops"),
    [
        ('move("a.txt", "docs/")', [["move", "a.txt", "docs/a.txt"]]),
        ('move("a.txt", "docs")', [["move", "a.txt", "docs/a.txt"]]),
        ('os.rename("a.txt", "c.txt")', [["move", "a.txt", "c.txt"]]),
        ('shutil.move("a.txt", "docs/c.txt")', [["move", "a.txt", "docs/c.txt"]]),
        ('copy("a.txt", "c.txt")', [["copy", "a.txt", "c.txt"]]),
        ('shutil.copy("a.txt", "docs/")', [["copy", "a.txt", "docs/a.txt"]]),
        ('shutil.copytree("docs", "more")', [["copy", "docs", "more"]]),
        ('delete("a.txt")', [["delete", "a.txt"]]),
        ('os.remove("./a.txt")', [["delete", "a.txt"]]),
        ('shutil.rmtree("docs")', [["delete", "docs"]]),
        ('delete("*.txt")', [["delete", "a.txt"], ["delete", "b.txt"], ["delete", "crlf.txt"]]),
        ('os.makedirs("x/y", exist_ok=True)', [["folder", "x/y"]]),
        ('os.makedirs("docs", exist_ok=True)', []),
        ('write("n.txt", "hey")', [["write", "n.txt", "hey\n"]]),
        ('write("n.txt", ["hey", "you"])', [["write", "n.txt", "hey\nyou\n"]]),
        ('with open("n.txt", "w") as file:\n    file.write("hey")', [["write", "n.txt", "hey"]]),
        ('with open("a.txt", "a") as file:\n    file.write("three\\n")', [["write", "a.txt", "one\ntwo\nthree\n"]]),
        ('append("a.txt", "three")', [["write", "a.txt", "one\ntwo\nthree\n"]]),
        ('append("n.txt", ["x", "y"])', [["write", "n.txt", "x\ny\n"]]),
        ('replace("a.txt", "two", "2")', [["write", "a.txt", "one\n2\n"]]),
        ('write("c.txt", "Tea. No tea.")\nreplace("c.txt", "tea", "milk")', [["write", "c.txt", "Tea. No tea.\n"], ["write", "c.txt", "Milk. No milk.\n"]]),
        ('write_rows("o.csv", [row for row in rows("table.csv") if float(row["amount"]) > 50])', [["write", "o.csv", "name,amount\nBen,70\n"]]),
        ('zip_files("docs", "d.zip")', [["zip", ["docs"], "d.zip"]]),
        ('zip_files(["a.txt", "b.txt"], "ab.zip")', [["zip", ["a.txt", "b.txt"], "ab.zip"]]),
        ('unzip("pack.zip", "out")', [["unzip", "pack.zip", "out"]]),
        ('for path in files("docs"):\n    write("docs/" + path + ".bak", "x")', [["write", "docs/e.txt.bak", "x\n"]]),  # paths have their folder already
        ('os.makedirs("docs/docs/x")', [["folder", "docs/docs/x"]]),
    ],
)
async def test_usual_calls_and_helpers_are_told_and_change_nothing(code: str, ops: list[list[Any]], plan: Planner, folder: Path) -> None:
    before = held(folder)
    assert (await plan(code))[0] == ops
    assert held(folder) == before


@sandboxed
@pytest.mark.parametrize(
    ("code", "said"),
    [
        ('print("a.txt has", len(lines("a.txt")), "lines")', "a.txt has 2 lines"),
        ('print(open("a.txt").read().strip())', "one\ntwo"),
        ('for line in open("a.txt"):\n    print(line.strip())', "one\ntwo"),
        ("print(sorted(os.listdir()))", "a.txt\nb.txt\ncrlf.txt\ndocs\npack.zip\ntable.csv"),
        ('answer(files(".", "*.csv"))', "table.csv"),
        ('answer(all_files("g*"))', "docs/deep/g.txt"),
        ("answer(folders())", "docs"),
        ('answer(glob.glob("docs/*.txt"))', "docs/e.txt"),
        ('for root, inside, names in os.walk("docs"):\n    print(root, inside, names)', "docs deep e.txt\ndocs/deep  g.txt"),
        ('print(exists("a.txt"), exists("z.txt"), os.path.exists("docs"), os.path.isdir("docs"), os.path.isfile("docs"))', "True False True True False"),
        ('print(size("a.txt"), os.path.getsize("b.txt"), name("docs/e.txt"), stem("docs/e.txt"), ending("docs/e.txt"))', "8 6 e.txt e .txt"),
        ('unzip("pack.zip", "out")\nprint(read("out/inside/one.txt").strip())', "1"),
        ('print(max(files(".", "*.txt"), key=size))', "a.txt"),
        ('print(rows("table.csv")[1]["amount"])', "70"),
        ('print(lines("crlf.txt"))', "x\ny"),
        ('print(exists(".hidden"))', "False"),
        ("x = 1", ""),
    ],
)
async def test_what_is_there_is_seen_as_usual(code: str, said: str, plan: Planner, folder: Path) -> None:
    assert await plan(code) == ([], said) or (await plan(code))[1] == said


@sandboxed
@pytest.mark.parametrize(
    "code", ['write("../x.txt", "1")', 'move("a.txt", "../a.txt")', 'os.rename("a.txt", "docs/../../a.txt")', 'copy("a.txt", "..")', 'read("../../etc/passwd")', 'delete("../work/a.txt")',
             'with open("../x.txt", "w") as file:\n    file.write("x")', 'shutil.rmtree("..")', 'make_folder("../new")', 'unzip("pack.zip", "../out")', 'zip_files("a.txt", "../a.zip")', 'write("docs\\\\..\\\\..\\\\x.txt", "1")'],
)  # fmt: skip
async def test_paths_outside_are_refused(code: str, plan: Planner, folder: Path) -> None:
    before, beside = held(folder), sorted(folder.parent.iterdir())
    with pytest.raises(ToolFailed, match="outside"):
        await plan(code)
    assert held(folder) == before and sorted(folder.parent.iterdir()) == beside


@sandboxed
@pytest.mark.parametrize(
    "code",
    [
        "open('/etc/passwd').read()",
        "os.open('n.txt', os.O_WRONLY | os.O_CREAT)",
        "import _io; _io.open('n.txt', 'w')",
        "os.system('touch n.txt')",
        "import multiprocessing; multiprocessing.Process(target=print).start()",
        "import subprocess; subprocess.run(['touch', 'n.txt'], check=True)",
    ],
)
async def test_what_goes_round_the_picture_reaches_nothing(code: str, plan: Planner, folder: Path) -> None:
    before = held(folder)
    with pytest.raises(ToolFailed):
        await plan(code)
    assert held(folder) == before


@sandboxed
async def test_a_member_of_an_archive_that_leads_outside_is_refused(plan: Planner, folder: Path) -> None:
    with zipfile.ZipFile(folder / "evil.zip", "w") as archive:
        archive.writestr("../../evil.txt", "x")
    with pytest.raises(ToolFailed, match="outside"):
        await plan('unzip("evil.zip", "out")')


@sandboxed
@pytest.mark.parametrize(
    ("code", "ops"),
    [
        ("os.rename('a.txt', 't')", [["move", "a.txt", "t"]]),
        ("shutil.move('a.txt', 'README')", [["move", "a.txt", "README"]]),
        ("shutil.copy('a.txt', 'LICENSE')", [["copy", "a.txt", "LICENSE"]]),
        ("os.replace('a.txt', 'b.txt')", [["delete", "b.txt"], ["move", "a.txt", "b.txt"]]),
        ("shutil.copy('a.txt', 'b.txt')", [["delete", "b.txt"], ["copy", "a.txt", "b.txt"]]),
        ("open('b.txt', 'a').write('MORE')", [["write", "b.txt", "three\nMORE"]]),
        ("open('b.txt', 'ab').write(b'MORE')", [["write", "b.txt", "three\nMORE"]]),
        ("open('a.txt', 'w').close()", [["write", "a.txt", ""]]),
        ("open('n.txt', 'w', newline='').write('a\\r\\nb\\r\\n')", [["write", "n.txt", "a\r\nb\r\n"]]),
        ("f = open('n.txt', 'w')\nf.write('left open')", [["write", "n.txt", "left open"]]),
        ("import pathlib\npathlib.Path('n.txt').write_text('x')\npathlib.Path('a.txt').unlink()", [["write", "n.txt", "x"], ["delete", "a.txt"]]),
    ],
)
async def test_the_usual_calls_do_exactly_what_they_do_elsewhere(code: str, ops: list[list[Any]], plan: Planner, folder: Path) -> None:
    assert (await plan(code))[0] == ops


@sandboxed
@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("os.rename('a.txt', 'nowhere/a.txt')", "FileNotFoundError"), ("os.rename('A.TXT', 'c.txt')", "FileNotFoundError"), ("os.rename('a.txt', 'docs')", "IsADirectoryError"),
        ("os.rmdir('docs')", "OSError"), ("os.remove('docs')", "IsADirectoryError"), ("shutil.rmtree('a.txt')", "NotADirectoryError"), ("os.mkdir('docs')", "FileExistsError"),
        ("shutil.copytree('docs', 'docs')", "FileExistsError"), ("open('nowhere/n.txt', 'w')", "FileNotFoundError"), ("open('a.txt', 'x')", "FileExistsError"),
        ("open('n.bin', 'wb').write(bytes(range(256)))", "text only"), ("os.system('touch n.txt')", "starts no other programs"), ("os.listdir('nowhere')", "FileNotFoundError"),
    ],
)  # fmt: skip
async def test_the_usual_calls_fail_as_they_do_elsewhere(code: str, error: str, plan: Planner, folder: Path) -> None:
    with pytest.raises(ToolFailed, match=error):
        await plan(code)


@sandboxed
@pytest.mark.parametrize(
    "code",
    ["print('x', chr(0xD800), 'y')", "print('a' * 300_000_000)", "json.dumps = lambda *_: '[1]'\nprint('x')", "import json\njson.dumps = None\nprint('x')"],
    ids=["half", "long", "dumps", "none"],
)
async def test_whatever_a_program_says_can_be_told(code: str, plan: Planner, folder: Path) -> None:
    ops, said = await plan(code)
    assert ops == [] and 0 < len(said) < 25_000 and json.dumps(said, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    "line", ["[1]", '{"ops": [["format", "c:"]], "said": []}', '{"ops": [["write", "a", 1]], "said": []}', '{"ops": [], "said": [1]}', '{"ops": [[]], "said": []}', "{", ""]
)
def test_what_is_no_list_of_changes_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"list of changes|told at once"):
        read_changes(line)


@sandboxed
async def test_no_box_is_made_in_the_box(plan: Planner, folder: Path) -> None:
    with pytest.raises(ToolFailed, match="no namespace"):
        await plan("import ctypes\nif ctypes.CDLL(None, use_errno=True).unshare(0x10000000):\n    raise ValueError('no namespace')")


@sandboxed
async def test_a_chain_of_renames_is_followed(plan: Planner, folder: Path) -> None:
    code = 'move("a.txt", "t.txt")\nmove("b.txt", "a.txt")\nmove("t.txt", "b.txt")\nprint(exists("t.txt"), read("a.txt").strip(), lines("b.txt"))'
    ops, said = await plan(code)
    assert said == "False three one\ntwo" and ops == [["move", "a.txt", "t.txt"], ["move", "b.txt", "a.txt"], ["move", "t.txt", "b.txt"]]


@sandboxed
async def test_a_folder_that_moved_is_found_where_it_went(plan: Planner, folder: Path) -> None:
    ops, said = await plan('move("docs", "papers")\nappend("papers/deep/g.txt", "h")\nprint(all_files("*.txt"))')
    assert said.splitlines() == ["a.txt", "b.txt", "crlf.txt", "papers/deep/g.txt", "papers/e.txt"]
    await plan.do(ops)
    assert (folder / "papers/deep/g.txt").read_text() == "g\nh\n" and not (folder / "docs").exists()


@sandboxed
async def test_what_was_packed_and_unpacked_is_on_disk_afterwards(plan: Planner, folder: Path) -> None:
    ops, _ = await plan('zip_files(files(".", "*.txt"), "texts.zip")\nunzip("pack.zip")\ndelete("pack.zip")')
    await plan.do(ops)
    with zipfile.ZipFile(folder / "texts.zip") as archive:
        assert sorted(name.rpartition("/")[2] for name in archive.namelist()) == ["a.txt", "b.txt", "crlf.txt"]
    assert (folder / "pack/inside/one.txt").read_text() == "1\n" and not (folder / "pack.zip").exists()


@sandboxed
@pytest.mark.parametrize(
    "code",
    ['append("crlf.txt", "z")', 'replace("crlf.txt", "y", "y\\nz")', 'write("crlf.txt", lines("crlf.txt") + ["z"])', 'with open("crlf.txt", "a") as file:\n    file.write("z\\n")'],
)
async def test_the_ends_of_lines_of_a_file_are_kept(code: str, plan: Planner, folder: Path) -> None:
    ops, _ = await plan(code)
    assert ops == [["write", "crlf.txt", "x\r\ny\r\nz\r\n"]]
    await plan.do(ops)
    assert (folder / "crlf.txt").read_bytes() == b"x\r\ny\r\nz\r\n"


@sandboxed
@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("exit()", "ended before"),
        ("import sys\nsys.exit(0)", "ended before"),
        ("raise SystemExit", "ended before"),
        ("exit('no such luck')", "no such luck"),
        ("1 / 0", "ZeroDivisionError"),
        ("this is no Python", "SyntaxError"),
        ('read("nowhere.txt")', "there is no nowhere.txt"),
        ('delete("nowhere.txt")', "there is no nowhere.txt"),
        ('move("a.txt", "b.txt")', "b.txt is there already"),
        ('write("a.txt/note.txt", "x")', "a.txt is a file, not a folder"),
        ('update("table.csv", {"name": "Anna"}, {"status": "gone"})', "no column 'status'; the columns are 'name', 'amount'"),
        ('[row["age"] for row in rows("table.csv")]', "no column 'age'; the columns are 'name', 'amount'"),
        ('write_rows("a.txt", [["x", 1]])', "a.txt is no table"),
        ('move("b.txt", "a.txt/b.txt")', "a.txt is a file, not a folder"),
        ('replace("a.txt", "nine", "9")', "does not stand in a.txt"),
        ("x = 'a' * 3_000_000_000", "MemoryError"),
    ],
)
async def test_a_program_that_fails_says_why(code: str, said: str, plan: Planner, folder: Path) -> None:
    before = held(folder)
    with pytest.raises(ToolFailed, match=said) as caught:
        await plan(code)
    assert caught.value.code == "exit_code" and caught.value.hint and held(folder) == before


@sandboxed
@pytest.mark.parametrize(
    ("code", "text"),
    [
        ('with open("a.txt", "w") as file:\n    file.writelines([line.strip() for line in ["a ", "b"]])', "a\nb\n"),
        ('write("a.txt", lines("a.txt").upper())', "ONE\nTWO\n"),
        ('for path in files("a"):\n    write(path, read(path).upper())', "ONE\nTWO\n"),
        ('write("a.txt", "ONE\\nTWO\\nthree")\ndelete("a.txt", "three")', "ONE\nTWO\n"),
        ('for path in files("folder", "a*"):\n    write(path, read(path).upper())', "ONE\nTWO\n"),
        ('for path in files("a", "*.txt"):\n    if changed(path) < 30 and not changed(path) > 30:\n        write(path, "new")', "new\n"),
    ],
)
async def test_slips_of_small_models_come_to_what_they_meant(code: str, text: str, plan: Planner, folder: Path) -> None:
    ops, _ = await plan(code)
    assert ops[-1] == ["write", "a.txt", text] and {op[1] for op in ops} == {"a.txt"}


@sandboxed
async def test_a_name_of_several_words_is_found_however_they_are_parted(plan: Planner, folder: Path) -> None:
    (folder / "minutes 2026-10-29.txt").write_text("x\n")
    assert (await plan('delete("minutes/2026-10-29.txt")'))[0] == [["delete", "minutes 2026-10-29.txt"]]


@sandboxed
async def test_an_endless_program_is_stopped(plan: Planner, folder: Path) -> None:
    with pytest.raises(ToolFailed, match="stopped"):
        await plan("while True: pass", timeout_s=1)


@sandboxed
async def test_a_program_cannot_say_that_it_changed_something_else(plan: Planner, folder: Path) -> None:
    told = json.dumps({"ops": [["delete", "b.txt"]], "said": []})
    ops, _ = await plan(f"import sys\nsys.stdout.write({chr(10) + '§§' + told + chr(10)!r})\nprint({chr(10) + '§§' + told!r})\nappend('a.txt', 'x')")
    assert ops == [["write", "a.txt", "one\ntwo\nx\n"]]


async def test_no_code_is_no_program(plan: Planner) -> None:
    with pytest.raises(ToolRetry):
        await plan("  \n")


async def test_without_a_sandbox_nothing_is_run(plan: Planner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.confinement.program", lambda: "")
    with pytest.raises(ToolFailed, match="bubblewrap") as caught:
        await plan("print(1)")
    assert caught.value.code == "unavailable"


# -- the picture is what the disk becomes ----------------------------------------------------------------------------

PATHS = st.sampled_from(["a.txt", "b.txt", "docs/e.txt", "docs/deep/g.txt", "docs", "docs/deep", "n.txt", "new/m.txt", "new"])
TEXT_PATHS = st.sampled_from(["a.txt", "b.txt", "docs/e.txt", "n.txt", "new/m.txt"])


def call(name: str) -> Callable[..., str]:
    return lambda *args: f"{name}({', '.join(map(repr, args))})"


PAIRS = st.tuples(TEXT_PATHS, PATHS)
CALLS = st.one_of(
    PAIRS.map(lambda pair: call("move")(*pair)), PAIRS.map(lambda pair: call("copy")(*pair)), st.builds(call("delete"), PATHS), st.builds(call("write"), TEXT_PATHS, st.sampled_from(["x", "y\nz\n"])),
    st.builds(call("append"), TEXT_PATHS, st.sampled_from(["p", "q"])), st.builds(call("make_folder"), st.sampled_from(["new", "docs/more", "x/y"])),
)  # fmt: skip


def attempts(calls: list[str]) -> str:
    """A program that makes these calls, each followed by one of another kind, and goes on where one is refused."""
    tried = [f"try:\n    {one}\nexcept (OSError, ValueError):\n    pass\nmake_folder('f{number}')\nwrite('f{number}/t', '')" for number, one in enumerate(calls)]
    return "\n".join([*tried, PICTURE])


@sandboxed
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(CALLS, min_size=1, max_size=6))
def test_the_disk_becomes_what_the_picture_shows(calls: list[str]) -> None:
    with tempfile.TemporaryDirectory() as place:
        home, folder = Home(Path(place) / "home"), Path(place) / "work"
        home.create()
        (folder / "docs/deep").mkdir(parents=True)
        for path in ("a.txt", "b.txt", "docs/e.txt", "docs/deep/g.txt"):
            (folder / path).write_text(f"{path}\n")

        async def run() -> None:
            planner = Planner(LocalToolBox(builtin_tools(), Changes(BlobStore(home.blobs), home.trash), home.notes), ToolContext("r", "s1", folder, FakeClock(), asyncio.Event()))
            ops, said = await planner(attempts(calls))
            await planner.do(ops)
            assert {path: data.decode() for path, data in held(folder).items() if (folder / path).is_file()} == json.loads(said), ops

        asyncio.run(run())
