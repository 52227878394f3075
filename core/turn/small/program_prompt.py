"""What the writer of a program reads: the helpers, examples of the same sort, the folder, how the files begin that are meant, and the request."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.language.words import STOP_WORDS, content_stems, words_of
from core.turn.small.examples import nearest_examples
from core.turn.small.hands import SmallTurn
from core.turn.small.material import files_of
from core.turn.small.request import SmallRequest
from core.turn.small.sources import plain_verbs

SYSTEM = """You write short Python programs that do what a person asks with the files of their folder. These are ready to use, nothing needs to be imported:
files(folder) folders(folder)               paths, in order; files("a", "*.txt") with a pattern; all_files() has those of subfolders too
read(path) lines(path) rows(path)           text, list of lines, list of dicts of a CSV
write(path, text) append(path, text) replace(path, old, new) insert(path, text, before=words) remove(path, words) write_rows(path, rows) update(path, find, change)
move(source, target) copy(source, target) delete(path) make_folder(path)   a target ending in / is a folder
name(path) stem(path) ending(path) size(path) changed(path) exists(path)
date_of(path) year_of(path)                 the day and the year in its name, else in its text; a day is written as 2021-05-30
tell(path, "what")                          what its text says of something, in a word or two; nothing where it does not say
zip_files(source, target) unzip(source, folder) answer(text) re datetime
Do only what is asked. Answer with the program alone.

Request: put the jpgs from march into a folder named Spring
for path in files(".", "*.jpg"):
    if "march" in name(path).lower():
        move(path, "Spring/")

Request: in plan.md cross out the line about the tent and add "book ferry" at the end
write("plan.md", [line for line in lines("plan.md") if "tent" not in line])
append("plan.md", "book ferry")

Request: which of my logs is the biggest?
answer(max(files(".", "*.log"), key=size))

Request: every file in talks should get its first line as its name
for path in files("talks"):
    move(path, "talks/" + re.sub(r"[^\\w -]", "", lines(path)[0]).strip() + ending(path))

Request: Kim has moved, her city in staff.csv is Oslo now
update("staff.csv", {"name": "Kim"}, {"city": "Oslo"})

Request: Tom has left, take him off staff.csv
write_rows("staff.csv", [row for row in rows("staff.csv") if row["name"] != "Tom"])

