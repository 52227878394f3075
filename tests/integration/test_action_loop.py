"""The action loop with a model that does what it is told: calls, results, rises, questions, cut replies, repetition, crashes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.service.composition import Core, compose
from core.home import Home
from core.messages import CallDelta, Finished, ModelRequest, ReasoningDelta, TextDelta, TextWithdrawn, ToolCall
from models.scripted import ScriptedModel


def call(_tool: str, _id: str = "", **arguments: Any) -> CallDelta:
    return CallDelta(ToolCall(_tool, arguments, _id))


def model(*turns: Any, **profile: Any) -> ScriptedModel:
    return ScriptedModel(turns, "planner", calls=True, context=32_000, **profile)


async def ask(core: Core, workspace: Path, text: str = "look at what is there and do it", **more: Any) -> dict[str, Any]:
    run_id = core.runs.start({"text": text, "workspace": str(workspace), "approve": "none", **more})
    row = await core.runs.wait(run_id, 30)
    return dict(row["result"])


def tool_results(request: ModelRequest) -> list[str]:
    return [message.content for message in request.messages if message.role == "tool"]


def streamed(core: Core, run_id: str) -> str:
    """What a front end shows of a run's text at its end."""
    text = ""
    for event in core.journal.of_run(run_id):
        text = "" if event.type == "text_withdrawn" else text + event.data["text"] if event.type == "text_delta" else text
    return text


async def test_it_reads_then_answers_from_what_it_read(make_core: Callable[..., Core], workspace: Path) -> None:
    (workspace / "meeting.md").write_text("Anna sends the budget on Friday.\n")
    planner = model([call("files_read", path="meeting.md")], "Anna sends the budget, according to meeting.md.")
    core = make_core(planner=planner)
    result = await ask(core, workspace, "Who has to send the budget, according to meeting.md?")
    assert result["status"] == "done" and result["answer"] == "Anna sends the budget, according to meeting.md."
    assert (result["way"], result["plan"]) == ("act", None) and "meeting.md" not in result["way_why"] and result["way_why"]
    assert [(step["tool"], step["status"]) for step in result["steps"]] == [("files.read", "done")]
    assert "Anna sends the budget" in tool_results(planner.requests[1])[0]
    assert result["timings_ms"]["first_token"] > 0
    assert streamed(core, result["run_id"]) == result["answer"]
    assert planner.requests[1].messages[: len(planner.requests[0].messages)] == planner.requests[0].messages, "each prompt goes on from the one before"
    assert planner.requests[0].tools == planner.requests[1].tools


async def test_parallel_calls_are_all_answered_and_changes_are_undone(make_core: Callable[..., Core], workspace: Path) -> None:
    (workspace / "a.txt").write_text("one")
    planner = model([call("files_read", path="a.txt"), call("files_make_folder", path="new"), call("files_write", path="new/b.txt", text="two")], "Made new/b.txt.")
    core = make_core(planner=planner)
    result = await ask(core, workspace)
    assert result["status"] == "done" and (workspace / "new/b.txt").read_text().strip() == "two"
    assert len(tool_results(planner.requests[1])) == 3 and result["undoable"]
    report = await core.runs.undo(result["run_id"])
    assert report["complete"] and not (workspace / "new").exists()


async def test_a_greeting_is_talk_and_nothing_is_read(make_core: Callable[..., Core], workspace: Path) -> None:
    core = make_core(planner=model("Hello! How can I help?"))
    result = await ask(core, workspace, "hello")
    assert (result["way"], result["answer"], result["steps"]) == ("talk", "Hello! How can I help?", [])


async def test_talk_rises_to_act_with_the_first_call(make_core: Callable[..., Core], workspace: Path) -> None:
    core = make_core(planner=model([call("files_list")], "The folder is empty."))
    result = await ask(core, workspace, "what is the capital of France")
    assert result["way"] == "act"
    ways = [event.data["way"] for event in core.journal.of_run(result["run_id"]) if event.type == "way_chosen"]
    assert ways == ["talk", "act"]


