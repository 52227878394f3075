"""Content-addressed storage of file contents: what a write will put, and what was there before."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from pathlib import Path

from core.errors import ToolFailed
from tools.regular_files import open_regular

_preparing: ContextVar[str] = ContextVar("preparing", default="")  # the run whose call is being prepared


@contextlib.contextmanager
def preparing(run_id: str) -> Iterator[None]:
    """What is kept in here is kept for a run, until that has ended or the change is made."""
    token = _preparing.set(run_id)
    try:
        yield
    finally:
        _preparing.reset(token)


class BlobStore:
    """Files named by the SHA-256 of their content, in ``folder/ab/abcd…``; written whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()  # contents are kept from threads
        self._loose: dict[str, set[str]] = {}  # contents that no change holds yet, each with the runs that prepared it

    def path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest

    def put(self, content: bytes) -> str:
        """Keep bytes; returns their digest."""
        digest = hashlib.sha256(content).hexdigest()
        if not self._is_there(digest):
            with self._writing(digest) as file:
                file.write(content)
        return digest

    def put_file(self, source: Path, is_own: bool = False, is_told: bool = True) -> str:
        """Keep a copy of a file (``is_own``: one that Deskhand made; not ``is_told``: only to bring it back); returns the digest of what was copied."""
        digest = digest_of_file(source)
        if not self._is_there(digest):
            with open_regular(source, is_own, is_told) as reading, self._writing(digest) as file:
                shutil.copyfileobj(reading, file, 1 << 20)
        return digest

    def take(self, made: Path) -> str:
        """Keep a file that Deskhand made for this, which moves here; returns its digest."""
        digest = digest_of_file(made)
        target = self.path(digest)
        if not self._is_there(digest):
            try:
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                os.chmod(made, 0o600)
                os.replace(made, target)
            except OSError as error:
                raise _unkept(error) from error
        return digest

    def _is_there(self, digest: str) -> bool:
        """Whether a content is kept already; then it is used again now. Notes for which run it is kept until a change holds it."""
        run_id = _preparing.get()
        with self._lock:
            is_there = self.path(digest).exists()
            if is_there:
                with contextlib.suppress(OSError):
                    os.utime(self.path(digest))
            if run_id and (not is_there or digest in self._loose):
                self._loose.setdefault(digest, set()).add(run_id)
            return is_there

    def hold(self, digests: Iterable[str | None]) -> None:
        """A change holds these contents from now on."""
        with self._lock:
            for digest in digests:
                self._loose.pop(digest or "", None)

    def let_go(self, run_id: str) -> None:
        """Remove what was only prepared in a run: it was refused, or only looked at."""
        with self._lock:
            for digest, runs in list(self._loose.items()):
                runs.discard(run_id)
                if not runs:
                    del self._loose[digest]
                    self.path(digest).unlink(missing_ok=True)

    def read(self, digest: str) -> bytes:
        """The bytes. Raises :class:`ToolFailed` when they are no longer kept."""
        try:
            return self.path(digest).read_bytes()
        except OSError as error:
            raise ToolFailed(
                f"The kept copy {digest[:12]} is not there any more.", code="blob_missing", hint="What was there before cannot be brought back; the file stays as it is."
            ) from error

    @contextlib.contextmanager
    def _writing(self, digest: str):  # type: ignore[no-untyped-def]
        target = self.path(digest)
        try:
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=target.parent)
            try:
                with os.fdopen(handle, "wb") as file:
                    yield file
                os.replace(name, target)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(name)
                raise
        except OSError as error:
            raise _unkept(error) from error


def _unkept(error: OSError) -> ToolFailed:
    code = "no_space" if error.errno == 28 else "not_writable"
    hint = "The disk is full: system.info says how full." if code == "no_space" else "Deskhand's own folder cannot be written: `deskhand doctor` says why."
    return ToolFailed(f"Nothing was changed: the copy to undo it by cannot be kept ({error.strerror}).", code=code, hint=hint)


def digest_of_file(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal."""
    with open_regular(path, is_own=True) as file:
        digest = hashlib.sha256()
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()
