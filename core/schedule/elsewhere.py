"""A time zone that is said with a time: "at 9 in New York", "9 am UTC", "Tokyo time"."""

from __future__ import annotations

import re

from core.places import ABBREVIATIONS, zone_of

_NAMED = r"(?:[A-Z][A-Za-z]+/[A-Za-z_+-]+(?:/[A-Za-z_]+)?)"
_WIDE = {"eastern": "et", "central": "cst", "mountain": "mst", "pacific": "pt"}
_FORMS = (
    re.compile(rf"(?:\bin\s+|\bat\s+|,\s*)?\b(?P<iana>{_NAMED})(?:\s+time)?(?![\w/])"),
    re.compile(rf"(?:,\s*)?(?<=[\dmMkn])\s*\b(?P<short>{'|'.join(ABBREVIATIONS)})(?:\s+time)?\b", re.I),
    re.compile(r"(?:,\s*)?\b(?P<wide>eastern|central|mountain|pacific)(?:\s+standard|\s+daylight)?\s+time\b", re.I),
    re.compile(r"(?:\bin\s+|,\s*)?\b(?P<place>[A-Za-z]+(?:\s+[A-Za-z]+){0,2})(?:'s|’s)?\s+time\b", re.I),
    re.compile(r"\b(?:in|at)\s+(?P<town>[A-Za-z]+(?:\s+[A-Za-z]+){0,2})\b", re.I),
)


def taken(text: str) -> tuple[str, str]:
    """The text without the zone that it names, and that zone's IANA name; the text as it is and nothing where it names none."""
    for form in _FORMS:
        at = 0
        while match := form.search(text, at):
            at = match.start() + 1  # "in the morning in London" has two places where one could stand
            kind, said = next((kind, said) for kind, said in match.groupdict().items() if said)
            found, rest = _zone(kind, said)
            if found:
                start, end = match.span()
                return " ".join(f"{text[:start]} {rest} {text[end:]}".split()), found
    return text, ""


def _zone(kind: str, said: str) -> tuple[str, str]:
    """The zone of what was said, and those of its words that do not belong to it: "9 Tokyo time" and "in London on Friday" have some."""
    if kind in ("short", "wide"):
        return ABBREVIATIONS[_WIDE.get(said.lower(), said.lower())], ""
    if kind == "iana":
        return (said, "") if zone_of(said) else ("", "")
    words = said.split()
    if re.match(r"(?:christmas|easter)\b(?! island)", said, re.I):  # days, before they are islands
        return "", ""
    for count in range(len(words), 0, -1):
        part, rest = (words[:count], words[count:]) if kind == "town" else (words[-count:], words[:-count])
        zone = zone_of(" ".join(part)) if len(part[0]) > 2 or len(part) > 1 else None
        if zone is not None and "/" in zone.key:
            return zone.key, " ".join(rest)
    return "", ""


__all__ = ["taken"]
