"""The files of a workspace as strategies look for them: paths with sizes, several levels down, capped."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

TABLES = (".csv", ".tsv", ".xlsx", ".xls", ".ods", ".parquet")  # endings
MOST, DEEPEST = 2000, 4  # files and folders; levels below the workspace


@dataclass(frozen=True, slots=True)
class Entry:
    """``path`` is relative to the workspace, with slashes; ``size`` in bytes, 0 for folders; ``changed`` seconds since the epoch."""

    path: str
    is_folder: bool = False
    size: int = 0
    changed: float = 0.0

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def stem(self) -> str:
        return self.name if self.is_folder else self.name.rpartition(".")[0] or self.name

    @property
    def ending(self) -> str:
        """The ending of the name in lower case, with its dot."""
        return "" if self.is_folder or "." not in self.name[1:] else "." + self.name.rpartition(".")[2].lower()

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]


def list_files(workspace: Path) -> tuple[Entry, ...]:
    """Files and folders below ``workspace`` by path, without hidden ones; what cannot be read is left out."""
    found: list[Entry] = []
    for folder, folders, files in os.walk(workspace, followlinks=False):
        inside = Path(folder).relative_to(workspace)
        folders[:] = sorted(name for name in folders if not name.startswith(".")) if len(inside.parts) < DEEPEST else []
        for name in [*folders, *sorted(files)]:
            if name.startswith(".") or len(found) >= MOST:
                continue
            found.append(_entry(workspace, (inside / name).as_posix(), name in folders))
    return tuple(sorted(found, key=lambda entry: entry.path.casefold()))


def _entry(workspace: Path, path: str, is_folder: bool) -> Entry:
    try:
        known = os.stat(workspace / path, follow_symlinks=False)
    except OSError:
        return Entry(path, is_folder)
    return Entry(path, is_folder, 0 if is_folder else known.st_size, known.st_mtime)