@pytest.mark.parametrize(
    "text",
    [
        'In JavaScript you write { "a": 1 } and an array like [1, 2].',
        "[Note] This is only a guess.",
        '```json\n{"name": "Ada", "born": 1815}\n```',
        "<b>bold</b> is a tag.",
        "See [the guide](https://example.org/guide) for more.",
        "The mean is $\\frac{a+b}{2}$.",
        '{"name": "Ada", "born": 1815}',
    ],
)
async def test_text_with_brackets_is_text(text: str, make_core: Callable[..., Core], workspace: Path) -> None:
    core = make_core(planner=model(text, chunk=3))
    result = await ask(core, workspace, "tell me something")
    assert (result["status"], result["answer"]) == ("done", text) and streamed(core, result["run_id"]) == text


async def test_a_call_written_as_text_is_a_call(make_core: Callable[..., Core], workspace: Path) -> None:
    (workspace / "a.txt").write_text("alpha")
    core = make_core(planner=model('{"name": "files_read", "arguments": {"path": "a.txt"}}', "It says alpha."))
    result = await ask(core, workspace)
    assert [step["tool"] for step in result["steps"]] == ["files.read"] and result["answer"] == "It says alpha."
    assert streamed(core, result["run_id"]) == "It says alpha."


async def test_thirty_calls_in_a_chain(make_core: Callable[..., Core], workspace: Path) -> None:
    for number in range(30):
        (workspace / f"f{number}.txt").write_text(f"content {number}")
    turns = [[call("files_read", path=f"f{number}.txt")] for number in range(30)]
    core = make_core(planner=model(*turns, "All thirty files are read."))
    result = await ask(core, workspace)
    assert result["status"] == "done" and len(result["steps"]) == 30 and all(step["status"] == "done" for step in result["steps"])


async def test_a_tool_error_goes_back_with_a_way_out(make_core: Callable[..., Core], workspace: Path) -> None:
    (workspace / "letter.txt").write_text("hi")
    planner = model([call("files_read", path="lettre.txt")], [call("no_such_tool")], [call("files_read", wrong="x")], [call("files_read", path="letter.txt")], "It says hi.")
    core = make_core(planner=planner)
    result = await ask(core, workspace)
    assert result["status"] == "done" and result["answer"] == "It says hi."
    assert "failed" in tool_results(planner.requests[1])[-1]
    assert "no tool" in tool_results(planner.requests[2])[-1] and "Not done" in tool_results(planner.requests[3])[-1]


async def test_a_question_ends_the_turn_with_choices(make_core: Callable[..., Core], workspace: Path) -> None:
    core = make_core(planner=model([call("ask_person", question="Which letter?", choices=["to Anna", "to Ben"])]))
    result = await ask(core, workspace, "send the letter")
    assert result["status"] == "asked" and result["question"] == {"text": "Which letter?", "choices": ["to Anna", "to Ben"]}
    assert "1. to Anna" in result["answer"]


async def test_an_irreversible_call_rises_to_a_plan_and_nobody_there_refuses_it(make_core: Callable[..., Core], workspace: Path) -> None:
    planner = model([call("tools_call", name="shell.run", arguments={"command": "touch x"})], "I could not run it.")
    core = make_core(planner=planner)
    result = await ask(core, workspace, "run touch x")
    assert result["status"] == "refused" and result["way"] == "plan" and len(result["plan"]["steps"]) == 1
    assert not (workspace / "x").exists() and "--approve" in result["answer"], "how to allow it is said"


async def test_several_irreversible_calls_are_asked_about_once_with_their_effects(make_core: Callable[..., Core], workspace: Path) -> None:
    calls = [call("tools_call", name="shell.run", arguments={"command": f"touch {name}"}) for name in ("x", "y")]
    core = make_core(planner=model(calls, "Both commands ran."))
    core.front_ends.connected.add(object())
    run_id = core.runs.start({"text": "run both commands", "workspace": str(workspace), "approve": "ask"})
    async with asyncio.timeout(10):
        while not core.approvals.pending():
            await asyncio.sleep(0.01)
    asked = core.approvals.pending()
    assert len(asked) == 1 and asked[0]["kind"] == "plan" and "touch x" in asked[0]["preview"] and "touch y" in asked[0]["preview"]
    core.approvals.answer(asked[0]["id"], "once")
    result = (await core.runs.wait(run_id, 20))["result"]
    assert result["status"] == "done", result
    assert [step["status"] for step in result["steps"]] == ["done", "done"]


