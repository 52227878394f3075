"""What is remembered, for a turn of a small model: the answer to a question from notes, and the notes that bear on a request."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.language.words import content_stems, stem, words_of
from core.turn.act.closing import LoopEnd
from core.turn.small.hands import SmallTurn
from core.turn.small.request import SmallRequest

SYSTEM = (
    "You answer a person from notes about them, in one short sentence, in the language of the question. A note may say it in other words. The newest note counts. "
    "If none of the notes helps, answer: I do not know that."
)
LETTERS = 1500  # of the notes
_UNKNOWN = re.compile(r"\b(?:do(?:n['’]t| not) know|no notes? |not (?:mentioned|stated|said|in the notes)|weiß (?:ich )?(?:das )?nicht|no lo sé|ne sais pas)", re.I)
_IDLE = ("chat",)  # kinds that mostly ask what the world knows


async def recall(turn: SmallTurn, request: SmallRequest) -> LoopEnd | None:
    """The answer to a question from what is remembered; None where no note bears it out."""
    notes = said_before(turn)
    if not notes or (request.kind in _IDLE and not bearing_on(notes, request.text)):
        return None
    text = await turn.ask_text(SYSTEM, f"Notes:\n{_listed(turn)}\n\n{request.text}{f' ({request.plain})' if request.plain else ''}", most=60)
    return None if _UNKNOWN.search(text) or not is_borne_out(text, request.text, notes) else turn.finish(text)


def said_before(turn: SmallTurn) -> list[str]:
    """What the person said or had kept that may bear on the request, the likeliest first; without dates and whose words they are."""
    return [line.partition(": ")[2] for _, line in turn.run.remembered]


def bearing_on(notes: Sequence[str], text: str) -> list[str]:
    """The notes that share a word with a text, other than figures.

    >>> bearing_on(["The printer's ip is 10.0.4.31", "My landlady is called Winkelhofer"], "printer addr?")
    ["The printer's ip is 10.0.4.31"]
    """
    asked = _stems(text)
    return [note for note in notes if _stems(note) & asked]


def is_borne_out(answer: str, question: str, notes: Sequence[str]) -> bool:
    """Whether an answer says something that stands in the notes and not in the question.

    >>> is_borne_out("You see Dr Quiroga.", "who is my doctor", ["My doctor is Quiroga"]), is_borne_out("Ask your doctor.", "who is my doctor", ["My doctor is Quiroga"])
    (True, False)
    """
    known = {stem(word) for note in notes for word in words_of(note)}
    return bool({stem(word) for word in words_of(answer) if word not in _SMALL} & known - {stem(word) for word in words_of(question)})


_SMALL = frozenset(
    [
        "the",
        "a",
        "an",
        "is",
        "are",
        "was",
        "in",
        "on",
        "at",
        "of",
        "to",
        "for",
        "and",
        "or",
        "not",
        "your",
        "you",
        "my",
        "i",
        "it",
        "that",
        "this",
        "with",
        "by",
        "from",
        "has",
        "have",
        "der",
        "die",
        "das",
        "ist",
        "ein",
        "eine",
        "und",
        "la",
        "el",
        "es",
        "le",
        "un",
        "una",
        "une",
        "et",
        "y",
    ]
)


def _stems(text: str) -> set[str]:
    return {stem for stem in content_stems(text) if not stem.isdigit()}


def _listed(turn: SmallTurn) -> str:
    return "\n".join(line for _, line in turn.run.remembered)[:LETTERS]
