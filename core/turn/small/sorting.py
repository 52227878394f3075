"""Sorting, renaming and deleting by what is inside: code lists and acts, the model judges one file at a time with one word.

A set is shown before it is deleted; what the model is asked of each file is one question with few answers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from core.language.words import STOP_WORDS
from core.turn.act.closing import LoopEnd
from core.turn.small.choosing import LEAVE
from core.turn.small.dates_inside import Dated, dates_in, heading_date, order_of
from core.turn.small.hands import CannotDo, SmallTurn
from core.turn.small.languages import language_of, languages_asked
from core.turn.small.material import Document, read_documents
from core.turn.small.passages import excerpt
from core.turn.small.program import run_program
from core.turn.small.program_calls import what_was_done
from core.turn.small.request import SmallRequest
from core.turn.small.sources import Sources, find_sources

JUDGE = "You read one text of a person's and answer a question about it with one word."
PICK_DATE = "You read one text of a person's and pick the date that was asked for."
SURE = 0.7  # chance of an answer under which a file stays where it is, and it is told that the model was not sure
GUESS = 0.5  # chance of a class under which it is no more than a guess, and the file stays
OTHERWISE = 0.2  # chance of another deed at which a program is tried where no file fits
MOST_UNSEEN = 20  # files that are moved without being shown first
MOST_FILES, LETTERS = 60, 700  # files that are judged in one turn; letters of each that are read
_RENAME = re.compile(
    r"\b(?:renam\w*|call(?:ed)? (?:them|it|each)|name (?:them|each|it)|as (?:its|their) names?|its own date|umbenenn\w*|benenn\w*)\b|\bgive each\b.*\bname\b", re.I
)
_DELETE = re.compile(r"\b(?:delet\w*|bin|trash|throw\w*|get rid|remove\w*|lösch\w*)\b", re.I)
_MOVES = re.compile(
    r"\b(?:mov\w+|put\w*|sort\w*|fil(?:e|ed|ing)|cop(?:y|ies|ied)|go(?:es)?|stick|shift\w*|drop|shove|chuck|pop|gather|collect|separate|take|bring|transfer|verschieb\w*|leg\w*|sortier\w*|pack\w*)\b",
    re.I,
)
_COPY = re.compile(r"\b(?:copy|copies|copied|kopier\w*)\b", re.I)
_CALLED = re.compile(r"\bfolders?\s+(?:called\s+|named\s+)?[\"'“]?([A-Z0-9][\w-]*)", re.I)
_BY_YEAR = re.compile(r"\bby (?:the )?year\b|\b(?:folder|one) (?:per|for each|for every|a) year\b|\byear in (?:which|their)\b|\bnach jahr", re.I)
_FORMS = re.compile(
    r"\b(?:(?:first|second|third|fourth|last|top|bottom|every|each|one|same) lines?|lines? (?:that|with|is|says|starting|beginning)|at the (?:bottom|top|end)|(?:start|begin|end)s? with|named|called|"
    r"identical|duplicates?|same (?:content|files?|inside)|empty|untouched|in (?:the|its|their) (?:file ?)?names?|stand(?:s)? in|listed|exactly those|heading|headings?|title|column|status|marked|ticked|tagged|"
    r"contain(?:s|ing)? the word|with the word|the word|replace|change|write|each one wants|in order|larger|smaller|bigger|older than|newer than|days?|\d+ ?(?:kb|mb|days|weeks|lines|words))\b|[\"'“]\w[^\"'“”]{0,30}[\"'”]|#",
    re.I,
)
_RELATIVE = re.compile(r"(?:that|which|who|whose|where|when|about|from|with|of|in which|asking|saying)\b", re.I)
_OTHERS = re.compile(r"\b(?:others?|rest|everything else)\b[^.]{0,25}\b(?:stay|remain|where|alone|be)\b|\bleave (?:the )?(?:rest|others?)\b", re.I)
_DATE = re.compile(r"\b(?:dates?|datum|day it was written)\b", re.I)
_CLASSES = re.compile(
    r"\b(?:folders?|into|in|ordner)\b[^.:]*?[:,]?\s*((?:[\w/&-]+(?: [\w&-]+)?,\s*)+(?:and |or |und |et |y )?[\w/&-]+(?: (?:and|or|und|et|y) [\w/&-]+)?|[\w/-]+ (?:and|or|und) [\w/-]+)",
    re.I,
)


async def sort_by_content(turn: SmallTurn, request: SmallRequest) -> LoopEnd:
    """Find out what is to be done, judge each file, do it."""
    sources = _sources(request)
    if len(sources.files) < 2:
        return await run_program(turn, request)
    if is_told_by_code(request.text):
        with suppress(CannotDo):
            return await run_program(turn, request)
    documents = await read_documents(turn, sources.files[:MOST_FILES])
    if _RENAME.search(request.text):
        return await _rename(turn, request, documents)
    classes = () if order_of(request.text) and len(documents) > 1 else find_classes(request)
    if len(classes) < 2 and _BY_YEAR.search(request.text) and not _DELETE.search(request.text):
        classes = tuple(sorted({str(dates_in(document.text)[0].day.year) for document in documents if dates_in(document.text)}))
    if len(classes) > 1:
        return await _into_classes(turn, request, documents, classes, sources)
    return await _selected(turn, request, documents, sources)


def is_told_by_code(text: str) -> bool:
    """Whether what decides is a form that code sees (a line, a word written there, a name, being the same), no sense that has to be read."""
    return bool(_FORMS.search(text))


def _sources(request: SmallRequest) -> Sources:
    """The files that are to be judged: those of a folder, all that fit a description, or all of the workspace's own level."""
    found = request.sources
    if len(found.files) > 1:
        return found
    described = find_sources(" ".join(request.reading.texts("source")) or request.text, request.entries)
    if len(described.files) > 1:
        return described
    top = tuple(entry.path for entry in request.entries if not entry.is_folder and "/" not in entry.path)
    return Sources(top, how="folder") if request.is_plural and 1 < len(top) <= MOST_FILES else found


