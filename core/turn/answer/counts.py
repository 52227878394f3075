"""Counts that code can see in evidence: files, lines, rows, items, steps, and in how many lines or files a word stands."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from core.turn.answer.evidence import Evidence
from core.turn.answer.tables import content_words, find_tables

ITEM = re.compile(r"^\s*(?:[-*+•]|\d+[.)])\s+", re.M)
_HEADING = re.compile(r"^#{1,6}\s", re.M)
_FILE = re.compile(r"[\w-]+\.[a-z]\w{1,4}\b", re.I)
GENERIC_TEXT = (
    "file files folder folders item items entry entries row rows line lines match matches result results document documents task tasks event events message "
    "messages email emails step steps change changes note notes page pages time times place places day days week weeks month months person people datei "
    "dateien ordner einträge zeilen treffer dokumente aufgaben termine nachrichten fichiers dossiers lignes éléments archivos carpetas líneas elementos "
    "others remaining andere"
)
GENERIC = frozenset(GENERIC_TEXT.split())


def count_values(evidence: Evidence) -> set[float]:
    """Counts of texts, results and deeds, whatever the words."""
    texts = (*evidence.results, *evidence.texts)
    found = {float(len(evidence.steps)), float(len(evidence.results)), float(len(evidence.texts))}
    found |= {float(count) for text in texts for count in _shape(text)}
    found |= {float(count) for step in evidence.steps for count in _lengths(step.value)} | {float(len(step.changes)) for step in evidence.steps}
    found |= {float(count) for count in Counter(step.tool for step in evidence.steps).values()}
    for kind in {deed.kind for deed in evidence.deeds}:
        targets = [deed.targets for deed in evidence.deeds if deed.kind == kind]
        found |= {float(len(targets)), float(len({target for group in targets for target in group}))}
    return found


def _shape(text: str) -> Iterator[int]:
    lines = text.splitlines()
    full = [line for line in lines if line.strip()]
    yield from (len(lines), len(full), len(full) - 1, len(re.split(r"\n\s*\n", text.strip())), len(ITEM.findall(text)), len(_HEADING.findall(text)))
    yield from (len(text.split()), len(text), len({name.lower() for name in _FILE.findall(text)}))
    folders = sum(line.rstrip().rstrip("`*)").endswith("/") or "/  " in line for line in full)
    yield from (folders, len(full) - folders, len(set(full)), text.count("?"))
    for block in re.split(r"\n\s*\n|^#.*$", text, flags=re.M):
        yield from (len([line for line in block.splitlines() if line.strip()]), len(ITEM.findall(block)))
    for rows in find_tables(text):
        yield from (len(rows), len(rows) - 1, max(map(len, rows)))
        for cells in zip(*rows, strict=False):
            yield from (len(set(cells)), len(set(cells)) - 1, *(count for _, count in Counter(cells).most_common(40)))
    endings = Counter(name.rsplit(".", 1)[-1].lower() for name in _FILE.findall(text))
    yield from endings.values()


def _lengths(value: Any) -> Iterator[int]:
    if isinstance(value, dict):
        yield len(value)
        for part in value.values():
            yield from _lengths(part)
    elif isinstance(value, list):
        yield len(value)
        for part in value[:2000]:
            yield from _lengths(part)


def word_counts(words: Iterable[str], evidence: Evidence) -> set[float]:
    """For each word: lines, texts and places in which it stands, by text and in all."""
    texts = (*evidence.results, *evidence.texts[1:])
    found: set[float] = set()
    lowered = [text.casefold() for text in texts]
    for word in words:
        stem = word[: max(4, len(word) - 2)]
        lines = [sum(stem in line for line in text.split("\n")) for text in lowered]
        places = [text.count(stem) for text in lowered]
        found |= {float(count) for count in (*lines, *places, sum(lines), sum(places), sum(map(bool, lines)))}
    return found


def listed_count(sentence: str, said: str, following: str = "") -> set[float]:
    """How many things the sentence itself lists, and how many items or rows the lists before it and right behind it (``following``) have."""
    after = re.split(r"[:(]| — | – ", sentence, maxsplit=1)[-1]
    parts = [part for part in re.split(r",|;|\band\b|\bund\b|\bet\b|\by\b|\bor\b|\boder\b", after) if part.strip(" .!*_`\n")]
    whole = [part for part in re.split(r",|;|\band\b|\bund\b|\bet\b|\by\b", sentence) if part.strip(" .!*_`\n")]
    rows = [float(len(rows) - spare) for text in (said, following) for rows in find_tables(text) for spare in (0, 1, 2)]
    blocks = [float(len(ITEM.findall(block))) for text in (said, following) for block in (*re.split(r"\n\s*\n", text), text)]
    return {float(len(parts)), float(len(whole)), *rows, *blocks}


def relevant_words(sentence: str, evidence: Evidence) -> set[str]:
    """Words of the sentence that stand in evidence."""
    return {word for word in content_words(sentence) if len(word) > 3 and word[: max(4, len(word) - 2)] in evidence.haystack}
