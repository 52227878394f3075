"""Which files are meant: names, patterns, several of them, all but some, only files or only folders."""

from __future__ import annotations

import fnmatch
import glob
import os
from pathlib import Path
from typing import Literal

from core.errors import ToolRetry
from tools import paths

Only = Literal["all", "files", "folders"]
MARKS = "*?["


def is_pattern(text: str) -> bool:
    """Whether ``text`` is a pattern rather than a name."""
    return any(mark in text for mark in MARKS)


def select(source: str | list[str], workspace: Path, exclude: list[str] | None = None, only: Only = "all") -> list[Path]:
    """What ``source`` names, each once, in order. Raises :class:`ToolRetry` for a name that is not there and for no match at all.

    Of several patterns some may match nothing. Hidden things are matched only by a pattern that starts with a point.
    """
    names = [source] if isinstance(source, str) else source
    found = [item for name in names for item in _one(name, workspace)]
    kept = [item for item in dict.fromkeys(found) if _wanted(item, workspace, exclude or [], only)]
    if not kept:
        hint = "files.list shows what is there, files.find looks in all subfolders."
        raise ToolRetry(f"Nothing matches {', '.join(names)}." if names else "Nothing was found, so there is nothing to do it to.", code="not_found", hint=hint)
    return kept


def _one(name: str, workspace: Path) -> list[Path]:
    path = paths.resolve(name, workspace)
    if os.path.lexists(path) or not is_pattern(name):
        return [paths.existing(name, workspace)]
    hidden = Path(name).name.startswith(".")
    return [item for item in map(Path, sorted(glob.glob(_any_case(str(path)), include_hidden=hidden))) if hidden or not item.name.startswith(".")]


def _any_case(pattern: str) -> str:
    """``*.pdf`` also finds ``A.PDF``: only the letters of the last part, and only outside brackets."""
    folder, _, last = pattern.rpartition("/")
    loose = last if "[" in last else "".join(f"[{letter.lower()}{letter.upper()}]" if letter.isascii() and letter.isalpha() else letter for letter in last)
    return f"{folder}/{loose}"


def _wanted(item: Path, workspace: Path, exclude: list[str], only: Only) -> bool:
    if (only == "files" and item.is_dir()) or (only == "folders" and not item.is_dir()):
        return False
    return not any(fnmatch.fnmatch(item.name.lower(), Path(name).name.lower()) or item == paths.resolve(name, workspace) for name in exclude)
