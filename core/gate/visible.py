"""Texts that a person agrees to, as they are: letters that are not seen, or that make others look otherwise, are written out."""

from __future__ import annotations

import re
import unicodedata

MOST_SHOWN = 20_000  # letters of a preview, so that a question stays one that can be read
_SEEN = frozenset("\n\t")
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0e\uffa0\U000e0100-\U000e01ef]"
)  # letters by their category, and nothing to be seen of them
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})  # Unicode's general categories: controls, formats (bidirectional ones too), what is no letter


def visible(text: str) -> str:
    r"""The text with each such letter as its number: ``\x1b`` for the one that begins a terminal's command, ``\u202e`` for the one that turns the line round."""
    return "".join(letter if letter in _SEEN or not (unicodedata.category(letter) in _HIDDEN or _BLANK.match(letter)) else _escaped(ord(letter)) for letter in text)


def _escaped(number: int) -> str:
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
