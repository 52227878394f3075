"""Requests about what is in the workspace that the model has not practised, read by code where the file they speak of is there for certain."""

from __future__ import annotations

import csv
import re

from core.gate.reading import read_for_request
from models.starter.described import Described
from models.starter.kinds import reader_of
from models.starter.scene import Call
from models.starter.usual import ITS, first_of, form

_TEXT = (".txt", ".md", ".csv", ".log", ".json", ".yaml", ".ini", ".html", ".xml", ".tsv")
MOST_READ = 100_000  # bytes of a file that are looked at
_FUNCTIONS = {
    "total": "sum", "sum": "sum", "average": "avg", "mean": "avg", "median": "median", "highest": "max", "biggest": "max", "largest": "max", "maximum": "max", "max": "max", "most": "max",
    "lowest": "min", "smallest": "min", "minimum": "min", "min": "min", "add up": "sum", "sum up": "sum", "total up": "sum", "tot up": "sum",
}  # fmt: skip
_WHICH = "|".join(sorted(_FUNCTIONS, key=len, reverse=True))


_SAYS = (
    form(rf"what (?:does|do) {ITS}(?P<f>.+?) (?:say|contain|hold|look like|have in it|tell me)"),
    form(rf"what(?:['’]?s| is| are) (?:there )?(?:in|inside|written in|written on|on|in there in) {ITS}(?P<f>.+?)(?: file| document| right now| at the moment)?"),
    form(rf"who(?:['’]?s| is| are| all is)? (?:on|in) {ITS}(?P<f>.+?)(?: right now| at the moment| so far)?"),
    form(rf"(?:read|show|display)(?: (?:me|out|us|to me))* (?:what(?:['’]?s| is) (?:in|on) )?{ITS}(?P<f>.+?)(?: file| to me| out loud| aloud)?"),
)
_STRIKE = form(
    rf"(?:(?:cross|tick|strike|scratch) (?:off |out |through )?(?P<t>.+?)(?: off| out)?|(?:check|knock) off (?P<u>.+?)|(?:check|knock) (?P<v>.+?) off) (?:from|off|of|off of|on|in) {ITS}(?P<f>.+?)(?: file)?"
)
_SORT = form(
    rf"(?:sort|alphabeti[sz]e|order|put) (?:(?:the |all )*(?:lines|items|entries|words|rows|names) (?:in|of|from) )?{ITS}(?P<f>.+?)(?P<how>(?:,? (?:alphabetically|numerically|backwards|(?:in|into) (?:an? )?(?:\w+ )?(?:alphabetical|numerical|reverse|ascending|descending|abc|a-z|z-a)(?: \w+)* ?(?:order)?|by (?:name|letter|number|alphabet|the alphabet)|(?:from )?[az](?: ?- ?| to )[az]|by (?:value|size|amount)|(?:the )?(?:highest|biggest|largest|lowest|smallest)(?: (?:one|number))? (?:first|at the top)|(?:from )?(?:(?:the )?(?:high|low|small|larg|bigg|great)(?:est)?|big|large) to (?:the )?(?:high|low|small|large|big)(?:g?est|st)?|ascending|descending))*)"
)
_WHERE = form(rf"(?:where(?:['’]?s| is| are| did i (?:put|save|leave)| have i put)|find|locate|look for|search for) {ITS}(?P<f>.+?)(?: file)?(?: (?:stored|saved|kept|now))?")
_SPENT = form(rf"how much (?:money )?(?:did|have|do) (?:i|we) (?:spend|spent|pay|paid)(?: in total| altogether| overall| so far)? (?:in|according to|per|by) {ITS}(?P<f>.+?)")
_LIST = form(r"(?:(?:list|show|find|display)(?: me| us)?|which are|what are|how many of) (?:all )?(?:the |my |our |of )*(?P<f>[\w -]+?)(?: do i have| are there| i have| here)?")
_IN_ORDER = form(
    r"(?:show|list|display)(?: me)? (?:the |all |all the |my )?files(?: (?:in|of|inside) (?:the |my )?(?P<f>.+?)(?: folder)?)?,? (?:sorted|ordered|arranged) by (?P<by>size|date|age|time|name)"
)
_HOLDS = form(rf"(?:is|are) (?:there )?(?:an? |the |any )?(?P<t>[^,]+?) (?:already )?(?:on|in|listed in|mentioned in|part of) {ITS}(?P<f>.+?)(?: file)?(?: already| yet)?")
_BY_COLUMN = form(
    rf"(?:sort|order) {ITS}(?P<f>\S.*?) by (?:the )?(?P<c>[\w -]+?)(?: column)?(?P<down>,? (?:descending|in descending order|(?:with )?(?:the )?(?:highest|biggest|largest|newest) first))?"
)
_MENTIONS = form(
    rf"(?:does|do|has|have) {ITS}(?P<f>.+?) (?:contain|mention|hold|say|have|include|got) (?:the (?:word|words|name|text) )?(?P<t>.+?)(?: (?:in it|anywhere|somewhere))?"
)
_TWICE = form(
    rf"(?:remove|delete|get rid of|drop|take out|throw out|clear) (?:all |any |the )*(?:duplicated?|repeated|double|doubled|identical) (?:lines?|entr(?:y|ies)|items?|rows?|ones?)? ?(?:from|in|of|out of) {ITS}(?P<f>.+?)"
)
_ENDING = form(rf"(?:change|switch|set|turn) (?:the )?(?:file )?(?:extension|ending|suffix|file type) (?:of|on|for) {ITS}(?P<f>.+?) (?:to|into) \*?\.?(?P<e>\w{{1,5}})")
_COLUMN = (
    form(rf"(?:what(?:['’]?s| is| are| was)? |tell me |give me |show me |calculate |compute |work out |find )*(?:the )?(?P<w>{_WHICH}) (?:value |number |figure )?(?:of |in |for )?(?:the )?(?:column )?(?P<c>[\w -]+?)(?: column)? (?:in|of|from) {ITS}(?P<f>.+?)"),
    form(rf"(?P<w>{_WHICH}) (?:all )?(?:of )?(?:the )?(?:numbers in (?:the )?)?(?P<c>[\w -]+?)(?: column)? (?:in|of|from) {ITS}(?P<f>.+?)"),
)  # fmt: skip


