"""Followed runs inside the core: nothing kept is lost to a slow reader, and what is withdrawn is told."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from app.service.api import events as streams
from app.service.api.openai_style import _answer_parts, _fold, _sse
from core.clock import FakeClock
from core.events import Event
from core.home import Home
from core.journal import Journal
from core.messages import Finished, Part, TextDelta, TextWithdrawn
from core.storage.database import Database


@pytest.fixture
def core(own_home: Home) -> Any:
    database = Database(own_home.database)
    yield SimpleNamespace(journal=Journal(database, FakeClock()), front_ends=SimpleNamespace(connected=set()))
    database.close()


async def test_a_full_queue_goes_on_from_the_journal(core: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "BACKLOG", 5)
    with streams.Feed(core, run_id="r") as feed:
        for number in range(30):
            core.journal.append("text_delta", "r", {"text": str(number)})
            core.journal.append("text_delta", "other", {"text": "x"})
        core.journal.announce("model_progressed", "r", {"phase": "waiting"})
        taken = []
        while (event := await feed.next(0.01)) is not None:
            taken.append(event)
    assert feed.overflowed is False and [event.data["text"] for event in taken] == [str(number) for number in range(30)]


async def test_what_is_announced_is_taken_and_nothing_twice(core: Any) -> None:
    with streams.Feed(core, run_id="r") as feed:
        first = core.journal.append("run_started", "r", {})
        feed.last = first.seq  # it was read from the journal already
        core.journal.announce("model_progressed", "r", {"phase": "reading"})
        core.journal.append("run_finished", "r", {})
        assert [event.type for event in [await feed.next(0.01), await feed.next(0.01)] if event] == ["model_progressed", "run_finished"]
        assert await feed.next(0.01) is None


class Played:
    """A feed that plays events at their seconds."""

    def __init__(self, *rows: tuple[float, str, dict[str, Any]]) -> None:
        self._rows, self._now = list(rows), 0.0

    async def next(self, seconds: float | None = None) -> Event | None:
        wait = self._rows[0][0] - self._now
        if seconds is not None and seconds < wait:
            await asyncio.sleep(seconds)
            self._now += seconds
            return None
        await asyncio.sleep(wait)
        at, type_, data = self._rows.pop(0)
        self._now = at
        return Event(1, type_, "r", "", data)


def said(text: str) -> dict[str, Any]:
    return {"text": text, "purpose": "answer"}


def end(answer: str, **more: Any) -> dict[str, Any]:
    return {"answer": answer, "result": {"status": "done", "usage": {"calls": 1, "prompt_tokens": 9, "reused_tokens": 4, "completion_tokens": 3}, **more}}


async def parts_of(*rows: tuple[float, str, dict[str, Any]]) -> list[Part]:
    return [part async for part in _answer_parts(Played(*rows))]  # type: ignore[arg-type]


async def test_text_goes_on_as_it_comes_and_the_account_last() -> None:
    parts = await parts_of((0.0, "text_delta", said("Two ")), (0.2, "text_delta", said("files.")), (0.4, "run_finished", end("Two files.")))
    assert parts[:2] == [TextDelta("Two "), TextDelta("files.")] and isinstance(parts[2], Finished) and parts[2].usage.cached_tokens == 4


async def test_a_burst_that_is_withdrawn_at_once_is_never_sent() -> None:
    parts = await parts_of(
        (0.0, "text_delta", said("Let me think")), (0.005, "text_withdrawn", {"why": "thinking"}), (0.1, "text_delta", said("Two files.")), (0.3, "run_finished", end("Two files."))
    )
    assert parts[0] == TextDelta("Two files.") and isinstance(parts[1], Finished)


async def test_what_was_sent_before_it_was_withdrawn_is_followed_by_the_answer_on_a_line_of_its_own() -> None:
    rows = [
        (0.0, "text_delta", said("Thinking aloud")),
        (0.2, "text_withdrawn", {"why": "thinking"}),
        (0.2, "text_delta", said("Two files.")),
        (0.4, "run_finished", end("Two files.")),
    ]
    parts = await parts_of(*rows)
    assert parts[:3] == [TextDelta("Thinking aloud"), TextWithdrawn(), TextDelta("Two files.")]

    async def again() -> Any:
        for part in parts[1:]:
            yield part

    lines = [line async for line in _sse({"id": "x"}, parts[0], again(), False)]
    assert [line for line in lines if "content" in line and "\\n\\n" in line] and lines[-1] == "data: [DONE]\n\n"

    async def whole() -> Any:
        for part in parts:
            yield part

    assert (await _fold(whole()))[0] == "Two files."


async def test_an_answer_that_did_not_stream_and_a_question_are_said_at_the_end() -> None:
    assert (await parts_of((0.0, "run_finished", end("Two files."))))[0] == TextDelta("Two files.")
    asked = end("", status="asked", question={"text": "Which?", "choices": ["a", "b"]})
    assert (await parts_of((0.0, "run_finished", asked)))[0] == TextDelta("Which?\n  1. a\n  2. b")
