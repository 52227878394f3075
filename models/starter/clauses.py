"""Reading file requests by grammar: a request is split into clauses, each clause is matched against the forms below.

A form either reads its whole clause or does not apply; nothing is guessed. Contents, names and numbers are taken over to the
letter (quotations are put aside before anything is matched). What no form reads is left to the model.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from models.starter.forms_change import archive, delete, edit_text, merge, move_or_copy, rename, sort_files
from models.starter.forms_look import find, list_folder, measure, show
from models.starter.forms_make import append_text, make_folders, save_text, write_file
from models.starter.forms_other import arithmetic, clock, run_command, take_note
from models.starter.lexicon import COMMANDS, LONG_WORDS, MAKE, POLITE_END, POLITE_START, REAL_WORDS
from models.starter.reader import FILE, MARK, WORD, Call, NotSupported, Reader


def read(request: str, previous: tuple[str, ...] = ()) -> list[Call] | None:
    """The calls of a request; none at all when it is understood but needs a bigger model; None when no form reads some part of it."""
    reader = Reader()
    for text in previous:
        _remember(reader, text)
    text = reader.hide_quotes(re.sub(r"\s+", " ", request.strip()) if "\n" not in request.strip() else request.strip())
    text = _polite(_spelled(text))
    text = re.sub(rf"^(?:i'm|i am|we're|we are|i've|i have|i just|since|because|tomorrow|next week)\b[^,.;:]*[,.:;]\s*(?={_COMMAND})", "", text, flags=re.I)
    text = re.sub(rf"^take (?:the (?:file )?)?({FILE}) and (move|copy|rename|put|zip|delete|send) it\b", r"\2 \1", text, flags=re.I)
    try:
        return reader.calls if _read_clauses(reader, text) and reader.calls else None
    except NotSupported:
        return []


def _spelled(text: str) -> str:
    """A few long words of the grammar with one letter wrong, missing or swapped; nothing else is touched."""

    def mend(match: re.Match[str]) -> str:
        word = match.group(0).lower()
        near = [known for known in LONG_WORDS if word != known and not word.startswith(known[:-1]) and abs(len(word) - len(known)) <= 1 and one_off(word, known)]
        near += [known for known in LONG_WORDS if word == known[:-1] and word not in REAL_WORDS]
        return near[0] if len(near) == 1 and word not in REAL_WORDS else match.group(0)

    return re.sub(r"(?<![\w./~-])[A-Za-z]{5,11}(?![\w./-])", mend, text)


def one_off(word: str, known: str) -> bool:
    """Damerau's distance of one: a letter wrong, missing, too many, or two swapped."""
    if len(word) == len(known):
        wrong = [at for at in range(len(word)) if word[at] != known[at]]
        return len(wrong) == 1 or (len(wrong) == 2 and wrong[1] == wrong[0] + 1 and word[wrong[0]] == known[wrong[1]] and word[wrong[1]] == known[wrong[0]])
    short, long = sorted((word, known), key=len)
    return any(long[:at] + long[at + 1 :] == short for at in range(len(long)))


def _remember(reader: Reader, text: str) -> None:
    for found in re.findall(r"(?<![\w/])(?:[\w.~-]+/)*[\w-]+\.[A-Za-z0-9]{1,6}(?![\w/])", text):
        reader.last_file = found
    for found in re.findall(r"(?i)(?:folder|directory) (?:called |named )?([\w./~-]+)", text):
        if found.lower() not in ("called", "and", "with", "to", "in", "for", "that"):
            reader.last_folder = found.rstrip(".")


def _polite(text: str) -> str:
    before = None
    while before != text:
        before = text
        text = re.sub(POLITE_START, "", text.strip(), flags=re.I)
        text = re.sub(POLITE_END, "", text, flags=re.I).strip()
    return text.rstrip(" ?!") if not text.endswith("\x03") else text


