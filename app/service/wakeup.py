"""Waking this machine from sleep when a schedule is due: by an alarm timer on Linux, a waitable timer on Windows. macOS lets only its administrator do that.

Sources: timerfd_create(2) (``CLOCK_REALTIME_ALARM`` needs ``CAP_WAKE_ALARM``, which systemd gives to the sessions of desktop users since version 254);
``SetWaitableTimer`` with ``fResume`` (Windows' power settings may forbid it).
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from datetime import UTC, datetime
from typing import Any, Protocol

REALTIME_ALARM, ABSOLUTE, CREATED = 8, 1, 0o2004000  # Linux: the clock, settime's flag, create's (close on exec, do not block)
NOT_SUPPORTED = 50  # Windows' ERROR_NOT_SUPPORTED: the timer is set, and will not wake the machine
WINDOWS_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)


class WakeUp(Protocol):
    def set(self, at: datetime | None) -> None:
        """Wake this machine then if it sleeps; None for never. Raises :class:`OSError`."""
        ...

    def fileno(self) -> int | None:
        """What becomes readable when it rings; None where there is nothing."""
        ...

    def close(self) -> None: ...


class _Moment(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class _Timer(ctypes.Structure):
    _fields_ = (("interval", _Moment), ("value", _Moment))


class LinuxWakeUp:
    """An alarm timer of the kernel. Raises :class:`OSError` where this process may have none."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(None, use_errno=True)
        self._timer = self._done(self._library.timerfd_create(REALTIME_ALARM, CREATED))

    def _done(self, result: int) -> int:
        if result < 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))
        return result

    def set(self, at: datetime | None) -> None:
        wanted = _Timer(_Moment(0, 0), _Moment(int(at.timestamp()) if at else 0, 0))
        self._done(self._library.timerfd_settime(self._timer, ABSOLUTE, ctypes.byref(wanted), None))

    def remaining(self) -> float:
        """Seconds until it rings; 0 where it is not set."""
        found = _Timer()
        self._done(self._library.timerfd_gettime(self._timer, ctypes.byref(found)))
        return float(found.value.seconds + found.value.nanoseconds / 1e9)

    def fileno(self) -> int | None:
        return self._timer

    def close(self) -> None:
        os.close(self._timer)


class WindowsWakeUp:
    """A waitable timer that resumes the system."""

    def __init__(self, kernel: Any = None) -> None:
        self._kernel = kernel or ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined,unused-ignore]
        self._kernel.CreateWaitableTimerW.restype = ctypes.c_void_p
        self._timer = ctypes.c_void_p(self._kernel.CreateWaitableTimerW(None, True, None))
        if not self._timer.value:
            raise OSError("There is no timer to be had.")

    def set(self, at: datetime | None) -> None:
        if at is None:
            self._kernel.CancelWaitableTimer(self._timer)
            return
        due = ctypes.c_longlong(int((at - WINDOWS_EPOCH).total_seconds() * 10_000_000))  # in steps of 100 ns
        if not self._kernel.SetWaitableTimer(self._timer, ctypes.byref(due), 0, None, None, True):
            raise OSError("The timer cannot be set.")
        if getattr(ctypes, "get_last_error", lambda: 0)() == NOT_SUPPORTED:
            raise OSError("This machine's power settings do not let timers wake it.")

    def fileno(self) -> int | None:
        return None

    def close(self) -> None:
        self._kernel.CloseHandle(self._timer)


def wake_up() -> tuple[WakeUp | None, str]:
    """What can wake this machine, or why nothing can."""
    try:
        if sys.platform.startswith("linux"):
            return LinuxWakeUp(), ""
        if sys.platform == "win32":
            return WindowsWakeUp(), ""
    except OSError as error:
        if error.errno == errno.EPERM:
            return None, "this program may not wake the machine (CAP_WAKE_ALARM; desktop sessions have it from systemd 254 on)"
        return None, f"this machine has no clock that could wake it ({error.strerror or error})"
    return None, "on this system only its administrator can have the machine woken"


__all__ = ["LinuxWakeUp", "WakeUp", "WindowsWakeUp", "wake_up"]
