"""Amounts in a request: how many, how big, how old, how much of a file."""

from __future__ import annotations

import datetime
import re

NUMBERS = {
    word: value
    for value, word in enumerate(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen"])
} | {"a": 1, "an": 1, "single": 1, "twenty": 20, "thirty": 30, "fifty": 50, "hundred": 100, "a couple of": 2, "couple": 2, "half a": 0.5, "a dozen": 12, "few": 5}
AMOUNT = rf"(?P<n>[\d.,]+|{'|'.join(sorted(NUMBERS, key=len, reverse=True))})"
_BYTES = {
    "b": 1,
    "byte": 1,
    "kb": 1000,
    "kilobyte": 1000,
    "k": 1000,
    "mb": 10**6,
    "megabyte": 10**6,
    "meg": 10**6,
    "m": 10**6,
    "gb": 10**9,
    "gigabyte": 10**9,
    "gig": 10**9,
    "g": 10**9,
    "tb": 10**12,
}
_DAYS = {"minute": 1 / 1440, "hour": 1 / 24, "day": 1, "week": 7, "fortnight": 14, "month": 30, "year": 365}


_UNITS = re.compile(
    r"(?:(?:square|cubic|sq\.?|cu\.?|nautical|fluid|fl|short|long|metric|troy|us|imperial|british|american|light|degrees?|deg|kilo|mega|giga|tera|milli|centi|deci|micro|nano|mili)[ -]?)*"
    r"(?:meters?|metres?|m|km|cm|mm|dm|nm|um|kms|mi|miles?|yards?|yds?|feet|foot|ft|inch(?:es)?|ins?|knots?|kn|kt|kts|furlongs?|fathoms?|leagues?|parsecs?|years?|yrs?|grams?|g|mg|kg|kgs|kilos?|tons?|tonnes?|t|pounds?|lbs?|ounces?|ozs?|"
    r"stones?|st|grains?|carats?|lit(?:er|re)s?|l|ml|cl|dl|gallons?|gals?|pints?|pts?|quarts?|qts?|cups?|tablespoons?|tbsps?|tbs|teaspoons?|tsps?|oz|barrels?|bushels?|c|f|k|°c|°f|celsius|fahrenheit|centigrade|kelvin|rankine|"
    r"seconds?|secs?|s|minutes?|mins?|min|hours?|hrs?|h|days?|d|weeks?|wks?|fortnights?|months?|decades?|centur(?:y|ies)|ms|acres?|hectares?|ha|ares?|bytes?|b|kb|mb|gb|tb|pb|kib|mib|gib|tib|bits?|kbit|mbit|gbit|"
    r"joules?|j|kj|calories?|cals?|kcals?|btus?|watts?|w|kw|mw|horsepower|hp|kilowatts?|(?:kilo)?watt[ -]?hours?|kwh|wh|ev|volts?|v|amps?|amperes?|ohms?|newtons?|n|kn|pascals?|pa|kpa|mpa|hpa|bars?|mbar|psi|atm(?:ospheres?)?|torr|mmhg|"
    r"hertz|hz|khz|mhz|ghz|rpm|degrees?|radians?|rad|turns?|mph|kph|kmh|km/h|kmph|m/s|ft/s|mpg|l/100 ?km|m2|m²|km2|km²|cm2|ft2|ft²|sqm|sqft|m3|m³|cm3|cc|ft3|dozens?|scores?|gross|moles?)"
    r"(?: ?(?:squared|cubed|per|an|a|/|\*\*\d|\^\d|[23²³]) ?(?:hours?|h|seconds?|s|minutes?|min|day|gallon|litre|liter|metre|meter|mile|km|kilomet(?:re|er))?)?(?: (?:f|c|fahrenheit|celsius|ounces?|oz))?",
    re.I,
)


def is_unit(text: str) -> bool:
    """Whether a word or two is a unit of measure that people use; "diesel" and "5 kn" are none. Which ones can be converted is the tool's to say."""
    return bool(_UNITS.fullmatch(text.strip().rstrip(".,;!?")))


def number(text: str) -> float | None:
    """3 for "three" or "3", None for anything else."""
    text = text.strip().lower()
    if text in NUMBERS:
        return NUMBERS[text]
    try:
        return float(text.replace(",", ""))
    except ValueError:
        return None


def size_limit(text: str) -> dict[str, int]:
    """``larger_than`` or ``smaller_than`` in bytes, from "bigger than 10 MB", "over a gig", "under 1 kB"."""
    found = re.search(
        rf"\b(?P<how>(?:bigger|larger|more|greater|heavier|smaller|less) than|over|above|under|below)\s+{AMOUNT}\s*(?P<unit>[kmgt]?b|bytes?|kilobytes?|megabytes?|gigabytes?|megs?|gigs?|[kmg])\b",
        text,
        re.I,
    )
    if not found:
        return {}
    amount = number(found["n"])
    if amount is None:
        return {}
    key = "smaller_than" if re.match(r"smaller|less|under|below", found["how"], re.I) else "larger_than"
    return {key: int(amount * _BYTES[found["unit"].lower().removesuffix("s")])}


def age_limit(text: str, today: datetime.date) -> dict[str, str | float]:
    """What ``files.find`` takes for "changed today", "from last year", "in the last 3 days", "older than a month", "from 2024".

    Days of the calendar become ``since`` and ``before`` (ISO dates), spans of time ``changed_within_days`` and ``older_than_days``.
    """
    span = rf"(?:{AMOUNT}\s+)(?P<unit>minute|hour|day|week|fortnight|month|year)s?"
    if found := re.search(
        rf"\b(?:older than|not (?:changed|touched|modified|used|opened) (?:for|in|within)(?: the last)?|from (?:over|more than))\s+{span}", text, re.I
    ) or re.search(rf"\b(?:more than )?{span} old\b", text, re.I):
        return {"older_than_days": round((number(found["n"]) or 1) * _DAYS[found["unit"].lower()], 4)}
    if found := re.search(rf"\b(?:(?:in|from|within|during|over|of) )?(?:the )?(?:last|past|newer than|younger than)\s+{span}\b", text, re.I) or re.search(
        rf"\bwithin {span}", text, re.I
    ):
        return {"changed_within_days": round((number(found["n"]) or 1) * _DAYS[found["unit"].lower()], 4)}
    return dict(zip(("since", "before"), (day.isoformat() for day in period), strict=False)) if (period := _period(text.lower(), today)) else {}


def _period(text: str, today: datetime.date) -> tuple[datetime.date, ...]:
    """First day and the day after the last one of what "yesterday", "last week", "this month", "2024" name; open-ended where it lasts."""
    day = datetime.timedelta(days=1)
    monday, month, year = today - today.weekday() * day, today.replace(day=1), today.replace(month=1, day=1)
    periods: dict[str, tuple[datetime.date, ...]] = {
        r"today|this morning|this afternoon": (today,), "yesterday": (today - day, today), r"this week": (monday,), r"last week": (monday - 7 * day, monday), r"this month": (month,),
        r"last month": ((month - day).replace(day=1), month), r"this year": (year,), r"last year": (year.replace(year=year.year - 1), year),
    }  # fmt: skip
    for pattern, period in periods.items():
        if re.search(rf"\b(?:{pattern})\b", text):
            return period
    if found := re.search(r"\b(?:from|in|of) (20\d\d|19\d\d)$", text):
        return datetime.date(int(found[1]), 1, 1), datetime.date(int(found[1]) + 1, 1, 1)
    return ()


_BIG = r"biggest|largest|fattest|heaviest|hugest|big|large"
_RANK = re.compile(
    rf"\b(?:(?P<before>\d+|one|two|three|four|five|six|seven|eight|nine|ten|twenty)\s+)?(?P<how>{_BIG}|smallest|newest|latest|most recent(?:ly changed)?|last(?: (?:changed|modified|saved|edited))?|oldest|first)\b(?:\s+(?P<after>\d+|two|three|four|five|ten)\b)?",
    re.I,
)


def ranking(text: str) -> dict[str, str | int]:
    """``sort`` and ``limit`` from "the 5 largest", "three newest", "last changed file"."""
    found = _RANK.search(text)
    if not found:
        return {}
    how = found["how"].lower()
    sort = "size" if re.match(_BIG, how) else "smallest" if how == "smallest" else "oldest" if how in ("oldest", "first") else "newest"
    plural = re.search(r"\b(?:files|ones|photos|pictures|images|videos|pdfs|documents|screenshots|\w+s)$", text.strip(), re.I)
    count = number(found["before"] or found["after"] or "") or (10 if plural and not re.search(r"\bfile\b", text) else 1)
    return {"sort": sort, "limit": int(count)}


def extent(text: str) -> dict[str, int] | None:
    """``start`` and ``lines`` of ``files.read`` from "the first 5 lines", "tail -n 20", "line 3", "lines 1-10"; None when unread."""
    said = text.lower().strip()
    if found := re.search(r"\blines?\s+(\d+)\s*(?:-|to|through|until|–)\s*(\d+)", said):
        return {"start": int(found[1]), "lines": max(1, int(found[2]) - int(found[1]) + 1)}
    if found := re.search(r"\bline\s+(?:number\s+)?(\d+)", said):
        return {"start": int(found[1]), "lines": 1}
    many = re.search(rf"(?:(?:first|last|top|bottom|final|head|tail|initial)\s+(?:-n\s*|-)?)(?:{AMOUNT})?", said)
    count = number(many["n"]) if many and many["n"] else 1 if re.search(r"\b(?:line|row)\b", said) else 10
    if many and count:
        return {"start": -int(count)} if re.match(r".*\b(?:last|tail|bottom|final)\b", said) else {"lines": int(count)}
    return None
