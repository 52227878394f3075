"""Objections to names and places that are given: odd ones, such as nobody said, paths that hold their folder twice."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from core.language.words import fold, stem, words_of
from core.turn.small.objections.case import Case, Outcome
from core.turn.small.request import SmallRequest
from core.turn.small.sources import NAME

_ODD = re.compile(r"[\x00-\x1f<>|]|^[-\s=]|[\s=]$|[_-](?:\.\w{1,5})?$|.{101}")  # what no person calls a file

_GENERAL = frozenset(map(stem, ("folder", "folders", "directory", "new", "file", "files", "subfolder", "ordner", "neu", "neuer")))  # what says nothing of a name

_NUMBERS_WANTED = re.compile(
    r"\b(?:number|version|(?:a|another|second|spare) copy|copies of|backup|duplicate|next|one (?:up|higher))\b", re.I
)  # what a new name may be counted on for

_EITHER = re.compile(r"\b(?:if|otherwise|else|whether|wenn|sonst|or)\b", re.I)


def gives_odd_names(case: Case) -> str:
    if as_folder := next((str(op[1]) for op in case.outcome.of("folder") if str(op[1]) in case.there and not case.there[str(op[1])].is_folder), ""):
        return f"{as_folder} is a file, not a folder"
    odd = next((name for op in case.outcome.ops for name in _new_names(op) if _ODD.search(name) and name not in case.text), "")
    return f"{odd[:60]!r} is no name for a file" if odd else ""


def misses_target(case: Case) -> str:
    """That a file which is to be made is not made under its name."""
    wanted = [] if _EITHER.search(case.text) else [match[0] for match in NAME.finditer(case.text) if fold(match[0]) not in {fold(entry.name) for entry in case.request.entries}]
    goals = {fold(str(op[1] if op[0] in ("write", "folder") else op[2] if len(op) > 2 else "")).rpartition("/")[2] for op in case.outcome.ops}
    missed = [name for name in wanted if fold(name).rpartition("/")[2] not in goals and fold(name) == fold(case.request.target.path or "")]
    return f"this does not make {missed[0]}" if missed else ""


def invents_folders(case: Case) -> str:
    invented = invented_folder(case.outcome, case.request) or unnamed_folder(case)
    return f"nobody asked for a folder {invented}" if invented else ""


def invents_names(case: Case) -> str:
    invented = unsaid_name(case)
    return f"nobody said {invented}" if invented else ""


def repeats_folders(case: Case) -> str:
    """That a path holds its folder twice: what files() and folders() give has it already."""
    goals = [str(op[1] if op[0] in ("write", "folder") else op[2]) for op in case.outcome.of("write", "folder", "move", "copy")]
    folders = [path for path, entry in case.there.items() if entry.is_folder]
    twice = next(
        (goal for goal in goals for folder in folders if f"{folder}/{folder}/" in f"{goal}/" or (f"/{folder}/" in f"{goal}/"[len(folder) :] and goal.startswith(f"{folder}/"))), ""
    )
    return f"{twice} holds its folder twice: paths have it already" if twice else ""


def glues_to_path(case: Case) -> str:
    """That something was put before a whole path, or behind an ending, where it belongs to the name: "new-photos/a.jpg", "a.jpg-old"."""
    for op in case.outcome.of("move", "copy"):
        source, goal = str(op[1]), str(op[2])
        before, behind = goal.removesuffix(source), goal.removeprefix(source)
        if "/" in source and before != goal and before and not before.endswith("/"):
            return f"{before!r} goes before the name, not before the path: use name(path)"
        if behind != goal and behind and behind[0] not in "./" and source in case.there and not case.there[source].is_folder and case.there[source].ending:
            return f"{behind!r} goes before the ending: use stem(path) and ending(path)"
    return ""


def _new_names(op: Sequence[Any]) -> list[str]:
    """The names that an operation gives."""
    goal = op[1] if op[0] in ("write", "folder") else op[2] if op[0] in ("move", "copy", "zip") else ""
    return [part for part in str(goal).split("/") if part]


def invented_folder(outcome: Outcome, request: SmallRequest) -> str:
    """A new folder that no word of the request names, or one within a named folder that is marked by no word as a name; empty where there is none."""
    folders = {entry.path for entry in request.entries if entry.is_folder}
    goals = {str(op[2]).rpartition("/")[0] for op in outcome.ops if op[0] in ("move", "copy")}
    if len(goals) != 1 or not (parent := goals.pop()) or parent in folders or any(op[0] == "folder" for op in outcome.ops):
        return ""
    outer, _, name = parent.rpartition("/")
    marked = {word for text in request.reading.texts("target") + request.reading.texts("literal") for word in words_of(text)}
    is_said = bool(set(words_of(name)) & set(words_of(request.text)))
    is_inside = outer in folders and len(outcome.ops) <= 2
    return parent if not is_said or (is_inside and not set(words_of(name)) & marked) else ""


def unnamed_folder(case: Case) -> str:
    """A new folder whose name the program has written out and nobody has said; empty where there is none."""
    said = set(map(stem, words_of(f"{case.text} {case.past}"))) - _GENERAL
    made = [str(op[1]) for op in case.outcome.of("folder") if str(op[1]) not in case.there]
    return next((path for path in made if f"{path}" in case.code and not said & set(map(stem, words_of(path.rpartition("/")[2])))), "")


def unsaid_name(case: Case) -> str:
    """A name that the program has written out for one file and nobody has said: no word of it is in the request, the old name or the text of a file; empty where there is none."""
    said = set(map(stem, words_of(f"{case.text} {case.past}")))
    made = [("", str(op[1])) for op in case.outcome.of("write") if op[1] not in case.there]
    for source, goal in [*((str(op[1]), str(op[2])) for op in case.outcome.of("move", "copy")), *made]:
        name, old = goal.rpartition("/")[2], source.rpartition("/")[2]
        new = set(map(stem, words_of(name.rpartition(".")[0] or name))) - set(map(stem, words_of(old)))
        if name != old and f"{name}" in case.code and not new & said and not _NUMBERS_WANTED.search(case.text):
            return name
    return ""