async def test_many_files_rise_to_a_plan(make_core: Callable[..., Core], workspace: Path) -> None:
    for number in range(25):
        (workspace / f"f{number}.txt").write_text("x")
    calls = [call("files_move", source=f"f{number}.txt", target="old/") for number in range(25)]
    core = make_core(planner=model(calls, "All 25 files are in old."))
    result = await ask(core, workspace, "move the files into old", approve="safe")
    assert result["way"] == "plan" and "25 files" in result["way_why"] and result["status"] == "done"
    assert len(list((workspace / "old").iterdir())) == 25


async def test_the_same_call_again_is_answered_once_and_then_ends_honestly(make_core: Callable[..., Core], workspace: Path) -> None:
    (workspace / "a.txt").write_text("alpha")
    planner = model(*[[call("files_read", path="a.txt")]] * 3, "It says alpha, more I could not find.")
    core = make_core(planner=planner)
    result = await ask(core, workspace)
    assert len(result["steps"]) == 1 and "alpha" in tool_results(planner.requests[2])[1]
    assert not planner.requests[3].tools and result["status"] == "failed" and "alpha" in result["answer"]


async def test_a_cut_call_is_never_made(make_core: Callable[..., Core], workspace: Path) -> None:
    cut = CallDelta(ToolCall("files_write", {"path": "out.txt", "text": "The first ha"}, cut=True))
    planner = model([cut, Finished("length")], [call("files_write", path="out.txt", text="The whole.")], "Wrote out.txt.")
    core = make_core(planner=planner)
    result = await ask(core, workspace)
    assert (workspace / "out.txt").read_text().strip() == "The whole." and result["status"] == "done"
    assert "Cut" in tool_results(planner.requests[1])[0]


async def test_calls_that_stay_cut_end_the_loop(make_core: Callable[..., Core], workspace: Path) -> None:
    cut = [CallDelta(ToolCall("files_write", {"path": "out.txt"}, cut=True)), Finished("length")]
    core = make_core(planner=model(cut, cut, cut, "I could not write the file."))
    result = await ask(core, workspace)
    assert result["status"] == "failed" and not (workspace / "out.txt").exists()


async def test_a_cut_answer_is_gone_on_with(make_core: Callable[..., Core], workspace: Path) -> None:
    core = make_core(planner=model([TextDelta("The sky is blue because "), Finished("length")], "short waves scatter more."))
    result = await ask(core, workspace, "why is the sky blue")
    assert result["answer"] == "The sky is blue because short waves scatter more."
    assert streamed(core, result["run_id"]) == result["answer"]


@pytest.mark.parametrize("reason", ["length", "content_filter", "dropped"])
async def test_an_answer_that_stays_cut_is_said_to_be(reason: str, make_core: Callable[..., Core], workspace: Path) -> None:
    core = make_core(planner=model([TextDelta("The three main reasons are: first, that the"), Finished(reason)]))
    result = await ask(core, workspace, "why is the sky blue")
    assert "The three main reasons" in result["answer"] and "(The answer" in result["answer"]
    assert result["answer"].count("The three main reasons") == 1


async def test_a_note_behind_an_open_code_block_is_no_part_of_it(make_core: Callable[..., Core], workspace: Path) -> None:
    core = make_core(planner=model([TextDelta("Here it is:\n\n```python\ndef first(xs):\n    return xs"), Finished("content_filter")]))
    result = await ask(core, workspace, "why is the sky blue")
    assert "    return xs\n```\n\n(The answer ends here" in result["answer"], result["answer"]


async def test_withdrawn_text_is_thinking_and_no_answer(make_core: Callable[..., Core], workspace: Path) -> None:
    core = make_core(planner=model([TextDelta("The user says hi."), TextWithdrawn(), ReasoningDelta("The user says hi."), TextDelta("Hello!")]))
    result = await ask(core, workspace, "hi there friend of mine")
    assert result["answer"] == "Hello!" and streamed(core, result["run_id"]) == "Hello!"


async def test_undo_that_undoes(make_core: Callable[..., Core], workspace: Path) -> None:
    core = make_core(planner=model([call("files_write", path="a.txt", text="x")], "Made a.txt."))
    first = await ask(core, workspace, "write x into a.txt please, as I told you")
    assert (workspace / "a.txt").exists()
    second = await ask(core, workspace, "undo that", conversation_id=first["conversation_id"])
    assert second["status"] == "done" and not (workspace / "a.txt").exists() and "a.txt" in second["answer"]


