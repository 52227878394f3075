"""Ctrl+C in commands of the terminal: before a command listens it ends the program without a word, afterwards it is heard once at a time."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType

CANCELLED = 130  # the exit code of what was stopped


def leave_at_once() -> None:
    """From now on Ctrl+C ends the program at once: nothing is begun yet, or nothing more is to be said."""
    if _is_main():
        signal.signal(signal.SIGINT, _leave)


def raise_again() -> None:
    """From now on Ctrl+C raises :class:`KeyboardInterrupt`, as usual."""
    if _is_main():
        signal.signal(signal.SIGINT, signal.default_int_handler)


@contextlib.contextmanager
def heard_once() -> Iterator[None]:
    """Inside, the first Ctrl+C raises :class:`KeyboardInterrupt` and others pass unheard until :func:`raise_again`: what has to be told because of the first is told."""
    if not _is_main():
        yield
        return
    signal.signal(signal.SIGINT, _raise_once)
    is_stopped = False
    try:
        yield
    except KeyboardInterrupt:
        is_stopped = True
        raise
    finally:
        if not is_stopped:
            raise_again()


def _is_main() -> bool:
    return threading.current_thread() is threading.main_thread()  # no other may say what becomes of signals


def _leave(number: int, frame: FrameType | None) -> None:
    os._exit(CANCELLED)


def _raise_once(number: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt
