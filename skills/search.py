"""Finding the skill for a request: by words (names, descriptions, phrases) and by meaning, fused as for tools (``tools/finding``)."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.errors import DeskhandError
from skills.choosing import example
from skills.format import Skill
from skills.index import VectorIndex
from tools.finding.words import WordIndex, spaced, terms

Embed = Callable[[list[str]], Awaitable[list[list[float]]]]
WEIGHTS = (3.0, 1.0, 1.5, 0.1)  # of a match in name, description, phrases, text
WORDS = 0.3  # beside the cosine, both standardised
WHOLE, NEAREST = 0.3, 0.7  # of the cosine: the whole description's, its nearest sentence's
BATCH = 64
MOST_SENTENCES, SHORTEST = 8, 8  # sentences of a description, and letters of the shortest one


@dataclass(frozen=True, slots=True)
class Match:
    """A skill that was found. ``score`` orders; ``fit`` says from 0 to 1 how near it is: its cosine, or by words alone the share of the request's words that it has."""

    skill: Skill
    score: float
    fit: float


@dataclass(slots=True)
class SkillSearch:
    """``embed`` gives unit vectors, or raises where there are none to be had: then the words decide alone."""

    vectors: VectorIndex
    embed: Embed | None = None
    by_meaning: bool = False  # whether the last search had vectors
    _skills: list[Skill] = field(default_factory=list)
    _words: WordIndex | None = None
    _said: list[set[str]] = field(default_factory=list)
    _ready: str = ""
    _rows: list[list[str]] = field(default_factory=list)
    _texts: dict[str, str] = field(default_factory=dict)
    _state: str = ""
    _matrix: Any = None  # (texts, dimensions), skill by skill
    _starts: Any = None  # where each skill's begin; the first is the whole description

    def take(self, skills: Sequence[Skill], phrases: dict[str, Sequence[str]]) -> None:
        """Search among these from now on."""
        self._skills = list(skills)
        self._words = WordIndex(list(zip((skill.name, skill.description, _as_words(phrases.get(skill.name, ())), skill.body[:4000]), WEIGHTS, strict=True)) for skill in skills)
        self._ready = ""
        self._rows = [_texts(skill, phrases.get(skill.name, ())) for skill in skills]
        self._texts = {_key(text): text for row in self._rows for text in row}
        self._state = hashlib.sha256("".join(sorted(self._texts)).encode()).hexdigest()
        self._said = [set(terms(f"{skill.name} {skill.description} {_as_words(phrases.get(skill.name, ()))}")) for skill in skills]

    async def find(self, request: str, count: int = 3) -> list[Match]:
        """The best first."""
        if not self._skills or not request.strip():
            return []
        import numpy

        words = numpy.zeros(len(self._skills))
        for at, score in (self._words.scores(request) if self._words else {}).items():
            words[at] = score
        cosines = await self._cosines(request)
        self.by_meaning = cosines is not None
        total = _standard(words) if cosines is None else WORDS * _standard(words) + _standard(cosines)
        asked = set(terms(request))
        fits = cosines if cosines is not None else [len(asked & said) / max(1, len(asked)) for said in self._said]
        order = sorted(range(len(self._skills)), key=lambda at: (-total[at], self._skills[at].name))[:count]
        return [Match(self._skills[at], round(float(total[at]), 4), round(float(fits[at]), 4)) for at in order]

    async def _cosines(self, request: str) -> Any:
        """The cosine of each skill, its whole description's and its nearest sentence's together. None where there are no vectors."""
        import numpy

        if self.embed is None:
            return None
        try:
            await self.index()
            vector = numpy.asarray((await self.embed([request[:2000]]))[0], dtype=numpy.float32)
        except DeskhandError:
            return None
        if self._matrix is None:
            return None
        cosines = self._matrix @ vector
        return WHOLE * cosines[self._starts] + NEAREST * numpy.maximum.reduceat(cosines, self._starts)

    async def index(self) -> None:
        """Make the vectors that are missing. Raises :class:`DeskhandError` where there is no embedding model."""
        import numpy

        assert self.embed is not None
        rows, texts, state = self._rows, self._texts, self._state
        if state == self._ready and self.vectors.folder.is_dir():
            return
        missing = await asyncio.to_thread(self.vectors.missing, list(texts))
        for start in range(0, len(missing), BATCH):
            keys = missing[start : start + BATCH]
            vectors = await self.embed([texts[key][:2000] for key in keys])
            await asyncio.to_thread(self.vectors.add, keys, [texts[key] for key in keys], vectors)
        known = await asyncio.to_thread(self.vectors.vectors, list(texts))
        found = [known.get(_key(text)) for row in rows for text in row]
        whole = bool(found) and all(vector is not None for vector in found)
        self._matrix = numpy.asarray(found, dtype=numpy.float32) if whole else None
        self._starts = numpy.cumsum([0, *(len(row) for row in rows[:-1])])
        self._ready = state if whole else ""


def _texts(skill: Skill, examples: Sequence[str]) -> list[str]:
    """What is embedded of a skill: the whole, then each sentence of its description, and its phrases."""
    sentences = [part for part in re.split(r"(?<=[.!?;])\s+", skill.description) if len(part) > SHORTEST][:MOST_SENTENCES]
    return [f"{spaced(skill.name)}: {skill.description}", *sentences, *(example(phrase) for phrase in examples)]


def _key(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:40]


def _as_words(phrases: Sequence[str]) -> str:
    return re.sub(r"\{\w+\}|[\[\]()|?]", " ", " ".join(phrases))


def _standard(scores: Any) -> Any:
    return (scores - scores.mean()) / (scores.std() + 1e-9)
