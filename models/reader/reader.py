"""Reads a request: the chance of each kind, and the words that are its operands."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

import numpy

from core.language.reading import Reading, Span
from models.reader.labels import KINDS, MARKS
from models.reader.network import Encoder
from models.reader.wordpiece import Piece, split_pieces

FOLDER = Path(__file__).parent
MOST, MOST_BEFORE = 96, 24  # pieces of a request that are read, and of what was asked before
_NAMES = {"s": "source", "t": "target", "c": "condition", "l": "literal"}


class RequestReader:
    """Implements :class:`core.ports.RequestReader`. Weights are loaded at the first request; calls may come from several threads."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._lock = threading.Lock()

    def read(self, text: str, before: str = "") -> Reading:
        """What ``text`` is, where ``before`` was asked in the turn before it."""
        with self._lock:
            encoder, vocabulary = self._encoder, self._vocabulary
        here, past = split_pieces(text, vocabulary)[:MOST], split_pieces(before, vocabulary)[-MOST_BEFORE:]
        ids = [vocabulary["[CLS]"], *(piece.id for piece in past), vocabulary["[SEP]"], *(piece.id for piece in here), vocabulary["[SEP]"]]
        first = len(past) + 2
        kinds, marks = encoder.run(ids, [0] * first + [1] * (len(here) + 1))
        chances = numpy.exp(kinds - kinds.max())
        chances /= chances.sum()
        tags = [MARKS[int(tag)] for tag in marks[first : first + len(here)].argmax(-1)]
        return Reading(dict(zip(KINDS, map(float, chances), strict=True)), tuple(_spans(text, here, tags)), _known(text, vocabulary))

    @cached_property
    def _encoder(self) -> Encoder:
        return Encoder(self._folder / "reader.npz")

    @cached_property
    def _vocabulary(self) -> dict[str, int]:
        return {piece: number for number, piece in enumerate((self._folder / "vocab.txt").read_text(encoding="utf-8").split("\n"))}


def _known(text: str, vocabulary: Mapping[str, int]) -> float:
    """The share of the words of three letters and more that are in the vocabulary; 1 where there are none."""
    words = re.findall(r"[^\W\d_]{3,}", text.lower())
    return sum(word in vocabulary for word in words) / len(words) if words else 1.0


def _spans(text: str, pieces: list[Piece], tags: list[str]) -> list[Span]:
    """Neighbouring tokens of one mark, as whole words of the text."""
    found: list[Span] = []
    at = 0
    while at < len(tags):
        if tags[at] == "o":
            at += 1
            continue
        name, end = tags[at][1], at + 1
        while end < len(tags) and tags[end][1:] == name and (tags[end][0] == "i" or _is_joined(text, pieces[end - 1], pieces[end])):
            end += 1
        start, stop = _whole(text, pieces[at].start, pieces[end - 1].end)
        found.append(Span(_NAMES[name], text[start:stop], start, stop))
        at = end
    return found


def _is_joined(text: str, left: Piece, right: Piece) -> bool:
    return not text[left.end : right.start].strip() and left.end == right.start


def _whole(text: str, start: int, end: int) -> tuple[int, int]:
    """The span widened to whole words: letters, digits, and what joins them in names."""
    while start > 0 and _is_inside(text, start - 1):
        start -= 1
    while end < len(text) and _is_inside(text, end):
        end += 1
    return start, end


def _is_inside(text: str, at: int) -> bool:
    """Whether a letter belongs to the word beside it: within a name, a dot or a stroke has letters on both sides."""
    letter = text[at]
    if letter.isalnum() or letter == "_":
        return True
    return letter in ".-/'’" and 0 < at < len(text) - 1 and text[at - 1].isalnum() and text[at + 1].isalnum()
