"""Limits of small hardware: whatever a model says, what is published stays within them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.clock import FakeClock
from core.devices.hardware import Hardware, declared, reading
from core.errors import ToolError, UsageError

GREENHOUSE = """
[greenhouse.soil]
unit = "%"
low = 0
high = 100
stale_s = 60

[greenhouse.pump]
kind = "switch"
pause_s = 300
needs = "greenhouse.soil"
only_when = "output < 30"

[greenhouse.window]
kind = "number"
low = 0
high = 40
"""


class House:
    """Hardware with a clock that stands still, and what was published."""

    def __init__(self, folder: Path, text: str = GREENHOUSE) -> None:
        self.sent: list[tuple[str, str]] = []
        (folder / "hardware.toml").write_text(text)
        self.clock = FakeClock()
        self.hardware = Hardware(folder / "hardware.toml", self.clock, self._publish)

    async def _publish(self, subject: str, body: bytes) -> None:
        self.sent.append((subject, body.decode()))

    def says(self, value: Any) -> None:
        asyncio.run(self.hardware.heard("hw.greenhouse.soil", str(value).encode()))

    def set(self, name: str, value: Any) -> str:
        try:
            asyncio.run(self.hardware.set(name, value))
        except ToolError as error:
            return error.code
        return "done"


def test_nothing_is_done_on_a_reading_that_is_missing_stale_impossible_or_does_not_call_for_it(tmp_path: Path) -> None:
    house = House(tmp_path)
    assert house.set("greenhouse.pump", "ON") == "stale"
    for value in ("20", "garbage", "-5", "1e9", "nan", '{"value": 500}'):
        house.says(value)
    assert house.hardware.read("greenhouse.soil")["value"] == 20.0  # the first; the others cannot have been measured
    asyncio.run(house.clock.sleep(61))
    assert house.set("greenhouse.pump", "ON") == "stale" and house.set("greenhouse.pump", "OFF") == "done"
    house.says(55)
    assert house.set("greenhouse.pump", "ON") == "denied"
    house.says('{"value": 25}')
    assert house.set("greenhouse.pump", True) == "done" and house.sent == [("hw.greenhouse.pump.set", "OFF"), ("hw.greenhouse.pump.set", "ON")]
    house.says(25)
    assert house.set("greenhouse.pump", "ON") == "denied"  # it rests
    asyncio.run(house.clock.sleep(301))
    house.says(25)
    assert house.set("greenhouse.pump", "ON") == "done"


@given(
    values=some.lists(
        some.one_of(some.floats(), some.integers(), some.text(max_size=8), some.booleans(), some.none(), some.sampled_from(["ON", "on", "OFF", "1e999", "40.0001", "-0"])),
        max_size=12,
    )
)
def test_whatever_is_said_stays_within_the_limits(values: list[Any], tmp_path_factory: pytest.TempPathFactory) -> None:
    house = House(tmp_path_factory.mktemp("house"))
    house.says(10)
    for value in values:
        for name in ("greenhouse.window", "greenhouse.pump", "greenhouse.soil", "greenhouse.nothing"):
            house.set(name, value)
    windows = [float(text) for subject, text in house.sent if subject == "hw.greenhouse.window.set"]
    assert all(0 <= one <= 40 for one in windows)
    assert [text for subject, text in house.sent if subject == "hw.greenhouse.pump.set"].count("ON") <= 1
    assert {subject for subject, _ in house.sent} <= {"hw.greenhouse.window.set", "hw.greenhouse.pump.set"}


def test_a_wrong_file_is_told_whole_and_leaves_what_was_there(tmp_path: Path) -> None:
    house = House(tmp_path)
    assert set(house.hardware.load()) == {"greenhouse.soil", "greenhouse.pump", "greenhouse.window"}
    (tmp_path / "hardware.toml").write_text('[greenhouse.soil]\nkind = "lamp"\n[greenhouse.pump]\nlow = "much"\nneeds = "x.y"\ncolour = 1\n')
    assert set(house.hardware.load()) == {"greenhouse.soil", "greenhouse.pump", "greenhouse.window"}
    assert all(word in house.hardware.problem for word in ("lamp", "low", "colour"))
    for text in ("[a]\nb = 1", '[a.b]\nonly_when = "output <"\nneeds = "a.b"', '[a.b]\nonly_when = "output < 3"', "[A.b]\n", "not toml at all ["):
        with pytest.raises(UsageError):
            declared(text)


@given(body=some.binary(max_size=200))
def test_any_bytes_are_a_reading_or_none(body: bytes) -> None:
    value = reading(body)
    assert value is None or value in ("ON", "OFF") or isinstance(value, float)
    json.dumps(value, allow_nan=False)
