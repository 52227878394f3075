"""Finding the skill for a request: by words (names, descriptions, phrases) and by meaning, fused as for tools (``tools/finding``)."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.errors import DeskhandError
from skills.format import Skill
from skills.index import VectorIndex
from tools.finding.finder import first_sentence
from tools.finding.words import WordIndex, spaced, terms

Embed = Callable[[list[str]], Awaitable[list[list[float]]]]
WEIGHTS = (3.0, 1.0, 1.5, 0.1)  # of a match in name, description, phrases, text
WORDS = 0.5
BATCH = 64


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
    _matrix: Any = None  # (skills, 2, dimensions)

    def take(self, skills: Sequence[Skill], phrases: dict[str, Sequence[str]]) -> None:
        """Search among these from now on."""
        self._skills = list(skills)
        self._words = WordIndex(list(zip((skill.name, skill.description, _as_words(phrases.get(skill.name, ())), skill.body[:4000]), WEIGHTS, strict=True)) for skill in skills)
        self._ready = ""
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
        """The cosine of each skill, the mean of its whole description's and of its first sentence's. None where there are no vectors."""
        import numpy

        if self.embed is None:
            return None
        try:
            await self.index()
            vector = (await self.embed([request[:2000]]))[0]
        except DeskhandError:
            return None
        if self._matrix is None:
            return None
        return 0.5 * (self._matrix @ numpy.asarray(vector, dtype=numpy.float32)).sum(axis=1)

    async def index(self) -> None:
        """Make the vectors that are missing. Raises :class:`DeskhandError` where there is no embedding model."""
        import numpy

        assert self.embed is not None
        texts = {_key(text): text for skill in self._skills for text in _texts(skill)}
        state = hashlib.sha256("".join(sorted(texts)).encode()).hexdigest()
        if state == self._ready and self.vectors.folder.is_dir():
            return
        missing = await asyncio.to_thread(self.vectors.missing, list(texts))
        for start in range(0, len(missing), BATCH):
            keys = missing[start : start + BATCH]
            vectors = await self.embed([texts[key][:2000] for key in keys])
            await asyncio.to_thread(self.vectors.add, keys, [texts[key] for key in keys], vectors)
        known = await asyncio.to_thread(self.vectors.vectors, list(texts))
        rows = [[known.get(_key(text)) for text in _texts(skill)] for skill in self._skills]
        self._matrix = numpy.asarray(rows, dtype=numpy.float32) if rows and all(vector is not None for row in rows for vector in row) else None
        self._ready = state if self._matrix is not None else ""


def _texts(skill: Skill) -> tuple[str, str]:
    """What is embedded of a skill: the whole, and the beginning."""
    return f"{spaced(skill.name)}: {skill.description}", f"{spaced(skill.name)}: {first_sentence(skill.description)} "


def _key(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:40]


def _as_words(phrases: Sequence[str]) -> str:
    return re.sub(r"\{\w+\}|[\[\]()|?]", " ", " ".join(phrases))


def _standard(scores: Any) -> Any:
    return (scores - scores.mean()) / (scores.std() + 1e-9)
