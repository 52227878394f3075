"""The answer on standard output, as it comes, and taken back where the model takes it back; where nothing can be erased it goes on from what stands there."""

from __future__ import annotations

import shutil
import time
import unicodedata
from typing import TextIO

from app.client.answer_text import HOLD_SECONDS, remaining

_UNMARKED = ("", "commentary")  # reasons to withdraw after which a new line tells enough: words before a call
_COMMANDS = frozenset({"Cc", "Cs", "Co", "Cn"})  # Unicode's general categories: controls, halves of letters, what is no letter
BEGUN_ANEW = "— begun anew —"
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # embeddings, overrides and isolates of the bidirectional algorithm (UAX 9)


class AnswerWriter:
    """Writes to ``out``. On a terminal each piece at once, and what is withdrawn is erased; in a pipe a piece is held for a moment, so that a burst that is withdrawn never shows.

    What was withdrawn and stands in a pipe all the same is not written a second time: a new text that begins alike goes on behind it, and any other
    begins on a new line below.
    """

    def __init__(self, out: TextIO, can_erase: bool, columns: int = 0, rows: int = 0) -> None:
        self._out, self._can_erase = out, can_erase
        size = shutil.get_terminal_size()
        self._columns, self._rows = columns or size.columns, rows or size.lines
        self._held, self._due = "", 0.0
        self.said = ""  # of the answer that stands, as written
        self._erasable = ""  # of it, what nothing else was written below
        self._written = False
        self._stale = self._again = ""  # what stands there and was withdrawn; the new text so far, as long as it only repeats that
        self._mark = ""  # the line that tells a new text from what was withdrawn

    @property
    def wait(self) -> float | None:
        """Seconds after which :meth:`flush` wants to be called; None: nothing is held."""
        return max(0.0, self._due - time.monotonic()) if self._held else None

    @property
    def is_inside_line(self) -> bool:
        """Whether the last letter that was written is no line end."""
        written = self.said or self._stale
        return bool(written) and not written.endswith("\n")

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
        text = self._beyond_stale(text)
        self._out.write(text)
        self._out.flush()
        self._erasable, self._written = self._erasable + text, self._written or bool(text)
        self.said += text

    def _beyond_stale(self, text: str) -> str:
        """What of a new text is to be written behind what was withdrawn and still stands there."""
        if not self._stale:
            return text
        self._again += text
        if self._stale.startswith(self._again):
            return ""
        stale, again = self._stale, self._again
        self._stale = self._again = ""
        if again.startswith(stale):
            self.said = self._erasable = stale
            return again[len(stale) :]
        return self._apart(stale) + again

    def _apart(self, stale: str) -> str:
        return ("" if stale.endswith("\n") else "\n") + self._mark

    def withdraw(self, why: str = "") -> None:
        """What was said so far is no answer: erase it, or else let what comes next go on from it or begin below it. ``why`` as the event says it."""
        self._held = self._again = ""
        self._mark = f"{BEGUN_ANEW}\n" if why not in _UNMARKED or (self._stale and self._mark) else ""
        if self.said and self._erasable != self.said:
            self._out.write("\n" if self.is_inside_line else "")  # other lines stand below it
        elif self.said and self._can_erase:
            self._out.write(self._erasing())
        else:
            self._stale = self.said or self._stale
        self._out.flush()
        self.said = self._erasable = ""

    def _erasing(self) -> str:
        """Escape sequences that take away what was written last; a line break where it has left the screen."""
        up = rows_of(self.said, self._columns) - 1
        if up >= self._rows - 1:
            return f"\n{BEGUN_ANEW}\n"
        return (f"\x1b[{up}A" if up else "") + "\r\x1b[J"

    def break_line(self) -> None:
        """Something else is about to be written to the same terminal."""
        self.flush()
        if self.is_inside_line and (self._can_erase or self._stale):
            self._out.write("\n")
            self._out.flush()
            self.said += "\n" if self.said else ""
        self._erasable = self._stale = self._again = ""

    def end(self, answer: str) -> None:
        """The run has ended: write what is missing of its answer, and one line end."""
        self.flush()
        stale, self._stale = self._stale, ""
        anew, rest = remaining(stale or self.said, _plain(answer).rstrip("\n"))
        if anew:
            self._out.write(self._apart(stale) if stale else "\n" if self.is_inside_line else "")
        self._out.write(rest)
        self.said = self.said or stale
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
