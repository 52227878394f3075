"""The most and the least: a SELECT that was asked for one of them and lists all is held to it."""

from __future__ import annotations

import re

_EXTREME = re.compile(
    r"\b(?:most|least|fewest|highest|lowest|biggest|largest|smallest|longest|shortest|best|worst|cheapest|dearest|oldest|youngest|greatest|top|max(?:imum)?|min(?:imum)?|"
    r"meisten|wenigsten|höchste\w*|niedrigste\w*|größte\w*|kleinste\w*|beste\w*|billigste\w*|teuerste\w*|plus (?:grand|haut|petit|cher)\w*|mayor|menor|mejor|peor|más (?:alt|baj|car|barat)\w*)\b",
    re.I,
)
_SEVERAL = re.compile(r"\b(?:each|every|per|all|list|rank\w*|sort\w*|order|compare|jede\w*|alle\w*|chaque|cada|todos)\b", re.I)
_LEAST = re.compile(r"\b(?:least|fewest|lowest|smallest|shortest|worst|cheapest|youngest|min\w*|wenigsten|niedrigste\w*|kleinste\w*|billigste\w*|menor|peor)\b", re.I)
_SELECT = re.compile(
    r"SELECT (?P<bare>(?:(?:\w+\.)?(?:\w+|\"[^\"]+\"), )+)(?P<amount>(?P<call>max|min|sum|count|avg)\((?P<inner>[^()]+)\))(?P<alias> AS \w+)? FROM (?P<rest>.+)", re.I | re.S
)
_ORDERED = re.compile(r"\b(?:ORDER BY|LIMIT|QUALIFY|HAVING|OVER)\b", re.I)


def keep_extreme(sql: str, question: str) -> str:
    """The SELECT with only the rows that have the most, or the least, where one is asked for; all of them where several share it.

    >>> keep_extreme("SELECT name, max(maths) FROM t", "who has the highest marks in maths")
    'SELECT name, maths FROM t QUALIFY rank() OVER (ORDER BY maths DESC) = 1'
    >>> keep_extreme("SELECT shop, SUM(price) FROM t GROUP BY shop", "where did I spend least")
    'SELECT shop, SUM(price) FROM t GROUP BY shop QUALIFY rank() OVER (ORDER BY SUM(price)) = 1'
    """
    found = _SELECT.fullmatch(sql.strip())
    if found is None or not _EXTREME.search(question) or _SEVERAL.search(question) or _ORDERED.search(sql):
        return sql
    is_grouped = re.search(r"\bGROUP BY\b", found["rest"], re.I) is not None
    is_value = found["call"].lower() in ("max", "min")
    if not is_grouped and not is_value:
        return sql
    rest = re.sub(r"\s+GROUP BY .+$", "", found["rest"], flags=re.I | re.S) if is_value else found["rest"]
    amount = found["inner"] if is_value else found["amount"]
    down = "" if found["call"].lower() == "min" or (not is_value and _LEAST.search(question)) else " DESC"
    return f"SELECT {found['bare']}{amount}{found['alias'] or ''} FROM {rest} QUALIFY rank() OVER (ORDER BY {amount}{down}) = 1"
