"""Bombs: files made to take all memory or to take for ever. Each ends in a sentence, the loop goes on meanwhile, and nothing of it is kept."""

from __future__ import annotations

import asyncio
import io
import os
import resource
import signal
import struct
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.errors import ToolError
from core.home import Home
from core.ports import ToolContext
from core.yaml_text import load_yaml
from skills.format import split
from tools.declare import foreign_problems
from tools.patterns import is_like
from tools.sandbox import keeper as keeper_module
from tools.sandbox.box import UNKNOWN, UNSTARTED, in_box, keeper
from tools.toolbox import LocalToolBox

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="boxes are forked here")
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
LAG = 3.0  # seconds that the loop may stand still on a machine that is busy with other tests

Ask = Callable[..., Any]


@pytest.fixture
def ask(toolbox: LocalToolBox, context: ToolContext) -> Ask:
    """Call a tool; what it says, error or not. Fails where the loop stood still."""

    async def call(name: str, **args: Any) -> str:
        lag = 0.0

        async def tick() -> None:
            nonlocal lag
            while True:
                before = time.monotonic()
                await asyncio.sleep(0.05)
                lag = max(lag, time.monotonic() - before)

        ticking = asyncio.create_task(tick())
        try:
            intent = await toolbox.prepare(name, args, replace(context, cancel=asyncio.Event()))
            return (await toolbox.perform(intent, context)).text
        except ToolError as error:
            return f"{error.code}: {error.message}"
        finally:
            ticking.cancel()
            assert lag < LAG, "the loop stood still"

    return call


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits as short as a test is patient."""
    monkeypatch.setattr("tools.documents.reader.SECONDS", 3.0)
    monkeypatch.setattr("tools.builtin.tables.TABLE_SECONDS", 4.0)
    monkeypatch.setattr("tools.calendars.SECONDS", 3.0)


def pack(path: Path, members: dict[str, bytes | str]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name, content)


def kept(home: Home) -> int:
    """Bytes that Deskhand keeps."""
    return sum(file.stat().st_size for folder in (home.blobs, home.scratch) for file in folder.rglob("*") if file.is_file())


# -- archives ------------------------------------------------------------------------------------------------------


async def test_an_archive_of_zeros_is_refused(ask: Ask, workspace: Path, own_home: Home) -> None:
    with zipfile.ZipFile(workspace / "b.zip", "w", zipfile.ZIP_DEFLATED) as packed, packed.open("zeros", "w", force_zip64=True) as file:
        for _ in range(150):
            file.write(bytes(1_000_000))
    assert "too_large: The archive unpacks to more than 100 MB, over 250 times its own size" in await ask("files.extract", source="b.zip")
    assert kept(own_home) == 0 and not (workspace / "b").exists()


async def test_an_archive_that_lies_about_its_sizes_is_refused(ask: Ask, workspace: Path, own_home: Home) -> None:
    pack(workspace / "b.zip", {"a": bytes(120_000_000)})
    raw = (workspace / "b.zip").read_bytes().replace(struct.pack("<I", 120_000_000), struct.pack("<I", 500))
    (workspace / "b.zip").write_bytes(raw)
    said = await ask("files.extract", source="b.zip")
    assert said.startswith(("unreadable:", "too_large:")) and kept(own_home) == 0


async def test_an_archive_of_countless_files_is_refused(ask: Ask, workspace: Path) -> None:
    pack(workspace / "b.zip", {f"f{number}": b"" for number in range(12_000)})
    assert "too_large: The archive holds 12,000 files, more than 10,000" in await ask("files.extract", source="b.zip")


async def test_files_that_lie_over_each_other_count_each(ask: Ask, workspace: Path, own_home: Home) -> None:
    pack(workspace / "o.zip", {"a": bytes(2_000_000)})
    raw = (workspace / "o.zip").read_bytes()
    start, end = raw.index(b"PK\x01\x02"), raw.index(b"PK\x05\x06")
    entry, count = raw[start:end], 190
    (workspace / "b.zip").write_bytes(raw[:start] + entry * count + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, count, count, len(entry) * count, start, 0))
    said = await ask("files.extract", source="b.zip")
    assert said.startswith(("unreadable:", "too_large:")) and kept(own_home) == 0


async def test_a_head_of_a_tar_that_fills_the_memory_is_refused(ask: Ask, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as packed:
        info = tarfile.TarInfo("a")
        info.pax_headers = {"comment": "x" * 60_000_000}
        packed.addfile(info)
    (workspace / "b.tar.gz").write_bytes(zlib.compress(made.getvalue(), wbits=31))
    import tools.builtin.archives as archives

    monkeypatch.setattr(archives, "in_box", lambda *args, **named: in_box(*args, **named, memory=50_000_000))
    assert "takes more memory than is given" in await ask("files.extract", source="b.tar.gz")


async def test_links_and_pipes_in_a_tar_are_left_out(ask: Ask, workspace: Path) -> None:
    with tarfile.open(workspace / "b.tar", "w") as packed:
        for name, kind, target in (("pipe", tarfile.FIFOTYPE, ""), ("ln", tarfile.SYMTYPE, "/etc")):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, target
            packed.addfile(info)
        info = tarfile.TarInfo("ln/x")
        info.size = 1
        packed.addfile(info, io.BytesIO(b"x"))
    assert "Unpacked 1 file" in await ask("files.extract", source="b.tar")
    assert (workspace / "b/ln/x").read_text() == "x" and not (workspace / "b/ln").is_symlink()


async def test_an_archive_that_is_refused_leaves_nothing(ask: Ask, workspace: Path, own_home: Home) -> None:
    pack(workspace / "b.zip", {"good.txt": b"good", "../bad.txt": b"bad"})
    assert "leads outside" in await ask("files.extract", source="b.zip")
    assert kept(own_home) == 0 and not (workspace / "b").exists()


# -- documents -----------------------------------------------------------------------------------------------------


async def test_a_document_that_unpacks_to_more_than_it_says_is_refused(ask: Ask, workspace: Path) -> None:
    pack(workspace / "b.docx", {"word/document.xml": b"<a>" + b"x" * 200_000_000 + b"</a>"})
    raw = (workspace / "b.docx").read_bytes().replace(struct.pack("<I", 200_000_007), struct.pack("<I", 5000))
    (workspace / "b.docx").write_bytes(raw)
    assert await ask("files.read", path="b.docx") == "unreadable: b.docx is damaged, locked with a password, or no DOCX."


async def test_a_document_that_takes_for_ever_is_stopped(ask: Ask, workspace: Path, soon: None) -> None:
    tables, words = "<w:tbl><w:tr><w:tc>" * 60, '<w:p><w:r><w:rPr><w:color w:val="FFFFFF"/></w:rPr><w:t>a</w:t></w:r></w:p>' * 20_000
    pack(workspace / "b.docx", {"word/document.xml": f"<w:document {_W}><w:body>{tables}{words}{'</w:tc></w:tr></w:tbl>' * 60}</w:body></w:document>"})
    began = time.monotonic()
    assert await ask("files.read", path="b.docx") == "timeout: b.docx took longer than 3 s to read, so that was stopped."
    assert time.monotonic() - began < 20


async def test_a_sheet_of_one_cell_in_each_of_many_wide_rows_is_stopped(ask: Ask, workspace: Path, soon: None) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    book.save(workspace / "b.xlsx")
    rows = "".join(f'<row r="{row}"><c r="XFD{row}" t="inlineStr"><is><t>x</t></is></c></row>' for row in range(1, 20_000))
    with zipfile.ZipFile(workspace / "b.xlsx") as packed:
        members = {item.filename: packed.read(item) for item in packed.infolist()}
    members["xl/worksheets/sheet1.xml"] = f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>'.encode()
    pack(workspace / "b.xlsx", members)
    assert (await ask("tables.describe", path="b.xlsx")).startswith("timeout: b.xlsx took longer than 4 s")


@pytest.mark.parametrize("name", ["a.json", "a.html", "a.docx"])
async def test_what_is_nested_deep_ends_in_words(name: str, ask: Ask, workspace: Path) -> None:
    if name == "a.docx":
        pack(workspace / name, {"word/document.xml": f"<w:document {_W}>" + "<w:sdt>" * 5000 + "</w:sdt>" * 5000 + "</w:document>"})
    else:
        (workspace / name).write_text("[" * 45_000 + "]" * 45_000 if name == "a.json" else "<div>" * 100_000 + "x")
    assert await ask("documents.read", path=name)


async def test_no_box_is_left_when_nobody_waits_any_more(toolbox: LocalToolBox, context: ToolContext, workspace: Path) -> None:
    import psutil

    (workspace / "t.csv").write_text("a\n1\n")
    endless = "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r"
    intent = await toolbox.prepare("tables.query", {"path": "t.csv", "sql": endless}, context)
    running = asyncio.create_task(toolbox.perform(intent, context))
    for _ in range(200):
        await asyncio.sleep(0.05)
        if keeper.pid and (boxes := psutil.Process(keeper.pid).children()):
            break
    running.cancel()
    await asyncio.wait([running])
    _, alive = psutil.wait_procs(boxes, timeout=5)
    assert not [box for box in alive if box.status() != psutil.STATUS_ZOMBIE], "the question goes on"


# -- tables and SQL ------------------------------------------------------------------------------------------------

SLOW = [
    "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r",
    "SELECT sum(hash(a.range * b.range)) FROM range(1000000000) a, range(1000000) b",
]


@pytest.mark.parametrize("sql", SLOW)
async def test_endless_sql_is_stopped(sql: str, ask: Ask, workspace: Path, soon: None) -> None:
    (workspace / "t.csv").write_text("a\n1\n")
    assert (await ask("tables.query", path="t.csv", sql=sql)).startswith("timeout: The SQL took longer than 4 s and was stopped.")
    assert await ask("tables.query", path="t.csv", sql="SELECT sum(a) AS a FROM t")


# -- pictures ------------------------------------------------------------------------------------------------------


def png(path: Path, width: int, height: int) -> None:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = zlib.compress(bytes((width // 8 + 1) * height), 9)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )  # fmt: skip


async def test_a_picture_of_too_many_pixels_is_named_and_not_opened(ask: Ask, workspace: Path, own_home: Home) -> None:
    png(workspace / "b.png", 20_000, 20_000)
    assert "20000 × 20000 pixels" in await ask("images.info", path="b.png")
    assert await ask("images.convert", path="b.png", target="c.bmp") == "too_large: b.png has more than 100 million pixels."
    assert (await ask("images.resize", path="b.png", width=10)).startswith("too_large:") and kept(own_home) == 0


async def test_a_program_for_printers_is_no_picture(ask: Ask, workspace: Path) -> None:
    (workspace / "b.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n%%EndComments\n{ } loop\n")
    assert (await ask("images.info", path="b.png")).startswith("unreadable: b.png is no picture")


# -- calendars, patterns, schemas, YAML ----------------------------------------------------------------------------

RULES = ["FREQ=SECONDLY", "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30"]


@pytest.mark.parametrize("rule", RULES)
async def test_an_event_of_each_second_is_stopped(rule: str, ask: Ask, workspace: Path, soon: None) -> None:
    (workspace / "a.ics").write_text(f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:VEVENT\nUID:1\nSUMMARY:x\nDTSTART:19700101T000000Z\nRRULE:{rule}\nEND:VEVENT\nEND:VCALENDAR\n")
    assert await ask("calendar.list", file="a.ics") == "timeout: a.ics took longer than 3 s to read, so that was stopped."


def test_a_pattern_that_tries_for_ever_is_stopped() -> None:
    began = time.monotonic()
    assert not is_like("(a+)+$", "a" * 60 + "!") and is_like("new[s]", "no NEWS") and is_like("(", "a ( b")
    assert time.monotonic() - began < 20


SCHEMAS = [
    {"type": "object", "properties": {"a": {"type": "string", "pattern": "^(a+)+$"}}},
    {"$defs": {str(number): {"allOf": [{"$ref": f"#/$defs/{number + 1}"}] * 2} for number in range(40)} | {"40": {}}, "properties": {"a": {"$ref": "#/$defs/0"}}},
    {"patternProperties": {"^(a+)+$": {}}},
]


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_schema_that_takes_for_ever_is_not_asked(schema: dict[str, Any]) -> None:
    value = "a" * 60 + "!"
    began = time.monotonic()
    assert foreign_problems(schema, {"a": value, value: 1}) == []
    first = time.monotonic() - began
    foreign_problems(schema, {"a": value, value: 1})
    assert first < 20 and time.monotonic() - began - first < 0.5, "once is enough"


def test_schemas_hold_as_before() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string", "pattern": "^x"}, "n": {"type": "integer"}}, "required": ["n"]}
    assert foreign_problems(schema, {"a": "y", "n": 1}) and foreign_problems(schema, {"a": "x"}) and not foreign_problems(schema, {"a": "x", "n": 1})


YAMLS = [
    "a: &a [x, x]\n" + "".join(f"b{number}: &b{number} [*{'a' if number == 0 else f'b{number - 1}'}, *a]\n" for number in range(30)),
    "[" * 5000,
    "{a: " * 3000,
    "- x\n" * 60_000,
    "x" * 600_000,
    "? " * 3000,
    "a: " + "9" * 10_000,
    "!!python/object/apply:os.system [id]",
    "{[a]: b, {c: d}: e}",
]


@pytest.mark.parametrize("text", YAMLS, ids=range(len(YAMLS)))
def test_yaml_is_bounded(text: str) -> None:
    began = time.monotonic()
    with pytest.raises(ValueError):
        load_yaml(text)
    assert time.monotonic() - began < 5


def test_references_in_the_head_of_a_skill_are_letters() -> None:
    head, _ = split(f"---\nname: x\n{YAMLS[0]}---\nbody")
    assert set(map(type, head.values())) == {str}
    assert split("---\nname: x\ndescription: a: b\n---\nbody")[0] == {"name": "x", "description": "a: b"}


# -- the box itself ------------------------------------------------------------------------------------------------


def reach(path: str) -> list[str]:
    """What a box gets at."""
    import socket

    found = []
    try:
        Path(path).read_bytes()
        found.append("file")
    except OSError:
        pass
    try:
        socket.create_connection(("127.0.0.1", int(Path(path).stem)), 2).close()
        found.append("network")
    except OSError:
        pass
    return [*found, *(name for name in os.environ if "KEY" in name)]


def test_a_box_has_no_network_and_no_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    keeper.close()
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = in_box(reach, str(tmp_path / str(server.getsockname()[1])))
    if "network" in found:
        pytest.skip("this machine makes no namespaces of networks")
    assert found == []


def end_once(path: str, signal_: int) -> str:
    """In the box: end as if the system did it, unless that was done before."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return "done"
    os.kill(os.getpid(), signal_)
    return "not reached"


def test_what_the_system_ends_is_done_once_more(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert in_box(end_once, str(tmp_path / "once"), signal.SIGKILL) == "done"
    assert "end_once ended without an answer: -9" in caplog.text


def test_what_breaks_over_a_file_is_not_done_again(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="what reads it broke down"):
        in_box(end_once, str(tmp_path / "once"), signal.SIGSEGV)


def test_a_keeper_that_can_start_no_process_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = keeper_module._Jobs()
    monkeypatch.setattr(os, "fork", lambda: (_ for _ in ()).throw(BlockingIOError(11, "no more processes")))
    assert jobs.fork(7) is None and jobs.end_of(7) == UNSTARTED and jobs.end_of(8) == UNKNOWN


def add(one: int, other: int) -> int:
    """In the box: a sum."""
    return one + other


def test_a_core_that_has_much_open_reads_on(tmp_path: Path) -> None:
    keeper.close()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 3000:
        pytest.skip("this machine lets nobody open so much")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 3000), hard))
    held = [os.open(os.devnull, os.O_RDONLY) for _ in range(1200)]
    try:
        assert in_box(add, 2, 3) == 5
    finally:
        for handle in held:
            os.close(handle)
        keeper.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
