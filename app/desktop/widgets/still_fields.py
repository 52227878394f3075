"""Fields that keep their value while somebody scrolls the page: without the focus they leave the wheel to it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QSpinBox, QTimeEdit, QWidget


def _wheel(field: QWidget, turn: Any, event: QWheelEvent) -> None:
    if field.hasFocus():
        turn(event)
    else:
        event.ignore()


class StillComboBox(QComboBox):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        _wheel(self, super().wheelEvent, event)


class StillSpinBox(QSpinBox):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        _wheel(self, super().wheelEvent, event)


class StillTimeEdit(QTimeEdit):
    def __init__(self, *values: Any) -> None:
        super().__init__(*values)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        _wheel(self, super().wheelEvent, event)
