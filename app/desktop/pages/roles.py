"""The three selectors: which model plans, which reviews, which executes."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QWidget

from app.desktop.text import tr
from app.desktop.widgets.plain_label import beside
from app.desktop.widgets.still_fields import StillComboBox

ROLES = {"planner": "Planner", "reviewer": "Reviewer", "executor": "Executor"}
HINTS = {"planner": "makes the plan", "reviewer": "judges it before anything is done", "executor": "writes texts and answers"}


class RoleSelectors(QWidget):
    """``chosen`` carries a role and a model's id."""

    chosen = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        self._boxes: dict[str, QComboBox] = {}
        for role, text in ROLES.items():
            box = StillComboBox()
            box.setAccessibleName(f"{tr(text)}: {tr(HINTS[role])}")
            box.setToolTip(f"{tr(text)}: {tr(HINTS[role])}")
            box.setMinimumContentsLength(8)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.textActivated.connect(lambda model, role=role: self.chosen.emit(role, model))
            self._boxes[role] = box
            form.addRow(beside(box, tr(text)), box)

    def show_models(self, found: dict[str, Any]) -> None:
        """Fill the selectors from ``GET /api/models``; each entry's tooltip says where the model lives."""
        where = {row["id"]: row["where"] for row in found["models"]}
        for role, box in self._boxes.items():
            current = found["roles"][role]
            box.clear()
            for model in where if current in where else [current, *where]:
                box.addItem(model)
                box.setItemData(box.count() - 1, where.get(model, ""), 3)  # Qt.ItemDataRole.ToolTipRole
            box.setCurrentText(current)
