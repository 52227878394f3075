"""Memory: what is known, day by day, newest first; searched, corrected, forgotten."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from urllib.parse import quote

from PySide6.QtCore import QDate, QLocale, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.desktop.connection import CoreConnection
from app.desktop.pages.plain import PlainPage, card, heading, muted
from app.desktop.text import tr
from app.desktop.theme import Theme
from app.desktop.widgets.still_fields import StillComboBox

PAUSE_MS = 250  # after the last letter of a search
MOST = 200


def local_day(moment: str) -> date:
    """The day of an ISO 8601 moment, by this machine's clock."""
    return datetime.fromisoformat(moment).astimezone().date()


def day_words(day: date) -> str:
    """A day as a person says it: today, yesterday, or its date in their language."""
    ago = {date.today(): tr("Today"), date.today() - timedelta(days=1): tr("Yesterday")}
    return ago.get(day) or QLocale().toString(QDate(day.year, day.month, day.day), QLocale.FormatType.LongFormat)


class MemoryPage(PlainPage):
    """A line to remember something, a line to search, then the days."""

    def __init__(self, theme: Theme, connection: CoreConnection) -> None:
        super().__init__(theme, connection, tr("Memory"), tr("What I know, in whose words. Facts that were replaced stay as history; what you forget leaves nothing behind."))
        self._new, self._search, self._level, self._who = QLineEdit(), QLineEdit(), StillComboBox(), StillComboBox()
        self._receipt = QVBoxLayout()
        self._days = QVBoxLayout()
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._look)
        self._shown = 0
        self.body.addWidget(self._controls())
        self.body.addLayout(self._receipt)
        self.body.addLayout(self._days)

    def _controls(self) -> QWidget:
        frame, layout = card()
        for field, words, act in ((self._new, tr("Remember that …"), self._remember), (self._search, tr("Search what is remembered"), self._look)):
            field.setPlaceholderText(words)
            field.setAccessibleName(words)
            field.returnPressed.connect(act)
        self._level.setAccessibleName(tr("Which memories"))
        for name, words in (("", tr("Everything")), ("fact", tr("Facts")), ("turn", tr("Conversations"))):
            self._level.addItem(words, name)
        self._level.currentIndexChanged.connect(lambda _: self._look())
        self._search.textChanged.connect(lambda _: self._pause.start())
        keep = QPushButton(tr("Remember"))
        keep.clicked.connect(self._remember)
        self._who.setAccessibleName(tr("Whose words"))
        for name, words in (("", tr("Anybody")), ("person", tr("you")), ("assistant", tr("Deskhand"))):
            self._who.addItem(words, name)
        self._who.currentIndexChanged.connect(lambda _: self._look())
        for widgets in ((self._new, keep), (self._search, self._level, self._who)):
            line = QHBoxLayout()
            for place, widget in enumerate(widgets):
                line.addWidget(widget, int(place == 0))
            layout.addLayout(line)
        return frame

    def refresh(self) -> None:
        self.connection.get("/api/memory/people", self._people, self.failed)
        self._look()

    def _people(self, names: list[str]) -> None:
        known = {self._who.itemData(at) for at in range(self._who.count())}
        for name in names[:50]:
            if name not in known:
                self._who.addItem(name, name)

    def _remember(self) -> None:
        if text := self._new.text().strip():
            self.connection.post("/api/memory", {"text": text}, self._remembered, self.failed)

    def _remembered(self, row: dict[str, Any]) -> None:
        self._new.clear()
        self._tell(row, tr("It takes the place of: {text}", text=row["history"][0]["text"]) if row.get("history") else tr("Remembered: {text}", text=row["text"]))
        self._look()

    def _tell(self, row: dict[str, Any], words: str) -> None:
        """The receipt of a write, with the click that takes it back."""
        while item := self._receipt.takeAt(0):
            if widget := item.widget():
                widget.deleteLater()
        if not row:
            return
        frame, layout = card()
        line = QHBoxLayout()
        label = QLabel(words[:300])
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        undo = QPushButton(tr("Undo"))
        undo.setAccessibleName(tr("Undo: {text}", text=row["text"][:60]))
        undo.clicked.connect(lambda: self.connection.post(f"/api/memory/{row['id']}/undo", {}, lambda _: self._undone(), self.failed))
        line.addWidget(label, 1)
        line.addWidget(undo)
        layout.addLayout(line)
        self._receipt.addWidget(frame)

    def _undone(self) -> None:
        self._tell({}, "")
        self._look()

    def _edited(self, row: dict[str, Any]) -> None:
        self._tell(row, tr("Changed: {text}", text=row["text"]))
        self._look()

    def _look(self) -> None:
        self._shown += 1
        number, level = self._shown, self._level.currentData()
        if text := self._search.text().strip():
            path = f"/api/memory/search?text={quote(text)}&level={level}&limit=50&past=true"
            self.connection.get(path, lambda found: self._show(number, found["memories"], False, found["by_meaning"]), self.failed)
        else:
            self.connection.get(
                f"/api/memory?level={level}&limit={MOST}&past=true&who={quote(str(self._who.currentData()), safe='')}",
                lambda rows: self._show(number, rows, True, True),
                self.failed,
            )

    def show_only(self, ids: list[str]) -> None:
        """Just these, for example those that an answer used; what was forgotten since is not there."""
        self._shown += 1
        number, found = self._shown, list[dict[str, Any]]()

        def take(row: dict[str, Any]) -> None:
            found.append(row)
            self._show(number, found, False, True)

        self._show(number, [], False, True)
        for id_ in ids:
            self.connection.get(f"/api/memory/{quote(id_, safe='')}", take, lambda _: None)

    def _show(self, number: int, rows: list[dict[str, Any]], by_day: bool, by_meaning: bool) -> None:
        if number != self._shown:
            return  # a later search has been asked already
        while item := self._days.takeAt(0):
            if widget := item.widget():
                widget.deleteLater()
        if not rows:
            self._days.addWidget(
                muted(tr("Nothing like that is remembered.") if self._search.text().strip() else tr("Nothing is remembered yet. Tell me something, or talk to me."))
            )
        if not by_meaning and rows:
            self._days.addWidget(muted(tr("Found by words alone. The embedding model on the Models page adds meaning.")))
        for day, members in groupby(rows, lambda row: local_day(row["at"]) if by_day else None):
            if day:
                self._days.addWidget(heading(day_words(day)))
            for row in members:
                self._days.addWidget(MemoryCard(row, self.connection, self._look, self.failed, self._edited))


