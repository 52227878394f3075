"""A file opened, or its beginning read, such that neither its size nor its kind can hold up whoever reads it."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO


def open_regular(path: Path | str) -> BinaryIO:
    """A regular file for reading. Raises :class:`OSError`, also for a pipe or a device, which would be waited for."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
    return os.fdopen(handle, "rb")


def read_head(path: Path | str, most: int) -> bytes:
    """Up to ``most`` bytes of a regular file. Raises :class:`OSError`, also for a pipe or a device."""
    with open_regular(path) as file:
        return file.read(most)
