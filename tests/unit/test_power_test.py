"""The test of powers: what is passed, how each exchange can be failed, how it gives way and what a broken model says of itself."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from core.errors import ModelError
from core.messages import Finished, ModelRequest, ReasoningDelta, TextDelta, TextWithdrawn, ToolCall
from core.ports import ModelProfile, ToolScore
from core.turn.signals import needs_tool_test, works_in_loop
from models.experience import Experience
from models.power_test import play as playing
from models.power_test.__main__ import tell
from models.power_test.desk import TOOLS, Desk, MovedTo
from models.power_test.exchanges import EXCHANGES, score_of
from models.power_test.play import MOST_LETTERS, Played, play
from models.scripted import ScriptedModel, Turn
from tests.helpers.tool_replies import ABLE, call, reply_to

BY_NAME = {exchange.name: exchange for exchange in EXCHANGES}


async def played(name: str, turns: Sequence[Turn] | None = None) -> Played:
    instead = {name: turns} if turns is not None else {}
    found = await play(ScriptedModel([lambda request: reply_to(request, instead)], calls=True, billions=3.0), BY_NAME[name])
    assert found is not None
    return found


@pytest.mark.parametrize("name", BY_NAME)
async def test_a_model_that_can_passes(name: str) -> None:
    assert name in ABLE and (await played(name)).fault == ""


FAILURES: tuple[tuple[str, Sequence[Turn], str], ...] = (
    ("chooses a tool", ["I renamed it."], "the desk is not as it should be: draft.txt, final.txt"),
    ("chooses a tool", [[call("files_move", source="draft.txt", target="notes.txt")]], "not as it should be"),
    ("chooses a tool", [[call("files_write", path="final.txt", text="First words.")]], "not as it should be: draft.txt"),
    ("finds and reads", ["The invoice is 400 euros."], "does not say"),
    ("finds and reads", [[call("files_find", name="invoice")], "I found two invoices."], "does not say"),
    ("finds and reads", [[call("files_read", path="miller.txt")]], "does not say"),
    ("mends an error", [[call("files_read", path="prices.txt")], "I could not read prices.txt."], "does not say"),
    ("mends an error", [[call("files_read", path="prices.txt")]], "does not say"),
    ("mends an error", [[call("files_write", path="prices.txt", text="4.80")], "It costs 4.80."], "it changed something"),
    ("makes two calls", [[call("files_move", source="sea.jpg", target="Photos")], "Both are in Photos."], "not as it should be: Photos/hill.jpg, hill.jpg"),
    ("makes two calls", [*ABLE["makes two calls"][:1], [call("files_move", source="cat.jpg", target="Photos")], "Done."], "not as it should be"),
    ("makes two calls", [*ABLE["makes two calls"][:1], ""], "it said nothing"),
    ("only talks", [[call("files_find", name="morning")]], "it called files_find"),
    ("only talks", [""], "it said nothing"),
    ("stops", ["I wrote it."], "was not written"),
    ("stops", [*ABLE["stops"][:1], [call("files_read", path="todo.txt")], "It is done."], "went on after the deed"),
    ("stops", ABLE["stops"][:1], "was not written once"),
    ("stops", [*ABLE["stops"][:1], "I wrote it. " * 25], "it said too much"),
    ("stops", [*ABLE["stops"][:1], ""], "it said nothing"),
    ("stops", ["I shall write it at once. " * 40], "did not come to an end"),
    ("only talks", [[TextDelta("Good"), Finished("length")]], "did not come to an end"),
)


@pytest.mark.parametrize(("name", "turns", "fault"), FAILURES)
async def test_each_exchange_can_be_failed(name: str, turns: Sequence[Turn], fault: str) -> None:
    found = await played(name, turns)
    assert fault in found.fault, found.fault


async def test_an_exchange_without_end_is_ended() -> None:
    found = await played("finds and reads", [[call("files_find", name="Miller")]])
    assert sum(message.role == "assistant" for message in found.messages) == 4 and found.fault


async def test_results_go_back_as_in_the_loop() -> None:
    model = ScriptedModel([lambda request: reply_to(request)], calls=True)
    await play(model, BY_NAME["mends an error"])
    first, second, third = model.requests
    assert first.tools == second.tools == TOOLS and first.purpose == "act" and first.messages == second.messages[:2] == third.messages[:2]
    assistant, result = second.messages[2:]
    assert assistant.tool_calls[0].id == result.tool_call_id == "c1" and result.role == "tool"
    assert result.content == "failed: prices.txt holds nothing any more; its text is in shop/2026.txt now."


async def test_thinking_is_no_part_of_the_answer() -> None:
    thought = "Somebody greets me. " * 40
    found = await played("only talks", [[ReasoningDelta(thought), TextDelta("Hm."), TextWithdrawn(), TextDelta("Good morning!"), Finished("stop")]])
    assert found.fault == "" and (found.messages[-1].content, found.messages[-1].reasoning) == ("Good morning!", thought + "Hm.")


class Babbler:
    """Says a word each time it is let, and never comes to an end."""

    profile = ModelProfile("babbler", local=True)

    def __init__(self) -> None:
        self.said, self.is_closed = 0, False

    async def stream(self, request: ModelRequest):  # type: ignore[no-untyped-def]
        try:
            while True:
                await asyncio.sleep(0)
                self.said += 1
                yield TextDelta("word ")
        finally:
            self.is_closed = True


async def test_it_gives_way_at_the_first_word_of_a_request() -> None:
    model, looks = Babbler(), iter([True] * 5 + [False] * 100)
    assert await play(model, BY_NAME["only talks"], lambda: next(looks)) is None
    assert model.said == 6 and model.is_closed


async def test_a_model_that_does_not_stop_is_not_heard_out() -> None:
    model = Babbler()
    found = await play(model, BY_NAME["only talks"])
    assert found and "did not come to an end" in found.fault and model.said <= MOST_LETTERS // 5 + 1 and model.is_closed


async def test_an_exchange_has_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playing, "MOST_SECONDS", 0.05)
    never = ScriptedModel(["Hello"], gate=asyncio.Event())
    found = await play(never, BY_NAME["only talks"])
    assert found and "took longer" in found.fault


async def test_what_the_model_cannot_is_failed_and_what_the_machine_did_is_not() -> None:
    refused = await played("stops", [*ABLE["stops"][:1], ModelError("The model's chat template refuses this conversation.")])
    assert refused.fault == "The model's chat template refuses this conversation."
    for error in (ModelError("Its process ended.", retryable=True), ModelError("No room.", code="does_not_fit")):
        with pytest.raises(ModelError):
            await played("stops", [error])


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (ToolCall("files_delete", {"path": "a.txt"}), "There is no tool files_delete"),
        (ToolCall("files_read", {}), "path is missing"),
        (ToolCall("files_read", {"path": ["a.txt"]}), "path is missing"),
        (ToolCall("files_read", {}, fault="its arguments are a list, not an object."), "its arguments are a list"),
        (ToolCall("files_read", {"path": "a.tx"}, cut=True), "cut off"),
        (ToolCall("files_read", {"path": "c.txt"}), "There is no file c.txt"),
        (ToolCall("files_read", {"path": "old.txt"}), "its text is in new/a.txt now"),
        (ToolCall("files_move", {"source": "a.txt", "target": "b.txt"}), "There is a file b.txt already"),
    ],
)
def test_the_desk_says_why_a_call_fails(made: ToolCall, told: str) -> None:
    desk = Desk({"a.txt": "A", "b.txt": "B", "old.txt": MovedTo("new/a.txt")})
    before = dict(desk.files)
    answer = desk.answer(made)
    assert answer.startswith("failed: ") and told in answer and desk.files == before and not desk.deeds


@pytest.mark.parametrize(("name", "found"), [("Miller invoice", "papers/miller.txt"), ("*.txt", "list.txt\npapers/miller.txt"), ("LIST.TXT", "list.txt"), ("tea", "No file")])
def test_the_desk_finds_by_words_of_a_name(name: str, found: str) -> None:
    assert Desk({"papers/miller.txt": "", "list.txt": ""}).answer(ToolCall("files_find", {"name": name})).startswith(found)


@pytest.mark.parametrize(("target", "path"), [("Old", "Old/a.txt"), ("Old/", "Old/a.txt"), ("New/", "New/a.txt"), ("/Old/a.txt", "Old/a.txt"), ("b.txt", "b.txt")])
def test_the_desk_moves_into_folders_and_under_new_names(target: str, path: str) -> None:
    desk = Desk({"a.txt": "A", "Old/z.txt": ""})
    desk.answer(ToolCall("files_move", {"source": "./a.txt", "target": target}))
    assert desk.files == {path: "A", "Old/z.txt": ""}


ALL = tuple(BY_NAME)


@pytest.mark.parametrize(
    ("profile", "tested", "in_loop"),
    [
        ({"billions": 3.0}, True, False),
        ({"billions": 3.0, "tool_score": ToolScore(ALL, ())}, True, True),
        ({"billions": 3.0, "tool_score": ToolScore(ALL[1:], ALL[:1])}, True, True),
        ({"billions": 3.0, "tool_score": ToolScore(ALL[2:], ALL[:2])}, True, False),
        ({"billions": 8.0}, True, True),
        ({"billions": 8.0, "tool_score": ToolScore(ALL[3:], ALL[:3])}, True, False),
        ({"billions": 0.5, "tool_score": ToolScore(ALL, ())}, False, False),
        ({"billions": 14.0, "tool_score": ToolScore((), ALL)}, False, True),
        ({"billions": 0.0}, False, True),
        ({"billions": 3.0, "calls": False}, False, False),
        ({"billions": 8.0, "local": False}, False, True),
    ],
)
def test_what_was_seen_settles_the_way_and_size_where_nothing_was(profile: dict[str, Any], tested: bool, in_loop: bool) -> None:
    made = ModelProfile("m", **{"local": True, **profile})
    assert (needs_tool_test(made), works_in_loop(made)) == (tested, in_loop)


def test_a_score_comes_only_of_all_exchanges() -> None:
    results = {name: name != "stops" for name in ALL}
    assert score_of(dict.fromkeys(ALL[1:], True)) is None
    assert score_of(results) == ToolScore(tuple(name for name in ALL if name != "stops"), ("stops",))


def test_what_was_played_is_kept_for_one_file_and_resumed(tmp_path: Path) -> None:
    experience = Experience(tmp_path / "experience.json")
    experience.measured("m", "one", 100.0, 10.0)
    experience.played("m", "one", "stops", True)
    experience.played("m", "one", "only talks", False)
    again = Experience(tmp_path / "experience.json")
    assert again.exchanges("m", lambda: "one") == {"stops": True, "only talks": False} and again.read_speed("m") == 100.0
    assert again.exchanges("m", lambda: "two") == {} == again.exchanges("n", lambda: pytest.fail("nothing was played: no need to ask"))
    again.played("m", "two", "stops", False)
    assert again.exchanges("m", lambda: "two") == {"stops": False} and again.exchanges("m", lambda: "one") == {}


async def test_an_exchange_is_told_line_by_line() -> None:
    lines = list(tell(await played("mends an error")))
    assert lines[0] == "\nmends an error" and lines[1] == "  user: What does a pound of tea cost, by prices.txt?"
    assert '  assistant calls files_read {"path": "prices.txt"}' in lines and lines[-1].startswith("  → passed (")
    assert list(tell(await played("only talks", [""])))[-1].startswith("  → NOT PASSED: it said nothing (")
