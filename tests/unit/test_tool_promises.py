"""Every tool: compact, described, offered only where it can work; results hold what the description says, errors name a way out."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from core.errors import ToolError, ToolFailed, ToolRetry
from core.ports import ToolContext, ToolResult
from tools import availability
from tools.builtin import builtin_tools
from tools.builtin.web import decoded
from tools.declare import Tool
from tools.hints import name_arguments
from tools.toolbox import LocalToolBox

TOOLS = builtin_tools()
NAMES = {tool.name for tool in TOOLS} | {"text.compose"}
MOST_LETTERS, MOST_DESCRIPTION = 1000, 300
PLAIN_NAMES = {"files", "documents", "notes", "clipboard", "open"}  # whose arguments are called path, only, text, target and need no more words
SOURCES = sorted((Path(__file__).parents[2] / "tools" / "builtin").glob("*.py"))
Check = Callable[[Any], bool]


class Accounts:
    """Accounts as a person set them up, by name."""

    def __init__(self, rows: Mapping[str, Mapping[str, Any]], secrets: Mapping[str, str]) -> None:
        self._rows, self._secrets = rows, secrets

    def settings(self, name: str) -> Mapping[str, Any]:
        return self._rows.get(name, {})

    def secret(self, name: str) -> str | None:
        return self._secrets.get(name)


async def perform(toolbox: LocalToolBox, context: ToolContext, name: str, /, **args: Any) -> ToolResult:
    known, mended = toolbox.resolve(name, args)
    return await toolbox.perform(await toolbox.prepare(known, mended, context), context)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_a_tool_is_described_shortly_and_so_is_each_argument(tool: Tool) -> None:
    wire = json.dumps({"name": tool.name, "description": tool.description, "parameters": tool.schema}, ensure_ascii=False, separators=(",", ":"))
    assert len(wire) <= MOST_LETTERS and 10 <= len(tool.description) <= MOST_DESCRIPTION and tool.description.endswith(".")
    bare = [name for name, row in tool.schema["properties"].items() if not row.get("description")]
    assert not bare or tool.category in PLAIN_NAMES, bare


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_wrong_arguments_are_answered_with_the_right_ones(tool: Tool) -> None:
    properties, required = tool.schema["properties"], tool.schema.get("required", [])
    strange = dict(tool.problems({"no_such_argument": 1}))["no_such_argument"]
    assert strange == "no_such_argument is not an argument of this tool; " + (f"it takes {', '.join(properties)}." if properties else "it takes none.")
    for name in required:
        assert f"{name} is missing (" in dict(tool.problems({}))[name]
    if choices := {name: row["enum"] for name, row in properties.items() if "enum" in row}:
        name, values = next(iter(choices.items()))
        assert dict(tool.problems({name: "nonsense"}))[name] == f"{name} cannot be 'nonsense'; it is one of {', '.join(map(str, values))}."
    with pytest.raises(ToolRetry) as caught:
        tool.values({"no_such_argument": 1})
    assert caught.value.hint.startswith(f"It is called so: {tool.name}(")


@pytest.mark.parametrize("tool", [tool for tool in TOOLS if tool.unavailable], ids=lambda tool: tool.name)
def test_a_tool_that_may_be_missing_names_others_that_can(tool: Tool) -> None:
    named = set(re.findall(r"\b[a-z_]+\.[a-z_]+\b", tool.instead))
    assert tool.instead.endswith(".") and named <= NAMES and tool.name not in named


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: file.stem)
def test_every_error_of_a_tool_has_a_way_out_that_exists(file: Path) -> None:
    groups = {name.partition(".")[0] for name in NAMES}
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("ToolFailed", "ToolRetry"):
            hint = next((one.value for one in node.keywords if one.arg == "hint"), None)
            assert hint is not None, f"{file.name}:{node.lineno} says no way out"
            said = " ".join(str(one.value) for one in ast.walk(hint) if isinstance(one, ast.Constant))
            wrong = [f"{group}.{name}" for group, name in re.findall(r"\b([a-z]+)\.([a-z_]+)\b", said) if group in groups and f"{group}.{name}" not in NAMES]
            assert not wrong, f"{file.name}:{node.lineno} names {wrong}, which is no tool"


def test_what_cannot_work_here_is_not_offered_and_says_why_when_it_is_called(toolbox: LocalToolBox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr("tools.availability.shutil.which", lambda name, **options: None)
    monkeypatch.setattr("tools.confinement.program", lambda: "")
    offered = {spec.name for spec in toolbox.specs()}
    gone = {
        "code.run",
        "windows.list",
        "screen.click",
        "images.screenshot",
        "open.file",
        "open.url",
        "open.app",
        "clipboard.get",
        "clipboard.set",
        "notify.show",
        "media.volume",
        "mail.send",
        "mail.search",
        "caldav.events",
        "web.search",
        "device.bring",
        "hardware.set",
        "memory.search",
    }
    assert not gone & offered and {"tables.query", "calc.evaluate", "time.now", "shell.run", "web.fetch", "tasks.add"} <= offered
    assert gone <= {spec.name for spec in toolbox.all_specs()} and all(toolbox.why_unavailable(name).endswith(".") for name in gone)
    assert toolbox.why_unavailable("tables.query") == "" and toolbox.why_unavailable("no.tool") == ""
    with pytest.raises(ToolRetry) as caught:
        toolbox.resolve("mail.sendd_now_please", {})
    assert "mail.send" not in caught.value.hint


async def test_a_call_of_what_cannot_work_fails_with_reason_and_another_way(toolbox: LocalToolBox, context: ToolContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.confinement.program", lambda: "")
    with pytest.raises(ToolFailed) as caught:
        await perform(toolbox, context, "code.run", code="print(1)")
    assert caught.value.code == "unavailable" and "bubblewrap" in caught.value.message and "calc.evaluate" in caught.value.hint
    monkeypatch.setattr("tools.confinement.program", lambda: "/usr/bin/bwrap")
    assert "code.run" in {spec.name for spec in toolbox.specs()} or toolbox.why_unavailable("code.run")  # kept for some seconds at most
    await toolbox.prepare("code.run", {"code": "print(1)"}, context)  # a refusal is looked at again at once


async def test_what_is_missing_is_left_out_of_what_a_request_is_offered(toolbox: LocalToolBox) -> None:
    whole = await toolbox.offered("send a mail to Ann", 1_000_000)
    small = await toolbox.offered("send a mail to Ann", 4_000)
    for inventory in (whole, small):
        assert "mail.send" not in {spec.name for spec in inventory.specs} and "mail.send" not in inventory.others


def test_accounts_make_their_tools_available(own_home: Any, toolbox: LocalToolBox) -> None:
    rows = {"mail": {"user": "ann", "imap": "localhost"}, "search": {"url": "http://localhost"}, "calendar": {"url": "https://x", "user": "ann"}}
    made = LocalToolBox(TOOLS, toolbox.changes, own_home.notes, accounts=Accounts(rows, {"mail": "x"}))
    names = {spec.name for spec in made.specs()}
    assert {"mail.search", "mail.read", "web.search"} <= names and not {"mail.send", "caldav.events"} & names


def test_a_reason_is_kept_for_some_seconds() -> None:
    asked: list[int] = []
    clock = [0.0]

    def reason(environment: availability.Environment) -> str:
        asked.append(1)
        return "Never."

    tool = replace(TOOLS[0], unavailable=reason)
    kept = availability.Availability(now=lambda: clock[0])
    assert [kept.why_not(tool, availability.Environment()) for _ in range(5)] == ["Never."] * 5 and len(asked) == 1
    clock[0] = availability.SECONDS + 1
    assert kept.why_not(tool, availability.Environment()) and len(asked) == 2
    assert kept.why_not(tool, availability.Environment(), fresh=True) and len(asked) == 3


ICS = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260110T100000\r\nDTEND:20260110T110000\r\nSUMMARY:Dentist\r\nLOCATION:Main St\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
PROMISES: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [  # a call, and what its text has to hold by its description
    ("tables.describe", {"path": ["a.csv", "b.csv"]}, ("a.csv: 2 rows, 2 columns: name (text), amount (number 1.50 to 2.25)", "b.csv: 1 row", "Ann | 1.50", "decimal comma")),
    ("tables.query", {"path": ["a.csv", "b.csv"], "sql": "SELECT name, amount FROM t JOIN t2 USING (name)"}, ("1 row, columns: name (text), amount (number)", "Ann | 1.50")),
    ("tables.convert", {"source": "a.csv", "target": "a.json"}, ("Wrote 2 rows, 2 columns, to a.json", "name | amount", "Ann")),
    ("calc.evaluate", {"expressions": ["2031.1 + 0.0000000000004", "17.5% of 240", "1/0"]}, ("= 2031.1\n", "17.5% of 240 = 42", "1/0: That divides by zero.")),
    ("calc.evaluate", {"expressions": ["12.60 + 3.40", "2*12.30", "17.50% of 240", "0.25*8"]}, ("3.40 = 16.00\n", "= 24.60\n", "= 42\n", "0.25*8 = 2")),
    (
        "calc.evaluate",
        {"expressions": ["14:46-13:12", "1:30 + 2:45", "13:12 - 14:46", "23:30 + 90 min"]},
        ("= 1:34 (94 minutes)", "= 4:15 (", "22:26 where the first is on the next day", "1:00 on the next day"),
    ),
    ("calc.evaluate", {"expressions": ["2026-03-01 + 30 days", "2026-01-31 + 1 month", "2026-03-31 - 2026-03-01"]}, ("= 2026-03-31 (Tuesday)", "= 2026-02-28", "= 30 days")),
    ("units.convert", {"value": [1, 2], "source": "km", "target": "m"}, ("1 km = 1000 m", "2 km = 2000 m")),
    ("time.now", {"zone": ["Europe/Lisbon", "Asia/Tokyo"]}, ("in Europe/Lisbon", "in Asia/Tokyo", "week")),
    ("time.calculate", {"start": "2026-03-01", "end": ["2026-03-31", "2026-04-01"]}, ("30 days", "31 days", "Tuesday")),
    ("time.calculate", {"start": "2026-03-31", "months": -1}, ("Saturday, 28 February 2026",)),
    ("calendar.list", {"file": "c.ics", "start": "2026-01-01", "days": 30}, ("2026-01-10 10:00", "Dentist", "Main St")),
    ("calendar.list", {"file": "c.ics", "start": "2026-02-01", "days": 7}, ("from 2026-02-01 to 2026-02-07",)),
    ("calendar.add", {"file": "c.ics", "title": "Run", "start": "2026-01-11"}, ("Run", "Sunday 2026-01-11")),
    ("contacts.add", {"file": "p.vcf", "name": "Ann Lee", "phone": "123"}, ("Ann Lee", "123")),
    ("contacts.search", {"file": "q.vcf", "query": "Bob"}, ("Bob Day", "555")),
    ("tasks.add", {"file": "t.md", "text": "a\nb", "due": "2026-12-24"}, ("2 tasks: a; b", "2026-12-24")),
    ("tasks.list", {"file": "todo.md"}, ("Water plants",)),
    ("images.info", {"path": "p.png"}, ("8 × 4 pixels", "PNG")),
    ("images.resize", {"path": "p.png", "width": 4}, ("p-4x2.png", "4 × 2 pixels")),
    ("images.convert", {"path": "p.png", "target": "p.jpg"}, ("p.jpg", "8 × 4")),
    ("system.info", {}, ("cores", "free", "on for")),
    ("system.processes", {"limit": 2}, ("(",)),
    ("network.interfaces", {}, ("127.0.0.1",)),
    ("shell.run", {"argv": ["echo", "hello"]}, ("hello",)),
]


@pytest.mark.parametrize(("name", "args", "parts"), PROMISES, ids=[f"{name}-{number}" for number, (name, _, _) in enumerate(PROMISES)])
async def test_a_result_holds_what_the_description_promises(
    name: str, args: dict[str, Any], parts: tuple[str, ...], toolbox: LocalToolBox, context: ToolContext, workspace: Path
) -> None:
    (workspace / "a.csv").write_text("name;amount\nAnn;1,50\nBob;2,25\n")
    (workspace / "b.csv").write_text("name,place\nAnn,Rome\n")
    (workspace / "c.ics").write_text(ICS)
    (workspace / "q.vcf").write_text("BEGIN:VCARD\nVERSION:4.0\nFN:Bob Day\nTEL:555\nEND:VCARD\n")
    (workspace / "todo.md").write_text("- [ ] Water plants\n- [x] Done\n")
    Image.new("RGB", (8, 4)).save(workspace / "p.png")
    result = await perform(toolbox, context, name, **args)
    assert all(part in result.text for part in parts), result.text
    json.dumps(result.value)


@pytest.mark.parametrize(
    ("name", "args", "message", "hint"),
    [
        ("calc.evaluate", {}, "no expression", "expressions a list"),
        ("calc.evaluate", {"expression": "twelve apples"}, "not an expression", "percent of"),
        ("calc.evaluate", {"expression": "2026-12-24"}, "holds a time or a date", 'time.calculate(start="2026-03-01", months=1)'),
        ("calc.evaluate", {"expression": "2026-02-30 + 1 day"}, "not a date that there is", "time.calculate("),
        ("calc.evaluate", {"expression": "(14:46-13:12)*60"}, "holds a time or a date", "14:46 - 13:12"),
        ("calc.evaluate", {"expressions": ["a", "b"]}, "None of them", "decimal point"),
        ("units.convert", {"value": 1, "source": "kg", "target": "m"}, "the one is mass, the other length", "km"),
        ("units.convert", {"value": 1, "source": "smoots2", "target": "m"}, "is not known", "km"),
        ("time.calculate", {"start": "one day"}, "not a date", "2026-03-31"),
        ("time.now", {"zone": "Atlantis"}, "neither a time zone", "Europe/Lisbon"),
        ("tables.convert", {"source": "a.csv", "target": "a.docx"}, "cannot be written as .docx", ".parquet"),
        ("tables.query", {"path": "a.bin", "sql": "SELECT 1"}, "is no table", ".csv"),
        ("tasks.done", {"file": "todo.md", "task": "paint"}, "no such task", "tasks.list"),
        ("contacts.remove", {"file": "p.vcf", "name": "X"}, "No contacts", "contacts.search"),
        ("calendar.add", {"file": "c.ics", "title": "x", "start": "soon"}, "no day", "2026-12-24"),
        ("images.convert", {"path": "a.csv", "target": "b.png"}, "no picture", ".png"),
        ("network.check", {"host": "https://x/y"}, "no name or address", "without https"),
        ("shell.run", {"argv": ["no-such-program"]}, "no program no-such-program", "code.run"),
        ("system.end_process", {}, "No program is named", "system.processes"),
        ("money.convert", {"amount": 1, "source": "beads", "target": "EUR"}, "no currency", "EUR"),
    ],
)
async def test_an_error_says_what_would_be_right(name: str, args: dict[str, Any], message: str, hint: str, toolbox: LocalToolBox, context: ToolContext, workspace: Path) -> None:
    (workspace / "a.csv").write_text("name,amount\nAnn,1\n")
    (workspace / "a.bin").write_bytes(b"\0\1\2")
    (workspace / "todo.md").write_text("- [ ] Water plants\n")
    with pytest.raises(ToolError) as caught:
        await perform(toolbox, context, name, **args)
    assert message in caught.value.message and hint in caught.value.hint, (caught.value.message, caught.value.hint)


@pytest.mark.parametrize(
    ("name", "args", "mended"),
    [
        ("calc.evaluate", {"expressions": "2+3\n4*5"}, {"expressions": ["2+3", "4*5"]}),
        ("calc.evaluate", {"expressions": '["2 + 3", "4"]'}, {"expressions": ["2 + 3", "4"]}),
        ("tables.describe", {"paths": '["a.csv", "b.csv"]'}, {"path": ["a.csv", "b.csv"]}),
        ("tables.query", {"files": ["a.csv"], "sql": "SELECT 1"}, {"path": ["a.csv"], "sql": "SELECT 1"}),
        ("units.convert", {"value": "2,5", "source": "km", "target": "m"}, {"value": 2.5, "source": "km", "target": "m"}),
        ("units.convert", {"value": "1,234", "source": "km", "target": "m"}, {"value": 1234.0, "source": "km", "target": "m"}),
        ("mail.send", {"to": "a@b.c", "subject": "s", "text": "t", "attach": "my file.pdf"}, {"to": "a@b.c", "subject": "s", "text": "t", "attach": ["my file.pdf"]}),
    ],
)
def test_lists_and_numbers_are_mended_as_they_were_meant(name: str, args: dict[str, Any], mended: dict[str, Any], toolbox: LocalToolBox) -> None:
    assert toolbox.resolve(name, args) == (name, mended)


@pytest.mark.parametrize(
    ("body", "kind", "text"),
    [
        ("Die Straße führt".encode("cp1252"), "text/html; charset=iso-8859-1", "Die Straße führt"),
        ('<meta charset="windows-1252">Die Straße führt'.encode("cp1252"), "text/html", '<meta charset="windows-1252">Die Straße führt'),
        ('<meta http-equiv="Content-Type" content="text/html; charset=gb2312">今天天气很好'.encode("gbk"), "text/html", "今天天气很好"),
        ("今天天气很好".encode("gbk"), "text/html; charset=gbk", "今天天气很好"),
        ("Straße".encode("utf-8-sig"), "text/plain", "Straße"),
        ("Straße".encode("utf-16"), "text/plain", "Straße"),
        ("Die Straße führt über den Fluss, und dann nach München zurück.".encode("cp1252"), "text/plain", "Die Straße führt über den Fluss, und dann nach München zurück."),
        ("Straße".encode(), "text/html; charset=no-such-thing", "Straße"),
    ],
)
def test_pages_are_read_in_their_own_encoding(body: bytes, kind: str, text: str) -> None:
    assert text in decoded(body, kind)


@pytest.mark.parametrize(
    ("hint", "named"),
    [
        ("files.list shows what is there, files.list it is.", "files.list(path) shows what is there, files.list it is."),
        ("files.read shows it; files.move moves it away.", "files.read(path) shows it; files.move(source, target) moves it away."),
        ('time.calculate(start="2026-03-01") adds.', 'time.calculate(start="2026-03-01") adds.'),
        ("There is a.txt and tables.csv; www.files.list is no tool.", "There is a.txt and tables.csv; www.files.list is no tool."),
    ],
)
def test_a_hint_names_a_tool_with_its_arguments(hint: str, named: str) -> None:
    assert name_arguments(hint, {tool.name: tool for tool in TOOLS}) == named


async def test_hints_of_errors_carry_arguments_wherever_they_arise(toolbox: LocalToolBox, context: ToolContext, workspace: Path) -> None:
    (workspace / "a.txt").write_text("x")
    (workspace / "letters").mkdir()
    for name, args, hint in (
        ("files.list", {"path": "a.txt"}, "files.read(path) shows what it holds, files.info(path)"),
        ("files.edit", {"path": "letters", "find": "x", "replace": "y"}, "files.list(path)"),
        ("files.read", {"path": "gone.txt"}, "files.find(name) looks for a name in all subfolders"),
        ("files.move", {"source": "*.pdf", "target": "x/"}, "files.find(name)"),
        ("files.write", {"path": "a.txt/b.txt", "text": "x"}, "files.move(source, target)"),
    ):
        with pytest.raises(ToolError) as caught:
            await perform(toolbox, context, name, **args)
        assert hint in caught.value.hint


def test_an_unknown_tool_is_answered_with_those_that_are_near(toolbox: LocalToolBox) -> None:
    with pytest.raises(ToolRetry) as caught:
        toolbox.resolve("tables.quary", {"frequency": 3, "colour": 4})
    assert "There is tables.query" in caught.value.message and "): Sum, filter" in caught.value.hint
    with pytest.raises(ToolRetry) as caught:
        toolbox.resolve("zzz", {})
    assert "groups of tools" in caught.value.hint and "tables" in caught.value.hint
