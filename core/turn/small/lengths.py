"""How long a text is to be, and whether it is: sentences, words, lines."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

_NUMBERS = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "couple": 2}
_MANY = r"(?P<many>\d+|" + "|".join(_NUMBERS) + r")"
_ASKED = re.compile(
    rf"\b(?P<most>at most |no more than |under |within |maximum |max\.? |up to |less than |in |about )?{_MANY}[ -](?:of )?(?:short |simple |plain |brief |key |bullet |main )*(?P<unit>sentences?|words?|lines?|points?|bullets?|lined?|paragraphs?)\b(?P<after> (?:at (?:the )?most|maximum|max|or (?:less|fewer)))?",
    re.I,
)
_NO_END = r"(?<!\b[A-Z]\.)(?<!\bMr\.)(?<!\bMs\.)(?<!\bDr\.)(?<!\bMrs\.)(?<!\b\d\.)(?<!\b\d\d\.)"
_SENTENCE_END = re.compile(rf"(?:(?<=[.!?]){_NO_END}|(?<=[.!?][\"'”)]))\s+(?=[\"'“(]?[^\Wa-z])")
LOOPED = 12  # letters from which a sentence that comes again is a circle
Unit = Literal["sentences", "words", "lines", "paragraphs"]
_UNITS: dict[str, Unit] = {"sentence": "sentences", "word": "words", "line": "lines", "lined": "lines", "point": "lines", "bullet": "lines", "paragraph": "paragraphs"}


@dataclass(frozen=True, slots=True)
class Length:
    """At most ``most`` of a unit; ``said`` as the request words it."""

    most: int
    unit: Unit
    said: str

    def count(self, text: str) -> int:
        """How many of the unit a text has."""
        if self.unit == "words":
            return len(re.findall(r"\b[\w'’-]+\b", text))
        if self.unit == "lines":
            return sum(bool(line.strip()) for line in text.splitlines())
        if self.unit == "paragraphs":
            return sum(bool(block.strip()) for block in re.split(r"\n\s*\n", text))
        return len(split_sentences(text))

    def fits(self, text: str) -> bool:
        return self.count(text) <= self.most

    def cut(self, text: str) -> str:
        """The beginning of a text that fits: whole sentences for sentences and words, whole lines for lines."""
        if self.unit in ("lines", "paragraphs"):
            parts, join = (text.splitlines(), "\n") if self.unit == "lines" else (re.split(r"\n\s*\n", text), "\n\n")
            return join.join([part for part in parts if part.strip()][: self.most])
        kept = ""
        for sentence in split_sentences(text):
            longer = f"{kept} {sentence}".strip()
            if not self.fits(longer):
                break
            kept = longer
        return kept or " ".join(text.split()[: self.most])


def find_length(text: str) -> Length | None:
    """The length that a request asks for; None where it asks for none."""
    found = next((match for match in _ASKED.finditer(text) if _is_a_length(match, text)), None)
    if found is None:
        return None
    unit = _UNITS[found["unit"].lower().removesuffix("s") if found["unit"].lower() != "lined" else "lined"]
    many = _NUMBERS.get(found["many"].lower()) or int(found["many"])
    return Length(many, unit, re.sub(r"\s+", " ", found[0].strip()))


def _is_a_length(found: re.Match[str], text: str) -> bool:
    """Whether a number of things is how long the text is to be: not "the first two paragraphs" nor "a line about it"."""
    if re.search(r"\b(?:first|last|next|other|these|those|the)\s*$", text[: found.start()], re.I):
        return False
    return found["many"].lower() != "a" or _UNITS.get(found["unit"].lower().removesuffix("s"), "") == "sentences" or found["many"].lower() == "couple"


def split_sentences(text: str) -> list[str]:
    """The sentences of a text; abbreviations and numbers do not end one."""
    return [part for part in _SENTENCE_END.split(text.strip()) if part and part.strip()]


def without_loop(text: str) -> str:
    """A text that was cut off because it went round in circles, up to where it began to; without the sentence that it broke off in.

    >>> without_loop("Dear Mia, all the best to you. I hope it is a lovely day. I hope it is a lovely day. I hope it is")
    'Dear Mia, all the best to you. I hope it is a lovely day.'
    """
    kept: list[str] = []
    for part in re.split(r"(?<=[.!?\n])(?=\s)", text):
        if len(part.strip()) > LOOPED and part.strip() in {other.strip() for other in kept}:
            break
        kept.append(part)
    whole = "".join(kept).rstrip()
    ended = max((whole.rfind(mark) for mark in ".!?"), default=-1)
    return whole[: ended + 1] if ended > len(whole) // 2 and len(kept) > 1 else whole