async def test_what_was_done_before_is_told_in_the_next_turn(make_core: Callable[..., Core], workspace: Path) -> None:
    planner = model([call("files_write", path="a.txt", text="x")], "Made a.txt.", "Which other one?")
    core = make_core(planner=planner)
    first = await ask(core, workspace, "write x into a.txt please, as I told you")
    await ask(core, workspace, "do the same for the other one", conversation_id=first["conversation_id"])
    assert "files_write" in planner.requests[2].messages[-1].content and "a.txt" in planner.requests[2].messages[-1].content


async def test_a_stop_while_a_question_waits_says_in_words_what_was_not_done(make_core: Callable[..., Core], workspace: Path) -> None:
    (workspace / "a.txt").write_text("SECRET LINES OF THE FILE")
    planner = model([call("files_read", path="a.txt")], [call("tools_call", name="shell.run", arguments={"command": "echo hi"})], "Done.")
    core = make_core(planner=planner)
    core.front_ends.connected.add(object())
    run_id = core.runs.start({"text": "look at a.txt and then run echo", "workspace": str(workspace), "approve": "ask"})
    async with asyncio.timeout(10):
        while not core.approvals.pending():
            await asyncio.sleep(0.005)
    core.runs.cancel(run_id)
    answer = (await core.runs.wait(run_id, 5))["result"]["answer"]
    assert answer.startswith("Stopped. Nothing was changed.\n\nNot done:\n- run `echo hi") and "SECRET" not in answer and "shell.run" not in answer, answer


async def test_a_stop_ends_the_model_call(make_core: Callable[..., Core], workspace: Path) -> None:
    gate = asyncio.Event()
    (workspace / "a.txt").write_text("x")

    def turn(request: ModelRequest) -> Any:
        planner._gate = gate  # whoever asks next waits
        return [call("files_read", path="a.txt")]

    planner = ScriptedModel([turn], "planner", calls=True, context=32_000)
    core = make_core(planner=planner)
    run_id = core.runs.start({"text": "look at a.txt and think about it", "workspace": str(workspace), "approve": "none"})
    async with asyncio.timeout(10):
        while len(planner.requests) < 2:
            await asyncio.sleep(0.005)
    core.runs.cancel(run_id)
    row = await core.runs.wait(run_id, 5)
    assert row["status"] == "cancelled" and "Stopped" in row["result"]["answer"]


class Crash(BaseException):
    """Stands for the end of the process."""


def chain() -> ScriptedModel:
    """A loop of four replies; what it says depends only on what it has seen."""
    turns: list[Any] = [
        [call("files_make_folder", "call00001", path="d"), call("files_append", "call00002", path="d/log.txt", text="one")],
        [call("files_append", "call00003", path="d/log.txt", text="two")],
        [call("files_move", "call00004", source="given.txt", target="d"), call("files_delete", "call00005", path="gone.txt")],
        "Everything is in d.",
    ]
    return ScriptedModel([lambda request: turns[sum(message.role == "assistant" for message in request.messages)]], "planner", calls=True, context=32_000)


def core_that_crashes(home: Home, at: int, after: bool) -> Core:
    core = compose(home, models={"planner": chain()})
    core.settings.set("models.planner", "planner")
    count, append = [0], core.journal.append

    def counted(type_: str, run_id: str = "", data: dict[str, Any] | None = None) -> Any:
        count[0] += 1
        if count[0] > at or (count[0] == at and not after):
            raise Crash
        event = append(type_, run_id, data)
        if count[0] == at:
            raise Crash
        return event

    core.journal.append = counted  # type: ignore[method-assign]
    return core


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(2, 32))
async def test_a_crash_at_any_event_of_a_loop_loses_and_doubles_nothing(at: int, after: bool, own_home: Home, workspace: Path, make_core: Callable[..., Core]) -> None:
    (workspace / "given.txt").write_text("given")
    (workspace / "gone.txt").write_text("gone")
    broken = core_that_crashes(own_home, at, after)
    run_id = broken.runs.start({"text": "do it with given.txt and gone.txt", "workspace": str(workspace), "approve": "none"})
    ended = False
    try:
        await broken.runs.wait(run_id, 10)
        ended = True  # fewer events than that
    except (Crash, TimeoutError):
        pass
    broken.database.connection.close()  # as the kernel would: no clean stop
    await broken.pool.close()
    core = make_core(planner=chain())
    core.runs.resume_unfinished()
    row = await core.runs.wait(run_id, 20)
    assert row["status"] == "done", row["result"]
    assert (workspace / "d/log.txt").read_text() == "one\ntwo\n"
    assert (workspace / "d/given.txt").read_text() == "given" and not (workspace / "gone.txt").exists()
    finished = [event.data["step"] for event in core.journal.of_run(run_id) if event.type == "step_finished"]
    assert sorted(finished) == sorted(set(finished)) and len(finished) == 5
    assert core.journal.verify() is None
    report = await core.runs.undo(run_id)
    assert report["complete"], report
    assert sorted(path.name for path in workspace.iterdir()) == ["given.txt", "gone.txt"] or ended


