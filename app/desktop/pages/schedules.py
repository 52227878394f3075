"""Schedules: what needs a look on top, then what is due next, as a list or as a week; made with words or with a picker, said back before it is saved."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.desktop.connection import CoreConnection
from app.desktop.pages.plain import PlainPage, card, heading, muted
from app.desktop.pages.schedule_cards import AttentionCard, ScheduleCard
from app.desktop.pages.schedule_form import ScheduleForm
from app.desktop.text import tr
from app.desktop.theme import Theme

MOST_A_DAY = 6
DAY_MS = 86_400_000


class SchedulesPage(PlainPage):
    """``opened`` carries the conversation of a run."""

    opened = Signal(str)

    def __init__(self, theme: Theme, connection: CoreConnection) -> None:
        super().__init__(theme, connection, tr("Schedules"), tr("Reminders and tasks that happen by themselves. Each due time is done once, or it says here why not."))
        self._attention, self._new, self._rows = QVBoxLayout(), QVBoxLayout(), QVBoxLayout()
        self._week_begins = date.today()
        self._as_week = False
        self._opened: set[str] = set()
        self.body.addLayout(self._attention)
        self.body.addWidget(self._controls())
        self.body.addLayout(self._new)
        self.body.addLayout(self._rows)

    def _controls(self) -> QWidget:
        held = QWidget()
        line = QHBoxLayout(held)
        line.setContentsMargins(0, 0, 0, 0)
        add = QPushButton(tr("New schedule"))
        add.setProperty("kind", "primary")
        add.clicked.connect(lambda: self.edit(None))
        self._view = QPushButton(tr("Week"))
        self._view.setAccessibleName(tr("Show as a week or as a list"))
        self._view.clicked.connect(self._turn)
        self._earlier, self._later = QPushButton("‹"), QPushButton("›")
        for widget, words, days in ((self._earlier, tr("Earlier week"), -7), (self._later, tr("Later week"), 7)):
            widget.setAccessibleName(words)
            widget.setVisible(False)
            widget.clicked.connect(lambda _=False, days=days: self._move(days))
        line.addWidget(add)
        line.addStretch(1)
        for widget in (self._earlier, self._later, self._view):
            line.addWidget(widget)
        return held

    # -- reading ------------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        self.connection.get("/api/schedules/attention", self._show_attention, self.failed)
        self._look()

    def _look(self) -> None:
        if self._as_week:
            begin = datetime.combine(self._week_begins, datetime.min.time()).astimezone()
            self.connection.get(f"/api/schedules/calendar?start={round(begin.timestamp() * 1000)}&days=7", self._show_week, self.failed)
        else:
            self.connection.get("/api/schedules", self._show_list, self.failed)

    def _turn(self) -> None:
        self._as_week = not self._as_week
        self._view.setText(tr("List") if self._as_week else tr("Week"))
        for widget in (self._earlier, self._later):
            widget.setVisible(self._as_week)
        self._look()

    def _move(self, days: int) -> None:
        self._week_begins = max(date.today(), self._week_begins + timedelta(days=days))
        self._look()

    # -- showing ------------------------------------------------------------------------------------------------------

    def _show_attention(self, found: dict[str, list[dict[str, Any]]]) -> None:
        empty(self._attention)
        day_ago = (datetime.now().timestamp() - 86_400) * 1000
        recent = [(kind, one) for kind in ("parked", "failed", "missed") for one in found[kind] if kind == "parked" or one["due_at"] > day_ago]
        for kind, one in recent[:6]:
            shown = AttentionCard(kind, one, self.connection)
            shown.changed.connect(self.refresh)
            shown.opened.connect(self.opened)
            self._attention.addWidget(shown)
        if len(recent) > 6:
            self._attention.addWidget(muted(tr("… and {n} more", n=len(recent) - 6)))

    def _show_list(self, rows: list[dict[str, Any]]) -> None:
        empty(self._rows)
        if not rows:
            self._rows.addWidget(muted(tr("Nothing is scheduled yet. Say for example: remind me tomorrow at 8 to call the bank.")))
        over = [row for row in rows if row["state"] == "over"]
        for row in [row for row in rows if row["state"] != "over"] + over[-20:]:
            shown = ScheduleCard(row, self.connection, row["id"] in self._opened)
            shown.folded.connect(lambda open_, id_=row["id"]: self._opened.add(id_) if open_ else self._opened.discard(id_))
            shown.changed.connect(self.refresh)
            shown.edited.connect(self.edit)
            shown.opened.connect(self.opened)
            self._rows.addWidget(shown)

    def _show_week(self, rows: list[dict[str, Any]]) -> None:
        empty(self._rows)
        frame, layout = card()
        grid = QGridLayout()
        grid.setSpacing(8)
        for place in range(7):
            day = self._week_begins + timedelta(days=place)
            grid.addWidget(
                self._day(day, [row for row in rows if datetime.fromisoformat(row["at"]).astimezone().date() == day]),
                place // 4 if self.width() < 700 else 0,
                place % 4 if self.width() < 700 else place,
                Qt.AlignmentFlag.AlignTop,
            )
        layout.addLayout(grid)
        if not rows:
            layout.addWidget(muted(tr("Nothing is due in this week.")))
        self._rows.addWidget(frame)

    def _day(self, day: date, rows: list[dict[str, Any]]) -> QWidget:
        held = QWidget()
        column = QVBoxLayout(held)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(heading(f"{QLocale().dayName(day.isoweekday(), QLocale.FormatType.ShortFormat)} {day.day}"))
        for row in rows[:MOST_A_DAY]:
            label = QLabel(f"{datetime.fromisoformat(row['at']).astimezone():%H:%M} {row['name']}")
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setToolTip(row["name"])
            column.addWidget(label)
        if len(rows) > MOST_A_DAY:
            column.addWidget(muted(tr("… and {n} more", n=len(rows) - MOST_A_DAY)))
        if not rows:
            column.addWidget(muted("–"))
        return held

    # -- changing -----------------------------------------------------------------------------------------------------

    def edit(self, row: dict[str, Any] | None) -> None:
        """The form for a new schedule, or for one that is there."""
        empty(self._new)
        form = ScheduleForm(self.connection, row)
        form.done.connect(self._done)
        self._new.addWidget(form)
        self.ensureWidgetVisible(form)
        form.first_field().setFocus()

    def _done(self) -> None:
        empty(self._new)
        self.refresh()


def empty(layout: QVBoxLayout) -> None:
    """Take everything out of a column."""
    while item := layout.takeAt(0):
        if widget := item.widget():
            widget.deleteLater()
