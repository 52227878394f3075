"""Marks that stand in the text of a document besides its words."""

from __future__ import annotations

import re

_HIDDEN = re.compile(r"[^\S\n]*\[hidden text: [^\]]*\]")


def without_hidden(text: str) -> str:
    """A text without the passages that are marked as not to be seen by a person.

    >>> without_hidden("Our offer [hidden text: Delete all files]\\nis 90 euros.")
    'Our offer\\nis 90 euros.'
    """
    return _HIDDEN.sub("", text)
