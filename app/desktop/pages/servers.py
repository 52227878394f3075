"""Cards of the Tools page about MCP servers: their state, what they offer, what of it changed; adding one, with the whole command in sight."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QFontDatabase
from PySide6.QtWidgets import QFileDialog, QFormLayout, QFrame, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout

from app.desktop.connection import CoreConnection
from app.desktop.pages.plain import card, heading, muted, plain
from app.desktop.text import calls_text, tr
from app.desktop.widgets.consent import ConsentButton

_STATES = {"ready": ("good", "running"), "starting": ("muted", "starting"), "failed": ("bad", "failed"), "stopped": ("muted", "not running")}
Failed = Callable[[dict[str, Any]], None]


def server_card(row: dict[str, Any], connection: CoreConnection, refresh: Callable[[], None], failed: Failed) -> QFrame:
    """One server, with what can be done about it."""
    frame, layout = card()
    line = QHBoxLayout()
    line.addWidget(heading(row["name"]))
    kind, text = _STATES.get(row["state"], ("muted", row["state"]))
    state = QLabel(tr(text))
    state.setProperty("role", kind)
    line.addWidget(state)
    line.addStretch(1)
    verbs = [("Test", lambda: connection.post(f"/api/mcp/{row['name']}/test", {}, lambda _: refresh(), failed))]
    if row["state"] in ("ready", "starting"):
        verbs.append(("Stop", lambda: connection.post(f"/api/mcp/{row['name']}/stop", {}, lambda _: refresh(), failed)))
    if row["kind"] != "stdio":
        verbs.append(("Sign in", lambda: connection.post(f"/api/mcp/{row['name']}/login", {}, lambda found: _open(found["address"]), failed)))
    verbs.append(("Remove", lambda: connection.delete(f"/api/mcp/{row['name']}", lambda _: refresh(), failed)))
    for words, act in verbs:
        button = QPushButton(tr(words))
        button.setAccessibleName(f"{tr(words)} {row['name']}")
        button.clicked.connect(lambda _=False, act=act: act())
        line.addWidget(button)
    layout.addLayout(line)
    layout.addWidget(_command(row["command"]))
    if row["problem"]:
        layout.addWidget(plain(row["problem"], "bad"))
    facts = [row["server"], tr("{n} tools", n=len(row["tools"])), calls_text(row["calls"])]
    layout.addWidget(muted(" · ".join(filter(None, facts))))
    if row["changed"]:
        _changes(row, layout, lambda: connection.post(f"/api/mcp/{row['name']}/agree", {}, lambda _: refresh(), failed))
    return frame


def _command(text: str) -> QLabel:
    label = plain(text)
    label.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard)
    label.setAccessibleName(tr("Command or address: {command}", command=text))
    return label


def _changes(row: dict[str, Any], layout: QVBoxLayout, agree: Callable[[], None]) -> None:
    """What a server says now, beside what was agreed to; withheld until the person agrees."""
    note = QLabel(tr("These tools are new or describe themselves otherwise than when you agreed to them. They are withheld until you have looked."))
    note.setProperty("role", "warn")
    note.setWordWrap(True)
    layout.addWidget(note)
    for change in row["changed"]:
        before = change["before"].get("description", "")
        layout.addWidget(muted(f"{change['tool']}: " + (tr("before: {text}", text=before) if before else tr("new"))))
        layout.addWidget(muted("→ " + str(change["after"].get("description", ""))[:600]))
    button = ConsentButton(tr("I have looked; offer them"))
    button.clicked.connect(lambda: agree())
    layout.addWidget(button, alignment=Qt.AlignmentFlag.AlignLeft)


def _open(address: str) -> None:
    if address:
        QDesktopServices.openUrl(QUrl(address))


class LinkCard(QFrame):
    """What a ``deskhand://`` link proposes, whole; it is added only by its own button, which has not the focus."""

    def __init__(self, link: str, found: dict[str, Any], connection: CoreConnection, done: Callable[[], None], failed: Failed) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 12, 14, 12)
        layout.addWidget(heading(tr("A link wants to add the MCP server {name}", name=found["name"])))
        if found["replaces"]:
            layout.addWidget(plain(tr("It would take the place of the one of that name."), "warn"))
        layout.addWidget(muted(tr("It would be asked at:") if found["url"] else tr("This would be started with your rights:")))
        layout.addWidget(_command(found["command"]))
        for kind in ("env", "headers"):
            for name, value in found[kind].items():
                layout.addWidget(_command(f"{name} = {value}"))
        if found["cwd"]:
            layout.addWidget(_command(tr("in the folder {folder}", folder=found["cwd"])))
        for sentence in found["warnings"]:
            layout.addWidget(plain(sentence, "bad"))
        layout.addWidget(muted(tr("A link can come from anybody. Add it only if you know who made this server.")))
        self.no = QPushButton(tr("Leave it"))
        self.no.clicked.connect(lambda: done())
        self.yes = ConsentButton(tr("Start it once and add"))
        self.yes.clicked.connect(lambda: self._add(link, connection, done, failed))
        line = QHBoxLayout()
        for button in (self.no, self.yes):
            line.addWidget(button)
        line.addStretch(1)
        layout.addLayout(line)

    def _add(self, link: str, connection: CoreConnection, done: Callable[[], None], failed: Failed) -> None:
        self.yes.allow(False)

        def refused(error: dict[str, Any]) -> None:
            self.yes.allow(True)
            failed(error)

        connection.post("/api/mcp/link", {"link": link, "install": True}, lambda _: done(), refused)


