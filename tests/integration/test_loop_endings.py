"""How a loop ends with models that break off, repeat themselves and claim too much: what the fake servers of a breaker did."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.commands.run_printer import RunPrinter
from app.service.composition import Core
from core.messages import CallDelta, Finished, TextDelta, ToolCall
from tests.integration.test_action_loop import ask, call, model, streamed, tool_results

MakeCore = Callable[..., Core]
HELP = "Please help me with this task."
CUT = "There are three reasons for this. The first is that the sea is"


def printed(core: Core, result: dict[str, Any], is_held: bool = False) -> str:
    """What stands on standard output in a pipe, with each piece written at once unless ``is_held``."""
    out = io.StringIO()
    printer = RunPrinter(out, io.StringIO())
    for event in core.journal.of_run(result["run_id"]):
        printer.show({"seq": event.seq, "type": event.type, "data": event.data})
        if not is_held:
            printer.answer.flush()
    printer.end(result)
    return out.getvalue()


def shown(core: Core, run_id: str) -> str:
    """All text that was ever on the screen."""
    return "".join(event.data["text"] for event in core.journal.of_run(run_id) if event.type == "text_delta" and event.data.get("purpose") == "answer")


def part(text: str, reason: str) -> list[Any]:
    words = [TextDelta(f"{word} " if number < text.count(" ") else word) for number, word in enumerate(text.split(" "))]
    return [*words, Finished(reason)]


@pytest.mark.parametrize(
    "lie",
    [
        "Done! report-2025.txt is gone now, and the mail to Ana went out.", "According to expenses.csv you spent 3117.55 on rent in 2026.", "I have deleted report-2025.txt.",
        "Ich habe report-2025.txt gelöscht und die Mail an Ana verschickt.",
    ],
)  # fmt: skip
async def test_what_the_end_refuses_was_never_on_the_screen(lie: str, make_core: MakeCore, workspace: Path) -> None:
    for name in ("report-2025.txt", "expenses.csv"):
        (workspace / name).write_text("x")
    core = make_core(planner=model(part(lie, "stop")))
    result = await ask(core, workspace, HELP)
    assert result["status"] == "failed" and "nothing was changed" in result["answer"]
    assert not any(words in shown(core, result["run_id"]) for words in ("Done", "gone", "went out", "expenses.csv", "3117", "deleted", "gelöscht"))


@pytest.mark.parametrize("reason", ["length", "dropped", "content_filter"])
async def test_a_text_that_is_cut_again_and_again_stands_there_once(reason: str, make_core: MakeCore, workspace: Path) -> None:
    core = make_core(planner=model(part(CUT, reason)))
    result = await ask(core, workspace, HELP)
    for text in (result["answer"], printed(core, result), printed(core, result, is_held=True), streamed(core, result["run_id"])):
        assert text.count("There are three reasons") == 1 and text.startswith(CUT) and text.rstrip().endswith(")")


async def test_a_reply_that_goes_on_or_begins_anew_becomes_one_text(make_core: MakeCore, workspace: Path) -> None:
    for rest in (" deep. The second is the wind.", f"{CUT} deep. The second is the wind."):
        core = make_core(planner=model(part(CUT, "length"), part(rest, "stop")))
        result = await ask(core, workspace, HELP)
        assert result["answer"] == f"{CUT} deep. The second is the wind." == streamed(core, result["run_id"]) == printed(core, result).strip()
        assert shown(core, result["run_id"]) == result["answer"], "no letter of it was written twice"


async def test_a_claim_across_a_cut_was_never_on_the_screen(make_core: MakeCore, workspace: Path) -> None:
    (workspace / "notes.txt").write_text("x")
    core = make_core(planner=model(part("There you go. I del", "length"), part("eted notes.txt.", "stop")))
    result = await ask(core, workspace, HELP)
    assert "notes.txt" not in shown(core, result["run_id"]) and "I del" not in shown(core, result["run_id"])


async def test_a_dropped_reply_that_comes_shorter_keeps_what_was_shown(make_core: MakeCore, workspace: Path) -> None:
    core = make_core(planner=model(part(CUT, "dropped"), part(CUT[:40], "dropped"), part(CUT[:50], "dropped")))
    result = await ask(core, workspace, HELP)
    assert result["answer"].startswith(f"{CUT}\n") and printed(core, result).count("There are") == 1


POEM = {"path": "poem.txt", "text": "Roses are red, violets are"}


@pytest.mark.parametrize("request_", [HELP, "Write a poem into poem.txt"])
@pytest.mark.parametrize("said", ["The poem is in poem.txt.", "Here you are."])
async def test_a_cut_write_is_not_said_to_be_done(said: str, request_: str, make_core: MakeCore, workspace: Path) -> None:
    cut = [CallDelta(ToolCall("files_write", POEM, cut=True)), Finished("length")]
    planner = model(cut, part(said, "stop"))
    core = make_core(planner=planner)
    result = await ask(core, workspace, request_)
    assert result["status"] == "failed" and said not in result["answer"] and "was cut off and not made again" in result["answer"]
    assert said not in shown(core, result["run_id"]) and not (workspace / "poem.txt").exists()
    assert len(planner.requests) == 3, "it was told once that the call was not made"


async def test_a_cut_write_that_is_made_again_is_an_answer(make_core: MakeCore, workspace: Path) -> None:
    cut = [CallDelta(ToolCall("files_write", POEM, cut=True)), Finished("length")]
    core = make_core(planner=model(cut, "The poem is in poem.txt.", [call("files_write", path="poem.txt", text="Roses")], "The poem is in poem.txt."))
    result = await ask(core, workspace, HELP)
    assert result["status"] == "done" and result["answer"] == "The poem is in poem.txt." and (workspace / "poem.txt").exists()


async def test_an_answer_that_owns_up_to_a_cut_call_stands_and_the_turn_failed(make_core: MakeCore, workspace: Path) -> None:
    cut = [CallDelta(ToolCall("files_write", POEM, cut=True)), Finished("length")]
    result = await ask(make_core(planner=model(cut, "I could not write poem.txt.")), workspace, "Write a poem into poem.txt")
    assert result["status"] == "failed" and result["answer"].startswith("I could not write poem.txt.")


@pytest.mark.parametrize("at_once", [1, 5])
async def test_too_many_files_end_in_one_refusal(at_once: int, make_core: MakeCore, workspace: Path) -> None:
    writes = [call("files_write", path=f"w{number:02}.txt", text=f"number {number}") for number in range(30)]
    planner = model(*(writes[start : start + at_once] for start in range(0, 30, at_once)), "I wrote all 30 files.")
    result = await ask(make_core(planner=planner), workspace, HELP, approve="none")
    refused = [step for step in result["steps"] if step["status"] == "failed"]
    assert result["status"] == "failed" and len(refused) == at_once and len(list(workspace.iterdir())) == 20
    assert result["answer"].count("Nobody can be asked about so many") == 1 and "all 30" not in result["answer"]


@pytest.mark.parametrize("name", ["file_read", "files_read", "read_file"])
@pytest.mark.parametrize("before", ["", "I look at it.\n"])
async def test_a_call_in_marks_is_a_call_whatever_it_is_named(name: str, before: str, make_core: MakeCore, workspace: Path) -> None:
    (workspace / "meeting.md").write_text("Ana sends the budget.")
    text = f'{before}<tool_call>\n{{"name": "{name}", "arguments": {{"path": "meeting.md"}}}}\n</tool_call>'
    planner = model(text, "Ana sends the budget.")
    core = make_core(planner=planner)
    result = await ask(core, workspace, "Who sends the budget?")
    assert result["answer"] == "Ana sends the budget." and "Ana sends" in tool_results(planner.requests[1])[0]
    assert "<tool_call>" not in shown(core, result["run_id"])


async def test_an_example_of_a_call_stays_a_text(make_core: MakeCore, workspace: Path) -> None:
    text = 'It looks so:\n```\n<tool_call>\n{"name": "get_weather", "arguments": {"city": "Rome"}}\n</tool_call>\n```'
    result = await ask(make_core(planner=model(text)), workspace, "How does a tool call of Hermes look?")
    assert result["answer"] == text and result["steps"] == []


BEGUN = 'I will write it.\n<tool_call>\n{"name": "files_write", "arguments": {"path": "poem.txt", "text": "Roses are'


async def test_a_call_that_was_cut_in_the_text_is_asked_for_again_and_never_shown(make_core: MakeCore, workspace: Path) -> None:
    written = [call("files_write", path="poem.txt", text="Roses are red.\n"), Finished("tool_calls")]
    core = make_core(planner=model(part(BEGUN, "length"), written, part("The poem is in poem.txt.", "stop")))
    result = await ask(core, workspace, "Write a poem into poem.txt", approve="safe")
    assert (workspace / "poem.txt").read_text() == "Roses are red.\n" and result["status"] == "done"
    assert "tool_call" not in shown(core, result["run_id"])


@pytest.mark.parametrize("reason", ["length", "stop"])
async def test_a_call_that_is_never_whole_is_said_not_shown(reason: str, make_core: MakeCore, workspace: Path) -> None:
    core = make_core(planner=model(part(BEGUN, reason)))
    result = await ask(core, workspace, "Write a poem into poem.txt", approve="safe")
    assert result["status"] == "failed" and "cut off and not made again" in result["answer"]
    assert "tool_call" not in shown(core, result["run_id"]) + result["answer"] and "Roses" not in shown(core, result["run_id"])


async def test_an_answer_that_was_cut_each_time_is_said_to_be_cut(make_core: MakeCore, workspace: Path) -> None:
    (workspace / "meeting.md").write_text("Ana sends the budget.\n")
    look = [call("files_read", path="meeting.md"), Finished("tool_calls")]
    cut = part("The meeting was about the budget, and then they", "length")
    core = make_core(planner=model(look, cut, look, cut, look, cut))
    result = await ask(core, workspace, "Write a summary of meeting.md into sum.txt", approve="safe")
    assert result["status"] == "failed"
    assert "cut off each time" in result["answer"] and ("sum.txt was not written" in result["answer"] or "Nothing was changed" in result["answer"])
