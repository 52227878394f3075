"""The first-run page: what this machine is, which model to begin with, where to work. All of it can be skipped."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QPushButton, QVBoxLayout

from app.desktop.connection import CoreConnection
from app.desktop.pages.plain import PlainPage, card, heading, muted, plain
from app.desktop.text import bytes_text, tr
from app.desktop.theme import Theme
from app.desktop.widgets.folder_field import FolderField
from app.desktop.widgets.model_card import ModelCard

ROLES, STARTER = ("planner", "executor"), "starter"


class FirstRunPage(PlainPage):
    """``finished`` carries the page to open next, ``chat`` or ``models``, and what was typed here to be asked there."""

    finished = Signal(str, str)

    def __init__(self, theme: Theme, connection: CoreConnection) -> None:
        super().__init__(theme, connection, tr("Welcome to Deskhand"), tr("Three things, then you can begin. You may also skip them and type your first request here."))
        self._workspace, self._next, self._request = FolderField(), "chat", QLineEdit()

    def refresh(self) -> None:
        self.connection.get("/api/doctor", lambda found: self.connection.get("/api/models", lambda models: self._show(found["machine"], models), self.failed), self.failed)

    def _show(self, machine: dict[str, Any], models: dict[str, Any]) -> None:
        typed = self._request.text()
        self.clear()
        self._field(typed)
        self._machine(machine)
        chosen = next((model for role in ROLES if (model := models["roles"][role]) != STARTER), "")
        self._model(chosen)
        self._folder()
        skip = QPushButton(tr("Begin"))
        skip.setProperty("kind", "primary")
        skip.setAccessibleName(tr("Begin") if chosen else tr("Begin with the built-in starter"))
        skip.clicked.connect(lambda: self._finish("chat"))
        self.body.addWidget(skip, 0, Qt.AlignmentFlag.AlignLeft)
        self._request.setFocus() if typed else skip.setFocus()

    def _field(self, typed: str) -> None:
        self._request = QLineEdit(typed)
        self._request.setPlaceholderText(tr("What should be done?"))
        self._request.setAccessibleName(tr("Request"))
        self._request.returnPressed.connect(lambda: self._finish("chat"))
        self.body.addWidget(self._request)

    def _machine(self, machine: dict[str, Any]) -> None:
        frame, layout = card()
        layout.addWidget(heading(tr("1  This machine")))
        usable = [gpu for gpu in machine["gpus"] if gpu["used"]]
        cards = ", ".join(f"{gpu['name']} ({bytes_text(gpu['memory_bytes'])})" for gpu in usable) or tr("no graphics card that models can use")
        layout.addWidget(plain(f"{machine['system']} · {tr('{n} cores', n=machine['cores'])} · {bytes_text(machine['memory_bytes'])} {tr('memory')} · {cards}"))
        layout.addWidget(muted(runs_well(machine)))
        self.body.addWidget(frame)

    def _model(self, chosen: str) -> None:
        """What was chosen already, in a terminal say, or one that talks to be fetched."""
        frame, layout = card()
        layout.addWidget(heading(tr("2  The model")))
        self._chosen(layout, chosen) if chosen else self._offer(layout)
        self.body.addWidget(frame)

    def _chosen(self, layout: QVBoxLayout, model: str) -> None:
        layout.addWidget(plain(tr("{model} is chosen: it answers what you ask.", model=model)))
        other = QPushButton(tr("Other models and accounts"))
        other.setProperty("kind", "flat")
        other.setAccessibleName(other.text())
        other.clicked.connect(lambda: self._finish("models"))
        layout.addWidget(other, 0, Qt.AlignmentFlag.AlignLeft)

    def _offer(self, layout: QVBoxLayout) -> None:
        layout.addWidget(plain(tr("The built-in starter is ready: files, notes, numbers, offline, in milliseconds. It does not chat.")))
        offered = ModelCard(self.connection, framed=False)
        offered.elsewhere_asked.connect(lambda: self._finish("models"))
        layout.addWidget(offered)

    def _folder(self) -> None:
        frame, layout = card()
        layout.addWidget(heading(tr("3  The folder to work in")))
        self._workspace = FolderField()
        self._workspace.made.connect(lambda _: self._finish(self._next))  # go on to where one wanted to go
        layout.addWidget(self._workspace)
        layout.addWidget(muted(tr("Inside it, changes that can be undone happen without asking.")))
        self.body.addWidget(frame)

    def _finish(self, page: str) -> None:
        """Keep the folder and leave; a folder that is not there keeps one here."""
        self._next, folder = page, self._workspace.accept()
        if folder is None:
            self._workspace.field.setFocus()
            QTimer.singleShot(0, self._workspace, lambda: self.ensureWidgetVisible(self._workspace))
        elif folder:
            self.connection.put("/api/settings/workspace.default", {"value": folder}, lambda _: self._leave(page), self.failed)
        else:
            self._leave(page)

    def _leave(self, page: str) -> None:
        self.connection.put("/api/settings/desktop.first_run_done", {"value": True})
        self.finished.emit(page, self._request.text().strip() if page == "chat" else "")
        self._request.clear()


def runs_well(machine: dict[str, Any]) -> str:
    """What size of model this machine can hold: a 4-bit model takes about 0.6 GB for each billion parameters, plus 1.5 GB."""
    on_card = max((gpu["memory_bytes"] for gpu in machine["gpus"] if gpu["used"]), default=0)
    budget = on_card or machine["memory_free_bytes"] * 0.7
    billions = max(0, (budget - 1.5e9) / 0.6e9)
    size = max((known for known in (1, 3, 4, 8, 14, 32, 70) if known <= billions), default=0)
    where = tr("on the graphics card") if on_card else tr("on the processor, slowly beyond 4 billion")
    return tr("Models of up to about {n} billion parameters (4 bits each) fit {where}.", n=size, where=where) if size else tr("Only the built-in starter fits comfortably.")
