"""Types of columns that came as text: numbers with decimal comma or point, currencies, dates. What is not plain is said in a note, never done in silence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

CURRENCY = r"(?:€|\$|£|¥|CHF|EUR|USD|GBP|Fr\.|kr|zł)"
NOTHING = ("n/a", "na", "-", "–", "—", "null", "none", "nan", "#n/a")  # among numbers: no value
MOSTLY = 0.5  # share of numbers from which on a column of text is worth a note
_FORMS = {  # after currency, spaces and signs are taken off
    "whole": r"(?:0|[1-9]\d*)", "zeros": r"0\d+", "point": r"\d+\.\d+(?:[eE][+-]?\d+)?", "comma": r"\d+,\d+",
    "point_groups": r"[1-9]\d{0,2}(?:\.\d{3})+", "comma_groups": r"[1-9]\d{0,2}(?:,\d{3})+",
    "german": r"[1-9]\d{0,2}(?:\.\d{3})+,\d+", "english": r"[1-9]\d{0,2}(?:,\d{3})+\.\d+",
}  # fmt: skip
_DATES = {
    "iso": r"\d{4}-\d{1,2}-\d{1,2}", "moment": r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?", "dots": r"\d{1,2}\.\d{1,2}\.\d{4}", "short_dots": r"\d{1,2}\.\d{1,2}\.\d{2}",
    "slashes": r"\d{1,2}/\d{1,2}/\d{4}", "dashes": r"\d{1,2}-\d{1,2}-\d{4}", "year_slashes": r"\d{4}/\d{1,2}/\d{1,2}", "truth": r"(?i:true|false)",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Typed:
    """How a column is read: its type, the SQL that makes it, what has to be said of that, and how many decimals its amounts have (0: none or many)."""

    name: str
    type: str
    sql: str
    note: str = ""
    decimals: int = 0


def quoted(name: str) -> str:
    """A name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def type_columns(database: Any, table: str, heads: Sequence[str]) -> list[Typed]:
    """How each column of a table of texts is read."""
    counts = [_counts(database, table, head) for head in heads]
    is_german = any(row["comma"] > row["comma_groups"] or row["german"] for row in counts)
    return [_numbers(database, table, head, row, is_german) or _dates(database, table, head, row) or _text(head, row) for head, row in zip(heads, counts, strict=True)]


def _bare(column: str) -> str:
    """A cell without currency and spaces, and what is in brackets with a minus."""
    cell = f"trim({column}, ' ' || chr(160) || chr(8239) || chr(9))"
    signed = rf"regexp_replace({cell}, '^\((.*)\)$', '-\1')"
    bare = rf"regexp_replace(regexp_replace({signed}, '^([+-]?)\s*{CURRENCY}\s*', '\1'), '\s*{CURRENCY}\s*$', '')"
    grouped = rf"regexp_replace({bare}, '(\d)[ ''’' || chr(160) || chr(8239) || '](\d\d\d)', '\1\2', 'g')"
    return rf"regexp_replace(replace({grouped}, '−', '-'), '^(.*\d)-$', '-\1')"


def _counts(database: Any, table: str, head: str) -> dict[str, Any]:
    """How many cells are of which form."""
    column = quoted(head)
    nothing = ", ".join(f"'{word}'" for word in NOTHING)
    forms = [f"count(*) FILTER (regexp_full_match(b, '[+-]?{form}')) AS {name}" for name, form in _FORMS.items()]
    dates = [f"count(*) FILTER (regexp_full_match(trim(v), '{form}')) AS {name}" for name, form in _DATES.items()]
    cells = f"SELECT {column} AS v, {_bare(column)} AS b FROM {table} WHERE trim({column}) <> ''"
    found = database.execute(
        f"SELECT count(*) AS filled, count(*) FILTER (regexp_full_match(b, '.*\\d[.,]\\d\\d')) AS cents, count(*) FILTER (lower(trim(v)) IN ({nothing})) AS nothing, count(*) FILTER (b <> trim(v)) AS cleaned, {', '.join(forms + dates)} FROM ({cells})"
    )
    names = [item[0] for item in found.description]
    return dict(zip(names, found.fetchone(), strict=True))


