"""Archives unpacked into a folder of numbered files. Called in a box (:mod:`tools.sandbox.box`): what an archive says of itself may be a lie."""

from __future__ import annotations

import io
import os
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from core.errors import ToolRetry
from tools.documents.content import size_of
from tools.regular_files import open_regular

MOST_UNPACKED = 2_000_000_000  # bytes in all, counted as they come
MOST_MEMBERS = 10_000
RATIO, FREE = 250, 100_000_000  # how often larger than the archive its content may be, and bytes up to which that does not matter
LONGEST_NAME, LONGEST_PART = 2000, 255  # bytes of a name, and of what stands between two slashes
_PIECE = 1 << 20


def unpack(name: str, folder: str) -> list[tuple[str, int]]:
    """Unpack every file of an archive as ``folder/0``, ``folder/1`` …; the names with their sizes in bytes, of folders -1. Raises :class:`ToolRetry`."""
    packed = Path(name)
    most = min(MOST_UNPACKED, max(FREE, RATIO * packed.stat().st_size))
    members: list[tuple[str, int]] = []
    total = 0
    try:
        for inner, content in _members(packed):
            _require_name(inner)
            if len(members) >= MOST_MEMBERS:
                raise _too_large(f"The archive holds more than {MOST_MEMBERS:,} files")
            size = -1 if content is None else _copy(content, Path(folder) / str(len(members)), most - total, most)
            total += max(0, size)
            members.append((inner, size))
    except (tarfile.TarError, zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, ValueError) as error:
        raise ToolRetry(
            f"{packed.name} is no archive that can be unpacked ({error}).",
            code="unreadable",
            hint="It unpacks zip and tar (also gz, bz2, xz); a locked, damaged or other archive cannot be unpacked.",
        ) from error
    return members


def _members(packed: Path) -> Iterator[tuple[str, IO[bytes] | None]]:
    """Each file with its content, each folder with None; links and pipes are left out."""
    with open_regular(packed) as file:
        is_zip = zipfile.is_zipfile(file)
    with open_regular(packed) as file:
        if is_zip:
            with zipfile.ZipFile(file) as archive:
                if len(archive.infolist()) > MOST_MEMBERS:
                    raise _too_large(f"The archive holds {len(archive.infolist()):,} files, more than {MOST_MEMBERS:,}")
                for item in archive.infolist():
                    if item.is_dir():
                        yield item.filename, None
                        continue
                    with archive.open(item) as content:
                        yield item.filename, content
            return
        with tarfile.open(fileobj=file) as archive:
            for member in archive:
                if member.isdir():
                    yield member.name, None
                elif member.isfile():
                    yield member.name, archive.extractfile(member) or io.BytesIO()


def _copy(content: IO[bytes], target: Path, left: int, most: int) -> int:
    size = 0
    with target.open("wb") as made:
        while piece := content.read(_PIECE):
            size += len(piece)
            if size > left:
                raise _too_large(f"The archive unpacks to more than {size_of(most)}" + (f", over {RATIO} times its own size" if most < MOST_UNPACKED else ""))
            made.write(piece)
    return size


def _require_name(name: str) -> None:
    parts = os.fsencode(name).split(b"/")
    if len(os.fsencode(name)) > LONGEST_NAME or max(map(len, parts)) > LONGEST_PART or "\0" in name:
        raise ToolRetry(f"The archive holds a name of {len(name)} letters ({name[:60]!r} …), which is no name for a file; nothing was unpacked.", code="unsafe_archive")


def _too_large(sentence: str) -> ToolRetry:
    return ToolRetry(f"{sentence}; nothing was unpacked.", code="too_large", hint="open.file opens it in the program of the system.")
