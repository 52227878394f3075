"""Buttons that fit where there is little room: one that shortens its line, and one whose words wrap."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.desktop.widgets.consent import ConsentButton, FocusIntent
from app.desktop.widgets.keyboard import keep_keyboard
from app.desktop.widgets.plain_label import plain

LEAST = 60  # pixels that are left of a line in the end


class LineButton(QPushButton):
    """As wide as its line where there is room; else the line is cut with an ellipsis."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.line = ""
        keep_keyboard(self)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)  # a push button's own never lets it be narrower than its text

    def set_line(self, text: str) -> None:
        """Show this text, whatever letters are in it."""
        if text != self.line:
            self.line = text
            self.setText(_as_shown(text))  # what it would like to be as wide as
            self.updateGeometry()
            self._shorten()

    def sizeHint(self) -> QSize:
        hint, margin = super().sizeHint(), super().sizeHint().width() - self.fontMetrics().horizontalAdvance(self._plain())
        return QSize(self.fontMetrics().horizontalAdvance(self.line) + margin, hint.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(LEAST, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._shorten()

    def _plain(self) -> str:
        return self.text().replace("&&", "&")

    def _shorten(self) -> None:
        room = self.width() - (self.sizeHint().width() - self.fontMetrics().horizontalAdvance(self.line))
        if self.width() < self.sizeHint().width():
            self.setText(_as_shown(self.fontMetrics().elidedText(self.line, Qt.TextElideMode.ElideRight, room)))
        else:
            self.setText(_as_shown(self.line))


def _as_shown(text: str) -> str:
    return text.replace("&", "&&")


class ChoiceButton(ConsentButton):
    """A choice of any length, wrapped."""

    def __init__(self, text: str, intent: FocusIntent | None = None, parent: QWidget | None = None) -> None:
        super().__init__("", intent, parent)
        self.setAccessibleName(text)
        label = plain(text)
        label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 7, 12, 7)
        layout.addWidget(label)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        layout = self.layout()
        return layout.totalHeightForWidth(width) if layout else super().heightForWidth(width)

    def sizeHint(self) -> QSize:
        return QSize(240, self.heightForWidth(self.width()))

    def minimumSizeHint(self) -> QSize:
        return QSize(LEAST, self.heightForWidth(self.width()))
