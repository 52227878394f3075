"""Names and values in two columns, which change in place."""

from __future__ import annotations

from itertools import zip_longest

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QLabel, QWidget


class FactList(QWidget):
    """Rows stay and take other words: a row deleted at each event crashed Qt now and then, and lost what was selected in it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setHorizontalSpacing(12)
        self._rows: list[tuple[QLabel, QLabel]] = []

    def show_facts(self, facts: dict[str, str]) -> None:
        """Show these and nothing else."""
        while len(self._rows) < len(facts):
            self._add_row()
        for number, (row, fact) in enumerate(zip_longest(self._rows, facts.items())):
            self._form.setRowVisible(number, fact is not None)
            for label, text in zip(row, fact or ("", ""), strict=True):
                if label.text() != text:
                    label.setText(text)

    def texts(self) -> dict[str, str]:
        """What is shown now."""
        return {name.text(): value.text() for number, (name, value) in enumerate(self._rows) if self._form.isRowVisible(number)}

    def _add_row(self) -> None:
        name, value = QLabel(), QLabel()
        name.setProperty("role", "muted")
        for label in (name, value):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._form.addRow(name, value)
        self._rows.append((name, value))
