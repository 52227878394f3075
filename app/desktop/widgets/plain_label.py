"""Labels of words that are not read as markup: what other programs and pages wrote could hide a part of itself."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QWidget


def plain(text: str, role: str = "") -> QLabel:
    """A label that wraps, of a role of the style sheet."""
    label = QLabel(text)
    make_plain(label, role)
    return label


def make_plain(label: QLabel, role: str = "") -> None:
    """Let a label show words as they are, wrapped, in a role of the style sheet."""
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    if role:
        label.setProperty("role", role)


def beside(field: QWidget, text: str) -> QLabel:
    """A form's name for a field: in the middle of one of a single line, where a form layout would set it higher."""
    label = plain(text)
    label.setWordWrap(False)
    label.setBuddy(field)
    if not isinstance(field, QPlainTextEdit):
        label.setMinimumHeight(field.sizeHint().height())
    return label