def _read_clauses(reader: Reader, text: str) -> bool:
    """Try every way to cut at a joint before a command word, the latest cut first, so that contents stay whole only if the rest reads."""
    text = _polite(text)
    for head, tail in _cuts(text):
        mark = _save(reader)
        if _read_clause(reader, head) and _read_clauses(reader, tail):
            return True
        _restore(reader, mark)
    return _read_clause(reader, text)


def _cuts(text: str) -> Iterator[tuple[str, str]]:
    joint = rf"(?:\s*[;.]\s+(?:(?:and|then|also|after that|next|finally|afterwards|lastly|now),?\s+)*|\s*,?\s+(?:and\s+)?(?:then|after that|afterwards|also|finally)\s*,?\s+|\s*,\s*(?:and\s+)?|\s+and\s+(?:also\s+)?|\s*\n\s*)(?={_COMMAND})"
    for match in re.finditer(joint, text, re.I):
        if match.start() and match.end() < len(text):
            yield text[: match.start()], text[match.end() :]
    if verb := re.match(r"(?:rename|move|copy|put|save|write|add|append|replace|change)(?: (?:the )?(?:files?|folders?)(?= ))?", text, re.I):
        for match in re.finditer(r",?\s+and\s+(?=\S+(?: \S+){0,3}? (?:to|into|in|as|with) \S)", text):
            yield text[: match.start()], f"{verb.group(0)} {text[match.end() :]}"
    if verb := re.match(r"(?:save|write|put|add|append|store)\b", text, re.I):
        for match in re.finditer(rf",?\s+and\s+(?={MARK} (?:to|in|into|as) (?:the file )?{FILE})", text):
            yield text[: match.start()], f"{verb.group(0)} {text[match.end() :]}"
    if re.match(rf"{MAKE}\b", text, re.I):
        more = r",?\s+and\s+(?=(?:a |an |another |one )?(?:new |empty |text |second |blank )*(?:file|folder|directory|document)\b (?:called |named )?\S)"
        for match in re.finditer(more, text, re.I):
            yield text[: match.start()], "create " + text[match.end() :]


_COMMAND = rf"(?:in(?:side)?(?: of)? (?:it|there|that(?: folder)?|the (?:new )?folder|[\w./-]+),? )?(?:please |then |also |just |now )*(?:{COMMANDS})\b(?!\.\w)"


def _save(reader: Reader) -> tuple[Any, ...]:
    return len(reader.calls), reader.last_file, reader.last_folder


def _restore(reader: Reader, mark: tuple[Any, ...]) -> None:
    del reader.calls[mark[0] :]
    reader.last_file, reader.last_folder = mark[1], mark[2]


def _read_clause(reader: Reader, text: str) -> bool:
    text = _polite(text.strip().rstrip(".!"))
    if (
        placed := re.match(
            rf"(?:in(?:side)?|within)(?: of)? (?P<dir>it|there|that(?: folder)?|the (?:new )?folder|(?:the )?{WORD}(?: folder)?),? (?={MAKE}|put |write |save )", text, re.I
        )
    ) and not re.fullmatch(FILE, placed["dir"]):
        return _read_inside(reader, reader.folder(placed["dir"]), text[placed.end() :])
    for form in FORMS:
        mark = _save(reader)
        if form(reader, text):
            return True
        _restore(reader, mark)
    return False


def _read_inside(reader: Reader, folder: str, text: str) -> bool:
    """``inside it, make …``: what the clause makes goes into the folder."""
    first = len(reader.calls)
    if not _read_clause(reader, text):
        return False
    for tool, args in reader.calls[first:]:
        if tool not in ("files.make_folder", "files.write") or args["path"].startswith(f"{folder}/"):
            continue
        args["path"] = reader.inside(args["path"], folder)
        if tool == "files.write":
            reader.last_file = args["path"]
    reader.last_folder = folder
    return True


FORMS: tuple[Callable[[Reader, str], bool], ...] = (
    run_command,
    take_note,
    arithmetic,
    clock,
    make_folders, archive, write_file, sort_files, merge, edit_text, append_text, rename, move_or_copy, save_text, delete, measure, find, show, list_folder,
)  # fmt: skip
