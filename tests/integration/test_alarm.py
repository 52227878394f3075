"""The clock of the schedules and the machine's own: what is due next wakes it, where the person wants that."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from app.service import alarm
from app.service.composition import Core
from core.schedule.engine import Engine
from core.schedule.task import Task
from models.scripted import ScriptedModel


class Waking:
    """A timer whose ringing is a pipe that becomes readable."""

    def __init__(self) -> None:
        self.moments: list[datetime | None] = []
        self.read, self.write = os.pipe()

    def set(self, at: datetime | None) -> None:
        self.moments.append(at)

    def fileno(self) -> int | None:
        return self.read

    def close(self) -> None:
        os.close(self.read)
        os.close(self.write)


@pytest.fixture
def waking(monkeypatch: pytest.MonkeyPatch) -> Waking:
    found = Waking()
    monkeypatch.setattr(alarm, "wake_up", lambda: (found, ""))
    return found


def due_at(core: Core, hours: int) -> datetime:
    at = (datetime.now(UTC) + timedelta(hours=hours)).replace(microsecond=0)
    core.schedules.add(f"in {hours} h", {"kind": "once", "at": at.replace(tzinfo=None).isoformat()}, "UTC", Task(remind="x", workspace="/"))
    return at


async def test_the_machine_is_woken_for_what_is_due_next_where_that_is_wanted(make_core: Callable[..., Core], waking: Waking) -> None:
    core = make_core(planner=ScriptedModel([], "planner"))
    due_at(core, 5)
    core.alarm.start()
    assert not waking.moments, "it is not wanted yet"
    core.settings.set("schedules.wake", True)
    sooner = due_at(core, 2)
    assert waking.moments[-1] == sooner
    core.settings.set("schedules.wake", False)
    await core.alarm.ring()
    assert waking.moments[-1] is None


async def test_the_alarm_that_rings_makes_the_clock_look_at_once(make_core: Callable[..., Core], waking: Waking, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop's clock stands still while the machine sleeps, and would look again only half a minute later."""
    core = make_core(planner=ScriptedModel([], "planner"))
    core.settings.set("schedules.wake", True)
    due_at(core, 2)
    core.alarm.start()
    await core.alarm.ring()
    looked = asyncio.Event()
    tick = Engine.tick
    monkeypatch.setattr(Engine, "tick", lambda engine: (looked.set(), tick(engine))[1])
    os.write(waking.write, b"12345678")
    await asyncio.wait_for(looked.wait(), 10)


async def test_a_machine_that_cannot_be_woken_is_told_in_the_log_and_keeps_its_schedules(
    make_core: Callable[..., Core], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(alarm, "wake_up", lambda: (None, "it has no clock"))
    core = make_core(planner=ScriptedModel([], "planner"))
    core.settings.set("schedules.wake", True)
    core.alarm.start()
    due_at(core, 1)
    assert "cannot wake this machine: it has no clock" in caplog.text and core.schedules.next_moment() is not None
