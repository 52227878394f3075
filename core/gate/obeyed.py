"""Files that programs obey or start unasked, known by their names: in whatever workspace they lie, a model that writes one runs what it likes."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from core.gate.obeyed_names import BY_A_TOOL, BY_THEMSELVES

EVERYWHERE = frozenset({".ssh", "authorized_keys.d"})  # also where the workspace lies in one
_SEPARATOR = os.sep
_GIT = frozenset({".git", "git~1"})  # the second is what file systems of Windows call it for short
_OF_NEW = frozenset({"hooks", "config", "config.worktree", "info", "modules", "worktrees", "commondir", "gitdir"})  # of a repository that is not there yet, what git obeys


def under(text: str, folder: str) -> bool:
    """Whether an absolute path, as text without ``..``, is that folder or in it; as the system compares names."""
    text, folder = os.path.normcase(text), os.path.normcase(folder)
    return text == folder or text.startswith(folder.rstrip(os.sep) + os.sep)


def is_obeyed(where: str, workspace: str) -> bool:
    """Whether an absolute path with links followed is, or lies in, something that programs obey with nobody running it."""
    text = _plain(where)
    parts = text.split(_SEPARATOR)
    if not EVERYWHERE.isdisjoint(parts) or _is_gits(where, parts):
        return True
    return _BY_THEMSELVES.search(_inner(text, _plain(workspace))) is not None


def is_built_with(where: str, workspace: str) -> bool:
    """Whether an absolute path with links followed is, or lies in, something that tools for building, testing and the like obey: a request may ask for it by name."""
    return _BY_A_TOOL.search(_inner(_plain(where), _plain(workspace))) is not None


def _pattern(classes: Mapping[str, Iterable[str]]) -> re.Pattern[str]:
    """One pattern for all names of a table, over the inner parts of a path."""
    names = [name for found in classes.values() for name in found]
    inside = [re.escape(name.removesuffix("/*")) for name in names if name.endswith("/*")]
    whole = [re.escape(name).replace(r"\*", "[^/]*") for name in names if not name.endswith("/*")]
    return re.compile(f"/(?:(?:{'|'.join(inside)})(?:/|$)|(?:{'|'.join(whole)})$)")


_BY_THEMSELVES, _BY_A_TOOL = _pattern(BY_THEMSELVES), _pattern(BY_A_TOOL)


@lru_cache(maxsize=4096)
def _plain(path: str) -> str:
    """As file systems compare names that make no difference between upper and lower case, leave out letters that are not seen, or what stands at a name's end (``.git.``, ``.git::$DATA``)."""
    text = path.casefold()
    if not text.isascii():
        text = "".join(letter for letter in unicodedata.normalize("NFKC", text) if unicodedata.category(letter) != "Cf")
    return _SEPARATOR.join(part.partition(":")[0].rstrip(" .") or part for part in text.split(_SEPARATOR))


def _inner(text: str, workspace: str) -> str:
    """The parts of a path that the person did not choose, each with a slash before it."""
    return "/" + (text[len(workspace) :] if under(text, workspace) else text).strip(_SEPARATOR).replace(_SEPARATOR, "/")


def _is_gits(where: str, parts: list[str]) -> bool:
    if not _GIT.isdisjoint(parts):
        number = next(number for number, part in enumerate(parts) if part in _GIT)
        inner = parts[number + 1 :]
        return not inner or inner[0] in _OF_NEW or Path(_SEPARATOR.join(where.split(_SEPARATOR)[: number + 1])).is_dir()
    if parts[-1] != "config" and "hooks" not in parts[-2:-1]:
        return False
    base = Path(where).parent if parts[-1] == "config" else Path(where).parent.parent
    return (base / "HEAD").exists() or (base / "objects").is_dir()  # a repository without a folder of work, or on the way to one
