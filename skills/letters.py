"""What a person does not see in a text: hidden letters, letters that look like others, comments that are not shown, long encoded texts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from skills.findings import Finding
from skills.format import FILE
from skills.rules import RULES

HIDDEN = re.compile("[\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufff9-\ufffb\U000e0000-\U000e007f\u115f\u1160\u3164\uffa0]")
JOINERS = re.compile("(?<=[A-Za-z])[\u200c\u200d]+(?=[A-Za-z])")
_BLOB = re.compile(r"(?<![\w/+=.-])[A-Za-z0-9+/]{160,}={0,2}(?![\w/+=])")
_COMMENT = re.compile(r"<!--(.*?)-->", re.S)
_SPACES = "\u200b\u2060\u00a0\u2028\u2029"  # that pages leave behind when they are copied; many of them carry something
MOST_SPACES = 7  # side by side
_LOOKS = frozenset(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u04bb\u0501\u051b\u051d\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u03bf\u03bd\u03b9\u03c1\u03ba\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a7\u0578\u057d\u0585\u13a0\u13a1\u13aa\u13b3\u13bb\u13d2\u13da"
)
_DOES = re.compile(r"\b(?:ignore|execute|run|send|upload|fetch|curl|wget|you must|never tell|override)\b", re.I)
_ORDER = re.compile(
    r"\b(?:ignore|execute|run|send|upload|fetch|curl|wget|instruction|assistant|agent|you must|always|never tell|password|token|api[ _-]?key|secret|override|http)\b", re.I
)


def hidden(name: str, text: str) -> Iterator[Finding]:
    """Letters that are not shown, and words of letters that look like others."""
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        found = [*HIDDEN.findall(line), *JOINERS.findall(line)]
        if found and not _is_right_to_left(line):
            strays = name != FILE and all(letter in _SPACES for letter in found) and not re.search(f"[{_SPACES}]{{{MOST_SPACES},}}", line)
            named = ", ".join(sorted({f"U+{ord(letter[0]):04X}" for letter in found}))[:120]
            yield Finding("warn" if strays else "block", "hidden", name, number, "holds characters that nobody sees", named)
        if mixed := _mixed_word(line):
            yield Finding(
                "block" if not _speaks_of_letters(line) and ("://" in line or "`" in line or name != FILE) else "warn",
                "look-alike",
                name,
                number,
                "writes a word in letters of two alphabets, which look alike",
                mixed,
            )


def _is_right_to_left(line: str) -> bool:
    """Hebrew and Arabic text uses marks of direction."""
    return any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in line)


def _speaks_of_letters(line: str) -> bool:
    """Whether words of another alphabet stand beside: a text in that language, or about it."""
    return any(_LOOKS & set(word) and not _has_latin(word) for word in re.findall(r"[^\W\d_]{2,}", line))


def _mixed_word(line: str) -> str:
    """A Latin word with letters in it that only look Latin; what looks like nothing Latin (μmol, ΔT) deceives nobody."""
    for word in re.findall(r"[^\W\d_]{4,}", line) if not line.isascii() else ():
        if _LOOKS & set(word) and _has_latin(word):
            return str(word)
    return ""


def _has_latin(word: str) -> bool:
    return any("LATIN" in unicodedata.name(letter, "") for letter in word)


def comments(name: str, text: str) -> Iterator[Finding]:
    """Comments in Markdown and HTML are not shown to the person, and read by a model."""
    if not name.lower().endswith((".md", ".html", ".txt")):
        return
    for match in _COMMENT.finditer(text):
        inside = match[1].strip()
        number = text.count("\n", 0, match.start()) + 1
        orders = {word.lower() for word in _ORDER.findall(inside)}
        if (len(orders) >= 2 and _DOES.search(inside)) or any(rule.severity == "block" and rule.found_in(inside) for rule in RULES):
            yield Finding("block", "hidden", name, number, "gives orders in a comment that is not shown", " ".join(inside.split())[:160])


def blobs(name: str, text: str) -> Iterator[Finding]:
    """Long encoded texts: a doubt; where something nearby decodes and runs, a fault."""
    if name.lower().endswith((".svg", ".csv", ".lock")):
        return
    for match in _BLOB.finditer(text):
        around = text[max(0, match.start() - 300) : match.end() + 300]
        if "data:image" in around or "data:font" in around or len(set(match[0])) < 12:
            continue
        runs = re.search(r"\b(?:eval|exec|bash|sh|python|powershell|execute|run this|decode and)\b", around) and re.search(r"base64|b64|decode|fromhex|atob|-enc", around, re.I)
        yield Finding(
            "block" if runs else "warn",
            "encoded",
            name,
            text.count("\n", 0, match.start()) + 1,
            "holds a long encoded text" + (" that is decoded and run" if runs else ""),
            match[0][:40] + "…",
        )
