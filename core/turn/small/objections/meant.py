"""Objections to what the request does not mean, and to what it names and the program has nothing to do with."""

from __future__ import annotations

import re

from core.language.words import content_stems, fold
from core.turn.small.objections.case import ALL_MEANT, Case, Outcome, touched_files
from core.turn.small.workspace_files import Entry


def changes_unmeant(case: Case) -> str:
    copied = [str(op[1]) for op in case.outcome.of("copy") if str(op[1]) in case.there and case.request.sources.files]
    touched = [path for op in case.outcome.ops for path in touched_files(op, case.there)]
    strange = [path for path in (*touched, *copied) if not _is_meant(case.there[path], case)]
    return f"it is not about {strange[0]}: the request does not mean that file" if strange else ""


def leaves_out_names(case: Case) -> str:
    """Something that the request names outright and the program has nothing to do with; empty where there is none."""
    spoken = fold(case.text)
    for entry in case.request.entries:
        name = fold(entry.name)
        is_named = name in spoken and ("." in name or entry.is_folder) and re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", spoken)
        if is_named and len(name) > 3 and not _is_used(entry, name, case.outcome, fold(case.code), case.request.kind == "organise"):
            return f"this leaves out {entry.path}, which the request names"
    return ""


def _is_used(entry: Entry, name: str, outcome: Outcome, code: str, is_of_places: bool = False) -> bool:
    """Whether something is changed, or for a file read; a folder that is only part of a path that is not there is not."""
    if any(name in fold(str(op)) for op in outcome.ops):
        return True
    if entry.is_folder and outcome.ops:
        return re.search(rf"(?:files|folders|listdir|glob|walk|exists)\(\s*[\"']{re.escape(name)}", code) is not None
    if is_of_places and outcome.ops:  # what is to be moved, renamed or deleted has to be, not only named in a condition
        return re.search(rf"\b(?:read|lines|rows|open|exists|size|changed)\(\s*[\"'][^\"']*{re.escape(name)}", code) is not None
    return name in code or fold(entry.stem) in code


def _is_meant(entry: Entry, case: Case) -> bool:
    """Whether the request's words reach a file: by its name, its ending, its folder, or because all are meant."""
    if entry.path in case.request.sources.files or fold(entry.name) in fold(f"{case.text} {case.past}"):
        return True
    sources = case.request.sources
    is_one = len(sources.files) == 1 and sources.how in ("named", "described") and not case.request.is_plural and case.request.kind != "steps"
    words = set(content_stems(entry.stem)) | {entry.ending.lstrip(".")} | (set() if is_one else set(content_stems(entry.folder)))
    return (
        bool(words & case.asked)
        or any(len(word) > 3 and any(other.startswith(word) or word.startswith(other) for other in case.asked if len(other) > 3) for word in words)
        or (bool(ALL_MEANT.search(case.text)) and case.request.sources.how in ("none", "earlier"))
    )
