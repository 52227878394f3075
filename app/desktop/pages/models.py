"""Models: who plans, reviews and executes; what there is; adding a server."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QComboBox, QFormLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton

from app.desktop.connection import CoreConnection
from app.desktop.pages.plain import PlainPage, card, heading, muted
from app.desktop.pages.roles import RoleSelectors
from app.desktop.text import bytes_text, tr
from app.desktop.theme import Theme

SERVERS = {
    "ollama": "http://localhost:11434/v1",
    "lmstudio": "http://localhost:1234/v1",
    "openai": "https://api.openai.com/v1",
    "openrouter": "https://openrouter.ai/api/v1",
    "anthropic": "",
}


class ModelsPage(PlainPage):
    """Roles as three selectors, known models as cards."""

    def __init__(self, theme: Theme, connection: CoreConnection) -> None:
        super().__init__(
            theme,
            connection,
            tr("Models"),
            tr("The built-in starter works at once, offline. Bigger models understand more: connect a server, or add a GGUF file with `deskhand model add FILE`."),
        )

    def refresh(self) -> None:
        self.connection.get("/api/models", self._show, self.failed)

    def _show(self, found: dict[str, Any]) -> None:
        self.clear()
        self._roles(found)
        self._known(found)
        self._add_server()

    def _roles(self, found: dict[str, Any]) -> None:
        frame, layout = card()
        layout.addWidget(heading(tr("Roles")))
        selectors = RoleSelectors()
        selectors.show_models(found)
        selectors.chosen.connect(lambda role, model: self.connection.put(f"/api/models/roles/{role}", {"model": model}, None, self.failed))
        layout.addWidget(selectors)
        self.body.addWidget(frame)

    def _known(self, found: dict[str, Any]) -> None:
        for row in found["models"]:
            frame, layout = card()
            line = QHBoxLayout()
            line.addWidget(heading(row["id"]))
            line.addStretch(1)
            state = QLabel(tr("loaded") if row["loaded"] else tr("not loaded") if row["kind"] == "gguf" else "")
            state.setProperty("role", "good" if row["loaded"] else "muted")
            line.addWidget(state)
            if row["kind"] == "gguf":
                button = QPushButton(tr("Unload") if row["loaded"] else tr("Load"))
                button.setAccessibleName(f"{button.text()} {row['id']}")
                verb = "unload" if row["loaded"] else "load"
                button.clicked.connect(lambda _=False, verb=verb, id_=row["id"]: self.connection.post(f"/api/models/{verb}/{id_}", {}, lambda _: self.refresh(), self.failed))
                line.addWidget(button)
            layout.addLayout(line)
            layout.addWidget(muted(" · ".join(filter(None, (row["where"], bytes_text(row["bytes"]) if row["bytes"] else "")))))
            self.body.addWidget(frame)

    def _add_server(self) -> None:
        frame, layout = card()
        layout.addWidget(heading(tr("Connect a server or an account")))
        form = QFormLayout()
        name, address, models, key = QComboBox(), QLineEdit(), QLineEdit(), QLineEdit()
        name.setEditable(True)
        name.addItems(list(SERVERS))
        name.currentTextChanged.connect(lambda text: address.setText(SERVERS.get(text, address.text())))
        address.setText(SERVERS["ollama"])
        models.setPlaceholderText(tr("model names, separated by commas"))
        key.setEchoMode(QLineEdit.EchoMode.Password)
        key.setPlaceholderText(tr("kept in the system's keyring"))
        for widget, text in ((name, tr("Name")), (address, tr("Address")), (models, tr("Models")), (key, tr("Key"))):
            widget.setAccessibleName(text)
            form.addRow(text, widget)
        layout.addLayout(form)
        add = QPushButton(tr("Connect"))
        add.setProperty("kind", "primary")
        add.setAccessibleName(tr("Connect the server"))
        add.clicked.connect(lambda: self._connect(name.currentText(), address.text(), models.text(), key.text()))
        layout.addWidget(add)
        self.body.addWidget(frame)

    def _connect(self, name: str, address: str, models: str, key: str) -> None:
        body = {
            "kind": "anthropic" if name == "anthropic" else "openai",
            "base_url": address.strip(),
            "models": [part.strip() for part in models.split(",") if part.strip()],
            "key": key.strip(),
        }
        self.connection.put(f"/api/models/providers/{name.strip().lower()}", body, lambda _: self.refresh(), self.failed)
