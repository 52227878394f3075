"""The starter knows its limits: what it is not sure of it does not do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from app.service.composition import Core
from models.starter.model import StarterModel


@pytest.fixture
async def starter() -> AsyncIterator[StarterModel]:
    model = StarterModel()
    yield model
    await model.worker.close()


@pytest.mark.parametrize(
    "request_",
    [
        "who invented the telephone?",
        "What's the capital of France?",
        "book me a flight to Rome",
        "translate letter.txt to French",
        "summarize report.txt",
        "write a poem about the sea to sea.txt",
        "what time is it in Tokyo",
        "swap the names of a.txt and b.txt",
        "tidy up this folder",
        "Move everything except notes.txt into old",
    ],
)
async def test_what_it_cannot_do_it_says(request_: str, starter: StarterModel) -> None:
    plan, _ = await starter.plan(request_)
    assert not plan["steps"] and plan["answer"]


@pytest.mark.parametrize(
    ("request_", "word"),
    [("thank you", "welcome"), ("hello", "Hello"), ("what can you do?", "I can"), ("who are you", "Deskhand"), ("undo that", "Undo"), ("don't delete anything", "leave")],
)
async def test_it_talks_about_itself(request_: str, word: str, starter: StarterModel) -> None:
    assert word in (await starter.plan(request_))[0]["answer"]


@pytest.mark.parametrize("request_", ["Convert notes.txt to uppercase", "delete all my files", "Split big.txt into two files"])
async def test_what_it_is_not_sure_of_is_not_done_without_asking(request_: str, make_core: Callable[..., Core], workspace: Path) -> None:
    for name in ("notes.txt", "big.txt"):
        (workspace / name).write_text("x")
    core = make_core()
    result = (await core.runs.wait(core.runs.start({"text": request_, "workspace": str(workspace), "approve": "none"}), 20))["result"]
    assert sorted(path.name for path in workspace.iterdir()) == ["big.txt", "notes.txt"], result
