"""Plain English that Debian and Python carry on the machine, for pre-training: documentation, manual pages, docstrings.

Everything read here is under a free licence of the package it belongs to; nothing of it is kept in this repository. Missing
packages only make the corpus smaller; worth installing first (Debian: python3-doc debian-handbook
debian-reference-en debian-faq developers-reference).
"""

from __future__ import annotations

import ast
import gzip
import html
import re
from collections.abc import Iterator
from pathlib import Path

ROOTS = (
    "/usr/share/doc",
    "/usr/share/man/man1",
    "/usr/share/man/man5",
    "/usr/share/man/man7",
    "/usr/share/man/man8",
    "/usr/share/perl",
    "/usr/share/debian-reference",
    "/usr/share/info",
)
_MARKUP = re.compile(r"<(script|style|head|nav)\b.*?</\1>|<[^>]+>", re.S | re.I)
_ROFF = re.compile(r"\\f[A-Z(]+?|\\[&%|^/,]|\\\(..|\\s[-+]?\d")
_SENTENCE = re.compile(r"[A-Z\"'(][^.!?]{20,300}[.!?](?=\s|$)")


def sentences(limit: int = 40_000_000) -> Iterator[str]:
    """Runs of prose, each a paragraph of at least one whole sentence; at most ``limit`` characters, each paragraph once."""
    seen: set[int] = set()
    total = 0
    for text in _texts():
        for paragraph in re.split(r"\n\s*\n", text):
            plain = re.sub(r"\s+", " ", paragraph).strip()
            key = hash(plain[:120])
            if not 60 <= len(plain) <= 4000 or key in seen or not _prose(plain):
                continue
            seen.add(key)
            total += len(plain)
            if total > limit:
                return
            yield plain


def _prose(text: str) -> bool:
    letters = sum(letter.isalpha() or letter == " " for letter in text)
    words = text.split()
    return letters / len(text) > 0.9 and bool(_SENTENCE.search(text)) and sum(map(len, words)) / len(words) < 7 and text.isascii()


def _texts() -> Iterator[str]:
    for root in ROOTS:
        for path in sorted(Path(root).rglob("*")):
            if path.is_file() and not path.is_symlink() and not re.search(r"changelog|copyright|NEWS\b|\.(?:png|svg|js|css|py|c|h|po)(?:\.gz)?$", path.name, re.I):
                yield _text(path)
    for path in sorted(Path(ast.__file__).parent.rglob("*.py")):
        if "test" not in path.parts and "site-packages" not in path.parts:
            yield _docstrings(path)


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()[:20_000_000]
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
    except (OSError, ValueError, EOFError):
        return ""
    if "/man/" in str(path):
        text = "\n".join("" if line[:1] in ".'" and not re.match(r"\.[BIR]{1,2} ", line) else re.sub(r"^\.[BIR]{1,2} ", "", line) for line in text.splitlines())
        return _ROFF.sub("", text).replace("\\-", "-")
    if re.search(r"\.x?html?(\.gz)?$", path.name):
        text = html.unescape(_MARKUP.sub(lambda m: "\n\n" if re.match(r"<(p|li|div|h\d|td|tr|dd|dt|br)\b", m.group(0), re.I) else "", text))
    return text


def _docstrings(path: Path) -> str:
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError):
        return ""
    found = [ast.get_docstring(node) for node in ast.walk(tree) if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)]
    return "\n\n".join(text for text in found if text)
