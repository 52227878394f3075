"""Reminders in their usual forms with a time that is understood whole: read by code, so that no part of the time is lost.

"Remind me tomorrow at 8 to …", "remind me to … every other day at 9", "from Monday to Friday at 16:55 remind me to …". Where what is left over sounds of a time too,
or more than a reminder is asked for, the model reads the request.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator

from core.errors import DeskhandError
from core.schedule.words import DAY, MONTH
from models.starter import foreign, writing
from models.starter.scene import Call

_LEAD = r"(?:(?:please|can you|could you|would you|will you|hey|ok|so|and|just)[, ]+)*"
_ASK = r"(?:do(?:n['’]t| not) let me forget|(?:remind|ping|nudge|alert|notify) me|(?:set|create|make|add) (?:me )?an? reminder(?: for)?)"
_JOIN = r"(?:\s+(?:to|that|about|of|saying)\s+|\s*:\s+)"
_BEFORE = re.compile(rf"{_LEAD}(?P<when>(?:(?!\bremind).)+?),? (?:please )?{_ASK}{_JOIN}(?P<what>.+)", re.I)
_ASKED = re.compile(rf"{_LEAD}{_ASK}(?P<rest>.+)", re.I)
SOUNDS_OF_TIME = re.compile(
    rf"\b(?:{DAY}|today|tomorrow|tonight|yesterday|every|each|daily|hourly|weekly|monthly|yearly|annually|weekdays?|weekends?|noon|midnight|until|till|later|soon|before|after|when|while|once|twice|again|"
    r"times|now|at \d+|in (?:an?|\d+)|on the \d+\w*|first thing|last thing|early|late|around|asap)\b|\d\s?(?:am|pm|h|o'?clock)\b|\d:\d\d",
    re.I,
)
_NAMES_TIME = re.compile(rf"\b(?:{MONTH}|days?|weeks?|months?|years?|hours?|minutes?|mins?|seconds?|mornings?|afternoons?|evenings?|nights?)\b", re.I)
_BEGINS = re.compile(
    rf"(?:in|on|at|from|between|every|each|this|next|coming|tomorrow|today|tonight|the day after|daily|hourly|weekly|monthly|yearly|weekdays|weekends|mornings|evenings|noon|midnight|{DAY}|{MONTH}|\d\S*)\b",
    re.I,
)
_ELSEWHERE = re.compile(r"@|\bon (?:the|my) (?:\w+ )?(?:machine|laptop|pc|computer|phone|server|pi|tablet)\b", re.I)
_OPEN_END = re.compile(r"\b(?:for|of|to|at|on|in|with|by|from|about|and|or|the|an?|my|our|his|her|their)$", re.I)
APART, FIRST = 1, 2  # a word like "to" stands between the time and the rest; it is the first such word
LONGEST = 40  # words; a longer request says more than a reminder


def read(request: str) -> tuple[Call, ...]:
    """The call of a request that is one reminder; none for any other. Raises :class:`foreign.Missing` where the time stands apart and has to be asked about."""
    said = " ".join(request.split()).rstrip(" .!")
    if len(said.split()) > LONGEST or _ELSEWHERE.search(said):
        return ()
    problem: DeskhandError | None = None
    for when, what, apart in _ways(said):
        if not what or SOUNDS_OF_TIME.search(what) or _OPEN_END.search(what) or (not apart and _NAMES_TIME.search(what)):
            continue
        try:
            _understand(when)
        except DeskhandError as error:
            problem = problem or (error if apart == FIRST and SOUNDS_OF_TIME.search(when) else None)
            continue
        return (("schedule.remind", {"when": moment(when), "text": writing.quoted(what)}),)
    if problem:
        raise foreign.Missing(f"{problem.message} {problem.hint}".strip())
    return ()


def _ways(said: str) -> Iterator[tuple[str, str, int]]:
    """Where the time and the rest could part: ``(when, what, whether a word stands between them)``, the likelier first."""
    if match := _BEFORE.fullmatch(said):
        yield match["when"], match["what"], APART
        return
    match = _ASKED.fullmatch(said)
    rest = match["rest"] if match else ""
    joined = [(one.start(), one.end()) for one in re.finditer(_JOIN, rest)]
    for start, end in joined:
        if start > 0 and _BEGINS.match(rest[:start].strip()):
            yield rest[:start].strip(), rest[end:], FIRST if start == joined[0][0] else APART
    if joined and joined[0][0] == 0:
        words = rest[joined[0][1] :].split(" ")
        for place in range(1, len(words)):
            if _BEGINS.match(words[place]):
                yield " ".join(words[place:]), " ".join(words[:place]), 0


def _understand(when: str) -> None:
    from core.schedule.when import read as read_when

    read_when(moment(when), datetime.datetime.now().astimezone(), "UTC")


def moment(said: str) -> str:
    """``for Monday 9am`` → ``Monday 9am``; the length of a timer is how long from now."""
    length = r"(?:(?:an?|half an?|\d+(?:\.\d+)?|(?!every|each|this|next)[a-z]+(?:-[a-z]+)?)[ -](?:seconds?|secs?|minutes?|mins?|hours?|hrs?)|\d+(?:\.\d+)? ?(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|h|m|s))\b.*"
    said = re.sub(r"^for (?=\S)", "", said.strip(), flags=re.I)
    return f"in {said.replace('-', ' ')}" if re.fullmatch(length, said, re.I) and not re.search(r"\b(?:past|to|before)\b", said) else said
