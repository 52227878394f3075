"""Keeping a program from the sockets without a file (abstract ones) of other programs: of the display, of buses. A box that shares the network of the machine shares them, too."""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Callable
from functools import cache

_CREATE_RULESET, _RESTRICT_SELF = 444, 446  # numbers of the system calls, the same on all architectures (landlock(7))
_VERSION_FLAG, _SCOPE_ABSTRACT_SOCKETS, _NO_NEW_PRIVILEGES = 1, 1, 38
_SCOPES_SINCE = 6  # the version of the interface that knows scopes (Linux 6.12)


@cache
def has_scopes() -> bool:
    """Whether this kernel can do it."""
    if not sys.platform.startswith("linux"):
        return False
    return int(ctypes.CDLL(None, use_errno=True).syscall(_CREATE_RULESET, None, 0, _VERSION_FLAG)) >= _SCOPES_SINCE


def scope_abstract_sockets() -> Callable[[], None]:
    """For ``preexec_fn``: from then on only abstract sockets that were made by the program itself, or what it starts, can be connected to. Nothing where the kernel cannot."""
    if not has_scopes():
        return lambda: None
    libc = ctypes.CDLL(None, use_errno=True)
    rules = ctypes.create_string_buffer(struct.pack("=QQQ", 0, 0, _SCOPE_ABSTRACT_SOCKETS), 24)

    def restrict() -> None:
        handle = libc.syscall(_CREATE_RULESET, rules, 24, 0)
        if handle >= 0 and libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0:
            libc.syscall(_RESTRICT_SELF, handle, 0)
        if handle >= 0:
            os.close(handle)

    return restrict
