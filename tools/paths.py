"""Paths as people and models write them, made absolute against the workspace."""

from __future__ import annotations

import os
import re
from pathlib import Path

from core.errors import ToolRetry
from core.gate.mediator import note_name
from core.gate.places import PRIVATE as PRIVATE
from core.gate.places import Places
from core.gate.places import under as under
from core.gate.scopes import path_scope
from core.ports import Scope

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SHEET = re.compile(r"(.+\.xls[xm])#(.+)", re.I)


def resolve(text: str, workspace: Path) -> Path:
    """An absolute path without ``..``; the last component is not followed if it is a link. Raises :class:`ToolRetry`."""
    if not text.strip() or "\0" in text:
        raise ToolRetry("The path is empty or holds a zero byte.", hint='Write a path such as notes/plan.md; "." is the workspace.')
    if len(text.encode("utf-8", "surrogatepass")) > 4000 or any(len(part.encode("utf-8", "surrogatepass")) > 255 for part in text.split("/")):
        raise ToolRetry("The path is longer than a file system allows.", hint="A name may have 255 bytes, a path 4000; give it a shorter one.")
    folder, name = os.path.split(os.path.normpath(os.path.join(workspace, os.path.expanduser(text.strip()))))
    path = Path(os.path.join(os.path.realpath(folder), name))
    if _CONTROL.search(text) and not os.path.lexists(path):  # what is called so already can be renamed and thrown away
        raise ToolRetry("The path holds a line break or another control character.", hint="Write a name of letters, digits, spaces and signs on one line.")
    return path


def split_sheet(text: str, workspace: Path) -> tuple[str, str]:
    """``book.xlsx#Jan`` as the workbook and its sheet, unless a file is called so; any other path with an empty sheet."""
    match = _SHEET.fullmatch(text.strip())
    return (match[1], match[2]) if match and not os.path.lexists(resolve(text, workspace)) else (text, "")


def target_of(text: str, workspace: Path) -> Path:
    """The same, links followed: where a read or a write really goes."""
    path = resolve(text, workspace)  # only its last component can be a link
    return real(path) if os.path.islink(path) else path  # noqa: PTH114 (pathlib raises where a folder may not be looked into)


def real(path: Path) -> Path:
    """Links followed as far as there is something. On text, as every step asks it several times and :meth:`Path.resolve` costs twice as much."""
    return Path(os.path.realpath(path))


def existing(text: str, workspace: Path) -> Path:
    """The path of something that is there. Raises :class:`ToolRetry` with the nearest names."""
    path = resolve(text, workspace)
    if os.path.lexists(path):
        return path
    if alike := _alike(path):
        return alike
    import difflib

    near = difflib.get_close_matches(path.name, [other.name for other in _siblings(path)], 3, 0.6)
    hint = "files.list shows what a folder holds, files.find looks for a name in all subfolders."
    raise ToolRetry(f"There is no {shown(path, workspace)}." + (f" Did you mean {', '.join(near)}?" if near else ""), code="not_found", hint=hint)


def meant(text: str, workspace: Path) -> Path:
    """The path that :func:`existing` finds; one that is not there as it is written. Raises :class:`ToolRetry`."""
    path = resolve(text, workspace)
    return path if os.path.lexists(path) else _alike(path) or path


def _alike(path: Path) -> Path | None:
    """The one neighbour that differs in case, in how its words are joined, or in an ending that was not said ("report" for report.pdf)."""
    siblings = _siblings(path)
    for form in (str.lower, _joined):
        same = [other for other in siblings if form(other.name) == form(path.name)]
        if len(same) == 1:
            return same[0]
    if path.suffix:
        return None
    same = [other for other in siblings if other.suffix and not other.is_dir() and _joined(other.stem) == _joined(path.name)]
    return same[0] if len(same) == 1 else None


def _joined(name: str) -> str:
    return re.sub(r"[\s_-]+", "", name.lower())


def _siblings(path: Path) -> list[Path]:
    try:
        return sorted(path.parent.iterdir())
    except OSError:
        return []


def shown(path: Path, workspace: Path) -> str:
    """The path as the person would write it: relative inside the workspace."""
    return relative(path, os.path.realpath(workspace))


def relative(path: Path, root: str) -> str:
    """The same, ``root`` being the workspace with links followed."""
    text = str(path)
    note_name(text)
    return (text[len(root) :].lstrip(os.sep) or ".") if under(text, root) else text


def is_inside(path: Path, workspace: Path) -> bool:
    """Whether it is the person's work in the workspace, not what Deskhand itself keeps in there."""
    where, root = os.path.realpath(path), os.path.realpath(workspace)
    return under(where, root) and (not under(where.casefold(), data := Places.here().data) or under(root.casefold(), data))


def scope_of(path: Path, workspace: Path, reading: bool) -> Scope:
    """The permission scope of a path."""
    return path_scope(path, os.path.realpath(workspace), "read" if reading else "change")
