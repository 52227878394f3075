"""Other ways of saying the same, rewritten before a text about time is read piece by piece."""

from __future__ import annotations

import re

from core.schedule.words import DAY, MONTH, UNIT

_SHORT = {"mo": "monday", "tu": "tuesday", "we": "wednesday", "th": "thursday", "fr": "friday", "sa": "saturday", "su": "sunday"}
_TWO = "|".join(_SHORT)
_NUMBER = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_MINUTES = r"(?:ten|fifteen|twenty(?:[- ]five)?|thirty(?:[- ]five)?|forty(?:[- ]five)?|fifty(?:[- ]five)?)"
_PART = r"(?:morning|afternoon|evening|night)"

WORDS = (  # before numbers become digits
    (rf"(?<!at )\b(?=({_NUMBER}) ({_MINUTES})\b(?! (?:{UNIT}|times|past|to)\b))", "at "),  # "seven thirty on weekdays"
    (r"\bfirst thing(?: in the morning)?\b", "in the morning"),
)
REWRITES = (
    (r"\bum (?=\d)", "at "),
    (r"\bin (?:about|around|roughly|approximately) (?=\d|an?\b|half\b)", "in "),
    (rf"\b(?:at )?(?:around|about|roughly|approximately|approx\.?|circa) (?=\d{{1,2}}(?:[:.]\d\d)?(?! ?{UNIT}\b)(?!\d)|(?:noon|midnight|half past|quarter)\b)", "at "),
    (rf"\b({DAY}|tomorrow|today) (\d{{1,2}})h(?!\w)", r"\1 at \2:00"),
    (r"\bmwf\b", "monday, wednesday and friday"),
    (r"\bt/?th\b", "tuesday and thursday"),
    (r"\b(\d{1,2}(?:[:.]\d\d)?)([ap])(?=[\s,.;]|$)", r"\1\2m"),
    (rf"\b(?:every |each )?weekend {_PART}s?\b", lambda m: f"every weekend in the {re.search(_PART, m[0])[0]}"),  # type: ignore[index]
    (r"\b(?:of|in) (?:the|each|every) quarter\b", "every quarter"),
    (rf"\b(?:in |on )?next month,? on (?:the )?(\w+) ({DAY})\b", r"the \1 \2 of next month"),
    (rf"\b(?:for )?the next (\d+) ({DAY})", r"every \2 for \1 weeks"),
    (r"\b([01]\d|2[0-3])([0-5]\d) (?:hours|hrs)\b", r"at \1:\2"),
    (rf"\b({MONTH}(?:(?:, ?| and |, and ){MONTH})+) (\d{{1,2}})(?:st|nd|rd|th)\b", r"on the \2th in \1"),
)  # fmt: skip


def said_in_words(text: str) -> str:
    """``text`` in lower case, while its numbers are words."""
    for pattern, instead in WORDS:
        text = re.sub(pattern, instead, text)
    return text


def rewritten(text: str) -> str:
    """``text`` with digits for numbers."""
    for pattern, instead in REWRITES:
        text = re.sub(pattern, instead, text)
    if len(re.findall(rf"\b(?:{_TWO})\b", text)) > 1:  # "Tu and Th"; one alone may be a word
        text = re.sub(rf"\b(?:{_TWO})\b(?=\s*(?:[,/&-]|and\b|at\b|\d|$))", lambda m: _SHORT[m[0]], text)
    return text
