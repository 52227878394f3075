"""A call that a model began to write in its text and did not end: it can neither be made nor be shown."""

from __future__ import annotations

import re

from core.calls.bare import may_become_bare, read_bare_calls
from core.calls.markers import MARKERS
from core.calls.reader import Schemas
from core.calls.stream import is_closed, name_in

_MARK = re.compile(r"^[ \t]*(?P<mark>" + "|".join(re.escape(mark) for mark in sorted(MARKERS, key=len, reverse=True)) + r")(?P<rest>.*)\Z", re.S | re.M | re.I)
_VALUE = re.compile(r"\s*(?:[\[{<]|[\w.-]+\s*[\[{(]|\Z)")
_NAME = re.compile(r"[\"'\w. -]*\Z|[\"']?[\w.-]+[\"'>\s]")
_NAMING = ("=", " to=")  # ends of marks behind which the tool's name stands
_FEWEST = 5  # letters of a mark that was cut in the middle


def find_begun_call(text: str, schemas: Schemas, is_cut: bool) -> tuple[int, str] | None:
    """Where a call begins that has no end, and the offered tool that it names (else empty); None where there is none. ``is_cut``: the reply was broken off."""
    if is_cut and may_become_bare(text, schemas.keys()) and (calls := [call for call in read_bare_calls(text, schemas) if call.cut]):
        return 0, calls[-1].name
    for match in _MARK.finditer(text):
        start = match.start("mark")
        if text[:start].count("```") % 2 or not _is_meant(match["mark"], match["rest"]):
            continue
        return None if is_closed(text[start:]) else (start, name_in(text[start:], schemas))
    line = text[text.rfind("\n") + 1 :].lstrip()
    is_begun = is_cut and len(line) >= _FEWEST and text.count("```") % 2 == 0 and any(mark.lower().startswith(line.lower()) for mark in MARKERS)
    return (len(text) - len(line), "") if is_begun else None


def _is_meant(mark: str, rest: str) -> bool:
    """Whether what follows a mark is the beginning of a call, and no sentence about such marks."""
    return bool(_NAME.match(rest) if mark.endswith(_NAMING) else _VALUE.match(rest))
