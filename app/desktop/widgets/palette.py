"""The command palette: type a few letters, press Enter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QObject, QSortFilterProxyModel, QStringListModel, Qt
from PySide6.QtWidgets import QApplication, QFrame, QLineEdit, QListView, QVBoxLayout, QWidget
from shiboken6 import isValid

from app.desktop.text import tr


class CommandPalette(QFrame):
    """A panel in the middle over its parent, which must lay nothing out itself (a splitter would make a column of it)."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        self.setProperty("kind", "card")
        self.setAutoFillBackground(True)
        self._before: QWidget | None = None  # what had the keyboard
        self._commands: dict[str, Callable[[], Any]] = {}
        self._model = QStringListModel(self)
        self._proxy = QSortFilterProxyModel(self)
        self._proxy.setSourceModel(self._model)
        self._proxy.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._field = QLineEdit()
        self._field.setPlaceholderText(tr("What do you want to do?"))
        self._field.setAccessibleName(tr("Command"))
        self._field.textChanged.connect(self._filter)
        self._field.installEventFilter(self)
        self._list = QListView()
        self._list.setModel(self._proxy)
        self._list.setAccessibleName(tr("Commands"))
        self._list.activated.connect(lambda _: self._run())
        self._list.clicked.connect(lambda _: self._run())
        layout = QVBoxLayout(self)
        layout.addWidget(self._field)
        layout.addWidget(self._list)
        self.hide()

    def open(self, commands: dict[str, Callable[[], Any]]) -> None:
        """Show the palette with these commands."""
        self._commands = dict(commands)
        self._before = QApplication.focusWidget()
        self._model.setStringList(list(self._commands))
        self._field.clear()
        width = min(560, self._over.width() - 40)
        self.setGeometry((self._over.width() - width) // 2, 60, width, min(420, self._over.height() - 100))
        self._filter("")
        self.show()
        self.raise_()
        self._field.setFocus()

    def offer(self, commands: dict[str, Callable[[], Any]]) -> None:
        """Add what became known while it stands open, below what is there."""
        fresh = [text for text in commands if text not in self._commands]
        self._commands |= {text: commands[text] for text in fresh}
        self._model.setStringList([*self._model.stringList(), *fresh])
        self._filter(self._field.text())

    def close_panel(self) -> None:
        """Go away; the keyboard is where it was before."""
        self.hide()
        if self._before is not None and isValid(self._before):
            self._before.setFocus()

    def _filter(self, text: str) -> None:
        self._proxy.setFilterRegularExpression(".*".join(_escaped(word) for word in text.split()))
        self._list.setCurrentIndex(self._proxy.index(0, 0))

    def _run(self) -> None:
        chosen = self._list.currentIndex().data()
        self.close_panel()
        if chosen in self._commands:
            self._commands[chosen]()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress:
            key = event.key()  # type: ignore[attr-defined]
            if key == Qt.Key.Key_Escape:
                self.close_panel()
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._run()
                return True
            if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                row = self._list.currentIndex().row() + (1 if key == Qt.Key.Key_Down else -1)
                self._list.setCurrentIndex(self._proxy.index(max(0, min(self._proxy.rowCount() - 1, row)), 0))
                return True
        return super().eventFilter(watched, event)


def _escaped(word: str) -> str:
    from PySide6.QtCore import QRegularExpression

    return QRegularExpression.escape(word)
