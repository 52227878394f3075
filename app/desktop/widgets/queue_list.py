"""The requests that wait their turn, a line each; one can be taken back to where one types."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.desktop.text import tr
from app.desktop.widgets.keyboard import keep_keyboard
from app.desktop.widgets.plain_label import ElidedLabel


class QueueList(QWidget):
    """``taken_back`` carries the place of a request, counted from 0."""

    taken_back = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Requests that wait"))
        self._texts: list[str] = []
        self._rows: list[QWidget] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self.hide()

    def show_texts(self, texts: Sequence[str]) -> None:
        """Show these requests, the next one first."""
        if list(texts) == self._texts:
            return
        self._texts = list(texts)
        for row in self._rows:
            row.hide()
            row.deleteLater()
        self._rows = [self._row(number, text) for number, text in enumerate(texts)]
        for row in self._rows:
            self._layout.addWidget(row)
        self.setVisible(bool(texts))

    def _row(self, number: int, text: str) -> QWidget:
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(ElidedLabel(tr("Waiting: {text}", text=text)), 1)
        back = QPushButton(tr("Take back"))
        back.setProperty("kind", "flat")
        back.setAccessibleName(tr("Take back: {text}", text=text[:80]))
        back.clicked.connect(lambda: self.taken_back.emit(number))
        keep_keyboard(back)
        line.addWidget(back)
        return row
