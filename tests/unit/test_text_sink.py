"""When streamed text is written: what comes after a silence at once, what comes close behind it together."""

from __future__ import annotations

import asyncio
from typing import Any

from core import events
from core.turn.text_sink import FLUSH_SECONDS, DeltaWriter


def test_the_first_word_is_written_before_anything_is_waited_for() -> None:
    async def write() -> list[str]:
        rows: list[str] = []
        DeltaWriter(lambda kind, data: rows.append(data["text"])).write(events.TEXT_DELTA, "Glad")
        return rows

    assert asyncio.run(write()) == ["Glad"]


def test_words_of_a_fast_model_share_rows_and_those_of_a_slow_one_do_not() -> None:
    async def write(pause: float) -> list[str]:
        rows: list[str] = []
        writer = DeltaWriter(lambda kind, data: rows.append(data["text"]))
        for word in ["one", "two", "three", "four"]:
            writer.write(events.TEXT_DELTA, word)
            await asyncio.sleep(pause)
        writer.flush()
        return rows

    assert asyncio.run(write(0)) == ["one", "twothreefour"]
    assert asyncio.run(write(FLUSH_SECONDS + 0.01)) == ["one", "two", "three", "four"]


def test_what_waits_is_written_by_itself_and_can_be_dropped_until_then() -> None:
    async def write(is_dropped: bool) -> list[tuple[str, Any]]:
        rows: list[tuple[str, Any]] = []
        writer = DeltaWriter(lambda kind, data: rows.append((kind, data.get("text"))))
        writer.write(events.TEXT_DELTA, "one")
        writer.write(events.TEXT_DELTA, "two")
        if is_dropped:
            writer.drop()
        await asyncio.sleep(FLUSH_SECONDS * 2)
        return rows

    assert asyncio.run(write(False)) == [(events.TEXT_DELTA, "one"), (events.TEXT_DELTA, "two")]
    assert asyncio.run(write(True)) == [(events.TEXT_DELTA, "one")]