def read(request: str, there: Described | None) -> tuple[Call, ...]:
    """The calls of such a request; none for any other, and none where its file cannot be told for certain."""
    return () if there is None else first_of(_FORMS, request, there)


def _file(text: str, there: Described, endings: tuple[str, ...] = ()) -> str:
    """The one file that is meant, by its name or as described; empty where there is none or it has another ending."""
    text = text.strip(" \"'").rstrip("?.! ")
    found = "" if not text or text.startswith(("/", "~", "..")) else there.one(text, "file")
    return found if not endings or found.lower().endswith(endings) else ""


def _says(match: re.Match[str], there: Described) -> tuple[Call, ...]:
    if path := _file(match["f"], there):
        tool = reader_of(path)
        readable = tool == "documents.read" or path.lower().endswith(_TEXT) or "." not in path.rpartition("/")[2]
        return ((tool, {"path": path}),) if readable else ()
    folders = there.find(match["f"], "folder") if re.search(r"\b(?:in|inside)\b", match[0], re.I) else []
    return (("files.list", {"path": folders[0]}),) if len(folders) == 1 else ()


def _where(match: re.Match[str], there: Described) -> tuple[Call, ...]:
    path = there.find(match["f"])
    return (("files.find", {"name": path[0].rpartition("/")[2]}),) if len(path) == 1 else ()


def _list(match: re.Match[str], there: Described) -> tuple[Call, ...]:
    """Several files by what they are called: they are found by their names."""
    paths = there.find(match["f"], "file")
    return (("files.find", {"name": [path.rpartition("/")[2] for path in paths]}),) if len(paths) > 1 else ()


def _in_order(match: re.Match[str], there: Described) -> tuple[Call, ...]:
    folder = there.one(match["f"] or ".", "folder")
    order = {"size": "size", "name": "name"}.get(match["by"].lower(), "newest")
    return (("files.find", {"path": folder, "only": "files", "sort": order}),) if folder else ()


def _holds(match: re.Match[str], there: Described) -> tuple[Call, ...]:
    path = _file(match["f"], there, _TEXT)
    folder, _, name = path.rpartition("/")
    return (("files.find", {"path": folder or ".", "name": name, "text": match["t"].strip("\"'“”")}),) if path else ()


