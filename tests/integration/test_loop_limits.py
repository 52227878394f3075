"""Values and texts that would stop the core, and names that would stand for two tools."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.service.composition import Core
from core import events
from core.messages import Finished, TextDelta
from core.storage.json_text import MOST_DEEP, is_deeper
from core.turn.act.allowance import MOST_MADE
from core.turn.model_calls import MOST_CALLS, MOST_TEXT
from models.scripted import ScriptedModel
from tests.integration.test_action_loop import ask, call, model, tool_results
from tests.integration.test_loop_attacks import connect, nested, tool

LOOK = "look at everything that is here and help me"
MakeCore = Callable[..., Core]
NOT_JSON = [
    [tool("calc.evaluate", expression="0*1e999")],
    [tool("code.run", code="print('{\"x\": NaN}')")],
    [tool("units.convert", value=float("nan"), source="m", target="km")],
    [call("files_write", path="a.txt", text="a\ud800b")],
    [tool("code.run", code="print(1)", data=nested(900))],
    [TextDelta("hello \ud800 there")],
    [TextDelta('{"name": "files_write", "arguments": ' + '{"a":' * 20_000 + "1" + "}" * 20_001)],
]


@pytest.mark.parametrize("calls", NOT_JSON, ids=["calc", "code", "argument", "surrogate", "deep", "text", "deep text"])
async def test_what_json_cannot_hold_stops_nothing(calls: list[Any], make_core: MakeCore, workspace: Path) -> None:
    core = make_core(planner=model(calls, "All right."))
    first = await ask(core, workspace, LOOK)
    assert (await ask(core, workspace, "hello again", conversation_id=first["conversation_id"]))["status"] == "done"
    rows = [row["data"] for row in core.database.execute("SELECT data FROM event")]
    for row in rows:
        assert not is_deeper(json.loads(row, parse_constant=pytest.fail), MOST_DEEP)
    assert core.database.execute("SELECT count(*) FROM event WHERE NOT json_valid(data)").fetchone()[0] == 0 and core.journal.verify() is None


async def test_a_character_in_two_pieces_stays_one(make_core: MakeCore, workspace: Path) -> None:
    core = make_core(planner=model([TextDelta("good \ud83d"), TextDelta("\ude00 day")]))
    assert (await ask(core, workspace, LOOK))["answer"] == "good 😀 day"


async def test_a_call_nested_too_deep_is_not_made(make_core: MakeCore, workspace: Path) -> None:
    planner = model([tool("code.run", code="open('made.txt', 'w')", data=nested(900))], "All right.")
    await ask(make_core(planner=planner), workspace, LOOK)
    assert not (workspace / "made.txt").exists() and "nested in more than 64 levels" in tool_results(planner.requests[1])[0]


async def test_of_too_many_calls_the_first_are_made_and_the_model_hears_of_it(make_core: MakeCore, workspace: Path) -> None:
    planner = model([call("files_list", path=f"d{number}") for number in range(5000)], "All right.")
    await ask(make_core(planner=planner), workspace, LOOK)
    results = tool_results(planner.requests[1])
    assert len(results) == MOST_CALLS + 1 and all("There is no" in result for result in results[:MOST_MADE])
    assert all(f"at most {MOST_MADE} calls" in result for result in results[MOST_MADE:]) and results[-1].endswith("not read.")


async def test_a_server_that_never_ends_a_reply_is_left(make_core: MakeCore, workspace: Path) -> None:
    sent = 0

    def pieces(request: Any) -> list[Any]:
        nonlocal sent
        sent += 1
        return [TextDelta("a story. " * 1000) for _ in range(200)] + [Finished("stop")] if sent == 1 else ["The end."]

    core = make_core(planner=ScriptedModel([pieces, "The end.", "The end.", "The end."], "planner", calls=True, context=32_000))
    result = await ask(core, workspace, "tell me a long story")
    assert MOST_TEXT <= len(result["answer"]) < MOST_TEXT + 1000


async def test_a_run_that_cannot_be_gone_on_with_ends_and_says_so(make_core: MakeCore, workspace: Path) -> None:
    core = make_core(planner=model("All right."))
    row = {"text": LOOK, "workspace": str(workspace)}
    conversation = core.conversations.create("x", str(workspace))["id"]
    core.runs.runs.add("run_x", conversation, row | {"conversation_id": conversation}, "2026-01-01T00:00:00Z")
    core.journal.append(events.RUN_STARTED, "run_x", row | {"conversation_id": conversation})
    core.journal.append(events.STEP_ADDED, "run_x", {"step": "no step"})
    assert core.runs.resume_unfinished() == []
    shown = core.runs.runs.get("run_x")
    assert shown["status"] == "failed" and "could not be brought to an end" in shown["result"]["answer"]
    assert core.conversations.branch(conversation)[-1]["text"] == shown["result"]["answer"]
    assert core.runs.resume_unfinished() == [] and (await ask(core, workspace, "hello", conversation_id=conversation))["status"] == "done"


async def test_an_error_outside_the_stages_ends_the_run(make_core: MakeCore, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(run: Any, status: str) -> dict[str, Any]:
        raise RecursionError("too deep")

    core = make_core(planner=model("All right."))
    monkeypatch.setattr("core.execution.outcome.build_result", fail)
    assert (await ask(core, workspace, LOOK))["status"] == "failed"
    assert core.runs.runs.unfinished() == []


async def test_wire_names_are_unique_and_ours_stay_ours(make_core: MakeCore, workspace: Path) -> None:
    planner = model([call("tools_find", what="anything")], "ok")
    core = make_core(planner=planner)
    reached = connect(core, "tools", {"name": "find"}, {"name": "call"})
    connect(core, "ask", {"name": "person"})
    await ask(core, workspace, "look at notes")
    names = [spec.name for spec in planner.requests[0].tools]
    assert len(names) == len(set(names)) and {"tools_find", "tools_call", "ask_person"} <= set(names) and reached == []


async def test_text_without_sentences_does_not_stop_the_core(make_core: MakeCore, workspace: Path) -> None:
    text = "word " * 40_000
    core = make_core(planner=ScriptedModel([[TextDelta(text[start : start + 40]) for start in range(0, len(text), 40)]], "planner", calls=True, context=32_000))
    longest = 0.0

    async def beat() -> None:
        nonlocal longest
        last = time.monotonic()
        while True:
            await asyncio.sleep(0.02)
            now = time.monotonic()
            longest, last = max(longest, now - last), now

    task = asyncio.ensure_future(beat())
    await ask(core, workspace, "tell me a long story")
    task.cancel()
    assert longest < 2.0
