"""Claims of deeds that no step did, texts that are none, and instant readings that are not certain."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.service.composition import Core
from core.messages import Finished, TextDelta
from core.turn.answer.denials import is_left_open
from core.turn.answer.orders import NOTHING_DONE, orders_deed
from core.turn.answer.plain import plain_sentence
from tests.integration.test_action_loop import ask, call, model

RID = "please get rid of notes.txt and tell Anna"
CLAIM = "I deleted notes.txt and sent the mail to Anna."
CLAIMS = [
    '{"answer": "I deleted notes.txt."}', '{"status": "I deleted notes.txt."}', "> notes.txt has been deleted.", "**Deleted:** notes.txt", "- [x] notes.txt deleted", "notes.txt: removed",
    "| file | status |\n|---|---|\n| notes.txt | deleted |", "1. Deleted notes.txt\n2. Emptied trash", "Done! notes.txt is gone.", "All done.", "Your reminder is set.", "The mail is on its way to Anna.",
    "Everything has been backed up.", "I went ahead and got rid of notes.txt.", "Gelöscht.", "Ho cancellato notes.txt.", "Ik heb notes.txt verwijderd.", "Я удалил notes.txt.", "已删除 notes.txt。",
    "I dеleted notes.txt.", "notes.txt was del\u200beted.", "Ｉ ｄｅｌｅｔｅｄ notes.txt.", "Ho cancellato notes.txt, non c'è più. Altro?",
]  # fmt: skip
UNSEEN = CLAIMS[:9] + CLAIMS[10:14] + CLAIMS[19:22]  # those whose words are known: they are not shown at all


@pytest.mark.parametrize("claim", CLAIMS)
async def test_what_no_step_did_is_not_said_to_be_done(claim: str, make_core: Callable[..., Core], workspace: Path) -> None:
    (workspace / "notes.txt").write_text("x")
    result = await ask(make_core(planner=model(claim)), workspace, RID)
    assert result["status"] == "failed" and "nothing was changed" in result["answer"].lower()
    assert claim not in UNSEEN or claim not in result["answer"]


@pytest.mark.parametrize("reason", ["content_filter", "length", "dropped"])
async def test_a_claim_that_was_cut_is_not_shown(reason: str, make_core: Callable[..., Core], workspace: Path) -> None:
    result = await ask(make_core(planner=model([TextDelta(CLAIM), Finished(reason)])), workspace, RID)
    assert result["status"] == "failed" and "I deleted" not in result["answer"]


@pytest.mark.parametrize("parts", [(f"{CLAIM} ", "Is there anything else?"), ("There you go. I del", "eted notes.txt.")])
async def test_a_claim_before_or_across_a_cut_does_not_stand(parts: tuple[str, str], make_core: Callable[..., Core], workspace: Path) -> None:
    result = await ask(make_core(planner=model([TextDelta(parts[0]), Finished("length")], parts[1])), workspace, "please get rid of notes.txt")
    assert "I deleted notes.txt" not in result["answer"]


async def test_a_claim_after_a_look_ends_with_words_that_nothing_was_done(make_core: Callable[..., Core], workspace: Path) -> None:
    (workspace / "notes.txt").write_text("milk")
    result = await ask(make_core(planner=model([call("files_read", path="notes.txt")], "I deleted notes.txt.", "I deleted notes.txt.")), workspace, RID)
    assert result["status"] == "failed" and result["answer"].endswith(NOTHING_DONE["en"])
    said = await ask(make_core(planner=model([call("files_read", path="notes.txt")], "Я удалил notes.txt.")), workspace, RID)
    assert said["answer"].endswith(NOTHING_DONE["en"])


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (RID, "I cannot find notes.txt, so I did not tell Anna."), (RID, "Which Anna should I tell?"), ("lösche die Datei notes.txt", "Es gibt hier keine solche Datei."),
        ("How do I delete a file in Linux?", "With rm: run `rm notes.txt`."), ("write a poem about a deleted file", "Gone is the file,\ngone for a while."), ("make a list of European capitals", "- Rome\n- Paris"),
        ("write an email to Anna saying that I deleted notes.txt", "Dear Anna,\n\nI deleted notes.txt.\n\nYours, Ben"), ("remove the duplicates from 3, 4, 4, 5", "3, 4, 5"),
        ('translate "please delete notes.txt now" to German', "Bitte lösche notes.txt jetzt."), ("remind me what DNA stands for", "Deoxyribonucleic acid."),
    ],
)  # fmt: skip
async def test_right_answers_without_a_deed_stand_alone(request_: str, said: str, make_core: Callable[..., Core], workspace: Path) -> None:
    result = await ask(make_core(planner=model(said)), workspace, request_)
    assert result["status"] == "done" and result["answer"] == said


async def test_a_deed_that_was_only_announced_is_asked_for_once(make_core: Callable[..., Core], workspace: Path) -> None:
    core = make_core(planner=model("I'll write it now.", [call("files_write", path="a.txt", text="hi")], "Wrote a.txt."))
    result = await ask(core, workspace, "please write hi into a.txt for me")
    assert result["status"] == "done" and result["answer"] == "Wrote a.txt." and (workspace / "a.txt").read_text() == "hi"


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ("write a short letter to Anna but do not save it in letter.txt", "Dear Anna, thanks for all. Yours, Ben"),
        ("did you write the letter and put it in letter.txt?", "There is no such file here as far as I see."),
        ("write a short letter to Anna and save it in letter.txt", "What should the letter to Anna be about?"),
        ("write a short letter to Anna and save it in letter.txt", "The letter to Anna has a warm greeting, three paragraphs and a closing."),
        ("write a short letter to Anna and save it in letter.txt", "Please confirm that I may go ahead with this."),
        ("write a short letter to Anna and save it in letter.txt", "I will write a warm letter to Anna for you."),
    ],
)
async def test_what_is_no_text_or_not_wanted_is_not_kept(request_: str, said: str, make_core: Callable[..., Core], workspace: Path) -> None:
    await ask(make_core(planner=model(said)), workspace, request_)
    assert not (workspace / "letter.txt").exists()


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ("can you write a letter to Anna and save it in letter.txt?", "Dear Anna,\n\nplease confirm that you come. How are you?"),
        ("write a poem without rhymes and save it in letter.txt", "What is this life if, full of care,\nwe have no time to stand and stare?"),
    ],
)
async def test_a_text_that_was_only_said_is_still_kept(request_: str, said: str, make_core: Callable[..., Core], workspace: Path) -> None:
    await ask(make_core(planner=model(said)), workspace, request_)
    assert (workspace / "letter.txt").read_text().strip() == said


@pytest.mark.parametrize(
    "text",
    [
        "remind me on the 31st of february to call Anna", 'write nothing to "a.txt"', "make a folder called Trip tomorrow", "create a folder named what you want", "create a folder called after me",
        "make a directory called new folder", "what is 1,5 + 2",
    ],
)  # fmt: skip
async def test_instant_leaves_what_is_not_read_for_sure(text: str, make_core: Callable[..., Core], workspace: Path) -> None:
    result = await ask(make_core(planner=model("I have not done that.")), workspace, text)
    assert result["way"] == "act" and not list(workspace.iterdir())


@pytest.mark.parametrize(
    "text", ["make a folder called Trip", "make a folder called Summer Photos", 'make a folder called "what now"', 'make a file a.txt containing "hello"', "what is 1.5 + 2"]
)
async def test_instant_still_takes_what_is_plain(text: str, make_core: Callable[..., Core], workspace: Path) -> None:
    result = await ask(make_core(planner=model("I have not done that.")), workspace, text)
    assert result["way"] == "instant" and result["status"] == "done"


async def test_an_instant_step_that_fails_rises_to_the_loop(make_core: Callable[..., Core], workspace: Path) -> None:
    core = make_core(planner=model([call("calc_evaluate", expression="1.5 + 2")], "It is 3.5."))
    result = await ask(core, workspace, "what is 1,5 + 2")
    assert result["way"] == "act" and result["status"] == "done" and result["answer"] == "It is 3.5."


def test_orders_and_open_answers_are_told_from_talk() -> None:
    assert orders_deed("cancella notes.txt") and orders_deed("könntest du die Datei notes.txt löschen") and orders_deed("summarize a.md and send it to Bob")
    assert not orders_deed("explain how to copy and delete files") and not orders_deed("tell Me a story") and not orders_deed("should I delete notes.txt?")
    assert is_left_open("There are no such files.") and not is_left_open("Ho cancellato tutto. Altro?")
    assert plain_sentence("| **a.txt** | deleted |") == "a.txt: deleted"
