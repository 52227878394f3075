"""Files between machines: by content hash, in pieces, resumable, checked whole; never through a model.

Whoever needs a file asks for it piece by piece. What has come is kept under its hash beside the finished ones, so that after any break only the rest is asked for.
A piece is answered only to a peer whom just this content was offered.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import shutil
import stat
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.clock import Clock
from core.devices.link import LinkDown, packed
from core.devices.store import Offers
from core.errors import DeskhandError, ToolFailed

PIECE = 512 * 1024  # bytes of one answer
AHEAD = 8  # pieces asked for before the first of them came
DIGEST = re.compile(r"[0-9a-f]{64}")
SPARE = 256_000_000  # bytes of the disk that are never filled
ANSWER_SECONDS = 10.0
Ask = Callable[[bytes, float], Awaitable[bytes]]


@dataclass(slots=True)
class Exchange:
    """One machine's side of it. ``kept`` tells where content of a hash lies; ``quota`` is in bytes, for all that comes in by one fetch."""

    folder: Path
    kept: Callable[[str], Path]
    offers: Offers
    clock: Clock
    quota: Callable[[], int]

    # -- giving -------------------------------------------------------------------------------------------------------

    async def offer(self, peer: str, path: Path) -> dict[str, Any]:
        """Let a peer fetch a file; returns ``{"digest", "bytes", "name"}``. Raises :class:`ToolFailed`."""
        try:
            path = Path(os.path.realpath(path))  # what is offered is this file, whatever becomes of a link to it
            before = path.stat()
            if not stat.S_ISREG(before.st_mode):
                raise ToolFailed(f"{path.name} is no ordinary file, so it is not given away.", code="unreadable")
            digest = await asyncio.to_thread(_digest, path)
            after = path.stat()
        except OSError as error:
            raise ToolFailed(f"{path.name} cannot be read: {error.strerror}.", code="unreadable") from error
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise ToolFailed(f"{path.name} changed while it was read.", code="changed", retryable=True)
        self.offers.add(peer, digest, str(path), after.st_size, after.st_mtime_ns)
        return {"digest": digest, "bytes": after.st_size, "name": path.name}

    async def piece(self, peer: str, question: dict[str, Any]) -> bytes:
        """A piece of a file that was offered to this peer. Raises :class:`DeskhandError`."""
        digest, start = str(question.get("digest", "")), question.get("start")
        offered = self.offers.get(peer, digest) if DIGEST.fullmatch(digest) else None
        if offered is None or not isinstance(start, int) or start < 0:
            raise DeskhandError("That was not offered.", code="not_offered")
        try:
            return await asyncio.to_thread(_read, self.kept(digest), start)  # by its content: nothing else can lie there
        except OSError:
            pass
        try:
            return await asyncio.to_thread(_read_same, Path(offered["path"]), start, offered["bytes"], offered["mtime_ns"])
        except OSError as error:
            raise DeskhandError("The file is not there any more, or was changed.", code="changed") from error

    # -- fetching -----------------------------------------------------------------------------------------------------

    async def fetch(self, digest: str, size: int, ask: Ask, seconds: float, progress: Callable[[int], None] = lambda done: None) -> Path:
        """Get content by its hash, going on where an earlier fetch broke off; waits through breaks of the line for up to ``seconds`` without any progress.

        Raises :class:`ToolFailed`: ``too_large``, ``no_space``, ``away``, ``damaged``.
        """
        if not DIGEST.fullmatch(digest) or size < 0:
            raise ToolFailed("That is no file.", code="bad_arguments")
        target = self.kept(digest)
        if target.exists():
            return target
        self._room(size)
        part = self.folder / f"{digest}.part"
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with part.open("ab") as file:
            await self._pieces(file, digest, size, ask, seconds, progress)
        if await asyncio.to_thread(_digest, part) != digest:
            part.unlink(missing_ok=True)
            raise ToolFailed("What came is not what was sent.", code="damaged", retryable=True)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.replace(target)
        return target

    def _room(self, size: int) -> None:
        if size > self.quota():
            raise ToolFailed(f"It is {size / 1e9:.1f} GB; at most {self.quota() / 1e9:.1f} GB may come in at once (devices.most_gb).", code="too_large")
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if shutil.disk_usage(self.folder).free < 2 * size + SPARE:
            raise ToolFailed("There is not enough room on the disk for it.", code="no_space")

    async def _pieces(self, file: Any, digest: str, size: int, ask: Ask, seconds: float, progress: Callable[[int], None]) -> None:
        """Several questions under way at once; pieces are written in order, so that the length of the file says what is there."""
        have = file.tell()
        moved = self.clock.monotonic()
        while have < size:
            starts = range(have, min(size, have + AHEAD * PIECE), PIECE)
            answers = await asyncio.gather(*(ask(packed({"op": "piece", "digest": digest, "start": start}), ANSWER_SECONDS) for start in starts), return_exceptions=True)
            for start, answer in zip(starts, answers, strict=True):
                wanted = min(PIECE, size - start)
                if isinstance(answer, BaseException):
                    if not isinstance(answer, LinkDown):
                        raise answer
                    break
                if len(answer) != wanted:
                    raise _why(answer)
                file.write(answer)
                have, moved = have + wanted, self.clock.monotonic()
            file.flush()
            progress(have)
            if have < size and self.clock.monotonic() - moved > seconds:
                raise ToolFailed("The other machine went away before all of it had come; what came is kept.", code="away", retryable=True)
            if any(isinstance(answer, BaseException) for answer in answers):
                await self.clock.sleep(0.25)


def _why(answer: bytes) -> ToolFailed:
    import json

    try:
        told = json.loads(answer)
        return ToolFailed(f"The other machine does not give it: {told['message']}", code=str(told["error"]))
    except (ValueError, KeyError, TypeError):
        return ToolFailed("The other machine sent something else.", code="damaged")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_same(path: Path, start: int, size: int, mtime_ns: int) -> bytes:
    """A piece of the file that was offered; raises :class:`OSError` where another one is in its place, be it by a link."""
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or (status.st_size, status.st_mtime_ns) != (size, mtime_ns) or os.path.realpath(path) != str(path):
            raise FileNotFoundError(str(path))
        file.seek(start)
        return file.read(PIECE)


def _read(path: Path, start: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(PIECE)
