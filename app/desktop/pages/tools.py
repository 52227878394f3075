"""Tools: what the assistant can do, with the risk of each, tried by hand; MCP servers; the standing permissions."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout

from app.desktop.connection import CoreConnection
from app.desktop.pages.plain import PlainPage, card, empty, heading, muted, state_label
from app.desktop.pages.servers import AddServer, LinkCard, server_card
from app.desktop.text import tr
from app.desktop.theme import Theme
from app.desktop.widgets.form_fields import FormFields

_RISKS = {"reads": ("good", "reads only"), "reversible": ("good", "can be undone"), "irreversible": ("warn", "cannot be undone"), "leaves": ("warn", "leaves this machine")}


class ToolsPage(PlainPage):
    """Permissions first, then MCP servers, then one card for each category."""

    def __init__(self, theme: Theme, connection: CoreConnection) -> None:
        super().__init__(
            theme, connection, tr("Tools"), tr("Reading, and changes in the workspace that can be undone, happen without asking. Everything else asks, unless you allowed it.")
        )

        self._servers_part, self._proposed = QVBoxLayout(), QVBoxLayout()
        column = self.body.parentWidget()
        outer = column.layout() if column else None
        assert isinstance(outer, QVBoxLayout)
        outer.insertLayout(outer.indexOf(self.body), self._proposed)

    def refresh(self) -> None:
        self.connection.get("/api/permissions", self._permissions, self.failed)

    def changed(self) -> None:
        """A server changed: its card is made anew, what the person is writing or trying stays."""
        self.connection.get("/api/mcp", self._cards, self.failed)

    def propose(self, link: str) -> None:
        """Show what a ``deskhand://`` link would add."""

        def shown(found: dict[str, Any]) -> None:
            empty(self._proposed)
            made = LinkCard(link, found, self.connection, self._settled, self.failed)
            self._proposed.addWidget(made)
            self.ensureWidgetVisible(made)

        self.connection.post("/api/mcp/link", {"link": link}, shown, self.failed)

    def _settled(self) -> None:
        empty(self._proposed)
        self.refresh()

    def _permissions(self, rules: list[dict[str, Any]]) -> None:
        self.clear()
        frame, layout = card()
        layout.addWidget(heading(tr("Standing permissions")))
        if not rules:
            layout.addWidget(muted(tr("None. What you allow for a conversation or always appears here and can be taken back.")))
        for rule in rules:
            line = QHBoxLayout()
            line.addWidget(state_label(f"{tr(rule['decision'])}  {rule['tool']}  {rule['scope']}", ""))
            line.addStretch(1)
            line.addWidget(muted(tr("one conversation") if rule["conversation_id"] else tr("always")))
            revoke = QPushButton(tr("Revoke"))
            revoke.setAccessibleName(tr("Revoke {tool} on {scope}", tool=rule["tool"], scope=rule["scope"]))
            revoke.clicked.connect(lambda _=False, id_=rule["id"]: self.connection.delete(f"/api/permissions/{id_}", lambda _: self.refresh(), self.failed))
            line.addWidget(revoke)
            layout.addLayout(line)
        self.body.addWidget(frame)
        self.connection.get("/api/mcp", self._servers, self.failed)

    def _servers(self, found: dict[str, Any]) -> None:
        self._servers_part = QVBoxLayout()
        self._servers_part.setSpacing(10)
        self.body.addLayout(self._servers_part)
        self._cards(found)
        for problem in found["problems"]:
            self.failed({"message": problem})
        self.body.addWidget(AddServer(self.connection, found["elsewhere"] if not found["servers"] else [], self.refresh, self.failed, self.propose))
        self.connection.get("/api/tools", self._tools, self.failed)

    def _cards(self, found: dict[str, Any]) -> None:
        empty(self._servers_part)
        for row in found["servers"]:
            self._servers_part.addWidget(server_card(row, self.connection, self.refresh, self.failed))

    def _tools(self, tools: list[dict[str, Any]]) -> None:
        groups: dict[str, list[dict[str, Any]]] = {}
        for tool in tools:
            groups.setdefault(tool["name"].split(".")[0], []).append(tool)
        for name, members in groups.items():
            frame, layout = card()
            layout.addWidget(heading(tr(name)))
            for tool in members:
                line = QHBoxLayout()
                line.addWidget(state_label(tool["name"], ""))
                line.addWidget(muted(tool["description"]), 1)
                kind, text = _RISKS[tool["risk"]]
                risk = QLabel(tr(text))
                risk.setProperty("role", kind)
                line.addWidget(risk)
                layout.addLayout(line)
                if tool["name"] != "text.compose":
                    self._try_button(tool, line, layout)
            self.body.addWidget(frame)

    def _try_button(self, tool: dict[str, Any], line: QHBoxLayout, layout: QVBoxLayout) -> None:
        button = QPushButton(tr("Try"))
        button.setProperty("kind", "flat")
        button.setCheckable(True)
        button.setAccessibleName(tr("Try {tool}", tool=tool["name"]))
        panel: list[TryTool] = []

        def toggle(shown: bool) -> None:
            if shown and not panel:
                panel.append(TryTool(tool, self.connection))
                layout.insertWidget(layout.indexOf(line) + 1, panel[0])
            if panel:
                panel[0].setVisible(shown)

        button.toggled.connect(toggle)
        line.addWidget(button)


class TryTool(QFrame):
    """The arguments of a tool as a form, and what it gives back. Pressing the button is consent to this one call."""

    def __init__(self, tool: dict[str, Any], connection: CoreConnection) -> None:
        super().__init__()
        self._tool, self._connection = tool, connection
        layout = QVBoxLayout(self)
        self._fields = FormFields(tool["parameters"])
        self._fields.changed.connect(self._look)
        layout.addWidget(self._fields)
        self._go = QPushButton(tr("Call {tool}", tool=tool["name"]))
        self._go.clicked.connect(self._call)
        layout.addWidget(self._go, alignment=Qt.AlignmentFlag.AlignLeft)
        self._said = QPlainTextEdit()
        self._said.setReadOnly(True)
        self._said.setTabChangesFocus(True)
        self._said.setAccessibleName(tr("Result of {tool}", tool=tool["name"]))
        self._said.hide()
        layout.addWidget(self._said)
        self._look()

    def _look(self) -> None:
        problem = self._fields.problem()
        self._go.setEnabled(not problem)
        self._go.setToolTip(problem)

    def _call(self) -> None:
        self._go.setEnabled(False)
        body = {"args": self._fields.values(), "approve": "all"}
        self._connection.post(
            f"/api/tools/{self._tool['name']}/call", body, lambda row: self._show(row["text"]), lambda error: self._show(f"{error['message']} {error.get('hint', '')}")
        )

    def _show(self, text: str) -> None:
        self._look()
        self._said.setPlainText(text)
        self._said.setFixedHeight(min(220, 30 + self._said.fontMetrics().lineSpacing() * max(1, text.count("\n") + 1)))
        self._said.show()
