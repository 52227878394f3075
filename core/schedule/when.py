"""Reading when something is to happen: plain English, cron, ISO 8601, RRULE. Everything that is said has to be understood; what is not is asked about.

The text is read piece by piece. Each piece that is found is taken out; where something meaningful is left over in the end, or a piece can mean two things, the
answer is a question and never a guess.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from core.schedule import elsewhere, formats
from core.schedule.bounds import bounds
from core.schedule.dates import dates, relative
from core.schedule.happenings import happening
from core.schedule.hours import dayparts, times, windows
from core.schedule.meant import rule_of
from core.schedule.repeats import ranges, recurring, weekdays
from core.schedule.rules import Rule, check, in_zone, next_after, zone_of
from core.schedule.said import Said, Unclear, nothing_left
from core.schedule.ways import rewritten, said_in_words
from core.schedule.words import DAY, digits


def read(text: str, now: datetime, zone: str, usual: str = "09:00") -> Rule:
    """The rule that a text means, at ``now`` (with an offset) in an IANA ``zone``; ``usual`` is the time of day where only days are said. Raises :class:`Unclear`, or ``bad_when`` for a broken cron, RRULE or date."""
    if not text.strip():
        raise Unclear("When?")
    try:
        return _read(text, now, zone, usual)
    except (OverflowError, ValueError, ZeroDivisionError) as error:
        raise Unclear("That is beyond all calendars. When exactly?") from error


def _read(text: str, now: datetime, zone: str, usual: str) -> Rule:
    local = now.astimezone(zone_of(zone)).replace(tzinfo=None, microsecond=0)
    rule = formats.read(text.strip(), local, now) or happening(text.strip(" .!?"))
    if rule is None:
        text, named = elsewhere.taken(text)
        if named:
            local = now.astimezone(zone_of(named)).replace(tzinfo=None, microsecond=0)
        rule = _several(rewritten(digits(said_in_words(" ".join(text.lower().split())))), local, now, _usual(usual))
        if named and named != zone:
            rule = _moved(rule, named, zone)
    check(rule, zone)
    if rule["kind"] != "when" and next_after(rule, zone, now) is None:
        raise Unclear("That is over already. When then?")
    return rule


def _moved(rule: Rule, named: str, zone: str) -> Rule:
    """A moment of another zone as one of this one; what comes back keeps the clocks that it was said by, which may change on other days."""
    if rule["kind"] != "once":
        return in_zone(rule, named)
    moment = next_after(rule, named, datetime(1970, 1, 1, tzinfo=UTC))
    return rule | {"at": moment.astimezone(zone_of(zone)).replace(tzinfo=None).isoformat()} if moment else rule


def _usual(text: str) -> int:
    match = re.fullmatch(r"\s*([01]?\d|2[0-3])[:.]([0-5]\d)\s*", text)
    return int(match[1]) * 60 + int(match[2]) if match else 540


def _several(text: str, local: datetime, now: datetime, usual: int) -> Rule:
    """One rule, or two with times of their own: "on weekdays at 7 and on weekends at 9"."""
    parts = re.split(r"\s*(?:,\s*and\b|,|\band\b)\s+(?=(?:every|each) (?:morning|afternoon|evening|night)\b)", text)
    if len(parts) > 1 and all(re.search(r"\d|\bnoon\b|\bmidnight\b", part) for part in parts):
        return {"kind": "any", "of": [_one(part, local, now, usual) for part in parts]}
    parts = re.split(r"\s*(?:,|;|\band\b|,\s*and\b)\s+(?=(?:on |every |each )?(?:weekends?|weekdays?|workdays?|" + DAY + r")\b[^,;]*?\bat\s)", text)
    if len(parts) == 1 and not re.search(r"\b(?:between|from)\s+\S+(?:\s*[ap]m)?\s+and\b", text):
        parts = re.split(
            r"\s*(?:,|;|\band\b|,\s*and\b)\s+(?=(?:at\s+)?(?:\d{1,2}(?:[:.]\d\d)?\s*(?:am|pm)?|noon|midnight)\s+(?:(?:on|every|each)\s|weekdays\b|weekends\b|"
            + DAY
            + r"(?<=s)\b))",
            text,
        )
    if (
        len(parts) > 1
        and not re.match(r"\s*(?:but|except|excluding|not)\b", parts[0])
        and all(re.search(rf"\b(?:on|every|each)\s|weekdays|weekends|{DAY}\b", part) for part in parts)
        and all(re.search(r"\bat\s+\S|\d:\d|\d\s*[ap]m|^\s*\d|noon|midnight", part) for part in parts)
    ):
        _one_half(parts)
        every = re.match(r"\s*(?:every|each)\s", parts[0])  # what is said of the first holds for the others
        parts = [re.sub(r"^\s*(?=\d{1,2}\s+(?:on|every|each)\s)", "at ", part) for part in parts]
        found = [_one(f"every {part}" if every and re.match(DAY, part) else part, local, now, usual) for part in parts]
        if len({rule["kind"] == "once" for rule in found}) > 1:
            raise Unclear("Is that once or every week, on each of these days?")
        return {"kind": "any", "of": found}
    return _one(text, local, now, usual)


def _one_half(parts: list[str]) -> None:
    """``every evening at 6 and on Saturdays at 4``: whether the bare hour beside one of the afternoon is one too. Raises :class:`Unclear`."""
    late = [part for part in parts if re.search(r"\b(?:afternoon|evening|night)s?\b|\d\s*pm\b", part)]
    for part in parts:
        bare = re.search(r"\bat (\d{1,2})(?![\d:.]|\s*(?:am|pm))\b", part)
        if late and part not in late and "morning" not in part and bare and 1 <= int(bare[1]) <= 8:
            raise Unclear(f"Is {bare[1]} in the morning or in the afternoon?")


PIECES = (ranges, relative, bounds, dates, windows, times, recurring, weekdays, dayparts)  # in this order: each finds what those before have left


def _one(text: str, local: datetime, now: datetime, usual: int) -> Rule:
    said = Said(f" {text} ", local)
    _polite(said)
    for piece in PIECES:
        piece(said)
    _one_group(text)
    nothing_left(said)
    again = said.repeats or said.every or said.month_days or said.nth or said.months or said.window
    if re.search(r"\b(?:every|each)\b", said.text) and not again:
        raise Unclear("Once, or again and again?")
    by_the_clock = said.every is not None and said.every[1] in "smh"
    if not said.times and not said.daypart and said.window is None and not by_the_clock and (said.day or said.days or said.month_days or said.nth or said.months or said.every):
        said.times = [said.now.hour * 60 + said.now.minute if said.moment else usual]
    return rule_of(said, now)


def _polite(said: Said) -> None:
    said.take(r"\b(?:please|remind me|starting (?:from )?now|just once|only once|once(?! (?:a|an|per|every|each|weekly|daily|monthly)\b)|only(?= on\b))\b")
    said.text = re.sub(r"\bonce\s+(?:a|per)\s+(?=day|week|month|year)", "every ", said.text.replace("&", " and "))
    said.text = re.sub(rf"({DAY})/(?={DAY})", r"\1, ", said.text)
    said.text = re.sub(r"\b(?:starting\s+)?from\s+(?=\d{1,2}(?:[:.]\d\d)?\s*(?:am|pm)?\s*(?:on(?:wards?)?\s*)?$)", "at ", said.text)
    said.text = re.sub(r"\b(?:starting|beginning)\s+(?=at\s)|\bfrom\s+(?=\d{1,2}(?:[:.]\d\d)?\s*(?:am|pm)?\s+(?:on|onwards?)\b)", " ", said.text)


def _one_group(text: str) -> None:
    """Several groups of days with times of their own are not for one rule. Raises :class:`Unclear`."""
    kinds = rf"(?P<D>\b(?:week ?days?|workdays?|weekends?|{DAY})\b|\b\d{{1,2}}(?:st|nd|rd|th)\b)|(?P<T>\bat \d|\b\d{{1,2}}[:.]\d\d|\b\d{{1,2}}\s*[ap]m|\bnoon\b|\bmidnight\b)"
    order = re.sub(r"(.)\1+", r"\1", "".join(match.lastgroup or "" for match in re.finditer(kinds, text)))
    if "DTDT" in order or "TDTD" in order:
        raise Unclear("Which times on which days?", hint='For example: "on weekdays at 7 and on weekends at 9".')
