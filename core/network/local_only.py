"""Nothing leaves this machine, kept at the socket: every connection, datagram and name that Python code of this process asks for is looked at, whichever library asks.

Python tells of them before they happen (audit events), also where a server's redirect or a resolved address leads elsewhere. A proxy on this machine leads elsewhere, too:
the one HTTP client asks :func:`require_here` for where a request goes in the end. Programs that are started are not seen here: they get no network (``tools.confinement``), and a
call that would give them one is refused.
"""

from __future__ import annotations

import _socket
import asyncio
import contextlib
import errno
import ipaddress
import socket
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from pathlib import Path
from typing import Any

from core.gate.scopes import is_loopback

Refused = Callable[[str], None]  # told the host that was kept from being reached; may come from any thread
_ADDRESS_AT = {"socket.connect": 1, "socket.sendto": 1, "socket.sendmsg": 1, "socket.getaddrinfo": 0, "socket.gethostbyname": 0, "socket.gethostbyaddr": 0, "socket.getnameinfo": 0}
_HOSTS = Path("/etc/hosts")
_NAMES = ("socket.getaddrinfo", "socket.gethostbyname")  # what is asked about names, and may go to a server that knows them
_watched: list[tuple[Callable[[], bool], Refused]] = []
_is_run_local: ContextVar[bool] = ContextVar("is_run_local", default=False)
_is_installed = False


@contextlib.contextmanager
def kept_here(is_local: bool) -> Iterator[None]:
    """What one run does, held to this machine where the run is."""
    if is_local:
        _take_along()
    token = _is_run_local.set(is_local or _is_run_local.get())
    try:
        yield
    finally:
        _is_run_local.reset(token)


def _take_along() -> None:
    """From now on the loop's threads know for which run they work."""
    loop = asyncio.get_running_loop()
    if not isinstance(getattr(loop, "_default_executor", None), ContextThreads):
        loop.set_default_executor(ContextThreads(thread_name_prefix="core"))


class ContextThreads(ThreadPoolExecutor):
    """Threads of the loop that work for whoever asked: a name that a local run wants to know is looked up by one of them."""

    def submit(self, work: Any, /, *args: Any, **named: Any) -> Any:
        return super().submit(copy_context().run, work, *args, **named)


def in_force() -> bool:
    """Whether what is done now is to stay on this machine: all of it, or this run's."""
    return _is_run_local.get() or any(is_local_only() for is_local_only, _ in list(_watched))


def require_here(host: str) -> None:
    """Raise :class:`PermissionError` for a host elsewhere, and have it noted down, where that is in force."""
    if in_force() and not is_loopback(host):
        _refuse(host)


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
    host = "another machine (vsock)" if _is_to_other_machine(args[0]) else _host_of(args[place])
    if host is None or _is_here(host, event in _NAMES):
        return
    if in_force():
        _refuse(host)


def _refuse(host: str) -> None:
    for is_local_only, refused in list(_watched):
        if is_local_only() or _is_run_local.get():
            refused(host)
    raise PermissionError(errno.EPERM, f"Local only: {host} is not reached")


def _is_to_other_machine(asking: Any) -> bool:
    """Whether a socket leads to other machines by numbers: of a virtual machine to its host, or by radio."""
    others = (getattr(socket, "AF_VSOCK", None), getattr(socket, "AF_BLUETOOTH", None), getattr(socket, "AF_CAN", None))
    return isinstance(asking, _socket.socket) and asking.family in others


def _host_of(address: Any) -> str | None:
    """The host of an address as sockets take it; None for a socket of the file system, or one that is connected already."""
    if isinstance(address, tuple) and address:
        address = address[0]
    if isinstance(address, bytes):
        return address.decode("utf-8", "replace")
    return address if isinstance(address, str) and not address.startswith(("/", "\0")) else None


def _is_here(host: str, is_asked_for: bool) -> bool:
    """``is_asked_for``: the name is looked up, and that may leave the machine whatever it would turn out to be ("x.localhost" is asked for on many systems)."""
    if is_asked_for and not _is_address(host):
        return host in ("", "localhost") or host.casefold() in _known_names()
    return is_loopback(host) or host in ("0.0.0.0", "::")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return False
    return True


def _known_names() -> set[str]:
    """Names that this machine knows by itself, and that mean itself."""
    with contextlib.suppress(OSError):
        rows = [line.partition("#")[0].split() for line in _HOSTS.read_text(encoding="utf-8", errors="replace").splitlines()]
        return {name.casefold() for row in rows if row and is_loopback(row[0]) for name in row[1:]}
    return set()