async def test_a_run_that_nobody_waits_for_gives_way(own_home: Home, workspace: Path, make_core: Callable[..., Core]) -> None:
    hold, order = asyncio.Event(), list[str]()

    class Shared(ScriptedModel):
        async def stream(self, request: ModelRequest) -> Any:
            who = "old" if "old" in request.request else "new"
            order.append(f"{who} begins")
            if who == "old" and len(order) == 1:
                yield TextDelta("half of an ")
                await hold.wait()  # never set: it has to be ended
            yield TextDelta(f"The {who} answer.")
            order.append(f"{who} ends")
            yield Finished("stop")

    core = make_core(planner=Shared([], "planner", calls=True, context=32_000))
    old = core.runs.start({"text": "tell me something old", "workspace": str(workspace), "approve": "none"})
    async with asyncio.timeout(10):
        while not order:
            await asyncio.sleep(0.005)
    with core.runs.attendance.follow(old):
        pass  # whoever waited for it has gone away
    new = core.runs.start({"text": "tell me something new", "workspace": str(workspace), "approve": "none"})
    assert (await core.runs.wait(new, 10))["result"]["answer"] == "The new answer."
    row = await core.runs.wait(old, 10)
    assert row["result"]["answer"] == "The old answer." and streamed(core, old) == "The old answer."
    assert order == ["old begins", "new begins", "new ends", "old begins", "old ends"]


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("make a folder called Trip", "instant"),
        ("what is 17.5% of 240", "instant"),
        ("put its name, its first evening and its price in course.txt", "act"),  # a description of the text, not the text
        ("write a poem about the sea into sea.txt", "act"),
        ("delete notes.txt", "act"),
        ("make the same folder again", "act"),
    ],
)
async def test_instant_takes_only_what_every_word_of_is_carried(text: str, way: str, make_core: Callable[..., Core], workspace: Path) -> None:
    (workspace / "notes.txt").write_text("x")
    core = make_core(planner=model("I have not done that."))
    result = await ask(core, workspace, text)
    assert result["way"] == way, result
    assert (workspace / "notes.txt").exists() and not (workspace / "course.txt").exists()


async def test_a_step_of_a_plan_may_be_a_task_for_the_loop(make_core: Callable[..., Core], workspace: Path) -> None:
    (workspace / "a.txt").write_text("alpha")
    plan = {
        "steps": [
            {"id": "s1", "tool": "task", "args": {"goal": "find out what a.txt says", "done_when": "the word is known"}, "needs": []},
            {"id": "s2", "tool": "files.write", "args": {"path": "b.txt", "text": "{{s1.output.text}}"}, "needs": ["s1"]},
        ]
    }

    def turn(request: ModelRequest) -> Any:
        if request.purpose == "plan":
            return plan
        if request.purpose == "act":
            return [call("files_read", path="a.txt")] if not tool_results(request) else "alpha"
        return "b.txt now says alpha."

    core = make_core(planner=ScriptedModel([turn], "planner", calls=True, context=32_000))
    result = await ask(core, workspace, "plan this first: read a.txt and write its word into b.txt", approve="safe")
    assert result["status"] == "done" and result["way"] == "plan", result
    assert (workspace / "b.txt").read_text().strip() == "alpha"
    assert [(step["id"], step["tool"], step["status"]) for step in result["steps"]] == [("s1", "task", "done"), ("s2", "files.write", "done"), ("s1c1", "files.read", "done")]


