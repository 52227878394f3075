"""Where in a Markdown text one is: in a fenced block, in a code span, behind an opening quotation mark, or in plain prose."""

from __future__ import annotations

import re

_FENCE = re.compile(r"`{3,}|~{3,}")
_RUN = re.compile(r"`+")
_QUOTES = "\"'“”„«‘’"


class CodeSpans:
    """Follows a text as it grows; knows the fence it is in and the line it is on."""

    def __init__(self) -> None:
        self.fence = ""
        self.line = ""

    def feed(self, text: str) -> None:
        """More of the text."""
        *lines, rest = text.split("\n")
        for line in lines:
            self._end_line(self.line + line)
            self.line = ""
        self.line += rest

    @property
    def is_line_blank(self) -> bool:
        """Whether nothing but white space stands on the line so far."""
        return not self.line.strip()

    @property
    def is_fenced(self) -> bool:
        """Whether this is inside a fenced block, or on the line that opens one."""
        return bool(self.fence) or bool(_FENCE.match(self.line.lstrip()))

    @property
    def is_quoted(self) -> bool:
        """Whether what comes next is inside a code span, or right behind an opening quotation mark."""
        if self.line and self.line[-1] in _QUOTES and (len(self.line) == 1 or self.line[-2] in " \t(["):
            return True
        opened = ""
        for run in _RUN.findall(self.line):
            opened = "" if run == opened else opened or run
        return bool(opened)

    def _end_line(self, line: str) -> None:
        stripped = line.strip()
        marks = _FENCE.match(stripped)
        if not marks:
            return
        mark = marks.group()
        if not self.fence:
            self.fence = "" if mark[0] == "`" and "`" in stripped[len(mark) :] else mark
        elif mark[0] == self.fence[0] and len(mark) >= len(self.fence) and stripped == mark:
            self.fence = ""
