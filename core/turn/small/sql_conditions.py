"""The conditions of a SELECT: those that nothing in the request bears are left out, and so are days where the next or the last row is asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from core.language.words import content_stems, shared_stems
from core.turn.small.columns import Column, quote_column

_WHERE = re.compile(r"(?P<head>.+?\bFROM\b.+?)\s+WHERE\s+(?P<conditions>.+?)(?P<tail>\s+(?:GROUP BY|ORDER BY|LIMIT|QUALIFY|HAVING)\b.+)?", re.I | re.S)
_EQUALS = re.compile(r"""(?:\w+\.)?(?P<column>\w+|"[^"]+")\s*(?:=|\bI?LIKE\b)\s*'%?(?P<value>[^'%]*)%?'""", re.I)
_COMPOUND = re.compile(r"\b(?:OR|BETWEEN|SELECT|CASE)\b", re.I)


def leave_out_unsaid(sql: str, columns: Sequence[Column], request: str) -> str:
    r"""The SELECT without comparisons of which neither value nor column is spoken of: a model adds one that it saw in the examples.

    >>> members = [Column("t", "Voice", "VARCHAR", ("Alto", "Bass")), Column("t", "Subs autumn", "VARCHAR", ("paid", "not paid"))]
    >>> leave_out_unsaid("SELECT Name FROM t WHERE Voice = 'Alto' AND \"Subs autumn\" <> 'paid'", members, "who has not paid their subs for the autumn")
    'SELECT Name FROM t WHERE "Subs autumn" <> \'paid\''
    >>> leave_out_unsaid("SELECT day FROM t WHERE place = 'home'", [Column("t", "place", "VARCHAR", ("away", "home"))], "is the next match home or away")
    'SELECT day FROM t'
    """
    known = {column.name.casefold(): column for column in columns if column.values}
    asked = content_stems(request)

    def is_said(condition: str) -> bool:
        found = _EQUALS.fullmatch(condition.strip())
        column = known.get(found["column"].strip('"').casefold()) if found else None
        if found and re.search(rf"\b{re.escape(found['value'])} (?:or|oder|ou|o) \w+|\w (?:or|oder|ou|o) {re.escape(found['value'])}\b", request, re.I):
            return False  # "home or away?" asks for the value
        return found is None or column is None or bool(shared_stems(asked, found["value"]) or shared_stems(asked, column.name))

    return _keep(sql, is_said)


def leave_out_days(sql: str, columns: Sequence[Column]) -> str:
    """The SELECT without comparisons of days, and with the day of each row: which of them is next, or was last, is for code to say.

    >>> leave_out_days("SELECT place FROM t WHERE opponent = 'Riverside' AND date > '2026-11-30' ORDER BY date LIMIT 1", [Column("t", "date", "DATE")])
    "SELECT place, date FROM t WHERE opponent = 'Riverside'"
    """
    days = [quote_column(column.name) for column in columns if column.type.startswith(("DATE", "TIMESTAMP"))]
    if not days or re.search(r"\b(?:GROUP BY|QUALIFY)\b|\b(?:max|min|count|sum|avg)\(", sql, re.I):
        return sql
    plain = _keep(sql, lambda condition: not any(re.search(rf"(?<![\w\"]){re.escape(day)}(?![\w\"])", condition, re.I) for day in days))
    plain = re.sub(r"\s+(?:ORDER BY|LIMIT)\b.*$", "", plain, flags=re.I | re.S)
    head = re.match(r"SELECT (?:DISTINCT )?(?P<shown>.+?) FROM ", plain, re.I | re.S)
    if head is None or "*" in head["shown"] or re.search(rf"(?<![\w\"]){re.escape(days[0])}(?![\w\"])", head["shown"], re.I):
        return plain
    return f"{plain[: head.end('shown')]}, {days[0]}{plain[head.end('shown') :]}"


def _keep(sql: str, is_kept: Callable[[str], bool]) -> str:
    """The SELECT with those of its joined conditions that are kept; as it is where they are more than a row of ANDs."""
    found = _WHERE.fullmatch(sql.strip())
    if found is None or _COMPOUND.search(found["conditions"]):
        return sql
    parts = re.split(r"\s+AND\s+", found["conditions"], flags=re.I)
    kept = [part for part in parts if is_kept(part)]
    return sql if len(kept) == len(parts) else found["head"] + (f" WHERE {' AND '.join(kept)}" if kept else "") + (found["tail"] or "")
