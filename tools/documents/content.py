"""What a reader found in a file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")


@dataclass(frozen=True, slots=True)
class Content:
    """The text of a file. ``plain`` is as it stands there, ``shown`` the same lines with what a person cannot see marked.

    ``about`` says what it is ("DOCX, 3 tables"), ``notes`` what could not be read of it. ``whole`` is False where a bound ended the reading; ``data`` is what else there is as JSON.
    """

    kind: str
    plain: str
    shown: str
    about: str = ""
    notes: tuple[str, ...] = ()
    whole: bool = True
    first: int = 1  # number of the first line that ``plain`` holds
    encoding: str = "utf-8"
    data: dict[str, Any] = field(default_factory=dict)

    @staticmethod
    def of_json(fields: dict[str, Any]) -> Content:
        """As :func:`dataclasses.asdict` gives it, come through JSON."""
        return Content(**fields | {"notes": tuple(fields["notes"])})


def lines_of(text: str) -> list[str]:
    """Lines with their ends, as editors count them (a form feed ends none)."""
    return _LINE.findall(text)


def count_words(text: str) -> int:
    """Words as people count them: marks of lists, headings and tables are none."""
    return sum(any(letter.isalnum() for letter in word) for word in text.replace("|", " ").split())


def words_of(text: str) -> str:
    """``97 words``; with how many there are where marks count as well, so that nobody who counts so is surprised."""
    words, parts = count_words(text), len(text.split())
    return counted(words, "word") + (f" ({parts} counting marks)" if parts > words else "")


def counted(number: int, one: str, many: str = "") -> str:
    """``1 line``, ``1204 lines``."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def size_of(number: int) -> str:
    """Bytes for people, powers of 1000: 431 bytes, 1.2 MB."""
    if number < 1000:
        return counted(number, "byte")
    value = float(number)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if value >= 100 else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"
