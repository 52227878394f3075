"""How many items, rows, lines and names the model itself wrote, and how many things its calls changed: what it made it may count."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from core.plan import strings
from core.turn.answer.claims import Claim
from core.turn.answer.counts import ITEM
from core.turn.answer.deeds import StepFact, deeds_of
from core.turn.answer.evidence import Evidence
from core.turn.answer.names import base_name, is_named, plain_name
from core.turn.answer.tables import Rows, find_tables

MOST_NAME_WORDS = 4  # of one part of a line that lists names
_PARTS = re.compile(r",|;| & |\band\b|\bund\b|\bet\b|\by\b")
_HEADING = re.compile(r"#{1,6}\s")
_MEASURE = re.compile(
    r"(?P<line>lines?|zeilen?|lignes?|líneas?)|(?P<word>words?|w[oö]rter?n?|mots?|palabras?)|(?P<heading>headings?|sections?|überschriften|abschnitte?)|(?P<paragraph>paragraphs?|absätze)",
    re.I,
)
_NOUNS = re.compile(r"[^\W\d_]{3,}")


def made_counts(evidence: Evidence, claim: Claim, sentence: str) -> set[float]:
    """Counts that ``claim`` may mean, of the texts that were written and of the things that were changed.

    Where a question is asked the model's own texts prove nothing (:attr:`Evidence.authored`), so there they count only in a sentence that names the file.
    """
    plain = plain_name(sentence)
    steps = [step for step in evidence.steps if step.is_done and step.is_acting and (not evidence.authored or _is_spoken_of(step, plain))]
    nouns = _NOUNS.findall(sentence[claim.end : claim.end + 40])[:2]
    measure = next((match.lastgroup or "" for noun in nouns if (match := _MEASURE.fullmatch(noun))), "")
    texts = [text for step in steps for text in _written(step.args)]
    if measure:
        return {float(count) for text in texts for count in _measured(text, measure)}
    things = [list(_things(text)) for text in texts]
    found = {float(count) for counts in things for count in counts} | {float(sum(counts[0] for counts in things if counts))}
    return found | {float(len(part)) for step in steps for part in step.args.values() if isinstance(part, list)} | _changed(steps)


def _is_spoken_of(step: StepFact, plain: str) -> bool:
    return any(is_named(base_name(place), plain) for deed in deeds_of(step) for place in deed.places)


def _written(args: Mapping[str, Any]) -> list[str]:
    """The texts of a call: what has lines, or lists something."""
    return [text for text in strings(dict(args)) if "\n" in text.strip() or ", " in text]


def _measured(text: str, measure: str) -> tuple[int, ...]:
    full = [line for line in text.splitlines() if line.strip()]
    if measure == "line":
        return len(text.splitlines()), len(full)
    if measure == "word":
        return (len(text.split()),)
    return (sum(bool(_HEADING.match(line)) for line in full),) if measure == "heading" else (len(re.split(r"\n\s*\n", text.strip())),)


def _things(text: str) -> Iterator[int]:
    """How many things a text lists, the number of all first: its rows, else its items, else its lines; and those of each part of it."""
    tables = [rows for rows in find_tables(text) if len(rows[0]) > 1] if not ITEM.search(text) else []
    if tables and sum(map(len, tables)) == len([line for line in text.splitlines() if line.strip(" |:-")]):
        yield from _rows(tables)
        return
    lines = [line for line in text.splitlines() if line.strip() and not _HEADING.match(line)]
    yield len(ITEM.findall(text)) or len(lines)
    for block in re.split(r"\n\s*\n|^#.*$", text, flags=re.M):
        yield len(ITEM.findall(block))
    for line in lines:
        yield from _listed_names(line)


def _rows(tables: list[Rows]) -> Iterator[int]:
    """Rows below the heads, where there are some; columns; and how many rows hold the same in a column."""
    yield sum(len(rows) - _has_heads(rows) for rows in tables)
    for rows in tables:
        yield from (len(rows) - _has_heads(rows), max(map(len, rows)))
        for cells in zip(*rows[_has_heads(rows) :], strict=False):
            yield from (len(set(cells)), *(count for _, count in Counter(cells).most_common(40)))


def _has_heads(rows: Rows) -> bool:
    return not any(re.search(r"[\d@]", cell) for cell in rows[0])


def _listed_names(line: str) -> Iterator[int]:
    """How many names stand in a line that lists some, after what it begins with ("Guests: Anna, Ben and Carla")."""
    parts = [part for part in _PARTS.split(line.rsplit(":", 1)[-1]) if part.strip(" .*_`-")]
    if len(parts) > 1 and all(len(part.split()) <= MOST_NAME_WORDS for part in parts):
        yield len(parts)


def _changed(steps: Iterable[StepFact]) -> set[float]:
    """How many things were changed in each way, over all calls."""
    places: dict[str, set[str]] = {}
    for step in steps:
        for change in step.changes:
            kind, path = (change.get(name) if isinstance(change, Mapping) else getattr(change, name, "") for name in ("kind", "path"))
            places.setdefault(str(kind), set()).add(str(path))
    return {float(len(found)) for found in places.values()}