# -- which -----------------------------------------------------------------------------------------------------------


async def _selected(turn: SmallTurn, request: SmallRequest, documents: Sequence[Document], sources: Sources) -> LoopEnd:
    """Those that fit a condition are moved, copied or deleted; the others stay."""
    condition = condition_of(request)
    target = _folder_target(request, sources)
    is_deleting = bool(_DELETE.search(request.text)) and not target
    if (not target or not _MOVES.search(request.text)) and not is_deleting:
        return await run_program(turn, request)
    asked = languages_asked(request.text, [condition.split()[-1]]) if condition.split() else {}
    doubtful: list[str] = []
    if asked:
        chosen = [document.path for document in documents if language_of(document.text) in asked]
    elif order := order_of(request.text):
        chosen = _by_date(documents, order)
    else:
        chosen, doubtful = await _judged(turn, documents, condition)
    if doubtful and not chosen:
        tool, args = _call(request, doubtful, target if not is_deleting else "")
        return turn.ask_person(_which(tool, f"I am not sure, but these may fit ({condition})", doubtful, target), [f"{_verb(tool)} them", LEAVE], does=[(tool, args)])
    if not chosen and request.reading.chance("steps", "organise") > OTHERWISE:
        return await run_program(turn, request)
    if not chosen:
        return turn.finish(f"None of the {len(documents)} files fits ({condition}). Nothing was changed.")
    tool, args = _call(request, chosen, target if not is_deleting else "")
    if is_deleting or len(chosen) > MOST_UNSEEN:
        return turn.ask_person(_which(tool, f"These fit ({condition})", chosen, target, doubtful), [f"{_verb(tool)} them", LEAVE], does=[(tool, args)])
    await turn.must(tool, **args)
    if doubtful:
        turn.notes.append(f"Left, since I was not sure of them: {', '.join(path.rpartition('/')[2] for path in doubtful[:12])}.")
    stayed = [document.name for document in documents if document.path not in chosen]
    if stayed:
        turn.notes.append(f"Left where they are: {', '.join(stayed[:12])}{' …' if len(stayed) > 12 else ''}.")
    return turn.finish(what_was_done(turn))


def _call(request: SmallRequest, paths: Sequence[str], target: str) -> tuple[str, dict[str, Any]]:
    """The call that does it; without a target they are deleted."""
    if not target:
        return "files.delete", {"path": list(paths)}
    rows = [{"source": path, "target": f"{target}/"} for path in paths]
    return ("files.copy", {"copies": rows}) if _COPY.search(request.text) else ("files.move", {"moves": rows})


def _verb(tool: str) -> str:
    return tool.partition(".")[2].capitalize()


def _which(tool: str, lead: str, chosen: Sequence[str], target: str, doubtful: Sequence[str] = ()) -> str:
    """The question whether a shown set is to be dealt with."""
    listed = "\n".join(f"- {path}" for path in chosen)
    unsure = "".join(f"\n- {path}" for path in doubtful)
    more = f"\nI was not sure of these, they stay:{unsure}" if unsure else ""
    return f"{lead}:\n{listed}{more}\nShall I {_verb(tool).lower()} them{f' to {target}' if target else ''}?"


