"""Devices: machines that work for this one, with their state, rights and last work; inviting one with a code; and the hub that this machine works for."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote

from PySide6.QtCore import QByteArray, Qt, QTimer, Signal
from PySide6.QtGui import QFontDatabase, QGuiApplication, QPixmap
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout

from app.desktop.connection import CoreConnection
from app.desktop.pages.device_cards import DeviceCard
from app.desktop.pages.plain import PlainPage, button, card, consent_button, heading, muted, plain, state_label
from app.desktop.text import tr
from app.desktop.theme import Theme

LOOK_MS = 3000
RIGHTS = (("read", "read"), ("change", "change what can be undone"), ("act", "do what cannot be undone"))


class DevicesPage(PlainPage):
    """``opened`` carries a conversation, ``asked`` the name of a device that something is to be sent to."""

    opened = Signal(str)
    asked = Signal(str)
    continued = Signal(str)

    def __init__(self, theme: Theme, connection: CoreConnection) -> None:
        super().__init__(theme, connection, tr("Devices"), tr("Other machines that work for this one. They dial out to it; nothing on them listens, and each keeps its own rules."))
        self._top, self._rows, self._hub = QVBoxLayout(), QVBoxLayout(), QVBoxLayout()
        self._opened: set[str] = set()
        self._known: set[str] = set()
        self._seen: list[dict[str, Any]] | None = None
        self._invitation: QFrame | None = None
        line = QHBoxLayout()
        self._add = QPushButton(tr("Add a device"))
        self._add.setProperty("kind", "primary")
        self._add.clicked.connect(self.invite)
        line.addWidget(self._add)
        line.addStretch(1)
        for layout in (line, self._top, self._rows, self._hub):
            self.body.addLayout(layout)
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look)

    def refresh(self) -> None:
        self._seen = None
        self._look()
        self.connection.get("/api/devices/membership", self._show_hub, self.failed)

    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        self._timer.start()

    def hideEvent(self, event: Any) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def _look(self) -> None:
        self.connection.get("/api/devices", self._show, self.failed)

    # -- devices ------------------------------------------------------------------------------------------------------

    def _show(self, rows: list[dict[str, Any]]) -> None:
        new = [row for row in rows if row["id"] not in self._known]
        if self._invitation is not None and new and self._seen is not None:
            self._welcome(new[-1])
        self._known = {row["id"] for row in rows}
        if rows == self._seen:
            return
        self._seen = rows
        empty(self._rows)
        if not rows:
            self._rows.addWidget(muted(tr("No other machine works for this one yet. Add one, and join it there with one command.")))
        for row in rows:
            shown = DeviceCard(row, self.connection, row["id"] in self._opened)
            shown.folded.connect(lambda open_, id_=row["id"]: self._opened.add(id_) if open_ else self._opened.discard(id_))
            shown.changed.connect(self.refresh)
            shown.asked.connect(self.asked)
            shown.continued.connect(self.continued)
            self._rows.addWidget(shown)

    def invite(self) -> None:
        """Show a fresh code."""
        self._add.setEnabled(False)
        self.connection.post("/api/devices/invite", {}, self._invited, self._not_invited)

    def _not_invited(self, error: dict[str, Any]) -> None:
        self._add.setEnabled(True)
        empty(self._top)
        self._top.addWidget(plain(f"{error['message']} {error.get('hint', '')}", "bad"))

    def _invited(self, made: dict[str, Any]) -> None:
        self._add.setEnabled(True)
        empty(self._top)
        frame, layout = card()
        layout.addWidget(heading(tr("On the other machine")))
        layout.addWidget(muted(tr("Type this there, or scan it. It works once, within ten minutes.")))
        line = QHBoxLayout()
        picture = QLabel()
        drawn = QPixmap()
        drawn.loadFromData(QByteArray(base64.b64decode(made["svg"])), "SVG")
        picture.setPixmap(drawn.scaledToWidth(180, Qt.TransformationMode.SmoothTransformation))
        picture.setFixedSize(184, 184)
        picture.setStyleSheet("background: white; border-radius: 6px; padding: 2px;")  # a QR code is black on white in either theme
        picture.setAccessibleName(tr("The code as a QR picture"))
        line.addWidget(picture)
        column = QVBoxLayout()
        command = f"deskhand device join {made['code']}"
        shown = plain(command)
        shown.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard)
        column.addWidget(shown)
        column.addWidget(muted(tr("It will look for this machine at {places}.", places=", ".join(made["addresses"]))))
        verbs = QHBoxLayout()
        verbs.addWidget(button(tr("Copy"), tr("the command"), lambda: QGuiApplication.clipboard().setText(command)))
        verbs.addWidget(button(tr("Close"), tr("the invitation"), self._close_invitation))
        verbs.addStretch(1)
        column.addLayout(verbs)
        column.addStretch(1)
        line.addLayout(column, 1)
        layout.addLayout(line)
        self._invitation = frame
        self._top.addWidget(frame)

    def _close_invitation(self) -> None:
        empty(self._top)
        self._invitation = None

    def _welcome(self, row: dict[str, Any]) -> None:
        """Somebody joined: the words to compare."""
        self._close_invitation()
        frame, layout = card()
        layout.addWidget(heading(tr("{name} is here", name=row["name"])))
        layout.addWidget(plain(tr("The same words must stand on its screen: {words}", words=row["words"])))
        verbs = QHBoxLayout()
        verbs.addWidget(consent_button(tr("They are the same"), row["name"], self._close_invitation, "primary"))
        verbs.addWidget(button(tr("They are not: remove it"), row["name"], lambda: self._remove(row)))
        verbs.addStretch(1)
        layout.addLayout(verbs)
        self._top.addWidget(frame)

    def _remove(self, row: dict[str, Any]) -> None:
        self._close_invitation()
        self.connection.delete(f"/api/devices/{quote(row['id'])}", lambda _: self.refresh(), self.failed)

    # -- the hub of this machine --------------------------------------------------------------------------------------

    def _show_hub(self, row: dict[str, Any]) -> None:
        empty(self._hub)
        frame, layout = card()
        if row:
            self._member(row, layout)
        else:
            layout.addWidget(heading(tr("Let another machine give this one work")))
            layout.addWidget(muted(tr("Paste the code that the other machine shows.")))
            line = QHBoxLayout()
            code = QLineEdit()
            code.setPlaceholderText("DH1-…")
            code.setAccessibleName(tr("Code"))
            join = button(tr("Join"), tr("another machine"), lambda: self._join(code, join, layout))
            join.setEnabled(False)
            code.textChanged.connect(lambda text: join.setEnabled(text.strip().upper().startswith("DH1")))
            line.addWidget(code, 1)
            line.addWidget(join)
            layout.addLayout(line)
        self._hub.addWidget(frame)

    def _join(self, code: QLineEdit, join: QPushButton, layout: QVBoxLayout) -> None:
        join.setEnabled(False)
        problem = plain("", "bad")

        def failed(error: dict[str, Any]) -> None:
            problem.setText(f"{error['message']} {error.get('hint', '')}".strip())
            layout.addWidget(problem)
            join.setEnabled(True)

        self.connection.post("/api/devices/membership", {"code": code.text().strip()}, lambda _: self.refresh(), failed)

    def _member(self, row: dict[str, Any], layout: QVBoxLayout) -> None:
        """Which hub, what it may do here, what it had done."""
        line = QHBoxLayout()
        line.addWidget(heading(tr("This machine works for {hub}", hub=row["hub"])), 1)
        role, words = ("good", "connected") if row["online"] else ("bad", "not let in any more") if row["refused"] else ("warn", "not connected now")
        line.addWidget(state_label(tr(words), role))
        layout.addLayout(line)
        layout.addWidget(muted(tr("As {name}, in {folder}. Words: {words}", name=row["name"], folder=row["workspace"], words=row["words"])))
        layout.addWidget(muted(tr("What it may do here without somebody at this machine being asked:")))
        boxes = {}
        for right, text in RIGHTS:
            box = boxes[right] = QCheckBox(tr(text))
            box.setChecked(right in row["rights"])
            layout.addWidget(box)
        for box in boxes.values():
            box.toggled.connect(lambda _=False: self._allow([right for right, _ in RIGHTS if boxes[right].isChecked()]))
        for duty in row["duties"][:5]:
            layout.addWidget(muted(f"{duty['at'][:16].replace('T', ' ')} · {tr(duty['state'])} · {duty['said'][:120]}"))
        leave = button(tr("Leave"), row["hub"], lambda: self.connection.delete("/api/devices/membership", lambda _: self.refresh(), self.failed))
        layout.addWidget(leave, alignment=Qt.AlignmentFlag.AlignLeft)

    def _allow(self, rights: list[str]) -> None:
        self.connection.put("/api/devices/membership/rights", {"rights": rights}, None, self.failed)


def empty(layout: QVBoxLayout) -> None:
    """Take everything out of a column."""
    while item := layout.takeAt(0):
        if widget := item.widget():
            widget.hide()
            widget.deleteLater()
