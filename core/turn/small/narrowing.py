"""Deeds on several files are held to the years, the months, the exceptions and the kind of name that a request says: those of other files are left undone.

A small model lists what it sees; which of the files are of October, or of before 2024, and which were excepted, is for code to say. Deeds are only ever left
out here, never added.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from core.language.words import content_stems, stem
from core.turn.answer.lexicon import MONTHS, alternation
from core.turn.small.request import SmallRequest
from core.turn.small.sources import NAME
from core.turn.small.years import year_in

_OF_MONTH = re.compile(rf"\b(?:from|of|in|for|vom|aus|im|von|de|du|del) (?:the |den |le |la )?(?P<month>{alternation(MONTHS)})\b", re.I)
_MONTHS_SAID = re.compile(rf"\b(?:{alternation(MONTHS)})\b", re.I)
_EXCEPTED = re.compile(
    r"\b(?:leave|keep|except(?: for)?|apart from|other than|lass\w*|behalt\w*|außer|sauf|garde[rz]?|excepto|salvo|deja)\b(?: (?:the|my|our|any|all|die|den|das|le|la|les|el|los|las))* (?P<what>[^.,;:!?\n]{2,40})",
    re.I,
)
_PLACED = re.compile(r"\b(?:in|into|to|at|nach|en|dans|where|as)\b", re.I)  # where something is kept is no exception
_ALL = re.compile(r"\b(?:all|every(?:thing)?|each|any|files|documents|whole|contents?|alle[nrs]?|jede\w*|tous|toutes|todos|todas)\b", re.I)
LEAST = 2  # deeds of a kind from which some may be left out


def narrow_deeds(ops: Sequence[list[Any]], request: SmallRequest) -> list[list[Any]]:
    """The deeds without moves, copies and deletions of files that the request does not mean; as they are where it would leave none."""
    said = NAME.sub(" ", f"{request.text}\n{request.plain}")
    kept = list(ops)
    for means in (_by_years(request), _by_month(said), _by_exception(said), _by_name(request, said)):
        deeds = [op for op in kept if _is_deed(op)]
        if means is None or len(deeds) < LEAST:
            continue
        left = [op for op in deeds if not means(op, deeds)]
        if left and len(left) < len(deeds):
            kept = [op for op in kept if op not in left]
    return kept


_Means = Callable[[Sequence[Any], Sequence[Sequence[Any]]], bool]


def _is_deed(op: Sequence[Any]) -> bool:
    return op[0] in ("move", "copy", "delete") and isinstance(op[1], str)


def _name(op: Sequence[Any]) -> str:
    return str(op[1]).rpartition("/")[2]


def _by_years(request: SmallRequest) -> _Means | None:
    years = request.years
    if years is None:
        return None
    return lambda op, _: (year := year_in(_name(op))) is None or years[0] <= year <= years[1]


def _by_month(said: str) -> _Means | None:
    months = {MONTHS[found[0].lower()] for found in _MONTHS_SAID.finditer(said)}
    if len(months) != 1 or not _OF_MONTH.search(said):
        return None
    (month,) = months
    return lambda op, _: not (found := months_in(_name(op))) or month in found


def months_in(name: str) -> set[int]:
    """The months of the dates in a name.

    >>> months_in("handover 2026-10-29.txt"), months_in("20241105_beach.jpg"), months_in("minutes 4 sept 2026.txt"), months_in("template.txt")
    ({10}, {11}, {9}, set())
    """
    found = {int(match[1]) for match in re.finditer(r"(?<!\d)(?:19|20)\d\d[-_. ]?(0[1-9]|1[0-2])(?:[-_. ]?[0-3]\d)?(?!\d)", name)}
    found |= {int(match[1]) for match in re.finditer(r"(?<!\d)[0-3]?\d\.(0?[1-9]|1[0-2])\.(?:19|20)\d\d(?!\d)", name)}
    return found | {MONTHS[word] for word in re.findall(r"[^\W\d_]+", name.lower()) if word in MONTHS}


def _by_exception(said: str) -> _Means | None:
    words = {word for found in _EXCEPTED.finditer(said) if not _PLACED.search(found["what"]) for word in content_stems(found["what"])}
    if not words:
        return None

    def means(op: Sequence[Any], deeds: Sequence[Sequence[Any]]) -> bool:
        telling = [word for word in words if any(word not in _stems(other) for other in deeds)]  # what all have in common parts none
        return op[0] == "copy" or not any(word in _stems(op) for word in telling)

    return means


def _by_name(request: SmallRequest, said: str) -> _Means | None:
    """By a word that the request calls them and most of the names bear: an agenda is none of "the minutes", wherever it lies."""
    called = {stem for text in request.reading.texts("source") for stem in content_stems(text)}
    if not called or _ALL.search(said):
        return None

    def means(op: Sequence[Any], deeds: Sequence[Sequence[Any]]) -> bool:
        borne = [word for word in called if sum(word in _stems(other) for other in deeds) >= max(LEAST, len(deeds) / 2)]
        return not borne or any(word in _stems(op) for word in called)

    return means


def _stems(op: Sequence[Any]) -> set[str]:
    name = _name(op)
    return {*content_stems(name), stem(name.rpartition(".")[2].lower())}
