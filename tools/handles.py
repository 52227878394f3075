"""Folders opened without following any link, and names in them exchanged in one step: what a path means cannot change between a look and the deed.

Linux has system calls for both (openat2(2), renameat2(2)), which Python does not offer; where one is missing folders are walked down with no-follow and names are replaced.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys
from functools import cache
from pathlib import Path

HAS_HANDLES = os.open in os.supports_dir_fd and os.stat in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW") and hasattr(os, "O_DIRECTORY")
NOREPLACE, EXCHANGE = 1, 2
_OPENAT2 = 437  # the same on all architectures
_RENAMEAT2 = {"x86_64": 316, "aarch64": 276, "riscv64": 276, "armv7l": 382, "i686": 353, "ppc64le": 357, "s390x": 347}
_NO_SYMLINKS, _NO_MAGICLINKS = 4, 2
_FOLDER = getattr(os, "O_PATH", os.O_RDONLY) | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0) if HAS_HANDLES else 0
_UNKNOWN = (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM, errno.E2BIG)  # how kernels, file systems and boxes say that they have no such call


class LedAway(OSError):
    """A folder on the way is a link."""


def open_folder(path: str) -> int:
    """A handle of a folder, by an absolute path on which no part is a link. Raises :class:`LedAway`, else :class:`OSError` as opening does."""
    try:
        return _open_at_once(path)
    except OSError as error:
        if error.errno in _UNKNOWN:
            return _walk(path)
        raise _told(error, path) from error


def _open_at_once(path: str) -> int:
    if not sys.platform.startswith("linux"):
        raise OSError(errno.ENOSYS, "no such call")
    how = ctypes.create_string_buffer(struct.pack("=QQQ", _FOLDER, 0, _NO_SYMLINKS | _NO_MAGICLINKS), 24)
    handle = int(_libc().syscall(_OPENAT2, -100, os.fsencode(path), how, 24))
    if handle < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), path)
    return handle


def _walk(path: str) -> int:
    handle = os.open(os.sep, _FOLDER)
    try:
        for part in Path(path).parts[1:]:
            deeper = os.open(part, _FOLDER | os.O_NOFOLLOW, dir_fd=handle)
            os.close(handle)
            handle = deeper
    except OSError as error:
        is_link = error.errno == errno.ENOTDIR and os.path.islink(os.path.join(os.path.realpath(f"/proc/self/fd/{handle}"), part))  # noqa: PTH114 (as text)
        os.close(handle)
        raise _told(OSError(errno.ELOOP, "") if is_link else error, path) from error
    return handle


def _told(error: OSError, path: str) -> OSError:
    return LedAway(errno.ELOOP, f"{path} is a link to elsewhere now", path) if error.errno == errno.ELOOP else error


def rename(source: str, target: str, flags: int, source_folder: int | None, target_folder: int | None) -> bool:
    """Rename with ``flags``, in one step; False where this system or file system cannot. Raises :class:`OSError`, :class:`FileExistsError` with :data:`NOREPLACE`."""
    number = _RENAMEAT2.get(platform.machine())
    if number is None or source_folder is None or target_folder is None or not sys.platform.startswith("linux"):
        return False
    if _libc().syscall(number, source_folder, os.fsencode(source), target_folder, os.fsencode(target), flags) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP):
        return False
    raise OSError(code, os.strerror(code), target)


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
