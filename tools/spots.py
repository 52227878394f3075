"""A name in a folder that is held open: what is there, and what is done there, whatever becomes of the path meanwhile."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from core.errors import ToolFailed
from tools import handles


@dataclass(frozen=True, slots=True)
class Spot:
    """``name`` in ``folder``, a handle; without handles (Windows) ``name`` is the whole path and ``folder`` None. ``path`` is for words."""

    folder: int | None
    name: str
    path: Path

    def state(self) -> str | None:
        """None when nothing is there, ``dir``, ``link:target``, ``special``, or the SHA-256 of the file."""
        try:
            mode = os.stat(self.name, dir_fd=self.folder, follow_symlinks=False).st_mode
        except (FileNotFoundError, NotADirectoryError):
            return None
        if stat.S_ISDIR(mode):
            return "dir"
        if stat.S_ISLNK(mode):
            return f"link:{os.readlink(self.name, dir_fd=self.folder)}"
        return self._digest() if stat.S_ISREG(mode) else "special"

    def _digest(self) -> str:
        with self.open("rb", os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return "special"
            return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # of a file that is open for bytes

    def open(self, how: str, flags: int, mode: int = 0o600) -> BinaryIO:
        """The file there, never what a link leads to."""
        no_link = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
        return open(self.name, how, opener=lambda name, _: os.open(name, flags | no_link, mode, dir_fd=self.folder))  # type: ignore[return-value]

    def beside(self, name: str) -> Spot:
        """Another name in the same folder."""
        return Spot(self.folder, name if self.folder is not None else str(self.path.with_name(name)), self.path.with_name(name))

    def make_folder(self) -> None:
        os.mkdir(self.name, dir_fd=self.folder)

    def unlink(self) -> None:
        os.unlink(self.name, dir_fd=self.folder)

    def remove_folder(self) -> str:
        """Why it was not removed; empty where it was, or is gone."""
        state = self.state()
        if state in (None, "dir"):
            try:
                os.rmdir(self.name, dir_fd=self.folder) if state else None
            except OSError as error:
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                    raise
                return "it holds things that this run did not make"
            return ""
        return "it is no folder any more"

    def take_place_of(self, other: Spot, expected: str | None) -> None:
        """Move this file to where ``other`` is, which must hold what was ``expected`` (None: nothing). Raises :class:`ToolFailed` where it holds anything else, which then stays."""
        if expected is None:
            try:
                if not handles.rename(self.name, other.name, handles.NOREPLACE, self.folder, other.folder):
                    self._replace(other)
            except FileExistsError as error:
                raise changed_meanwhile(other.path) from error
            return
        if not handles.rename(self.name, other.name, handles.EXCHANGE, self.folder, other.folder):
            self._replace(other)
        elif self.state() != expected:  # somebody wrote there in this very moment: theirs stays
            handles.rename(self.name, other.name, handles.EXCHANGE, self.folder, other.folder)
            self.unlink()
            raise changed_meanwhile(other.path)
        else:
            self.unlink()

    def _replace(self, other: Spot) -> None:
        os.replace(self.name, other.name, src_dir_fd=self.folder, dst_dir_fd=other.folder)

    def move_to(self, other: Spot) -> None:
        """Rename or, to another file system, copy whole and then remove. Raises :class:`ToolFailed` where something has come there meanwhile."""
        try:
            if not handles.rename(self.name, other.name, handles.NOREPLACE, self.folder, other.folder):
                os.rename(self.name, other.name, src_dir_fd=self.folder, dst_dir_fd=other.folder)
        except FileExistsError as error:
            raise changed_meanwhile(other.path) from error
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            self._move_across(other)

    def _move_across(self, other: Spot) -> None:
        part = other.beside(f".deskhand-{other.path.name}")
        part.remove_tree()
        source, target = self._through_handle(), part._through_handle()
        if self.state() == "dir":
            shutil.copytree(source, target, symlinks=True)
        else:
            shutil.copy2(source, target, follow_symlinks=False)
        os.rename(part.name, other.name, src_dir_fd=part.folder, dst_dir_fd=other.folder)
        self.remove_tree()

    def remove_tree(self) -> None:
        """Remove what is there, with all that is in it; nothing where nothing is."""
        match self.state():
            case None:
                return
            case "dir":
                shutil.rmtree(self.name, dir_fd=self.folder) if self.folder is not None else shutil.rmtree(self.name)
            case _:
                self.unlink()

    def _through_handle(self) -> str:
        """A path that goes through the handle, for functions that take none."""
        link = f"/proc/self/fd/{self.folder}"
        return os.path.join(link, self.name) if self.folder is not None and Path(link).exists() else str(self.path)

    def is_same(self, other: Spot) -> bool:
        """Whether both names are of one file, as where only upper and lower case differ."""
        here, there = (os.stat(one.name, dir_fd=one.folder, follow_symlinks=False) for one in (self, other))
        return os.path.samestat(here, there)


@contextlib.contextmanager
def spot_at(path: Path, is_own: bool = False, make_parents: bool = False) -> Iterator[Spot]:
    """The spot of an absolute path. ``is_own``: in Deskhand's own folder, which may be a link. Raises :class:`tools.handles.LedAway` where a folder on the way is a link."""
    if make_parents:
        path.parent.mkdir(parents=True, exist_ok=True) if is_own or not handles.HAS_HANDLES else _make_folders(path.parent)
    if not handles.HAS_HANDLES:
        if not is_own and os.path.realpath(path.parent) != str(path.parent):
            raise handles.LedAway(errno.ELOOP, f"{path.parent} is a link to elsewhere now")
        yield Spot(None, str(path), path)
        return
    folder = handles.open_folder(os.path.realpath(path.parent) if is_own else str(path.parent))
    try:
        yield Spot(folder, path.name, path)
    finally:
        os.close(folder)


def _make_folders(folder: Path) -> None:
    """What is missing of a folder, each level made in the one before."""
    try:
        os.close(handles.open_folder(str(folder)))
    except FileNotFoundError:
        _make_folders(folder.parent)
        with spot_at(folder) as spot, contextlib.suppress(FileExistsError):
            spot.make_folder()


def changed_meanwhile(path: Path) -> ToolFailed:
    return ToolFailed(f"{path} changed in the meantime, so it was left alone.", code="conflict", hint="files.read shows what it holds now; then do it again.")