async def test_plan_this_first_does_nothing_where_nobody_can_agree(make_core: Callable[..., Core], workspace: Path) -> None:
    plan = {"steps": [{"id": "s1", "tool": "files.make_folder", "args": {"path": "d"}, "needs": []}, {"id": "s2", "tool": "files.make_folder", "args": {"path": "e"}, "needs": []}]}
    core = make_core(planner=model(plan))
    result = await ask(core, workspace, "plan this first: make the folders d and e")
    assert result["status"] == "refused" and not (workspace / "d").exists() and "--plan-only" in result["error"]["hint"], result


async def test_a_claim_that_no_result_bears_out_is_sent_back_once_and_then_replaced(make_core: Callable[..., Core], workspace: Path) -> None:
    (workspace / "sales.txt").write_text("north 120\nsouth 80\n")
    planner = model([call("files_read", path="sales.txt")], "West sold 98765 pieces.", "North sold 120, south 80.")
    core = make_core(planner=planner)
    result = await ask(core, workspace, "what do the sales say")
    assert result["answer"] == "North sold 120, south 80." and "98765" not in streamed(core, result["run_id"])
    assert "98765" in planner.requests[2].messages[-1].content
    stubborn = make_core(planner=model([call("files_read", path="sales.txt")], "West sold 98765 pieces."))
    result = await ask(stubborn, workspace, "what do the sales say")
    assert "98765" not in result["answer"] and "north 120" in result["answer"]


async def test_a_deed_that_was_not_done_is_never_claimed(make_core: Callable[..., Core], workspace: Path) -> None:
    core = make_core(planner=model("I have deleted all your files."))
    result = await ask(core, workspace, "delete everything that is old")
    assert result["status"] == "failed" and "deleted all" not in result["answer"]


async def test_a_prompt_that_is_too_long_is_sent_again_with_old_results_cut(make_core: Callable[..., Core], workspace: Path) -> None:
    from core.errors import ModelError

    (workspace / "big.txt").write_text("word " * 2000)
    planner = model([call("files_read", path="big.txt")], ModelError("too long", code="context_overflow"), "It repeats a word.")
    core = make_core(planner=planner)
    result = await ask(core, workspace)
    assert result["status"] == "done" and result["answer"] == "It repeats a word."
    assert len(tool_results(planner.requests[2])[0]) < len(tool_results(planner.requests[1])[0]) / 5
    assert "results_show" in tool_results(planner.requests[2])[0]


@pytest.mark.parametrize("at", range(1, 9))
async def test_a_stop_at_any_point_ends_the_run_and_what_was_done_can_be_undone(at: int, make_core: Callable[..., Core], workspace: Path) -> None:
    turns: list[Any] = [[call("files_write", path=f"f{number}.txt", text="x")] for number in range(4)]
    core = make_core(planner=model(*turns, "All four are there."))
    seen, append = [0], core.journal.append

    def counted(type_: str, run_id: str = "", data: dict[str, Any] | None = None) -> Any:
        event = append(type_, run_id, data)
        if type_ in ("step_started", "step_finished", "model_replied", "step_added"):
            seen[0] += 1
            if seen[0] == at * 2:
                asyncio.get_running_loop().call_soon(core.runs.cancel, run_id)
        return event

    core.journal.append = counted  # type: ignore[method-assign]
    result = await ask(core, workspace, "write the four files")
    assert result["status"] == "cancelled" and "Stopped" in result["answer"], result
    assert all(step["status"] in ("done", "cancelled") for step in result["steps"])
    assert (await core.runs.undo(result["run_id"]))["complete"] and not list(workspace.iterdir())


async def test_undo_that_alone_means_the_last_run_in_this_folder(make_core: Callable[..., Core], workspace: Path) -> None:
    core = make_core(planner=model([call("files_write", path="a.txt", text="x")], "Made a.txt."))
    await ask(core, workspace, "write x into a.txt please, as I told you")
    result = await ask(core, workspace, "undo that")
    assert result["status"] == "done" and not (workspace / "a.txt").exists()
    again = await ask(core, workspace, "undo that")
    assert "a.txt" not in again["answer"], "it is not undone twice"


