"""The wheel scrolls the page; it changes no model, no rule and no time that happens to be under the pointer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt, QTime
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.desktop.pages.roles import RoleSelectors
from app.desktop.widgets.still_fields import StillSpinBox, StillTimeEdit

DESKTOP = Path(__file__).parents[2] / "app" / "desktop"


def turn(field: QWidget) -> bool:
    """Turn the wheel over a field by one notch; whether it took that for itself."""
    down = QPoint(0, -120)
    event = QWheelEvent(QPointF(3, 3), QPointF(3, 3), down, down, Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(field, event)
    return event.isAccepted()


def test_who_scrolls_past_the_roles_changes_none(qtbot: QtBot) -> None:
    selectors = RoleSelectors()
    qtbot.addWidget(selectors)
    selectors.show_models({"models": [{"id": name, "where": ""} for name in ("starter", "big", "bigger")], "roles": dict.fromkeys(("planner", "reviewer", "executor"), "starter")})
    selectors.show()
    chosen: list[tuple[str, str]] = []
    selectors.chosen.connect(lambda role, model: chosen.append((role, model)))
    for box in selectors._boxes.values():
        assert not turn(box) and box.currentText() == "starter" and not box.hasFocus()
    assert chosen == []


@pytest.mark.parametrize("kind", [StillSpinBox, StillTimeEdit])
def test_numbers_and_times_stay_as_they_are(kind: type[StillSpinBox] | type[StillTimeEdit], qtbot: QtBot) -> None:
    field = kind(QTime(9, 0)) if issubclass(kind, StillTimeEdit) else kind()
    qtbot.addWidget(field)
    field.show()
    before = field.text()
    assert not turn(field) and field.text() == before


def test_no_page_has_fields_of_another_kind() -> None:
    other = re.compile(r"\bQ(?:ComboBox|SpinBox|DoubleSpinBox|TimeEdit|DateEdit|DateTimeEdit|Slider)\(")
    found = {file.name for file in DESKTOP.rglob("*.py") if other.search(file.read_text(encoding="utf-8"))} - {"still_fields.py"}
    assert found == set()
