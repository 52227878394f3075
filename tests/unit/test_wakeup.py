"""Waking the machine: the timer is really set where this system has one; a real sleep is not to be had in a test."""

from __future__ import annotations

import ctypes
import select
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.service import wakeup
from app.service.wakeup import LinuxWakeUp, WindowsWakeUp, wake_up


def test_the_kernel_rings_when_the_schedule_is_due() -> None:
    found, why = wake_up()
    if not isinstance(found, LinuxWakeUp):
        assert found is not None or why  # another system, or no right to it: the reason is told
        pytest.skip(why or "not Linux")
    found.set(datetime.now(UTC) + timedelta(hours=2))
    assert 7190 < found.remaining() <= 7200
    found.set(datetime.now(UTC) + timedelta(seconds=1))
    assert select.select([found.fileno()], [], [], 10)[0], "it rings"
    found.set(datetime.now(UTC) + timedelta(seconds=2))
    found.set(None)
    assert not select.select([found.fileno()], [], [], 2.5)[0], "and does not once it is told not to"
    found.close()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel's answer is Linux'")
@pytest.mark.parametrize(("code", "told"), [(1, "CAP_WAKE_ALARM"), (95, "no clock that could wake it")])
def test_why_nothing_can_wake_it_is_told(code: int, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Library:
        def timerfd_create(self, clock: int, flags: int) -> int:
            ctypes.set_errno(code)
            return -1

    monkeypatch.setattr(wakeup.ctypes, "CDLL", lambda name, use_errno: Library())
    found, why = wake_up()
    assert found is None and told in why


class Kernel:
    """What is used of Windows' kernel32."""

    class _Call:
        restype: Any = None

        def __call__(self, *args: Any) -> int:
            return 77

    def __init__(self) -> None:
        self.CreateWaitableTimerW, self.due, self.cancelled = self._Call(), 0, False

    def SetWaitableTimer(self, timer: Any, due: Any, period: int, routine: None, argument: None, resume: bool) -> int:
        self.due, self.resume = due._obj.value, resume
        return 1

    def CancelWaitableTimer(self, timer: Any) -> int:
        self.cancelled = True
        return 1


def test_windows_is_given_the_moment_in_its_own_count() -> None:
    kernel = Kernel()
    timer = WindowsWakeUp(kernel)
    timer.set(datetime(2026, 11, 26, 7, 30, tzinfo=UTC))
    assert datetime(1601, 1, 1, tzinfo=UTC) + timedelta(microseconds=kernel.due / 10) == datetime(2026, 11, 26, 7, 30, tzinfo=UTC) and kernel.resume is True
    timer.set(None)
    assert kernel.cancelled
