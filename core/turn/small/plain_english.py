"""A request in another language, or with most of its words misspelt, is put into plain English first: the reader of requests knows English best.

What it says there decides what kind of request it is; names and texts that are written stay those of the person's own words.
"""

from __future__ import annotations

import re

from core.language.reading import Reading
from core.turn.language import detect_language
from core.turn.small.hands import SmallTurn
from core.turn.small.languages import language_of

SYSTEM = "Write the person's request in plain English, in one line. Keep names of people, files and folders exactly as they are. Do not answer it."
_SHOWN = (
    "Verschieb die Rechnungen vom März in den Ordner Ablage",
    "Move the invoices from March into the folder Ablage",
    "waht tiem is teh dentst on tusday agian",
    "What time is the dentist on Tuesday again?",
)
STRANGE, GARBLED = 0.55, 0.4  # share of the words that the reader knows, under which its language is looked at, and under which it is put into English whatever that is
MOST, LETTERS_BEFORE = 70, 300  # tokens; letters of the request before that are read with it


def language_of_request(text: str, known: float) -> str:
    """The language of a request as two letters; empty where it is not clear. ``known``: the share of its words that the reader knows."""
    common = detect_language(text)
    if common in ("", "en") and known >= STRANGE:
        return common
    likely = language_of(text)  # one word may be of any language: "mon" is Monday too
    return likely if not common or known >= STRANGE else common


async def put_into_english(turn: SmallTurn, text: str, reading: Reading) -> str:
    """The request in plain English; empty where it is that already, or nothing came of it."""
    turn.language = language_of_request(text, reading.known)
    if turn.language in ("", "en") and reading.known >= GARBLED:
        return ""
    said = (await turn.ask(SYSTEM, *_SHOWN, text, most=MOST, pattern=r"[^\n]+")).text.strip()
    return said if re.search(r"[a-z]{2}", said, re.I) else ""


async def read_request(turn: SmallTurn, text: str, before: str = "") -> tuple[Reading, str]:
    """What a request is, and the same in plain English where it is not that already; ``before`` was asked in the turn before."""
    read = turn.run.deps.reader.read
    reading = read(text, before[:LETTERS_BEFORE])
    plain = await put_into_english(turn, text, reading)
    return (read_both(reading, read(plain, before[:LETTERS_BEFORE]), text), plain) if plain else (reading, "")


def read_both(reading: Reading, plain: Reading, text: str) -> Reading:
    """The kinds of the plain request, with the marks of the person's own words and those of the other that stand there too."""
    spans = (*reading.spans, *(span for span in plain.spans if span.text in text and span not in reading.spans))
    return Reading(plain.kinds, spans, plain.known)
