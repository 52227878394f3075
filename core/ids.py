"""Identifiers: short, sortable by time of creation, unique."""

from __future__ import annotations

import os
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford base 32, lower case


def new_id(prefix: str) -> str:
    """``prefix_`` and 16 characters: 9 for the time in milliseconds, 7 random (35 bits)."""
    number = (time.time_ns() // 1_000_000) << 35 | int.from_bytes(os.urandom(5), "big") >> 5
    letters = []
    for _ in range(16):
        number, digit = divmod(number, 32)
        letters.append(_ALPHABET[digit])
    return f"{prefix}_{''.join(reversed(letters))}"
