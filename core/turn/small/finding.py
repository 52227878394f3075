"""Looking: what is in a folder, what a file says, in which file something stands. Code does it; nothing is changed."""

from __future__ import annotations

import re
from datetime import datetime

from core.language.words import STOP_WORDS, content_stems, words_of
from core.turn.act.closing import LoopEnd
from core.turn.small.hands import SmallTurn
from core.turn.small.material import read_documents
from core.turn.small.program import run_program
from core.turn.small.request import SmallRequest
from core.turn.small.sources import MEDIA, spoken_names

_LINE = re.compile(r"\b(?P<which>first|second|third|fourth|fifth|last|\d+(?:st|nd|rd|th)?)\s+(?P<many>\w+\s+)?lines?\b|\bline (?P<number>\d+)\b", re.I)
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": -1}
_COUNTS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "ten": 10, "couple": 2}
_HOLDING = re.compile(r"\b(?:which|what|in which|any|did|does|is there|are there|find|where|look\w*|search\w*|anything|something|squiz|hunt\w*|locate|in welcher|wo)\b", re.I)
_MEASURED = re.compile(
    r"\b(?:how (?:many|much|big|large|long|old)|size|weigh\w*|bigger|larger|smaller|more than|less than|over|under|oldest|newest|latest|biggest|largest|longest|shortest|empty|count|compare|diff\w*|same|identical|duplicate\w*|modified|changed|since|before|after)\b",
    re.I,
)
_ONE_MEASURE = re.compile(
    r"(?:and )?(?:which|what)(?:'s| is)?(?: of (?:my|the|these|those)| my| the)?(?: (?P<ending>\w+?)s?)?(?: \w+){0,3}? (?:is |are |the )*(?P<which>empty|biggest|largest|smallest|newest|latest|oldest)(?: one| file| of them)?",
    re.I,
)
_LISTED = re.compile(r"\b(?:what(?:'s| is|s| all)?|list|show|everything|contents?|was)\b", re.I)
_ASKING = frozenset(
    [
        "anything",
        "something",
        "which",
        "where",
        "find",
        "look",
        "search",
        "file",
        "document",
        "paper",
        "papers",
        "one",
        "stuff",
        "stand",
        "stands",
        "mention",
        "mentions",
        "mentioned",
        "about",
        "have",
        "has",
        "send",
        "sent",
        "did",
        "does",
        "can",
        "could",
    ]
)
LETTERS = 4000  # of a file that is shown
MOST = 5  # files that are named


async def find_or_show(turn: SmallTurn, request: SmallRequest) -> LoopEnd:
    """Show, list or search; what has to be measured or compared is a program's."""
    sources = request.sources
    if found := told_by_measure(request):
        return turn.finish(found)
    if _MEASURED.search(request.text):
        return await run_program(turn, request)
    if sources.how == "folder" and sources.folder and _LISTED.search(request.text):
        state = await turn.must("files.list", path=sources.folder)
        return turn.finish(state.text)
    if len(sources.files) == 1 and sources.how in ("named", "described", "earlier") and not _asks_where(request):
        return await _show(turn, request, sources.files[0])
    if not sources.files or _asks_where(request):
        if end := await _search(turn, request):
            return end
    return await run_program(turn, request)


def told_by_measure(request: SmallRequest) -> str:
    """The file that is the biggest, oldest, … or the empty ones, among those of the folder that is named; empty where more is asked."""
    match = _ONE_MEASURE.fullmatch(request.text.strip(" ?.!"))
    if match is None or (match["ending"] and match["ending"].lower() in ("folder", "ordner")):
        return ""
    folder = request.sources.folder
    files = [entry for entry in request.entries if not entry.is_folder and entry.path.startswith(f"{folder}/" if folder else "")]
    files = [entry for entry in files if not match["ending"] or match["ending"].lower() in ("file", "one", "document", entry.ending.lstrip("."))]
    if not files:
        return ""
    which = match["which"].lower()
    if which == "empty":
        found = [entry for entry in files if not entry.size]
        return "\n".join(f"- {entry.path}" for entry in found) if found else "No file here is empty."
    by_size = which in ("biggest", "largest", "smallest")
    best = (min if which in ("smallest", "oldest") else max)(files, key=lambda entry: entry.size if by_size else entry.changed)
    return f"{best.path} ({best.size:,} bytes, changed {datetime.fromtimestamp(best.changed).date().isoformat()})"


def _asks_where(request: SmallRequest) -> bool:
    """Whether a file is looked for, rather than what one says."""
    return (
        re.search(r"\b(?:which|what) (?:file|folder|document|one)\b|\bwhere\b|\bin which\b|\bwhich folder\b|\bfind (?:me )?(?:the|my|a)\b", request.text, re.I) is not None
        and request.sources.how != "named"
    )


async def _show(turn: SmallTurn, request: SmallRequest, path: str) -> LoopEnd:
    """What a file says, or the lines of it that are asked for; of a picture or a recording its size and date."""
    if path.lower().endswith(MEDIA):
        return turn.finish((await turn.must("files.info", path=path)).text)
    document = (await read_documents(turn, [path]))[0]
    lines = document.text.splitlines()
    if found := _LINE.search(spoken_names(request.text)):
        chosen = pick_lines(lines, found)
        return turn.finish("\n".join(chosen) if chosen else f"{document.name} has {len(lines)} lines only.")
    text = document.text.strip()
    more = f"\n\n(… {len(text) - LETTERS} more letters in {path})" if len(text) > LETTERS else ""
    return turn.finish(text[:LETTERS] + more if text else f"{document.name} is empty.")


def pick_lines(lines: list[str], found: re.Match[str]) -> list[str]:
    """The lines that a phrase means: "the last line", "line 3", "the first two lines"."""
    if found["number"]:
        at = int(found["number"])
        return lines[at - 1 : at]
    which = found["which"].lower()
    at = _ORDINALS.get(which) or int(re.sub(r"\D", "", which))
    word = (found["many"] or "").strip().lower()
    many = _COUNTS.get(word) or (int(word) if word.isdigit() else 1)
    if at == -1:
        return lines[-many:]
    return lines[: at if which.isdigit() else many] if at == 1 or which.isdigit() else lines[at - 1 : at]


async def _search(turn: SmallTurn, request: SmallRequest) -> LoopEnd | None:
    """Files by name or by what they hold; None where nothing fits."""
    wanted = " ".join((*request.reading.texts("literal"), *request.reading.texts("condition"))) or request.question
    words = [word for word in dict.fromkeys(words_of(wanted)) if word not in STOP_WORDS and word not in _ASKING and len(word) > 2]
    if not words or not _HOLDING.search(request.text):
        return None
    asked = set(content_stems(" ".join(words)))
    named = [entry for entry in request.entries if asked & set(content_stems(entry.stem))]
    state = await turn.do("files.find", text=words[:6])
    items = sorted((state.value or {}).get("items", []), key=lambda item: -len(item.get("holds", ()))) if state.status == "done" else []
    best = len(items[0].get("holds", ())) if items else 0
    lines = [f"- {entry.path}" for entry in named[:MOST]]
    lines += [
        f"- {item['path']}, line {item.get('number', 1)}: {str(item.get('line', '')).strip()[:200]}"
        for item in items[:MOST]
        if len(item.get("holds", ())) == best and item["path"] not in {entry.path for entry in named}
    ]
    return turn.finish("\n".join(lines)) if lines else None
