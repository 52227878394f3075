"""Memory: taking writes back, ratings, consolidation, fading, long conversations, what an answer used, import of Markdown, a kill in the middle of an import."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.client.client import ApiError
from app.commands.memory import _of_markdown
from app.service.composition import Core
from core.errors import DeskhandError, UsageError
from core.memory.store import Memories
from core.memory.tidy import essence, faded, tidy
from core.messages import Message
from core.turn.context.history import SHARE, trim_history
from models.scripted import ScriptedModel
from tests.helpers.processes import CoreProcess


@pytest.fixture
def memories(make_core: Callable[..., Core]) -> Memories:
    return make_core().recall.memories


def test_a_write_is_taken_back_a_change_as_well_as_a_new_fact(memories: Memories) -> None:
    old = memories.add("I live in Bonn")
    new = memories.add("I live in Kiel")
    assert memories.get(old["id"])["valid_to"]

    memories.edit(new["id"], "I live in Kiel by the sea")
    assert memories.undo(new["id"])["text"] == "I live in Kiel"  # type: ignore[index]
    assert memories.undo(new["id"]) is None
    assert memories.get(old["id"])["valid_to"] == ""
    turn = memories.add("hello", level="turn", place="c")
    with pytest.raises(UsageError, match="can be forgotten"):
        memories.undo(turn["id"])


def test_forgetting_a_changed_fact_leaves_neither_text(memories: Memories) -> None:
    fact = memories.add("The safe is behind the Turner")
    memories.edit(fact["id"], "The safe is in the cellar")
    memories.forget([fact["id"]])
    memories._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    content = b"".join(path.read_bytes() for path in memories._database.path.parent.glob("deskhand.sqlite*"))
    assert b"behind the Turner" not in content and b"in the cellar" not in content


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("My locker is number 58", "my locker number: 58", True), ("Tess is allergic to wax.", "Tess allergic to the wax", True), ("The meeting starts at 9", "Meetings start at 9", True),
        ("Anna likes Tom", "Tom likes Anna", False), ("I like tea", "I do not like tea", False), ("I like tea", "I don't like tea", False), ("My code is 12", "My code is 13", False),
        ("My sister is Eva", "My sister is Ida", False), ("The cat sleeps", "The dog sleeps", False),
    ],
)  # fmt: skip
def test_what_says_the_same_is_joined_and_what_does_not_is_not(memories: Memories, one: str, other: str, same: bool) -> None:
    first, second = memories.add(one), memories.add(other, said_by="person")

    joined = tidy(memories)

    replaced = memories.get(first["id"])["replaced_by"] == second["id"]
    assert (essence(one) == essence(other)) == same
    assert (joined == 1 and replaced) if same else joined == 0
    assert tidy(memories) == 0  # doing it again changes nothing


def test_what_is_from_outside_is_never_joined_with_what_a_person_said(memories: Memories) -> None:
    memories.add("The code is 12")
    memories.add("code 12", said_by="a page", source="outside")

    assert tidy(memories) == 0


def test_what_was_not_used_for_long_fades_and_what_is_called_wrong_is_not_put_before_a_model(memories: Memories) -> None:
    now = datetime(2026, 11, 25, tzinfo=UTC)
    row = {"level": "fact", "at": (now - timedelta(days=3000)).isoformat(), "used_at": "", "used": 0, "rating": 0}

    assert faded(row, now) < faded({**row, "used": 5}, now) < faded({**row, "used": 5, "used_at": now.isoformat()}, now)
    assert faded({**row, "level": "turn"}, now) == 0
    fact = memories.add("The gate opens at six")
    for _ in range(2):
        memories.rate(fact["id"], good=False)
    assert memories.get(fact["id"])["rating"] == -2


async def test_an_answer_names_the_memories_that_show_in_it_and_no_others(make_core: Callable[..., Core], workspace: Path) -> None:
    core = make_core(planner=ScriptedModel(['{"steps": [], "answer": "Your dentist is Dr. Weissmann."}'] * 2, "planner"))
    dentist, wrong = core.recall.memories.add("My dentist is Dr. Weissmann"), core.recall.memories.add("My dentist smokes cigars")
    for _ in range(2):
        core.recall.memories.rate(wrong["id"], good=False)

    run = await core.runs.wait(core.runs.start({"text": "who is my dentist", "workspace": str(workspace), "approve": "none"}), 20)

    assert run["result"]["memories"] == [dentist["id"]]
    prompt = core.pool.get("planner").requests[-1].messages[0].content  # type: ignore[attr-defined]
    assert "Weissmann" in prompt and "cigars" not in prompt
    assert "Weissmann" not in json.dumps([event.data for event in core.journal.after(0) if event.type == "run_finished"][-1]["result"]["memories"])


@pytest.mark.parametrize("context", [1024, 2048, 8192])
def test_a_long_conversation_stays_within_its_share_and_is_summed_up(context: int) -> None:
    history = tuple(Message("user" if number % 2 == 0 else "assistant", f"turn {number} " + "words " * 40, tainted=number == 3) for number in range(200))

    kept = trim_history(history, context)

    assert sum(len(message.content) for message in kept) <= context * SHARE * 4 + 1
    assert kept[-1] == history[-1] and kept[0].content.startswith("(Earlier in this conversation") and "memory.search" in kept[0].content
    assert kept[0].tainted and trim_history(kept, context)[-1] == kept[-1]
    assert trim_history(history[:2], 8192) == history[:2] and trim_history((), context) == ()
    (only,) = trim_history((Message("user", "x" * 100_000),), context)
    assert len(only.content) < 100_000


def test_markdown_comes_in_as_it_went_out() -> None:
    text = "# What Deskhand remembers\n\n- 2026-01-02, person: I live in Bonn\n- 2025-01-01, person (no longer): I live in Kiel\n- 2026-01-03, assistant: Noted: a green boat\n- just words\n"

    assert _of_markdown(text) == [
        {"text": "I live in Bonn", "at": "2026-01-02T00:00:00.000Z", "said_by": "person", "source": "person"},
        {"text": "Noted: a green boat", "at": "2026-01-03T00:00:00.000Z", "said_by": "assistant", "source": "assistant"}, {"text": "just words"},
    ]  # fmt: skip


def test_killed_in_the_middle_of_an_import_all_or_nothing_is_there_and_nothing_twice(own_home: Any) -> None:
    rows = [{"text": f"Fact {number} is about thing {number * 7}"} for number in range(3000)]
    with CoreProcess(own_home.root) as core:
        for wait in (0.05, 0.3):
            client = core.client

            def import_(client: Any = client) -> None:
                try:
                    client.call("POST", "/api/memory/import", {"memories": rows}, timeout_s=60)
                except (ApiError, DeskhandError):
                    pass

            thread = threading.Thread(target=import_)
            thread.start()
            thread.join(wait)
            core.kill()
            thread.join(30)
            core.start()
            assert len(core.client.call("GET", "/api/memory/export", timeout_s=60)) in (0, 3000)
        core.client.call("POST", "/api/memory/import", {"memories": rows}, timeout_s=120)
        assert len(core.client.call("GET", "/api/memory/export", timeout_s=60)) == 3000
