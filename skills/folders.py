"""Where skills are looked for, as other programs keep them too: the files there are the truth, everything else is an index.

Later folders win over earlier ones where two skills have one name: built-in, shared with other programs, your own, the workspace's.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.errors import DeskhandError
from skills.format import FILE, SKIPPED, Skill, read_skill

BUILTIN = Path(__file__).with_name("builtin")
SHARED = (".agents/skills", ".claude/skills")  # below the person's home folder
WORKSPACE = (".deskhand/skills", ".agents/skills", ".claude/skills")
DEPTH, MOST_FOLDERS = 4, 2000


@dataclass(frozen=True, slots=True)
class Found:
    """A folder with a SKILL.md: the skill, or why it cannot be used. ``hidden`` is where another skill of that name stands before it."""

    folder: Path
    origin: str
    skill: Skill | None = None
    problem: str = ""
    hidden: str = ""

    @property
    def name(self) -> str:
        return self.skill.name if self.skill else self.folder.name


def roots(own: Path, workspace: Path | None = None) -> list[tuple[Path, str]]:
    """The folders to look in, with the origin of what is there; those that win come last."""
    shared = [(Path.home() / name, "shared") for name in SHARED]
    theirs = [(workspace / name, "workspace") for name in reversed(WORKSPACE)] if workspace and workspace != Path.home() else []
    return [(BUILTIN, "builtin"), *shared, (own, "own"), *theirs]


def look(own: Path, workspace: Path | None = None) -> list[Found]:
    """Every skill there is, by name; broken ones and those that another one hides as well."""
    by_name: dict[str, Found] = {}
    others: list[Found] = []
    for root, origin in roots(own, workspace):
        for found in _program(root) if origin == "builtin" else (_read(folder, origin) for folder in _folders(root)):
            folder = found.folder
            if found.skill is None:
                others.append(found)
                continue
            if older := by_name.get(found.name):
                others.append(Found(older.folder, older.origin, older.skill, older.problem, str(folder)))
            by_name[found.name] = found
    return sorted([*by_name.values(), *others], key=lambda one: (one.name, bool(one.hidden)))


@cache
def _program(root: Path) -> tuple[Found, ...]:
    """The skills that are part of the program: they are read once."""
    return tuple(_read(folder, "builtin") for folder in _folders(root))


def _read(folder: Path, origin: str) -> Found:
    try:
        return Found(folder, origin, read_skill(folder, origin))
    except DeskhandError as error:
        return Found(folder, origin, None, error.message)
    except OSError as error:
        return Found(folder, origin, None, f"{folder.name} cannot be read: {error.strerror}.")


def _folders(root: Path) -> Iterator[Path]:
    """Folders with a SKILL.md, a few levels deep; what lies inside a skill is part of it."""
    if not root.is_dir():
        return
    looked = 0
    for path, names, files in os.walk(root):
        looked += 1
        if looked > MOST_FOLDERS:
            return
        if FILE in files and Path(path) != root:
            names[:] = []
            yield Path(path)
            continue
        depth = len(Path(path).relative_to(root).parts)
        names[:] = [] if depth >= DEPTH else sorted(name for name in names if name not in SKIPPED and not name.startswith("."))


def fingerprint(own: Path, workspace: Path | None = None) -> tuple[tuple[str, int, int], ...]:
    """Changes whenever a skill's file does: path, time of change and size of each. Cheap enough to be asked with every request."""
    rows = []
    for root, origin in roots(own, workspace):
        if origin == "builtin":
            continue  # part of the program
        for folder in _folders(root):
            for path, _, files in os.walk(folder):
                for file in files:
                    status = (Path(path) / file).lstat()
                    rows.append((f"{path}/{file}", status.st_mtime_ns, status.st_size))
    return tuple(sorted(rows))
