"""The one engine that changes files: plan, apply, verify, undo.

Each change knows the state before and after it, so that applying is idempotent: what is already made is passed over, what
is neither before nor after is a conflict and is never overwritten. That is what makes ``kill -9`` harmless.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from pathlib import Path
from typing import Any, BinaryIO

from core.errors import DeskhandError, ToolFailed, ToolRetry
from core.gate.places import under
from core.ports import Change, Remembered, Reminders
from tools.blobs import BlobStore, digest_of_file
from tools.handles import LedAway
from tools.spots import Spot, changed_meanwhile, spot_at


def state_of(path: Path) -> str | None:
    """None when nothing is there, ``dir``, ``link:target``, ``special``, or the SHA-256 of the file."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return None
    except NotADirectoryError:
        return None
    if stat.S_ISDIR(mode):
        return "dir"
    if stat.S_ISLNK(mode):
        return f"link:{os.readlink(path)}"
    return digest_of_file(path) if stat.S_ISREG(mode) else "special"


class Changes:
    """Makes and takes back changes; contents live in the blob store, removed things in the trash."""

    def __init__(self, blobs: BlobStore, trash: Path) -> None:
        self.blobs = blobs
        self.trash = trash
        self.schedules: Reminders | None = None  # set by who makes both
        self.memory: Remembered | None = None  # likewise

    # -- planning ---------------------------------------------------------------------------------------------------

    def put(self, path: Path, content: bytes) -> Change:
        """A change that gives ``path`` this content; what was there is kept."""
        return self._put(path, self.blobs.put(content))

    def put_file(self, path: Path, source: Path) -> Change:
        """The same, with the content of another file."""
        return self._put(path, self.blobs.put_file(source))

    def put_made(self, path: Path, scratch: Path) -> Change:
        """The same, with the content of a file that was made for this, in Deskhand's own folder."""
        return self._put(path, self.blobs.take(scratch))

    def put_kept(self, path: Path, digest: str) -> Change:
        """The same, with content that is kept already."""
        return self._put(path, digest)

    def _put(self, path: Path, after: str) -> Change:
        before = state_of(path)
        if before in ("dir", "special"):
            raise ToolRetry(f"{path} is a folder or no ordinary file, so no text can be put there.", hint="Choose another name, or one inside the folder.")
        if before is None:
            return Change("put", str(path), after=after)
        info = path.stat()
        return Change("put", str(path), before=self.blobs.put_file(path, is_told=False), after=after, mode=stat.S_IMODE(info.st_mode), mtime_ns=info.st_mtime_ns)

    def folders(self, path: Path) -> list[Change]:
        """What it takes for ``path`` to be a folder: one change for each level that is missing."""
        missing: list[Change] = []
        while state_of(path) is None:
            missing.append(Change("mkdir", str(path)))
            path = path.parent
        if not path.is_dir():
            raise ToolRetry(f"{path} is a file, not a folder.", hint="Choose another folder, or move the file away first: files.move.")
        return missing[::-1]

    def schedule(self, schedule_id: str, content: bytes | None) -> Change:
        """A schedule kept, changed or (None) taken away."""
        before = self._scheduled(schedule_id)
        return Change("schedule", schedule_id, before=None if before is None else self.blobs.put(before), after=None if content is None else self.blobs.put(content))

    def _scheduled(self, schedule_id: str) -> bytes | None:
        if self.schedules is None:
            raise ToolFailed("There are no schedules here.", code="no_schedules", hint="tasks.add keeps a task with a day.")
        return self.schedules.content(schedule_id)

    def _put_schedule(self, schedule_id: str, now_wanted: tuple[str | None, str | None]) -> str:
        """Bring a schedule from one state to the other; why that cannot be, empty where it is done."""
        expected, wanted = now_wanted
        content = self._scheduled(schedule_id)
        now = None if content is None else self.blobs.put(content)
        if now != wanted and now != expected:
            return "the schedule was changed since"
        if now != wanted:
            assert self.schedules is not None
            self.schedules.put(schedule_id, None if wanted is None else self.blobs.read(wanted))
        return ""

    def _remember(self, change: Change) -> None:
        """Keep a fact or forget one; done twice it is done once."""
        if self.memory is None:
            raise ToolFailed("There is no memory here.", code="unavailable", hint="notes.add keeps it as a note.")
        try:
            self.memory.keep(change.path, change.to, bool(change.before), change.after or "") if change.to else self.memory.drop(change.path)
        except DeskhandError as error:
            raise ToolFailed(error.message, code=error.code, hint=error.hint) from error

    def move(self, source: Path, target: Path) -> Change:
        return Change("move", str(source), to=str(target), before=state_of(source))

    def to_trash(self, source: Path, key: str) -> list[Change]:
        """Moving something to Deskhand's trash, in a folder named by the step."""
        folder = self.trash / key
        number = 0
        while (folder / str(number)).exists():
            number += 1
        return [self.move(source, folder / str(number) / source.name)]

    # -- applying ---------------------------------------------------------------------------------------------------

    def apply(self, changes: tuple[Change, ...]) -> None:
        """Make the changes in order. Raises :class:`ToolFailed`; what was made before the failure stays journalled for undo."""
        for change in changes:
            try:
                self._apply(change)
            except OSError as error:
                raise _failed(change, error) from error

    def _apply(self, change: Change) -> None:
        if change.kind == "memory":
            self._remember(change)
        elif change.kind == "schedule" and (why := self._put_schedule(change.path, (change.before, change.after))):
            raise ToolFailed(f"It was left alone: {why}.", code="conflict", hint="schedule.list shows how it is now.")
        elif change.kind in ("mkdir", "put", "move"):
            try:
                self._apply_to_files(change)
            except LedAway as away:
                raise ToolFailed(f"{change.path} was left alone: {away.strerror}.", code="conflict", hint="files.info tells what is there now.") from away

    def _apply_to_files(self, change: Change) -> None:
        if change.kind == "move":
            self._move(Path(change.path), Path(change.to), change.before)
            return
        with self._spot(Path(change.path)) as spot:
            if change.kind == "put":
                self._apply_put(spot, change)
            elif spot.state() != "dir":
                spot.make_folder()

    def _spot(self, path: Path, make_parents: bool = False) -> contextlib.AbstractContextManager[Spot]:
        """Plans name folders with links followed; Deskhand's own folder may be one, and is nobody else's to change."""
        return spot_at(path, under(str(path), str(self.trash.parent)), make_parents)

    def _apply_put(self, spot: Spot, change: Change) -> None:
        assert change.after is not None
        now, part = spot.state(), _part_of(spot, change.after)
        if now == change.after:
            self._clear_part(part, spot, change.before)
            return
        if now != change.before:
            raise changed_meanwhile(spot.path)
        self._replace(spot, change.after, change.before, change.mode)

    @staticmethod
    def _clear_part(part: Spot, spot: Spot, before: str | None) -> None:
        """What a crash left just after a content had taken its place: what was there until then, or what somebody else had put there in that moment, which goes back."""
        left = part.state()
        if left is not None and left != before:
            part.take_place_of(spot, spot.state())
            raise changed_meanwhile(spot.path)
        if left is not None:
            part.unlink()

    def _replace(self, spot: Spot, digest: str, expected: str | None, mode: int | None, mtime_ns: int | None = None) -> None:
        """Give a file a content that is kept. What is there must be what was expected, until the moment in which it is replaced."""
        part = _part_of(spot, digest)
        with contextlib.suppress(FileNotFoundError):
            part.unlink()  # a crash left it; what is written now is the same
        try:
            with part.open("wb", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666 if mode is None else 0o600) as file, self.blobs.path(digest).open("rb") as source:
                if _copied(source, file) != digest:
                    raise ToolFailed(f"The kept copy of {spot.path.name} is damaged, so {spot.path} was left as it is.", code="blob_damaged", hint="A copy from a backup may do.")
                file.flush()
                os.fsync(file.fileno())
                _set_mode_and_time(file, part, mode, mtime_ns)
            part.take_place_of(spot, expected)
        except BaseException:
            with contextlib.suppress(OSError):
                part.unlink()
            raise

    def _move(self, source_path: Path, target_path: Path, before: str | None) -> None:
        with self._spot(source_path) as source, self._spot(target_path, make_parents=True) as target:
            here, there = source.state(), target.state()
            if here is None and there is not None and (before is None or there == before):
                return
            if here is None:
                raise ToolFailed(f"{source.path} is not there any more.", code="conflict", hint="files.find looks for where it went.")
            if there is not None and source.is_same(target):
                os.rename(source.name, target.name, src_dir_fd=source.folder, dst_dir_fd=target.folder)  # only the case of the name changes
                return
            if there is not None and not (here == there == before and before not in (None, "dir")):
                raise ToolFailed(
                    f"{target.path} is already there, so {source.path.name} was not moved.", code="conflict", hint="Choose another name, or move what is there away first."
                )
            if there is not None:
                source.unlink()  # a crash came between copying across file systems and removing the original
                return
            source.move_to(target)

    # -- checking ---------------------------------------------------------------------------------------------------

    def missing(self, changes: tuple[Change, ...]) -> str | None:
        """None when every change is to be seen on the disk, else the first that is not. Later changes may build on earlier ones."""
        final: dict[str, str | None] = {}
        for change in changes:
            if change.kind == "memory" and (self.memory is None or self.memory.holds(change.path, change.to) is not bool(change.to)):
                return "the memory is not as it should be"
        for change in changes:
            if change.kind == "move":
                final = {key: value for key, value in final.items() if key != change.path}
                final[change.path], final[change.to] = None, change.before
            elif change.kind in ("put", "mkdir"):
                final[change.path] = change.after if change.kind == "put" else "dir"
        for name, expected in final.items():
            if any(change.kind == "move" and name.startswith(change.path + os.sep) for change in changes):
                continue
            if state_of(Path(name)) != expected:
                return f"{name} is not as it should be"
        return None

    # -- undoing ----------------------------------------------------------------------------------------------------

    def undo(self, changes: tuple[Change, ...]) -> list[dict[str, Any]]:
        """Take changes back, last first; each row says whether it worked, and if not, why. Doing it twice is harmless."""
        rows = []
        for change in reversed(changes):
            try:
                why = self._undo(change)
            except (OSError, ToolFailed) as error:
                why = getattr(error, "message", None) or getattr(error, "strerror", None) or str(error)
            rows.append({"path": change.path, "undone": not why, "why": why})
        return rows

    def _undo(self, change: Change) -> str:
        if change.kind == "schedule":
            return self._put_schedule(change.path, (change.after, change.before))
        if change.kind == "memory":
            if not change.to:
                return "what is forgotten is gone for good"
            assert self.memory is not None
            self.memory.drop(change.path, everywhere=False)
            return ""
        if change.kind == "move":
            return self._undo_move(Path(change.path), Path(change.to), change)
        try:
            with self._spot(Path(change.path)) as spot:
                return spot.remove_folder() if change.kind == "mkdir" else self._undo_put(spot, change)
        except (FileNotFoundError, NotADirectoryError):  # nor is its folder
            return "" if change.kind == "mkdir" or change.before is None else "it is not there any more"

    def _undo_put(self, spot: Spot, change: Change) -> str:
        now, part = spot.state(), _part_of(spot, change.after or "")
        try:
            self._clear_part(part, spot, change.before if now == change.after else part.state())  # where a crash came
        except ToolFailed:
            return "it was changed since"
        if now == change.before:
            return ""
        if now != change.after:
            return "it was changed since" if now else "it is not there any more"
        if change.before is None:
            spot.unlink()
        else:
            self._replace(spot, change.before, now, change.mode, change.mtime_ns)
        return ""

    def _undo_move(self, path: Path, target: Path, change: Change) -> str:
        there, here = state_of(target), state_of(path)
        if there is None:
            return "" if here is not None else "it is not there any more"
        if here is not None:
            return f"something else is at {path} now"
        if change.before != "dir" and there != change.before:
            return "it was changed since"
        self._move(target, path, change.before)
        if target.is_relative_to(self.trash):
            with contextlib.suppress(OSError):
                target.parent.rmdir()
        return ""


