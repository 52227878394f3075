"""The Tab order as one reads: columns from left to right, in each from top to bottom, whenever its parts were made."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QComboBox,
    QLayout,
    QLineEdit,
    QMainWindow,
    QPlainTextEdit,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QTextEdit,
    QWidget,
)  # fmt: skip

WHOLE = (QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit, QPlainTextEdit, QTextEdit)  # what is inside these is Qt's own affair


def chain_as_read(root: QWidget) -> None:
    """Let Tab go through what is visible in ``root`` in the order of reading."""
    for one, next_one in pairwise(in_reading_order(root)):
        QWidget.setTabOrder(one, next_one)


def in_reading_order(widget: QWidget) -> Iterator[QWidget]:
    """Every visible widget that Tab can reach, as one reads."""
    if not widget.isVisible():
        return
    if widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
        yield widget
    if not isinstance(widget, WHOLE):
        for part in _parts(widget):
            yield from in_reading_order(part)


def _parts(widget: QWidget) -> list[QWidget]:
    if isinstance(widget, QMainWindow | QScrollArea):
        return _there(widget.centralWidget() if isinstance(widget, QMainWindow) else widget.widget())
    if isinstance(widget, QStackedWidget):
        return _there(widget.currentWidget())
    if isinstance(widget, QSplitter):
        return _there(*(widget.widget(number) for number in range(widget.count())))
    layout = widget.layout()
    return list(_laid_out(layout)) if layout else [child for child in widget.children() if isinstance(child, QWidget)]


def _there(*widgets: QWidget | None) -> list[QWidget]:
    return [widget for widget in widgets if widget is not None]


def _laid_out(layout: QLayout) -> Iterator[QWidget]:
    for number in range(layout.count()):
        item = layout.itemAt(number)
        if item and (widget := item.widget()):
            yield widget
        elif item and (inner := item.layout()):
            yield from _laid_out(inner)
