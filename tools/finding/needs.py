"""What a request needs, taken apart by rule: what its paths are, what it asks one after the other, what its files and amounts imply."""

from __future__ import annotations

import re

MOST_CLAUSES, MOST_SENTENCES, MOST_NEEDS = 4, 12, 10
_LEADING = re.compile(
    r"^\W*(?:can|could|would|will) you (?:please )?(?:help|assist)\b[^.?!]*\b(?:with|me)\b[^.?!]*\b(?:things|tasks|conversions|questions|calculations|information|searches|following)\b[^.?!]{0,20}[.?!:]*$"
    r"|^\W*(?:imagine|i need (?:some )?help|thanks?|thank you|hello|hi)\b[^.?!]{0,40}[.?!]*$",
    re.I,
)  # sentences that ask for nothing yet
NAMED_KINDS = {
    "md": "markdown", "txt": "text", "log": "text", "xlsx": "excel spreadsheet", "xls": "excel spreadsheet", "ods": "spreadsheet", "csv": "csv table", "docx": "word document", "doc": "word document",
    "odt": "text document", "pptx": "powerpoint presentation", "pdf": "pdf", "png": "image", "jpg": "image", "jpeg": "image", "gif": "image", "webp": "image", "svg": "image", "wav": "audio", "mp3": "audio music",
    "flac": "audio", "mp4": "video", "mkv": "video", "json": "json", "xml": "xml", "yaml": "yaml", "html": "html page", "py": "python code", "js": "javascript code", "ipynb": "notebook", "zip": "archive",
    "sqlite": "database", "db": "database", "ics": "calendar", "bib": "bibliography text", "tex": "latex text",
}  # fmt: skip
_PATH = re.compile(r"[~.]?(?:/[\w.\-]+)+/?|\b[\w\-]+\.(?:" + "|".join(NAMED_KINDS) + r")\b")
_SAVING = re.compile(r"\b(?:saved?|store|write|export|put|create|draft|generate|output|record|give me|make|produce|prepare)\b[^.!?]{0,80}\Z", re.I)
_BESIDES = (  # what a request says, and what it needs besides what it asks for
    (
        r"\b(?:today|tonight|tomorrow|yesterday|now|currently|latest|recent(?:ly)?|these days|near future|(?:this|next|last|past|coming) (?:few |couple of |\d+ ?)?(?:h|hours?|days?|weeks?|weekend|months?|quarter|years?))\b",
        ("get the current time and date",),
    ),
    (
        r"\b(?:calculat\w+|comput(?:e|ed|ing)|percent(?:age)?s?|average|total|sum|difference between|ratio|bmi|how much (?:is|are|would|will)|estimate (?:its|the|their|my)|budget|market capitali[sz]ation|convert\w*)\b",
        ("calculate an expression",),
    ),
    (
        r"\b(?:buy|buying|purchas\w+|shop(?:ping)?|amazon|ebay|best[- ]sell\w+|for sale|pc build|book (?:a|an|me)|reserve (?:a|an))\b",
        ("navigate to a web page in a browser", "click an element on a page", "fill out an input field", "get the html of a page"),
    ),
    (
        r"\b(?:nearby|near|nearest|close to|around here|routes?|directions?|commute|driv(?:e|ing)|walk(?:ing)?|trips?|tours?|travel|itinerary|hotels?|restaurants?|meeting point|located (?:at|in)|district|neighbou?rhood)\b",
        ("convert an address to coordinates", "convert coordinates to an address", "find places nearby"),
    ),
)
_WRITING = {"excel spreadsheet": "write data to an excel sheet", "word document": "create a word document", "powerpoint presentation": "create a presentation"}
_READING = {"excel spreadsheet": "read data from an excel sheet", "pdf": "read a pdf document", "word document": "get the text of a word document"}
_CURRENCY = r"(?:[$€£¥]|\b(?:usd|eur|gbp|jpy|chf|cad|aud|cny|inr|euros?|dollars?|pounds? sterling|yen|yuan|francs?|rupees?|pesos?|bitcoins?|btc)\b)"
_UNIT = r"(?:ounces?|oz|pounds?|lbs?|kilos?|kilograms?|kg|grams?|miles?|kilomet(?:er|re)s?|km|met(?:er|re)s?|feet|foot|inch(?:es)?|yards?|lit(?:er|re)s?|gallons?|cups?|teaspoons?|tablespoons?|celsius|fahrenheit|mph|hours?|minutes?|seconds?)"
_TWO_CURRENCIES = re.compile(rf"\d[^.?!]*{_CURRENCY}[^.?!]*{_CURRENCY}|{_CURRENCY}[^.?!]*\d[^.?!]*{_CURRENCY}", re.I)
_TWO_UNITS = re.compile(rf"\b(?:how many|convert|into|in)\b[^.?!]*\b{_UNIT}\b[^.?!]*\b(?:in|to|is|are|into|of)\b[^.?!]*\b{_UNIT}\b", re.I)


def plain(request: str) -> str:
    """A request with paths and addresses named by what they are."""

    def kind(match: re.Match[str]) -> str:
        name = match.group(0).rstrip("./")
        ending = name.rpartition(".")[2].lower() if "." in name.rpartition("/")[2] else ""
        return f"{NAMED_KINDS.get(ending, ending)} file" if ending and len(ending) < 6 else "folder directory"

    return _PATH.sub(kind, re.sub(r"https?://\S+", "web page url", request))


def sentences(request: str) -> list[str]:
    """The sentences of a request that ask for something; empty where there are fewer than three of them."""
    found = [part.strip() for part in re.split(r"(?<=[.!?;])\s+|\n", request) if len(part.split()) >= 4 and not _LEADING.match(part)]
    return found[:MOST_SENTENCES] if len(found) >= 3 else []


def clauses(request: str) -> list[str]:
    """What a request asks for, one thing after the other; empty where it is one thing."""
    sentences = re.split(r"(?<=[.!?;])\s+|\n", request)
    parts = [part.strip() for sentence in sentences for part in re.split(r",?\s+(?:and then|then|and|after that)\s+|,\s+(?=[a-z]+\s)", sentence)]
    parts = [part for part in parts if len(part.split()) >= 3]
    return parts[:MOST_CLAUSES] if len(parts) > 1 else []


def implied(request: str) -> list[str]:
    """What a request implies: a file is read, or written where the words before it say so; two currencies are to be converted; "tomorrow" needs today's date, "near" needs coordinates."""
    found = []
    for match in _PATH.finditer(request):
        kind = NAMED_KINDS.get(match.group(0).rstrip("./").rpartition(".")[2].lower(), "")
        if not kind:
            continue
        if _SAVING.search(request[max(0, match.start() - 140) : match.start()]):
            found.append(_WRITING.get(kind, "write content to a file"))
        else:
            found.append(_READING.get(kind, f"read {kind} file" if kind in ("image", "audio", "audio music", "video") else "read the contents of a file"))
    if _TWO_CURRENCIES.search(request):
        found.append("convert currency")
    if _TWO_UNITS.search(request):
        found.append("convert units of measurement")
    for words, needs in _BESIDES:
        if re.search(words, request, re.I):
            found += needs
    return list(dict.fromkeys(found))[:MOST_NEEDS]
