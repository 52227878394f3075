"""Whether what was really done bears out a claimed deed: its kind or one near to it, done to the things that the sentence names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.turn.answer.claimed import SUPPORT
from core.turn.answer.deed_claims import DeedClaim
from core.turn.answer.deeds import Deed, is_target
from core.turn.answer.evidence import Evidence
from core.turn.answer.names import Name, base_name, find_names, plain_name

_LINK_WORDS = re.compile(r"\b(?:to|into|in|as|from|based|with|using|because|since|so|nach|in|als|aus|mit|vers|dans|a|en|como)\b|→|->", re.I)
_SOURCE = re.compile(
    r"\b(?:from|of|per|based on|according to|aus|von|laut|gemäß|de|depuis|selon|d['’]après|desde|según)\s+(?:(?:the|der|dem|la|le|el)\s+)?(?:\w+\s+)?[`*_\"“„«']*$", re.I
)
_OUT_OF = re.compile(r"\b(?:from|out of|aus|von|de|du|del|desde)\s+[`*_\"“„«']*$", re.I)
_CLAUSE_START = re.compile(r"[,;:]\s|\b(?:habe?|haben|wurden?|ist|sind)\b")
_PLACE = re.compile(r"\b(?:to|into|in|from|within|on|at|nach|aus|von|auf|vers|dans|de|du|en|al?|del)\s+(?:[\w']+\s+){0,2}[`*_\"“„«']*$|(?:→|->)\s*[`*_\"“„«']*$", re.I)
_WHOLE = re.compile(
    r"\b(?:files?|folders?|director(?:y|ies)|documents?|photos?|pictures?|images?|e-?mails?|messages?|attachments?|spreadsheets?|dateien?|datei|ordner|dokumente?|fotos?|bilder|mails?|"
    r"fichiers?|dossiers?|archivos?|carpetas?|it|them|everything|es|sie|alles)\b",
    re.I,
)  # fmt: skip
_REMINDER = re.compile(r"\b(?:remind\w*|alarm|timer|calendar|appointment|meeting|event|termin\w*|erinner\w*|wecker|kalender|rappel\w*|réveil|recordatorio|alarma|cita)\b", re.I)
_SUBJECT_END = re.compile(
    r"[`*_\"”»')\s]*(?:(?:have|has|had|is|are|was|were|now|been|also|both|all|successfully|wurden?|ist|sind|jetzt|a|ont|été|ha|han|sido|se)\b[\s,*_]*)+", re.I
)
_CONTENT = frozenset({"created", "changed"})
_MADE_BY_CONTENT = frozenset({"created", "changed", "moved", "copied", "ran"})
_REMOVING = frozenset({"deleted", "removed", "moved"})
_ASKED = {
    "moved": re.compile(r"\b(?:move|shift|rename|relocate|verschieb\w*|umbenenn\w*|benenn\w*|déplace\w*|renomme\w*|muev\w+|mover|renombra\w*)\b", re.I),
    "copied": re.compile(r"\b(?:copy|duplicate|kopier\w*|duplizier\w*|copie\w*|duplique\w*|copia\w*|duplica\w*)\b", re.I),
    "deleted": re.compile(r"\b(?:delete|erase|trash|lösch\w*|supprime\w*|efface\w*|borra\w*|elimina\w*)\b", re.I),
}


@dataclass(frozen=True, slots=True)
class _Clause:
    """What a claim names: what it was done to (``objects``), where it was put (``places``), the ``files`` in which or from which, all but its objects
    (``others``), and the words of the object."""

    objects: tuple[str, ...]
    places: tuple[str, ...]
    files: tuple[str, ...]
    others: tuple[str, ...]
    object_words: str


def is_borne_out(claim: DeedClaim, sentence: str, end: int, evidence: Evidence) -> bool:
    """Whether a done step is of the claimed kind, or near to it, and touched what the clause of ``sentence`` up to ``end`` names."""
    clause = _read_clause(claim, sentence, end)
    exact = [deed for deed in evidence.deeds if deed.kind in SUPPORT[claim.kind]]
    if exact and _is_to_targets(exact, clause, sentence):
        return True
    near = [deed for deed in evidence.deeds if deed.kind in _MADE_BY_CONTENT and deed.kind != "ran"]
    if not near or not any(deed.kind in _CONTENT for deed in near):
        return False
    if claim.kind == "scheduled":
        return any(_is_touched(name, near) for name in clause.files) and _is_all_touched(clause, near) and not _REMINDER.search(sentence)
    return claim.kind in _ASKED and _is_near(claim, clause, near, evidence)


def _is_near(claim: DeedClaim, clause: _Clause, near: Sequence[Deed], evidence: Evidence) -> bool:
    """Text moved, copied or deleted within files is a change of those files."""
    if not _is_all_touched(clause, near) or (claim.kind == "deleted" and clause.objects):
        return False
    is_whole = bool(_WHOLE.search(clause.object_words))
    asked = _asked_objects(claim.kind, evidence.request)
    if any(_is_touched(name, near) for name in clause.files):
        return not is_whole or (bool(asked) and claim.kind != "deleted")
    return not is_whole and not clause.objects and any(not _WHOLE.search(words) and not any(True for _ in find_names(words)) for words in asked)


def _asked_objects(kind: str, request: str) -> list[str]:
    """What the person wants to have moved, copied or deleted, where the request says so in that word."""
    found = []
    for match in _ASKED[kind].finditer(request):
        link = _LINK_WORDS.search(request, match.end())
        found.append(request[match.end() : link.start() if link else len(request)])
    return found


def _is_to_targets(deeds: Sequence[Deed], clause: _Clause, sentence: str) -> bool:
    """Whether the files that the sentence says were treated are those that were: its objects all, of the others one."""
    targets = _targets(deeds)
    if not targets:
        return True
    if not all(is_target(name, targets) for name in clause.objects):
        return False
    others = (*clause.objects, *clause.others)
    return not others or any(is_target(name, targets) for name in others) or _names_a_place(deeds, sentence)


def _names_a_place(deeds: Sequence[Deed], sentence: str) -> bool:
    """Whether something changed stands in the sentence by a name without an ending, such as a folder's."""
    plain = plain_name(sentence)
    names = {base_name(place) for deed in deeds for place in deed.places}
    return any(len(name) > 2 and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", plain) for name in names)


def _is_all_touched(clause: _Clause, deeds: Sequence[Deed]) -> bool:
    return all(_is_touched(name, deeds) for name in (*clause.objects, *clause.places))


def _is_touched(path: str, deeds: Sequence[Deed]) -> bool:
    """Whether a deed was done to this very path, its folders included where they are said."""
    name = plain_name(path)
    return any(target == name or target.endswith(f"/{name}") for target in _targets(deeds))


def _targets(deeds: Sequence[Deed]) -> list[str]:
    return [target for deed in deeds for target in deed.targets]


def _read_clause(claim: DeedClaim, sentence: str, end: int) -> _Clause:
    begin, stop, last = _object_span(claim, sentence, end)
    names = [name for name in find_names(sentence) if claim.form == "passive" or name.start < end]
    sources = [name for name in names if claim.kind not in _REMOVING and _SOURCE.search(sentence[: name.start])]
    rest = [name for name in names if name not in sources]
    objects = [name for name in rest if begin <= name.start < stop and not (claim.kind in _ASKED and _OUT_OF.search(sentence[: name.start]))]
    subjects = [name for name in rest if claim.form == "passive" and name.end <= claim.start and _SUBJECT_END.fullmatch(sentence, name.end, claim.start)]
    places = [name for name in rest if name not in objects and name not in subjects and not name.is_address and _PLACE.search(sentence[: name.start])]
    files = [name for name in places if not name.is_folder]
    words = sentence[max(0, claim.start - 60) : claim.start].split(",")[-1] if claim.form == "passive" else sentence[begin:stop]
    return _Clause(
        _texts([*objects, *subjects]), _texts(name for name in places if begin <= name.start < last), _texts([*files, *sources]), _texts(name for name in rest if name not in objects), words
    )  # fmt: skip


def _object_span(claim: DeedClaim, sentence: str, end: int) -> tuple[int, int, int]:
    """From where to where the object of the verb stands, and the end of what follows it: before the verb where that is last ("Ich habe … verschoben")."""
    after = claim.start + len(claim.words)
    begin, last = after, end
    if not re.match(r"[*_`]*[\s,]*[`\"“„*_]*\w", sentence[after:end]):
        begin, last = max((match.end() for match in _CLAUSE_START.finditer(sentence, 0, claim.start)), default=0), claim.start
    link = _LINK_WORDS.search(sentence, begin, last)
    return begin, link.start() if link else last, last


def _texts(names: Iterable[Name]) -> tuple[str, ...]:
    return tuple(name.text for name in names)
