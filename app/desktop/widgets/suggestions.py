"""What may follow ``/``, ``@`` and the like, in a list over the composer: arrows choose, Tab or Enter takes, Escape closes."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtWidgets import QFrame, QListView, QVBoxLayout, QWidget

from app.desktop.text import tr

Offer = tuple[str, str]  # what is shown, what is put in
Source = Callable[[str, Callable[[list[Offer]], None]], None]
ROWS = 8


class Suggestions(QFrame):
    """``taken`` carries what is to be put in the place of the mark and the letters after it."""

    taken = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "card")
        self._offers: list[Offer] = []
        self._model = QStringListModel(self)
        self._list = QListView()
        self._list.setModel(self._model)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setAccessibleName(tr("Suggestions"))
        self._list.setUniformItemSizes(True)
        self._list.clicked.connect(lambda _: self.take())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addWidget(self._list)
        self.hide()

    def offer(self, offers: list[Offer]) -> None:
        """Show these, or nothing where there are none."""
        self._offers = offers
        self._model.setStringList([shown for shown, _ in offers])
        self._list.setCurrentIndex(self._model.index(0, 0))
        row = max(20, self._list.sizeHintForRow(0))
        self._list.setFixedHeight(row * min(ROWS, max(1, len(offers))) + 4)
        self.setVisible(bool(offers))
        self._tell()

    def key(self, key: int) -> bool:
        """Whether the list made use of a key."""
        if not self.isVisible():
            return False
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            count = len(self._offers)
            row = (self._list.currentIndex().row() + (1 if key == Qt.Key.Key_Down else -1)) % count
            self._list.setCurrentIndex(self._model.index(row, 0))
            self._tell()
        elif key in (Qt.Key.Key_Tab, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.take()
        elif key == Qt.Key.Key_Escape:
            self.hide()
        else:
            return False
        return True

    def take(self) -> None:
        """Put in what is chosen."""
        row = self._list.currentIndex().row()
        self.hide()
        if 0 <= row < len(self._offers):
            self.taken.emit(self._offers[row][1])

    def _tell(self) -> None:
        row = self._list.currentIndex().row()
        if 0 <= row < len(self._offers):
            self.setAccessibleDescription(tr("{n} of {count}: {text}", n=row + 1, count=len(self._offers), text=self._offers[row][0]))