def _spent(match: re.Match[str], there: Described) -> tuple[Call, ...]:
    path = _file(match["f"], there, (".csv", ".tsv"))
    columns = [name for name in ("amount", "price", "cost", "total", "sum", "paid", "spent") if path and _named(name, path, there)]
    return _summed(path, _named(columns[0], path, there), "total") if len(columns) == 1 else ()


def _strike(match: re.Match[str], there: Described) -> tuple[Call, ...]:
    path = _file(match["f"], there, _TEXT)
    if not path:
        return ()
    text = match["t"] or match["u"] or match["v"]
    boxes = re.search(r"^\s*[-*+] \[ \]", _beginning(there, path, "utf-8"), re.M)
    return (("tasks.done", {"task": text, "file": path}),) if boxes else (("files.remove_text", {"path": path, "text": text}),)


def _sort(match: re.Match[str], there: Described) -> tuple[Call, ...]:
    path = _file(match["f"], there, _TEXT)
    how = match["how"].lower()
    args = (
        {"path": path}
        | ({"by": "number"} if re.search(r"number|numer|value|amount|est\b|(?:high|low|small|large|big) to", how) else {})
        | ({"reverse": True} if re.search(r"reverse|desc|backwards|z ?(?:-|to) ?a|^(?!.*\b(?:low|small)\w* to).*(?:high|bigg|larg)est|(?:high|big|large) to", how) else {})
    )
    return (("files.sort_lines", args),) if path and (how or not re.search(r"\b(?:put|order) ", match[0], re.I)) else ()


def _by_column(match: re.Match[str], there: Described) -> tuple[Call, ...]:
    path = _file(match["f"], there, (".csv", ".tsv"))
    column = _named(match["c"], path, there) if path else ""
    return (("files.sort_lines", {"path": path, "column": column} | ({"reverse": True} if match["down"] else {})),) if column else ()


def _twice(match: re.Match[str], there: Described) -> tuple[Call, ...]:
    path = _file(match["f"], there, _TEXT)
    return (("files.remove_lines", {"path": path, "repeated": True}),) if path else ()


def _ending(match: re.Match[str], there: Described) -> tuple[Call, ...]:
    path = _file(match["f"], there)
    folder, slash, name = path.rpartition("/")
    return (("files.move", {"source": path, "target": f"{folder}{slash}{name.rpartition('.')[0] or name}.{match['e']}"}),) if path else ()


def _column(match: re.Match[str], there: Described) -> tuple[Call, ...]:
    path = _file(match["f"], there, (".csv", ".tsv"))
    if not path or not (column := _named(match["c"], path, there)):
        return ()
    return _summed(path, column, match["w"].lower())


def _beginning(there: Described, path: str, encoding: str) -> str:
    """How a file begins; empty where it cannot be read or is private."""
    try:
        return read_for_request(there.workspace / path, there.workspace, MOST_READ).decode(encoding, "replace")
    except OSError:
        return ""


def _summed(path: str, column: str, which: str) -> tuple[Call, ...]:
    name = column.replace('"', '""')
    return (("tables.query", {"path": path, "sql": f'SELECT {_FUNCTIONS[which]}("{name}") AS "{which} of {name}" FROM t'}),)


def _named(said: str, path: str, there: Described) -> str:
    """The column as the file's first line has it; empty where it has none of that name."""
    line = _beginning(there, path, "utf-8-sig").partition("\n")[0].rstrip("\r")
    columns = next(csv.reader([line], delimiter="\t" if path.lower().endswith(".tsv") else ";" if line.count(";") > line.count(",") else ","), [])
    plain = said.strip().lower().removesuffix(" column")
    alike = [column for column in columns if column.strip().lower() in (plain, plain.removesuffix("s"), f"{plain}s")]
    return alike[0] if len(alike) == 1 else ""


_FORMS = (
    *((form, _column) for form in _COLUMN), (_TWICE, _twice), (_BY_COLUMN, _by_column), (_SORT, _sort), (_ENDING, _ending), (_STRIKE, _strike), (_WHERE, _where), (_IN_ORDER, _in_order), (_HOLDS, _holds), (_MENTIONS, _holds), (_SPENT, _spent), *((form, _says) for form in _SAYS), (_LIST, _list),
)  # fmt: skip
