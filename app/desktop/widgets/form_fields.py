"""Fields for a JSON schema of an object: what an MCP server asks for, or the arguments of a tool that is tried by hand."""

from __future__ import annotations

import html
import json
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QLineEdit, QPlainTextEdit, QWidget

from app.desktop.text import tr
from app.desktop.widgets.plain_label import beside
from app.desktop.widgets.still_fields import StillComboBox

MOST = 40  # fields
LONGEST_NAME = 120  # letters of a field's name that are shown


class FormFields(QWidget):
    """``changed`` is sent whenever something is typed; :meth:`problem` says what is still missing or wrong, :meth:`values` what is filled in."""

    changed = Signal()

    def __init__(self, schema: dict[str, Any], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._schema = schema
        self._fields: dict[str, tuple[QWidget, dict[str, Any]]] = {}
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        needed = set(schema.get("required") or ())
        for name, row in list((schema.get("properties") or {}).items())[:MOST]:
            row = row if isinstance(row, dict) else {}
            field = self._field(row)
            label = f"{row.get('title') or name}{' *' if name in needed else ''}"
            field.setAccessibleName(label)
            about = str(row.get("description") or "")
            field.setToolTip(f"<p>{html.escape(about)}</p>" if about else "")  # another program's words: never read as markup
            if isinstance(field, QLineEdit):
                field.setPlaceholderText(str(row.get("description") or "")[:120])
            form.addRow(beside(field, label[:LONGEST_NAME]), field)
            self._fields[name] = (field, row)

    def _field(self, row: dict[str, Any]) -> QWidget:
        kind, default = _kind(row), row.get("default")
        if row.get("enum"):
            box = StillComboBox()
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(12)  # however long a choice is
            box.addItems(["", *map(str, row["enum"])])
            box.setCurrentText("" if default is None else str(default))
            box.currentTextChanged.connect(lambda _: self.changed.emit())
            return box
        if kind == "boolean":
            check = QCheckBox()
            check.setChecked(bool(default))
            check.toggled.connect(lambda _: self.changed.emit())
            return check
        if kind in ("array", "object"):
            text = QPlainTextEdit("" if default is None else json.dumps(default, ensure_ascii=False))
            text.setFixedHeight(64)
            text.setTabChangesFocus(True)
            text.setPlaceholderText(tr("JSON") if kind == "object" else tr("JSON, or one item a line"))
            text.textChanged.connect(self.changed.emit)
            return text
        line = QLineEdit("" if default is None else str(default))
        if row.get("format") == "password":
            line.setEchoMode(QLineEdit.EchoMode.Password)
        line.textChanged.connect(lambda _: self.changed.emit())
        return line

    def problem(self) -> str:
        """One sentence, or nothing."""
        values, needed = {}, self._schema.get("required") or ()
        try:
            values = self.values()
        except ValueError as error:
            return str(error)
        missing = [name for name in needed if name in self._fields and name not in values]
        return tr("Still missing: {names}", names=", ".join(missing)) if missing else ""

    def values(self) -> dict[str, Any]:
        """What is filled in, typed by the schema. Raises :class:`ValueError` in words."""
        found = {}
        for name, (field, row) in self._fields.items():
            value = _read(field, row, name)
            if value is not None:
                found[name] = value
        return found


def _kind(row: dict[str, Any]) -> str:
    kind = row.get("type")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), "string")
    if kind is None and (options := row.get("anyOf") or row.get("oneOf")):
        kind = next((option.get("type") for option in options if isinstance(option, dict) and option.get("type") not in (None, "null")), "string")
    return str(kind or "string")


def _read(field: QWidget, row: dict[str, Any], name: str) -> Any:
    kind = _kind(row)
    if isinstance(field, QCheckBox):
        return field.isChecked() if field.isChecked() or "default" in row else None
    if isinstance(field, QComboBox):
        return next((option for option in row["enum"] if str(option) == field.currentText()), None)
    text = field.toPlainText().strip() if isinstance(field, QPlainTextEdit) else field.text()  # type: ignore[attr-defined]
    if not text.strip():
        return None
    if kind in ("integer", "number"):
        try:
            return int(text) if kind == "integer" else float(text)
        except ValueError:
            raise ValueError(tr("{name} is no number.", name=name)) from None
    if kind in ("array", "object"):
        return _structured(text, kind, name)
    return text


def _structured(text: str, kind: str, name: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        if kind == "array":
            return [line.strip() for line in text.splitlines() if line.strip()]
        raise ValueError(tr("{name} is no JSON.", name=name)) from None
    if isinstance(value, list if kind == "array" else dict):
        return value
    raise ValueError(tr("{name} is no JSON.", name=name))
