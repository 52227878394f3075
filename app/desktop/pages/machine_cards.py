"""Cards of the Models page about this machine: what it has, what suits it, what is on its way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import QFormLayout, QFrame, QHBoxLayout, QLineEdit, QProgressBar, QPushButton, QVBoxLayout, QWidget

from app.client.model_text import pace_text
from app.desktop.connection import CoreConnection
from app.desktop.pages.plain import card, heading, muted
from app.desktop.text import bytes_text, tr
from app.desktop.theme import Theme
from app.desktop.widgets.memory_bar import MemoryBar
from app.desktop.widgets.still_fields import StillComboBox

WHY = {"best": "the best that is quick here", "quicker": "quicker, and simpler", "slower": "better, and slower", "quickest": "nothing is quick here, this is the quickest"}
POLL_MS = 700  # while something is on its way
Failed = Callable[[dict[str, Any]], None]


def machine_card(theme: Theme, machine: dict[str, Any]) -> QFrame:
    """Memory of the machine and of each card, with what is taken."""
    frame, layout = card()
    layout.addWidget(heading(tr("This machine")))
    layout.addWidget(
        muted(
            " · ".join(
                filter(
                    None,
                    (
                        machine["processor"],
                        tr("{n} cores", n=machine["cores"]),
                        " ".join(machine["instructions"]),
                        tr("{size} of disk free", size=bytes_text(machine["disk_free"])),
                    ),
                )
            )
        )
    )
    devices = [(tr("Memory"), machine["ram"], machine["ram_free"]), *((card_["name"], card_["total"], card_["free"]) for card_ in machine["cards"])]
    for name, total, free in devices:
        bar = MemoryBar(theme, {tr("in use"): total - free}, total, name)
        layout.addWidget(muted(f"{name}: {tr('{free} free of {total}', free=bytes_text(free), total=bytes_text(total))}"))
        layout.addWidget(bar)
    for unused in (card_["name"] for card_ in machine["cards"] if not card_["backend"]):
        layout.addWidget(muted(tr("Models cannot use {card} yet. `deskhand doctor` says what it takes.", card=unused)))
    if not machine["cards"]:
        layout.addWidget(muted(tr("No graphics card that models can use: they run on the processor.")))
    return frame


def advice_card(advice: list[dict[str, Any]], fetch: Callable[[str], None]) -> QFrame:
    """The best model for this machine, then a quicker and a better one; each with what it takes and a button."""
    frame, layout = card()
    layout.addWidget(heading(tr("Recommended for this machine")))
    if not advice:
        layout.addWidget(muted(tr("Nothing bigger than the built-in starter would be quick enough here. A server or an account can be connected below.")))
    for row in advice:
        line = QHBoxLayout()
        figures = tr("{size} to fetch, about {speed} tokens/s here, licence {licence}", size=bytes_text(row["bytes"]), speed=pace_text(row["speed"]), licence=row["licence"])
        line.addWidget(muted(f"{row['name']} · {tr(WHY[row['why']])} · {tr('it is here') if row.get('here') else figures}"), 1)
        layout.addLayout(line)
        if row.get("here"):
            continue
        button = QPushButton(tr("Fetch"))
        button.setAccessibleName(tr("Fetch {model}", model=row["name"]))
        if row["why"] in ("best", "quickest"):
            button.setProperty("kind", "primary")
        button.clicked.connect(lambda _=False, id_=row["id"]: fetch(id_))
        line.addWidget(button)
    return frame


class DownloadsCard(QFrame):
    """What is on its way, with a bar, the rate and a button to stop; looks again while something runs."""

    def __init__(self, connection: CoreConnection, failed: Failed, arrived: Callable[[], None]) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._connection, self._failed, self._arrived = connection, failed, arrived
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(14, 12, 14, 12)
        self._layout.addWidget(heading(tr("On their way")))
        self._running, self._over = set[str](), set[str]()  # over: tries that another one has taken the place of
        self._rows: dict[str, DownloadRow] = {}
        self._timer = QTimer(self, interval=POLL_MS)
        self._timer.timeout.connect(self.look)
        self.hide()

    def look(self) -> None:
        """Read again what is on its way."""
        self._connection.get("/api/models/downloads", self._show, self._failed)

    def follow(self, row: dict[str, Any]) -> None:
        """One has begun: it is told when it has arrived, also if that was before the first look."""
        self._running.add(str(row["id"]))
        self.look()

    def _show(self, rows: list[dict[str, Any]]) -> None:
        """Rows stay the same widgets while they are shown: a button that is pressed must not be taken away under the pointer."""
        running = {row["id"] for row in rows if row["state"] == "running"}
        rows = [row for row in rows if row["id"] not in self._over]
        shown = {row["id"]: row for row in rows if row["state"] in ("running", "failed") or (row["state"] == "cancelled" and row["id"] in self._rows)}
        for gone in self._rows.keys() - shown.keys():
            self._rows.pop(gone).deleteLater()
        for id_, row in shown.items():
            if id_ not in self._rows:
                self._rows[id_] = DownloadRow(self._stop, self._again)
                self._layout.addWidget(self._rows[id_])
            self._rows[id_].show_row(row)
        self.setVisible(bool(shown))
        if self._running - running:
            self._arrived()
        self._running = running
        if running and not self._timer.isActive():
            self._timer.start()
        elif not running:
            self._timer.stop()

    def _stop(self, row: dict[str, Any]) -> None:
        self._connection.delete(f"/api/models/downloads/{row['id']}", lambda _: self.look(), self._failed)

    def _again(self, row: dict[str, Any]) -> None:
        """Go on with one that failed or was stopped; its row gives way to that of the new try."""
        if (old := self._rows.pop(row["id"], None)) is not None:
            old.deleteLater()
            self._over.add(row["id"])
        self._connection.post("/api/models/downloads", {"id": row["pull"]}, self.follow, self._failed)


class DownloadRow(QWidget):
    """One download: what it is and how far, a bar, and a button that stops it or goes on."""

    def __init__(self, stop: Callable[[dict[str, Any]], None], again: Callable[[dict[str, Any]], None]) -> None:
        super().__init__()
        self._row: dict[str, Any] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        self._words, self._bar, self._button = muted(""), QProgressBar(), QPushButton()
        self._bar.setTextVisible(False)
        layout.addWidget(self._words)
        line = QHBoxLayout()
        line.addWidget(self._bar, 1)
        line.addWidget(self._button)
        line.addStretch(0)
        layout.addLayout(line)
        self._button.clicked.connect(lambda: (stop if self._row["state"] == "running" else again)(self._row))

    def show_row(self, row: dict[str, Any]) -> None:
        """Show how far it is now."""
        self._row, running = row, row["state"] == "running"
        self._words.setText(_words(row))
        self._words.setProperty("role", "bad" if row["state"] == "failed" else "muted")
        self._words.style().unpolish(self._words)
        self._words.style().polish(self._words)
        self._bar.setVisible(running)
        self._bar.setRange(0, 1000 if row["bytes"] else 0)  # 0: nobody has told how much it is
        self._bar.setValue(round(1000 * row["done"] / row["bytes"]) if row["bytes"] else 0)
        self._bar.setAccessibleName(self._words.text())
        self._button.setText(tr("Stop") if running else tr("Go on") if row["state"] == "cancelled" else tr("Try again"))
        self._button.setAccessibleName(tr("Stop fetching {model}", model=row["file"]) if running else tr("Fetch {model}", model=row["file"]))
        self._button.setVisible(running or bool(row["pull"]))


def _words(row: dict[str, Any]) -> str:
    if row["state"] == "failed":
        return f"{row['file']}: {row['problem']} {row['hint']}".strip()
    if row["state"] == "cancelled":
        of = tr("{done} of {whole}", done=bytes_text(row["done"]), whole=bytes_text(row["bytes"])) if row["bytes"] else bytes_text(row["done"])
        return tr("{file}: stopped at {progress}. It goes on from there.", file=row["file"], progress=of)
    return f"{row['file']} ({row['licence']}): {_progress(row)} {row['note']}".strip()


def _progress(row: dict[str, Any]) -> str:
    """How far a download is, or what it waits for."""
    if row["phase"] == "waiting":
        return tr("another Deskhand is fetching it")
    if row["phase"] == "verifying":
        return f"{tr('checking that it is whole')} · {row['seconds']} s"
    done = tr("{done} of {whole}", done=bytes_text(row["done"]), whole=bytes_text(row["bytes"])) if row["bytes"] else bytes_text(row["done"])
    return f"{done}, {bytes_text(row['rate'])}/s"


class LoadKnobs(QWidget):
    """How one model is loaded: context, type of cache, layers on the card. Folded away until somebody wants it."""

    def __init__(self, found: dict[str, Any], keep: Callable[[dict[str, Any]], None]) -> None:
        super().__init__()
        choice = found["choice"]
        self._context, self._cache, self._offload = QLineEdit(), StillComboBox(), QLineEdit(self)
        self._context.setValidator(QIntValidator(512, 1_048_576, self))
        self._context.setText(str(choice["context"]))
        self._cache.addItems(["f16", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0"])
        self._cache.setCurrentText(choice["cache"])
        self._offload.setValidator(QIntValidator(0, 1000, self))
        self._offload.setText(str(choice["offload"]))
        form = QFormLayout(self)
        form.setContentsMargins(0, 4, 0, 0)
        rows: list[tuple[QWidget, str]] = [(self._context, tr("Context, tokens")), (self._cache, tr("Cache"))]
        self._offload.setVisible(len(found["parts"]) > 1 or bool(choice["offload"]))
        if not self._offload.isHidden():
            rows.append((self._offload, tr("Layers on the card")))
        for widget, text in rows:
            widget.setAccessibleName(tr("{what} of {model}", what=text, model=found["id"]))
            widget.setMaximumWidth(180)
            form.addRow(text, widget)
        line = QHBoxLayout()
        for text, wish in ((tr("Keep"), self._wish), (tr("As it fits best"), dict)):
            button = QPushButton(text)
            button.setAccessibleName(f"{text}: {found['id']}")
            button.clicked.connect(lambda _=False, wish=wish: keep(wish()))
            line.addWidget(button)
        line.addStretch(1)
        form.addRow(line)

    def _wish(self) -> dict[str, Any]:
        return {"context": max(512, int(self._context.text() or 0)), "cache": self._cache.currentText(), "offload": int(self._offload.text() or 0)}
