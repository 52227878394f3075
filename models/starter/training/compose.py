"""From hand-written lines to examples: alternatives chosen, slots filled anew, clauses joined, politeness, typos and haste put in.

Words are changed outside the spans only; what a span holds is what the frame holds, to the letter.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from models.starter.foreign import Foreign
from models.starter.frames import Frame
from models.starter.training.fillers import Fillers
from models.starter.training.foreign import Toolbox
from models.starter.training.voices import DATA, Line, Piece, choose, frames_of, lines, pieces

JOINTS = (
    ", then ",
    " and then ",
    " and ",
    " and ",
    ", ",
    ". ",
    ". Then ",
    "; ",
    ", and after that ",
    ", also ",
    " and also ",
    "\n",
    ". After that, ",
    ", and ",
    " then ",
    ". Also ",
    ", next ",
    " & ",
    ", afterwards ",
    ". Next, ",
    ". Finally, ",
    ", and finally ",
)
FOREIGN_SHARE = 0.1  # of the examples ask for a tool that stands in the prompt only
BESIDE_SHARE = 0.06  # of the others have such tools in the prompt and nothing to do with them
KEEP_SHARE = 0.25  # of the slots stay as they were written
TALK = frozenset({"hi", "thanks", "bye", "help", "howto", "who", "undo", "hold", "yes", "big"})
QUESTION = re.compile(
    r"^(?:what|how|who|where|when|why|which|is|are|am|do|does|did|can|could|would|will|have|has|i|i'd|i'm|it|the|my|there|we|any|don't|not|no|yes|if|should|let|let's)\b", re.I
)


class Example(NamedTuple):
    """A request, what it is to be read as, and the tools that stand in the prompt beside the starter's own."""

    request: str
    frames: tuple[Frame, ...]
    tools: tuple[Foreign, ...] = ()


@dataclass(slots=True)
class _Draft:
    intents: list[str]
    pieces: list[Piece]
    tools: tuple[Foreign, ...] = ()


