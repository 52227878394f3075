"""Finding the tools for a request among hundreds: by words and by meaning (sentence vectors), fused.

A request often needs several tools, so it is asked as a whole, clause by clause, and by what its paths imply ("… save it as notes.md" needs
something that writes a file). Scores are standardised over all tools and added: ranks alone would let a weak list spoil a strong one.
Without vectors the words decide alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from core.errors import DeskhandError
from tools.finding.glossary import in_english
from tools.finding.needs import clauses, implied, plain, sentences
from tools.finding.words import WordIndex, spaced, terms

Embed = Callable[[list[str]], Awaitable[list[list[float]]]]
WEIGHTS = (3.0, 1.0, 1.0, 0.3, 0.5)  # of a match in name, description, server, what the server is for, parameters
WORDS, PLACED, CLAUSE, IMPLIED, WHOLE, NAMED = 0.3, 0.3, 0.25, 0.8, 0.35, 0.3


@dataclass(frozen=True, slots=True)
class Described:
    """A tool as it is searched for."""

    name: str
    description: str
    server: str = ""
    about: str = ""  # what the server is for
    parameters: tuple[str, ...] = ()

    @property
    def said(self) -> str:
        """Everything, for the widest vector."""
        return f"{spaced(self.name)}: {self.description} | server: {self.server} - {self.about} | params: {', '.join(self.parameters)}"

    @property
    def short(self) -> str:
        return f"{spaced(self.name)}: {first_sentence(self.description)}"

    @property
    def placed(self) -> str:
        return f"{self.server.replace('-', ' ')} {self.short}"


@dataclass(slots=True)
class ToolFinder:
    """``embed`` gives a unit vector for each text; ``kept`` is where they are remembered."""

    embed: Embed | None = None
    kept: Path | None = None
    _tools: list[Described] = field(default_factory=list)
    _words: WordIndex | None = None
    _vectors: Any = None  # (tools, 3, dimensions)
    _known: dict[str, Any] = field(default_factory=dict)

    async def index(self, tools: Sequence[Described]) -> None:
        """Search among these from now on. Only texts never seen before are embedded."""
        self._tools = tools = [_with_english(tool) for tool in tools]
        self._words = WordIndex(list(zip((tool.name, tool.description, tool.server, tool.about, ", ".join(tool.parameters)), WEIGHTS, strict=True)) for tool in tools)
        vectors = await self._vectors_of([text for tool in tools for text in (tool.said, tool.short, tool.placed)])
        self._vectors = None if vectors is None else vectors.reshape(len(tools), 3, -1)

    async def find(self, request: str, count: int = 10) -> list[tuple[str, float]]:
        """Names of the tools that suit best, with scores; the best first."""
        if not self._tools:
            return []
        scores = await self._scores(request)
        order = sorted(range(len(self._tools)), key=lambda at: (-scores[at], at))[:count]
        return [(self._tools[at].name, round(float(scores[at]), 4)) for at in order]

    async def ranked(self, request: str, count: int) -> list[int]:
        """The same as places in what was indexed."""
        scores = await self._scores(request)
        return sorted(range(len(self._tools)), key=lambda at: (-scores[at], at))[:count]

    async def fits(self, request: str) -> float:
        """How well the best tool fits, from 0 to 1: its cosine and the share of its name that the request says, or by words alone the share of the request's words that it has."""
        if not self._tools:
            return 0.0
        words = set(terms(request))
        if self._vectors is not None and (asked := await self._vectors_of([plain(request)])) is not None:
            cosines = (self._vectors @ asked[0]).max(axis=1)
            named = [len(words & own) / max(1, len(own)) for own in (set(terms(tool.name)) for tool in self._tools)]
            return max(0.0, max(float(cosine) + NAMED * share for cosine, share in zip(cosines, named, strict=True)) / (1 + NAMED))
        return max((len(words & set(terms(tool.said))) / max(1, len(words)) for tool in self._tools), default=0.0)

    # -- scores -----------------------------------------------------------------------------------------------------

    async def _scores(self, request: str) -> Any:
        import numpy

        whole = plain(request)
        said = sentences(whole)
        parts, wanted = said or clauses(whole), implied(request)
        texts = [whole, *parts, *wanted]
        scores = numpy.array([self._fused(text, vector) for text, vector in zip(texts, await self._asked(texts), strict=True)])
        total, each, needs = scores[0], scores[1 : 1 + len(parts)], scores[1 + len(parts) :]
        if said:  # many things at once: each sentence has its say, however strong the others are
            best = numpy.sqrt(numpy.maximum(each.max(axis=1, keepdims=True), 1e-6))
            total = (WHOLE * total + (each / best).max(axis=0) * float(numpy.mean(best))) / (1 + WHOLE)
        elif len(each) > 1:
            total = total + CLAUSE * each.max(axis=0)
        return numpy.maximum(total, IMPLIED * needs.max(axis=0)) if wanted else total

    def _fused(self, text: str, vector: Any) -> Any:
        words = WORDS * _standard(self._by_words(text))
        if vector is None:
            return words
        cosines = self._vectors @ vector
        return words + _standard(0.5 * cosines[:, 0] + 0.5 * cosines[:, 1] + PLACED * cosines[:, 2])

    def _by_words(self, text: str) -> Any:
        import numpy

        found = numpy.zeros(len(self._tools))
        for at, score in (self._words.scores(text) if self._words else {}).items():
            found[at] = score
        return found

    async def _asked(self, texts: list[str]) -> list[Any]:
        vectors = await self._vectors_of(texts) if self._vectors is not None else None
        return [None] * len(texts) if vectors is None else list(vectors)

    async def _vectors_of(self, texts: list[str]) -> Any:
        """(texts, dimensions); None where there are no vectors to be had."""
        import numpy

        if self.embed is None or not texts:
            return None
        missing = list(dict.fromkeys(text for text in texts if _key(text) not in self._known))
        try:
            if missing:
                for text, vector in zip(missing, await self.embed([text[:2000] or " " for text in missing]), strict=True):
                    self._known[_key(text)] = numpy.asarray(vector, dtype=numpy.float32)
        except DeskhandError:
            return None  # words alone, until vectors can be had
        return numpy.stack([self._known[_key(text)] for text in texts])


def _with_english(tool: Described) -> Described:
    """A tool that is described in Chinese, with the English of it before."""
    english = in_english(tool.description)
    return replace(tool, description=f"{english}. {tool.description}") if english else tool


def _key(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _standard(scores: Any) -> Any:
    return (scores - scores.mean()) / (scores.std() + 1e-9)


def first_sentence(text: str) -> str:
    return re.split(r"(?<=[.!?])\s|\n", text.strip())[0][:200]
