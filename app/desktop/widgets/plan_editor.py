"""A plan before it runs, to be changed: arguments written anew, steps moved, steps taken out. Everything by keyboard too."""

from __future__ import annotations

import json
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QFormLayout, QFrame, QHBoxLayout, QLineEdit, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from app.desktop.text import tr
from app.desktop.widgets.keyboard import keep_keyboard
from app.desktop.widgets.plain_label import beside, plain


class PlanEditor(QWidget):
    """Shows the steps of a plan; :meth:`steps` are those that the person left. ``changed`` after every change."""

    changed = Signal()

    def __init__(self, steps: list[dict[str, Any]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Steps of the plan"))
        self._before = json.dumps(steps)
        self._steps = [dict(step) for step in steps]
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(6)
        self._rows: list[_Row] = []
        self._show()

    def steps(self) -> list[dict[str, Any]]:
        """The steps as they stand, in order."""
        return [row.step() for row in self._rows]

    @property
    def is_changed(self) -> bool:
        return json.dumps(self.steps()) != self._before

    def _show(self, focus: tuple[int, str] = (-1, "")) -> None:
        is_ours = self.isAncestorOf(QApplication.focusWidget() or self.window())  # who only clicks goes on typing elsewhere
        for row in self._rows:
            row.hide()
            row.deleteLater()
        self._rows = [_Row(number, step, len(self._steps)) for number, step in enumerate(self._steps)]
        for number, row in enumerate(self._rows):
            row.moved.connect(lambda by, number=number: self._move(number, by))
            row.removed.connect(lambda number=number: self._remove(number))
            row.edited.connect(self.changed)
            self._layout.addWidget(row)
        if is_ours and 0 <= focus[0] < len(self._rows):
            self._rows[focus[0]].buttons[focus[1]].setFocus()

    def _move(self, number: int, by: int) -> None:
        """Steps in another order run in that order: each needs the one before it."""
        self._steps = self.steps()
        goal = number + by
        self._steps[number], self._steps[goal] = self._steps[goal], self._steps[number]
        for at, step in enumerate(self._steps):
            step["needs"] = [self._steps[at - 1]["id"]] if at else []
        self._show((goal, "up" if by < 0 else "down"))
        self.changed.emit()

    def _remove(self, number: int) -> None:
        self._steps = self.steps()
        gone = self._steps.pop(number)
        for step in self._steps:
            needs = [need for need in step.get("needs", []) if (need if isinstance(need, str) else need["step"]) != gone["id"]]
            step["needs"] = needs + [need for need in gone.get("needs", []) if need not in needs and len(needs) < len(step.get("needs", []))]
        self._show((min(number, len(self._steps) - 1), "remove"))
        self.changed.emit()


class _Row(QFrame):
    moved = Signal(int)
    removed = Signal()
    edited = Signal()

    def __init__(self, number: int, step: dict[str, Any], count: int) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._step = step
        self.fields: dict[str, QLineEdit | QPlainTextEdit] = {}
        title = plain(f"{number + 1}.  {step['tool']}", "strong")
        head = QHBoxLayout()
        head.addWidget(title, 1)
        self.buttons: dict[str, QPushButton] = {}
        for name, text, usable in (("up", tr("Up"), number > 0), ("down", tr("Down"), number < count - 1), ("remove", tr("Remove"), count > 1)):
            button = self.buttons[name] = QPushButton(text)
            button.setProperty("kind", "flat")
            keep_keyboard(button)
            button.setEnabled(usable)
            if count < 2:
                button.hide()  # showing the others here, before they have a parent, would make windows of them that take the keyboard
            button.setAccessibleName(tr("{action}: step {n}, {tool}", action=text, n=number + 1, tool=step["tool"]))
            head.addWidget(button)
        self.buttons["up"].clicked.connect(lambda: self.moved.emit(-1))
        self.buttons["down"].clicked.connect(lambda: self.moved.emit(1))
        self.buttons["remove"].clicked.connect(self.removed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 6, 10, 8)
        layout.setSpacing(4)
        layout.addLayout(head)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignVCenter)
        for key, value in step.get("args", {}).items():
            field = self.fields[key] = self._field(value)
            field.setAccessibleName(tr("{name} of step {n}", name=key, n=number + 1))
            form.addRow(beside(field, key), field)
        layout.addLayout(form)

    def _field(self, value: Any) -> QLineEdit | QPlainTextEdit:
        """A line, or a small page where the text has several."""
        if isinstance(value, str) and "\n" in value:
            page = QPlainTextEdit(value)
            page.setTabChangesFocus(True)
            page.setFixedHeight(16 + page.fontMetrics().lineSpacing() * min(6, value.count("\n") + 1))
            page.textChanged.connect(self.edited)
            return page
        line = QLineEdit(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        line.textEdited.connect(lambda _: self.edited.emit())
        return line

    def step(self) -> dict[str, Any]:
        """The step with the arguments as they are written now."""
        old = self._step.get("args", {})
        return self._step | {"args": {key: _as_value(field.toPlainText() if isinstance(field, QPlainTextEdit) else field.text(), old[key]) for key, field in self.fields.items()}}


def _as_value(text: str, old: Any) -> Any:
    if isinstance(old, str):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text  # the checks of the plan say what is wrong with it
