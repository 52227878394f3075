"""Who loads first, when several models wait for memory."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from models.gate import PATIENCE, Gate


def loaded_first(waiting: Sequence[tuple[str, str]]) -> list[str]:
    """As if ``a`` were loaded."""
    return [number for number, model in sorted(waiting, key=lambda pair: pair[1] != "a")]


async def go_in(gate: Gate, model: str, seen: list[str]) -> None:
    async with gate.turn(model):
        seen.append(model)
        await asyncio.sleep(0)


async def test_those_that_wait_are_grouped_by_model_and_nobody_waits_for_ever() -> None:
    gate, seen = Gate(loaded_first), list[str]()
    async with gate.turn("x"):
        waiting = [asyncio.create_task(go_in(gate, model, seen)) for model in ["b", *"aaaaaaaa"]]
        await asyncio.sleep(0)
    await asyncio.gather(*waiting)
    assert seen == [*"a" * PATIENCE, "b", *"a" * (8 - PATIENCE)]


@pytest.mark.parametrize("called", [False, True])
async def test_one_that_gives_up_holds_nobody_up(called: bool) -> None:
    gate, seen = Gate(loaded_first), list[str]()
    async with gate.turn("x"):
        first, second = asyncio.create_task(go_in(gate, "a", seen)), asyncio.create_task(go_in(gate, "b", seen))
        await asyncio.sleep(0)
        if not called:
            first.cancel()
            await asyncio.sleep(0)
    if called:
        first.cancel()  # it was called just now
    async with asyncio.timeout(5):
        await asyncio.gather(first, second, return_exceptions=True)
    assert seen == ["b"]
    async with asyncio.timeout(5), gate.turn("c"):
        pass
