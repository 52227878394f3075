"""Nothing leaves this machine, kept at the socket: every connection, datagram and name that Python code of this process asks for is looked at, whichever library asks.

Python tells of them before they happen (audit events), also where a server's redirect or a resolved address leads elsewhere. Programs that are started
are not seen here: they get no network (``tools.confinement``), and a call that would give them one is refused.
"""

from __future__ import annotations

import contextlib
import errno
import socket
import sys
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

from core.gate.scopes import is_loopback

Refused = Callable[[str], None]  # told the host that was kept from being reached; may come from any thread
_ADDRESS_AT = {"socket.connect": 1, "socket.sendto": 1, "socket.sendmsg": 1, "socket.getaddrinfo": 0, "socket.gethostbyname": 0, "socket.gethostbyaddr": 0, "socket.getnameinfo": 0}
_watched: list[tuple[Callable[[], bool], Refused]] = []
_is_run_local: ContextVar[bool] = ContextVar("is_run_local", default=False)
_is_installed = False


@contextlib.contextmanager
def kept_here(is_local: bool) -> Iterator[None]:
    """What one run does, held to this machine where the run is."""
    token = _is_run_local.set(is_local or _is_run_local.get())
    try:
        yield
    finally:
        _is_run_local.reset(token)


def watch(is_local_only: Callable[[], bool], refused: Refused) -> Callable[[], None]:
    """Look at every socket from now on; returns what ends it. ``is_local_only`` is asked each time."""
    global _is_installed
    if not _is_installed:
        _is_installed = True
        sys.addaudithook(_look)
    entry = (is_local_only, refused)
    _watched.append(entry)
    return lambda: _watched.remove(entry) if entry in _watched else None


def _look(event: str, args: tuple[Any, ...]) -> None:
    place = _ADDRESS_AT.get(event)
    if place is None or not _watched:
        return
    host = _host_of(args[place])
    if host is None or _is_here(host):
        return
    keeping = [refused for is_local_only, refused in _watched if is_local_only() or _is_run_local.get()]
    for refused in keeping:
        refused(host)
    if keeping:
        raise PermissionError(errno.EPERM, f"Local only: {host} is not reached")


def _host_of(address: Any) -> str | None:
    """The host of an address as sockets take it; None for a socket of the file system, or one that is connected already."""
    if isinstance(address, tuple) and address:
        address = address[0]
    if isinstance(address, bytes):
        return address.decode("utf-8", "replace")
    return address if isinstance(address, str) and not address.startswith(("/", "\0")) else None


def _is_here(host: str) -> bool:
    return is_loopback(host) or host in ("0.0.0.0", "::") or host == socket.gethostname()
