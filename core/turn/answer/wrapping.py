"""Lines that were broken within a date, a time or a span: "3 / September", "8 / p.m.", "eight / weeks"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from core.turn.answer.lexicon import MONTHS, TIME_UNITS, alternation

_BREAK = re.compile(r"\n[ \t>]*(?=[^\W_])")  # within a paragraph
_ROW_END = re.compile(r"[,;|\t]\d\d?$")  # a row of a table, not a sentence
_WORD = re.compile(r"[^\W\d_][^\W\d_.']*")
_MONTH_END = re.compile(rf"\b(?:{alternation(MONTHS)})\b\.?(?: \d{{1,2}}(?:st|nd|rd|th)?)?,?(?: de| del)?$", re.I)
_AFTER_BREAK = frozenset({*MONTHS, *TIME_UNITS, "am", "pm", "a", "p", "uhr", "o", "h", "of", "de"})
_LETTERS = 32  # on each side of a break, more than the longest date has


def unwrap(text: str) -> str:
    """The text with each paragraph on one line."""
    return _BREAK.sub(" ", text.replace(" \n", "\n"))


def broken_phrases(text: str) -> Iterator[str]:
    """What stands around each line break that may have gone through a date, a time or a span, on one line."""
    for match in _BREAK.finditer(text):
        left, right = text[max(0, match.start() - _LETTERS) : match.start()].rstrip(), text[match.end() : match.end() + _LETTERS]
        if _is_broken(left, right):
            yield f"{left.partition(' ')[2] if match.start() > _LETTERS else left} {right.rpartition(' ')[0] if len(right) == _LETTERS else right}"


def _is_broken(left: str, right: str) -> bool:
    if right[0].isdigit():
        return not (left[-1:].isdigit() and " " not in left[-3:]) and bool(_MONTH_END.search(left[-20:]))
    word = _WORD.match(right)
    return word is not None and word[0].lower() in _AFTER_BREAK and not _ROW_END.search(left)
