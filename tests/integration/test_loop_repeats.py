"""Calls that are made again: what was done is done once, unless the person asked for more or it was changed meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.service.composition import Core
from core.messages import CallDelta, TextDelta, ToolCall
from core.turn.act.repeats import times_asked
from tests.integration.test_action_loop import ask, call, model, tool_results
from tests.integration.test_loop_attacks import tool
from tests.integration.test_loop_consent import folder_of

Make = Callable[..., Core]
LOOK = "look at what is there and do it"
LINE = call("files_append", path="log.txt", text="LINE\n")
OTHER = call("files_append", path="log.txt", text="OTHER\n")
SAME_ID = CallDelta(ToolCall("files_append", {"path": "log.txt", "text": "LINE\n"}, "a"))
WRITE = call("files_write", path="log.txt", text="new\n")


def lines(workspace: Path) -> list[str]:
    return (workspace / "log.txt").read_text().splitlines()


@pytest.mark.parametrize(
    ("replies", "request_", "left"),
    [
        ([[LINE], [LINE]], LOOK, ["LINE"]),
        ([[SAME_ID], [SAME_ID]], LOOK, ["LINE"]),
        ([[LINE, LINE]], LOOK, ["LINE"]),
        ([[SAME_ID, SAME_ID, LINE]], LOOK, ["LINE"]),
        ([[LINE, OTHER], [LINE, OTHER]], LOOK, ["LINE", "OTHER"]),
        ([[LINE], [call("files_write", path="b.txt", text="x")], [LINE]], LOOK, ["LINE"]),
        ([[LINE], [WRITE], [LINE]], LOOK, ["new", "LINE"]),
        ([[LINE], [LINE]], "add the line LINE twice to the log", ["LINE", "LINE"]),
        ([[LINE, LINE, LINE, LINE]], "schreib LINE dreimal in log.txt", ["LINE"] * 3),
        ([[tool("files.append", path="log.txt", text="LINE\n")], [LINE]], LOOK, ["LINE"]),
    ],
    ids=["again", "same id", "in one reply", "thrice in one", "a whole reply", "after another change", "after its own change", "asked twice", "asked thrice", "by another name"],
)
async def test_a_deed_is_done_once(replies: list[list[CallDelta]], request_: str, left: list[str], make_core: Make, workspace: Path) -> None:
    (workspace / "log.txt").touch()
    await ask(make_core(planner=model(*replies, "That is all.")), workspace, request_)
    assert lines(workspace) == left


async def test_a_repeated_call_is_told_what_the_first_gave(make_core: Make, workspace: Path) -> None:
    planner = model([LINE], [LINE], "That is all.")
    await ask(make_core(planner=planner), workspace, LOOK)
    first, second = tool_results(planner.requests[2])
    assert second.startswith("Already done in this turn") and second.endswith(first)


async def test_the_same_plan_again_is_not_done_again(make_core: Make, workspace: Path) -> None:
    plan = '{"steps": [{"id": "%s", "tool": "files.append", "args": {"path": "log.txt", "text": "LINE\\n"}}]}'
    await ask(make_core(planner=model([TextDelta(plan % "s1")], [TextDelta(plan % "s2")], "That is all.")), workspace, LOOK)
    assert lines(workspace) == ["LINE"]


async def test_endless_deeds_end_and_what_was_done_is_told(make_core: Make, workspace: Path) -> None:
    planner = model(*[[LINE]] * 3, "x")
    result = await ask(make_core(planner=planner), workspace, LOOK)
    assert lines(workspace) == ["LINE"] and result["status"] == "failed" and len(planner.requests) == 4
    assert "log.txt" in result["answer"] and "1 line" in result["answer"]


async def test_what_failed_may_be_tried_again_once(make_core: Make, workspace: Path) -> None:
    edit = call("files_edit", path="a.txt", old="x", new="y")
    result = await ask(make_core(planner=model([edit], [edit], [edit], "No.")), workspace, LOOK)
    assert [step["status"] for step in result["steps"]] == ["failed", "failed"]


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("add it 3 times", 3),
        ("add it 3x", 3),
        ("zweimal bitte", 2),
        ("écris-le trois fois", 3),
        ("two empty lines", 2),
        ("make 4 copies", 4),
        ("add 20 dollars", 1),
        ("500 times", 20),
        ("at 3", 1),
    ],
)
def test_how_often_a_request_wants_the_same(text: str, times: int) -> None:
    assert times_asked(text) == times


# -- many files where nobody can be asked ----------------------------------------------------------------------------

MANY: dict[str, list[Any]] = {
    "30 calls": [[call("files_delete", path=f"d/f{number}.txt") for number in range(30)]],
    "a pattern": [[call("files_delete", path="d/*.txt")]],
    "a folder": [[call("files_delete", path="d")]],
    "two replies": [[call("files_delete", path=f"d/f{number}.txt") for number in part] for part in (range(15), range(15, 30))],
}


@pytest.mark.parametrize("how", MANY)
async def test_many_files_are_not_changed_unasked(how: str, make_core: Make, workspace: Path) -> None:
    folder = folder_of(workspace, 30)
    result = await ask(make_core(planner=model(*MANY[how], "I could not.")), workspace, "tidy this folder up and delete files", approve="none")
    assert len(list(folder.iterdir())) == (15 if how == "two replies" else 30)
    assert "30 files" in result["answer"] and "--approve safe" in result["answer"]


@pytest.mark.parametrize("approve", ["safe", "all"])
async def test_many_files_that_can_be_brought_back_are_changed_where_that_was_agreed_to(approve: str, make_core: Make, workspace: Path) -> None:
    folder = folder_of(workspace, 30)
    await ask(make_core(planner=model(*MANY["a pattern"], "Deleted.")), workspace, "tidy this folder up and delete files", approve=approve)
    assert not list(folder.iterdir())


# -- calls that cannot be made ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["nu\0l.txt", "e\x1b[2Jsc.txt", "a\nb.txt"])
async def test_no_name_holds_a_control_character(path: str, make_core: Make, workspace: Path) -> None:
    planner = model([call("files_write", path=path, text="x")], "No.")
    await ask(make_core(planner=planner), workspace, LOOK)
    assert list(workspace.iterdir()) == [] and "control character" in tool_results(planner.requests[1])[0]


async def test_a_file_with_an_odd_name_can_be_thrown_away(make_core: Make, workspace: Path) -> None:
    (workspace / "a\nb.txt").write_text("x")
    await ask(make_core(planner=model([call("files_delete", path="a\nb.txt")], "Done.")), workspace, "delete the odd file a b.txt")
    assert list(workspace.iterdir()) == []


async def test_a_call_with_a_fault_is_not_made(make_core: Make, workspace: Path) -> None:
    planner = model([CallDelta(ToolCall("files_list", {}, fault="its arguments are a list, not an object."))], [tool("files.list", path=".")], "Empty.")
    result = await ask(make_core(planner=planner), workspace, LOOK)
    assert tool_results(planner.requests[1]) == ["Not done: its arguments are a list, not an object."] and len(result["steps"]) == 1
