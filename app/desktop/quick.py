"""One line over everything else: type a request, see what became of it, back to work. ``deskhand quick``, or a key that works everywhere."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.desktop.connection import CoreConnection
from app.desktop.text import tr
from app.desktop.theme import Theme
from app.desktop.viewmodels.run_view import RunView
from app.desktop.widgets.status_line import TICK_MS, status_text

WIDTH, LINES = 620, 6  # points; lines of an answer that are shown here


class QuickWindow(QWidget):
    """Enter asks, Escape hides. ``opened`` carries the conversation that is to be shown in the big window."""

    opened = Signal(str)

    def __init__(self, theme: Theme, connection: CoreConnection, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Tool | Qt.WindowType.FramelessWindowHint | Qt.WindowType.WindowStaysOnTopHint)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setWindowTitle(tr("Deskhand: quick request"))
        self._theme, self._connection = theme, connection
        self._conversation, self._view = "", RunView("")
        self._early: list[dict[str, Any]] = []  # events of a run whose id is not known yet
        self._tick = QTimer(self, interval=TICK_MS)
        self._tick.timeout.connect(self._count)
        self._lay_out()
        connection.event.connect(self._on_event)

    def _lay_out(self) -> None:
        frame = QFrame()
        frame.setProperty("kind", "card")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(6, 6, 6, 6)
        outer.addWidget(frame)
        column = QVBoxLayout(frame)
        column.setContentsMargins(12, 12, 12, 10)
        self.field = QLineEdit()
        self.field.setPlaceholderText(tr("What should be done?"))
        self.field.setAccessibleName(tr("Request"))
        self.field.returnPressed.connect(self._ask)
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.said.setAccessibleName(tr("Answer"))
        self.open_button, self.undo_button = QPushButton(tr("Open Deskhand")), QPushButton(tr("Undo"))
        self.open_button.clicked.connect(self._open)
        self.undo_button.clicked.connect(self._undo)
        self._row = QWidget()
        row = QHBoxLayout(self._row)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.said, 1)
        row.addWidget(self.undo_button, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.open_button, 0, Qt.AlignmentFlag.AlignTop)
        column.addWidget(self.field)
        column.addWidget(self._row)
        self._row.hide()
        self.setFixedWidth(WIDTH)

    def appear(self) -> None:
        """Come up empty, over everything, a quarter down the screen one is on."""
        self.field.clear()
        self._row.hide()
        self.adjustSize()
        screen = QGuiApplication.screenAt(self.cursor().pos()) or QGuiApplication.primaryScreen()
        area = screen.availableGeometry()
        self.move(area.center().x() - WIDTH // 2, area.top() + area.height() // 4)
        self.show()
        self.raise_()
        self.activateWindow()
        self.field.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    # -- asking -----------------------------------------------------------------------------------------------------

    def _ask(self) -> None:
        text = self.field.text().strip()
        if not text or (self._view.run_id and self._view.busy):
            return
        self._view, self._early = RunView(""), []
        self._say(tr("Working …"))
        self._connection.post("/api/runs", {"text": text, "conversation_id": self._conversation, "approve": "ask"}, self._on_started, self._on_failed)

    def _on_started(self, run: dict[str, Any]) -> None:
        self._conversation, self._view = run["conversation_id"], RunView(run["run_id"])
        for event in self._early:
            self._fold_in(event)
        self._early = []

    def _on_failed(self, error: dict[str, Any]) -> None:
        self._say(f"{error['message']} {error.get('hint', '')}".strip())

    def _on_event(self, event: dict[str, Any]) -> None:
        if not self._view.run_id:
            self._early.append(event)
        else:
            self._fold_in(event)

    def _fold_in(self, event: dict[str, Any]) -> None:
        view = self._view
        if event.get("run_id") != view.run_id:
            return
        view.apply(event)
        if view.status == "parked":
            self._say(tr("Something waits for your consent."))
        elif view.busy:
            self._say(_short(view.text) or status_text(view))
        elif event["type"] == "run_finished":  # what comes after it, an undo, is told by the answer to its button
            self._say(_short(view.text), undo=bool(view.result.get("undoable")))
            self.field.selectAll()

        if (view.progress is not None) != self._tick.isActive():
            self._tick.stop() if self._tick.isActive() else self._tick.start()

    def _count(self) -> None:
        """Seconds go on while a model is busy before its first word."""
        if self._view.progress is not None and not self._view.text:
            self.said.setText(status_text(self._view))

    def _say(self, text: str, undo: bool = False) -> None:
        self.said.setText(text)
        self.undo_button.setVisible(undo)
        self.open_button.setVisible(bool(self._view.run_id))
        self._row.show()
        self.adjustSize()

    def _open(self) -> None:
        self.opened.emit(self._conversation)
        self.hide()

    def _undo(self) -> None:
        self._connection.post(f"/api/runs/{self._view.run_id}/undo", {}, self._on_undone, self._on_failed)

    def _on_undone(self, report: dict[str, Any]) -> None:
        lost = [f"{row['path']}: {row['why']}" for row in report["changes"] if not row["undone"]]
        self._say("\n".join([tr("Not everything could be put back:"), *lost]) if lost else tr("Undone: everything is back as it was"))


def _short(text: str) -> str:
    """The first lines of an answer, without Markdown's marks."""
    lines = [line.strip().lstrip("#>").replace("**", "").replace("`", "").strip() for line in text.splitlines() if line.strip()]
    return "\n".join(lines[:LINES]) + (" …" if len(lines) > LINES else "")
