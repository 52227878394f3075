"""What is told over every page: a line with one thing to do and Close; some go by themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.desktop.text import tr
from app.desktop.widgets.keyboard import keep_keyboard
from app.desktop.widgets.plain_label import WrappingLabel

MOST = 3  # at a time; the oldest gives way


class Notices(QWidget):
    """They take neither the keyboard nor the place of anything; nothing is told twice at a time."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(16, 4, 16, 4)
        self._layout.setSpacing(4)
        self._shown: list[_Notice] = []
        self.hide()

    def tell(self, text: str, name: str, action: Callable[[], Any], *, seconds: float = 0, otherwise: Callable[[], Any] | None = None) -> None:
        """Show ``text`` with a button ``name`` that does ``action``. ``otherwise`` is done when it goes without that: closed, after ``seconds`` (0: it stays), or pushed out."""
        if not seconds and any(notice.text == text for notice in self._shown):
            return
        notice = _Notice(text, name, action, otherwise)
        notice.over.clicked.connect(lambda: self._end(notice, notice.otherwise))
        notice.button.clicked.connect(lambda: self._end(notice, notice.action))
        if seconds:
            QTimer.singleShot(int(seconds * 1000), notice, lambda: self._end(notice, notice.otherwise))
        while len(self._shown) >= MOST:
            self._end(self._shown[0], self._shown[0].otherwise)
        self._shown.append(notice)
        self._layout.addWidget(notice)
        self.show()
        QAccessible.updateAccessibility(QAccessibleEvent(notice, QAccessible.Event.Alert))

    def finish(self) -> bool:
        """The window closes: nothing can be taken back any more. Whether anything was done therefore."""
        is_any = any(notice.otherwise for notice in self._shown)
        while self._shown:
            self._end(self._shown[0], self._shown[0].otherwise)
        return is_any

    def _end(self, notice: _Notice, deed: Callable[[], Any] | None) -> None:
        if notice not in self._shown:
            return
        self._shown.remove(notice)
        notice.hide()
        notice.deleteLater()
        self.setVisible(bool(self._shown))
        if deed:
            deed()


class _Notice(QFrame):
    def __init__(self, text: str, name: str, action: Callable[[], Any], otherwise: Callable[[], Any] | None) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.text, self.action, self.otherwise = text, action, otherwise
        self.setAccessibleName(text)
        self.button, self.over = QPushButton(name), QPushButton(tr("Close"))
        self.button.setAccessibleName(f"{name}: {text[:80]}")
        self.over.setAccessibleName(tr("Close this message"))
        self.over.setProperty("kind", "flat")
        keep_keyboard(self.button, self.over)
        line = QHBoxLayout(self)
        line.setContentsMargins(12, 6, 8, 6)
        line.addWidget(WrappingLabel(text), 1)
        line.addWidget(self.button)
        line.addWidget(self.over)
