"""Looking for texts in files: lines that hold them with two around, and which files could not be searched."""

from __future__ import annotations

import re
import time
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import ToolError
from tools.documents import kinds
from tools.documents.content import lines_of
from tools.documents.hidden import mark_text
from tools.documents.reader import read_any

MAX_BYTES = 20_000_000  # of a file that is searched
SECONDS = 20.0  # for documents of a call; text files are searched however long it takes
MOST_HITS = 5  # lines of one file that are shown
AROUND = 2  # lines before and after
WIDTH = 240  # letters of a line that are shown


@dataclass(frozen=True, slots=True)
class Hit:
    """A line that holds one of the texts, by its number from 1."""

    line: int
    wanted: str


class Searcher:
    """Searches files for texts, whatever their case and however their lines are broken. Collects how many were searched and why others were not."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = list(texts)
        self._patterns = [(text, re.compile(r"\s+".join(map(re.escape, _normal(text).split())), re.I)) for text in texts]
        self.searched = 0
        self.unread: list[dict[str, Any]] = []  # ``path``, ``why``, and ``partly`` of one that was searched as far as it can be read
        self._until = time.monotonic() + SECONDS

    def search(self, file: Path, name: str) -> dict[str, Any] | None:
        """``{"line", "number", "hits", "matches", "holds"}`` of a file that holds one of the texts, else None."""
        text = self._text_of(file, name)
        if text is None:
            return None
        self.searched += 1
        hits = _hits(text, self._patterns)
        if not hits:
            return None
        rows = [mark_text(row.rstrip("\r\n"))[:WIDTH] for row in lines_of(text)]
        holds = [one for one in self.texts if any(hit.wanted == one for hit in hits)]
        numbers = sorted({hit.line for hit in hits})
        shown = [{"number": number, "line": rows[number - 1].strip()} for number in numbers[:MOST_HITS]]
        return {"line": rows[numbers[0] - 1].strip()[:200] or " ", "number": numbers[0], "hits": shown, "matches": len(numbers), "holds": holds, "excerpt": _excerpt(rows, numbers)}

    def _text_of(self, file: Path, name: str) -> str | None:
        if special := kinds.special_of(file):
            return self._pass_over(name, f"a {special}")
        if file.stat().st_size > MAX_BYTES:
            return self._pass_over(name, f"larger than {MAX_BYTES // 1_000_000} MB")
        is_document = file.suffix.lower() in kinds.DOCUMENTS
        if is_document and time.monotonic() > self._until:
            return self._pass_over(name, "no time left for more documents")
        try:
            found = read_any(file, letters=MAX_BYTES)
        except ToolError as error:
            return self._pass_over(name, error.message.rpartition(": it is ")[2].rstrip(".") or error.message)
        except OSError as error:
            return self._pass_over(name, error.strerror or "cannot be read")
        if is_document and not found.plain.strip():
            return self._pass_over(name, found.notes[0] if found.notes else "holds no text")
        if is_document and found.kind == "pdf" and found.notes:
            self.unread.append({"path": name, "why": "; ".join(found.notes), "partly": True})
        return found.plain if found.whole else self._pass_over(name, "only a part of it can be read")

    def _pass_over(self, name: str, why: str) -> str | None:
        self.unread.append({"path": name, "why": why})
        return None


def _normal(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _hits(text: str, patterns: list[tuple[str, re.Pattern[str]]]) -> list[Hit]:
    normal = _normal(text) if not text.isascii() else text
    found = [(match.start(), wanted) for wanted, pattern in patterns for match in pattern.finditer(normal)]
    if not found:
        return []
    starts, at = [], 0
    for row in lines_of(normal):
        starts.append(at)
        at += len(row)
    return [Hit(bisect_right(starts, place), wanted) for place, wanted in found]


INDENT = " " * 4


def _excerpt(rows: list[str], numbers: list[int]) -> str:
    """The first lines that hold it, marked ``>``, with two around each; every line has its number, so that none looks like the tool's own words.

    It is indented by four, which shows it line by line where the result is shown as Markdown.
    """
    chosen = numbers[:MOST_HITS]
    wanted = sorted({near for number in chosen for near in range(max(1, number - AROUND), min(len(rows), number + AROUND) + 1)})
    lines, before = [], wanted[0] - 1
    for number in wanted:
        lines += [f"{INDENT}      …"] if number != before + 1 else []
        lines.append(f"{INDENT}{'>' if number in numbers else ' '}{number:>5} | {rows[number - 1]}")
        before = number
    return "\n".join(lines)
