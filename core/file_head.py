"""The beginning of a file, read such that neither its size nor its kind can hold up whoever reads it."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def read_head(path: Path | str, most: int) -> bytes:
    """Up to ``most`` bytes of a regular file. Raises :class:`OSError`, also for a pipe or a device."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(22, "it is no regular file", str(path))
        return file.read(most)
