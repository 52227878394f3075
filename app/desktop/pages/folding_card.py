"""A card that opens: a line with a name and states; what is inside is asked of the core when it is opened."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.desktop.connection import CoreConnection
from app.desktop.pages.plain import button, heading, plain, state_label
from app.desktop.text import tr


class FoldingCard(QFrame):
    """``path`` is what the core is asked for; its answer goes to :meth:`_fill`. ``changed`` when the page should read again, ``folded`` when it was opened or closed."""

    changed = Signal()
    folded = Signal(bool)

    def __init__(self, path: str, name: str, states: Iterable[tuple[str, str]], connection: CoreConnection, is_open: bool) -> None:
        """``states``: words with the role that colours them."""
        super().__init__()
        self.setProperty("kind", "card")
        self._path, self._connection = path, connection
        self._inside: QWidget | None = None
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(14, 10, 14, 10)
        line = QHBoxLayout()
        line.addWidget(heading(name), 1)
        for words, role in states:
            line.addWidget(state_label(words, role))
        self._toggle = button(tr("Close") if is_open else tr("Open"), name, self._turn, "flat")
        line.addWidget(self._toggle)
        self._layout.addLayout(line)

    def open(self) -> None:
        """Show what is inside; once the rest of the card is there."""
        self._inside = QWidget()
        QVBoxLayout(self._inside).setContentsMargins(0, 4, 0, 0)
        self._layout.addWidget(self._inside)
        self._connection.get(self._path, self._fill, self._failed)

    def _turn(self) -> None:
        if self._inside is None:
            self.open()
        else:
            self._inside.deleteLater()
            self._inside = None
        self._toggle.setText(tr("Close") if self._inside else tr("Open"))
        self.folded.emit(self._inside is not None)

    def _fill(self, row: dict[str, Any]) -> None:
        raise NotImplementedError

    def _failed(self, error: dict[str, Any]) -> None:
        self._layout.addWidget(plain(f"{error['message']} {error.get('hint', '')}".strip(), "bad"))
