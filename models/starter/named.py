"""Files described by a part of their names, written as the patterns that the model has practised: "PDFs with tax in their name" is ``*tax*.pdf``."""

from __future__ import annotations

import re
from functools import partial

from models.starter import amounts
from models.starter.described import Described
from models.starter.kinds import patterns
from models.starter.objects import hide_quotes, show_quotes

_KINDS = {
    "pdf": r"pdfs?(?:\s+files?)?", "txt": r"(?:text|txt)\s+files?", "csv": r"csvs?(?:\s+files?)?", "md": r"(?:markdown|md)\s+files?", "docx": r"(?:word\s+(?:files?|documents?)|docx\s+files?)",
    "xlsx": r"(?:excel\s+(?:files?|sheets?)|xlsx\s+files?)", "jpg": r"jpe?gs?(?:\s+files?)?", "png": r"pngs?(?:\s+files?)?", "zip": r"zip\s+files?", "py": r"python\s+(?:files?|scripts?)", "log": r"log\s+files?",
    "": r"(?:files?|documents?|things|items|everything|anything)",
}  # fmt: skip
_KIND = "|".join(f"(?P<k_{extension or 'any'}>{words})" for extension, words in _KINDS.items())
_WORD = r"[\"'“‘]?(?P<x>[\w][\w-]*)[\"'”’]?"
_WHOSE = (
    (rf"(?:with|that\s+have|which\s+have|having|that\s+contain|containing)\s+(?:the\s+word\s+)?{_WORD}\s+in\s+(?:their|the|its|his)\s+(?:file\s?)?names?", "*{x}*"),
    (rf"whose\s+(?:file\s?)?names?\s+(?:contains?|have|has|includes?)\s+(?:the\s+word\s+)?{_WORD}", "*{x}*"),
    (rf"(?:(?:that|which)\s+are\s+)?(?:named|called)\s+(?:something\s+|anything\s+)?like\s+{_WORD}", "*{x}*"),
    (rf"whose\s+(?:file\s?)?names?\s+(?:starts?|begins?)\s+with\s+{_WORD}", "{x}*"),
    (rf"(?:(?:that|which)\s+(?:start|begin)|starting|beginning)\s+with\s+{_WORD}(?=\s*(?:$|[,.;]|and\b|then\b|to\b|into\b|in\b|from\b))", "{x}*"),
)
_BEFORE = r"(?:\b(?:all|any|every|each)\s+(?:of\s+)?)?(?:\b(?:the|my|our|these|those)\s+)?"
_PATTERNS = [(re.compile(rf"{_BEFORE}\b(?:{_KIND})\s+{whose}", re.I), glob) for whose, glob in _WHOSE]
_ADJECTIVES = frozenset(
    """all my the these those our your new old older newest oldest newer big bigger biggest large largest small smallest recent latest first last other few many some any every each both two three four five
    six seven eight nine ten empty same different duplicate downloaded scanned unread locked encrypted broken random various several more most long short as to into in of from with and or for them me""".split()  # noqa: SIM905
)
_BARE = re.compile(r"\b(?P<article>(?:all|every|the|my|our)\s+)?(?P<of>(?:\w+\s+)?(?:year|month|week)['’]s\s+)?(?P<x>[a-z][\w-]*)\s+(?P<k>pdf|csv)s\b", re.I)
_CONTENT = re.compile(r"\b(?:says?|saying|reads|reading|with\s+the\s+(?:text|content|words?|lines?))\b(?!\s+\S+\s+in\s+(?:the|their|its)\b)|:\s", re.I)
_NOT_FILES = re.compile(r"\s*(?:please\s+)?(?:note|take\s+a\s+note|remind|remember|add|calculate|what\s+is|how\s+(?:do|can))\b", re.I)


def with_patterns(request: str) -> str:
    """The same request with patterns for names; what is to be written or noted is left as it stands."""
    if _NOT_FILES.match(request):
        return request
    content = _CONTENT.search(request)
    end = content.start() if content else len(request)
    head, rest = request[:end], request[end:]
    for pattern, glob in _PATTERNS:
        head = pattern.sub(partial(_whose, glob), head)
    return _BARE.sub(_bare, head) + rest


def _whose(glob: str, match: re.Match[str]) -> str:
    return glob.format(x=match["x"]) + _extension(match)


def _bare(match: re.Match[str]) -> str:
    if match["x"].lower() in _ADJECTIVES or not (match["article"] or match["of"]):
        return match[0]
    return f"{match['of'] or ''}*{match['x']}*.{match['k'].lower()}"


def _extension(match: re.Match[str]) -> str:
    found = next((name for name, text in match.groupdict().items() if name.startswith("k_") and text), "k_any").removeprefix("k_")
    return "" if found == "any" else f".{found}"


_HALT = (
    r"(?!(?:to|in|from|of|and|into|off|on|onto|with|as|called|named|is|are|was|for|at|by|or|it|then|please|say|says|the|my|our|lines?|words?|first|last|end|top|bottom|beginning|start|name|date|time|"
    r"files?|folders?|directory|desktop|same|one|ones|other)\b)[^\W_][\w'-]*"
)
_ARTICLED = re.compile(
    rf"\b(?:both (?:of )?(?:the |my |our )?|(?:all )?(?:the|my|our|this|that|these|those|your|his|her)\s+)(?:(?P<n>two|three|four|five|six|seven|eight|nine|ten|\d{{1,2}})\s+)?(?P<words>{_HALT}(?: {_HALT}){{0,3}})(?P<tail> (?:from|of|for|about) (?:the |my )?{_HALT})?(?P<folder> (?:folder|directory)\b)?(?: files\b)?",
    re.I,
)
_OWN = re.compile(r"\s*(?:please\s+)?(?:note|take\s+a\s+note|jot|remind|remember|forget|what\s+do\s+you\s+know)\b", re.I)

_ADVICE = re.compile(r"\b(?:what|which|how|why|who|when|where)\b.*\b(?:should|would|could|might|shall|ought)\b", re.I)


def with_names(request: str, there: Described) -> str:
    """What is there, by its path instead of how it is described: ``add tea to the packing list`` → ``add tea to "packing list.txt"``. As it was where nothing is described."""
    if _OWN.match(request) or _ADVICE.search(request):
        return request
    content = _CONTENT.search(request)
    end = content.start() if content else len(request)
    kept: list[str] = []
    head = _ARTICLED.sub(partial(_path_for, there), hide_quotes(request[:end], kept))
    return show_quotes(head, kept) + request[end:]


def _path_for(there: Described, match: re.Match[str]) -> str:
    """The longest run of words after the article that describes something, as its path; the phrase itself where none does."""
    words, number = match["words"].split(), amounts.number("2" if re.match("both", match[0], re.I) else match["n"] or "")
    tail = match["tail"] or ""
    if tail and not number and (found := there.find(match["words"] + tail)):
        return _written(found) + (match["folder"] or "")  # "the notes from monday"
    for count in range(len(words), 0, -1):
        phrase, rest = " ".join(words[:count]), words[count:]
        kind = "folder" if match["folder"] and not rest else "file" if number or re.match("all", match[0], re.I) else ""
        if patterns(phrase) is not None or (there.workspace / phrase).exists():
            continue
        found = there.find(phrase, kind, int(number or 0))
        if found and (not number or len(found) == number):
            return " ".join([_written(found), *rest]) + tail + (match["folder"] or "" if rest else "")
    return match[0]


def _written(found: list[str]) -> str:
    return " and ".join(f'"{path}"' if " " in path else path for path in found)
