import asyncio
from typing import Any

import pytest

from core.errors import ToolFailed, ToolRetry
from core.ports import ToolContext
from tools.builtin.compute import calculate
from tools.toolbox import LocalToolBox


async def call(toolbox: LocalToolBox, context: ToolContext, name: str, /, **args: Any) -> Any:
    tool, args = toolbox.resolve(name, args)
    assert not toolbox.check_args(tool, args), toolbox.check_args(tool, args)
    intent = await toolbox.prepare(tool, args, context)
    return await toolbox.perform(intent, context)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("17.5% of 240", 42),
        ("2+3*4", 14),
        ("(2+3)*4", 20),
        ("sqrt(16)", 4),
        ("the square root of 81", 9),
        ("3 squared", 9),
        ("10 divided by 4", 2.5),
        ("1,200 + 300", 1500),
        ("7 x 6", 42),
        ("2 to the power of 10", 1024),
        ("5 minus 8", -3),
        ("12 times 12?", 144),
    ],
)
def test_arithmetic_in_symbols_and_words(expression: str, value: float) -> None:
    assert calculate(expression) == pytest.approx(value)


@pytest.mark.parametrize("expression", ["", "hello", "1/0", "9**9**9**9", "__import__('os')", "factorial(99999)", "(-1)**0.5", "(" * 500])
def test_what_is_no_arithmetic_is_refused_in_words(expression: str) -> None:
    with pytest.raises(ToolRetry):
        calculate(expression)


@pytest.mark.parametrize(
    ("name", "tool"),
    [
        ("mkdir", "files.make_folder"),
        ("write_file", "files.write"),
        ("Files-Write", "files.write"),
        ("filesWrite", "files.write"),
        ("functions.files_write", "files.write"),
        ("rm", "files.delete"),
        ("unzip", "files.extract"),
    ],
)
def test_a_tool_is_known_by_its_usual_names(name: str, tool: str, toolbox: LocalToolBox) -> None:
    assert toolbox.resolve(name, {})[0] == tool


def test_an_unknown_tool_is_never_guessed(toolbox: LocalToolBox) -> None:
    with pytest.raises(ToolRetry) as caught:
        toolbox.resolve("files.wipe_disk", {})
    assert caught.value.code == "unknown_tool"


@pytest.mark.parametrize(
    ("name", "given", "mended"),
    [
        ("files.write", {"file_path": "a", "content": "b"}, {"path": "a", "text": "b"}),
        ("files.move", {"src": "a", "dst": "b"}, {"source": "a", "target": "b"}),
        ("files.read", {"path": "a", "lines": "10"}, {"path": "a", "lines": 10}),
        ("shell.run", {"command": "git log -1"}, {"argv": ["git", "log", "-1"]}),
        ("shell.run", {"argv": '["ls", "-l"]'}, {"argv": ["ls", "-l"]}),
        ("files.edit", {"path": "a", "old": "x", "new": "y", "ignore_case": "true"}, {"path": "a", "find": "x", "replace": "y", "ignore_case": True}),
        ("files.list", {"path": None}, {}),
        ("files.write", {"path": "a", "text": ["x", "y"]}, {"path": "a", "text": "x\ny"}),
    ],
)
def test_arguments_are_mended_where_there_is_one_way_to(name: str, given: dict, mended: dict, toolbox: LocalToolBox) -> None:
    assert toolbox.resolve(name, given)[1] == mended


def test_every_tool_has_a_schema_a_description_and_a_risk(toolbox: LocalToolBox) -> None:
    for tool in toolbox.tools():
        assert tool.description and tool.risk in ("reads", "reversible", "irreversible", "leaves") and tool.schema["type"] == "object"
        assert tool.changing == (tool.risk == "reversible" or tool.name == "memory.forget"), tool.name


def test_no_two_tools_share_an_alias(toolbox: LocalToolBox) -> None:
    seen: dict[str, str] = {}
    for tool in toolbox.tools():
        for alias in tool.aliases:
            assert seen.setdefault(alias, tool.name) == tool.name


async def test_a_program_runs_with_bounded_output(toolbox: LocalToolBox, context: ToolContext) -> None:
    result = await call(toolbox, context, "shell.run", argv=["seq", "1", "100000"])
    assert result.value["stdout"].startswith("1\n2\n") and "left out" in result.value["stdout"] and len(result.value["stdout"]) < 110_000
    assert result.tainted


async def test_a_program_that_takes_too_long_is_gone_with_its_children(toolbox: LocalToolBox, context: ToolContext) -> None:
    import psutil

    with pytest.raises(ToolFailed) as caught:
        await call(toolbox, context, "shell.run", argv=["sh", "-c", "sleep 301 & sleep 302"], timeout_s=0.3)
    assert caught.value.code == "timeout"
    assert not [p for p in psutil.process_iter(["cmdline"]) if (p.info["cmdline"] or [])[:2] in (["sleep", "301"], ["sleep", "302"])]


async def test_a_cancelled_program_is_gone(toolbox: LocalToolBox, context: ToolContext) -> None:
    import psutil

    task = asyncio.create_task(call(toolbox, context, "shell.run", argv=["sleep", "303"]))
    while not [p for p in psutil.process_iter(["cmdline"]) if (p.info["cmdline"] or [])[:2] == ["sleep", "303"]]:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not [p for p in psutil.process_iter(["cmdline"]) if (p.info["cmdline"] or [])[:2] == ["sleep", "303"]]