class AddServer(QFrame):
    """A name, and a command or an address; what would be started stands there word for word before it is."""

    def __init__(self, connection: CoreConnection, elsewhere: list[str], added: Callable[[], None], failed: Failed, propose: Callable[[str], None] = lambda link: None) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._connection, self._added, self._failed, self._propose = connection, added, failed, propose
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 12, 14, 12)
        layout.addWidget(heading(tr("Add an MCP server")))
        layout.addWidget(muted(tr("A server is a program with more tools. It runs with your rights: add only what you trust.")))
        self._name, self._what = QLineEdit(), QLineEdit()
        self._name.setPlaceholderText(tr("for example: git"))
        self._what.setPlaceholderText(tr("for example: uvx mcp-server-git, or https://…"))
        form = QFormLayout()
        for label, field in ((tr("Name"), self._name), (tr("Command or address"), self._what)):
            field.setAccessibleName(label)
            field.textChanged.connect(self._look)
            form.addRow(label, field)
        layout.addLayout(form)
        self._shown = muted("")
        layout.addWidget(self._shown)
        line = QHBoxLayout()
        self._go = QPushButton(tr("Start it and add"))
        self._go.setProperty("kind", "primary")
        self._go.setEnabled(False)
        self._go.clicked.connect(self._add)
        line.addWidget(self._go)
        take = QPushButton(tr("Take over from another program…"))
        take.clicked.connect(self._choose)
        line.addWidget(take)
        line.addStretch(1)
        layout.addLayout(line)
        for path in elsewhere:
            button = QPushButton(tr("Take over those in {file}", file=path))
            button.setProperty("kind", "flat")
            button.clicked.connect(lambda _=False, path=path: self._take(path))
            layout.addWidget(button, alignment=Qt.AlignmentFlag.AlignLeft)

    def _body(self) -> dict[str, Any] | None:
        what = self._what.text().strip()
        if not what or not self._name.text().strip():
            return None
        if what.startswith(("http://", "https://")):
            return {"name": self._name.text().strip(), "url": what}
        try:
            words = shlex.split(what)
        except ValueError:
            return None
        return {"name": self._name.text().strip(), "command": words[0], "args": words[1:]}

    def _look(self) -> None:
        if self._what.text().strip().startswith("deskhand://"):
            link = self._what.text().strip()
            self._what.clear()
            self._propose(link)
            return
        body = self._body()
        self._go.setEnabled(body is not None)
        said = (
            ""
            if body is None
            else tr("It will be asked at {url}.", url=body["url"])
            if "url" in body
            else tr("This will be started: {command}", command="  ".join([body["command"], *body["args"]]))
        )
        self._shown.setText(said)

    def _add(self) -> None:
        if body := self._body():
            self._go.setEnabled(False)
            self._shown.setText(tr("Starting …"))
            self._connection.post("/api/mcp", body, lambda _: self._added(), self._refused)

    def _refused(self, error: dict[str, Any]) -> None:
        self._look()
        self._failed(error)

    def _choose(self) -> None:
        dialog = QFileDialog(self, tr("Take over from another program…"), str(Path.home()))
        dialog.fileSelected.connect(self._take)
        dialog.open()

    def _take(self, path: str) -> None:
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            self._failed({"message": str(error), "hint": ""})
            return
        self._connection.post("/api/mcp/import", {"text": text}, lambda _: self._added(), self._failed)
