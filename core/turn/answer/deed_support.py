"""Whether what was really done bears out a claimed deed: its kind or one near to it, done to the things that the sentence names."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.turn.answer.claimed import SUPPORT
from core.turn.answer.deed_claims import DeedClaim
from core.turn.answer.deed_clauses import LINK_WORDS, DeedClause, read_clause
from core.turn.answer.deeds import Deed, is_target
from core.turn.answer.evidence import Evidence
from core.turn.answer.names import base_name, find_names, plain_name

_WHOLE = re.compile(
    r"\b(?:files?|folders?|director(?:y|ies)|documents?|photos?|pictures?|images?|e-?mails?|messages?|attachments?|spreadsheets?|dateien?|datei|ordner|dokumente?|fotos?|bilder|mails?|"
    r"fichiers?|dossiers?|archivos?|carpetas?|it|them|everything|es|sie|alles)\b",
    re.I,
)  # fmt: skip
_REMINDER = re.compile(r"\b(?:remind\w*|alarm|timer|calendar|appointment|meeting|event|termin\w*|erinner\w*|wecker|kalender|rappel\w*|réveil|recordatorio|alarma|cita)\b", re.I)
_FOLDERS = re.compile(r"\b(?:folders?|director(?:y|ies)|ordner|verzeichnis\w*|dossiers?|carpetas?)\b", re.I)
_CONTENT = frozenset({"created", "changed"})
_NEAR = frozenset({"created", "changed", "moved", "copied"})
_ASKED = {
    "moved": re.compile(r"\b(?:move|shift|rename|relocate|verschieb\w*|umbenenn\w*|benenn\w*|déplace\w*|renomme\w*|muev\w+|mover|renombra\w*)\b", re.I),
    "copied": re.compile(r"\b(?:copy|duplicate|kopier\w*|duplizier\w*|copie\w*|duplique\w*|copia\w*|duplica\w*)\b", re.I),
    "deleted": re.compile(r"\b(?:delete|erase|trash|lösch\w*|supprime\w*|efface\w*|borra\w*|elimina\w*)\b", re.I),
}


def is_borne_out(claim: DeedClaim, sentence: str, end: int, evidence: Evidence, deeds: Sequence[Deed]) -> bool:
    """Whether one of ``deeds`` is of the claimed kind, or near to it, and touched what the clause of ``sentence`` up to ``end`` names."""
    clause = read_clause(claim, sentence, end)
    exact = [deed for deed in deeds if deed.kind in SUPPORT[claim.kind]]
    if exact and _is_to_targets(exact, clause, sentence):
        return True
    near = [deed for deed in deeds if deed.kind in _NEAR]
    if not near or not any(deed.kind in _CONTENT for deed in near):
        return False
    if claim.kind == "scheduled":
        return any(_is_touched(name, near) for name in clause.files) and _is_all_touched(clause, near) and not _REMINDER.search(sentence)
    return claim.kind in _ASKED and _is_near(claim, clause, near, evidence)


def _is_near(claim: DeedClaim, clause: DeedClause, near: Sequence[Deed], evidence: Evidence) -> bool:
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
        link = LINK_WORDS.search(request, match.end())
        found.append(request[match.end() : link.start() if link else len(request)])
    return found


def _is_to_targets(deeds: Sequence[Deed], clause: DeedClause, sentence: str) -> bool:
    """Whether the files that the sentence says were treated are those that were: its objects all, of the others one."""
    targets = _targets(deeds)
    if not targets:
        return True
    if not all(is_target(name, targets) for name in clause.objects):
        return False
    others = (*clause.objects, *clause.others)
    return not others or any(is_target(name, targets) for name in others) or _names_a_place(deeds, sentence)


def _names_a_place(deeds: Sequence[Deed], sentence: str) -> bool:
    """Whether the sentence is about folders and names one that was made or filled."""
    plain = plain_name(sentence)
    names = {base_name(place) for deed in deeds for place in deed.places}
    return bool(_FOLDERS.search(sentence)) and any(len(name) > 2 and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", plain) for name in names)


def _is_all_touched(clause: DeedClause, deeds: Sequence[Deed]) -> bool:
    return all(_is_touched(name, deeds) for name in (*clause.objects, *clause.places))


def _is_touched(path: str, deeds: Sequence[Deed]) -> bool:
    """Whether a deed was done to this very path, its folders included where they are said."""
    name = plain_name(path)
    return any(target == name or target.endswith(f"/{name}") for target in _targets(deeds))


def _targets(deeds: Sequence[Deed]) -> list[str]:
    return [target for deed in deeds for target in deed.targets]
