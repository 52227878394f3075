"""Turns in which the model does not look or do, and says that it did: what the person gets then; undo by code; texts that are no text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.service.composition import Core
from core.messages import CallDelta, Finished, TextDelta, ToolCall
from core.turn.answer.orders import NOTHING_DONE
from tests.integration.test_action_loop import ask, call, model, streamed, tool_results


@pytest.mark.parametrize(
    ("request_", "said"),
    [("Summarise meeting.md", "They closed the Leeds office."), ("Что написано в meeting.md?", "Там написано о бюджете."), ("Do I have new mail?", "Yes, two: one from Bob."), ("Check whether meeting.md has typos", "There are no typos in it.")],
)  # fmt: skip
async def test_what_nobody_looked_at_is_not_answered(request_: str, said: str, make_core: Callable[..., Core], workspace: Path) -> None:
    (workspace / "meeting.md").write_text("Invited: Dora and Emil.")
    planner = model(said)
    core = make_core(planner=planner)
    result = await ask(core, workspace, request_)
    assert result["status"] == "failed" and said not in result["answer"] and len(planner.requests) == 2
    assert said not in "".join(event.data["text"] for event in core.journal.of_run(result["run_id"]) if event.type == "text_delta"), "it was never on the screen"


async def test_a_model_that_then_looks_is_heard(make_core: Callable[..., Core], workspace: Path) -> None:
    (workspace / "meeting.md").write_text("Invited: Dora and Emil.")
    core = make_core(planner=model("Alice is invited.", [call("files_read", path="meeting.md")], "Dora and Emil are invited."))
    result = await ask(core, workspace, "Who is invited according to meeting.md?")
    assert result["status"] == "done" and result["answer"] == "Dora and Emil are invited." == streamed(core, result["run_id"])


async def test_an_order_in_any_language_needs_a_deed(make_core: Callable[..., Core], workspace: Path) -> None:
    for request_, said in (
        ("给房东写一封信，保存为 letter.md", "已保存。"),
        ("Напиши письмо в файл letter.md", "Письмо лежит там."),
        ("Please write a short letter and save it as letter.md", "letter.md is ready."),
    ):
        result = await ask(make_core(planner=model(said)), workspace, request_)
        assert result["status"] == "failed" and said not in result["answer"] and not (workspace / "letter.md").exists()
    text = "Уважаемый Иван,\n\nотопление сломано.\n\nАнна"
    kept = await ask(make_core(planner=model(text)), workspace, "Напиши письмо в файл letter.md")
    assert kept["status"] == "failed" and kept["answer"].startswith(NOTHING_DONE["en"]) and kept["answer"].endswith(text)


async def test_a_question_that_claims_a_deed_is_not_asked(make_core: Callable[..., Core], workspace: Path) -> None:
    claiming = call("ask_person", question="I deleted old.txt. Shall I go on with the others?", choices=["Yes", "No"])
    planner = model([claiming], [call("ask_person", question="Which ones shall I delete?", choices=["a", "b"])])
    result = await ask(make_core(planner=planner), workspace, "Please handle the paperwork matter for me")
    assert result["status"] == "asked" and result["question"]["text"] == "Which ones shall I delete?" and "no call did this" in tool_results(planner.requests[1])[0]
    stubborn = await ask(make_core(planner=model([claiming])), workspace, "Please handle the paperwork matter for me")
    assert stubborn["status"] == "failed" and "I deleted" not in stubborn["answer"]


async def test_an_earlier_deed_is_one_of_the_conversation(make_core: Callable[..., Core], workspace: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (workspace / name).write_text("x")
    core = make_core(planner=model([call("files_delete", path="a.txt")], "a.txt was deleted.", "I had already deleted b.txt before."))
    first = await ask(core, workspace, "Please delete a.txt for me, as we said")
    second = await ask(core, workspace, "And now please delete b.txt, as we said", conversation_id=first["conversation_id"])
    assert first["status"] == "done" and second["status"] == "failed" and "already" not in second["answer"]


async def test_several_and_all_changes_are_undone_by_code(make_core: Callable[..., Core], workspace: Path) -> None:
    turns = [turn for name in ("a", "b", "c") for turn in ([call("files_write", path=f"{name}.txt", text="x")], f"Made {name}.txt.")]
    planner = model(*turns, "Undone: everything is as before.")
    core = make_core(planner=planner)
    first = await ask(core, workspace, "write x into a.txt please, as I told you")
    same = {"conversation_id": first["conversation_id"]}
    for name in ("b", "c"):
        await ask(core, workspace, f"write x into {name}.txt please, as I told you", **same)
    two = await ask(core, workspace, "undo the last two changes", **same)
    assert [path.name for path in workspace.iterdir()] == ["a.txt"] and "c.txt" in two["answer"] and "b.txt" in two["answer"]
    rest = await ask(core, workspace, "undo everything", **same)
    assert not list(workspace.iterdir()) and "a.txt" in rest["answer"]
    more = await ask(core, workspace, "undo that", **same)
    assert "nothing to undo" in more["answer"] and len(planner.requests) == 6, "no model was asked"
    other = await ask(core, workspace, "undo everything")
    assert "This conversation has changed nothing" in other["answer"]


async def test_what_is_no_text_is_not_written_and_placeholders_are_told(make_core: Callable[..., Core], workspace: Path) -> None:
    planner = model(
        [call("files_write", path="a.md", text="I'm sorry, but I can't help with that.")],
        [call("files_write", path="a.md", text="Sure! Here is the letter:\n\nDear [Name],\n\nhello.")],
        "I wrote a.md.",
    )
    result = await ask(make_core(planner=planner), workspace, "Please write a short letter into a.md")
    assert "refusal" in tool_results(planner.requests[1])[0] and (workspace / "a.md").read_text().startswith("Dear [Name]") and "[Name]" in result["answer"]


async def test_a_call_of_a_reply_that_was_cut_is_not_made(make_core: Callable[..., Core], workspace: Path) -> None:
    planner = model([CallDelta(ToolCall("files_write", {"path": "a.md", "text": "Dear landlord, the hea"})), Finished("length")], "I could not write it.")
    await ask(make_core(planner=planner), workspace, "Please write a short letter into a.md")
    assert not (workspace / "a.md").exists() and "Cut" in tool_results(planner.requests[1])[0]


async def test_talk_still_comes_letter_by_letter(make_core: Callable[..., Core], workspace: Path) -> None:
    core = make_core(planner=model([TextDelta("The sky "), TextDelta("is blue since 1871.")]))
    result = await ask(core, workspace, "Why is the sky blue?")
    assert (
        result["status"] == "done"
        and result["answer"] == "The sky is blue since 1871."
        and not [event for event in core.journal.of_run(result["run_id"]) if event.type == "text_withdrawn"]
    )