def _numbers(database: Any, table: str, head: str, row: dict[str, Any], is_german: bool) -> Typed | None:
    """A column of numbers; None where it is none."""
    filled = row["filled"] - row["nothing"]
    wholes, points, commas = row["whole"], row["point"], row["comma"]
    if not filled or row["zeros"]:
        return None
    bare = f"nullif({_bare(quoted(head))}, '')"
    if row["nothing"]:
        bare = f"CASE WHEN lower(trim({quoted(head)})) IN ({', '.join(repr(word) for word in NOTHING)}) THEN NULL ELSE {bare} END"
    more = [f"{row['nothing']} × no value read as empty"] if row["nothing"] else []
    fractions = points + commas + row["german"] + row["english"]
    decimals = 2 if row["cents"] and row["cents"] == fractions else 0
    if row["cleaned"] > row["nothing"] and _has_currency(database, table, head):
        more.append("currency taken off")
        decimals = 2 if row["cents"] == fractions else decimals
    if wholes == filled:
        return _typed(head, "BIGINT" if _fits(database, table, bare) else "DOUBLE", bare, more, decimals)
    decimal_comma = wholes + commas + row["german"] + (row["point_groups"] if is_german or row["german"] else 0)
    if decimal_comma == filled and (row["german"] or commas) and (is_german or commas > row["comma_groups"]):
        return _typed(
            head,
            "DOUBLE",
            f"replace(replace({bare}, '.', ''), ',', '.')",
            ["numbers with a decimal comma" + (", point for thousands" if row["german"] or row["point_groups"] else ""), *more],
            decimals,
        )
    if decimal_comma == filled and row["point_groups"]:
        return _typed(head, "DOUBLE", f"replace({bare}, '.', '')", ["numbers with a point for thousands (as the other columns have a decimal comma)", *more])
    if wholes + points + row["english"] + row["comma_groups"] == filled:
        grouped = row["english"] or row["comma_groups"]
        said = ["numbers with a comma for thousands"] if grouped else ["numbers with a decimal point"] if row["point_groups"] and row["point_groups"] == points else []
        return _typed(head, "DOUBLE", f"replace({bare}, ',', '')" if grouped else bare, [*said, *more], decimals)
    return None


def _typed(head: str, kind: str, sql: str, notes: list[str], decimals: int = 0) -> Typed:
    return Typed(head, kind, f"try_cast({sql} AS {kind})", ", ".join(notes), decimals)


def _has_currency(database: Any, table: str, head: str) -> bool:
    return bool(database.execute(f"SELECT count(*) FROM {table} WHERE regexp_matches({quoted(head)}, '{CURRENCY}')").fetchone()[0])


def _fits(database: Any, table: str, sql: str) -> bool:
    return not database.execute(f"SELECT count(*) FROM {table} WHERE ({sql}) IS NOT NULL AND try_cast({sql} AS BIGINT) IS NULL").fetchone()[0]


def _dates(database: Any, table: str, head: str, row: dict[str, Any]) -> Typed | None:
    """A column of days or moments; None where it is none, or where day and month cannot be told apart."""
    filled, column = row["filled"], f"trim({quoted(head)})"
    if not filled:
        return None
    if row["truth"] == filled:
        return Typed(head, "BOOLEAN", f"try_cast({column} AS BOOLEAN)")
    if row["iso"] == filled or row["moment"] + row["iso"] == filled:
        kind = "DATE" if row["iso"] == filled else "TIMESTAMP"
        return _whole(database, table, Typed(head, kind, f"try_cast(nullif({column}, '') AS {kind})"))
    form, said = _order(database, table, head, row)
    return _whole(database, table, Typed(head, "DATE", f"try_cast(try_strptime(nullif({column}, ''), '{form}') AS DATE)", f"dates, {said}")) if form else None


def _order(database: Any, table: str, head: str, row: dict[str, Any]) -> tuple[str, str]:
    """The form of days that are not written year first, and how it is said; empty where that is not certain."""
    for name, form, said in (("dots", "%d.%m.%Y", "day.month.year"), ("short_dots", "%d.%m.%y", "day.month.year"), ("year_slashes", "%Y/%m/%d", "year/month/day")):
        if row[name] == row["filled"]:
            return form, said
    for name, mark in (("slashes", "/"), ("dashes", "-")):
        if row[name] == row["filled"]:
            first, second = (f"try_cast(split_part(trim({quoted(head)}), '{mark}', {part}) AS INT)" for part in (1, 2))
            top, low = database.execute(f"SELECT max({first}), max({second}) FROM {table}").fetchone()
            if top > 12 >= low:
                return f"%d{mark}%m{mark}%Y", f"day{mark}month{mark}year (a row has {top} first)"
            if low > 12 >= top:
                return f"%m{mark}%d{mark}%Y", f"month{mark}day{mark}year (a row has {low} second)"
    return "", ""


def _whole(database: Any, table: str, typed: Typed) -> Typed | None:
    """The column, where every filled cell is such a day."""
    lost = database.execute(f"SELECT count(*) FROM {table} WHERE trim({quoted(typed.name)}) <> '' AND ({typed.sql}) IS NULL").fetchone()[0]
    return None if lost else typed


def _text(head: str, row: dict[str, Any]) -> Typed:
    filled = row["filled"]
    numbers = sum(row[name] for name in ("whole", "point", "comma", "german", "english")) + row["zeros"]
    note = ""
    if filled and row["zeros"] and numbers == filled:
        note = "kept as text (leading zeros)"
    elif filled and row["slashes"] + row["dashes"] == filled:
        mark = "/" if row["slashes"] else "-"
        note = f"kept as text: day{mark}month or month{mark}day is not certain; ask the person, or use strptime({head}, '%d{mark}%m{mark}%Y')"
    elif filled and MOSTLY < numbers / filled < 1:
        note = f"kept as text: {filled - numbers} of {filled} cells are no numbers"
    elif filled and numbers == filled:
        note = "kept as text: decimal comma and decimal point are mixed"
    return Typed(head, "VARCHAR", f"nullif({quoted(head)}, '')", note)
