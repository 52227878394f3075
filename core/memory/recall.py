"""Finding what is remembered: by words and by meaning, with what stands around it, and by who said it.

A turn is understood with its neighbours, so they count in both searches. Names are taken out of the question for both, since they stand in half
of all turns; who is named instead moves what that person said up. Scores are standardised over everything and added.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from core.errors import DeskhandError
from core.memory.store import Memories
from core.memory.tidy import faded
from core.storage.database import Database

Embed = Callable[[list[str]], Awaitable[list[list[float]]]]
FIELDS = "1.0, 0.6, 0.3"  # weights of a turn's own words, of the turn before and of the one after
WORDS, OWN, WIDE, SPEAKER = 0.5, 0.35, 0.25, 1.0
BATCH = 64
CANDIDATES = 800  # of each search
TOUCHED = 2500  # memories that the words of a question may touch together
MOST_TERMS = 40
_STOP = frozenset(
    re.findall(
        r"\w+",
        "a an the is are was were be been do does did has have had of to in on at for and or with by from as it its this that these those what when where who whom which why how i you he she they we his her their my your our me him them s t",
    )
)


@dataclass(slots=True)
class Recall:
    """``embed`` gives unit vectors, or raises where there are none to be had: then the words decide alone."""

    database: Database
    memories: Memories
    embed: Embed | None = None
    _own: Any = None  # (memories, dimensions)
    _wide: Any = None
    _numbers: Any = None
    _stale: bool = True
    by_meaning: bool = False  # whether the last search had vectors

    async def find(self, question: str, count: int = 10, level: str = "", past: bool = False) -> list[dict[str, Any]]:
        """The memories that answer best, with scores; the best first."""
        ranked = await self._scores(question)
        if not ranked:
            return []
        rows = self.memories.by_numbers([number for number, _ in ranked[: count * 8 + 50]])
        now = datetime.now(UTC)
        found = [rows[number] | {"score": round(score + faded(rows[number], now), 4)} for number, score in ranked if number in rows]
        found.sort(key=lambda row: -row["score"])
        return [row for row in found if (not level or row["level"] == level) and (past or not row["valid_to"])][:count]

    async def numbers(self, question: str, count: int) -> list[int]:
        """The same as places in the index."""
        return [number for number, _ in (await self._scores(question))[:count]]

    # -- vectors ----------------------------------------------------------------------------------------------------

    async def index(self, most: int = 100_000) -> int:
        """Make the vectors that are missing; how many. Where there are none to be had, none."""
        if self.embed is None:
            return 0
        self._drop_changed()
        missing = self.database.execute(
            "SELECT w.rowid AS number, w.text, w.before, w.after FROM memory_words w LEFT JOIN memory_vector v ON v.number = w.rowid WHERE v.number IS NULL LIMIT ?", (most,)
        ).fetchall()
        made = 0
        for start in range(0, len(missing), BATCH):
            rows = missing[start : start + BATCH]
            texts = [text for row in rows for text in (row["text"], " ".join(filter(None, (row["before"], row["text"], row["after"]))))]
            try:
                vectors = await self.embed([text[:2000] for text in texts])
            except DeskhandError:
                return made
            self._keep(rows, vectors)
            made += len(rows)
        return made

    def _drop_changed(self) -> None:
        for number in self.memories.changed:
            self.database.execute("DELETE FROM memory_vector WHERE number = ?", (abs(number),))
        if self.memories.changed:
            self._stale = True
        self.memories.changed.clear()

    def _keep(self, rows: list[Any], vectors: list[list[float]]) -> None:
        import numpy

        with self.database.transaction():
            for at, row in enumerate(rows):
                own, wide = (numpy.asarray(vector, dtype=numpy.float32).tobytes() for vector in vectors[2 * at : 2 * at + 2])
                self.database.execute("INSERT OR REPLACE INTO memory_vector VALUES (?, ?, ?)", (row["number"], own, wide))
        self._stale = True

    def _load(self) -> None:
        import numpy

        rows = self.database.execute("SELECT number, own, wide FROM memory_vector ORDER BY number").fetchall()
        self._numbers = numpy.fromiter((row["number"] for row in rows), dtype=numpy.int64, count=len(rows))
        self._own = numpy.frombuffer(b"".join(row["own"] for row in rows), dtype=numpy.float32).reshape(len(rows), -1) if rows else None
        self._wide = numpy.frombuffer(b"".join(row["wide"] for row in rows), dtype=numpy.float32).reshape(len(rows), -1) if rows else None
        self._stale = False

    # -- scores -----------------------------------------------------------------------------------------------------

    async def _scores(self, question: str) -> list[tuple[int, float]]:
        """Candidates of both searches with their fused scores, the best first."""
        self.by_meaning = False
        named, bare = self._named(question)
        words, nothing = self._by_words(bare)
        meaning = await self._by_meaning(bare, words)
        scores = {number: words.get(number, nothing) + meaning.get(number, 0.0) for number in {**words, **meaning}}
        for number in self._said_by(named, scores) if named else ():
            scores[number] += SPEAKER
        return sorted(scores.items(), key=lambda item: (-item[1], item[0]))

    def _named(self, question: str) -> tuple[str, str]:
        """The one person of the memories that the question names, and the question without any of their names."""
        people = self.memories.people()
        here = [person for person in people if re.search(rf"\b{re.escape(person)}\b", question)]
        words = [word for word in question.split() if not any(word.startswith(person) for person in people)]
        return (here[0] if len(here) == 1 else ""), " ".join(words) or question

    def _said_by(self, person: str, among: dict[int, float]) -> list[int]:
        found: list[int] = []
        wanted = list(among)
        for start in range(0, len(wanted), 900):  # SQLite takes so many values at once
            part = wanted[start : start + 900]
            found += [row[0] for row in self.database.execute(f"SELECT number FROM memory WHERE said_by = ? AND number IN ({','.join('?' * len(part))})", (person, *part))]
        return found

    def _by_words(self, question: str) -> tuple[dict[int, float], float]:
        """Standardised scores of the best, and that of a memory without any of the words. Frequent words are left out where they would touch too many."""
        terms = self._telling(list(dict.fromkeys(word for word in re.findall(r"[^\W_]+", question.lower()) if word not in _STOP))[:MOST_TERMS])
        if not terms:
            return {}, 0.0
        query, total = " OR ".join(f'"{term}"' for term in terms), max(1, self.memories.count())
        rows = self.database.execute(
            f"SELECT rowid, score, sum(score) OVER (), sum(score * score) OVER () FROM (SELECT rowid, -bm25(memory_words, {FIELDS}) AS score FROM memory_words WHERE memory_words MATCH ?) "
            "ORDER BY score DESC LIMIT ?", (query, CANDIDATES),
        ).fetchall()  # fmt: skip
        if not rows:
            return {}, 0.0
        mean = rows[0][2] / total
        spread = max(0.0, rows[0][3] / total - mean * mean) ** 0.5 + 1e-9
        return {row[0]: WORDS * (row[1] - mean) / spread for row in rows}, -WORDS * mean / spread

    def _telling(self, terms: list[str]) -> list[str]:
        """The rarest words first, as many as together touch a bounded number of memories; at least two."""
        if self.memories.count() <= TOUCHED:
            return terms
        counted = sorted((self.database.execute("SELECT count(*) FROM memory_words WHERE memory_words MATCH ?", (f'"{term}"',)).fetchone()[0], term) for term in terms)
        kept: list[str] = []
        touched = 0
        for count, term in counted:
            touched += count
            if count and len(kept) >= 2 and touched > TOUCHED:
                break
            if count:
                kept.append(term)
        return kept

    async def _by_meaning(self, question: str, also: dict[int, float]) -> dict[int, float]:
        """Fused scores of the nearest, and of those in ``also``; none where there are no vectors."""
        if self.embed is None:
            return {}
        if self.memories.changed:
            await self.index(BATCH)  # what was added a moment ago; more of it is made in the background
        if self._stale:
            self._load()
        if self._own is None:
            return {}
        try:
            (vector,) = await self.embed([question[:2000] or " "])
        except DeskhandError:
            return {}
        import numpy

        asked = numpy.asarray(vector, dtype=numpy.float32)
        own, wide = self._own @ asked, self._wide @ asked
        fused = OWN * (own - own.mean()) / (own.std() + 1e-9) + WIDE * (wide - wide.mean()) / (wide.std() + 1e-9)
        self.by_meaning = True
        near = numpy.argpartition(-fused, CANDIDATES)[:CANDIDATES] if len(fused) > CANDIDATES else numpy.arange(len(fused))
        found = {int(self._numbers[at]): float(fused[at]) for at in near}
        wanted = numpy.asarray([number for number in also if number not in found], dtype=numpy.int64)
        places = numpy.searchsorted(self._numbers, wanted)
        return found | {int(number): float(fused[at]) for number, at in zip(wanted, places, strict=True) if at < len(fused) and self._numbers[at] == number}