class MemoryCard(QFrame):
    """One memory: its words, whose they are, and what can be done about it."""

    def __init__(
        self, row: dict[str, Any], connection: CoreConnection, changed: Callable[[], None], failed: Callable[[dict[str, Any]], None], edited: Callable[[dict[str, Any]], None]
    ) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._row, self._connection, self._changed, self._failed, self._edited = row, connection, changed, failed, edited
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 10)
        self._words = QLabel(row["text"][:2000])
        self._words.setWordWrap(True)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard)
        layout.addWidget(self._words)
        line = QHBoxLayout()
        line.addWidget(muted(self._facts()), 1)
        if row["level"] == "fact":
            if not row["valid_to"]:
                line.addWidget(self._button(tr("Wrong"), self._wrong))
            line.addWidget(self._button(tr("Change"), self._edit))
        line.addWidget(self._button(tr("Forget"), self._forget))
        layout.addLayout(line)

    def _facts(self) -> str:
        row = self._row
        whose = {"person": tr("you"), "assistant": tr("Deskhand")}.get(row["said_by"], row["said_by"])
        kind = tr("fact") if row["level"] == "fact" else tr("said")
        until = tr("no longer, since {day}", day=day_words(local_day(row["valid_to"]))) if row["valid_to"] else ""
        return " · ".join(
            filter(
                None,
                (
                    kind,
                    whose,
                    day_words(local_day(row["at"])),
                    tr("from outside") if row["source"] == "outside" else "",
                    tr("called wrong") if row.get("rating", 0) < 0 else "",
                    until,
                ),
            )
        )

    def _button(self, text: str, act: Callable[[], None]) -> QPushButton:
        button = QPushButton(text)
        button.setProperty("kind", "flat")
        button.setAccessibleName(f"{text}: {self._row['text'][:60]}")
        button.clicked.connect(lambda: act())
        return button

    def _edit(self) -> None:
        field = QLineEdit(self._row["text"])
        field.setAccessibleName(tr("Change"))
        field.returnPressed.connect(lambda: self._connection.patch(f"/api/memory/{self._row['id']}", {"text": field.text()}, self._edited, self._failed))
        self.layout().replaceWidget(self._words, field)  # type: ignore[union-attr]
        self._words.hide()
        field.setFocus()

    def _wrong(self) -> None:
        """Called wrong twice, it is not put before a model any more."""
        self._connection.post(f"/api/memory/{self._row['id']}/rate", {"good": False}, lambda _: self._changed(), self._failed)

    def _forget(self) -> None:
        self.setEnabled(False)
        self._connection.delete(f"/api/memory/{self._row['id']}", lambda _: self._changed(), self._failed)