async def _judged(turn: SmallTurn, documents: Sequence[Document], condition: str) -> tuple[list[str], list[str]]:
    """The files that surely fit a condition, and those of which the model said so without being sure."""
    chosen, doubtful = [], []
    for document in documents:
        part = excerpt(document.text, condition, LETTERS).text
        said, chance = await turn.choose(JUDGE, f"{document.name}:\n{part}\n\n{_is_one(condition)} yes or no?", ("yes", "no"))
        chosen += [document.path] * (said == "yes" and chance >= SURE)
        doubtful += [document.path] * (said == "yes" and chance < SURE)
    return chosen, doubtful


def _is_one(condition: str) -> str:
    """The question whether a text fits."""
    return (
        f"Is this one of {condition}?"
        if re.match(r"the ones|those", condition, re.I)
        else f"Is this one of those {condition}?"
        if _RELATIVE.match(condition)
        else f"Is this {condition}?"
    )


def condition_of(request: SmallRequest) -> str:
    """What decides, in the person's words: marked by the reader, else what stands between the verb and the target."""
    if marked := request.reading.texts("condition"):
        return re.sub(r"^(?:that|which|who) (?:is|are)\s+", "", " ".join(marked))
    match = re.search(
        r"\b(?:move|put|sort|copy|delete|find|file|take|get rid of|bin)\b\s+(?:all |every |each |the |out )*(.+?)(?:\s+(?:in|into|to|among|from|out of)\b|[,.;]|$)",
        request.text,
        re.I,
    )
    return match[1] if match else request.text


def _folder_target(request: SmallRequest, sources: Sources) -> str:
    """The folder that the chosen files go to; inside that of the files where it is named so."""
    marked = [text.strip().rstrip("/") for text in request.reading.texts("target") if text.strip()]
    named = re.search(r"\b(?:into|to)\s+(?:a |the |new |folder |called |named )*[\"'“]?((?:[\w-]+/)*[\w-]+)[\"'”]?\s*(?=[,.;]|$|\band\b)", request.text, re.I)
    found = (marked or ([named[1]] if named else []))[-1:] or [""]
    name = clean_name(found[0])
    if name.casefold() in {part.casefold() for entry in request.entries if not entry.is_folder for part in (entry.stem, entry.name)}:
        return ""
    return name if not name or "." not in name.rpartition("/")[2] else ""


# -- into classes ----------------------------------------------------------------------------------------------------


def find_classes(request: SmallRequest) -> tuple[str, ...]:
    """The folders that a request sorts into, by name."""
    stems = {part.casefold() for entry in request.entries if not entry.is_folder for part in (entry.stem, entry.name)}
    marked = [clean_name(part) for text in request.reading.texts("target") for part in re.split(r",|\band\b|\bor\b|\bund\b|\bet\b", text)]
    found = _CLASSES.search(request.text)
    listed = [clean_name(part) for part in re.split(r",|\band\b|\bor\b|\bund\b", found[1])] if found else []
    called = [clean_name(match[1]) for match in _CALLED.finditer(request.text)]
    for names in (listed, called, marked):
        kept = tuple(dict.fromkeys(name for name in names if name and name.casefold() not in stems))
        if len(kept) > 1 and all(len(name.split()) < 4 for name in kept):
            return kept
    return ()


def clean_name(text: str) -> str:
    """A name without what is said around it; empty for words that are no name."""
    name = re.sub(r"^(?:(?:a|an|the|new|into|in|to|folders?|called|named|ordner|dossier)\b\s*)+", "", text.strip(" .,;:\"'“”"), flags=re.I)
    name = re.sub(r"\s+(?:folder|directory|ordner)$", "", name, flags=re.I)
    return (
        ""
        if not name
        or re.match(r"(?:by|per|for|after) ", name, re.I)
        or name.lower() in STOP_WORDS
        or name.lower() in ("leave", "rest", "others", "other", "stay", "it", "order", "there", "here", "dorthin", "dort", "hierhin", "hinein", "allí", "ahí", "là")
        else name
    )


