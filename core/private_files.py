"""Files that decide what may be done, or hold what is secret: nobody else may read or write them, whatever was there before."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from core.errors import StorageError

NAMES = ("settings.toml", "api-token", "mcp.json", "hardware.toml", "device.seed", "core.json", "core.lock", "deskhand.sqlite", "deskhand.sqlite-wal", "deskhand.sqlite-shm")
DECIDING = ("settings.toml", "mcp.json", "hardware.toml")  # of what others could write nothing is taken over: it is kept beside, as NAME.not-used
FOLDERS = ("blobs", "trash", "logs", "notes", "skills", "backups", "scratch", "cache", "index", "broker")


def keep_private(root: Path) -> None:
    """Give the data folder and what in it counts to its owner alone; a token that others could read goes, and is made anew. Raises :class:`StorageError` where something of it is somebody else's."""
    if not hasattr(os, "geteuid"):
        return  # folders of the person's profile are theirs alone on Windows
    for name in DECIDING:
        if _was_written_by_anybody(root / name):
            (root / name).replace(aside := root / f"{name}.not-used")
            _restrict(aside, 0o600)
    if was_open(root / "api-token"):
        (root / "api-token").unlink(missing_ok=True)
    for name, mode in (("", 0o700), *((name, 0o700) for name in FOLDERS), *((name, 0o600) for name in NAMES)):
        _restrict(root / name, mode)
    for folder in ("backups", "broker", "logs", "index", "cache"):
        for file in (root / folder).rglob("*"):
            if not file.is_symlink():
                _restrict(file, 0o700 if file.is_dir() else 0o600)


def _was_written_by_anybody(path: Path) -> bool:
    """Whether others could write a file, so that nobody knows whose words are in it."""
    try:
        return bool(path.stat().st_mode & 0o022)
    except OSError:
        return False


def was_open(path: Path) -> bool:
    """Whether others may read a file, or write it."""
    try:
        return hasattr(os, "geteuid") and bool(path.stat().st_mode & 0o077)
    except OSError:
        return False


def create_private(path: Path) -> None:
    """Make an empty file for its owner alone, where there is none."""
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _restrict(path: Path, mode: int) -> None:
    try:
        status = path.stat()
    except OSError:
        return
    if status.st_uid not in (os.geteuid(), 0):
        raise StorageError(f"{path} belongs to somebody else, so it is not used.", code="home_not_own", hint="Set DESKHAND_HOME to a folder of your own.")
    if stat.S_IMODE(status.st_mode) & 0o077 and status.st_uid == os.geteuid():
        with contextlib.suppress(OSError):
            path.chmod(stat.S_IMODE(status.st_mode) & mode)
