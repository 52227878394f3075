"""The parts of several files that fit into one result, each in its frame, with what was left out and how to read on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.documents.content import Content, counted, lines_of
from tools.documents.frame import frame, printable
from tools.documents.hidden import has_hidden

LIMIT = 40_000  # letters of all files together, where the call says nothing else
MOST = 400_000
LEAST = 160  # letters of one file: with less than that it is left out and named
VALUE = 200_000  # letters of one file that steps after this one are given, however little of it is shown


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a file is wanted: lines from 1 (negative: from the end), and letters that are passed over after that."""

    start: int = 1
    lines: int = 2000
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The wanted part of one file: as it stands, as it is shown, and where it is. ``total`` is None where its lines were not counted."""

    name: str
    path: Path
    content: Content
    plain: str
    shown: str
    first: int
    total: int | None
    outline: str = ""  # of a table: its columns; of a workbook a line for each sheet

    @property
    def length(self) -> int:
        return len(self.shown)


def excerpt(name: str, path: Path, content: Content, window: Window) -> Excerpt:
    """Cut the wanted lines out of what was read."""
    plain, shown = lines_of(content.plain), lines_of(content.shown)
    at = _index(window.start, content.first, len(plain))
    total = len(plain) if content.whole else None
    cut = ["".join(rows[at : at + window.lines])[window.offset :] for rows in (plain, shown)]
    return Excerpt(name, path, content, cut[0], cut[1], at + max(1, content.first), total)


def _index(start: int, first: int, count: int) -> int:
    if start < 0:
        return max(0, count + start)
    return max(0, start - max(1, first))


def shares(lengths: list[int], limit: int) -> list[int]:
    """Letters for each file: the short ones whole, the rest of ``limit`` alike for the long ones."""
    given = [0] * len(lengths)
    left = limit
    for place, at in enumerate(sorted(range(len(lengths)), key=lengths.__getitem__)):
        given[at] = min(lengths[at], left // (len(lengths) - place))
        left -= given[at]
    return given


def render(part: Excerpt, share: int) -> tuple[str, dict[str, Any]]:
    """A file's frame with what is said of it besides, and the same as JSON."""
    body, last = _within(part, share)
    is_whole = part.content.whole and part.first == 1 and len(body) == len("".join(lines_of(part.content.shown)))
    size = part.path.stat().st_size
    said = [part.content.about, *([counted(part.total, "line")] if part.total is not None else []), counted(size, "byte"), _encoding(part.content)]
    place = _place(part, last) if not is_whole and body else ""
    said += [place]
    said += ["no line break at the end"] if part.length == len(body) and last == part.total and _ends_open(part.content) else []
    remarks = [
        *part.content.notes,
        *(["it holds text that a person cannot see, marked [hidden text: …]"] if has_hidden(body) else []),
        *([] if is_whole else _rest(part, body, last)),
    ]
    above, beside = (part.outline.splitlines(), "") if part.content.kind == "xlsx" else ([], part.outline)
    framed = frame(part.name, "; ".join(filter(None, (", ".join(filter(None, said)), beside))), body, place)
    text = f"{printable(part.name)} is empty." if not part.content.plain.strip() and not size else "\n".join([*(f"── {printable(line)} ──" for line in above), framed])
    value = {"path": str(part.path), "bytes": size, "lines": part.total if part.total is not None else last, "whole": is_whole, "text": body}
    return "\n".join([text, *(f"({part.name}: {remark}.)" for remark in remarks)]), value


def _ends_open(content: Content) -> bool:
    """Whether the last line of a text has no line break: what is added there would stand on the same line."""
    return content.kind in ("text", "table") and bool(content.plain) and not content.plain.endswith(("\n", "\r"))


def _place(part: Excerpt, last: int) -> str:
    """Which lines these are; of the end of a large file only how many."""
    return f"lines {part.first} to {last}" if part.content.first else f"the last {counted(last - part.first + 1, 'line')}"


def _within(part: Excerpt, share: int) -> tuple[str, int]:
    """As many whole lines as fit, or the beginning of one that is longer than all; and the number of the last line."""
    if part.length <= share:
        return part.shown, part.first + max(0, len(lines_of(part.shown)) - 1)
    taken = 0
    for number, row in enumerate(lines_of(part.shown)):
        if taken + len(row) > share:
            return (part.shown[:taken], part.first + number - 1) if taken else (part.shown[:share], part.first)
        taken += len(row)
    return part.shown, part.first


def _rest(part: Excerpt, body: str, last: int) -> list[str]:
    """What was left out, and how to read on."""
    if part.length > len(body) and (not body or not body.endswith(("\n", "\r"))):
        return [f"line {part.first} goes on; start={part.first}, offset={len(body)} reads on"]
    if part.total is None:
        return [f"there may be more after line {last}; start={last + 1} reads on"] if part.content.first else []
    if not body:
        return [f"it has {counted(part.total, 'line')}, none from line {part.first} on"]
    before = f"{counted(part.first - 1, 'line')} before" if part.first > 1 else ""
    after = f"{counted(part.total - last, 'line')} after; start={last + 1} reads on" if part.total > last else ""
    return [f"left out: {' and '.join(filter(None, (before, after)))}"] if before or after else []


def _encoding(content: Content) -> str:
    return "" if content.encoding in ("utf-8", "utf-8-sig") else content.encoding
