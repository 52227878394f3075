"""Text that a person who looks at a document cannot see, marked as such before a model reads it.

Every reader uses it. :func:`mark_text` is for characters that show nothing, :func:`mark_html` for a page, :func:`mark` for a reader that knows
which words its format hides (Word's "hidden", white or one point high). The mark is ``[hidden text: …]``.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from tools.documents.styles import Sheet, is_hidden

_INLINE = ("a", "abbr", "b", "code", "em", "font", "i", "mark", "small", "span", "strong", "sub", "sup", "u")
MOST = 500  # letters of one hidden passage that are shown
# Joiners (200C, 200D) belong to emoji and to several scripts; only next to Latin letters, or several together, are they odd.
_ZERO_WIDTH = "\u200b\u2060-\u2064\ufeff\u180e"
_BIDI = "\u202a-\u202e\u2066-\u2069"
_TAGS = "\U000e0020-\U000e007e"
_ODD = re.compile(
    f"(?P<flag>\U0001f3f4[{_TAGS}]{{2,6}}\U000e007f)|(?P<tags>[{_TAGS}]+\U000e007f?)|(?P<bidi>[{_BIDI}])"
    f"|(?P<zero>[{_ZERO_WIDTH}][{_ZERO_WIDTH}\u200c\u200d]*|[\u200c\u200d][{_ZERO_WIDTH}\u200c\u200d]+|(?<=[A-Za-z])[\u200c\u200d](?=[A-Za-z]))"
)


def mark(words: str) -> str:
    """Words that a person cannot see, as ``[hidden text: …]``; empty where there are none."""
    plain = " ".join(words.split()).translate({ord("["): "(", ord("]"): ")"})  # the mark ends where it ends
    return f"[hidden text: {plain[:MOST]}{'…' if len(plain) > MOST else ''}]" if plain else ""


def mark_text(text: str) -> str:
    """``text`` with its invisible characters named in place. Lines stay lines, and what is visible stays as it is."""
    body = text.removeprefix("\ufeff")
    return body if body.isascii() else _ODD.sub(_name_of, body)


def _name_of(found: re.Match[str]) -> str:
    run = found[0]
    if found["flag"]:
        return run  # of a region, such as Scotland: a person sees it
    if found["tags"]:
        return mark("".join(chr(ord(letter) - 0xE0000) for letter in run if letter != "\U000e007f"))
    if found["bidi"]:
        return f"[hidden text: {unicodedata.name(run).lower()}]"
    return f"[hidden text: {len(run)} zero-width {'character' if len(run) == 1 else 'characters'}]"


def has_hidden(text: str) -> bool:
    """Whether a reader marked something in ``text``."""
    return "[hidden text: " in text


def mark_html(source: str) -> str:
    """A page with the words that its style hides marked in place. What is no HTML comes back as it is.

    Seen are the element's own style, its ``hidden`` attribute, ``<font>``, and rules of ``<style>`` for a tag, class or id. Sheets in files of their own are not fetched.
    """
    root = parse_html(source)
    if root is None:
        return source
    mark_elements(root)
    from lxml import html

    return str(html.tostring(root, encoding="unicode"))


def parse_html(source: str) -> Any:
    """The root element (lxml) of a page, None for what holds no element."""
    from lxml import etree, html

    try:
        return html.document_fromstring(source.encode("utf-8", "replace"), parser=html.HTMLParser(encoding="utf-8"))
    except (etree.ParserError, ValueError):
        return None


def mark_elements(root: Any) -> int:
    """Put the mark in place of each outermost hidden element with words in it; how many there were."""
    sheet = Sheet.of("\n".join(style.text or "" for style in root.iter("style")))
    found = {element for element in root.iter() if isinstance(element.tag, str) and is_hidden(element, sheet)}
    number = 0
    for element in found:
        if element.getparent() is None or any(above in found for above in element.iterancestors()):
            continue
        if marked := mark("".join(_words(element))):
            _replace(element, marked)
            number += 1
    return number


def _words(element: Any) -> list[str]:
    """The texts of an element, code and comments left out."""
    if not isinstance(element.tag, str) or element.tag in ("script", "style"):
        return []
    inside = (text for child in element for text in ("" if child.tag in _INLINE else " ", *_words(child), child.tail or ""))
    return [element.text or "", *inside]


def _replace(element: Any, text: str) -> None:
    for child in list(element):
        element.remove(child)
    for name in ("style", "hidden", "class", "id"):
        element.attrib.pop(name, None)  # extractors leave out what is hidden; the mark is to be read
    if element.tag in ("template", "noscript", "font"):
        element.tag = "span"
    element.text = text
