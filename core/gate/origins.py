"""Where the words in files came from: kept with the files (an extended attribute) and in a table of our own, since most programs lose the attribute.

A file is known by its path, by what it is on the disk (so that it may be moved) and by its content (so that it may be copied, by whatever program). A mark only ever taints: that there is
none says nothing, and files of the person's own making have none. Names can be from outside as well as contents; they are kept apart, so that a file that was only renamed stays clean.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from core.clock import Clock, iso
from core.gate.obeyed import under
from core.storage.database import Database

ATTRIBUTE = "user.deskhand.origin"
FOREIGN = ("user.xdg.origin.url",)  # what browsers and curl write
MOST_HASHED = 50_000_000  # bytes of a file whose content is compared
MOST_KEPT = 100_000  # files, and contents; the oldest go first
MOST_LETTERS = 300  # of an origin
KEPT = "a file that a server or a page gave"
BY_KIND = {".eml": "a mail", ".mbox": "mails", ".msg": "a mail", ".mht": "a saved page", ".mhtml": "a saved page"}  # what somebody else wrote, wherever it lies
_NAME = -1  # in place of an inode: only the name of the path is from outside


class Origins:
    """Looked at from any thread, written by the loop's. ``of_*`` return the origin in words, empty where none is known."""

    def __init__(self, database: Database, clock: Clock, foreign: tuple[str, ...] = ()) -> None:
        """``foreign`` are folders where only what others wrote is kept, with links followed."""
        self._database, self._clock, self._foreign = database, clock, foreign
        self._contents: dict[str, tuple[str, int]] = {}  # by digest: origin, and how many bytes
        self._sizes: set[int] = set()
        self._paths: dict[str, str] = {}
        self._files: dict[tuple[int, int], str] = {}
        self._names: dict[str, str] = {}
        for table, key in (("content_origin", "digest"), ("file_origin", "path")):
            database.execute(f"DELETE FROM {table} WHERE {key} IN (SELECT {key} FROM {table} ORDER BY at DESC LIMIT -1 OFFSET ?)", (MOST_KEPT,))
        for row in database.execute("SELECT digest, size, origin FROM content_origin"):
            self._know_content(row["digest"], row["size"], row["origin"])
        for row in database.execute("SELECT path, device, inode, origin FROM file_origin"):
            self._know_path(row["path"], row["device"], row["inode"], row["origin"])

    # -- looking ------------------------------------------------------------------------------------------------------

    def of_file(self, where: str, status: os.stat_result, handle: int) -> str:
        """The origin of an opened file, by its path with links followed."""
        found = self._paths.get(where) or self._files.get((status.st_dev, status.st_ino), "")
        found = found or _attribute_of(handle) or self._of_content(status, handle) or next((KEPT for folder in self._foreign if under(where, folder)), "")
        return found or next((origin for ending, origin in BY_KIND.items() if where.lower().endswith(ending)), "")

    def of_name(self, where: str) -> str:
        """The origin of what something is called."""
        return self._names.get(where, "") if self._names else ""

    def any_in(self, folder: str) -> str:
        """The origin of some file in a folder; empty where none of them is known to be from outside."""
        return next((origin for path, origin in self._paths.items() if under(path, folder)), "")

    def _of_content(self, status: os.stat_result, handle: int) -> str:
        if status.st_size not in self._sizes or status.st_size > MOST_HASHED:
            return ""
        digest, at = hashlib.sha256(), 0
        with contextlib.suppress(OSError):
            while piece := os.pread(handle, 1 << 20, at) if hasattr(os, "pread") else b"":
                digest.update(piece)
                at += len(piece)
        return self._contents.get(digest.hexdigest(), ("", 0))[0]

    # -- keeping ------------------------------------------------------------------------------------------------------

    def mark(self, path: str, origin: str, digest: str = "") -> None:
        """Keep that a file, which is there, holds words from outside; ``digest`` is its SHA-256, where it is known."""
        origin = " ".join(origin.split())[:MOST_LETTERS]
        try:
            status = os.lstat(path)
        except OSError:
            return
        with contextlib.suppress(OSError, AttributeError):  # not every file system has attributes, and not every system
            os.setxattr(path, ATTRIBUTE, origin.encode(), follow_symlinks=False)
        self._write_path(path, status.st_dev, status.st_ino, origin)
        if digest and status.st_size:
            self._know_content(digest, status.st_size, origin)
            self._database.execute("INSERT OR REPLACE INTO content_origin VALUES (?, ?, ?, ?)", (digest, status.st_size, origin, iso(self._clock.now())))

    def mark_name(self, path: str, origin: str) -> None:
        """Keep that what a file or folder is called is from outside."""
        self._write_path(path, 0, _NAME, " ".join(origin.split())[:MOST_LETTERS])

    def clear(self, path: str) -> None:
        """Forget what was kept of a path: it has other content now, of the person's own."""
        if path in self._paths or path in self._names:
            self._forget([path])

    def move(self, source: str, target: str) -> None:
        """A file or folder went elsewhere, with what is in it."""
        found = [(path, origin, names) for names in (self._paths, self._names) for path, origin in names.items() if under(path, source)]
        self._forget(path for path, _, _ in found)
        for path, origin, names in found:
            new = target + path[len(source) :]
            if names is self._names:
                if path != source:  # which is called otherwise now
                    self.mark_name(new, origin)
            else:
                self.mark(new, origin)

    def _write_path(self, path: str, device: int, inode: int, origin: str) -> None:
        self._know_path(path, device, inode, origin)
        self._database.execute("INSERT OR REPLACE INTO file_origin VALUES (?, ?, ?, ?, ?)", (path, device, inode, origin, iso(self._clock.now())))

    def _forget(self, paths: Iterable[str]) -> None:
        for path in list(paths):
            self._paths.pop(path, None)
            self._names.pop(path, None)
            row = self._database.execute("SELECT device, inode FROM file_origin WHERE path = ?", (path,)).fetchone()
            if row is not None:
                self._files.pop((row["device"], row["inode"]), None)
            self._database.execute("DELETE FROM file_origin WHERE path = ?", (path,))

    def _know_content(self, digest: str, size: int, origin: str) -> None:
        self._contents[digest] = (origin, size)
        self._sizes.add(size)

    def _know_path(self, path: str, device: int, inode: int, origin: str) -> None:
        if inode == _NAME:
            self._names[path] = origin
        else:
            self._paths[path] = origin
            if Path(path).exists():
                self._files[device, inode] = origin


def _attribute_of(handle: int) -> str:
    if not hasattr(os, "getxattr"):
        return ""
    for name in (ATTRIBUTE, *FOREIGN):
        with contextlib.suppress(OSError):
            return os.getxattr(handle, name).decode("utf-8", "replace")[:MOST_LETTERS]
    return ""