def _copied(source: BinaryIO, target: BinaryIO) -> str:
    """Copy all of it; the SHA-256 of what was copied."""
    digest = hashlib.sha256()
    while piece := source.read(1 << 20):
        digest.update(piece)
        target.write(piece)
    return digest.hexdigest()


def _set_mode_and_time(file: BinaryIO, part: Spot, mode: int | None, mtime_ns: int | None) -> None:
    """By the handle where the system can, as the name may be another's by then."""
    has_handles = os.chmod in os.supports_fd and os.utime in os.supports_fd
    place: Any = file.fileno() if has_handles else part.name
    if mode is not None:
        os.chmod(place, mode)
    if mtime_ns is not None:
        os.utime(place, ns=(mtime_ns, mtime_ns))


def _failed(change: Change, error: OSError) -> ToolFailed:
    codes = {28: "no_space", 122: "no_space", 13: "not_permitted", 1: "not_permitted", 30: "not_permitted", 36: "bad_arguments"}
    hints = {
        "no_space": "The disk is full: system.info says how full.",
        "not_permitted": "It belongs to somebody else, or may not be changed; files in the workspace can be.",
        "bad_arguments": "The name is too long; choose a shorter one.",
    }
    code = codes.get(error.errno or 0, "tool_failed")
    return ToolFailed(f"{change.to or change.path} could not be written: {error.strerror}.", code=code, hint=hints.get(code, "files.info tells what is there."))


def _part_of(spot: Spot, digest: str) -> Spot:
    """Where a content is written before it takes its place: named by both, so that whoever does it again after a crash finds what was left."""
    return spot.beside(f".deskhand-{hashlib.sha256(os.fsencode(spot.path.name) + digest.encode()).hexdigest()[:32]}")
