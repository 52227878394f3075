"""Cards of the Models page for what there is: each model with its figures, loading, what it takes, and removal after a second click."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import quote

from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QVBoxLayout, QWidget

from app.client.model_text import pace_text
from app.desktop.connection import CoreConnection
from app.desktop.pages.machine_cards import Failed, LoadKnobs
from app.desktop.pages.plain import heading, muted, plain
from app.desktop.reasons import reason
from app.desktop.text import bytes_text, tr
from app.desktop.theme import Theme
from app.desktop.widgets.flow_layout import FlowLayout
from app.desktop.widgets.memory_bar import bars

OURS = "this machine"  # files in our folders; those of other programs are not ours to delete
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


class ModelRow(QFrame):
    """One model. ``changed`` is called when it was loaded, unloaded or removed; what goes wrong stands in the card."""

    def __init__(self, theme: Theme, connection: CoreConnection, row: dict[str, Any], changed: Callable[[], None]) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._theme, self._connection, self._row, self._changed = theme, connection, row, changed
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 12, 14, 12)
        layout.setSpacing(6)
        layout.addWidget(heading(row["id"]))
        layout.addWidget(muted(" · ".join(filter(None, (_where(row), bytes_text(row["bytes"]) if row["bytes"] else "", _state(row))))))
        if told := measured_text(row):
            layout.addWidget(muted(told))
        if row.get("ends"):
            said = tr("Its service ended it on {date}.", date=row["ends"]) if row["ended"] else tr("Its service ends it on {date}.", date=row["ends"])
            layout.addWidget(plain(said, "bad"))
        self._line = FlowLayout(spacing=6)
        layout.addLayout(self._line)
        self._below = QVBoxLayout()
        self._takes: QWidget | None = None  # what it takes, while that is shown
        layout.addLayout(self._below)
        self._buttons()

    def _buttons(self) -> None:
        row = self._row
        if row["kind"] == "gguf":
            verb = "unload" if row["loaded"] else "load"
            self._add(tr("Unload") if row["loaded"] else tr("Load"), lambda button: self._load(verb, button))
        if row["kind"] == "gguf" and row["id"] != "starter":
            self._add(tr("What it takes"), self._ask_fit, tr("What {model} takes", model=row["id"]))
        if row["where"] == OURS:
            self._add(tr("Remove"), self._ask_removal)

    def _add(self, text: str, act: Callable[[QPushButton], None], name: str = "") -> QPushButton:
        button = QPushButton(text)
        button.setAccessibleName(name or f"{text} {self._row['id']}")
        button.clicked.connect(lambda: act(button))
        self._line.addWidget(button)
        return button

    def _load(self, verb: str, button: QPushButton) -> None:
        button.setEnabled(False)
        button.setText(tr("Loading …") if verb == "load" else tr("Unloading …"))
        self._connection.post(
            f"/api/models/{verb}/{quote(self._row['id'])}", {}, lambda _: self._changed(), lambda error: self._failed(error, button, tr("Load") if verb == "load" else tr("Unload"))
        )

    def _ask_removal(self, button: QPushButton) -> None:
        """A file of gigabytes does not come back by itself: the first click asks, the second one does it."""
        button.setEnabled(False)
        question = QWidget()
        layout = QVBoxLayout(question)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(plain(tr("Delete {size} from this disk? It would have to be fetched again.", size=bytes_text(self._row["bytes"])), "warn"))
        yes, no = QPushButton(tr("Delete")), QPushButton(tr("Keep it"))
        line = FlowLayout(spacing=6)
        for choice in (no, yes):
            choice.setAccessibleName(f"{choice.text()} {self._row['id']}")
            line.addWidget(choice)
        layout.addLayout(line)
        self._below.addWidget(question)
        no.clicked.connect(lambda: self._withdraw(question, button))
        yes.clicked.connect(lambda: self._remove(yes))
        no.setFocus()

    def _withdraw(self, question: QWidget, button: QPushButton) -> None:
        button.setEnabled(True)
        button.setFocus()
        question.hide()
        question.deleteLater()

    def _remove(self, button: QPushButton) -> None:
        button.setEnabled(False)
        self._connection.delete(f"/api/models/files/{quote(self._row['id'])}", lambda _: self._changed(), lambda error: self._failed(error, button, tr("Delete")))

    def _failed(self, error: dict[str, Any], button: QPushButton, text: str) -> None:
        button.setText(text)
        button.setEnabled(True)
        self._below.addWidget(plain(f"{error['message']} {error.get('hint', '')}".strip(), "bad"))

    def _ask_fit(self, button: QPushButton) -> None:
        """Show it, and on a second click fold it away. The button stays as it is: without it the focus would go to the one that removes."""
        if self._takes is not None:
            self._takes.hide()
            self._takes.deleteLater()
            self._takes = None
            return
        self._takes = QWidget()
        self._connection.get(f"/api/models/fit/{quote(self._row['id'])}", partial(self._show_fit, self._takes), lambda error: self._fit_failed(error, button))

    def _fit_failed(self, error: dict[str, Any], button: QPushButton) -> None:
        self._takes = None
        self._failed(error, button, tr("What it takes"))

    def _show_fit(self, place: QWidget, found: dict[str, Any]) -> None:
        """Where the memory would go, and how quick it would be; or why it does not fit."""
        if place is not self._takes:
            return  # it was folded away meanwhile
        layout = QVBoxLayout(place)
        layout.setContentsMargins(0, 0, 0, 0)
        for bar in bars(self._theme, found):
            layout.addWidget(muted(bar.words()))
            layout.addWidget(bar)
        layout.addWidget(muted(_fit_words(found)))
        layout.addWidget(LoadKnobs(found, self._keep_choice))
        self._below.addWidget(place)

    def _keep_choice(self, wish: dict[str, Any]) -> None:
        failed: Failed = lambda error: self._below.addWidget(plain(error["message"], "bad"))  # noqa: E731
        self._connection.put(f"/api/models/choice/{quote(self._row['id'])}", wish, lambda _: self._changed(), failed)


def _state(row: dict[str, Any]) -> str:
    return tr("loaded") if row["loaded"] else tr("not loaded") if row["kind"] == "gguf" else ""


def _where(row: dict[str, Any]) -> str:
    """Where it lives: on this machine, built in, the name of another program."""
    return tr("on this machine") if row["where"] == OURS else tr(row["where"])


def _fit_words(found: dict[str, Any]) -> str:
    if found["fits"]:
        seconds, speed = round(found["load_seconds"], 1), pace_text(found["decode_speed"])
        return tr("Fits: {why}. Loads in about {seconds} s, then about {speed} tokens/s.", why=reason(found["reason"]), seconds=seconds, speed=speed)
    near = found["nearest"]
    return tr("Does not fit: {why}", why=reason(found["reason"])) + (" " + tr("It would with {n} tokens of context.", n=near["context"]) if near else "")


class ServerRow(QFrame):
    """One server with its models, and a button that forgets it."""

    def __init__(self, connection: CoreConnection, name: str, rows: list[dict[str, Any]], changed: Callable[[], None], failed: Failed) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 12, 14, 12)
        layout.setSpacing(6)
        layout.addWidget(heading(name))
        layout.addWidget(muted(rows[0]["where"]))
        for row in rows:
            layout.addWidget(QLabel(row["id"].partition("/")[2]))
            ends = (tr("Its service ended it on {date}.", date=row["ends"]) if row["ended"] else tr("Its service ends it on {date}.", date=row["ends"])) if row.get("ends") else ""
            if told := " · ".join(filter(None, (measured_text(row), ends))):
                layout.addWidget(plain(told, "bad" if ends else "muted"))
        button = QPushButton(tr("Forget this server"))
        button.setAccessibleName(tr("Forget the server {name}", name=name))
        button.clicked.connect(lambda: connection.delete(f"/api/models/providers/{quote(name, safe='')}", lambda _: changed(), failed))
        line = FlowLayout(spacing=6)
        line.addWidget(button)
        layout.addLayout(line)
