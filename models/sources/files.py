"""What the fetching of models needs of the file system: room, a lock between processes, a rename that a virus scanner may hold up."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import StorageError

if TYPE_CHECKING:
    from filelock import BaseFileLock

SPARE = 500_000_000  # bytes of disk that stay free
_RENAMES = 20  # tries, a quarter of a second apart: scanners on Windows hold a new file open for a moment


def free_bytes(folder: Path) -> int:
    """Bytes that may be written to the disk of ``folder``, which need not be there yet."""
    place = next(place for place in (folder, *folder.parents) if place.exists())
    return shutil.disk_usage(place).free


def size_text(count: int) -> str:
    """A size as it is said to a person.

    >>> size_text(1_500_000_000), size_text(98_400_000)
    ('1.5 GB', '98 MB')
    """
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def make_folder(folder: Path) -> None:
    """Raises :class:`StorageError` where that cannot be done."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"The models folder {folder} cannot be made: {error.strerror}.", hint="Set DESKHAND_CACHE to a folder that you may write.") from error


def make_lock(path: Path) -> BaseFileLock:
    """A lock between processes, which the system lets go of when its holder ends, however it ends."""
    from filelock import FileLock

    path.parent.mkdir(parents=True, exist_ok=True)
    return FileLock(path, thread_local=False)


def try_lock(lock: BaseFileLock) -> bool:
    """Take it if it is free."""
    from filelock import Timeout

    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    return True


def replace(source: Path, target: Path) -> None:
    """Move a file to its place on the same disk. Raises :class:`OSError`."""
    for _ in range(_RENAMES):
        try:
            os.replace(source, target)
            return
        except PermissionError:
            time.sleep(0.25)
    os.replace(source, target)
