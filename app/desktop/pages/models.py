"""Models: this machine, what suits it, who plans, reviews and executes; what there is and what it takes; adding a server."""

from __future__ import annotations

from typing import Any

from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QComboBox, QFormLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout

from app.desktop.connection import CoreConnection
from app.desktop.pages.machine_cards import DownloadsCard, Failed, LoadKnobs, advice_card, machine_card
from app.desktop.pages.model_search import SearchCard
from app.desktop.pages.plain import PlainPage, card, heading, muted, plain
from app.desktop.pages.roles import RoleSelectors
from app.desktop.text import bytes_text, tr
from app.desktop.theme import Theme
from app.desktop.widgets.memory_bar import bars

SERVERS = {
    "ollama": "http://localhost:11434/v1",
    "lmstudio": "http://localhost:1234/v1",
    "openai": "https://api.openai.com/v1",
    "openrouter": "https://openrouter.ai/api/v1",
    "anthropic": "",
}


WAYS = {
    "simple requests": lambda: tr("simple requests"), "talk": lambda: tr("talk"), "small tasks": lambda: tr("small tasks"), "tools": lambda: tr("tools"), "plans": lambda: tr("plans"),
    "pictures": lambda: tr("pictures"),
}  # fmt: skip


def measured_text(row: dict[str, Any]) -> str:
    """How quickly a model reads and writes here, how it did with tools, which ways of working it takes, and what it costs."""
    reads, writes = row.get("reads_per_s"), row.get("writes_per_s")
    paces = [tr("reads {n} tokens/s", n=round(reads)) if reads else "", tr("writes {n} tokens/s", n=round(writes)) if writes else ""]
    price = (
        tr("${read} in, ${written} out for a million tokens", read=f"{row['price_in']:g}", written=f"{row['price_out']:g}") if row.get("price_in") or row.get("price_out") else ""
    )
    score = row.get("tool_score")
    tested = tr("acts step by step in tools: {n} of {all}", n=len(score["passed"]), all=len(score["passed"]) + len(score["failed"])) if score else ""
    return " · ".join(filter(None, (*paces, tested, ", ".join(WAYS[way]() for way in row.get("ways") or () if way in WAYS), price)))


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
        self._downloads: DownloadsCard | None = None

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
        self.body.removeWidget(self._search)  # what it found stays while the rest is read again
        self.clear()
        self.body.addWidget(machine_card(self.theme, found["machine"]))
        self._downloads = DownloadsCard(self.connection, self.failed, self.refresh)
        self.body.addWidget(self._downloads)
        self._downloads.look()
        self.body.addWidget(advice_card(found["catalog"]["recommended"], self._fetch))
        self.body.addWidget(self._search)
        self._search.judge_again()
        self._roles(found["models"])
        self._known(found["models"])
        self._add_server()

    def _fetch(self, id_: str, failed: Failed | None = None) -> None:
        self.connection.post("/api/models/downloads", {"id": id_}, self._follow, failed or self.failed)

    def _follow(self, row: dict[str, Any]) -> None:
        if self._downloads is not None:
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
        for row in found["models"]:
            frame, layout = card()
            line = QHBoxLayout()
            line.addWidget(heading(row["id"]), 1)
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
            if told := measured_text(row):
                layout.addWidget(muted(told))
            if row.get("ends"):
                said = tr("Its service ended it on {date}.", date=row["ends"]) if row["ended"] else tr("Its service ends it on {date}.", date=row["ends"])
                layout.addWidget(plain(said, "bad"))
            if row["kind"] == "gguf" and row["id"] != "starter":
                self._fit_button(row["id"], line, layout)
            self.body.addWidget(frame)

    def _fit_button(self, model_id: str, line: QHBoxLayout, layout: QVBoxLayout) -> None:
        button = QPushButton(tr("What it takes"))
        button.setProperty("kind", "flat")
        button.setAccessibleName(tr("What {model} takes", model=model_id))
        button.clicked.connect(lambda: self._ask_fit(model_id, button, layout))
        line.addWidget(button)

    def _ask_fit(self, model_id: str, button: QPushButton, layout: QVBoxLayout) -> None:
        button.setEnabled(False)
        self.connection.get(f"/api/models/fit/{model_id}", lambda found: self._show_fit(found, layout), self.failed)

    def _show_fit(self, found: dict[str, Any], layout: QVBoxLayout) -> None:
        """Where the memory would go, and how quick it would be; or why it does not fit."""
        for bar in bars(self.theme, found):
            layout.addWidget(muted(bar.words()))
            layout.addWidget(bar)
        near = found["nearest"]
        said = (
            tr(
                "Fits: {why}. Loads in about {seconds} s, then about {speed} tokens/s.",
                why=found["reason"],
                seconds=round(found["load_seconds"], 1),
                speed=round(found["decode_speed"]),
            )
            if found["fits"]
            else tr("Does not fit: {why}", why=found["reason"]) + (" " + tr("It would with {n} tokens of context.", n=near["context"]) if near else "")
        )
        layout.addWidget(muted(said))
        layout.addWidget(LoadKnobs(found, lambda wish: self.connection.put(f"/api/models/choice/{found['id']}", wish, lambda _: self.refresh(), self.failed)))

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
