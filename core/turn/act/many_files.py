"""How many files a call changes, counted as a person would: a folder thrown away counts with what is in it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

MOST_COUNTED = 1000  # files of one folder: more are not worth the time to a person either


def changed_files(changes: Iterable[Mapping[str, Any]], workspace: Path) -> int:
    """Files that the journalled changes of one call alter, move or throw away; all the new ones that it makes (a copy of a folder, an unpacked archive) count as one."""
    paths: dict[str, int] = {}
    makes_new = False
    for change in changes:
        if change.get("kind") == "put" and change.get("before") is None:
            makes_new = True
        elif change.get("kind") in ("put", "move"):
            paths[str(change.get("path"))] = _weight(change, os.path.realpath(workspace))
    return sum(paths.values()) + makes_new


def _weight(change: Mapping[str, Any], workspace: str) -> int:
    """One; for a folder that leaves the workspace, the trash included, the files in it, up to :data:`MOST_COUNTED`."""
    place, target = str(change.get("path")), str(change.get("to") or "")
    if not target or os.path.realpath(target).startswith(workspace + os.sep):
        return 1
    folder = next((path for path in (target, place) if Path(path).is_dir() and not Path(path).is_symlink()), None)  # it may have been done already
    return max(1, sum(1 for _ in islice(_files_in(folder), MOST_COUNTED))) if folder else 1


def _files_in(folder: str) -> Iterable[str]:
    for _, _, names in os.walk(folder):
        yield from names
