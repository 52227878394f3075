"""The model that talks, as one card: what it is, one click that fetches it, how far it is, and that it is there."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QProgressBar, QPushButton, QVBoxLayout

from app.client.model_text import pace_text
from app.desktop.connection import CoreConnection
from app.desktop.text import bytes_text, tr
from app.desktop.widgets.flow_layout import FlowLayout
from app.desktop.widgets.keyboard import keep_keyboard
from app.desktop.widgets.plain_label import WrappingLabel

PATH = "/api/models/setup"
POLL_MS = 700  # while something is looked for or fetched
BUSY = ("looking", "fetching")


class ModelCard(QFrame):
    """Looks for what can be offered once it is seen. ``elsewhere_asked``: the person wants other models, or an account; ``arrived``: the model has its roles."""

    elsewhere_asked = Signal()
    arrived = Signal()

    def __init__(self, connection: CoreConnection, framed: bool = True) -> None:
        super().__init__()
        self.setProperty("kind", "card" if framed else "")
        self._connection, self._state = connection, ""
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*((14, 12, 14, 12) if framed else (0, 0, 0, 0)))
        self._title, self._words = WrappingLabel("", "heading"), WrappingLabel("", "muted")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._main, self._other = QPushButton(), QPushButton(tr("Other models and accounts"))
        keep_keyboard(self._main, self._other)
        self._main.setProperty("kind", "primary")
        self._other.setProperty("kind", "flat")
        self._other.setAccessibleName(self._other.text())
        self._main.clicked.connect(self._press)
        self._other.clicked.connect(self.elsewhere_asked)
        for widget in (self._title, self._words, self._bar):
            layout.addWidget(widget)
        row = FlowLayout(spacing=6)
        row.addWidget(self._main)
        row.addWidget(self._other)
        layout.addLayout(row)
        self._timer = QTimer(self, interval=POLL_MS)
        self._timer.timeout.connect(self._look)
        self._show({"state": "looking", "phase": "", "name": ""})

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._send("look")

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def _look(self) -> None:
        self._connection.get(PATH, self._show, self._failed)

    def _send(self, answer: str) -> None:
        self._connection.post(PATH, {"answer": answer}, self._show, self._failed)

    def _press(self) -> None:
        """One click: fetch it, or stop that."""
        self._send("no" if self._state == "fetching" else "fetch")

    def _failed(self, error: dict[str, Any]) -> None:
        self._show({"state": "failed", "problem": error["message"], "hint": error.get("hint", "")})

    def _show(self, row: dict[str, Any]) -> None:
        came = self._state in BUSY and row["state"] == "ready" and row.get("model")
        self._state = row["state"]
        self._title.setText(_title(row))
        self._words.setText(_words(row))
        self._words.setVisible(bool(self._words.text()))
        self._bar.setVisible(self._state in BUSY)
        total = row.get("bytes") or 0
        self._bar.setRange(0, 1000 if total and self._state == "fetching" else 0)  # 0: nobody knows how much it is
        self._bar.setValue(round(1000 * row.get("done", 0) / total) if total else 0)
        self._bar.setAccessibleName(self._words.text())
        text = {"offered": tr("Go on") if row.get("done") else tr("Fetch"), "fetching": tr("Stop"), "failed": tr("Try again")}.get(self._state, "")
        self._main.setText(text)
        self._main.setAccessibleName(f"{text} {row.get('name', '')}".strip())
        self._main.setVisible(bool(text))
        self._other.setVisible(self._state != "ready")
        busy = self._state in BUSY and self.isVisible()
        self._timer.start() if busy else self._timer.stop()
        if came:
            self.arrived.emit()


def _title(row: dict[str, Any]) -> str:
    if row["state"] == "ready":
        return tr("{model} is here", model=row["model"])
    return tr("A model that talks") if row["state"] == "off" or not row.get("name") else str(row["name"])


def _words(row: dict[str, Any]) -> str:
    """What is said of it below its name."""
    state = row["state"]
    if state == "ready":
        return tr("It answers from now on.")
    if state == "failed":
        return f"{row['problem']} {row['hint']}".strip()
    if state == "looking":
        return tr("Looking for the best one for this machine …")
    if state == "fetching":
        return _progress(row)
    return offer_words(row) if state == "offered" else tr("Choose one, or connect an account.")


def offer_words(row: dict[str, Any]) -> str:
    """Size, speed here, licence and source of what is offered."""
    where = {"hub": tr("from the model hub"), "registry": tr("from packages of the Python registry")}.get(row["source"], "")
    parts = (
        bytes_text(row["bytes"]) if row["bytes"] else "",
        tr("about {n} tokens/s here", n=pace_text(row["speed"])) if row["speed"] else "",
        tr("licence {licence}", licence=row["licence"]),
        where,
    )
    figures = " · ".join(filter(None, parts))
    said = tr("The best one for this machine: {figures}.", figures=figures) if row["is_best"] else f"{figures}."
    return f"{said} {tr('{done} of it are here already.', done=bytes_text(row['done']))}" if row.get("done") else said


def _progress(row: dict[str, Any]) -> str:
    if row["phase"] == "waiting":
        return tr("another Deskhand is fetching it")
    if row["phase"] == "verifying":
        return f"{tr('checking that it is whole')} · {row['seconds']} s"
    done = tr("{done} of {whole}", done=bytes_text(row["done"]), whole=bytes_text(row["bytes"])) if row["bytes"] else bytes_text(row["done"])
    return f"{done}, {bytes_text(row['rate'])}/s. " + tr("You can go on meanwhile.")
