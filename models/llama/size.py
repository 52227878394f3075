"""How many parameters a GGUF has, by its header: what its publisher names, else the sum of its tensors.

Read here and not with ``gguf``, which takes seconds for a large vocabulary; a profile is asked for before anything is loaded.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from models.sources.store import files_of

_UNITS = {"K": 1e-6, "M": 1e-3, "B": 1.0, "T": 1e3}
_LABEL = re.compile(r"(?:(?P<many>\d+)x)?(?P<number>\d+(?:\.\d+)?)(?P<unit>[KMBT])", re.IGNORECASE)
_NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}  # GGUF's types of values
_STRING, _ARRAY, _LONGEST = 8, 9, 1 << 20


def billions(path: Path) -> float:
    """Parameters in 10⁹; 0.0 for what is no GGUF."""
    try:
        return _read(path, path.stat().st_mtime_ns)
    except OSError:
        return 0.0


@lru_cache(maxsize=256)
def _read(path: Path, changed: int) -> float:
    try:
        parts = [_count(file) for file in files_of(path)]
        return parts[0][0] or sum(counted for _, counted in parts)
    except (ValueError, struct.error, OverflowError, MemoryError):
        return 0.0


def _count(path: Path) -> tuple[float, float]:
    """What the publisher names (0.0: nothing), and the sum of the tensors in this file where nothing is named."""
    with path.open("rb") as file:
        if file.read(4) != b"GGUF" or _number(file, "I") < 2:
            raise ValueError("no GGUF that can be read here")
        tensors, pairs = _number(file, "Q"), _number(file, "Q")
        for name, value in _metadata(file, pairs):
            if name == "general.parameter_count":
                return float(value) / 1e9, 0.0
            if name == "general.size_label" and (named := labelled(str(value))):
                return named, 0.0
        return 0.0, sum(_elements(file) for _ in range(tensors)) / 1e9


def labelled(label: str) -> float:
    """``0.5B``, ``135M``, ``8x7B``: 0.0 where it is none of these."""
    match = _LABEL.search(label)
    return round(float(match["number"]) * _UNITS[match["unit"].upper()] * int(match["many"] or 1), 6) if match else 0.0


def _metadata(file: BinaryIO, pairs: int) -> Iterator[tuple[str, Any]]:
    for _ in range(pairs):
        yield _text(file), _value(file, _number(file, "I"))


def _value(file: BinaryIO, kind: int) -> Any:
    """A value; arrays are passed over."""
    if kind == _STRING:
        return _text(file)
    if kind != _ARRAY:
        return _number(file, _NUMBERS[kind]) if kind in _NUMBERS else _refuse()
    inner, count = _number(file, "I"), _number(file, "Q")
    if inner in _NUMBERS:
        file.seek(struct.calcsize(_NUMBERS[inner]) * count, 1)
    else:
        for _ in range(count):
            _value(file, inner)
    return None


def _elements(file: BinaryIO) -> int:
    """The elements of the next tensor."""
    _text(file)
    count = math.prod(_number(file, "Q") for _ in range(_number(file, "I")))
    _number(file, "I"), _number(file, "Q")  # its type and place
    return count


def _text(file: BinaryIO) -> str:
    size = _number(file, "Q")
    return file.read(size).decode("utf-8", "replace") if size <= _LONGEST else _refuse()


def _number(file: BinaryIO, kind: str) -> Any:
    return struct.unpack(f"<{kind}", file.read(struct.calcsize(f"<{kind}")))[0]


def _refuse() -> Any:
    raise ValueError("no GGUF that can be read here")
