"""A correction of what was just asked is taken back and done as it should have been said; the same for another thing is done for that."""

from __future__ import annotations

import re
from dataclasses import replace

from core.language.words import fold
from core.turn.small.dialogue import files_before
from core.turn.small.hands import SmallTurn
from core.turn.small.plain_english import read_request
from core.turn.small.request import SmallRequest
from core.turn.small.restating import restate
from core.turn.small.sources import NAME
from core.turn.small.workspace_files import list_files

_BEGINS = re.compile(r"^\W*(?:(?:oh|ah|no|nope|sorry|wait|oops|hang on|actually|nein|moment|ach)\b\W*)+", re.I)
_NOT_BUT = re.compile(
    r"\bnot\s+(?P<old>[\w.'-]+(?: [\w.'-]+)?)\s*[,;–-]?\s*(?:but|i meant?|i mean|rather|make it|it'?s|should be|sondern)\s+(?P<new>[\w.'-]+(?: [\w.'-]+)?)\W*$", re.I
)
_NEW_NOT = re.compile(r"(?:^|\b(?:i meant?|make it|should be|it'?s)\s+|\W)(?P<new>[\w.'-]+)\s*,?\s+not\s+(?P<old>[\w.'-]+)\W*$", re.I)

_REPLACES = re.compile(r"\b(?:make (?:it|that|this)|instead|rather|better|change (?:it|that) to|i meant?|lieber|doch)\b", re.I)
_ADDS = re.compile(r"\b(?:also|too|as well|another|same|again|both|auch|noch)\b", re.I)
_VALUES = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        r"\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|today|tomorrow|tonight)",
        r"\b(?:january|february|march|april|may|june|july|august|september|october|november|december)\b",
        r"\b(?:first|second|third|fourth|fifth|last)\b",
        r"\b\d{1,2}(?:[:.]\d{2})? ?(?:am|pm|uhr)\b|\b\d{1,2}:\d{2}\b|\bnoon\b|\bmidnight\b",
    )
)
MOST_WORDS = 10  # of a correction that only names what it is to be now


def apply_correction(text: str, before: str, names: tuple[str, ...] = ()) -> str:
    """The request before as it is meant now; empty where ``text`` is no correction of it."""
    for pattern in (_NOT_BUT, _NEW_NOT):
        found = pattern.search(text)
        if found and re.search(rf"(?<!\w){re.escape(found['old'])}(?!\w)", before, re.I):
            return re.sub(rf"(?<!\w){re.escape(found['old'])}(?!\w)", lambda match, new=found["new"]: new, before, flags=re.I)  # type: ignore[misc]
    if len(text.split()) > MOST_WORDS or _ADDS.search(text):
        return ""
    return (_other_file(text, before, names) if _BEGINS.match(text) else "") or (
        (_other_value(text, before) or _other_name(text, before)) if _BEGINS.match(text) or _REPLACES.search(text) else ""
    )


def _other_value(text: str, before: str) -> str:
    """The request before with another weekday, month or time of day in place of the one that it had."""
    for kind in _VALUES:
        new, old = kind.findall(text), kind.findall(before)
        if len(new) == len(old) == 1 and new[0].casefold() != old[0].casefold():
            return before.replace(old[0], new[0])
    return ""


def _other_file(text: str, before: str, names: tuple[str, ...]) -> str:
    """The request before about the file that is named now, in place of the one that was named then."""
    said = fold(text)
    stems = {name: fold(name).rpartition("/")[2].rpartition(".")[0] or fold(name) for name in names}
    new = [name for name, stem in stems.items() if len(stem) > 2 and re.search(rf"(?<!\w){re.escape(stem)}(?!\w)", said)]
    match = re.search(r"(?:[\w-]+/)*[\w-]+\.\w{1,5}", before)
    if len(new) != 1 or match is None or fold(match[0]) in said:
        return ""
    return before.replace(match[0], new[0])


def _other_name(text: str, before: str) -> str:
    """The request before with another new name in place of the one that it gave."""
    new, old = NAME.findall(text), NAME.findall(before)
    return before.replace(old[-1], new[-1]) if len(new) == 1 and old and new[-1] not in before else ""


async def correct(turn: SmallTurn, request: SmallRequest) -> SmallRequest:
    """The request to be done now: the corrected one, after what was done for the first was taken back; that for another thing; else the same."""
    if not request.past:
        return request
    meant = apply_correction(request.text, request.before, tuple(entry.path for entry in request.entries))
    if not meant:
        same = restate(request.text, request.before, request.entries)
        if not same:
            return request
        reading, plain = await read_request(turn, same)
        return replace(request, text=same, reading=reading, plain=plain, past=(), earlier=())
    if has_changed(turn) and turn.is_first("taken back"):
        await turn.run.deps.undo_last(turn.run.request.get("conversation_id", ""), turn.run.state.run_id)
    entries, past = list_files(turn.run.workspace), request.past[:-1]  # as they are again
    reading, plain = await read_request(turn, meant, past[-1].said if past else "")
    return replace(request, text=meant, reading=reading, plain=plain, entries=entries, past=past, earlier=files_before(past, entries))


def has_changed(turn: SmallTurn) -> bool:
    """Whether the turn before changed anything."""
    steps = turn.past[-1].steps if turn.past else ()
    return any(step.get("status") == "done" and turn.run.deps.tools.risk(str(step["tool"])) != "reads" for step in steps)
