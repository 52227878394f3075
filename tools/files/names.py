"""Which files a call means, and errors that lead on where there is none."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import ToolRetry
from core.gate.places import Places, is_kernels
from tools import paths
from tools.documents.frame import printable
from tools.files.wording import listed
from tools.selection import Only, is_pattern, select

SKIPPED = {".git", "node_modules", "__pycache__", ".venv"}
LOOKED_AT = 5000  # names that are gone through to find where a missing file might be
MOST_FILES = 2000  # files of one pattern or folder


@dataclass(frozen=True, slots=True)
class Missing:
    """Something named that cannot be had, with why and what would be right."""

    name: str
    why: str
    hint: str = ""

    @property
    def sentence(self) -> str:
        """``letters/old: it is a folder in the folder. letters/old/* reads its files.``"""
        name = printable(self.name)
        said = self.why if f" {Path(self.name).name}" in f" {self.why}" else f"{name}: {self.why}"
        return f"{said.rstrip('.')}. {self.hint}".strip()


def existing(name: str, workspace: Path) -> Path:
    """The path of something that is there. Raises :class:`ToolRetry` with names that are near, and where such a file is."""
    try:
        return paths.existing(name, workspace)
    except ToolRetry as error:
        if error.code != "not_found":
            raise
        raise ToolRetry(error.message, code=error.code, hint=hint_for(name, workspace)) from error


def choose(source: str | list[str], workspace: Path, exclude: list[str] | None = None, only: Only = "all") -> list[Path]:
    """What ``source`` names, patterns included, each once. Raises :class:`ToolRetry` with what is there instead, and where a pattern brings in what is private."""
    try:
        found = select(source, workspace, exclude, only)
        _require_named(found, [source] if isinstance(source, str) else source, workspace)
        return found
    except ToolRetry as error:
        if error.code != "not_found":
            raise
        names = [source] if isinstance(source, str) else source
        raise ToolRetry(error.message, code=error.code, hint=hint_for(names[0], workspace) if names else "Name at least one file, folder or pattern.") from error


def _require_named(found: list[Path], names: list[str], workspace: Path) -> None:
    """Keys and passwords are touched only where they are named: consent is asked for names, and a pattern hides them."""
    if not any(is_pattern(name) for name in names):
        return
    named = {paths.resolve(name, workspace) for name in names}
    for item in found:
        if item not in named and not paths.scope_of(item, workspace, reading=True).inside:
            raise ToolRetry(f"{paths.shown(item, workspace)} is private.", code="private", hint="Name it by itself, or leave it out with exclude or a narrower pattern.")


def hint_for(name: str, workspace: Path) -> str:
    """The way out for a name that is not there: the same name elsewhere, else what its folder holds."""
    wanted = paths.resolve(name, workspace)
    if not is_pattern(name) and (found := _elsewhere(wanted.name, workspace)):
        return f"There is {', '.join(found)}."
    folder = wanted.parent
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    where = paths.shown(folder, workspace)
    names = sorted(item.name + ("/" if item.is_dir() else "") for item in _entries(folder) if not item.name.startswith("."))
    listed = (
        f"{'The folder' if where == '.' else where} holds {', '.join(names[:12])}{f' and {len(names) - 12} more' if len(names) > 12 else ''}." if names else f"{where} is empty."
    )
    return f"{listed} files.find looks for a name in all subfolders."


def _elsewhere(name: str, workspace: Path) -> list[str]:
    """Files of that name in other folders of the workspace."""
    found: list[str] = []
    for number, item in enumerate(walk(workspace)):
        if number > LOOKED_AT or len(found) == 3:
            break
        if item.name.lower() == name.lower():
            found.append(paths.shown(item, paths.real(workspace)))
    return found


def walk(folder: Path, is_over: Any = None) -> Iterator[Path]:
    """Everything below a folder, hidden things, build folders and what is private left out, folders first; ends early when ``is_over()``."""
    for root, names, files in os.walk(folder):
        if is_over is not None and is_over():
            return
        names[:] = sorted(_public(root, [name for name in names if name not in SKIPPED and not name.startswith(".")], folder))
        yield from (Path(root) / name for name in (*names, *sorted(_public(root, [name for name in files if not name.startswith(".")], folder))))


def tree(folder: Path, left_out: list[Path]) -> Iterator[Path]:
    """Everything below a folder, hidden things too, folders before what is in them. What is private goes to ``left_out``: only who names it takes it along."""
    for root, names, files in os.walk(folder):
        for group in (names, files):
            public = _public(root, group, folder)
            left_out += [Path(root) / name for name in sorted(set(group) - public)]
            group[:] = sorted(public)
        yield from (Path(root) / name for name in (*names, *files))


def _public(root: str, names: list[str], named: Path) -> set[str]:
    """Those of the entries of a folder that are neither private nor the kernel's, links followed; all of them where the folder that was named is private itself (and was asked for)."""
    places, base = Places.here(), Path(os.path.realpath(root))
    names = [name for name in names if not is_kernels(str(base / name))]
    if places.is_private(os.path.realpath(named)):
        return set(names)
    return {name for name in names if not places.is_private(os.path.realpath(base / name) if (base / name).is_symlink() else str(base / name))}


def without(left_out: list[Path], workspace: Path) -> str:
    """``Left out as private: .ssh, .netrc.`` with a space before it; empty where nothing was."""
    return f" Left out as private, to be named by itself: {listed([paths.shown(item, workspace) for item in left_out], 10)}." if left_out else ""


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def gather(names: list[str], workspace: Path) -> tuple[list[Path], list[Missing]]:
    """The files that names, patterns (``**`` too) and folders stand for, in order, each once; and what could not be had.

    What a pattern or folder brings in by the way is left out where it is private (keys, passwords): such a file is read only when it is named.
    """
    found: dict[Path, None] = {}
    missing: list[Missing] = []
    for name in names:
        try:
            for item in _meant(name, workspace, missing):
                found[item] = None
        except ToolRetry as error:
            missing.append(Missing(name, error.message, error.hint))
    return list(found), missing


def _meant(name: str, workspace: Path, missing: list[Missing]) -> list[Path]:
    items = _deep(name, workspace) if "**" in name else _found(name, workspace)
    if len(items) == 1 and not items[0].is_dir() and not is_pattern(name):
        return items
    files = [file for item in items for file in (_files_in(item, missing, workspace) if item.is_dir() else [item])]
    allowed = [file for file in files if paths.scope_of(file, workspace, reading=True).inside]
    missing += [Missing(paths.shown(file, workspace), "it is private; name it by itself to read it") for file in files if file not in allowed]
    return allowed[:MOST_FILES]


def _found(name: str, workspace: Path) -> list[Path]:
    """As :func:`choose`, what is private included: reading goes on without it."""
    try:
        return choose(name, workspace)
    except ToolRetry as error:
        if error.code != "private":
            raise
        return select(name, workspace)


def _deep(name: str, workspace: Path) -> list[Path]:
    """``letters/**/*.txt``: in all subfolders."""
    head, _, tail = name.partition("**")
    folder = existing(head or ".", workspace)
    found = sorted(
        item for item in folder.glob(f"**{tail or '/*'}") if item.is_file() and not any(part.startswith(".") or part in SKIPPED for part in item.relative_to(folder).parts)
    )
    if not found:
        raise ToolRetry(f"Nothing matches {name}.", code="not_found", hint=hint_for(head or ".", workspace) if head else "files.list shows what is there.")
    return found


def _files_in(folder: Path, missing: list[Missing], workspace: Path) -> list[Path]:
    """The files of one folder; its subfolders are named, not gone into."""
    inside = sorted(item for item in _entries(folder) if not item.name.startswith("."))
    for item in inside:
        if item.is_dir():
            shown = paths.shown(item, workspace)
            missing.append(Missing(shown, "it is a folder in the folder", f"{shown}/* reads its files."))
    return [item for item in inside if not item.is_dir()]
