"""Words about time, for ``when``: numbers, days, months, times of day; each with the pattern that finds it."""

from __future__ import annotations

import re

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
DAY = r"(?:mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nes(?:day)?)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?|sat(?:ur(?:day)?)?|sun(?:day)?)s?"
MONTH = r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
MONTHS = {name: number for number, name in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1)}
NUMBERS = {
    word: number
    for number, word in enumerate(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"]
    )
} | {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90}  # fmt: skip
ORDINALS = {
    word: number
    for number, word in enumerate(
        ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth", "twentieth"], 1
    )
} | {"twenty-first": 21, "twenty-second": 22, "twenty-third": 23, "twenty-fourth": 24, "twenty-fifth": 25, "twenty-sixth": 26, "twenty-seventh": 27, "twenty-eighth": 28, "twenty-ninth": 29, "thirtieth": 30, "thirty-first": 31}  # fmt: skip
UNIT = r"(?:seconds?|secs?|s|minutes?|mins?|min|m|hours?|hrs?|hr|h|days?|d|weeks?|wks?|w|fortnights?|months?|quarters?|years?|yrs?)"
NAMED_DAYS = (
    (r"new year'?s eve", 12, 31), (r"new year'?s(?: day)?", 1, 1), ("christmas eve", 12, 24), ("christmas(?: day)?", 12, 25), ("boxing day", 12, 26), ("halloween", 10, 31), ("valentine'?s(?: day)?", 2, 14),
)  # fmt: skip
FILLERS = frozenset(
    [
        "on",
        "at",
        "the",
        "of",
        "and",
        "in",
        "a",
        "an",
        "every",
        "each",
        "please",
        "for",
        "this",
        "then",
        "it",
        "every",
        "do",
        "run",
        "o'clock",
        "from",
        "to",
        "by",
        "is",
        "that",
        "when",
        ",",
        ";",
        ".",
        "-",
        "always",
        "exactly",
        "sharp",
    ]
)


def day_of(text: str) -> int:
    """0 for Monday, from any of a day's spellings."""
    return DAYS.index(text[:2].upper())


def month_of(text: str) -> int:
    return MONTHS[text[:3].lower()]


def unit_of(text: str) -> str:
    """One letter for a unit: s, m (minutes), h, d, w, M (months), q, y, f (fortnights)."""
    text = text.lower()
    if text.startswith(("month",)):
        return "M"
    return text[0] if text[0] in "shdwqyf" else "m"


def digits(text: str) -> str:
    """``text`` in lower case, with numbers and ordinals as digits: "twenty-five minutes" → "25 minutes", "third of May" → "3rd of may"."""
    text = " ".join(text.lower().replace("’", "'").replace("@", " at ").split())
    text = re.sub(r"\b(twenty|thirty|forty|fifty)[- ](one|two|three|four|five|six|seven|eight|nine)\b", lambda m: str(NUMBERS[m[1]] + NUMBERS[m[2]]), text)
    text = re.sub(r"\b(every|each) second$", r"\1 1 sec", text)
    text = re.sub(rf"\b(in|after) (?:1|one|a) second\b(?! +(?:{DAY}|day|week|month)\b)", r"\1 1 sec", text)  # not the second of something
    for word in sorted(ORDINALS, key=len, reverse=True):
        text = re.sub(rf"\b{word.replace('-', '[- ]')}\b", f"{ORDINALS[word]}th", text)
    text = re.sub(r"\b(" + "|".join(NUMBERS) + r")\b", lambda m: str(NUMBERS[m[1]]), text)
    for spelt, meant in ((r"tmrw|tmr|tmw|tomoz|tomorow|tommorow|tommorrow|2moro+w?|2morrow", "tomorrow"), (r"tonite|2nite|2night", "tonight"), (r"2day", "today")):
        text = re.sub(rf"\b(?:{spelt})\b", meant, text)
    text = re.sub(rf"\b(\d+) and a half (?={UNIT}\b)", r"\1.5 ", text)
    text = re.sub(r"\b(today|tomorrow) (\d{1,2})$", r"\1 at \2", text)
    text = re.sub(rf"^(\d+(?:\.\d+)? {UNIT}) later$", r"in \1", text)
    text = re.sub(r"\b(?:every |each )?week ?nights?\b", "weekdays in the night", text)
    text = re.sub(r"\bin exactly (?=\S+ )", "in ", text)
    text = re.sub(r"\bat (\d{1,2})h(?!\w)", r"at \1:00", text)
    text = re.sub(r"\b(?:m|mo) ?[-–] ?(?:f|fr)\b", "weekdays", text)
    text = re.sub(r"\bonce an? (?=hour|minute)", "every ", text)
    text = re.sub(
        r"\b(?:1 time|1x|once) (?:(?:a|per) (?=day\b|week\b|month\b|year\b)|(?=daily\b|weekly\b|monthly\b|yearly\b))",
        lambda m: "every " if re.search(r" (?:a|per) $", m[0]) else "",
        text,
    )
    text = re.sub(r"\b2(?: ?x| times)\b(?= daily| an? | per )", "twice", text)
    text = re.sub(r"\b(\d+) ?x\b(?= daily| an? | per )", r"\1 times", text)
    text = re.sub(rf"\ball (?={DAY}\b)", "", re.sub(r"\ball days\b", "every day", text))
    text = re.sub(r"\b(?:the )?(?:start|beginning) of (the|each|every) month\b", r"the 1st of \1 month", text)
    text = re.sub(r"\btwice\s+(?:a month|monthly)(?=.*\d(?:st|nd|rd|th).*\d(?:st|nd|rd|th))", "every month", text)
    text = re.sub(r"(?<![\d:-])\b(\d{1,2})-(\d{1,2})\b(?=\s+every\b)", r"from \1 to \2", text)
    return re.sub(r"\bday (\d{1,2})(?= of\b)", r"\1th", text)
