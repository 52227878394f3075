"""The years that a request speaks of: one, those before or after one, or from one to another."""

from __future__ import annotations

import re

_Y = r"((?:19|20)\d\d)"
_BETWEEN = re.compile(rf"\b(?:between|from|zwischen|von|entre|de) {_Y} (?:and|to|until|till|und|bis|et|à|y|a) {_Y}\b|\b{_Y} ?[-–] ?{_Y}\b", re.I)
_BEFORE = re.compile(rf"\b(?:before|older than|earlier than|prior to|vor|älter als|avant|antes de) (?:the year |dem Jahr )?{_Y}\b", re.I)
_UNTIL = re.compile(
    rf"\b(?:until|till|up to|bis|jusqu['’]en|hasta) (?:the end of |including |einschließlich )?{_Y}\b|\b{_Y} (?:and|or|und|oder) (?:before|earlier|older|früher|älter)\b", re.I
)
_AFTER = re.compile(rf"\b(?:after|newer than|later than|nach|neuer als|après|después de) (?:the year |dem Jahr )?{_Y}\b", re.I)
_SINCE = re.compile(rf"\b(?:since|from|seit|ab|depuis|desde) {_Y} (?:on\w*|and (?:later|after|newer)|und später)\b|\b(?:since|seit|depuis|desde) {_Y}\b", re.I)
_ONE = re.compile(rf"\b(?:from|of|in|for|the|aus|von|de) {_Y}\b(?! ?(?:or|and|to|-|–))", re.I)
_TURNED = re.compile(r"\b(?:except|not|but|keep|außer|nicht|sauf|salvo)\b", re.I)
_BESIDE_ONE = re.compile(r"\b(?:before|after|since|until|till|older|newer|between|than|onwards|into|called|renam\w*|copy \w+ to)\b", re.I)
FIRST, LAST = 0, 9999


def years_asked(text: str) -> tuple[int, int] | None:
    """The first and the last year that files are to be of; None where none is said, or something is excepted.

    >>> years_asked("move the tests from before 2024 to a folder called Old"), years_asked("all of 2025"), years_asked("everything from 2019 to 2021")
    ((0, 2023), (2025, 2025), (2019, 2021))
    """
    if _TURNED.search(text):
        return None
    if found := _BETWEEN.search(text):
        first, last = sorted(int(year) for year in found.groups() if year)
        return first, last
    for form, change in ((_UNTIL, 0), (_BEFORE, -1)):
        if found := form.search(text):
            return FIRST, _year(found) + change
    for form, change in ((_SINCE, 0), (_AFTER, 1)):
        if found := form.search(text):
            return _year(found) + change, LAST
    found = None if _BESIDE_ONE.search(text) else _ONE.search(text)
    return (_year(found), _year(found)) if found else None


def _year(found: re.Match[str]) -> int:
    return next(int(year) for year in found.groups() if year)


def year_in(name: str) -> int | None:
    """The one year that a name bears; None for none or several.

    >>> year_in("IMG_20240501.jpg"), year_in("soil 2019.txt"), year_in("from 2019 to 2021.txt")
    (2024, 2019, None)
    """
    years = {int(year) for year in re.findall(r"(?<!\d)((?:19|20)\d\d)(?:(?!\d)|(?=[01]\d[0-3]\d(?!\d)))", name)}
    return years.pop() if len(years) == 1 else None
