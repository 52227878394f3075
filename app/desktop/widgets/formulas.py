"""Formulas in Markdown: found before Markdown eats their backslashes, handed on as tokens ``formula`` and ``formula_block``.

``$…$`` as Pandoc reads it (so that "$5 and $10" are prices), ``$$…$$``, ``\\(…\\)``, ``\\[…\\]`` and ``\\begin{…}…\\end{…}``. A token's ``content`` is the TeX,
its ``markup`` the text as it was written; ``hidden`` means that it is open: what is not closed is shown as it is.
"""

from __future__ import annotations

import re
from typing import Any

_CLOSING = {"$$": "$$", "\\[": "\\]", "\\(": "\\)"}
_DOLLARS = re.compile(r"\$(?![\s$])((?:\\.|[^\\$\n])*?(?:\\.|[^\\$\s]))\$(?![\w$])")
_ENVIRONMENT = re.compile(r"\\begin\{([a-zA-Z]+\*?)\}")
_LIKE_MATHS = re.compile(r"[\\^_{=]")
_KEPT = ",;:"  # a backslash before one of them is TeX: in Markdown there is nothing to escape


def add_formulas(parser: Any) -> None:
    """Teach a ``MarkdownIt`` to find formulas."""
    parser.inline.ruler.before("escape", "formula", _inline)
    parser.block.ruler.before("fence", "formula_block", _block, {"alt": ["paragraph", "reference", "blockquote", "list"]})


def _inline(state: Any, silent: bool) -> bool:
    source, at = state.src, state.pos
    if source[at] not in "$\\":
        return False
    if source[at] == "\\" and source[at + 1 : at + 2] and source[at + 1] in _KEPT:
        return _push_text(state, source[at : at + 2], silent)
    if (opening := source[at : at + 2]) in _CLOSING:
        end = source.find(_CLOSING[opening], at + 2)
        if end > at + 2:
            return _push(state, source[at + 2 : end], source[at : end + 2], silent, is_display=opening != "\\(")
        if end < 0 and _LIKE_MATHS.search(source, at + 2):
            return _push(state, source[at + 2 :], source[at:], silent, is_open=True)
        return False
    if not source[max(0, at - 1) : at].isalnum() and (found := _DOLLARS.match(source, at)):  # not the prices "US$5" and "7$"
        return _push(state, found[1], found[0], silent)
    return False


def _push(state: Any, tex: str, written: str, silent: bool, is_display: bool = False, is_open: bool = False) -> bool:
    if not silent:
        token = state.push("formula", "math", 0)
        token.content, token.markup, token.hidden, token.meta = tex.strip(), written, is_open, {"display": is_display}
    state.pos += len(written)
    return True


def _push_text(state: Any, text: str, silent: bool) -> bool:
    if not silent:
        state.pending += text
    state.pos += len(text)
    return True


def _block(state: Any, first: int, last: int, silent: bool) -> bool:
    """A formula that begins a line and ends one; of several lines, without a blank one."""
    line = state.getLines(first, first + 1, 0, False).strip()
    environment = _ENVIRONMENT.match(line)
    opening = "" if environment else line[:2]
    closing = f"\\end{{{environment[1]}}}" if environment else _CLOSING.get(opening, "")
    if state.is_code_block(first) or not closing or opening == "\\(":
        return False
    written, after = _until(state, first, last, closing, len(opening))
    inside = written[len(opening) :]
    is_open = closing not in inside
    tex, _, behind = inside.rpartition(closing) if not is_open else (inside, "", "")
    if behind.strip(" .,;") or (is_open and not _LIKE_MATHS.search(inside)):
        return False
    if not silent:
        token = state.push("formula_block", "math", 0)
        token.content, token.markup, token.hidden, token.block = (tex + closing if environment else tex).strip() + behind.strip(), written, is_open, True
        token.map = [first, after]
        state.line = after
    return True


def _until(state: Any, first: int, last: int, closing: str, skip: int) -> tuple[str, int]:
    """The lines up to the one with ``closing``, or to a blank one, and the number of the line after them."""
    lines: list[str] = []
    for number in range(first, last):
        if state.isEmpty(number) or (number > first and state.sCount[number] < state.blkIndent):
            return "\n".join(lines), number
        lines.append(state.getLines(number, number + 1, state.blkIndent, False).strip())
        if closing in (lines[-1][skip:] if number == first else lines[-1]):
            return "\n".join(lines), number + 1
    return "\n".join(lines), last
