"""TeX as a picture, by ziamath: pure Python with its own fonts, nothing fetched. What it cannot set is None, and shown as it was written."""

from __future__ import annotations

import logging
import re
import warnings
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QImage, QPainter

log = logging.getLogger("deskhand.desktop")
SIZE = 17.0  # pixels of the letters: beside 14 pixels of the text's sans serif they look as high
AXIS = 3.6  # pixels of the middle of a line above its baseline: half the height of an x
WIDEST = 620.0  # pixels; what is wider is drawn smaller
MOST_LETTERS, DEEPEST = 400, 5  # the time to set doubles with each level: 0.1 s at five of them
SCHEME = "formula"
_OPENS, _CLOSES = re.compile(r"(?<!\\)\{|\\left\b|\\begin\b"), re.compile(r"(?<!\\)\}|\\right\b|\\end\b")
_VIEW = re.compile(r'viewBox="([-\d. ]+)"')


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula as SVG, black on nothing; ``width`` and ``height`` in pixels of a picture whose middle belongs on the middle of its line."""

    svg: str
    left: float
    top: float
    width: float
    height: float
    scale: float = 1.0


@lru_cache(maxsize=512)
def typeset(tex: str, is_display: bool) -> Formula | None:
    """None where it is no TeX that can be set, or too much of it."""
    if not tex or len(tex) > MOST_LETTERS or _depth(tex) > DEEPEST:
        return None
    try:
        svg = str(_ziamath().Latex(tex, size=SIZE, inline=not is_display).svg())
        left, top, width, height = map(float, _VIEW.search(svg)[1].split())  # type: ignore[index]
    except ImportError:
        return None
    except Exception as error:  # its parser raises whatever it comes upon
        log.info("a formula cannot be set: %s", type(error).__name__)
        return None
    half = max(-top - AXIS, top + height + AXIS)
    scale = min(1.0, WIDEST / width) if width > 0 else 1.0
    return Formula(svg, left, -AXIS - half, width, 2 * half, scale)


@cache
def _ziamath() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it finds its fonts by a function that Python 3.11 wants replaced and 3.13 does not
        import ziamath
    ziamath.config.svg2 = False  # Qt draws paths, not symbols
    return ziamath


def _depth(tex: str) -> int:
    deepest = depth = 0
    for mark in sorted((*((found.start(), 1) for found in _OPENS.finditer(tex)), *((found.start(), -1) for found in _CLOSES.finditer(tex)))):
        depth += mark[1]
        deepest = max(deepest, depth)
    return deepest


def picture_tag(tex: str, is_display: bool, theme: str) -> str:
    """The ``<img>`` of a formula, by which :func:`draw` finds it; empty where it cannot be set."""
    if (found := typeset(tex, is_display)) is None:
        return ""
    name = f"{SCHEME}:{theme}-{'d' if is_display else 'i'}-{tex.encode().hex()}"
    return f'<img src="{name}" width="{found.width * found.scale:.1f}" height="{found.height * found.scale:.1f}" style="vertical-align: middle" />'


def tex_of(name: str) -> str:
    """What the picture of a name shows, with its dollars; empty where it is no formula."""
    if not name.startswith(f"{SCHEME}:"):
        return ""
    kind, _, coded = name.partition("-")[2].partition("-")
    mark = "$$" if kind == "d" else "$"
    return f"{mark}{bytes.fromhex(coded).decode()}{mark}"


def draw(name: str, color: Any, ratio: float) -> QImage | None:
    """The picture of a formula in a colour, ``ratio`` device pixels a pixel."""
    kind, _, coded = name.partition("-")[2].partition("-")
    found = typeset(bytes.fromhex(coded).decode(), kind == "d")
    if found is None:
        return None
    from PySide6.QtSvg import QSvgRenderer

    image = QImage(max(1, round(found.width * found.scale * ratio)), max(1, round(found.height * found.scale * ratio)), QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    renderer = QSvgRenderer(QByteArray(found.svg.encode()))
    renderer.setViewBox(QRectF(found.left, found.top, found.width, found.height))
    painter = QPainter(image)
    renderer.render(painter)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.fillRect(image.rect(), color)
    painter.end()
    image.setDevicePixelRatio(ratio)
    return image
