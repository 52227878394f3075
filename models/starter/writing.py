"""Contents, lists, expressions and measures: what spans hold, taken over to the letter where it is text."""

from __future__ import annotations

import re
from typing import Any

from models.starter.amounts import NUMBERS, number
from models.starter.objects import _QUOTE, Names, Unread, hide_quotes

_MARKS = {"comma": ",", "semicolon": ";", "colon": ":", "space": " ", "tab": "\t", "dash": "-", "hyphen": "-", "underscore": "_", "period": ".", "full stop": ".", "slash": "/"}
_INFO = {"lines": "lines", "rows": "lines", "words": "words", "size": "bytes", "big": "bytes"}


def quoted(text: str) -> str:
    """The inside of a quotation, or the text as it is."""
    text = text.strip()
    match = _QUOTE.fullmatch(text.rstrip(".,;!")) or _QUOTE.fullmatch(text)
    return next(group for group in match.groups() if group is not None) if match else text


def mark(text: str) -> str:
    """A punctuation mark by its name: "commas" → ``,``."""
    return _MARKS.get(re.sub(r"^(?:an?|the|every|each|all) ", "", text.strip().lower()).removesuffix("s"), text)


def content(text: str, before: str) -> str:
    """What a file is to hold; numbers "1 to 10" and columns are written out where they are announced as such."""
    said = text.strip()
    numbers = re.fullmatch(
        r"(?:the )?(?:numbers (?:from )?)?(\d+) (?:to|through|up to|-) (\d+)(?:,? (?:one per line|each on (?:its|their) own line|on separate lines|one on each line))?", said, re.I
    )
    if numbers and (re.search(r"\bnumbers?\b", before + said, re.I)):
        first, last = int(numbers[1]), int(numbers[2])
        return "".join(f"{value}\n" for value in range(first, min(last, first + 9999) + 1))
    return quoted(said)


def clock(text: str) -> str:
    """``date`` or ``time`` where the text stands for the moment, else nothing."""
    if not re.fullmatch(r"(?:today's|the current|the|current|today) ?(?:date|time|day)?(?: and time)?(?: today| of today)?", text.strip(), re.I) or text.strip().lower() in (
        "the",
        "today",
    ):
        return ""
    return "time" if text.strip().lower().endswith("time") else "date"


def items(text: str, names: Names) -> list[str]:
    """The members of a list, each to the letter."""
    text = re.sub(r"\s*,?\s*(?:(?:each |all )?on (?:its|their) own lines?|each on a new line|one per line|on separate lines|one on each line)$", "", text.strip(), flags=re.I)
    numbers = re.fullmatch(r"(?:the )?(?:numbers (?:from )?)?(\d+) (?:to|through|up to|-) (\d+)", text, re.I)
    if numbers:
        return [str(value) for value in range(int(numbers[1]), min(int(numbers[2]), int(numbers[1]) + 9999) + 1)]
    hidden: list[str] = []
    text = hide_quotes(text, hidden)
    parts = re.split(r"\s*(?:,\s*(?:and|or|&)\s+|,|;|\s+(?:and|&|\+)\s+|\n)\s*", text.rstrip("."))
    return [re.sub(r"\x02(\d+)\x03", lambda match: quoted(hidden[int(match[1])]), part).strip() for part in parts if part.strip()]


def sorting(text: str) -> str:
    """What ``files.sort_into_folders`` calls it."""
    said = re.sub(r"^(?:by |the |their |its |file )+", "", text.strip().lower())
    known = {
        "": "type",
        "type": "type",
        "kind": "type",
        "types": "type",
        "file type": "type",
        "category": "type",
        "extension": "extension",
        "extensions": "extension",
        "ending": "extension",
        "month": "month",
        "date": "month",
        "months": "month",
        "year": "year",
        "years": "year",
        "date modified": "month",
        "sort": "type",
    }
    if said not in known:
        raise Unread(text)
    return known[said]


def counted(call: tuple[str, dict[str, Any]], request: str) -> str:
    """The part of a measuring step's output that "the number" means."""
    if call[0] == "files.info":
        return next((key for word, key in _INFO.items() if re.search(rf"\b{word}\b", request, re.I)), "")
    return ("files" if re.search(r"\bfiles\b", request) else "count") if call[0] == "files.list" and re.search(r"\b(?:how many|count|number)\b", request, re.I) else ""


