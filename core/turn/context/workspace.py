"""The names in the workspace, as a person would see them who opens the folder: two levels, capped."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

NAMES_LETTERS = 100_000  # of the names, for finding those that a request names
MOST_LOOKED_AT = 2000  # entries of one folder; a folder with more is only counted
FILES_FIRST_LEVEL, FILES_BELOW = 60, 12  # names that are listed of the workspace, and of each folder in it


@dataclass(frozen=True, slots=True)
class Listing:
    """``names`` are all that were seen (folders end with a slash), ``text`` those that are shown, with sizes and with what was left out."""

    names: tuple[str, ...]
    text: str


def list_workspace(folder: Path, letters: int, is_foreign: Callable[[Path], object] = lambda path: False) -> Listing:
    """What lies in ``folder``, in at most about so many ``letters``. A folder that cannot be read is said to be so. What ``is_foreign`` says is called by others is left to the tools, which mark it."""
    try:
        entries = _entries(folder)
    except OSError as error:
        return Listing((), f"(The folder cannot be read: {error.strerror}.)")
    entries = [entry for entry in entries if not is_foreign(Path(entry.path))]
    inside = {entry.name: [other for other in _below(entry) if not is_foreign(Path(other.path))] for entry in entries if entry.is_dir(follow_symlinks=False)}
    names = [name for entry in entries for name in (_path(entry), *(f"{entry.name}/{_path(other)}" for other in inside.get(entry.name, ())))]
    lines = [_line(entry, inside.get(entry.name, ()), with_sizes=True) for entry in entries]
    if sum(len(line) + 1 for line in lines[:FILES_FIRST_LEVEL]) > letters:  # sizes within folders cost room that names need
        lines = [_line(entry, inside.get(entry.name, ()), with_sizes=False) for entry in entries]
    return Listing(tuple(names), _capped(lines, letters) or "(The folder is empty.)")


def _path(entry: os.DirEntry[str]) -> str:
    return entry.name + ("/" if entry.is_dir(follow_symlinks=False) else "")


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as found:
        seen = [entry for _, entry in zip(range(MOST_LOOKED_AT), found, strict=False)]
    return sorted((entry for entry in seen if not entry.name.startswith(".")), key=lambda entry: (not entry.is_dir(follow_symlinks=False), entry.name.lower()))


def _below(folder: os.DirEntry[str]) -> list[os.DirEntry[str]]:
    try:
        return _entries(Path(folder.path))
    except OSError:
        return []


def _line(entry: os.DirEntry[str], below: Sequence[os.DirEntry[str]], with_sizes: bool) -> str:
    name = _shown(entry.name)
    if entry.is_dir(follow_symlinks=False):
        shown = ", ".join(_shown(_path(other)) + (f" ({_size(other)})" if with_sizes and other.is_file(follow_symlinks=False) else "") for other in below[:FILES_BELOW])
        more = f", and {len(below) - FILES_BELOW} more" if len(below) > FILES_BELOW else ""
        return f"{name}/ ({len(below)}): {shown}{more}" if below else f"{name}/ (empty)"
    return f"{name} ({_size(entry)})"


def _size(entry: os.DirEntry[str]) -> str:
    try:
        count = entry.stat(follow_symlinks=False).st_size
    except OSError:
        return "?"
    return f"{count} B" if count < 1000 else f"{count / 1000:.1f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


def _shown(name: str) -> str:
    """A name as one line that cannot be taken for anything else: undecodable bytes and control characters replaced."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name)


def _capped(lines: list[str], letters: int) -> str:
    kept = list(_within(lines[:FILES_FIRST_LEVEL], letters))
    left = len(lines) - len(kept)
    return "\n".join(kept) + (f"\n(and {left} more; files_list shows them)" if left else "")


def _within(lines: list[str], letters: int) -> Iterator[str]:
    for line in lines:
        letters -= len(line) + 1
        if letters < 0:
            return
        yield line
