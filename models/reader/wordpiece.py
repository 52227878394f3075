"""WordPiece as BERT's uncased models use it, with the place of each piece in the text.

Source: Devlin et al. 2019 and the reference tokenizer: lower case, accents stripped, punctuation apart, longest piece first.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

_LONGEST = 100  # letters of a word; a longer one is unknown
_WORD = re.compile(r"[^\W_]+|\S")


@dataclass(frozen=True, slots=True)
class Piece:
    """An entry of the vocabulary, and the letters of the text that it stands for."""

    id: int
    start: int
    end: int


def split_pieces(text: str, vocabulary: Mapping[str, int]) -> list[Piece]:
    """The pieces of a text, in order."""
    return [piece for match in _WORD.finditer(text) for piece in _pieces(match[0], match.start(), vocabulary)]


def _pieces(word: str, at: int, vocabulary: Mapping[str, int]) -> list[Piece]:
    letters = [(fold, at + number) for number, letter in enumerate(word) for fold in _folded(letter)]
    if not letters:
        return []
    if len(letters) > _LONGEST:
        return [Piece(vocabulary["[UNK]"], at, at + len(word))]
    found, start = [], 0
    while start < len(letters):
        end = len(letters)
        while end > start:
            piece = "".join(letter for letter, _ in letters[start:end])
            if (known := vocabulary.get(f"##{piece}" if start else piece)) is not None:
                break
            end -= 1
        if end == start:
            return [Piece(vocabulary["[UNK]"], at, at + len(word))]
        found.append(Piece(known or 0, letters[start][1], letters[end - 1][1] + 1))
        start = end
    return found


def _folded(letter: str) -> str:
    """A letter in lower case without its accents; nothing for a control character."""
    decomposed = unicodedata.normalize("NFD", letter.lower())
    return "".join(part for part in decomposed if unicodedata.category(part) not in ("Mn", "Cc", "Cf"))
