"""A card that connects an account or a server: its name is chosen or typed, its key is tried, and what came of it is said in the card."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QFrame, QLabel, QLineEdit, QPushButton, QVBoxLayout

from app.desktop.connection import CoreConnection
from app.desktop.pages.model_search import StillComboBox
from app.desktop.pages.plain import heading, plain
from app.desktop.text import tr
from app.desktop.widgets.plain_label import beside

MOST_SHOWN = 6  # names of models in one sentence


class ConnectCard(QFrame):
    """``connected`` is called when a server was added. What is typed stays until then."""

    def __init__(self, connection: CoreConnection, connected: Callable[[], None]) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._connection, self._connected = connection, connected
        self._services: dict[str, dict[str, Any]] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 12, 14, 12)
        layout.addWidget(heading(tr("Connect a server or an account")))
        self.name, self.address, self.models, self.key = StillComboBox(), QLineEdit(), QLineEdit(), QLineEdit()
        self.name.setEditable(True)
        self.name.setMinimumContentsLength(12)
        self.name.currentTextChanged.connect(self._choose)
        self.models.setPlaceholderText(tr("those that it has; or some names, separated by commas"))
        self.key.setEchoMode(QLineEdit.EchoMode.Password)
        form = QFormLayout()
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        for widget, text in ((self.name, tr("Name")), (self.key, tr("Key")), (self.address, tr("Address")), (self.models, tr("Models"))):
            widget.setAccessibleName(text)
            form.addRow(beside(widget, text), widget)
        for field in (self.address, self.models, self.key):
            field.returnPressed.connect(self.connect_server)
        layout.addLayout(form)
        self.where = QLabel()  # where a key comes from
        self.where.setProperty("role", "muted")
        self.where.setWordWrap(True)
        self.where.setTextFormat(Qt.TextFormat.RichText)  # our own words only
        self.where.setOpenExternalLinks(True)
        self.where.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        layout.addWidget(self.where)
        self.said = plain("", "muted")
        self.said.hide()
        layout.addWidget(self.said)
        self.button = QPushButton(tr("Connect"))
        self.button.setProperty("kind", "primary")
        self.button.setAccessibleName(tr("Connect the server"))
        self.button.clicked.connect(self.connect_server)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)

    def look(self) -> None:
        """Read which services are known by name; what is typed stays."""
        self._connection.get("/api/models/services", self._show, self._failed)

    def _show(self, rows: list[dict[str, Any]]) -> None:
        self._services = {row["id"]: row for row in rows}
        if self.name.count() == 0:
            for row in rows:
                self.name.addItem(row["id"])
                self.name.setItemData(self.name.count() - 1, row["name"], Qt.ItemDataRole.ToolTipRole)
        self._choose(self.name.currentText())

    def _choose(self, text: str) -> None:
        row = self._services.get(text.strip().lower())
        if self.address.text() in ("", *(other["url"] for other in self._services.values())):  # one that was typed stays
            self.address.setText(row["url"] if row else "")
        wants_key = row is None or not row["local"]
        self.key.setPlaceholderText(tr("is in the keyring already") if row and row["has_key"] else tr("kept in the system's keyring") if wants_key else tr("none is needed"))
        self.where.setText(tr("The key of {service} comes from {page}", service=row["name"], page=f'<a href="{row["keys"]}">{row["keys"]}</a>') if row and row["keys"] else "")
        self.where.setVisible(bool(self.where.text()))

    def connect_server(self) -> None:
        """Try what is typed, and keep it if it is right."""
        name = self.name.currentText().strip().lower()
        if not name or not self.button.isEnabled():
            return
        self.button.setEnabled(False)
        self._say(tr("Asking {server} …", server=name))
        body = {
            "kind": "anthropic" if name == "anthropic" else "openai",
            "base_url": self.address.text().strip(),
            "models": [part.strip() for part in self.models.text().split(",") if part.strip()],
            "key": self.key.text().strip(),
            "tried": True,
        }
        self._connection.put(f"/api/models/providers/{quote(name, safe='')}", body, self._added, self._failed)

    def _added(self, row: dict[str, Any]) -> None:
        self.button.setEnabled(True)
        self.key.clear()
        self.models.clear()
        models = row["models"]
        shown = ", ".join(models[:MOST_SHOWN]) + (f" {tr('and {n} more', n=len(models) - MOST_SHOWN)}" if len(models) > MOST_SHOWN else "")
        said = tr("{server} is connected: {models}. Give it a role above.", server=row["name"], models=shown) if models else tr("{server} is connected.", server=row["name"])
        self._say(f"{said} {row['note']}".strip(), "muted" if models or not row["note"] else "bad")
        self._connected()

    def _failed(self, error: dict[str, Any]) -> None:
        self.button.setEnabled(True)
        self._say(f"{error['message']} {error.get('hint', '')}".strip(), "bad")

    def _say(self, text: str, role: str = "muted") -> None:
        self.said.setProperty("role", role)
        self.said.style().unpolish(self.said)
        self.said.style().polish(self.said)
        self.said.setText(text)
        self.said.show()
