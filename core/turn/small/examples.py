"""The worked examples that are nearest to a request: a small model imitates form, so it is shown programs for requests of the same kind.

``program_examples.txt`` holds them in families. A family begins with a line ``# name: words``, the words being those that people use for such deeds
besides the ones in its examples. An example is a line ``Request: …`` and the program; blank lines part all of them. ``program_synonyms.txt`` has a group of
words a line that mean the same in such requests: whoever says one is near to whoever says another.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from core.language.words import stem, words_of
from core.turn.small.sources import NAME

MOST_OF_A_FAMILY = 2  # so that a request that is read wrongly still meets another form
OWN_WORD = 0.3  # what a word of an example counts beside one that its whole family stands for: it is often only what the files are about
LENGTH = 0.25  # how much the length of an example counts against it; both are by leaving one example out and asking for the others of its family
_QUOTED = re.compile(r"[\"“”„][^\"“”„]*[\"“”„]|(?<!\w)['‘][^'’]*['’](?!\w)")
_FOLDER = re.compile(r"(?<![\w/])[\w-]+/(?=\W|$)")


@dataclass(frozen=True, slots=True)
class Example:
    """A request with its program, the family it belongs to, and its stems; ``shared`` are those of the family."""

    request: str
    program: str
    family: str
    own: frozenset[str]
    shared: frozenset[str]


def nearest_examples(request: str, most: int = 3) -> list[tuple[str, str]]:
    """Requests of the bank with their programs, the nearest first, at most ``most`` and two of a family; the first of the bank where no word is in common."""
    chosen: list[Example] = []
    for example in rank_examples(request):
        if len(chosen) < most and sum(other.family == example.family for other in chosen) < MOST_OF_A_FAMILY:
            chosen.append(example)
    return [(example.request, example.program) for example in chosen]


def rank_examples(request: str) -> list[Example]:
    """All examples, the one with most in common first; those that have the same in common in the order of the bank."""
    said, weights = stems_of_deed(request), _weights()
    return sorted(load_examples(), key=lambda example: -_likeness(said, example, weights))


def stems_of_deed(text: str) -> frozenset[str]:
    """The stems by which requests are compared, and the groups of synonyms they are in.

    Function words stay ("each", "except", "if"); names of files but for their ending, quoted texts and numbers go.
    """
    plain = _QUOTED.sub(" ", NAME.sub(lambda name: f" {name[0].rpartition('.')[2]} ", text))
    stems = {stem(word) for word in words_of(_FOLDER.sub(" ", plain)) if not any(letter.isdigit() for letter in word)}
    return frozenset(stems.union(*(_synonyms().get(word, ()) for word in stems)))


@lru_cache(maxsize=1)
def _synonyms() -> dict[str, list[str]]:
    """The groups that each stem is in, by their numbers, which are no stems."""
    groups: dict[str, list[str]] = defaultdict(list)
    for number, line in enumerate(_read("program_synonyms.txt").splitlines()):
        for word in {stem(word) for word in words_of(line)}:
            groups[word].append(f"={number}")
    return dict(groups)


@lru_cache(maxsize=1)
def load_examples() -> tuple[Example, ...]:
    """The bank, in its order."""
    found: list[Example] = []
    family, shared = "", frozenset[str]()
    for block in _read("program_examples.txt").strip().split("\n\n"):
        if block.startswith("# "):
            family, _, more = block.removeprefix("# ").partition(": ")
            shared = stems_of_deed(f"{family} {more}")
        else:
            request, _, program = block.removeprefix("Request: ").partition("\n")
            found.append(Example(request, program, family, stems_of_deed(request), shared))
    return tuple(found)


@lru_cache(maxsize=1)
def _weights() -> dict[str, float]:
    """How much each stem tells: much where few families have it."""
    holders = Counter(word for word, _ in {(word, example.family) for example in load_examples() for word in example.own | example.shared})
    families = len({example.family for example in load_examples()})
    return {word: math.log(families / count) for word, count in holders.items()}


def _likeness(said: frozenset[str], example: Example, weights: dict[str, float]) -> float:
    """What a request has in common with an example and with its family."""
    return _overlap(said, example.shared, weights) + OWN_WORD * _overlap(said, example.own, weights)


def _overlap(said: frozenset[str], held: frozenset[str], weights: dict[str, float]) -> float:
    """The weight of the common words, a little less where many others are held."""
    return sum(weights.get(word, 0.0) for word in said & held) / _length(held)


@lru_cache(maxsize=1000)
def _length(held: frozenset[str]) -> float:
    """What the overlap with these words is divided by."""
    return float((1 + sum(_weights()[word] for word in held)) ** LENGTH)


def _read(name: str) -> str:
    return (files("core.turn.small") / name).read_text(encoding="utf-8")
