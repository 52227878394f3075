"""Models: this machine, what suits it, who plans, reviews and executes; what there is and what it takes; adding a server."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent

from app.desktop.connection import CoreConnection
from app.desktop.pages.connect_server import ConnectCard
from app.desktop.pages.machine_cards import DownloadsCard, Failed, advice_card, machine_card
from app.desktop.pages.model_rows import ModelRow, ServerRow
from app.desktop.pages.model_search import SearchCard
from app.desktop.pages.plain import PlainPage, card, heading, muted
from app.desktop.pages.roles import RoleSelectors
from app.desktop.text import tr
from app.desktop.theme import Theme

SERVED = ("openai", "anthropic")  # kinds of models behind a server


class ModelsPage(PlainPage):
    """Roles as three selectors, known models as cards."""

    def __init__(self, theme: Theme, connection: CoreConnection) -> None:
        super().__init__(
            theme,
            connection,
            tr("Models"),
            tr("The built-in starter works at once, offline. Bigger models understand more: connect a server, or drop a GGUF file here."),
        )
        self.setAcceptDrops(True)
        self._search = SearchCard(connection, self._fetch)
        self._downloads = DownloadsCard(connection, self.failed, self.refresh)
        self._connect = ConnectCard(connection, self.refresh)
        self._connect.look()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.toLocalFile().lower().endswith(".gguf") for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """GGUF files dropped here are copied into the models folder."""
        for url in event.mimeData().urls():
            if (path := url.toLocalFile()).lower().endswith(".gguf"):
                self.body.insertWidget(0, muted(tr("Adding {file} …", file=path.rpartition("/")[2])))
                self.connection.post("/api/models/files", {"path": path}, lambda _: self.refresh(), self.failed)

    def refresh(self) -> None:
        """Models, then machine and catalogue, then everything is shown at once."""
        self._read({}, ["models", "models/machine", "models/catalog"])

    def _read(self, found: dict[str, Any], missing: list[str]) -> None:
        if not missing:
            self._show(found)
            return
        path, *rest = missing
        self.connection.get(f"/api/{path}", lambda value: self._read({**found, path.rpartition("/")[2]: value}, rest), self.failed)

    def _show(self, found: dict[str, Any]) -> None:
        at = self.verticalScrollBar().value()
        for kept in (self._search, self._downloads, self._connect):  # what stands in them stays while the rest is read again
            self.body.removeWidget(kept)
        self.clear()
        self.body.addWidget(machine_card(self.theme, found["machine"]))
        self.body.addWidget(self._downloads)
        self._downloads.look()
        self.body.addWidget(advice_card(found["catalog"]["recommended"], self._fetch))
        self.body.addWidget(self._search)
        self._search.judge_again()
        self._roles(found["models"])
        self._known(found["models"])
        self.body.addWidget(self._connect)
        self._connect.look()
        QTimer.singleShot(0, self, lambda: self.verticalScrollBar().setValue(at))  # once the cards have their places

    def _fetch(self, id_: str, failed: Failed | None = None) -> None:
        self.connection.post("/api/models/downloads", {"id": id_}, self._follow, failed or self.failed)

    def _follow(self, row: dict[str, Any]) -> None:
        self._downloads.follow(row)

    def _roles(self, found: dict[str, Any]) -> None:
        frame, layout = card()
        layout.addWidget(heading(tr("Roles")))
        selectors = RoleSelectors()
        selectors.show_models(found)
        selectors.chosen.connect(lambda role, model: self.connection.put(f"/api/models/roles/{role}", {"model": model}, None, self.failed))
        layout.addWidget(selectors)
        self.body.addWidget(frame)

    def _known(self, found: dict[str, Any]) -> None:
        servers: dict[str, list[dict[str, Any]]] = {}
        for row in found["models"]:
            if row["kind"] in SERVED:
                servers.setdefault(row["id"].partition("/")[0], []).append(row)
            else:
                self.body.addWidget(ModelRow(self.theme, self.connection, row, self.refresh))
        for name, rows in servers.items():
            self.body.addWidget(ServerRow(self.connection, name, rows, self.refresh, self.failed))