class Composer:
    """Endless examples. ``held_out`` picks the lines that validation is made of, else the others; ``fragments`` are prose for contents."""

    def __init__(self, seed: int, held_out: bool = False, fragments: tuple[str, ...] = ()) -> None:
        self._r = random.Random(seed)
        self._fill = Fillers(self._r, fragments)
        self.toolbox = Toolbox(self._r, self._fill, held_out)
        self._by_intent: dict[str, list[Line]] = {}
        for line in lines():
            if line.held_out == held_out:
                self._by_intent.setdefault(line.intent, []).append(line)
        affixes = (DATA / "affixes.txt").read_text(encoding="utf-8").split("\n@after\n")
        self._before, self._after = ([row for row in part.splitlines() if row and row[0] not in "#@"] for part in affixes)
        self._intents = [intent for intent in self._by_intent if intent]
        self._weights = [self._weight(intent) for intent in self._intents]

    def _weight(self, intent: str) -> float:
        """More hand-written ways, more examples, with a floor for the rare; files weigh most because most requests are about them."""
        known = len(self._by_intent[intent])
        return (12 + known**0.8) * {
            "write": 1.6,
            "move": 1.5,
            "append": 1.3,
            "delete": 1.4,
            "find": 1.5,
            "copy": 1.3,
            "rename": 1.3,
            "mkdir": 1.2,
            "edit": 1.2,
            "note": 1.2,
            "big": 1.7,
        }.get(intent, 1.0)

    def __iter__(self) -> Iterator[Example]:
        while True:
            roll = self._r.random()
            if self._r.random() < FOREIGN_SHARE:
                yield self._finish(self._foreign())
                continue
            if roll < 0.17 and "" in self._by_intent:
                draft = self._single("")
            elif roll < 0.35:
                draft = self._joined()
            else:
                draft = self._single(self._r.choices(self._intents, self._weights)[0])
            if self._r.random() < BESIDE_SHARE:
                draft.tools = self.toolbox.beside()
            yield self._finish(draft)

    def one(self, line: Line) -> Example:
        """An example of one line, as it is written but for fillers."""
        intents, parts = pieces(line, self._fill.fill(choose(line.text, self._r)))
        return _example(_Draft(intents, parts))

    # -- clauses ----------------------------------------------------------------------------------------------------

    def _single(self, intent: str) -> _Draft:
        line = self._r.choice(self._by_intent[intent])
        intents, parts = pieces(line, self._fill.fill(choose(line.text, self._r)))
        draft = _Draft(intents, parts)
        self._refill(draft)
        if self._r.random() < 0.22 and not (set(intents) <= TALK and intents != ["big"]):
            self._polite(draft)
        return draft

    def _foreign(self) -> _Draft:
        """A request for a tool of another maker, now and then beside one of the starter's own."""
        tools, intent, parts = self.toolbox.drawn()
        draft = _Draft([intent], parts, tools)
        if self._r.random() < 0.2:
            self._polite(draft)
        if self._r.random() < 0.15:
            self._join(draft, self._single(self._r.choices(self._intents, self._weights)[0]))
        return draft

    def _joined(self) -> _Draft:
        """Two or three one-step requests said in one breath."""
        usable = [intent for intent in self._intents if intent not in TALK]
        weights = [self._weight(intent) for intent in usable]
        draft = self._single(self._r.choices(usable, weights)[0])
        for _ in range(1 if self._r.random() < 0.8 else 2):
            self._join(draft, self._single(self._r.choices(usable, weights)[0]))
        return draft

    def _join(self, draft: _Draft, following: _Draft) -> None:
        _strip_end(draft)
        joint = self._r.choice(JOINTS)
        first = following.pieces[0]
        if not first.slot and first.text[:1].isupper() and "." not in joint and not first.text.startswith("I "):
            following.pieces[0] = replace(first, text=first.text[:1].lower() + first.text[1:])
        shift = len(draft.intents)
        draft.pieces += [Piece(joint), *(replace(piece, step=piece.step + shift) if piece.slot else piece for piece in following.pieces)]
        draft.intents += following.intents

    def _refill(self, draft: _Draft) -> None:
        for step, intent in enumerate(draft.intents):
            if intent == "convert" and self._r.random() > KEEP_SHARE:
                self._refill_units(draft, step)
        for at, piece in enumerate(draft.pieces):
            if piece.slot and piece.text and not piece.known and draft.intents[piece.step] != "convert" and self._r.random() > KEEP_SHARE:
                draft.pieces[at] = replace(piece, text=self._fill.like(draft.intents[piece.step], piece.slot, piece.text))

    def _refill_units(self, draft: _Draft, step: int) -> None:
        value, unit = self._fill.measured()
        for at, piece in enumerate(draft.pieces):
            if piece.slot == "v" and piece.step == step:
                draft.pieces[at] = replace(piece, text=value)
            elif piece.slot == "u" and piece.step == step:
                draft.pieces[at] = replace(piece, text=unit)

    def _polite(self, draft: _Draft) -> None:
        first, last = draft.pieces[0], draft.pieces[-1]
        if not (not first.slot and QUESTION.match(first.text)) and self._r.random() < 0.7:
            if not first.slot and re.match(r"[A-Z][a-z]", first.text):
                draft.pieces[0] = replace(first, text=first.text[:1].lower() + first.text[1:])
            draft.pieces.insert(0, Piece(self._r.choice(self._before) + " "))
        elif last.slot not in ("c", "l", "q") or self._r.random() < 0.3:
            _strip_end(draft)
            after = self._r.choice(self._after if last.slot not in ("c", "l", "q") else [", please", " please", ", thanks"])
            draft.pieces.append(Piece(after if after[0] in ",.!?" else " " + after.strip()))

    # -- haste ------------------------------------------------------------------------------------------------------

    def _finish(self, draft: _Draft) -> Example:
        r = self._r
        roll = r.random()
        if roll < 0.1:
            draft.pieces = [replace(piece, text=piece.text.lower()) for piece in draft.pieces]
        elif roll < 0.11:
            draft.pieces = [replace(piece, text=piece.text.upper()) for piece in draft.pieces]
        elif roll < 0.45:
            first = draft.pieces[0]
            if not first.slot and first.text[:1].isalpha() and not first.text.startswith(("I ", "I'")):
                draft.pieces[0] = replace(first, text=(first.text[0].upper() if r.random() < 0.6 else first.text[0].lower()) + first.text[1:])
        if r.random() < 0.14:
            self._mistype(draft)
        if r.random() < 0.15 and not (draft.pieces[-1].slot in "cl" and r.random() < 0.5):
            text = draft.pieces[-1].text
            if draft.pieces[-1].slot or text[-1:].isalnum():
                draft.pieces.append(Piece(r.choice([".", ".", "!", "?", " .", "?"] if not QUESTION.match(draft.pieces[0].text) else ["?", "?", "."])))
        if r.random() < 0.03:
            draft.pieces = [piece if piece.slot else replace(piece, text=piece.text.replace("'", "").replace(",", "")) for piece in draft.pieces]
        return _example(draft)

    def _mistype(self, draft: _Draft) -> None:
        """One or two slips of the finger outside the spans."""
        for _ in range(self._r.choice([1, 1, 2])):
            places = [(at, match) for at, piece in enumerate(draft.pieces) if not piece.slot for match in re.finditer(r"[A-Za-z]{4,}", piece.text)]
            if not places:
                return
            at, match = self._r.choice(places)
            piece = draft.pieces[at]
            draft.pieces[at] = replace(piece, text=piece.text[: match.start()] + _slip(match.group(0), self._r) + piece.text[match.end() :])


def _slip(word: str, r: random.Random) -> str:
    at = r.randrange(1, len(word) - 1)
    kind = r.random()
    if kind < 0.35:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind < 0.65:
        return word[:at] + word[at + 1 :]
    if kind < 0.8:
        return word[:at] + word[at] + word[at:]
    near = {"a": "s", "e": "r", "i": "o", "o": "p", "r": "t", "t": "y", "n": "m", "m": "n", "s": "a", "d": "f", "l": "k", "c": "v", "p": "o", "u": "i"}
    return word[:at] + near.get(word[at].lower(), "e") + word[at + 1 :]


def _strip_end(draft: _Draft) -> None:
    while len(draft.pieces) > 1 and not draft.pieces[-1].slot and not draft.pieces[-1].text.strip(" .!?"):
        draft.pieces.pop()
    last = draft.pieces[-1]
    if not last.slot:
        draft.pieces[-1] = replace(last, text=last.text.rstrip(" .!?"))


def _example(draft: _Draft) -> Example:
    """The request, and its frames with the slots in the order of ``INTENTS``."""
    frames = frames_of(draft.intents, draft.pieces)
    if any(frame.intent == "big" for frame in frames):
        frames = [Frame("big")]
    talk = [frame for frame in frames if frame.intent not in ("hi", "thanks", "bye")]
    return Example("".join(piece.text for piece in draft.pieces), tuple(talk if talk and len(frames) > 1 else frames), draft.tools)
