"""Suites for memory: what contradicts and what does not, what held when, and what is gone once forgotten. The pairs are written by hand."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.clock import FakeClock, iso
from core.journal import Journal
from core.memory.recall import Recall
from core.memory.store import Memories
from core.storage.database import Database

PAIRS = [
    (match[1], match[2] == ">", match[3])
    for line in (Path(__file__).parents[1] / "data/memory_pairs.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#") and (match := re.match(r"(.+) ([>=]) (.+)$", line))
]
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
THINGS = ("door code", "wifi password", "shoe size", "bank", "locker number", "username", "rent", "gym", "home address", "favourite colour")
SECRETS = [f"{first}{last}" for first in ("quix", "zorb", "velk", "muxo", "prax", "jolt", "wymb") for last in ("otarium", "andrine", "efolk", "isplane", "umbrage", "yttria")]


@pytest.fixture
def memories(tmp_path: Path) -> Memories:
    database, clock = Database(tmp_path / "m.sqlite"), FakeClock()
    return Memories(database, Journal(database, clock), clock)


def test_there_are_enough_of_them() -> None:
    assert len(PAIRS) >= 100 and sum(replaces for _, replaces, _ in PAIRS) >= 50 and len(PAIRS) + 6 * len(THINGS) + len(SECRETS) >= 200


@pytest.mark.parametrize(("first", "replaces", "second"), PAIRS)
def test_what_contradicts_is_history_and_what_does_not_stays(first: str, replaces: bool, second: str, memories: Memories) -> None:
    old = memories.add(first)
    memories.add(second)
    in_force = {row["text"] for row in memories.newest()}
    assert in_force == ({second} if replaces else {first, second})
    assert bool(memories.get(old["id"])["valid_to"]) == replaces and memories.count() == 2  # nothing is lost either way


@pytest.mark.parametrize("thing", THINGS)
@pytest.mark.parametrize("changes", range(1, 7))
def test_what_held_when(thing: str, changes: int, memories: Memories) -> None:
    """Each value holds from its day to the next one's, without a gap; out of any of them the whole history is read."""
    days = [iso(BEGIN + timedelta(days=30 * number)) for number in range(changes + 1)]
    rows = [memories.add(f"My {thing} is Value{number}", at=day) for number, day in enumerate(days)]
    held = [memories.get(row["id"]) for row in rows]
    assert [row["at"] for row in held] == days and [row["valid_to"] for row in held] == [*days[1:], ""]
    assert [row["replaced_by"] for row in held] == [*(row["id"] for row in rows[1:]), ""]
    assert [row["id"] for row in held[0]["history"]] == [row["id"] for row in rows[:0:-1]]
    middle = changes // 2
    memories.forget([rows[middle]["id"]])
    assert [row["text"] for row in memories.newest()] == ([f"My {thing} is Value{changes}"])  # what is in force stays in force


@pytest.mark.parametrize("secret", SECRETS)
async def test_what_is_forgotten_is_in_no_file(secret: str, memories: Memories, tmp_path: Path) -> None:
    recall = Recall(memories._database, memories)
    at = SECRETS.index(secret)
    level = "fact" if at % 2 else "turn"
    for number in range(at % 5):
        memories.add(f"Something else, number {number}.", level, place="a")  # type: ignore[arg-type]
    row = memories.add(f"The word is {secret}, keep it.", level, place="a")  # type: ignore[arg-type]
    memories.add("What comes after it.", level, place="a")  # type: ignore[arg-type]
    if at % 3 == 0:
        memories.edit(row["id"], f"It is {secret} after all.")
    assert any(secret in found["text"] for found in await recall.find(secret, 5))
    assert memories.forget([row["id"]]) == 1 and not any(secret in found["text"] for found in await recall.find(secret, 5))
    memories._database.close()
    assert not any(secret.encode() in file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
