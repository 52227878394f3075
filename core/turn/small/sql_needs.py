"""What the words of a question call for in a SELECT: a sum, a count, a difference, what is to be left out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.language.words import content_stems
from core.turn.small.columns import Column, quote_column, type_of

_NEEDS = (
    (re.compile(r"\b(?:times|multiplied|x price|qty x|per unit)\b", re.I), re.compile(r"\*(?!\))"), "Multiply the columns."),
    (re.compile(r"\baverage|on average|durchschnitt|moyenne\b", re.I), re.compile(r"\bavg\(", re.I), "Take AVG."),
    (re.compile(r"\bhow many (?!hours|minutes|days|weeks|miles|km|kilomet|points|goals|units|pieces|euros|dollars|pounds|kg|grams|lit|cal|steps|pages|words|tickets|people|guests)", re.I), re.compile(r"\bcount\(", re.I), "COUNT them."),
    (re.compile(r"\bhow many\b", re.I), re.compile(r"\bcount\(|\bsum\(", re.I), "COUNT them."),
    (re.compile(r"\b(?:altogether|in total|in all|add up|total|sum)\b|\bhow much (?:money )?(?:did|have|has|do|does) (?:i|we|they|he|she) (?:take|earn|sell|sold|make|made|spen|pay|paid|use|get)", re.I), re.compile(r"\bsum\(", re.I), "Take SUM."),
    (re.compile(r"\b(?:without|except|excluding|leave out|not count|do not count|don't count|other than|not (?:yet )?paid|(?:have|has)(?: not|n't) paid|unpaid)\b", re.I), re.compile(r"<>|!=|\bnot\b|\bis null\b|\bexcept\b|=\s*'?(?:no|false|unpaid|open)", re.I), "Leave out what does not count, by <> or NOT."),
)  # fmt: skip


_OPEN = re.compile(
    r"\b(?:pending|outstanding|owe[sd]?|owing|still (?:due|to pay|open)|unpaid|remaining|balance|left (?:to pay|over)|offen\w*|schuld\w*|restant\w*|pendiente\w*)\b", re.I
)
_WHOLE, _PART = re.compile(r"\b(?:total|whole|full|price|fee|amount|cost|budget|due|soll|gesamt)\w*", re.I), re.compile(r"paid|spent|used|received|given|bezahlt|pagad|payé", re.I)


def missing_from(sql: str, request: str, columns: Sequence[Column] = ()) -> list[str]:
    """What the request's words call for and the SELECT does not do.

    >>> missing_from("SELECT SUM(fee) FROM t", "how much is still pending", [Column("t", "fee", "BIGINT"), Column("t", "paid", "BIGINT")])
    ['Subtract paid from fee.']
    """
    amount = _counted_amount(request, columns)
    told = [told for asked, done, told in _NEEDS if asked.search(request) and not done.search(sql) and not (amount and told.startswith("COUNT"))]
    numbers = [column for column in columns if type_of(column.type) == "number"]
    part = next((column for column in numbers if _PART.search(column.name)), None)
    whole = next((column for column in numbers if column is not part and _WHOLE.search(column.name)), None)
    if part and whole and _OPEN.search(request) and "-" not in sql:
        told.append(f"Subtract {quote_column(part.name)} from {quote_column(whole.name)}.")
    if sql and re.search(r"'\d{4}-\d{2}", sql) and not _SAYS_DAY.search(request):
        told.append("Leave out the dates.")
    if amount and re.search(r"\bcount\(", sql, re.I):
        told.append(f"Take SUM({amount}).")
    return told


_SAYS_DAY = re.compile(
    r"\d|\b(?:january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|spring|summer|autumn|winter|year|month|week|today|yesterday|quarter|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?)\b",
    re.I,
)


def _counted_amount(request: str, columns: Sequence[Column]) -> str:
    """A column of numbers that the request asks the amount of: "most hours" where there is a column hours."""
    asked = re.findall(r"\b(?:most|least|fewest|how many|many)\s+(\w+)", request, re.I)
    return next(
        (
            quote_column(column.name)
            for word in asked
            for column in columns
            if type_of(column.type) == "number" and content_stems(word) and content_stems(word) == content_stems(column.name)
        ),
        "",
    )
