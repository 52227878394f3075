"""What is forgotten stands nowhere any more: not in messages, runs, the journal, other memories or files, and it is not told again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.service.composition import Core
from core.home import Home
from core.memory.forgetting import FORGOTTEN, Wanted
from core.memory.gather import gather
from tests.integration.test_action_loop import ask, model
from tests.integration.test_loop_attacks import tool

MakeCore = Callable[..., Core]


def traces(home: Home, *words: str) -> list[str]:
    """Files of the data folder that hold one of the words, in any case."""
    found = []
    for file in home.root.rglob("*"):
        if file.is_file():
            content = file.read_bytes().lower()
            found += [f"{file.name}: {word}" for word in words if word.lower().encode() in content]
    return found


async def talk(core: Core, workspace: Path, text: str, **more: Any) -> dict[str, Any]:
    return await ask(core, workspace, text, approve="all", **more)


async def test_what_is_forgotten_stands_nowhere(make_core: MakeCore, workspace: Path, own_home: Home) -> None:
    planner = model(
        [tool("memory.add", text="My locker code is 7419, next to Zanzibar.")],
        "I will remember that your locker code is 7419, next to Zanzibar. Anything else?",
        "Your code is 7419.",
        "The weather is nice.",
    )
    core = make_core(planner=planner)
    first = await talk(core, workspace, "Remember that my locker code is 7419, next to Zanzibar. Thanks for the help yesterday.")
    conversation = first["conversation_id"]
    await talk(core, workspace, "What is my locker code?", conversation_id=conversation)
    await talk(core, workspace, "Is the weather nice?", conversation_id=conversation)
    gather(core.database, core.recall.memories)
    (fact,) = core.recall.memories.newest("fact")
    assert core.recall.memories.forget([fact["id"]]) == 1
    said = [row["text"] for row in core.conversations.branch(conversation)]
    assert said[0] == f"{FORGOTTEN} Thanks for the help yesterday." and said[1] == f"{FORGOTTEN} Anything else?" and said[3] == FORGOTTEN
    assert said[4:] == ["Is the weather nice?", "The weather is nice."], "the rest stays"
    assert "7419" not in str(core.runs.show(first["run_id"])) and "7419" not in str([event.data for event in core.journal.after(0)])
    assert core.journal.verify() is None and not core.conversations.search("Zanzibar") and not core.conversations.search("7419")
    assert not [row for row in core.recall.memories.export() if "7419" in row["text"] or "Zanzibar" in row["text"]]
    assert (await core.recall.find("locker code", 5)) == [] or not any("7419" in row["text"] for row in await core.recall.find("locker code", 5))
    assert traces(own_home, "7419", "Zanzibar") == []


async def test_it_is_not_told_again_in_the_same_conversation(make_core: MakeCore, workspace: Path, own_home: Home) -> None:
    planner = model(
        [tool("memory.add", text="My locker code is 7419.")],
        "I will remember: My locker code is 7419.",
        [tool("memory.forget", about="locker code")],
        "I forgot that your locker code is 7419.",
        "I do not know it.",
    )
    core = make_core(planner=planner)
    first = await talk(core, workspace, "Remember that my locker code is 7419.")
    await talk(core, workspace, "Forget my locker code.", conversation_id=first["conversation_id"])
    assert core.recall.memories.facts() == []
    await talk(core, workspace, "Do you know it?", conversation_id=first["conversation_id"])
    assert "7419" not in str(planner.requests[-1].messages), "what a model hears of the conversation"
    assert traces(own_home, "7419") == [], "also what was said of it while it was being forgotten"
    assert core.journal.verify() is None


async def test_what_a_model_said_in_pieces_goes_too(make_core: MakeCore, own_home: Home) -> None:
    core = make_core()
    core.runs.runs.add("run_1", "", {"text": "x"}, "2026")
    for text in ("Your locker co", "de is 74", "19. Nice", " day."):
        core.journal.append("text_delta", "run_1", {"text": text, "purpose": "answer"})
    core.journal.append("model_replied", "run_1", {"text": "Your locker code is 7419. Nice day."})
    core.recall.memories.forget([core.recall.memories.add("My locker code is 7419.")["id"]])
    assert "".join(event.data.get("text", "") for event in core.journal.of_run("run_1", ("text_delta",))) == f"{FORGOTTEN} Nice day."


async def test_only_the_person_reaches_that_far(make_core: MakeCore, workspace: Path) -> None:
    core = make_core(planner=model([tool("memory.add", text="My locker code is 7419.")], "Kept."))
    result = await talk(core, workspace, "Remember that my locker code is 7419.")
    await core.runs.undo(result["run_id"])
    assert core.recall.memories.facts() == [] and "7419" in core.conversations.branch(result["conversation_id"])[0]["text"], "undo takes back a memory, not what was said"
    gather(core.database, core.recall.memories)
    core.conversations.remember(result["conversation_id"], False)
    gather(core.database, core.recall.memories)
    assert core.recall.memories.export() == [] and "7419" in core.conversations.branch(result["conversation_id"])[0]["text"]


async def test_a_turn_that_is_forgotten_goes_where_it_was_said(make_core: MakeCore, workspace: Path, own_home: Home) -> None:
    core = make_core(planner=model("That is fine."))
    result = await talk(core, workspace, "I met Quetzalcoatl on the stairs.")
    gather(core.database, core.recall.memories)
    turn = next(row for row in core.recall.memories.newest("turn") if "Quetzalcoatl" in row["text"])
    core.recall.memories.forget([turn["id"]])
    assert core.conversations.branch(result["conversation_id"])[0]["text"].startswith(FORGOTTEN)
    assert traces(own_home, "Quetzalcoatl") == []


async def test_copies_that_migrations_made_and_what_models_read_go(make_core: MakeCore, own_home: Home) -> None:
    core = make_core()
    (own_home.backups / "schema-7.sqlite").write_text("My locker code is 7419")
    (own_home.root / "cache/states").mkdir(parents=True)
    (own_home.root / "cache/states/m.state").write_text("My locker code is 7419")
    core.recall.memories.forget([core.recall.memories.add("My locker code is 7419.")["id"]])
    assert traces(own_home, "7419") == []


SAID = [
    ("My PIN is 1234.", "Your PIN is 1234.", FORGOTTEN),
    ("My PIN is 1234.", "OK. It is 1234, your PIN! Bye.", f"OK. {FORGOTTEN} Bye."),
    ("My PIN is 1234.", "The PIN is set. Bye.", "The PIN is set. Bye."),
    ("My dentist is Dr. Weber", "Your dentist is Dr. Weber. He is nice.", f"{FORGOTTEN} He is nice."),
    ("My dentist is Dr. Weber", "the dentist Weber", FORGOTTEN),
    ("My dentist is Dr. Weber", "Weber wrote a mail.", "Weber wrote a mail."),
    ("Anna likes tea", "Did Anna like the tea?", FORGOTTEN),
    ("Anna likes tea", "Anna is here, with coffee.", "Anna is here, with coffee."),
    ("Meine Ärztin heißt Öztürk", "Deine ÄRZTIN heißt\nÖztürk.", FORGOTTEN),
    ("The meeting of 2026 is in Rome", "We were in Paris in 2026.", "We were in Paris in 2026."),
    ("x@example.org is my address", "Write to x@example.org, my address. x@example.org", FORGOTTEN),
    ("tea", "Tea is nice. Coffee too.", f"{FORGOTTEN} Coffee too."),
]


@pytest.mark.parametrize(("fact", "text", "left"), SAID)
def test_which_sentences_say_it(fact: str, text: str, left: str) -> None:
    assert Wanted.of_fact(fact).blank(text) == left


def test_values_keep_their_shape() -> None:
    value = {"a": ["My PIN is 1234", 7, None], "PIN 1234": {"b": "x"}}
    assert Wanted.of_fact("My PIN is 1234").blank_all(value) == {"a": [FORGOTTEN, 7, None], "PIN 1234": {"b": "x"}}


def test_long_texts_are_quick() -> None:
    import time

    began = time.monotonic()
    Wanted.of_fact("My PIN is 1234").blank("a. " * 200_000 + "word " * 200_000 + "!" * 200_000)
    assert time.monotonic() - began < 10
