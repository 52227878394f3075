"""Columns of tables, and how SQL takes their names."""

from __future__ import annotations

import re
from dataclasses import dataclass

_RESERVED_WORDS = (
    "group order by from to where select table column user check end case when desc asc limit all any primary default references union using with not null and or in is as on for"
)
_RESERVED = frozenset(_RESERVED_WORDS.split())


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table with the values that it holds, where they are few."""

    table: str
    name: str
    type: str
    values: tuple[str, ...] = ()
    span: str = ""  # the first and the last day


def quote_column(name: str) -> str:
    """A column's name as SQL takes it."""
    return name if re.fullmatch(r"[a-z_][a-z0-9_]*", name) and name not in _RESERVED else '"' + name.replace('"', '""') + '"'


def type_of(type_: str) -> str:
    """A type of DuckDB's as a model is told of it: ``text``, ``date``, ``time``, ``true/false``, ``number``."""
    return {"VARCHAR": "text", "DATE": "date", "TIMESTAMP": "time", "BOOLEAN": "true/false"}.get(type_, "number")
