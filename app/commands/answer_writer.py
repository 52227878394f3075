"""The answer on standard output, as it comes, and taken back where the model takes it back."""

from __future__ import annotations

import shutil
import time
import unicodedata
from typing import TextIO

from app.client.answer_text import HOLD_SECONDS, remaining

_COMMANDS = frozenset({"Cc", "Cs", "Co", "Cn"})  # Unicode's general categories: controls, halves of letters, what is no letter
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # embeddings, overrides and isolates of the bidirectional algorithm (UAX 9)


class AnswerWriter:
    """Writes to ``out``. On a terminal each piece at once, and what is withdrawn is erased; in a pipe a piece is held for a moment, so that a burst that is withdrawn never shows."""

    def __init__(self, out: TextIO, can_erase: bool, columns: int = 0, rows: int = 0) -> None:
        self._out, self._can_erase = out, can_erase
        size = shutil.get_terminal_size()
        self._columns, self._rows = columns or size.columns, rows or size.lines
        self._held, self._due = "", 0.0
        self.said = ""  # of the answer that stands, as written
        self._erasable = ""  # of it, what nothing else was written below
        self._written = False

    @property
    def wait(self) -> float | None:
        """Seconds after which :meth:`flush` wants to be called; None: nothing is held."""
        return max(0.0, self._due - time.monotonic()) if self._held else None

    @property
    def is_inside_line(self) -> bool:
        """Whether the last letter that was written is no line end."""
        return bool(self.said) and not self.said.endswith("\n")

    def write(self, text: str) -> None:
        """More of the answer."""
        text = _plain(text)
        if self._can_erase:
            self._put(text)
            return
        if not self._held:
            self._due = time.monotonic() + HOLD_SECONDS
        self._held += text
        self.flush(due_only=True)

    def flush(self, due_only: bool = False) -> None:
        """Write what is held; with ``due_only`` only if it was held long enough."""
        if self._held and (not due_only or time.monotonic() >= self._due):
            text, self._held = self._held, ""
            self._put(text)

    def _put(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()
        self.said, self._erasable, self._written = self.said + text, self._erasable + text, True

    def withdraw(self) -> None:
        """What was said so far is no answer: erase it, or begin a new line below it."""
        self._held = ""
        if self.said:
            self._out.write(self._erasing() if self._can_erase and self._erasable == self.said else "\n" if self.is_inside_line else "")
            self._out.flush()
        self.said = self._erasable = ""

    def _erasing(self) -> str:
        """Escape sequences that take away what was written last; a line break where it has left the screen."""
        up = rows_of(self.said, self._columns) - 1
        if up >= self._rows - 1:
            return "\n— begun anew —\n"
        return (f"\x1b[{up}A" if up else "") + "\r\x1b[J"

    def break_line(self) -> None:
        """Something else is about to be written to the same terminal."""
        self.flush()
        if self.is_inside_line and self._can_erase:
            self._out.write("\n")
            self._out.flush()
            self.said += "\n"
        self._erasable = ""

    def end(self, answer: str) -> None:
        """The run has ended: write what is missing of its answer, and one line end."""
        self.flush()
        anew, rest = remaining(self.said, _plain(answer).rstrip("\n"))
        if anew and self.is_inside_line:
            self._out.write("\n")
        self._out.write(rest)
        if rest or self.is_inside_line or not self._written:
            self._out.write("\n")
        self._out.flush()

    def end_line(self) -> None:
        """There is no answer to complete: what was written ends with a line end."""
        self.flush()
        if self.is_inside_line:
            self._out.write("\n")
            self._out.flush()


def rows_of(text: str, columns: int) -> int:
    """Rows of a terminal that a text takes, the row of the cursor included."""
    rows = 0
    for line in text.split("\n"):
        rows += max(1, -(-sum(_width(letter) for letter in line.expandtabs(8)) // max(1, columns)))
    return rows


def _width(letter: str) -> int:
    if unicodedata.combining(letter) or unicodedata.category(letter) == "Cf":
        return 0
    return 2 if unicodedata.east_asian_width(letter) in ("W", "F") else 1


def _plain(text: str) -> str:
    """Nothing that a terminal, or whoever the text is piped to, would take for a command, and nothing that turns the line round; what joins letters and marks a direction stays."""
    return "".join(letter for letter in text if letter in "\n\t" or (unicodedata.category(letter) not in _COMMANDS and letter not in _TURNING))
