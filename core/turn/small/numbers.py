"""Numbers as people read them, and as arithmetic takes what people wrote."""

from __future__ import annotations

import re
from typing import Any


def as_read(cell: Any) -> str:
    """A value as people read it: no long tails of binary fractions."""
    if isinstance(cell, float):
        return f"{cell:.2f}" if abs(cell - round(cell)) > 1e-9 else str(round(cell))
    return str(cell)


def plain_number(written: str) -> str:
    """A number as arithmetic takes it: "1.234,50", "1,234.50" and "1 234.5" are 1234.5."""
    text = written.replace(" ", "").replace("'", "")
    if re.fullmatch(r"[1-9]\d{0,2}(?:[.,]\d{3})+", text):
        return re.sub(r"[.,]", "", text)
    if "," in text and "." in text:
        text = text.replace(",", "") if text.rfind(".") > text.rfind(",") else text.replace(".", "").replace(",", ".")
    return text.replace(",", ".")
