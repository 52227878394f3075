"""The form that a request asks for, kept by code: one thing a line, dates in order, a list with marks."""

from __future__ import annotations

import re

ONE_A_LINE = re.compile(
    r"\bone (?:\w+ )?(?:a|per|to a|on each|on a|in each) line\b|\b(?:each|every (?:one|date|name|item)) (?:on|in) (?:a|its own|a new|a separate) line\b|\beine?[rsn]? pro zeile\b",
    re.I,
)
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_EARLIEST = re.compile(r"\b(?:earliest|oldest|next one|soonest|in order|chronological\w*|by date|first)\b", re.I)
_LATEST = re.compile(r"\b(?:latest|newest|most recent) first\b", re.I)


def keep_form(text: str, request: str) -> str:
    """The text in the form that the request asks for."""
    if not ONE_A_LINE.search(request):
        return text
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) == 1 and lines[0].count(",") >= 1:
        lines = [part.strip() for part in re.split(r",\s*(?:and\s+)?|\s+and\s+", lines[0].rstrip(".")) if part.strip()]
    bare = [re.sub(r"^(?:[-*•]|\d+[.)])\s+", "", line) for line in lines]
    if all(_ISO.fullmatch(line) for line in bare):
        bare = sorted(set(bare), reverse=bool(_LATEST.search(request))) if _EARLIEST.search(request) or _LATEST.search(request) else list(dict.fromkeys(bare))
    return "\n".join(bare)
