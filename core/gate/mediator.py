"""The mediator: what a call may open while it is prepared and while it is done.

Consent is asked for the scopes that a call's declared arguments yield. What lies behind them (a link, a pattern, a folder, a file with two names) is known
when it is opened: tools open files in one place (``tools.regular_files``), which asks here. A private place that nobody agreed to stays shut, whichever
tool wants it and whatever it was told.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field

from core.errors import ToolRetry
from core.gate.credentials import HEAD_BYTES, begins_as_key
from core.gate.origins import Origins
from core.gate.places import Places, under
from core.gate.scopes import matches_path
from core.ports import Scope

HINT = "Name it by itself, so that it can be asked about; or leave it out with exclude or a narrower pattern."


@dataclass(frozen=True, slots=True)
class Permit:
    """What one call may read: ``agreed`` are private paths that the person agreed to, each with what is in it, ``named`` the others that it declares. ``closed``: patterns that rules keep shut."""

    root: str
    agreed: frozenset[str] = field(default_factory=frozenset)
    named: frozenset[str] = field(default_factory=frozenset)
    closed: tuple[str, ...] = ()
    origins: Origins | None = None
    made: list[str] = field(default_factory=list)  # files that a program wrote from such words
    heard: dict[str, None] = field(default_factory=dict)  # where the words came from that were read, in order

    def covers(self, where: str) -> bool:
        """Whether a path was agreed to, by itself or with a folder that it is in."""
        return where in self.agreed or any(under(where, folder) for folder in self.agreed)

    def is_shut(self, where: str) -> bool:
        """Whether a rule speaks about a path that nothing declared was asked about by that rule."""
        shut = [pattern for pattern in self.closed if matches_path(pattern, where)]
        return any(not any(under(where, name) and matches_path(pattern, name) for name in self.named) for pattern in shut)


_permit: ContextVar[Permit | None] = ContextVar("permit", default=None)  # None: Deskhand's own business


@contextlib.contextmanager
def acting(root: str, scopes: Iterable[Scope], closed: tuple[str, ...] = (), origins: Origins | None = None) -> Iterator[Permit]:
    """Hold what is opened in here to these scopes; threads and tasks that are begun in here are held to them too. ``origins`` knows which files hold words from outside."""
    held = [scope for scope in scopes if scope.kind == "path"]
    permit = Permit(root, frozenset(scope.value for scope in held if scope.private), frozenset(scope.value for scope in held), closed, origins)
    token = _permit.set(permit)
    try:
        yield permit
    finally:
        _permit.reset(token)


def require_read(where: str, status: os.stat_result, handle: int, is_told: bool = True) -> None:
    """Raise :class:`ToolRetry` where an opened file, by its path with links followed, is private and was not agreed to. ``is_told``: what it holds gets into the result."""
    permit = _permit.get()
    if permit is None:
        return
    if not permit.covers(where):
        _require_open(permit, where, status, handle)
    if is_told and permit.origins is not None and (origin := permit.origins.of_file(where, status, handle)):
        permit.heard[origin] = None


def _holds_key(status: os.stat_result, handle: int) -> bool:
    return stat.S_ISREG(status.st_mode) and hasattr(os, "pread") and begins_as_key(os.pread(handle, HEAD_BYTES, 0))


def note_name(path: str) -> None:
    """That what something is called gets into the result."""
    permit = _permit.get()
    if permit is not None and permit.origins is not None and (origin := permit.origins.of_name(path)):
        permit.heard[origin] = None


def note_folder(folder: str) -> None:
    """That a program reads what it likes in a folder, with links followed."""
    permit = _permit.get()
    if permit is not None and permit.origins is not None and (origin := permit.origins.any_in(folder)):
        permit.heard[origin] = None


def has_heard() -> bool:
    """Whether the call has come upon words from outside in files or names."""
    permit = _permit.get()
    return permit is not None and bool(permit.heard)


def note_made(paths: Iterable[str]) -> None:
    """That a program wrote files, and had words from outside before it."""
    permit = _permit.get()
    if permit is not None:
        permit.made.extend(paths)


def _require_open(permit: Permit, where: str, status: os.stat_result, handle: int) -> None:
    places = Places.here()
    if places.is_private(where, permit.root) or places.is_second_name(status) or _holds_key(status, handle):
        raise ToolRetry(f"{os.path.basename(where)} is private, so it was not read.", code="private", hint=HINT)
    if permit.is_shut(where):
        raise ToolRetry(f"A rule of yours keeps {os.path.basename(where)} shut.", code="private", hint="`deskhand` shows the rules under permissions; another file may do.")
