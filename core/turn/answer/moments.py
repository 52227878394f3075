"""Whether evidence bears out a date, a month, a weekday, "tomorrow", or a time of day."""

from __future__ import annotations

import datetime
import re
from functools import cached_property

from core.turn.answer.claims import Claim
from core.turn.answer.dates import Day, as_date, as_day, calendar_dates, find_dates, find_times, is_same_day, relative_days, shift
from core.turn.answer.evidence import Evidence
from core.turn.answer.lexicon import MONTHS, WEEKDAYS
from core.turn.answer.months import is_month_known

MAX_DATES, MAX_SPANS = 60, 24
_ZONED = re.compile(r"\d:\d\d(?::\d\d)?(?:z|[+-]\d\d:?\d\d)", re.I)


class Moments:
    """Checks dates and times against one evidence."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence

    @cached_property
    def _derived(self) -> set[Day]:
        """Days a span before or after a known one, and ends of months; few where there are few dates and spans."""
        dates = calendar_dates(self._evidence.days, self._evidence.today)[-MAX_DATES:] + ([self._evidence.today] if self._evidence.today else [])
        found: set[datetime.date] = set()
        for date in dates:
            for count, unit in sorted(self._evidence.spans)[:MAX_SPANS]:
                found |= {moved for sign in (1, -1) if (moved := shift(date, sign * count, unit))}
        ends = {end for date in found | set(dates) if self._evidence.spans and (end := shift(date.replace(day=1), 1, "month"))}
        return {as_day(date) for date in found} | {as_day(end - datetime.timedelta(days=1)) for end in ends} | {as_day(end) for end in ends}

    def is_supported(self, claim: Claim, sentence: str, said: str) -> bool:
        """Whether the date or time of ``claim`` in ``sentence``, said after ``said``, holds."""
        if claim.kind == "time":
            return self._is_time(claim, said)
        if claim.kind == "weekday":
            return self._is_weekday(claim, sentence, said)
        if claim.kind == "relative":
            today, word = self._evidence.today, claim.text.lower()
            return (
                today is None
                or bool(re.search(rf"\b{word}\b", self._evidence.haystack))
                or any(is_same_day(day, other) for day in relative_days(word, today) for other in self._evidence.days)
            )
        if claim.kind == "month" and any(re.search(rf"\b{word}\b", self._evidence.haystack) for word, number in MONTHS.items() if number == claim.days[0][1] and len(word) > 3):
            return True
        known = self._known(said)
        if any(day[1] and not day[2] and self._is_month(day, known) for day in claim.days):
            return True
        return any(is_same_day(day, other) for day in claim.days for other in known) or any(is_same_day(day, other) for day in claim.days for other in self._derived)

    def _is_month(self, month: Day, known: set[Day]) -> bool:
        years = self._evidence.years | {day[0] for day in known}
        return is_month_known(month, known | self._evidence.months, years)

    def _known(self, said: str) -> set[Day]:
        today = {as_day(self._evidence.today)} if self._evidence.today else set()
        return {*self._evidence.days, *today, *(day for found in find_dates(said) for day in found.days)}

    def _is_weekday(self, claim: Claim, sentence: str, said: str) -> bool:
        wanted = WEEKDAYS[claim.text.lower()]
        beside = [
            found for found in find_dates(sentence) if found.start >= claim.start and not sentence[claim.end : found.start].strip(" ,.()*_").replace("den", "").replace("the", "")
        ]
        years = {day[0] for day in self._known(said) if day[0]}
        if beside:
            dates = [date for day in beside[0].days for year in ({day[0]} if day[0] else years) if (date := as_date((year, day[1], day[2])))]
            return not dates or any(date.weekday() == wanted for date in dates) or f"{claim.text} {beside[0].text}".lower() in self._evidence.haystack
        words = [word for word, number in WEEKDAYS.items() if number == wanted]
        if any(re.search(rf"\b{word}(?:s|abends?)?\b|\b{word[:3]}\b", self._evidence.haystack) for word in words):
            return True
        dates = calendar_dates(self._known(said) | self._derived, self._evidence.today)
        return any(date.weekday() == wanted for date in dates)

    def _is_time(self, claim: Claim, said: str) -> bool:
        known = self._evidence.times | {minutes for *_, readings in find_times(said) for minutes in readings}
        lengths = {count * (60 if unit == "hour" else 1) for count, unit in self._evidence.spans if unit in ("hour", "minute")}
        lengths |= {length + 30 for length in (*lengths, 0) if length % 60 == 0} if re.search(r"\b(?:half|halbe?n?|anderthalb|demie|media)\b", self._evidence.haystack) else set()
        moved = {(time + sign * length) % 1440 for time in known for length in lengths for sign in (1, -1)}
        if any(minutes in known or minutes in moved for minutes in claim.minutes):
            return True
        zoned = bool(_ZONED.search(self._evidence.haystack))
        return zoned and any((minutes - time) % 30 == 0 for minutes in claim.minutes for time in known)
