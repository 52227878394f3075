"""What the plain pages share: a title, a sentence, a scrolling body."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.desktop.connection import CoreConnection
from app.desktop.text import tr
from app.desktop.theme import Theme
from app.desktop.widgets.consent import ConsentButton
from app.desktop.widgets.plain_label import plain


class PlainPage(QScrollArea):
    """A page of cards; ``refresh`` is called whenever it is shown."""

    def __init__(self, theme: Theme, connection: CoreConnection, title: str, sentence: str) -> None:
        super().__init__()
        self.theme, self.connection = theme, connection
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(title)
        page = QWidget()
        page.setObjectName("page")
        centre = QHBoxLayout(page)
        centre.setContentsMargins(0, 0, 0, 0)
        column = QWidget()
        column.setMaximumWidth(980)
        centre.addWidget(column)
        outer = QVBoxLayout(column)
        outer.setContentsMargins(24, 20, 24, 24)
        outer.setSpacing(12)
        heading = QLabel(title)
        heading.setProperty("role", "title")
        outer.addWidget(heading)
        outer.addWidget(muted(sentence))
        self.body = QVBoxLayout()
        self.body.setSpacing(10)
        outer.addLayout(self.body)
        outer.addStretch(1)
        self.setWidget(page)

    def clear(self) -> None:
        """Empty the body."""
        empty(self.body)

    def refresh(self) -> None:
        """Read again what is shown."""

    def failed(self, error: dict) -> None:
        """Show an error in place."""
        self.body.insertWidget(0, plain(f"{error['message']} {error.get('hint', '')}", "bad"))


def empty(layout: QLayout) -> None:
    """Take everything out of a layout, and out of those within."""
    while item := layout.takeAt(0):
        if widget := item.widget():
            widget.deleteLater()
        elif inner := item.layout():
            empty(inner)


def muted(text: str) -> QLabel:
    return plain(text, "muted")


def heading(text: str) -> QLabel:
    return plain(text, "heading")


def state_label(text: str, role: str) -> QLabel:
    """A word or two that stay on one line."""
    label = plain(text, role)
    label.setWordWrap(False)
    return label


def button(text: str, about: str, act: Callable[[], None], kind: str = "") -> QPushButton:
    """A button whose spoken name says what it is about."""
    made = QPushButton(text)
    made.setAccessibleName(f"{text}: {about}")
    if kind:
        made.setProperty("kind", kind)
    made.clicked.connect(lambda: act())
    return made


def consent_button(text: str, about: str, act: Callable[[], None], kind: str = "") -> ConsentButton:
    """A button that grants something: as :func:`button`, and deaf for its first second."""
    made = ConsentButton(text)
    made.setAccessibleName(f"{text}: {about}")
    if kind:
        made.setProperty("kind", kind)
    made.clicked.connect(lambda: act())
    return made


def card() -> tuple[QFrame, QVBoxLayout]:
    """A framed box and its layout."""
    frame = QFrame()
    frame.setProperty("kind", "card")
    layout = QVBoxLayout(frame)
    layout.setContentsMargins(14, 12, 14, 12)
    layout.setSpacing(6)
    return frame, layout


__all__ = ["PlainPage", "button", "card", "consent_button", "heading", "muted", "plain", "state_label", "tr"]
