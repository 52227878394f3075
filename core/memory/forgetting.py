"""Forgetting reaches everything that was said of it: messages, runs, the journal, other memories, copies of the database (decision 31).

Who says "forget that my PIN is 1234" means each place where it stands. Sentences that say it lose their words there; the rest of a text stays.
"""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core import events
from core.journal import Journal
from core.memory.small_words import LITTLE
from core.storage.database import Database
from core.storage.json_text import dump_json, read_json

log = logging.getLogger("deskhand.memory")
FORGOTTEN = "[forgotten]"
MOST_WORDS = 8  # that rows are looked for by
_LITTLE = LITTLE | frozenset(
    [
        "yours",
        "hers",
        "him",
        "she",
        "he",
        "they",
        "them",
        "theirs",
        "ours",
        "we",
        "us",
        "these",
        "those",
        "as",
        "by",
        "from",
        "will",
        "would",
        "can",
        "could",
        "not",
        "no",
        "person",
        "persons",
        "user",
        "users",
        "assistant",
        "remember",
        "remembers",
        "forget",
        "please",
        "about",
        "what",
        "who",
        "which",
        "when",
        "where",
        "than",
        "then",
        "der",
        "die",
        "das",
        "ein",
        "eine",
        "einen",
        "einem",
        "einer",
        "ist",
        "sind",
        "war",
        "mein",
        "meine",
        "meinen",
        "meinem",
        "meiner",
        "dein",
        "deine",
        "ich",
        "du",
        "er",
        "sie",
        "es",
        "wir",
        "ihr",
        "und",
        "oder",
        "mit",
        "zu",
        "von",
        "im",
        "auf",
        "den",
        "dem",
        "des",
        "nicht",
        "merke",
        "merk",
        "vergiss",
        "bitte",
        "dass",
    ]
)
_POSSESSIVE = re.compile(r"['’]s\b")
_WORD = re.compile(r"[^\W_]+(?:[-@.][^\W_]+)*")
_SENTENCE = re.compile(r"[^\n]+?(?:[.!?;]+(?=\s|$)|\n|$)\s*")
_YEAR = re.compile(r"(?:19|20)\d\d")
# Where else words of the person stand: table, column, whether it holds JSON.
_PLACES = (
    ("message", "text", False), ("message", "data", True), ("run", "request", True), ("run", "result", True), ("approval", "data", True), ("conversation", "title", False),
    ("occurrence", "answer", False), ("notice", "text", False), ("assignment", "payload", True), ("assignment", "result", True), ("duty", "payload", True), ("duty", "result", True),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be forgotten: its exact words, and of a fact the words that tell it from others, with those that alone give it away (numbers, addresses)."""

    exact: re.Pattern[str]
    words: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()

    @staticmethod
    def of_fact(text: str) -> Wanted:
        words = frozenset(_words(text)) - _LITTLE
        return Wanted(_exact(text), words, frozenset(word for word in words if len(word) > 2 and re.search(r"[\d@]", word) and not _YEAR.fullmatch(word)))

    @staticmethod
    def of_turn(text: str) -> Wanted:
        """What somebody said: only where it stands as it was said."""
        return Wanted(_exact(text))

    def blank(self, text: str) -> str:
        """The text with :data:`FORGOTTEN` in place of each sentence that says it."""
        if not text or text == FORGOTTEN:
            return text
        if not self.words:
            return self.exact.sub(FORGOTTEN, text)
        sentences = _SENTENCE.findall(text)
        gone = self._sentences_gone(sentences)
        if not gone:
            return self.exact.sub(FORGOTTEN, text)
        kept = []
        for number, sentence in enumerate(sentences):
            if number not in gone:
                kept.append(self._without_keys(sentence))
            elif number + 1 in gone:
                continue  # several in a row are one gap
            else:
                kept.append(FORGOTTEN + sentence[len(sentence.rstrip()) :])
        return "".join(kept)

    def _sentences_gone(self, sentences: list[str]) -> set[int]:
        """Which of the sentences say it; "Dr. Weber" looks like two."""
        held = {number: found for number, sentence in enumerate(sentences) if (found := self._held_in(_words(sentence)))}
        gone = {number for number, found in held.items() if self._is_told_by(found)}
        for number in sorted({one + step for one in held for step in (-1, 0)}):
            if not {number, number + 1} & gone and self._is_told_by(held.get(number, frozenset()) | held.get(number + 1, frozenset())):
                gone |= {number, number + 1}
        beside = {one + step for one in gone for step in (-1, 1)}
        return gone | {number for number in beside if 0 <= number < len(sentences) and self._is_part(frozenset(_words(sentences[number])))}

    def _is_part(self, words: frozenset[str]) -> bool:
        """Whether a sentence has words of it and no others."""
        telling = words - _LITTLE
        return bool(telling) and all(any(_is_same(word, other) for other in self.words) for word in telling)

    def blank_all(self, value: Any) -> Any:
        """The same of every text in a JSON value."""
        if isinstance(value, str):
            return self.blank(value)
        if isinstance(value, dict):
            return {key: self.blank_all(item) for key, item in value.items()}
        return [self.blank_all(item) for item in value] if isinstance(value, list) else value

    def _held_in(self, words: Sequence[str]) -> frozenset[str]:
        """The words of the fact that are among these."""
        return frozenset(word for word in self.words if any(_is_same(word, other) for other in words))

    def _is_told_by(self, found: frozenset[str]) -> bool:
        """Whether so many words of the fact tell it."""
        if len(found) >= max(min(2, len(self.words)), -(-2 * len(self.words) // 3)):
            return True
        return bool(found & self.keys) and len(found) > 1

    def _without_keys(self, sentence: str) -> str:
        """In a text that says it, a number or an address of it goes also where it stands alone."""
        return _WORD.sub(lambda match: FORGOTTEN if match[0].lower() in self.keys else match[0], sentence) if self.keys else sentence


@dataclass(slots=True)
class Forgetting:
    """``also`` removes what else holds what was read (prompts kept by models); ``backups`` is the folder of copies that migrations made. Loop thread only."""

    database: Database
    journal: Journal
    backups: Path
    rewrite_memories: Callable[[Callable[[str], str]], None] = lambda blank: None
    also: Callable[[], None] = lambda: None
    _late: list[tuple[Wanted, int]] = field(default_factory=list)  # what runs that go on may still write down, each with the last event that was looked at

    def forget(self, wanted: Iterable[Wanted]) -> None:
        """Blank it wherever it stands. What is under way may say it once more: :meth:`settle` blanks that when it has ended."""
        for one in wanted:
            self._erase(one, 0)
            self._late.append((one, self.journal.last_seq))
        self._scrub()
        self.also()

    def settle(self, is_anything_active: bool) -> None:
        """A run has ended: what it wrote down since of what is forgotten goes, too."""
        if not self._late:
            return
        for wanted, seq in self._late:
            self._erase(wanted, seq)
        self._late = [(wanted, seq) for wanted, seq in self._late] if is_anything_active else []
        self._scrub()
        self.also()

    def _erase(self, wanted: Wanted, after: int) -> None:
        with self.database.transaction():
            rows = self._events(wanted, after)
            self.journal.erase(rows, "forgotten")
            for table, column, is_json in _PLACES:
                self._blank_column(wanted, table, column, is_json)
            self.rewrite_memories(wanted.blank)

    def _events(self, wanted: Wanted, after: int) -> dict[int, dict[str, Any]]:
        """Rows of the journal that say it, with what is to stand there; also where a model said it piece by piece."""
        condition, values = _condition("data", wanted)
        changed: dict[int, dict[str, Any]] = {}
        runs: set[str] = set()
        for row in self.database.rows(f"SELECT seq, run_id, data FROM event WHERE seq > ? AND {condition}", (after, *values)):
            data = read_json(row["data"])
            blanked = wanted.blank_all(data)
            if blanked != data and isinstance(blanked, dict):
                changed[row["seq"]] = blanked
                runs.add(row["run_id"])
        for run_id in runs - {""}:
            changed |= self._pieces(wanted, run_id)
        return changed

    def _pieces(self, wanted: Wanted, run_id: str) -> dict[int, dict[str, Any]]:
        changed: dict[int, dict[str, Any]] = {}
        for type_ in (events.TEXT_DELTA, events.REASONING_DELTA):
            rows = [(row["seq"], read_json(row["data"])) for row in self.database.rows("SELECT seq, data FROM event WHERE run_id = ? AND type = ? ORDER BY seq", (run_id, type_))]
            text = "".join(str(data.get("text", "")) for _, data in rows)
            if (blanked := wanted.blank(text)) != text:
                changed |= {seq: {**data, "text": blanked if number == 0 else ""} for number, (seq, data) in enumerate(rows)}
        return changed

    def _blank_column(self, wanted: Wanted, table: str, column: str, is_json: bool) -> None:
        condition, values = _condition(column, wanted)
        for row in self.database.rows(f"SELECT rowid AS number, {column} AS held FROM {table} WHERE {condition}", values):
            held = row["held"]
            kept = dump_json(wanted.blank_all(read_json(held)))[0] if is_json and held else wanted.blank(held)
            if kept != held:
                self.database.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (kept, row["number"]))

    def _scrub(self) -> None:
        """Nothing stays in the index of words, in the log of the database, or in copies that migrations made."""
        self.database.execute("INSERT INTO message_text (message_text) VALUES ('optimize')")
        with contextlib.suppress(Exception):
            self.database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for copy in self.backups.glob("schema-*.sqlite*"):
            with contextlib.suppress(OSError):
                copy.unlink()


def _condition(column: str, wanted: Wanted) -> tuple[str, tuple[Any, ...]]:
    """SQL for rows that may say it, read by nothing slower than looking for a few words."""
    if not wanted.words:
        longest = sorted(set(_words(wanted.exact.pattern.replace("\\", " "))), key=len)[-3:]
        return " AND ".join([f"instr(lower({column}), ?)"] * len(longest)) or "1", tuple(_root(word) for word in longest)
    words = sorted(wanted.words, key=len)[-MOST_WORDS:]
    found = " + ".join([f"(instr(lower({column}), ?) > 0)"] * len(words))
    return f"({found}) >= {min(2, len(words))}", tuple(_root(word) for word in words)


def _root(word: str) -> str:
    """What stands in any form of a word; without a first letter that SQLite knows no small form of."""
    root = word[: max(4, len(word) - 2)]
    return root if root.isascii() else max(re.findall(r"[\x00-\x7f]+", root) or [""], key=len)


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(_POSSESSIVE.sub("", text))]


def _is_same(word: str, other: str) -> bool:
    """The same word in this or another form: like, likes, liked."""
    return word == other or (
        min(len(word), len(other)) >= 4 and word.isalpha() and other.isalpha() and abs(len(word) - len(other)) <= 2 and (word.startswith(other) or other.startswith(word))
    )


def _exact(text: str) -> re.Pattern[str]:
    """The words as they stand, however they are broken into lines."""
    return re.compile(r"\s+".join(map(re.escape, text.strip().rstrip(".").split())) or r"(?!)", re.IGNORECASE)
