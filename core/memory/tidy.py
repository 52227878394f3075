"""Consolidation without a model: facts that say the same in other words are joined, the newer one in force, the older one its history.

Two facts are the same when they have the same meaningful words in the same order, whatever their form, and the same denial: "Anna likes Tom" is not "Tom likes Anna". What nobody used for long fades in searches (:func:`faded`); nothing is ever deleted by itself.
"""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import Any

from core.memory.small_words import LITTLE
from core.memory.store import Memories

MOST = 20_000  # facts looked at
FADES, LIFTS, RATED = 0.3, 0.08, 0.25  # of a score, in standard deviations
_DENIAL = re.compile(r"\b(?:not|never|no|none|n't|without|nobody|nothing)\b|n't\b", re.I)


def essence(text: str) -> tuple[str, ...]:
    """The meaningful words of a fact in one form, in order, and whether it is denied."""
    words = re.findall(r"[\w']+", text.lower().replace("n't", " not"))
    kept = [_stem(word.strip("'")) for word in words if word.strip("'") not in LITTLE]
    return (*kept, "denied") if is_denied(text) else tuple(kept)


def is_denied(text: str) -> bool:
    """Whether a fact says that something is not so."""
    return bool(_DENIAL.search(text))


def _stem(word: str) -> str:
    """A word without the endings of English, one after the other: meetings, meeting, meet."""
    word = word.removesuffix("'s")
    shorter = next((word.removesuffix(ending) for ending in ("ing", "ed", "es", "s") if len(word) > len(ending) + 3 and word.endswith(ending) and word.isalpha()), word)
    return shorter if shorter == word else _stem(shorter)


def tidy(memories: Memories) -> int:
    """Join what says the same; how many went into others. Only words of the person's own, and of one source, are joined."""
    seen: dict[tuple[Any, ...], dict[str, Any]] = {}
    joined = 0
    for fact in memories.facts()[-MOST:]:
        key = (fact["said_by"], fact["source"], essence(fact["text"]))
        if len(key[2]) > 1 and (older := seen.get(key)):
            memories.merge(older["id"], fact["id"])
            joined += 1
        seen[key] = fact
    return joined


def faded(row: dict[str, Any], now: datetime) -> float:
    """What is added to the score of a fact: less for what was long not used, more for what was of use or called right."""
    if row["level"] != "fact":
        return 0.0
    last = datetime.fromisoformat(row["used_at"] or row["at"])
    years = max(0.0, (now - last).total_seconds() / 31_557_600)
    return LIFTS * math.log1p(row["used"]) + RATED * row["rating"] - FADES * (1 - math.exp(-years))
