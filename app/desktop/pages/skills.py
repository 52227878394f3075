"""Skills: ready ways of doing things. Searched, run with a form, looked at, changed, switched off, shared; new ones are shown before they are added."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFileDialog, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.desktop.connection import CoreConnection
from app.desktop.pages.plain import PlainPage, card, heading, muted
from app.desktop.pages.skill_cards import OfferCard, SkillCard
from app.desktop.text import tr
from app.desktop.theme import Theme
from app.desktop.widgets.still_fields import StillComboBox

PAUSE_MS = 250  # after the last letter of a search
AT_ONCE, NARROW = 60, 480  # cards; pixels


class SkillsPage(PlainPage):
    """``started`` carries the conversation of a skill that was run."""

    started = Signal(str)

    def __init__(self, theme: Theme, connection: CoreConnection) -> None:
        super().__init__(
            theme, connection, tr("Skills"), tr("Ready ways of doing things. Say $ and a name in a request, or run one here; every step is checked and can be undone.")
        )
        self.setAcceptDrops(True)
        self._search, self._which, self._source = QLineEdit(), StillComboBox(), QLineEdit()
        self._offer, self._rows = QVBoxLayout(), QVBoxLayout()
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._look)
        self._lines = QHBoxLayout(), QHBoxLayout()
        self._waiting: list[dict[str, Any]] = []
        self._asked = 0
        self._opened: set[str] = set()
        self.body.addWidget(self._controls())
        self.body.addLayout(self._offer)
        self.body.addLayout(self._rows)

    def _controls(self) -> QWidget:
        frame, layout = card()
        self._search.setPlaceholderText(tr("What should be done?"))
        self._search.setAccessibleName(tr("Search the skills"))
        self._search.textChanged.connect(lambda _: self._pause.start())
        self._which.setAccessibleName(tr("Which skills"))
        for name, words in (
            ("", tr("All skills")),
            ("own", tr("Your own")),
            ("builtin", tr("Built in")),
            ("shared", tr("Of other programs")),
            ("attention", tr("That need a look")),
        ):
            self._which.addItem(words, name)
        self._which.currentIndexChanged.connect(lambda _: self._look())
        self._source.setPlaceholderText(tr("Add one: a folder, a zip, or the address of a git repository; or drop it here"))
        self._source.setAccessibleName(tr("Where a skill is that is to be added"))
        self._source.returnPressed.connect(self._look_at)
        choose, look = QPushButton(tr("Choose …")), QPushButton(tr("Look at it"))
        choose.setAccessibleName(tr("Choose a zip file"))
        choose.clicked.connect(self._choose)
        look.clicked.connect(self._look_at)
        buttons = QHBoxLayout()
        for button in (choose, look):
            buttons.addWidget(button)
        for line, first in zip(self._lines, (self._search, self._source), strict=True):
            line.addWidget(first, 1)
            layout.addLayout(line)
        self._lines[0].addWidget(self._which)
        self._lines[1].addLayout(buttons)
        return frame

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What is beside a field goes below it where the field would have no room."""
        super().resizeEvent(event)
        for line in self._lines:
            line.setDirection(QBoxLayout.Direction.TopToBottom if self.width() < NARROW else QBoxLayout.Direction.LeftToRight)

    # -- the list -----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        self._look()

    def _look(self) -> None:
        self._asked += 1
        number = self._asked
        if text := self._search.text().strip():
            self.connection.get(f"/api/skills/search?text={quote(text)}&limit=12", lambda found: self._show(number, found["skills"]), self.failed)
        else:
            self.connection.get("/api/skills", lambda rows: self._show(number, rows), self.failed)

    def _show(self, number: int, rows: list[dict[str, Any]]) -> None:
        if number != self._asked:
            return  # a later search has been asked already
        _empty(self._rows)
        which = self._which.currentData()
        rows = [row for row in rows if not which or row["origin"] == which or (which == "attention" and row["state"] not in ("on", "off", "hidden", "unread"))]
        if not self._search.text().strip():
            rows = sorted(rows, key=lambda row: (row["state"] in ("on", "off", "unread"), row["origin"] == "builtin", row["name"]))
        if not rows:
            self._rows.addWidget(muted(tr("There is no such skill.")))
        self._waiting = rows
        self._add_some()

    def _add_some(self) -> None:
        """Hundreds of cards take a second to be made and laid out, and nobody reads them: the rest is shown when it is asked for."""
        rows, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
        for row in rows:
            shown = SkillCard(row, self.theme, self.connection, row["name"] in self._opened)
            shown.folded.connect(lambda open_, name=row["name"]: self._opened.add(name) if open_ else self._opened.discard(name))
            shown.changed.connect(self._look)
            shown.started.connect(self.started)
            self._rows.addWidget(shown)
        if self._waiting:
            more = QPushButton(tr("Show {count} more", count=min(AT_ONCE, len(self._waiting))))
            more.clicked.connect(more.deleteLater)
            more.clicked.connect(self._add_some)
            self._rows.addWidget(more, alignment=Qt.AlignmentFlag.AlignHCenter)

    # -- adding -------------------------------------------------------------------------------------------------------

    def _choose(self) -> None:
        dialog = QFileDialog(self, tr("Choose a zip file"))
        dialog.setNameFilter(tr("Skills") + " (*.zip *.skill)")
        dialog.fileSelected.connect(self._take_path)
        dialog.open()

    def _take_path(self, path: str) -> None:
        self._source.setText(path)
        self._look_at()

    def _look_at(self) -> None:
        if source := self._source.text().strip():
            _empty(self._offer)
            self._offer.addWidget(muted(tr("Looking at it …")))
            self.connection.post("/api/skills/look", {"source": source}, self.show_offer, self._not_found)

    def learn(self, run_id: str) -> None:
        """Show what a run would be as a skill."""
        _empty(self._offer)
        self._offer.addWidget(muted(tr("Trying it on copies …")))
        self.connection.post("/api/skills/draft", {"run_id": run_id}, self.show_offer, self._not_found)

    def _not_found(self, error: dict[str, Any]) -> None:
        _empty(self._offer)
        problem, layout = card()
        words = heading(f"{error['message']} {error.get('hint', '')}".strip())
        words.setProperty("role", "bad")
        layout.addWidget(words)
        self._offer.addWidget(problem)

    def show_offer(self, offer: dict[str, Any]) -> None:
        """What was looked at, with a button that takes it in."""
        _empty(self._offer)
        shown = OfferCard(offer, self.connection)
        shown.done.connect(self._offer_done)
        self._offer.addWidget(shown)
        self.ensureWidgetVisible(shown)

    def _offer_done(self, name: str) -> None:
        _empty(self._offer)
        self._source.clear()
        if name:
            self._opened.add(name)
        self._look()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = next((url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()), "")
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self._take_path(path)


def _empty(layout: QVBoxLayout) -> None:
    while item := layout.takeAt(0):
        if widget := item.widget():
            widget.deleteLater()
