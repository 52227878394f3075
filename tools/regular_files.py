"""The one place where tools open files: regular ones only, so that no pipe, device or file of the kernel's can hold a reader for ever.

What a path is may change between a look and the opening, so the opened file itself is asked. Files of the kernel (``/proc``, ``/sys``) say that they
are regular, and some of them wait for something to happen: they are read at once, without waiting, and as far as they go.
"""

from __future__ import annotations

import io
import os
import stat
import sys
import time
from pathlib import Path
from typing import BinaryIO

from core.errors import ToolRetry
from core.gate.mediator import require_read
from core.gate.places import is_kernels

KERNEL_SECONDS, KERNEL_BYTES = 2.0, 4_000_000  # that reading one file of the kernel may take and give
_PIECE = 65_536
_handed: dict[str, int] | None = None  # in a box: the files that were handed over, by their paths; nothing else is opened there
_NAMES = ((stat.S_ISDIR, "folder"), (stat.S_ISFIFO, "pipe"), (stat.S_ISSOCK, "socket"), (stat.S_ISCHR, "device"), (stat.S_ISBLK, "device"))


def open_regular(path: Path, is_own: bool = False, is_told: bool = True) -> BinaryIO:
    """The file open for reading bytes. Raises :class:`ToolRetry` for what is no regular file, does not come to an end or is not for this call, :class:`OSError` as opening does.

    ``is_own``: for Deskhand itself, to compare or to keep what it made; nothing of it reaches a tool's result. ``is_told``: what it holds may (else it is kept, to be brought back).
    """
    if _handed is not None:
        return _open_handed(path)
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0))
    try:
        status = os.fstat(handle)
        mode = status.st_mode
        if not stat.S_ISREG(mode):
            kind = next((name for test, name in _NAMES if test(mode)), "special file")
            raise ToolRetry(f"{path.name} is a {kind}, so it was not read.", code="unreadable", hint="files.info says what it is.")
        where = _path_of(handle, path)
        if not is_own:
            require_read(where, status, handle, is_told)
        if is_kernels(where):
            return io.BytesIO(_read_at_once(handle, path))
        opened = os.fdopen(handle, "rb")
        handle = -1
        return opened
    finally:
        if handle >= 0:
            os.close(handle)


def hand_over(files: dict[str, int]) -> None:
    """From now on only these are opened in this process, which reads foreign bytes (:mod:`tools.sandbox.box`): opened ones by their handles, -1 for one by its name."""
    global _handed
    _handed = files


def name_for_library(path: Path) -> str:
    """How a library that opens files by their names gets at one that was handed over."""
    handle = (_handed or {}).get(str(path), -1)
    return f"/proc/self/fd/{handle}" if handle >= 0 and sys.platform.startswith("linux") else str(path)


def _open_handed(path: Path) -> BinaryIO:
    assert _handed is not None
    if (handle := _handed.get(str(path))) is None:
        raise ToolRetry(f"{path.name} was not handed over, so it was not read.", code="unreadable", hint="Name the file itself.")
    if handle < 0 or sys.platform.startswith("linux"):
        return open(name_for_library(path), "rb")  # anew, so that several readers each have a place of their own
    copy = os.fdopen(os.dup(handle), "rb")
    copy.seek(0)
    return copy


def _path_of(handle: int, path: Path) -> str:
    """Where an opened file lies, links followed: by the handle where the system tells, as the path may have become a link to something else since."""
    try:
        where = os.readlink(f"/proc/self/fd/{handle}")
    except OSError:
        return os.path.realpath(path)
    return where if os.path.isabs(where) else os.path.realpath(path)


def read_regular(path: Path, is_told: bool = True) -> bytes:
    """All bytes of a file; raises as :func:`open_regular` does."""
    with open_regular(path, is_told=is_told) as file:
        return file.read()


def _read_at_once(handle: int, path: Path) -> bytes:
    """What the kernel gives without being waited for."""
    pieces: list[bytes] = []
    until = time.monotonic() + KERNEL_SECONDS
    while piece := _next_piece(handle, path):
        pieces.append(piece)
        if time.monotonic() > until or sum(map(len, pieces)) > KERNEL_BYTES:
            raise _endless(path)
    return b"".join(pieces)


def _next_piece(handle: int, path: Path) -> bytes:
    try:
        return os.read(handle, _PIECE)
    except BlockingIOError as error:
        raise _endless(path) from error


def _endless(path: Path) -> ToolRetry:
    return ToolRetry(
        f"{path.name} does not come to an end, so it was not read.", code="unreadable", hint="It is a file of the system's kernel: system.info says how the machine is."
    )
