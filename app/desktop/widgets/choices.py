"""The answers that a question offers, as buttons under it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.desktop.text import tr
from app.desktop.widgets.narrow_buttons import ChoiceButton

MOST = 8  # choices


class Choices(QWidget):
    """``chosen`` carries the whole text of a choice. They come up while one may be typing: they listen like any consent."""

    chosen = Signal(str)

    def __init__(self, choices: list[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Answers to choose from"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 2, 0, 2)
        layout.setSpacing(6)
        for choice in choices[:MOST]:
            button = ChoiceButton(choice)
            button.clicked.connect(lambda _=False, choice=choice: self._choose(choice))
            layout.addWidget(button)

    def _choose(self, choice: str) -> None:
        self.setEnabled(False)  # a second click says nothing twice
        self.chosen.emit(choice)


def without_choices(text: str, choices: list[str]) -> str:
    """An answer without the numbered list at its end, where buttons say the same."""
    numbered = "".join(f"\n{number}. {choice}" for number, choice in enumerate(choices, 1))
    return text.removesuffix(numbered) if numbered else text