async def _into_classes(turn: SmallTurn, request: SmallRequest, documents: Sequence[Document], classes: Sequence[str], sources: Sources) -> LoopEnd:
    moves: list[dict[str, str]] = []
    left, doubtful = list[str](), list[str]()
    by_language = languages_asked(request.text, classes)
    by_year = all(re.fullmatch(r"(?:19|20)\d\d", name.rpartition("/")[2]) for name in classes)
    for document in documents:
        if by_language:
            label = by_language.get(language_of(document.text), "")
        elif by_year:
            label = year_class(document.text, classes)
        else:
            label, chance = await _class_of(turn, request, document, classes)
            doubtful += [document.name] * (GUESS <= chance < SURE and bool(label))
            label = label if chance >= GUESS else ""
        if label and _inside(label, request, sources) != document.path.rpartition("/")[0]:
            moves.append({"source": document.path, "target": f"{_inside(label, request, sources)}/"})
        else:
            left.append(document.name)
    if not moves:
        raise CannotDo("I could not tell which file belongs where; nothing was moved.")
    await turn.must("files.copy" if _COPY.search(request.text) else "files.move", **{"copies" if _COPY.search(request.text) else "moves": moves})
    if doubtful:
        turn.notes.append(f"Not sure of: {', '.join(doubtful[:12])}.")
    if left:
        turn.notes.append(f"Left where they are, since I could not tell: {', '.join(left)}.")
    return turn.finish(what_was_done(turn))


def year_class(text: str, classes: Sequence[str]) -> str:
    """The class of the year that a text's first date is in; empty where it has none."""
    years = [str(one.day.year) for one in dates_in(text)] or re.findall(r"\b(?:19|20)\d\d\b", text)
    return next((name for year in years for name in classes if name.rpartition("/")[2] == year), "")


def describe_class(request: str, name: str) -> str:
    """A class with what the request says goes there: "School (the letters from school)"."""
    found = re.search(
        rf"(?:\b(?:put|move|sort|file|copy)\b|,|\band\b)\s+((?:(?!\b(?:into|in|to)\b)[^,.;]){{3,40}}?)\s+(?:into|in|to)\s+(?:a |the |new |folder |called |named )*{re.escape(name)}\b",
        request,
        re.I,
    )
    return f"{name} ({found[1]})" if found else name


async def _class_of(turn: SmallTurn, request: SmallRequest, document: Document, classes: Sequence[str]) -> tuple[str, float]:
    part = excerpt(document.text, " ".join(classes), LETTERS).text
    short = [name.rpartition("/")[2] for name in classes]
    if _OTHERS.search(request.text):
        short.append("something else")
    said, chance = await turn.choose(JUDGE, f"{document.name}:\n{part}\n\nWhich is it: {', '.join(describe_class(request.text, name) for name in short)}?", short)
    return next((name for name, one in zip(classes, short, strict=False) if one == said), ""), chance


def _inside(label: str, request: SmallRequest, sources: Sources) -> str:
    """A new folder stands in that of the files where the request says "in it", and beside it otherwise; one that is there is meant itself."""
    known = {entry.path.casefold(): entry.path for entry in request.entries if entry.is_folder}
    if "/" in label:
        return label
    within = f"{sources.folder}/{label}" if sources.folder else label
    return known.get(within.casefold()) or known.get(label.casefold()) or (within if sources.folder else label)


# -- new names -------------------------------------------------------------------------------------------------------


async def _rename(turn: SmallTurn, request: SmallRequest, documents: Sequence[Document]) -> LoopEnd:
    """Each file is named after its own date; every other kind of name is a program's."""
    if not _DATE.search(request.text):
        return await run_program(turn, request)
    moves = []
    for document in documents:
        found = dates_in(document.text)
        if not found:
            turn.notes.append(f"{document.name} has no date that I can read; it keeps its name.")
            continue
        day = await _own_date(turn, document, found)
        ending = "." + document.name.rpartition(".")[2] if "." in document.name else ""
        folder = document.path.rpartition("/")[0]
        moves.append({"source": document.path, "target": f"{folder}/{day}{ending}".lstrip("/")})
    if not moves:
        raise CannotDo("I found no dates in these files; nothing was renamed.")
    await turn.must("files.move", moves=moves)
    return turn.finish(what_was_done(turn))


async def _own_date(turn: SmallTurn, document: Document, found: Sequence[Dated]) -> str:
    choices = list(dict.fromkeys(one.day.isoformat() for one in found))
    if len(choices) == 1:
        return choices[0]
    if own := heading_date(found):
        return own
    told = "\n".join(f"{one.day.isoformat()}: {one.around}" for one in found[:8])
    picked, _ = await turn.choose(PICK_DATE, f"{document.text[:500]}\n\nDates in it:\n{told}\n\nOn which date was this text itself written?", choices[:8])
    return picked or choices[0]


def _by_date(documents: Sequence[Document], order: str) -> list[str]:
    """The newest or the oldest of the documents, by the dates in them."""
    dated = [(max(one.day for one in dates_in(document.text)), document.path) for document in documents if dates_in(document.text)]
    if not dated:
        return []
    return [max(dated)[1] if order == "newest" else min(dated)[1]]