@pytest.mark.parametrize("argv", [["no-such-program-here"], ["false"]])
async def test_a_program_that_fails_says_so(argv: list[str], toolbox: LocalToolBox, context: ToolContext) -> None:
    with pytest.raises(ToolFailed):
        await call(toolbox, context, "shell.run", argv=argv)


async def test_reading_finding_and_measuring(toolbox: LocalToolBox, context: ToolContext) -> None:
    (context.workspace / "sub").mkdir()
    (context.workspace / "sub/notes.txt").write_text("Budget 2026\nsecond\n")
    (context.workspace / "big.bin").write_bytes(b"\0" * 5000)
    assert (await call(toolbox, context, "files.read", path="sub/notes.txt", lines=1)).value["text"] == "Budget 2026\n"
    assert [row["path"] for row in (await call(toolbox, context, "files.find", text="budget")).value["items"]] == ["sub/notes.txt"]
    assert (await call(toolbox, context, "files.find", name="*.bin")).value["count"] == 1
    assert (await call(toolbox, context, "files.info", path="sub/notes.txt")).value["lines"] == 2
    assert (await call(toolbox, context, "files.list")).value["files"] == 1
    with pytest.raises(ToolRetry):
        await call(toolbox, context, "files.read", path="big.bin")


async def test_a_wrong_name_is_answered_with_the_nearest(toolbox: LocalToolBox, context: ToolContext) -> None:
    (context.workspace / "report.txt").write_text("x")
    with pytest.raises(ToolRetry, match=r"report\.txt"):
        await call(toolbox, context, "files.read", path="reprot.txt")


async def test_documents_are_read_by_kind(toolbox: LocalToolBox, context: ToolContext) -> None:
    (context.workspace / "t.csv").write_text("name;n\nä;1\nb;2\n")
    (context.workspace / "d.json").write_text('{"a": [1]}')
    (context.workspace / "bad.json").write_text("{")
    (context.workspace / "bad.pdf").write_bytes(b"%PDF-1.4 nothing")
    table = (await call(toolbox, context, "documents.read", path="t.csv")).value
    assert table["columns"] == ["name", "n"] and table["count"] == 2
    assert (await call(toolbox, context, "documents.read", path="d.json")).value["data"] == {"a": [1]}
    with pytest.raises(ToolRetry):
        await call(toolbox, context, "documents.read", path="bad.json")
    with pytest.raises(ToolFailed):
        await call(toolbox, context, "documents.read", path="bad.pdf")


async def test_units_dates_and_notes(toolbox: LocalToolBox, context: ToolContext) -> None:
    assert (await call(toolbox, context, "units.convert", value=3, source="miles", target="km")).value["result"] == pytest.approx(4.828032)
    assert (await call(toolbox, context, "units.convert", value=100, source="C", target="F")).value["result"] == pytest.approx(212)
    assert (await call(toolbox, context, "time.calculate", start="2026-03-01", end="2026-03-31")).value["days"] == 30
    await call(toolbox, context, "notes.add", text="the boiler man comes on Thursday")
    assert (await call(toolbox, context, "notes.search", query="boiler")).value["count"] == 1
    with pytest.raises(ToolRetry):
        await call(toolbox, context, "units.convert", value=1, source="kg", target="m")


@pytest.mark.parametrize(
    ("name", "args", "tool"),
    [
        ("writeToFile", {"path": "a", "text": "b"}, "files.write"), ("delete_a_file", {"path": "a"}, "files.delete"), ("list_directory_contents", {"path": "."}, "files.list"), ("searchFiles", {"name": "x"}, "files.find"),
        ("image_resizer", {"path": "x", "width": 3}, "images.resize"), ("take_a_screenshot", {}, "images.screenshot"), ("createCalendarAppointment", {"title": "x", "start": "today"}, "calendar.add"), ("eraseFile", {"path": "x"}, "files.delete"),
        ("files.read", {"url": "https://example.org"}, "web.fetch"), ("functions.files_write", {"path": "a", "text": "b"}, "files.write"),
    ],
)  # fmt: skip
def test_a_name_that_no_tool_has_is_read_where_it_can_mean_only_one(name: str, args: dict[str, Any], tool: str, toolbox: LocalToolBox) -> None:
    assert toolbox.resolve(name, args)[0] == tool


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("launch_missile", {}), ("get_current_weather", {"city": "x"}), ("wipe", {}), ("format_disk", {}), ("file_delete_all", {}), ("delete_file_permanently", {"path": "x"}), ("file", {"path": "x"}), ("run", {"what": "x"}),
        ("deleteFile2", {"id": 4}), ("", {}), ("🙂", {}),
    ],
)  # fmt: skip
def test_a_name_that_could_mean_anything_is_no_tool(name: str, args: dict[str, Any], toolbox: LocalToolBox) -> None:
    with pytest.raises(ToolRetry, match="no tool"):
        toolbox.resolve(name, args)


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("files.list", {"query": "x"}),
        ("files.write", {"source": "a"}),
        ("files.delete", {"path": "a"}),
        ("tasks.add", {"title": "x", "start": "today"}),
        ("notes.add", {"text": "x"}),
    ],
)
def test_a_tool_that_exists_is_not_changed_for_another_without_need(name: str, args: dict[str, Any], toolbox: LocalToolBox) -> None:
    assert toolbox.resolve(name, args)[0] == name
