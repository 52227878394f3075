"""What the clause of a claimed deed names: its objects, where they went, and the files that were only read for it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from core.turn.answer.deed_claims import DeedClaim
from core.turn.answer.names import Name, find_names

LINK_WORDS = re.compile(r"\b(?:to|into|in|as|from|based|with|using|because|since|so|nach|in|als|aus|mit|vers|dans|a|en|como)\b(?!\.\w)|→|->", re.I)
_SOURCE = re.compile(
    r"\b(?:from|of|(?:listed|described|stated|named|given|mentioned|required|specified) (?:in|by)|per|based on|according to|aus|von|laut|gemäß|de|depuis|selon|d['’]après|desde|según)\s+(?:(?:the|der|dem|la|le|el)\s+)?(?:\w+\s+)?[`*_\"“„«']*$",
    re.I,
)
_SAYS = re.compile(
    r"[`*_\"”»']*\s+(?:says?|asks?|wants?|lists?|shows?|requires?|demands?|describes?|tells?|names?|states?|sagt|verlangt|will|nennt|dit|demande|indique|dice|pide|indica)\b", re.I
)
_OUT_OF = re.compile(r"\b(?:from|out of|aus|von|de|du|del|desde)\s+[`*_\"“„«']*$", re.I)
_AUXILIARY = re.compile(r"\b(?:habe?|haben|wurden?|ist|sind)\b")
_CLAUSE_START = re.compile(rf"[,;:]\s|{_AUXILIARY.pattern}")
_PLACE = re.compile(r"\b(?:to|into|in|from|within|on|at|nach|aus|von|auf|vers|dans|de|du|en|al?|del)\s+(?:[\w']+\s+){0,2}[`*_\"“„«']*$|(?:→|->)\s*[`*_\"“„«']*$", re.I)
_SUBJECT_END = re.compile(
    r"[`*_\"”»')\s]*(?:(?:have|has|had|is|are|was|were|now|been|also|both|all|successfully|wurden?|ist|sind|jetzt|a|ont|été|ha|han|sido|se)\b[\s,*_]*)+", re.I
)
OF_TEXT = frozenset({"moved", "copied", "deleted"})  # kinds of deeds that are also done to a part of a text
_REMOVING = frozenset({"deleted", "removed", "moved"})


@dataclass(frozen=True, slots=True)
class DeedClause:
    """What a claim names: what it was done to (``objects``), where it was put (``places``), the ``files`` in which or from which, all but its objects
    (``others``), and the words of the object."""

    objects: tuple[str, ...]
    places: tuple[str, ...]
    files: tuple[str, ...]
    others: tuple[str, ...]
    object_words: str


def read_clause(claim: DeedClaim, sentence: str, end: int) -> DeedClause:
    """The clause of ``claim`` in ``sentence``, which another claim ends at ``end``."""
    begin, stop, last = _object_span(claim, sentence, end)
    names = [name for name in find_names(sentence) if claim.form == "passive" or name.start < end]
    sources = [name for name in names if _SAYS.match(sentence, name.end) or (claim.kind not in _REMOVING and _SOURCE.search(sentence[: name.start]))]
    rest = [name for name in names if name not in sources]
    objects = [name for name in rest if begin <= name.start < stop and not (claim.kind in OF_TEXT and _OUT_OF.search(sentence[: name.start]))]
    placed = [name for name in rest if not name.is_address and _PLACE.search(sentence[: name.start])]
    before = [name for name in rest if claim.form == "passive" and name.end <= claim.start and name not in placed]
    subjects = [name for name in before if _SUBJECT_END.fullmatch(sentence, name.end, claim.start)]
    places = [name for name in placed if name not in objects]
    files = [name for name in places if not name.is_folder]
    words = sentence[max(0, claim.start - 60) : claim.start].split(",")[-1] if claim.form == "passive" else sentence[begin:stop]
    return DeedClause(
        _texts([*objects, *subjects]), _texts(name for name in places if begin <= name.start < last), _texts([*files, *sources]), _texts(name for name in rest if name not in objects), words
    )  # fmt: skip


def _object_span(claim: DeedClaim, sentence: str, end: int) -> tuple[int, int, int]:
    """From where to where the object of the verb stands, and the end of what follows it: before the verb where that is last ("Ich habe … verschoben")."""
    after = claim.start + len(claim.words)
    begin, last = after, end
    if not re.match(r"[*_`]*\s+[`\"“„*_]*\w", sentence[after:end]):
        pattern, default = (_AUXILIARY, claim.start) if claim.form == "passive" else (_CLAUSE_START, 0)
        begin, last = max((match.end() for match in pattern.finditer(sentence, 0, claim.start)), default=default), claim.start
    link = LINK_WORDS.search(sentence, begin, last)
    return begin, link.start() if link else last, last


def _texts(names: Iterable[Name]) -> tuple[str, ...]:
    return tuple(name.text for name in names)
