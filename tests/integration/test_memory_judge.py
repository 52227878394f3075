"""Facts that no rule could join are put before a model that is loaded here: once, and only what it calls the same is joined."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.service.composition import Core
from core.memory.judge import join_alike
from core.memory.recall import Recall
from models.scripted import ScriptedModel


@pytest.fixture
async def recall(make_core: Callable[..., Core]) -> Recall:
    core = make_core()
    core.recall.embed = near
    for text in (
        "Anna prefers the window seat",
        "Anna would rather sit at the window",
        "I live in Bonn",
        "I live in Kiel",
        "The gym costs 30 euros",
        "The gym is 35 euros",
        "I like tea",
        "I do not like tea",
    ):
        core.recall.memories.add(text, about=text)
    await core.recall.index()
    return core.recall


async def near(texts: list[str]) -> list[list[float]]:
    """All facts about one thing are near each other."""
    topics = ("window", "live", "gym", "tea")
    return [[1.0 if topic in text else 0.0 for topic in topics] for text in texts]


def facts(recall: Recall) -> set[str]:
    return {row["text"] for row in recall.memories.facts()}


async def test_what_the_model_calls_the_same_is_joined_and_nothing_is_asked_twice(recall: Recall) -> None:
    model = ScriptedModel([lambda request: {"same": "window" in request.messages[-1].content}], "judge")
    assert await join_alike(recall, lambda: model) == 1
    assert "Anna prefers the window seat" not in facts(recall) and "Anna would rather sit at the window" in facts(recall)
    asked = [str(request.messages[-1].content) for request in model.requests]
    assert len(asked) == 2 and not any("gym" in text or "tea" in text for text in asked)  # other numbers and a denial are not even asked about
    assert await join_alike(recall, lambda: model) == 0 and len(model.requests) == 2
    recall.memories.forget([row["id"] for row in recall.memories.facts()])
    assert not recall.database.execute("SELECT 1 FROM memory_compared c JOIN memory m ON m.id = c.newer WHERE m.valid_to = ''").fetchone()


@pytest.mark.parametrize("answer", ["yes, the same", '{"same": "true"}', "{}", '["same"]'])
async def test_an_answer_that_cannot_be_read_joins_nothing(answer: str, recall: Recall) -> None:
    before = facts(recall)
    assert await join_alike(recall, lambda: ScriptedModel([answer], "judge")) == 0 and facts(recall) == before


async def test_without_a_model_of_this_machine_nothing_is_asked(recall: Recall) -> None:
    before = facts(recall)
    assert await join_alike(recall, lambda: None) == 0

    class Away(ScriptedModel):
        @property
        def profile(self) -> Any:
            from dataclasses import replace

            return replace(super().profile, local=False)

    away = Away([{"same": True}], "away")
    assert await join_alike(recall, lambda: away) == 0 and not away.requests and facts(recall) == before
