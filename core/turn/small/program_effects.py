"""What a program would change, mended where code knows an operand better than its writer, and asked about where one of several is meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any

from core.language.words import fold, stem, words_of
from core.turn.small.objections import Outcome, sources_of
from core.turn.small.request import SmallRequest

ALIKE = 0.85  # share of letters in common from which a name is taken for a slip of another
_ORDERED = re.compile(r"\b(?:newest|latest|most recent|oldest|earliest|largest|biggest|smallest|the last|the first|highest|lowest|longest|shortest)\b", re.I)
_RENAMES = re.compile(r"\b(?:renam\w*|call (?:it|that|them|this)|nenn\w*|umbenenn\w*)\b", re.I)
_MOVES = re.compile(r"\b(?:mov\w*|put|into|out of|up to|main folder|top|shift\w*|bring|take)\b", re.I)
_CONTENTS = re.compile(r"\b(?:everything|all(?: the)? (?:files|things|stuff)|whatever is|the contents?|each file|every file)\b[^.;]{0,12}\b(?:in|of|inside|from)\b", re.I)


def mend_effects(ops: Sequence[Sequence[Any]], request: SmallRequest) -> list[list[Any]]:
    """The operations with what code knows better: contents for their folder, names in their place, the name that was given."""
    return put_where_asked(renamed_in_place(emptied_folders(ops, request), request), request)


def emptied_folders(ops: Sequence[Sequence[Any]], request: SmallRequest) -> list[list[Any]]:
    """Operations in which the things in a folder are moved where the request says "everything in it" and the program took the folder itself."""
    if not _CONTENTS.search(request.text):
        return [list(op) for op in ops]
    folders = {entry.path for entry in request.entries if entry.is_folder}
    found: list[list[Any]] = []
    for op in ops:
        if op[0] == "move" and op[1] in folders and str(op[2]).rpartition("/")[0] in folders:
            goal = str(op[2]).rpartition("/")[0]
            found += [["move", entry.path, f"{goal}/{entry.name}"] for entry in request.entries if entry.folder == op[1]]
        else:
            found.append(list(op))
    return found


def renamed_in_place(ops: list[list[Any]], request: SmallRequest) -> list[list[Any]]:
    """Operations in which what is only renamed stays in its folder, where the program took it up to the workspace's own level or into a folder that is not there."""
    if not _RENAMES.search(request.text) or _MOVES.search(request.text):
        return ops
    there = {entry.path for entry in request.entries if entry.is_folder}
    return [_in_place(op) if op[0] == "move" and _folder(op[2]) not in there and _folder(op[2]) != _folder(op[1]) else op for op in ops]


def _in_place(op: list[Any]) -> list[Any]:
    name = str(op[2]).rpartition("/")[2]
    return [op[0], op[1], "/".join(filter(None, (_folder(op[1]), name)))]


def _folder(path: Any) -> str:
    return str(path).rpartition("/")[0]


def put_where_asked(ops: list[list[Any]], request: SmallRequest) -> list[list[Any]]:
    """Operations in which the one new file has the name that the request gives, where the program wrote nearly that: "ending.txt" for endings.txt."""
    there = {entry.path for entry in request.entries}
    made = list(dict.fromkeys(str(op[1]) for op in ops if op[0] == "write" and op[1] not in there))
    wanted = request.target.path
    if len(made) != 1 or not wanted or wanted in there or made[0] == wanted or fold(made[0]) in fold(request.text) or not is_nearly(made[0], wanted):
        return ops
    return [[op[0], wanted, *op[2:]] if op[0] == "write" and op[1] == made[0] else op for op in ops]


def is_nearly(name: str, other: str) -> bool:
    """Whether two names are the same but for a letter or two."""
    return SequenceMatcher(None, name.rpartition("/")[2].casefold(), other.rpartition("/")[2].casefold()).ratio() > ALIKE


def ambiguous(outcome: Outcome, request: SmallRequest) -> list[str]:
    """Files of which one is meant and several fit as well, where the program took one of them; empty where it is clear."""
    rivals = request.sources.rivals
    if len(rivals) < 2 or request.is_plural or _ORDERED.search(request.text) or _is_plural_of(rivals, request.text):
        return []
    taken = {path for op in outcome.ops for path in sources_of(op) if op[0] in ("delete", "move", "write", "copy")}
    return list(rivals[:8]) if taken & set(rivals) else []


def _is_plural_of(rivals: Sequence[str], text: str) -> bool:
    """Whether the request says in the plural what the files are called in the singular: "the invoices" for invoice_march.pdf."""
    said = {word for word in words_of(text) if word.endswith("s") and len(word) > 3}
    names = {word for path in rivals for word in words_of(path)}
    return any(stem(word) in set(map(stem, names)) and word not in names for word in said)
