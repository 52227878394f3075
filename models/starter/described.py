"""Files as people describe them: "the garden plan" is ``Projects/garden/plan.txt``, "the invoices" are all that are called so.

Only where nothing of that very name is there, every word stands in the path, and one thing alone fits best; anything else stays as it was said.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from models.starter.kinds import patterns

MOST = 5000  # entries that are looked at; a level of folders that does not fit within is left out whole
DEEPEST = 5  # levels of folders
_BESIDE = re.compile(r"(?:the|a|an|my|our|your|his|her|their|its|this|that|all|of|called|named|every|each|both|from|for|about|on|in)", re.I)
_SPARE = re.compile(r"(?:\.(?:bak|old|tmp|orig|swp)|~)$", re.I)  # nobody means the backup who does not say so
_NOUN = re.compile(r"(?:files?|documents?|docs?|folders?|director(?:y|ies)|lists?|text|sheets?|notes?|things?)", re.I)


@dataclass(frozen=True, slots=True)
class _Item:
    path: str  # below the workspace, with /
    folder: bool
    own: frozenset[str]  # words of its name
    above: frozenset[str]  # words of the folders it is in

    @property
    def depth(self) -> int:
        return self.path.count("/")


@dataclass(frozen=True)
class Described:
    """What is in a workspace, by words."""

    workspace: Path

    @cached_property
    def _items(self) -> list[_Item]:
        return list(_looked_through(self.workspace))

    def holds(self, pattern: str) -> bool:
        """Whether anything has a name of this pattern."""
        return any(PurePosixPath(item.path.lower()).match(pattern.lower()) for item in self._items)

    def one(self, text: str, kind: str) -> str:
        """The one "file" or "folder" that is meant, by its name or as described; empty where there is none, or more than one."""
        here = self.workspace / text
        if here.is_file() if kind == "file" else here.is_dir():
            return text
        found = self.find(text, kind)
        return found[0] if len(found) == 1 else ""

    def find(self, text: str, kind: str = "", count: int = 0) -> list[str]:
        """The paths that a phrase describes, below the workspace; none where that is not certain. ``kind``: "file", "folder" or either; ``count``: how many, where that was said."""
        words = [word for word in words_of(text) if not _BESIDE.fullmatch(word)]
        if not words or len(words) > 6 or "/" in text:
            return []
        if re.search(r"\.\w{1,5}$", text):  # a name to the letter, which may lie further down
            named = [item.path for item in self._items if item.path.lower().rpartition("/")[2] == text.lower() and _is(item, kind)]
            return named if len(named) == 1 else []
        several = count > 1 or singular(words[-1]) != words[-1]
        for some, endings in _readings(words):
            fitting = [item for item in self._items if _is(item, kind) and (not endings or _ends(item, endings))]
            if found := _best(some, [item for item in fitting if not _SPARE.search(item.path)], several, count) or _best(some, fitting, several, count):
                return found
        return self._inside(text, count) if count and kind == "file" else []

    def _inside(self, text: str, count: int) -> list[str]:
        """The files of the folder that is called so, where it has just so many: "both contracts"."""
        folders = self.find(text, "folder")
        files = [item.path for item in self._items if folders and not item.folder and item.path.rpartition("/")[0] == folders[0]]
        return sorted(files) if len(files) == count else []


def _looked_through(root: Path) -> Iterator[_Item]:
    """Everything that is not hidden, level by level."""
    level, seen = [("", frozenset[str]())], 0
    for _ in range(DEEPEST):
        rows: list[_Item] = []
        below: list[tuple[str, frozenset[str]]] = []
        for folder, above in level:
            try:
                with os.scandir(root / folder) as entries:
                    for entry in itertools.islice(entries, MOST):
                        if entry.name.startswith(".") or entry.name in ("node_modules", "__pycache__"):
                            continue
                        path, inside = f"{folder}/{entry.name}".lstrip("/"), entry.is_dir(follow_symlinks=False)
                        own = frozenset(words_of(entry.name if inside else PurePosixPath(entry.name).stem))
                        rows.append(_Item(path, inside, own, above))
                        if inside:
                            below.append((path, above | own))
            except OSError:
                continue
            if (seen := seen + len(rows)) > MOST * DEEPEST:
                return
        if len(rows) > MOST:
            return
        yield from rows
        level = below


def words_of(text: str) -> list[str]:
    """``gardenPlan-2025`` → garden, plan, 2025."""
    return [word.lower() for word in re.findall(r"[^\W\d_]?[^\W\d_A-Z]+|[A-Z]+(?![a-z])|\d+", text.replace("'s", " ").replace("’s", " "))]


def _readings(words: list[str]) -> Iterator[tuple[list[str], list[str]]]:
    """The words that must stand in a path, and the endings its name may have: all words; without a noun for files; "cat picture" as a cat that is a picture."""
    yield words, []
    if len(words) > 1 and _NOUN.fullmatch(words[-1]):
        yield words[:-1], []
    if len(words) > 1 and (endings := patterns(words[-1])) is not None:
        yield words[:-1], endings


def _best(words: list[str], items: list[_Item], several: bool, count: int) -> list[str]:
    """What fits a phrase best: its name is just that, holds it all, holds a part of which its folders hold the rest."""
    said = {singular(word) for word in words}
    ranks = (
        lambda own, above: own == said or own == {singular("".join(words))},  # "to-do" for todo.txt
        lambda own, above: said <= own,
        lambda own, above: bool(said & own) and said <= own | above,
    )
    for fits in ranks:
        found = [item for item in items if fits({singular(word) for word in item.own}, {singular(word) for word in item.above})]
        if len(found) > 1 and several and (files := [item for item in found if not item.folder]):
            places = {item.path.rpartition("/")[0] for item in files}
            return sorted(item.path for item in files) if len(places) == 1 or len(files) == count else []  # several were meant, all in one place
        nearest = [item for item in found if item.depth == min(other.depth for other in found)]
        if found:
            return [nearest[0].path] if len(nearest) == 1 and (len(found) == 1 or nearest[0].depth == 0) else []
    return []


def singular(word: str) -> str:
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("ches", "ch"), ("shes", "sh"), ("xes", "x")):
        if word.endswith(ending) and len(word) > len(ending) + 1:
            return word.removesuffix(ending) + instead
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def _is(item: _Item, kind: str) -> bool:
    return not kind or item.folder is (kind == "folder")


def _ends(item: _Item, endings: list[str]) -> bool:
    return not item.folder and any(PurePosixPath(item.path.lower()).match(ending) for ending in endings)
