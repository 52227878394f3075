"""Content-addressed storage of file contents: what a write will put, and what was there before."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from core.errors import ToolFailed
from tools.regular_files import open_regular


class BlobStore:
    """Files named by the SHA-256 of their content, in ``folder/ab/abcd…``; written whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest

    def put(self, content: bytes) -> str:
        """Keep bytes; returns their digest."""
        digest = hashlib.sha256(content).hexdigest()
        if not self.path(digest).exists():
            with self._writing(digest) as file:
                file.write(content)
        return digest

    def put_file(self, source: Path, is_own: bool = False) -> str:
        """Keep a copy of a file (``is_own``: one that Deskhand made); returns the digest of what was copied."""
        digest = digest_of_file(source)
        if not self.path(digest).exists():
            with open_regular(source, is_own) as reading, self._writing(digest) as file:
                shutil.copyfileobj(reading, file, 1 << 20)
        return digest

    def take(self, made: Path) -> str:
        """Keep a file that Deskhand made for this, which moves here; returns its digest."""
        digest = digest_of_file(made)
        target = self.path(digest)
        if not target.exists():
            try:
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                os.chmod(made, 0o600)
                os.replace(made, target)
            except OSError as error:
                raise _unkept(error) from error
        return digest

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
