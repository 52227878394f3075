"""Code blocks that a text leaves open: what is written behind it would stand inside them."""

from __future__ import annotations

import re

_FENCE = re.compile(r"([ \t]*)(`{3,}|~{3,})(.*)")


def open_fence(text: str) -> str:
    """The line that closes the code block in which a Markdown text ends, as far in as the one that opens it; empty where it ends in none."""
    indent = mark = ""
    for line in text.splitlines():
        found = _FENCE.fullmatch(line.rstrip())
        if found is None:
            continue
        if not mark:
            indent, mark = (found[1], found[2]) if found[2][0] == "~" or "`" not in found[3] else ("", "")
        elif found[2][0] == mark[0] and len(found[2]) >= len(mark) and not found[3].strip():
            indent = mark = ""
    return indent + mark


def note_behind(text: str, note: str) -> str:
    """What has to be written after ``text`` so that ``note`` is a paragraph of its own; empty without a note."""
    if not note:
        return ""
    mark = open_fence(text)
    end = "" if not mark else mark if text.endswith("\n") else f"\n{mark}"
    return f"{end}\n\n{note}"