Request: put the names of those who owe more than 50 in debts.csv into owing.txt
write("owing.txt", [row["name"] for row in rows("debts.csv") if float(row["amount"]) > 50])
"""
CODE = (  # a program, and no sentence about it or list of what is in the files
    r"(?:for |if |while |with |import |from |def |try:|\[|[a-z_]+(?:\.[a-z_]+)*\(|[a-z_][a-z0-9_]*(?:, [a-z_][a-z0-9_]*)* \+?= )(?s:.*)"
)
NEXT = ("\nRequest:", "\n# Request", "\ndef files(", "\ndef folders(", "\ndef read(", "\ndef lines(")  # where a model goes on with requests of its own, or writes the helpers anew
SHOWN, SHORT = 3, 14  # worked examples at each try; words of a request that needs none at the first
LISTED, HEADS, HEAD_LETTERS, NOTES = 60, 3, 420, 3  # names that are shown, files whose beginning is shown, letters of it; notes that are shown
_POLITE = re.compile(r"[,.!]?\s*\b(?:pls|plz|please|thanks|thank you|thx|cheers|ta)\b[^.]{0,20}$", re.I)  # small models take them for a part of a name


async def describe_place(turn: SmallTurn, request: SmallRequest, notes: Sequence[str]) -> str:
    """The folder, how the files begin that are meant, and what is remembered of what the request speaks of (``notes``)."""
    told = "".join(f"\n- {note}" for note in notes[:NOTES])
    return describe_folder(request) + await _heads(turn, request) + (f"\nWhat the person said before:{told}" if told else "")


def ask_for_program(request: SmallRequest, told: str, number: int, mind: str) -> str:
    """The last message: ``number`` turns the page of the examples, ``mind`` is what was wrong with the program before."""
    asked = f"{_alike(request, number)}{told}\n\nRequest: {plain_verbs(_POLITE.sub('', request.text))}{f' ({request.plain})' if request.plain else ''}{_literal(request)}{_meant(request)}"
    return f"{asked}\n(Mind: {mind})" if mind else asked


def _alike(request: SmallRequest, number: int) -> str:
    """Requests of the same sort with their programs, as the system prompt has them; others at each try, since a model that sees the same writes the same.

    None at the first try of a short request for one thing, or of one that goes on from a program: there they lead away.
    """
    is_short = len(request.text.split()) <= SHORT and not request.is_plural and request.kind != "steps"
    if number == 0 and (request.past or is_short):
        return ""
    return "".join(f"Request: {asked}\n{code}\n\n" for asked, code in nearest_examples(request.meaning, SHOWN * (number + 1))[SHOWN * number :])


def describe_folder(request: SmallRequest) -> str:
    """The names in the workspace, those that the request is about first; none where it only makes a file: a small model takes one that it sees for that."""
    asked = set(content_stems(request.text))
    ranked = sorted(request.entries, key=lambda entry: (-len(asked & set(content_stems(entry.path))), entry.path.count("/")))
    is_new = request.target.path and not request.target.is_added and not request.sources.files and not request.is_plural and not request.earlier
    kept = {entry.path for entry in ranked[:LISTED] if entry.is_folder or not is_new or asked & set(content_stems(entry.stem))}
    listed = [entry.path + ("/" if entry.is_folder else "") for entry in request.entries if entry.path in kept]
    left = len(request.entries) - len(listed)
    return "Folder: " + ", ".join(listed) + (f" and {left} more" if left else "")


async def _heads(turn: SmallTurn, request: SmallRequest) -> str:
    """How the files begin that the request means, so that the program knows their form."""
    texts = [path for path in request.sources.files if path.lower().endswith((".txt", ".md", ".csv", ".tsv", ".log", ".json", ".html", ".ini", ".cfg", ".srt", ".bib", ".yaml"))]
    if not texts or len(request.sources.files) > 40 or (request.target.path and request.sources.how == "earlier"):
        return ""
    state = await turn.do("files.read", path=texts[:HEADS])
    if state.status != "done":
        return ""
    return "".join(f"\n{row['path']}:\n{_head(str(row.get('text') or ''), request.question)}" for row in files_of(state))


def _head(text: str, question: str) -> str:
    """The beginning of a text, and the lines further on that the request is about."""
    head = text.strip()[:HEAD_LETTERS]
    asked = {word for word in words_of(question) if len(word) > 2 and word not in STOP_WORDS}
    more = [line.strip()[:160] for line in text.strip()[len(head) :].splitlines() if len(asked & set(words_of(line))) > 1]
    return "\n".join([head, *(["…", *more[:3]] if more else [])])


def _literal(request: SmallRequest) -> str:
    """The text that is to be written, where the reader marks one: models take too much of the request for it."""
    found = request.reading.texts("literal")
    return f'\n(The text: "{found[0]}")' if len(found) == 1 and request.kind == "edit" and len(found[0]) > 3 else ""


def _meant(request: SmallRequest) -> str:
    """The files of a range or a group by name, since models take its first and last; those that the person chose."""
    meant = request.only or (request.sources.files if request.sources.is_range else ())
    return f"\n(It is about {', '.join(meant)})" if 0 < len(meant) <= LISTED else ""


def plain_code(text: str) -> str:
    """The program without a fence, and without what the model goes on to say; sizes as file managers count them."""
    fenced = re.search(r"```(?:python)?\s*\n(.*?)(?:\n```|\Z)", text, re.S)
    return re.sub(r"\b1024\b", "1000", (fenced[1] if fenced else text).split("\nRequest:")[0].strip("\n"))
