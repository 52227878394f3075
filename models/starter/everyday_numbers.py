"""Dates, shares, measures and reminders, in forms that the model has not practised."""

from __future__ import annotations

import datetime
import re

from core.errors import DeskhandError
from core.schedule.words import DAY
from models.starter import foreign
from models.starter.described import Described
from models.starter.scene import Call
from models.starter.usual import forms


def _date_told(match: re.Match[str], there: Described | None) -> tuple[Call, ...]:
    from core.schedule.when import read as read_when

    try:
        rule = read_when(match["d"], datetime.datetime.now().astimezone(), "UTC")
    except DeskhandError as error:
        raise foreign.Missing(error.message) from error
    return (("time.calculate", {"start": rule["at"][:10]}),) if rule["kind"] == "once" else ()


def _date_moved(match: re.Match[str], there: Described | None) -> tuple[Call, ...]:
    sign = -1 if re.match(r"\W*(?:subtract|take|deduct)", match[0], re.I) or (match.groupdict().get("way") or "").lower() == "before" else 1
    return (("time.calculate", {"start": match["d"].strip(), f"{match['u'].lower()}s": sign * int(match["n"])}),)


def _share(match: re.Match[str], there: Described | None) -> tuple[Call, ...]:
    up = {"two": 2, "three": 3, "four": 4, "five": 5}.get((match["up"] or "").lower(), 1)
    low = {"half": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "eighth": 8, "tenth": 10}[match["low"].lower()]
    return (("calc.evaluate", {"expression": f"{up} / {low} * {match['m']}"}),)


def _which_reminder(match: re.Match[str], there: Described | None) -> tuple[Call, ...]:
    raise foreign.Missing('Which one? Say "stop reminding me to …"; "what reminders do I have" shows them all.')


def _feet(match: re.Match[str], there: Described | None) -> tuple[Call, ...]:
    foot, inch = {"c": ("30.48", "2.54"), "mm": ("304.8", "25.4")}.get("mm" if match["u"].lower() == "mm" else match["u"][0].lower(), ("0.3048", "0.0254"))
    return (("calc.evaluate", {"expression": f"{match['ft']} * {foot} + {match['in']} * {inch}"}),)


def _rounded(match: re.Match[str], there: Described | None) -> tuple[Call, ...]:
    places = re.search(r"\d+|one|two|three", match["how"] or "")
    number = {"one": 1, "two": 2, "three": 3}.get(places[0].lower(), 0) or int(places[0]) if places else 0
    return (("calc.evaluate", {"expression": f"round({match['e'].strip()}, {number})" if number else f"round({match['e'].strip()})"}),) if re.search(r"\d", match["e"]) else ()


FORMS = forms(
    (r"(?:what(?:['’]?s| is)|calculate|work out)? ?(?P<p>\d+(?:\.\d+)?) ?(?:%|percent) (?:(?:sales )?tax|tip|vat|interest|discount|commission|gratuity) (?:on|of|from) (?:[$€£])?(?P<m>\d+(?:[.,]\d+)?)", lambda match, there: (("calc.evaluate", {"expression": f"{match['p']}% of {match['m'].replace(',', '.')}"}),)),
    (r"(?:what(?:['’]?s| is)|calculate|work out)? ?(?:an? |(?P<up>one|two|three|four|five) )(?P<low>half|third|quarter|fourth|fifth|eighth|tenth)s? of (?P<m>\d+(?:\.\d+)?)", _share),
    (r"(?:cancel|delete|remove|clear|drop|stop) (?:all )?(?:of )?my (?:reminders|schedules)", _which_reminder),
    (rf"(?:what(?:['’]?s| is| will be)? the date|what date (?:is|will it be|is it))(?: of| on| for| it is)? (?P<d>(?:next |this |coming |on |in )?(?:{DAY}|\d+ (?:days?|weeks?|months?)|an? (?:week|fortnight)|tomorrow|the day after tomorrow)(?: from (?:now|today))?)", _date_told),
    (r"(?:what is |what's )?(?:add|subtract|take|deduct) (?P<n>\d{1,5}) (?P<u>day|week|month|year)s? (?:to|from) (?P<d>[\w ,./-]+)", _date_moved),
    (r"(?:what(?:['’]?s| is)(?: the date| the day)?|when is|which (?:date|day) is) (?P<n>\d{1,5}) (?P<u>day|week|month|year)s? (?P<way>after|before) (?P<d>[\w ,./-]+)", _date_moved),
    (r"(?:(?:how (?:tall|much|long|high) is|what(?:['’]?s| is)|convert) )?(?P<ft>\d) ?(?:foot|feet|ft|['’]) ?(?:and )?(?P<in>\d{1,2})(?: ?(?:inch(?:es)?|in\b|[\"”]|''))? (?:in|to|into) (?P<u>cm|centimet(?:re|er)s?|m|met(?:re|er)s?|mm)", _feet),
    (r"(?:(?:what(?:['’]?s| is)|calculate|compute|work out) )?(?P<e>[\d(][^,]*?),? rounded(?: off)?(?P<how> to (?:the nearest (?:whole number|integer|one)|\w+ (?:decimals?|decimal places?|places?|digits?)))?", _rounded),
)  # fmt: skip
