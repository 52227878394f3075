"""A SELECT of a small model, put right where code knows better: names of columns, values that the request means, months that nobody said."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.language.words import content_stems, shared_stems
from core.turn.answer.lexicon import MONTHS, alternation
from core.turn.small.columns import Column, quote_column

_EQUALS = re.compile(r"""(?P<column>(?:\b\w+\.)?(?:\b\w+\b|"[^"]+"))\s*(?:=|\bI?LIKE\b)\s*'(?P<value>(?:[^']|'')*)'""", re.I)
_SAYS_MONTH = re.compile(rf"\b(?:{alternation(MONTHS)}|(?:19|20)\d\d-\d\d|\d{{1,2}}[./]\d{{1,2}}|month|monat|mes|mois)\b", re.I)
_MONTH = re.compile(r"(?P<call>strftime\(\s*[^()]*?)%Y-%m(?:-%d)?(?P<rest>[^()]*\)\s*=\s*)'(?P<year>(?:19|20)\d\d)(?:-\d\d){0,2}'", re.I)


def quote_names(sql: str, columns: Sequence[Column]) -> str:
    """The SELECT with names of several words in quotes, and without the type that a model read as a part of a name.

    >>> quote_names("SELECT SUM(Total fee) - SUM(Paid number) FROM t", [Column("t", "Total fee", "BIGINT"), Column("t", "Paid", "BIGINT")])
    'SELECT SUM("Total fee") - SUM("Paid") FROM t'
    """
    for column in sorted(columns, key=lambda column: -len(column.name)):
        quoted = quote_column(column.name)
        if quoted != column.name:
            sql = re.sub(rf'(?<!["\w]){re.escape(column.name)}(?!["\w])(?: (?:number|text|date|time)\b)?', lambda _, name=quoted: name, sql, flags=re.I)  # type: ignore[misc]
    return sql


def widen_values(sql: str, columns: Sequence[Column], request: str) -> str:
    """The SELECT with all values of a column that the request means, where a model compares it with one of them: "data and transport", "screws" of several sizes.

    >>> held = Column("t", "category", "VARCHAR", ("data", "food", "transport"))
    >>> widen_values("SELECT SUM(naira) FROM t WHERE category = 'data'", [held], "how much on data and transport together")
    "SELECT SUM(naira) FROM t WHERE category IN ('data', 'transport')"
    """
    compared = [match["column"].rpartition(".")[2].strip('"').casefold() for match in _EQUALS.finditer(sql)]

    def put_right(match: re.Match[str]) -> str:
        name = match["column"].rpartition(".")[2].strip('"').casefold()
        column = next((one for one in columns if one.name.casefold() == name and one.values), None)
        meant = meant_values(column, request) if column and compared.count(name) == 1 else []
        value = match["value"].replace("''", "'")
        if len(meant) < 2 or value not in meant:
            return match[0]
        listed = ", ".join("'" + one.replace("'", "''") + "'" for one in meant)
        return f"{match['column']} IN ({listed})"

    return _EQUALS.sub(put_right, sql)


def meant_values(column: Column, request: str) -> list[str]:
    """The values of a column that a request speaks of: whole, or by a word that they share while nothing else of them is said.

    >>> screws = Column("t", "item", "VARCHAR", ("anchor 6mm", "screw 4x30", "screw 5x50"))
    >>> meant_values(screws, "what are all my screws worth"), meant_values(screws, "how many screws 4x30")
    (['screw 4x30', 'screw 5x50'], ['screw 4x30'])
    """
    shared = {value: len(shared_stems(set(content_stems(value)), request)) for value in column.values}
    whole = [value for value, count in shared.items() if count and count == len(set(content_stems(value)))]
    most = max(shared.values(), default=0)
    return whole or [value for value, count in shared.items() if count == most > 0]


def widen_months(sql: str, request: str) -> str:
    """The SELECT with the year alone where a model compares with a month that nobody said.

    >>> widen_months("SELECT SUM(bushels) FROM t WHERE strftime('%Y-%m', date) = '2026-09'", "how many bushels in 2026")
    "SELECT SUM(bushels) FROM t WHERE strftime('%Y', date) = '2026'"
    """
    plain = _MONTH.sub(lambda found: f"{found['call']}%Y{found['rest']}'{found['year']}'", sql)
    return sql if _SAYS_MONTH.search(request) else plain


def mend_literals(sql: str, columns: Sequence[Column]) -> str:
    """The SELECT with values as the columns hold them: another case, or another form of the same word, is put right."""
    known = {value.casefold(): value for column in columns for value in column.values}

    def put_right(match: re.Match[str]) -> str:
        said = match[1]
        if said in known.values() or not said:
            return match[0]
        same = known.get(said.casefold())
        alike = [value for value in known.values() if content_stems(value) and content_stems(value) == content_stems(said)]
        mended = same or (alike[0] if len(alike) == 1 else said)
        return "'" + mended.replace("'", "''") + "'"

    days = "|".join(re.escape(quote_column(column.name)) for column in columns if column.type.startswith(("DATE", "TIMESTAMP")))
    if days:
        sql = re.sub(rf"(?<![\w(])((?:\w+\.)?(?:{days}))\s+(NOT\s+)?LIKE\b", r"CAST(\1 AS VARCHAR) \2LIKE", sql, flags=re.I)
    return _mend_columns(re.sub(r"'((?:[^']|'')*)'", put_right, sql), columns)


def _mend_columns(sql: str, columns: Sequence[Column]) -> str:
    """The SELECT with each value compared with the column that holds it, where the one that is named does not and one other does."""

    def put_right(match: re.Match[str]) -> str:
        named = next((column for column in columns if column.values and quote_column(column.name).strip('"').casefold() == match["column"].strip('"').casefold()), None)
        holding = [column for column in columns if match["value"].replace("''", "'") in column.values]
        if named is None or named in holding or len(holding) != 1:
            return match[0]
        return f"{match['before']}{quote_column(holding[0].name)}{match['compared']}'{match['value']}'"

    return re.sub(r"""(?P<before>(?:\b\w+\.)?)(?P<column>\b\w+\b|"[^"]+")(?P<compared>\s*(?:=|<>|!=|\bI?LIKE\b)\s*)'(?P<value>(?:[^']|'')*)'""", put_right, sql, flags=re.I)


def mend_unknown(sql: str, error: str) -> str:
    """The SELECT with the column that the database proposes for one that is not there, where one is like it."""
    unknown = re.search(r'column "([^"]+)" not found', error)
    if unknown is None:
        return sql
    candidates = re.findall(r'"([^"]+)"', error[unknown.end() :])
    said = unknown[1].casefold()
    alike = [name for name in candidates if name.casefold() in said or said in name.casefold() or set(content_stems(name)) & set(content_stems(said))]
    return re.sub(rf'"?\b{re.escape(unknown[1])}\b"?', lambda _: quote_column(alike[0]), sql) if alike else sql
