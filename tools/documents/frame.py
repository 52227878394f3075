"""A frame around what a file holds, so that an order planted in it cannot be taken for the tool's own words."""

from __future__ import annotations

import hashlib
import re

_DASHES = "─━—–‒―‐-"
_END = re.compile(rf"[{_DASHES}]{{2}}\s{{0,9}}end\s{{1,9}}of\b", re.I)


def frame(name: str, about: str, content: str, part: str = "") -> str:
    """``content`` between an opening line, ``── name (about) ──``, and ``── end of name ──``; ``part`` ("lines 1 to 60") says of what part it is the end.

    Where the content has lines of that look, both lines carry a mark (``mark 3f9a2c``, in brackets) that does not occur in it.
    """
    shown = printable(name)
    mark = f"mark {_mark_for(content)}" if _looks_framed(content) else ""
    body = content if not content or content.endswith("\n") else content + "\n"
    return f"── {shown} ({printable(about)}{'; ' if mark else ''}{mark}) ──\n{body}── end of {printable(part) + ' of ' if part else ''}{shown}{f' ({mark})' if mark else ''} ──"


def printable(name: str) -> str:
    """A name on one line, without characters that would break out of it."""
    plain = "".join(letter if letter.isprintable() else "�" for letter in name)
    return re.sub(r"[─━]{2,}", "─", plain)


def _looks_framed(content: str) -> bool:
    """Whether a line stands between dashes, or dashes are followed by "end of". By code, as a pattern for whole lines takes forever on a long row of dashes."""
    if _END.search(content):
        return True
    lines = (line.strip() for line in content.splitlines() if line.lstrip()[:1] in tuple(_DASHES))
    return any(set(line[:2]) | set(line[-2:]) <= set(_DASHES) and line.strip(_DASHES + " ") for line in lines if len(line) > 4)


def _mark_for(content: str) -> str:
    """The same content gets the same mark, as results are compared; it is no word of the content."""
    for number in range(1000):
        mark = hashlib.sha256(f"{number}\n{content}".encode("utf-8", "replace")).hexdigest()[:6]
        if mark not in content.lower():
            return mark
    return hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()
