"""HTML: all its words in order, with headings, lists, tables and links, and what its style hides marked."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tools.documents import hidden
from tools.documents.content import Content
from tools.documents.encodings import decode

LONGEST_ALT = 100  # letters of what a picture is called; what is longer is text that nobody sees
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tr",
        "ul",
        "br",
    ]
)
_SILENT = frozenset(["script", "style", "head", "noscript", "iframe", "svg", "math", "object", "template"])


def read_html(path: Path, raw: bytes) -> Content | None:
    """The words of a page in a file; None where it is no text. Unlike a page of the web nothing of it is taken for decoration."""
    decoded = decode(raw)
    if decoded is None:
        return None
    root = hidden.parse_html(decoded.text)
    if root is None:
        return Content("html", "", "", "HTML")
    hidden.mark_elements(root)
    words: list[str] = []
    _walk(root, words)
    text = _tidied("".join(words))
    title = " ".join((root.findtext(".//title") or "").split())
    return Content("html", text, hidden.mark_text(text), f"HTML{', titled ' + title[:100] if title else ''}", encoding=decoded.encoding)


def _walk(element: Any, words: list[str]) -> None:
    tag = element.tag if isinstance(element.tag, str) else ""
    if tag and tag not in _SILENT:
        words.append(_before(tag))
        words.append(re.sub(r"\s+", " ", element.text or "") if tag != "pre" else element.text or "")
        for child in element:
            _walk(child, words)
        words.append(_after(element, tag))
    words.append(re.sub(r"\s+", " ", element.tail or ""))


def _before(tag: str) -> str:
    if re.fullmatch(r"h[1-6]", tag):
        return f"\n\n{'#' * int(tag[1])} "
    return "\n- " if tag == "li" else "\n" if tag in _BLOCKS else ""


def _after(element: Any, tag: str) -> str:
    if tag == "a" and str(element.get("href") or "").startswith(("http://", "https://", "mailto:")):
        return f" ({element.get('href')})"
    if tag == "img" and element.get("alt"):
        words = str(element.get("alt"))
        return f"[picture: {words}]" if len(words) <= LONGEST_ALT else f"[picture] {hidden.mark(words)}"  # a name is no secret; sentences that only a model reads are
    return " | " if tag in ("td", "th") and element.getnext() is not None else "\n" if tag in _BLOCKS and tag != "li" else ""


def _tidied(text: str) -> str:
    lines = [line.strip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
