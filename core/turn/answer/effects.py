"""How much a claimed deed says was done ("all three", "everything in d"), and what a file is said to hold now: held against the changes themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable

from core.plan import strings
from core.turn.answer.claimed import SUPPORT
from core.turn.answer.deeds import StepFact, deeds_of
from core.turn.answer.evidence import Evidence
from core.turn.answer.lexicon import COUNT_WORDS, alternation
from core.turn.answer.names import base_name, find_names, plain_name
from core.turn.answer.numbers import evidence_values

_FILES = r"(?:files?|folders?|documents?|photos?|pictures?|images?|items?|things?|dateien?|ordner|dokumente?|fotos?|bilder|fichiers?|dossiers?|archivos?|carpetas?)"
_MANY = re.compile(
    rf"\b(?P<count>both|beide\w*|(?:les|los|las) (?:deux|dos)|\d{{1,4}}|{alternation(COUNT_WORDS)})\b(?:\s+(?:of|von|de)\s+(?:the|den|les|los))?(?:\s+[\w.*-]+){{0,3}}?\s+{_FILES}\b|\b(?:all|alle|tous les|todos los) (?P<all>\d{{1,4}}|{alternation(COUNT_WORDS)})\b",
    re.I,
)
_EVERYTHING = re.compile(rf"\b(?:everything|all(?: of)?(?: the)?(?:\s+[\w.*-]+){{0,2}}? {_FILES}|alles|alle (?:\w+ )?{_FILES}|tout|todo)\b[^.;!?\n]{{0,30}}?\b(?:in|from|of|under|aus|von|dans|de|en)\s+[`\"“*_]*(?P<folder>[\w.-]+(?:/[\w.-]+)*)/?", re.I)  # fmt: skip
_FOLDER = re.compile(r"folder|ordner|dossier|carpeta|\ball\b|both|beide", re.I)
_HOLDS = re.compile(r"\b(?:now )?(?:holds?|contains?|says?|reads?|has|enthält|enthalten|steht|stehen|contient|contiene)\b", re.I)
_QUOTED = re.compile(r"[“„\"«']([^”“\"»\n]{1,200}?)[”“\"»'](?!\w)")
_WORD_SAID = re.compile(r"\b(?:the|das|le|la) (?:word|wort|mot|palabra)s? [`\"“*_]*(\w+)|\b([A-ZÄÖÜ]{3,})\b")
_REMOVING = frozenset({"deleted", "removed", "moved"})


def is_count_done(kind: str, clause: str, evidence: Evidence) -> bool:
    """Whether as many things were changed as a clause says; what it says no number of, or what no changes are known of, counts as done."""
    steps = [step for step in evidence.steps if step.is_done and step.is_acting and any(deed.kind in SUPPORT[kind] for deed in deeds_of(step))]
    if not steps or any(not step.changes for step in steps):
        return True
    if (match := _MANY.search(clause)) and (count := _count(match)) > 1:
        told = {value for step in steps for value in evidence_values(step.text)}
        return _changed(steps, bool(_FOLDER.search(match[0]))) >= count or float(count) in told
    return kind not in _REMOVING or not (match := _EVERYTHING.search(clause)) or not _left_in(match["folder"].rstrip("."), steps, evidence)


def _count(match: re.Match[str]) -> int:
    word = (match["all"] or match["count"]).lower()
    return int(word) if word.isdigit() else COUNT_WORDS.get(word, 2)


def _changed(steps: Iterable[StepFact], with_new_folders: bool) -> int:
    """How many files and folders these steps changed; folders that are made for files on the way count only where folders are meant."""
    return len({str(_of(change, "path")) for step in steps for change in step.changes if with_new_folders or _of(change, "kind") != "mkdir"})


def _of(change: object, name: str) -> object:
    return change.get(name, "") if isinstance(change, dict) else change if isinstance(change, str) else getattr(change, name, "")


def _left_in(folder: str, steps: Iterable[StepFact], evidence: Evidence) -> set[str]:
    """Names that were in a folder before and that no step took away."""
    taken = {base_name(str(_of(change, "path"))) for step in steps for change in step.changes}
    inside = {name for name in evidence.here if f"/{plain_name(folder)}/" in f"/{name}" and not name.endswith("/") and base_name(name) != base_name(folder)}
    return set() if base_name(folder) in taken else {name for name in inside if base_name(name) not in taken}


def wrong_contents(sentence: str, evidence: Evidence) -> list[str]:
    """What a sentence says that a file holds which was written in this turn, and that is in no text that was written or read."""
    if not _HOLDS.search(sentence):
        return []
    names = {base_name(name.text) for name in find_names(sentence)}
    steps = [step for step in evidence.steps if step.is_done and any(base_name(place) in names for deed in deeds_of(step) for place in (*deed.places, *deed.targets))]
    if not any(step.changes for step in steps):
        return []
    known = "\n".join((*(text for step in steps for text in strings(dict(step.args))), *(step.text for step in steps))).casefold()
    claimed = [match[1] for match in _QUOTED.finditer(sentence)] or [match[1] or match[2] for match in _WORD_SAID.finditer(sentence)]
    return [words for words in claimed if words and base_name(words) not in names and _squeeze(words) not in _squeeze(known)]


def _squeeze(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text.casefold()).strip()
