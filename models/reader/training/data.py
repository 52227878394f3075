"""Lines of ``data/*.tsv`` as examples: ``kind<TAB>[before || ]request`` with spans marked ``[s:…]``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from models.reader.labels import KINDS, SPANS

DATA = Path(__file__).parents[1] / "data"
_SPAN = re.compile(r"\[([stcl]):((?:[^\[\]]|\[[^\[\]]*\])*)\]")


@dataclass(frozen=True, slots=True)
class Example:
    """``spans`` are ``(name, start, end)`` in letters of ``text``."""

    kind: str
    before: str
    text: str
    spans: tuple[tuple[str, int, int], ...]


def read_examples(path: Path) -> list[Example]:
    """The examples of a file. Raises :class:`ValueError` for a line that is none."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        kind, tab, rest = line.partition("\t")
        if not tab or kind not in KINDS:
            raise ValueError(f"{path.name}:{number}: {line[:80]!r} begins with no kind")
        before, mark, marked = rest.rpartition(" || ")
        found.append(Example(kind, _plain(before)[0] if mark else "", *_plain(marked)))
    return found


def _plain(marked: str) -> tuple[str, tuple[tuple[str, int, int], ...]]:
    """The text without its marks, and the spans."""
    text, spans, at = "", [], 0
    for match in _SPAN.finditer(marked):
        text += marked[at : match.start()]
        if match[1] in SPANS and match[2].strip():
            spans.append((match[1], len(text), len(text) + len(match[2])))
        text += match[2]
        at = match.end()
    return text + marked[at:], tuple(spans)
