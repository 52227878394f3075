"""Searching by words: BM25 over weighted fields, stemmed.

Source: Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and Beyond"; weights of fields as in BM25F, one length for all.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import Any

K1, B = 1.2, 0.5
MOST_TERMS = 80
_STOP = frozenset(
    [
        "a",
        "an",
        "the",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "do",
        "does",
        "did",
        "has",
        "have",
        "had",
        "of",
        "to",
        "in",
        "on",
        "at",
        "for",
        "and",
        "or",
        "with",
        "by",
        "from",
        "as",
        "it",
        "its",
        "this",
        "that",
        "these",
        "those",
        "what",
        "when",
        "where",
        "who",
        "whom",
        "which",
        "why",
        "how",
        "i",
        "you",
        "he",
        "she",
        "they",
        "we",
        "his",
        "her",
        "their",
        "my",
        "your",
        "our",
        "me",
        "him",
        "them",
        "s",
        "t",
        "can",
        "could",
        "would",
        "please",
        "will",
        "want",
        "need",
        "like",
        "using",
        "use",
        "used",
        "tool",
        "function",
    ]
)

Fields = Sequence[tuple[str, float]]  # text and weight


@cache
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")


@lru_cache(50_000)
def _stem(word: str) -> str:
    return str(_stemmer().stemWord(word))


def spaced(name: str) -> str:
    """``getUserName`` and ``get_user-name`` as words."""
    return re.sub(r"[_.\-/]+", " ", re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name))


def terms(text: str) -> list[str]:
    """Stems of the words that mean something; letters of scripts without spaces stand alone."""
    found = re.findall(r"[a-zà-ÿ]+|[0-9]+|[\u3040-\u30ff\u4e00-\u9fff]|[^\W\d_a-zà-ÿ]+", spaced(text).lower())
    return [_stem(word) for word in found if word not in _STOP]


class WordIndex:
    """Documents of weighted fields, searched by words."""

    def __init__(self, documents: Iterable[Fields]) -> None:
        self._postings: dict[str, list[tuple[int, float]]] = {}
        counts: list[Counter[str]] = []
        for fields in documents:
            count: Counter[str] = Counter()
            for text, weight in fields:
                for term in terms(text):
                    count[term] += weight  # type: ignore[assignment]
            counts.append(count)
        self.size = len(counts)
        lengths = [sum(count.values()) for count in counts]
        mean = sum(lengths) / max(1, self.size) or 1.0
        found = Counter(term for count in counts for term in count)
        for at, count in enumerate(counts):
            share = K1 * (1 - B + B * lengths[at] / mean)
            for term, frequency in count.items():
                rarity = math.log(1 + (self.size - found[term] + 0.5) / (found[term] + 0.5))
                self._postings.setdefault(term, []).append((at, rarity * frequency * (K1 + 1) / (frequency + share)))

    def scores(self, text: str) -> dict[int, float]:
        """Scores by document; those without a word in common are left out. A word said twice counts twice, not more."""
        found: dict[int, float] = {}
        for term, times in Counter(terms(text)[:MOST_TERMS]).items():
            for at, score in self._postings.get(term, ()):
                found[at] = found.get(at, 0.0) + min(times, 2) * score
        return found
