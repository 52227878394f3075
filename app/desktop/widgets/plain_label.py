"""Labels of words that are not read as markup: what other programs and pages wrote could hide a part of itself."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QSizePolicy, QWidget

LONG_WORD, PIECE = 24, 8  # letters: a longer word may break, after every so many
BREAK = "\u200b"  # a space of no width, where a line may end


class WrappingLabel(QLabel):
    """Shows words as they are and breaks long ones, so that a file's name makes nothing wider than its column."""

    def __init__(self, text: str = "", role: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._whole = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        if role:
            self.setProperty("role", role)
        self.setText(text)

    def setText(self, text: str) -> None:
        self._whole = text
        super().setText(break_long_words(text))

    def text(self) -> str:
        return self._whole


class ElidedLabel(QLabel):
    """One line that is cut with an ellipsis where there is no room; the tooltip has the whole."""

    def __init__(self, text: str = "", role: str = "muted", mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight) -> None:
        super().__init__()
        self._whole, self._tip, self._mode = "", "", mode
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setText(text)

    def setText(self, text: str) -> None:
        self._whole = " ".join(text.split())
        self.setAccessibleName(self._whole)
        self._shorten()

    def text(self) -> str:
        return self._whole

    def set_whole_tip(self, text: str) -> None:
        """A tooltip that is always there, in the place of the whole line."""
        self._tip = text
        self._shorten()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._shorten()

    def _shorten(self) -> None:
        shown = self.fontMetrics().elidedText(self._whole, self._mode, self.width())
        super().setText(shown)
        self.setToolTip(self._tip or ("" if shown == self._whole else self._whole))


def break_long_words(text: str) -> str:
    """Let words of more than :data:`LONG_WORD` letters break."""
    return re.sub(rf"\S{{{LONG_WORD + 1},}}", lambda word: BREAK.join(re.findall(rf".{{1,{PIECE}}}", word[0])), text)


def plain(text: str, role: str = "") -> QLabel:
    """A label that wraps, of a role of the style sheet."""
    return WrappingLabel(text, role)


def beside(field: QWidget, text: str) -> QLabel:
    """A form's name for a field: in the middle of one of a single line, where a form layout would set it higher."""
    label = plain(text)
    label.setWordWrap(len(text) > LONG_WORD)
    label.setBuddy(field)
    if not isinstance(field, QPlainTextEdit):
        label.setMinimumHeight(field.sizeHint().height())
    return label
