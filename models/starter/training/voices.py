"""Reading the hand-written requests: ``data/voices/*.txt``, one voice a file.

``@move`` opens a section of one-step requests, ``@+`` one of several steps, where ``<move>`` opens each step. ``[o:report.pdf]`` is a
span in slot ``o``; ``[o:^]`` stands for what was named before and adds no text. ``(a|b|)`` is one of these; ``{fact}`` a filler.
"""

from __future__ import annotations

import hashlib
import random
import re
from dataclasses import dataclass
from pathlib import Path

from models.starter.frames import INTENTS, IT, SLOTS, Frame

DATA = Path(__file__).parents[1] / "data"
HELD_OUT_VOICES = ("office",)
HELD_OUT_SHARE = 0.05  # of the lines of every other voice, by hash
_CHOICE = re.compile(r"\(([^()\[\]]*\|[^()\[\]]*|[^()]*\|[^()]*)\)")
_PART = re.compile(r"<([a-z]+)>|\[([a-z1-5]):([^\]]*)\]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a request: plain words, or a span in a slot of step ``step``. ``known`` marks what was named before."""

    text: str
    step: int = -1
    slot: str = ""
    known: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One hand-written request before its alternatives are chosen."""

    voice: str
    intent: str  # empty where the line has several steps
    text: str

    @property
    def held_out(self) -> bool:
        share = int(hashlib.sha256(self.text.encode()).hexdigest()[:6], 16) / 0xFFFFFF
        return self.voice in HELD_OUT_VOICES or share < HELD_OUT_SHARE


def lines() -> list[Line]:
    """Every hand-written request, in a fixed order."""
    found = []
    for path in sorted((DATA / "voices").glob("*.txt")):
        intent = ""
        for raw in path.read_text(encoding="utf-8").splitlines():
            if raw.startswith("@"):
                intent = raw[1:].strip().replace("+", "")
            elif raw.strip() and not raw.startswith("# "):
                found.append(Line(path.stem, intent, raw.strip()))
    return found


def choose(text: str, chooser: random.Random) -> str:
    """One of each set of alternatives, from the inside out."""
    while match := _CHOICE.search(text):
        options = match.group(1).split("|")
        text = text[: match.start()] + chooser.choice(options) + text[match.end() :]
    return re.sub(r"[ \t]+", " ", text).strip()


def pieces(line: Line, text: str) -> tuple[list[str], list[Piece]]:
    """The intents of the steps, and the request in pieces. Raises :class:`ValueError` for an unknown intent or slot."""
    intents, found, at = [line.intent] if line.intent else [], [], 0
    for match in _PART.finditer(text):
        if match.start() > at:
            found.append(Piece(text[at : match.start()]))
        at = match.end()
        if match.group(1):
            if match.group(1) not in INTENTS:
                raise ValueError(f"{line.voice}: unknown intent in {line.text!r}")
            intents.append(match.group(1))
            continue
        slot, span = match.group(2), match.group(3)
        if not intents or slot not in INTENTS[intents[-1]] or slot not in SLOTS:
            raise ValueError(f"{line.voice}: slot {slot!r} does not belong to {intents[-1:]} in {line.text!r}")
        known = span.startswith("^")
        found.append(Piece(span[1:] if known else span, len(intents) - 1, slot, known))
    if at < len(text):
        found.append(Piece(text[at:]))
    return intents, found


def frames_of(intents: list[str], parts: list[Piece]) -> list[Frame]:
    """The frames of a request in pieces, each with its slots in the order of ``INTENTS``."""
    frames = []
    for step, intent in enumerate(intents):
        spans = {part.slot: IT if part.known else part.text.strip() for part in parts if part.slot and part.step == step}
        frames.append(Frame(intent, tuple((slot, spans[slot]) for slot in INTENTS[intent] if spans.get(slot))))
    return frames