def expression(text: str) -> str:
    """An expression without the question around it."""
    said = re.sub(r"^(?:what(?:'s| is)|whats|how much is|calculate|compute|work out) ", "", text.strip().rstrip("?= "), flags=re.I)
    number_ = r"-?\d[\d.]*"  # numbers in a row are added, whether or not the span has the word for it
    row = re.fullmatch(
        rf"(?:(?:add(?: up)?|sum up|(?:the )?sum of) )?(?P<row>{number_}(?:, {number_})*,? and {number_})(?: (?:add up(?: to)?|come to|together|in total|in all|altogether))?",
        said,
        re.I,
    )
    return row["row"] if row else said


def measured(text: str, unit_: str = "") -> tuple[float, str]:
    """A value and its unit: "5 miles", "a pound", "72F", "10k steps". Raises :class:`Unread`."""
    said = re.sub(r"\s+", " ", text.strip().lower().rstrip("?.,"))
    match = re.fullmatch(rf"(?P<n>-?[\d.,]+|(?:{'|'.join(sorted(NUMBERS, key=len, reverse=True))})\b)\s*(?P<k>k\b)?\s*(?:of )?(?P<u>.*)", said)
    if not match:
        value = _spelled(said)
        if value is None:
            raise Unread(text)
        return value[0], value[1] or unit_
    amount = number(match["n"].lstrip("-"))
    if re.match(r"(?:twenty|thirty|fifty|hundred|\w+)[ -](?:one|two|three|four|five|six|seven|eight|nine|hundred|thousand)\b", said) and (value := _spelled(said)):
        return value[0], value[1] or unit_
    name = match["u"].strip() or unit_.strip()
    if amount is None or not name:
        raise Unread(text)
    return (-amount if match["n"].startswith("-") else amount) * (1000 if match["k"] else 1), name


def _spelled(said: str) -> tuple[float, str] | None:
    tens = {"forty": 40, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "twenty": 20, "thirty": 30, "fifty": 50}
    words, total, at = said.replace("-", " ").split(), 0.0, 0
    for at, word in enumerate(words):
        if word in tens or (word in NUMBERS and word not in ("hundred",)):
            total += tens.get(word, NUMBERS.get(word, 0)) if word not in ("a", "an") else 0
        elif word == "hundred":
            total = max(1, total) * 100
        elif word == "thousand":
            total = max(1, total) * 1000
        elif word == "and":
            continue
        else:
            return (total, " ".join(words[at:])) if at and total else None
    return None


def unit(text: str, source: str) -> str:
    """The unit wanted; "degrees" takes the other scale."""
    said = re.sub(r"^(?:the |in |to )+", "", text.strip().lower().rstrip("?.,"))
    return said or source


def days(text: str) -> dict[str, Any] | None:
    """The arguments of ``time.calculate`` for a question about dates; None when it cannot be read."""
    said = re.sub(r"\s+", " ", text.strip().rstrip("?.! "))
    said = re.sub(r"\b(?:a|an|one) (?=(?:days?|weeks?|months?|years?|fortnight)\b)", "1 ", said, flags=re.I)
    units = {"day": "days", "week": "weeks", "fortnight": "weeks", "month": "months", "year": "years"}
    if match := re.search(r"\b(?:between|from) (.+?) (?:and|to|until|till) (.+)$", said, re.I):
        return {"start": match[1], "end": match[2]}
    amount = r"(?P<n>\d+|two|three|four|five|six|seven|eight|nine|ten|twelve|thirty|twenty) (?P<unit>days?|weeks?|fortnights?|months?|years?)"
    for pattern, sign in (
        (rf"{amount} (?:from|after) (?P<start>.+)$", 1),
        (rf"\bin {amount}(?P<start>)(?: time)?$", 1),
        (rf"{amount} (?:ago(?P<start>)|before (?P<from>.+))$", -1),
    ):
        if match := re.search(pattern, said, re.I):
            start = match["start"] or match.groupdict().get("from") or "today"
            count = int(number(match["n"]) or 0) * (2 if match["unit"].lower().startswith("fortnight") else 1)
            return {"start": "today" if start.lower() == "now" else start, units[match["unit"].lower().rstrip("s")]: sign * count}
    if match := re.search(r"\b(?:until|till|til|to|before) (?:the )?(?P<end>.+)$", said, re.I):
        return {"start": "today", "end": match["end"]}
    if match := re.search(r"\bsince (?P<start>.+)$", said, re.I):
        return {"start": match["start"], "end": "today"}
    if match := re.search(
        r"\b(?:day|weekday|date)(?: of the week)? (?:is|was|will|does|did|falls?) (?:it )?(?:be )?(?P<start>.+?)(?: (?:on|be|fall(?: on)?|is|was))?$", said, re.I
    ):
        return {"start": match["start"]}
    return None
