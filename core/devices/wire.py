"""Values as they came over the wire: of the kind that is expected, or nothing. A machine that sends something else must not stop this one."""

from __future__ import annotations

import math
from typing import Any

MOST_ROWS = 1000


def number_in(value: Any, most: float) -> float | None:
    """A number above 0 and up to ``most``; None for anything else."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 < value <= most and math.isfinite(value) else None


def rows_in(value: Any) -> list[dict[str, Any]]:
    """The objects of a list, :data:`MOST_ROWS` at most."""
    return [row for row in value[:MOST_ROWS] if isinstance(row, dict)] if isinstance(value, list) else []


def texts_in(value: Any) -> list[str]:
    """The texts of a list, likewise."""
    return [text for text in value[:MOST_ROWS] if isinstance(text, str)] if isinstance(value, list) else []


def object_in(value: Any) -> dict[str, Any]:
    """An object; empty for anything else."""
    return value if isinstance(value, dict) else {}
