"""Patterns that somebody else wrote, held against a text in a box: one may try for ever, and nothing else in the process goes on meanwhile."""

from __future__ import annotations

import re

from core.errors import ToolError
from tools.sandbox.box import in_box

SECONDS = 1.0  # that looking may take
MOST = 20_000  # letters that are looked at


def is_like(pattern: str, text: str) -> bool:
    """Whether a pattern is in a text, upper and lower case alike; its own letters, where it is no pattern or takes too long."""
    if not set(pattern) & set("\\.^$*+?{}[]()|"):
        return pattern.lower() in text.lower()
    try:
        return bool(in_box(search, pattern, text[:MOST], seconds=SECONDS))
    except (ToolError, OSError):
        return pattern.lower() in text.lower()


def search(pattern: str, text: str) -> bool:
    """As :func:`is_like`; for as long as it takes."""
    try:
        return re.search(pattern, text, re.I) is not None
    except (re.error, RecursionError, OverflowError):
        return pattern.lower() in text.lower()
