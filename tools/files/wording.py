"""How writing tools say what they made, and what is still open in it."""

from __future__ import annotations

import re

from tools.documents.content import counted, lines_of, words_of
from tools.documents.plain import rows_of

_PLACEHOLDERS = re.compile(
    r"\[(?:(?:your|my|the|recipient|sender|client|customer|company|insert|enter|add|name|date|address|title|position|phone|e-?mail|city|amount|number|subject)\b[^\]\n]{0,40}"
    r"|(?:ihr|ihre|dein|deine|name|datum|adresse|ort|empfänger|absender|firma)\b[^\]\n]{0,40})\](?!\()"
    r"|\{\{[^{}\n]{1,40}\}\}|<(?:your|insert|enter|name|date|recipient)[ _-][^<>\n]{1,40}>|(?<!# )\bTODO\b(?! list)|\bTBD\b|\bFIXME\b|\bX{4,}\b|\blorem ipsum\b",
    re.I,
)
_CASED = re.compile(r"todo|tbd|fixme|x{4,}")  # words that mean this only in capitals
MOST = 5


def measured(text: str, size: int, ending: str = "") -> str:
    """``12 lines, 148 words, 901 bytes``; of a table its rows and columns, as its words say nothing."""
    what = _shape(text) if ending.lower() in (".csv", ".tsv") and text.strip() else words_of(text)
    return f"{counted(len(lines_of(text)), 'line')}, {what}, {counted(size, 'byte')}"


def _shape(text: str) -> str:
    rows = rows_of(text)
    return f"{counted(len(rows) - 1, 'row')} below the header, {counted(len(rows[0]), 'column')}"


def placeholders(text: str) -> list[str]:
    """What looks as if it was to be filled in, each once, in order."""
    found = (match[0] for match in _PLACEHOLDERS.finditer(text))
    return list(dict.fromkeys(name for name in found if not _CASED.fullmatch(name)))


def open_places(text: str) -> str:
    """A sentence on them, empty where there are none."""
    names = placeholders(text)
    if not names:
        return ""
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return f" It still holds the {'placeholder' if len(names) == 1 else 'placeholders'} {', '.join(names[:MOST])}{more}."


def listed(names: list[str], most: int = 8) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
