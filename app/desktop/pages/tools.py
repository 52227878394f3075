"""Tools: what the assistant can do, with the risk of each, and the standing permissions."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton

from app.desktop.connection import CoreConnection
from app.desktop.pages.plain import PlainPage, card, heading, muted
from app.desktop.text import tr
from app.desktop.theme import Theme

_RISKS = {"reads": ("good", "reads only"), "reversible": ("good", "can be undone"), "irreversible": ("warn", "cannot be undone"), "leaves": ("warn", "leaves this machine")}


class ToolsPage(PlainPage):
    """Permissions first, then one card for each category."""

    def __init__(self, theme: Theme, connection: CoreConnection) -> None:
        super().__init__(
            theme, connection, tr("Tools"), tr("Reading, and changes in the workspace that can be undone, happen without asking. Everything else asks, unless you allowed it.")
        )

    def refresh(self) -> None:
        self.connection.get("/api/permissions", self._permissions, self.failed)

    def _permissions(self, rules: list[dict[str, Any]]) -> None:
        self.clear()
        frame, layout = card()
        layout.addWidget(heading(tr("Standing permissions")))
        if not rules:
            layout.addWidget(muted(tr("None. What you allow for a conversation or always appears here and can be taken back.")))
        for rule in rules:
            line = QHBoxLayout()
            line.addWidget(QLabel(f"{tr(rule['decision'])}  {rule['tool']}  {rule['scope']}"))
            line.addStretch(1)
            line.addWidget(muted(tr("one conversation") if rule["conversation_id"] else tr("always")))
            revoke = QPushButton(tr("Revoke"))
            revoke.setAccessibleName(tr("Revoke {tool} on {scope}", tool=rule["tool"], scope=rule["scope"]))
            revoke.clicked.connect(lambda _=False, id_=rule["id"]: self.connection.delete(f"/api/permissions/{id_}", lambda _: self.refresh(), self.failed))
            line.addWidget(revoke)
            layout.addLayout(line)
        self.body.addWidget(frame)
        self.connection.get("/api/tools", self._tools, self.failed)

    def _tools(self, tools: list[dict[str, Any]]) -> None:
        groups: dict[str, list[dict[str, Any]]] = {}
        for tool in tools:
            groups.setdefault(tool["name"].split(".")[0], []).append(tool)
        for name, members in groups.items():
            frame, layout = card()
            layout.addWidget(heading(tr(name)))
            for tool in members:
                line = QHBoxLayout()
                line.addWidget(QLabel(tool["name"]))
                line.addWidget(muted(tool["description"]), 1)
                kind, text = _RISKS[tool["risk"]]
                risk = QLabel(tr(text))
                risk.setProperty("role", kind)
                line.addWidget(risk)
                layout.addLayout(line)
            self.body.addWidget(frame)
