"""A card that finds models by name: on the hub, or in the catalogue where that does not answer; each with its sizes, what fits, and a button that fetches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.client.model_text import pace_text
from app.desktop.connection import CoreConnection
from app.desktop.pages.machine_cards import Failed
from app.desktop.pages.plain import empty, heading, muted, plain
from app.desktop.reasons import reason
from app.desktop.text import bytes_text, tr
from app.desktop.widgets.still_fields import StillComboBox

Fetch = Callable[[str, Failed], None]
LIMIT = 10  # results; each is one more question to the hub


class SearchCard(QFrame):
    """``fetch`` is called with what ``POST /api/models/downloads`` takes as ``id``, and with whoever hears of its failure.

    What was found stays until something else is looked for.
    """

    def __init__(self, connection: CoreConnection, fetch: Fetch) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._connection, self._fetch = connection, fetch
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 12, 14, 12)
        layout.addWidget(heading(tr("Find a model")))
        line = QHBoxLayout()
        self.field = QLineEdit()
        self.field.setPlaceholderText(tr("A name, for example: qwen 4b"))
        self.field.setAccessibleName(tr("Name of the model to find"))
        self.field.returnPressed.connect(self.look)
        self.button = QPushButton(tr("Search"))
        self.button.setAccessibleName(tr("Search for models"))
        self.button.clicked.connect(self.look)
        line.addWidget(self.field, 1)
        line.addWidget(self.button)
        layout.addLayout(line)
        self._found = QVBoxLayout()
        self._found.setSpacing(8)
        layout.addLayout(self._found)

    def look(self) -> None:
        """Ask for what stands in the field; nothing where nothing stands there."""
        if words := self.field.text().strip():
            self.button.setEnabled(False)
            self._say(tr("Asking the model hub …"))
            self._connection.get(f"/api/models/search?limit={LIMIT}&text={quote(words, safe='')}", self._show, self._failed)

    def judge_again(self) -> None:
        """What was on its way has come or failed: every result can be fetched again."""
        for row in self.findChildren(ResultRow):
            row.judge()

    def _say(self, text: str, role: str = "muted") -> None:
        empty(self._found)
        self._found.addWidget(plain(text, role))

    def _failed(self, error: dict[str, Any]) -> None:
        self.button.setEnabled(True)
        self._say(f"{error['message']} {error.get('hint', '')}".strip(), "bad")

    def _show(self, answer: dict[str, Any]) -> None:
        self.button.setEnabled(True)
        empty(self._found)
        if answer["from_catalog"]:
            self._found.addWidget(muted(f"{answer['problem']} {tr('These are from the built-in catalogue.')}".strip()))
        if answer["left_out"]:
            self._found.addWidget(muted(tr("Left out, since this version cannot load them: {n}", n=answer["left_out"])))
        for row in answer["results"]:
            self._found.addWidget(ResultRow(row, self._fetch))
        if not answer["results"]:
            self._found.addWidget(muted(tr("Nothing is called that.")))


class ResultRow(QWidget):
    """A model that was found: its name, what is known of it, whether it fits, its sizes to choose from, and the button."""

    def __init__(self, row: dict[str, Any], fetch: Fetch) -> None:
        super().__init__()
        self._row, self._fetch = row, fetch
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 6, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(heading(row["id"]))
        layout.addWidget(muted(" · ".join(_facts(row))))
        self.fits = plain("", "muted")
        layout.addWidget(self.fits)
        line = QHBoxLayout()
        self.sizes = StillComboBox()
        self.sizes.setAccessibleName(tr("Size of {model}", model=row["id"]))
        for file in row["files"]:
            self.sizes.addItem(f"{file['quantisation']} · {bytes_text(file['bytes'])}", file)
        self.sizes.setCurrentIndex(next((number for number, file in enumerate(row["files"]) if file["quantisation"] == row["best"]), 0))
        self.sizes.currentIndexChanged.connect(self.judge)
        self.button = QPushButton(tr("Fetch"))
        self.button.setAccessibleName(tr("Fetch {model}", model=row["id"]))
        self.button.clicked.connect(self._begin)
        line.setSpacing(8)
        line.addWidget(self.sizes)
        line.addWidget(self.button)
        line.addStretch(1)
        layout.addLayout(line)
        self.judge()

    @property
    def wanted(self) -> str:
        """What is to be fetched."""
        file = self.sizes.currentData()
        return f"{self._row['id']}:{file['quantisation']}" if file else str(self._row["id"])

    def _begin(self) -> None:
        self.button.clearFocus()  # else the next field would get it, and the wheel would change that
        self.button.setEnabled(False)
        self.fits.setText(tr("On its way: see above."))
        self._fetch(self.wanted, self._refused)

    def _refused(self, error: dict[str, Any]) -> None:
        self.button.setEnabled(True)
        self.fits.setText(f"{error['message']} {error.get('hint', '')}".strip())

    def judge(self) -> None:
        """Say whether the chosen size fits; a person may fetch one that does not, since more memory may be free another day."""
        file = self.sizes.currentData()
        self.button.setEnabled(True)
        self.sizes.setVisible(bool(self._row["files"]))
        self.button.setVisible(bool(self._row["files"]))
        if file is None:
            self.fits.setText(tr("It does not say what files it has."))
        elif file["fits"]:
            words = tr("Fits here, about {speed} tokens/s.") if file["quick"] else tr("Fits here, slowly: about {speed} tokens/s.")
            self.fits.setText(words.format(speed=pace_text(file["speed"])))
        else:
            self.fits.setText(tr("Does not fit: {why}", why=reason(file["reason"])))


def _facts(row: dict[str, Any]) -> list[str]:
    """Size, licence, and how many have fetched it, as far as it is told."""
    found = [tr("{n} billion parameters", n=f"{row['parameters'] / 1e9:.1f}")] if row["parameters"] else []
    found.append(tr("licence {name}", name=row["licence"]) if row["licence"] else tr("licence not stated"))
    if row["source"] == "hub":
        found.append(tr("fetched {n} times", n=f"{row['downloads']:,}"))
    return [*found, *([tr("asks for a token")] if row["gated"] else [])]