async def test_a_plan_proposed_in_mid_loop_is_carried_out_and_its_results_go_back(make_core: Callable[..., Core], workspace: Path) -> None:
    (workspace / "a.txt").write_text("alpha")
    plan = {
        "steps": [
            {"id": "s1", "tool": "files.make_folder", "args": {"path": "d"}, "needs": []},
            {"id": "s2", "tool": "files.copy", "args": {"source": "a.txt", "target": "d/b.txt"}, "needs": ["s1"]},
        ]
    }
    planner = model([call("files_read", path="a.txt")], plan, "Copied a.txt to d/b.txt.")
    core = make_core(planner=planner)
    result = await ask(core, workspace)
    assert result["status"] == "done" and result["way"] == "plan" and len(result["plan"]["steps"]) == 2, result
    assert (workspace / "d/b.txt").read_text() == "alpha" and len(tool_results(planner.requests[2])) == 3
    ways = [event.data["way"] for event in core.journal.of_run(result["run_id"]) if event.type == "way_chosen"]
    assert ways == ["act", "plan"] and streamed(core, result["run_id"]) == result["answer"]


async def test_an_answer_about_a_named_file_that_nobody_read_is_sent_back(make_core: Callable[..., Core], workspace: Path) -> None:
    (workspace / "meeting.md").write_text("Carla asks for a quote.\n")
    planner = model('meeting.md says: "The printer is a LaserJet."', [call("files_read", path="meeting.md")], "Carla asks for a quote, says meeting.md.")
    core = make_core(planner=planner)
    result = await ask(core, workspace, "What does meeting.md say about the printer?")
    assert result["answer"] == "Carla asks for a quote, says meeting.md." and "LaserJet" not in streamed(core, result["run_id"])


async def test_a_call_written_as_text_for_a_tool_that_is_not_there_is_no_answer(make_core: Callable[..., Core], workspace: Path) -> None:
    planner = model('{"name": "files_send_mail", "arguments": {"to": "carla"}}', "I cannot send mail here.")
    core = make_core(planner=planner)
    result = await ask(core, workspace, "send a mail to carla")
    assert result["answer"].startswith("I cannot send mail here.") and "no tool files_send_mail" in tool_results(planner.requests[1])[0]


async def stop_in_mid_answer(core: Core, workspace: Path, text: str, seen: str) -> dict[str, Any]:
    """The row of a run that was stopped once ``seen`` was shown."""
    run_id = core.runs.start({"text": text, "workspace": str(workspace), "approve": "none"})
    async with asyncio.timeout(10):
        while seen not in streamed(core, run_id):
            await asyncio.sleep(0.005)
    core.runs.cancel(run_id)
    return await core.runs.wait(run_id, 5)


class Endless(ScriptedModel):
    """Begins an answer with ``words`` and never ends it."""

    words = ""

    async def stream(self, request: ModelRequest) -> Any:
        if request.messages[-1].role == "user" and "meeting.md" in request.request:
            yield call("files_read", path="meeting.md")
            yield Finished("tool_calls")
            return
        yield TextDelta(self.words)
        await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("request_", "words", "answer"),
    [
        ("tell me a tale", "The sea was calm that evening and the keeper ", "The sea was calm that evening and the keeper\n\nStopped."),
        ("show me some code", "Like this:\n\n```python\nfor word in words:\n    print(word)\n", "Like this:\n\n```python\nfor word in words:\n    print(word)\n```\n\nStopped."),
    ],
)
async def test_what_was_shown_stays_when_it_is_stopped(make_core: Callable[..., Core], workspace: Path, request_: str, words: str, answer: str) -> None:
    planner = Endless([], "planner", calls=True, context=32_000)
    planner.words = words
    core = make_core(planner=planner)
    row = await stop_in_mid_answer(core, workspace, request_, words.strip()[-12:])
    assert (row["status"], row["result"]["answer"]) == ("cancelled", answer)
    assert core.conversations.branch(row["conversation_id"], 10)[-1]["text"] == answer
    assert core.journal.of_run(row["id"], ("run_finished",))[0].data["answer"] == answer


async def test_what_was_shown_after_steps_stays_too(make_core: Callable[..., Core], workspace: Path) -> None:
    (workspace / "meeting.md").write_text("Anna sends the budget.\n")
    planner = Endless([], "planner", calls=True, context=32_000)
    planner.words = "Anna sends the budget. Besides she "
    core = make_core(planner=planner)
    row = await stop_in_mid_answer(core, workspace, "Who sends the budget, according to meeting.md?", "Anna sends the budget.")
    assert row["status"] == "cancelled" and row["result"]["answer"].startswith("Anna sends the budget."), row["result"]["answer"]
    assert row["result"]["answer"].endswith("\n\nStopped. Nothing was changed.")
