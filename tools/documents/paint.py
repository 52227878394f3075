"""Colours and clips as CSS writes them, as far as words can be hidden by them."""

from __future__ import annotations

import re

_NAMES = frozenset("white snow ivory ghostwhite floralwhite whitesmoke mintcream azure aliceblue honeydew seashell".split())  # noqa: SIM905 - names are read more easily so
_PALEST = 240  # of 255: letters whose every channel has so much cannot be told from white paper
_SIZE = r"(-?\d*\.?\d+)(px|pt|%|)"


def is_near_white(colour: str) -> bool:
    """Whether letters of this colour cannot be read on white."""
    channels = _channels(colour)
    return colour in _NAMES or (bool(channels) and min(channels) >= _PALEST)


def _channels(colour: str) -> list[float]:
    """Red, green and blue, 0 to 255; empty where it is none that is known."""
    if found := re.fullmatch(r"#([0-9a-f]{3})[0-9a-f]?", colour):
        return [int(letter * 2, 16) for letter in found[1]]
    if found := re.fullmatch(r"#([0-9a-f]{6})(?:[0-9a-f]{2})?", colour):
        return [int(found[1][place : place + 2], 16) for place in (0, 2, 4)]
    if found := re.fullmatch(r"rgba?\(([^)]*)\)", colour):
        parts = re.findall(r"(\d*\.?\d+)(%?)", found[1])[:3]
        return [float(number) * (2.55 if percent else 1) for number, percent in parts] if len(parts) == 3 else []
    if found := re.fullmatch(r"hsla?\([^)]*?[, ]\s*\d*\.?\d+%\s*[, ]\s*(\d*\.?\d+)%[^)]*\)", colour):
        return [float(found[1]) * 2.55] * 3
    return []


def is_clipped(clip: str) -> bool:
    """Whether a ``clip`` or ``clip-path`` leaves at most two pixels, or nothing, to be seen."""
    if found := re.match(r"rect\(([^)]*)\)", clip):
        top, right, bottom, left = ([float(number) for number, _ in re.findall(_SIZE, found[1])] + [0.0] * 4)[:4]
        return "auto" not in found[1] and (bottom - top <= 2 or right - left <= 2)
    if found := re.match(r"inset\(([^)]*)\)", clip):
        return any(unit == "%" and float(number) >= 50 for number, unit in re.findall(_SIZE, found[1]))
    if found := re.match(r"(?:circle|ellipse)\(\s*" + _SIZE, clip):
        return float(found[1]) <= 1
    if found := re.fullmatch(r"polygon\(([^)]*)\)", clip):
        return len({part.strip() for part in found[1].split(",")}) < 3
    return False
