"""Where the memory of one device goes: weights, cache, compute, the rest, and what is left, as one bar with words beside it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.desktop.text import bytes_text, tr
from app.desktop.theme import Theme

HEIGHT = 10  # points
PARTS = ("weights", "cache", "compute", "other")
_SHADES = {"weights": 1.0, "cache": 0.68, "compute": 0.45, "other": 0.28}  # of the accent


class MemoryBar(QWidget):
    """``parts`` in bytes by name, of ``whole`` bytes; more than the whole is drawn in the colour of a fault."""

    def __init__(self, theme: Theme, parts: dict[str, float], whole: float, what: str) -> None:
        super().__init__()
        self._theme, self._parts, self._whole = theme, parts, max(1.0, whole)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HEIGHT)
        self.setAccessibleName(f"{what}: {self.words()}")
        self.setToolTip(self.words())

    def sizeHint(self) -> QSize:
        return QSize(240, HEIGHT)

    def words(self) -> str:
        """The bar in words, for those who cannot see it and for the line under it."""
        names = {"weights": tr("weights"), "cache": tr("cache"), "compute": tr("buffers"), "other": tr("process")}
        told = [f"{names.get(name, name)} {bytes_text(size)}" for name, size in self._parts.items() if size]
        return tr("{parts} of {whole}", parts=", ".join(told) or bytes_text(0), whole=bytes_text(self._whole))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        outline = QPainterPath()
        outline.addRoundedRect(QRectF(self.rect()), HEIGHT / 2, HEIGHT / 2)
        painter.setClipPath(outline)
        painter.fillRect(self.rect(), QColor(self._theme.colors.raised))
        total = sum(self._parts.values())
        colour, scale, at = QColor(self._theme.colors.bad if total > self._whole else self._theme.colors.accent), self.width() / max(self._whole, total), 0.0
        for name, size in self._parts.items():
            shade = QColor(colour)
            shade.setAlphaF(_SHADES.get(name, 1.0))
            painter.fillRect(QRectF(at, 0, size * scale, HEIGHT), shade)
            at += size * scale


def bars(theme: Theme, found: dict[str, Any]) -> list[MemoryBar]:
    """One bar for each device of a fit, as ``/api/models/fit`` gives it."""
    return [MemoryBar(theme, {name: part[name] for name in PARTS}, part["budget"], f"{found['name']}, {device}") for device, part in found["parts"].items()]
