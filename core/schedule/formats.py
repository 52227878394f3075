"""Times as programs write them: cron, RRULE, ISO 8601 moments, durations and repeating intervals."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from core.errors import UsageError
from core.schedule.cron import Cron

_CRON_FIELD = r"[\d*/,\-?LA-Za-z#]+"
_DURATION = re.compile(r"P(?=\w)(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", re.I)
_BASIC = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)?(Z)?", re.I)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?", re.I)


def read(text: str, local: datetime, now: datetime) -> dict[str, Any] | None:
    """The rule of a text in one of these formats; None where it is in none. Raises ``bad_when`` for one that is broken."""
    if match := re.match(r"cron[:\s]\s*(?=[\d*@])", text, re.I):
        return _cron(text[match.end() :].strip())
    if re.fullmatch(r"@[a-z]+", text, re.I) or (
        re.fullmatch(rf"(?:{_CRON_FIELD}\s+){{4}}{_CRON_FIELD}", text) and re.match(r"[\d*]\S*\s+[\d*]", text) and not re.search(r"[a-z]{4}|\d(?:am|pm|st|nd|rd|th)\b", text, re.I)
    ):
        return _cron(text)
    if re.match(r"(?:RRULE:)?FREQ=", text, re.I):
        return {
            "kind": "rrule",
            "rrule": _with_time(text.upper().removeprefix("RRULE:"), local),
            "start": (local if "COUNT=" in text.upper() else local.replace(hour=0, minute=0, second=0)).isoformat(),
        }
    if re.match(r"DTSTART", text, re.I):
        return _ical(text)
    if match := _BASIC.fullmatch(text):
        text = f"{match[1]}-{match[2]}-{match[3]}T{match[4]}:{match[5]}:{match[6] or '00'}{match[7] or ''}"
    if match := _MOMENT.fullmatch(text):
        return _moment(text, bool(match[1]), local, now)
    if match := re.fullmatch(r"R(\d*)/(P\S+)", text, re.I):
        text = f"R{match[1]}/{now.replace(microsecond=0).isoformat()}/{match[2]}"
    if match := re.fullmatch(r"R(\d*)/([^/]+)/(P\S+)", text, re.I):
        return _repeating(match, now)
    if text[:1] in "Pp" and (span := duration(text)):
        return {"kind": "once", "at": (local + span).isoformat()}
    if match := re.fullmatch(r"every\s+(\d+)\s*([smhd])", text, re.I):
        seconds = int(match[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[match[2].lower()]
        return {"kind": "every", "seconds": seconds, "start": (now + timedelta(seconds=seconds)).replace(microsecond=0).isoformat()}
    return None


def _cron(text: str) -> dict[str, Any]:
    Cron(text)
    return {"kind": "cron", "cron": " ".join(text.split())}


def _with_time(text: str, local: datetime) -> str:
    """An RRULE without times of its own is due at midnight; by the hour and finer on the full one."""
    if "BYHOUR" in text or re.search(r"FREQ=(?:HOURLY|MINUTELY|SECONDLY)", text):
        return text
    return f"{text};BYHOUR=0;BYMINUTE=0;BYSECOND=0"


def _ical(text: str) -> dict[str, Any]:
    match = re.fullmatch(r"DTSTART(?:;TZID=[\w/+-]+)?[:=](\d{8}T\d{6})Z?\s+(?:RRULE:)?(FREQ=\S+)", text.strip(), re.I)
    if not match:
        raise UsageError("This DTSTART and RRULE cannot be read.", code="bad_when", hint="For example: DTSTART:20260101T090000 RRULE:FREQ=DAILY;INTERVAL=2")
    return {"kind": "rrule", "rrule": match[2].upper(), "start": datetime.strptime(match[1].upper(), "%Y%m%dT%H%M%S").isoformat()}


def _moment(text: str, has_offset: bool, local: datetime, now: datetime) -> dict[str, Any]:
    try:
        moment = datetime.fromisoformat(text.upper().replace("Z", "+00:00").replace(" ", "T"))
    except ValueError as error:
        raise UsageError(f"There is no moment {text}.", code="bad_when") from error
    if has_offset:  # an instant: kept as the elapsed time knows it, so that no clock change moves it
        shift = moment - now
        return {"kind": "once", "at": (local + shift).replace(microsecond=0).isoformat()}
    return {"kind": "once", "at": moment.isoformat()}


def _repeating(match: re.Match[str], now: datetime) -> dict[str, Any]:
    span = duration(match[3])
    if not span:
        raise UsageError(f"{match[3]} is no duration.", code="bad_when", hint="For example: R/2026-01-01T08:00:00Z/P1D")
    try:
        start = datetime.fromisoformat(match[2].upper().replace("Z", "+00:00"))
    except ValueError as error:
        raise UsageError(f"There is no moment {match[2]}.", code="bad_when") from error
    if start.tzinfo is None:
        unit, number = ("DAILY", span.days) if not span.seconds else ("MINUTELY", int(span.total_seconds() // 60))
        count = f";COUNT={int(match[1]) + 1}" if match[1] else ""
        return {"kind": "rrule", "rrule": f"FREQ={unit};INTERVAL={number}{count}", "start": start.isoformat()}
    rule: dict[str, Any] = {"kind": "every", "seconds": span.total_seconds(), "start": start.isoformat()}
    return rule | ({"until": (start + span * int(match[1])).replace(tzinfo=None).isoformat()} if match[1] else {})


def duration(text: str) -> timedelta | None:
    """An ISO 8601 duration of weeks, days, hours, minutes and seconds; None where it is none."""
    match = _DURATION.fullmatch(text.strip())
    if not match or not any(match.groups()):
        return None
    weeks, days, hours, minutes, seconds = (int(group or 0) for group in match.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
