"""Several entries of a list that fit a question equally: a small model tells the first that it reads, a person wants to know of all."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.language.words import content_stems, shared_stems, words_of
from core.turn.small.material import Document

_PARTS = re.compile(r"\s*(?:\s[-–—]\s|[;|\t:]|,\s)\s*")
LETTERS = 120  # of an entry at most; longer lines are prose
MOST = 5  # entries that are told; where more fit, the question means something else


def rival_entries(documents: Sequence[Document], question: str, answer: str) -> list[str]:
    """The entries that say the same of the question in the same place, where the answer tells of one of them only; empty where it is the only one.

    >>> listed = Document("suppliers.txt", "Paco Ribera - paint - 555 0134\\nPaco Lluch - tools - 555 0187\\nAmparo - screws - 555 0122")
    >>> rival_entries([listed], "what is the phone number of Paco, the supplier?", "Paco Ribera - 555 0134")
    ['Paco Ribera - paint - 555 0134', 'Paco Lluch - tools - 555 0187']
    """
    asked = content_stems(question)
    for document in documents:
        entries = [(line.strip(), parts) for line in document.text.splitlines() if len(line) <= LETTERS and len(parts := _PARTS.split(line.strip())) > 1]
        told = max(entries, key=lambda entry: _told_of(entry[0], answer), default=None)
        if told is None or _told_of(told[0], answer) < 2:
            continue
        marks = _marks(told[1], asked)
        alike = [line for line, parts in entries if marks and len(parts) == len(told[1]) and _marks(parts, asked) == marks]
        unsaid = [line for line in alike if line != told[0] and not _is_told(line, told[0], answer)]
        if unsaid and len(alike) <= MOST and len(alike) < len(entries):
            return alike
    return []


def _marks(parts: Sequence[str], asked: Sequence[str]) -> dict[int, frozenset[str]]:
    """Which words of the question stand in which part of an entry."""
    return {at: frozenset(found) for at, part in enumerate(parts) if (found := shared_stems(asked, part))}


def _told_of(line: str, answer: str) -> int:
    """How many words of an entry an answer says."""
    return len(set(words_of(line)) & set(words_of(answer)))


def _is_told(line: str, other: str, answer: str) -> bool:
    """Whether an answer tells of an entry too: it says words of it that the other does not have."""
    return bool((set(words_of(line)) - set(words_of(other))) & set(words_of(answer)))
