"""Settings: every declared setting, in place; what is wrong is said beside it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QFormLayout, QLabel, QLineEdit, QWidget

from app.desktop.connection import CoreConnection
from app.desktop.pages.plain import PlainPage, card, heading
from app.desktop.text import tr
from app.desktop.theme import Theme
from app.desktop.widgets.folder_field import FolderField
from app.desktop.widgets.still_fields import StillComboBox

_GROUPS = {
    "models": "Models",
    "discussion": "Discussion",
    "limits": "Limits",
    "switch": "Model switch",
    "run": "Runs",
    "privacy": "Privacy",
    "permission": "Permission",
    "memory": "Memory",
    "schedules": "Schedules",
    "devices": "Devices",
    "workspace": "Workspace",
    "storage": "Storage",
    "desktop": "Desktop",
}


LABEL = 340  # as wide as a question may be before it takes a second line


class SettingsPage(PlainPage):
    """``theme_chosen`` when the theme changes."""

    theme_chosen = Signal(str)

    def __init__(self, theme: Theme, connection: CoreConnection) -> None:
        super().__init__(theme, connection, tr("Settings"), tr("Kept in settings.toml in the data folder; you may edit it by hand too."))

    def refresh(self) -> None:
        self.connection.get("/api/settings", self._show, self.failed)

    def _show(self, rows: list[dict[str, Any]]) -> None:
        self.clear()
        forms: dict[str, QFormLayout] = {}
        for row in rows:
            group = row["key"].split(".")[0]
            if row["key"] == "desktop.first_run_done":
                continue
            if group not in forms:
                frame, layout = card()
                layout.addWidget(heading(tr(_GROUPS.get(group, group))))
                forms[group] = QFormLayout()
                forms[group].setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
                forms[group].setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
                layout.addLayout(forms[group])
                self.body.addWidget(frame)
            label, field = QLabel(tr(row["label"])), self._field(row)
            label.setWordWrap(True)
            label.setFixedWidth(LABEL)
            label.setBuddy(field)
            forms[group].addRow(label, field)

    def _field(self, row: dict[str, Any]) -> QWidget:
        field: QWidget
        if row["kind"] == "bool":
            field = QCheckBox()
            field.setChecked(row["value"])
            field.toggled.connect(lambda on: self._change(row["key"], on))
        elif row["choices"]:
            field = StillComboBox()
            field.addItems(row["choices"])
            field.setCurrentText(row["value"])
            field.textActivated.connect(lambda text: self._change(row["key"], text))
        elif row["key"] == "workspace.default":
            return self._folder(row)
        else:
            value = ", ".join(row["value"]) if row["kind"] == "list" else str(row["value"])
            field = QLineEdit(value)
            field.editingFinished.connect(lambda: self._change(row["key"], field.text()) if field.text() != value else None)  # type: ignore[attr-defined]
        field.setAccessibleName(tr(row["label"]))
        return field

    def _folder(self, row: dict[str, Any]) -> QWidget:
        """A folder counts once it is there."""
        folder = FolderField(row["value"], tr(row["label"]))

        def keep(_: str = "") -> None:
            path = folder.accept()
            if path is not None and path != row["value"]:
                row["value"] = path
                self._change(row["key"], path)

        folder.field.editingFinished.connect(keep)
        folder.made.connect(keep)
        folder.chosen.connect(keep)
        return folder

    def _change(self, key: str, value: Any) -> None:
        if key == "desktop.theme":
            self.theme_chosen.emit(value)
        self.connection.put(f"/api/settings/{key}", {"value": value}, None, self.failed)
