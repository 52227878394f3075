"""Activity: what waits for consent, then past and present runs with undo."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton

from app.desktop.connection import CoreConnection
from app.desktop.pages.plain import PlainPage, card, heading, muted
from app.desktop.text import tr
from app.desktop.theme import Theme
from app.desktop.widgets.approval_card import ApprovalCard
from app.desktop.widgets.status_line import status_word


class ActivityPage(PlainPage):
    """``opened`` carries a conversation to show, ``learned`` a run that is to become a skill."""

    opened = Signal(str)
    learned = Signal(str)

    def __init__(self, theme: Theme, connection: CoreConnection) -> None:
        super().__init__(theme, connection, tr("Activity"), tr("Everything that was done, newest first. Each row is kept in a journal that cannot be changed afterwards."))

    def refresh(self) -> None:
        self.connection.get("/api/approvals", self._approvals, self.failed)

    def _approvals(self, rows: list[dict[str, Any]]) -> None:
        self.clear()
        for row in rows:
            waiting = ApprovalCard(row)
            waiting.decided.connect(lambda id_, answer: self.connection.post(f"/api/approvals/{id_}", answer, lambda _: self.refresh(), self.failed))
            self.body.addWidget(waiting)
        self.connection.get("/api/runs?limit=100", self._runs, self.failed)

    def _runs(self, rows: list[dict[str, Any]]) -> None:
        if not rows:
            self.body.addWidget(muted(tr("Nothing was done yet. Ask for something, for example: List the files in this folder.")))
        for row in rows:
            self.body.addWidget(self._row(row))

    def _row(self, row: dict[str, Any]):  # type: ignore[no-untyped-def]
        frame, layout = card()
        line = QHBoxLayout()
        line.addWidget(heading(row["request"]["text"].splitlines()[0][:90]), 1)
        state = QLabel(status_word(row["status"]))
        state.setProperty("role", {"done": "good", "failed": "bad", "refused": "warn", "parked": "warn", "asked": "warn"}.get(row["status"], "muted"))
        line.addWidget(state)
        if row["result"].get("undoable"):
            button = QPushButton(tr("Undo"))
            button.setAccessibleName(tr("Undo: {text}", text=row["request"]["text"][:60]))
            button.clicked.connect(lambda: self.connection.post(f"/api/runs/{row['id']}/undo", {}, lambda _: self.refresh(), self.failed))
            line.addWidget(button)
        if row["status"] == "done" and row["result"].get("steps"):
            learn = QPushButton(tr("Make a skill"))
            learn.setAccessibleName(tr("Make a skill of: {text}", text=row["request"]["text"][:60]))
            learn.clicked.connect(lambda: self.learned.emit(row["id"]))
            line.addWidget(learn)
        show = QPushButton(tr("Open"))
        show.setAccessibleName(tr("Open: {text}", text=row["request"]["text"][:60]))
        show.clicked.connect(lambda: self.opened.emit(row["conversation_id"]))
        line.addWidget(show)
        layout.addLayout(line)
        steps = len(row["result"].get("steps", ()))
        layout.addWidget(muted(f"{row['started_at'][:16].replace('T', ' ')} · {tr('{n} steps', n=steps)}"))
        return frame
