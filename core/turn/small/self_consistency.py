"""Programs that change several things are written more than once, and done where two of them would change the same.

Source: Wang et al., "Self-Consistency Improves Chain of Thought Reasoning in Language Models" (2022): samples of a small model that are right agree, those that
are wrong mostly differ. Here what is compared is what the programs would change, not how they say it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from core.language.words import fold
from core.turn.small.objections import Outcome, sources_of
from core.turn.small.request import SmallRequest
from core.turn.small.sources import name_pattern


def is_far_reaching(outcome: Outcome, request: SmallRequest) -> bool:
    """Whether anything else comes of it than one deed on one thing that the request says: several things, one of "all", one that is described or decided on, a name or a text that is made up."""
    there = {entry.path for entry in request.entries}
    touched = {path for op in outcome.ops for path in sources_of(op) if op[0] != "folder"}
    if len(touched) > 1:
        return True
    meant = set(request.sources.files) if request.sources.how == "named" or request.only else set()
    is_named = all(path in meant or fold(path.rpartition("/")[2]) in fold(request.text) for path in touched)
    return bool(touched & there) and (request.kind == "steps" or request.is_plural or not is_named or not all(_is_said(op, request, there) for op in outcome.ops))


def _is_said(op: Sequence[Any], request: SmallRequest, there: set[str]) -> bool:
    """Whether what comes out of an operation stands in the request: the name that is given, or nothing else than a place; never a file that is written anew."""
    if op[0] in ("move", "copy"):
        name = fold(str(op[2]).rpartition("/")[2])
        return name == fold(str(op[1]).rpartition("/")[2]) or bool(re.search(name_pattern(name), fold(request.text)))
    return op[0] != "write" or op[1] not in there


def effect_of(outcome: Outcome) -> frozenset[str]:
    """What comes out of it, whatever the order: of several texts of a file the last; ends of lines and spaces at the end of a text do not count."""
    last = {op[1]: number for number, op in enumerate(outcome.ops) if op[0] == "write"}
    ops = [op for number, op in enumerate(outcome.ops) if op[0] != "write" or last[op[1]] == number]
    return frozenset(json.dumps(_plain(op)) for op in ops if not (op[0] == "folder" and _is_made_by_others(op, outcome)))


def _plain(op: Sequence[Any]) -> list[Any]:
    if op[0] == "write":
        return ["write", op[1], [line.rstrip() for line in str(op[2]).strip().splitlines()]]
    return [sorted(part) if isinstance(part, list) else str(part).rstrip("/") for part in op]


def _is_made_by_others(op: Sequence[Any], outcome: Outcome) -> bool:
    """Whether a folder comes into being anyway, because something is put into it."""
    goals = [str(other[1] if other[0] == "write" else other[2]) for other in outcome.ops if other[0] in ("write", "move", "copy")]
    return any(goal.startswith(str(op[1]).rstrip("/") + "/") for goal in goals)
