"""Cards of the Schedules page: one that needs a look, and a schedule with what became of its times."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from PySide6.QtCore import QLocale, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from app.desktop.connection import CoreConnection
from app.desktop.pages.folding_card import FoldingCard
from app.desktop.pages.plain import button, consent_button, heading, muted, plain, state_label
from app.desktop.text import tr

_STATES = {
    "claimed": ("muted", "about to run"), "running": ("muted", "running"), "waiting": ("muted", "waits for its turn"), "delivering": ("muted", "is being delivered"), "done": ("good", "done"),
    "failed": ("bad", "failed"), "refused": ("warn", "refused"), "cancelled": ("muted", "cancelled"), "missed": ("warn", "missed"), "skipped": ("muted", "skipped"),
}  # fmt: skip
_ATTENTION = {"parked": ("warn", "waits for your consent"), "missed": ("warn", "was missed"), "failed": ("bad", "failed")}
_MISSED = {"skip": "missed times are left out", "once": "a missed time is made up for once", "all": "every missed time is made up for"}
_OVERLAP = {"skip": "skipped while one is going", "queue": "waits while one is going", "replace": "takes the place of one that is going"}
CLICK_MS = 2000  # so long a button that runs something stays off


def moment(milliseconds: int) -> str:
    """A moment as a person reads it here."""
    local = datetime.fromtimestamp(milliseconds / 1000)
    return f"{QLocale().dayName(local.isoweekday(), QLocale.FormatType.ShortFormat)} {local:%d.%m. %H:%M}" if local.year == datetime.now().year else f"{local:%d.%m.%Y %H:%M}"


class AttentionCard(QFrame):
    """Something that was missed, failed or waits, with what can be done about it."""

    changed = Signal()
    opened = Signal(str)

    def __init__(self, kind: str, one: dict[str, Any], connection: CoreConnection) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._one, self._connection = one, connection
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 10)
        role, words = _ATTENTION[kind]
        line = QHBoxLayout()
        line.addWidget(heading(one["name"]), 1)
        line.addWidget(state_label(tr(words), role))
        layout.addLayout(line)
        layout.addWidget(muted(f"{moment(one['due_at'])} · {one['cause']}" if one["cause"] else moment(one["due_at"])))
        if one["answer"]:
            layout.addWidget(plain(one["answer"][:300]))
        verbs = QHBoxLayout()
        if kind == "parked":
            for text, decision, look in ((tr("Allow once"), "once", "primary"), (tr("Always"), "always", ""), (tr("No"), "no", "")):
                verbs.addWidget(consent_button(text, one["name"], partial(self._decide, decision), look))
        else:
            verbs.addWidget(button(tr("Run now"), one["name"], self._run))
        verbs.addStretch(1)
        layout.addLayout(verbs)

    def _decide(self, decision: str) -> None:
        self.setEnabled(False)
        self._connection.post(f"/api/approvals/{self._one['approval']}", {"decision": decision}, lambda _: self.changed.emit(), lambda _: self.changed.emit())

    def _run(self) -> None:
        self.setEnabled(False)
        self._connection.post(f"/api/schedules/{self._one['schedule_id']}/run", {}, lambda _: self.changed.emit(), lambda _: self.changed.emit())


class ScheduleCard(FoldingCard):
    """One schedule: what, when, how it went; opened, its rules and its history."""

    edited = Signal(dict)
    opened = Signal(str)

    def __init__(self, row: dict[str, Any], connection: CoreConnection, is_open: bool) -> None:
        states = [(tr("paused") if row["state"] == "paused" else tr("over"), "muted")] if row["state"] != "on" else []
        if last := row["last"]:
            role, words = _STATES.get(last["state"], ("muted", last["state"]))
            states.append((tr("last: {state}", state=tr(words)), role))
        super().__init__(f"/api/schedules/{row['id']}", row["name"], states, connection, is_open)
        self._row = row
        self._layout.addWidget(plain(row["when"]))
        if row["said"] != row["name"]:
            self._layout.addWidget(muted(row["said"][:300]))
        if row["failures"] > 1:
            self._layout.addWidget(plain(tr("The same failure {n} times in a row.", n=row["failures"]), "bad"))
        self._layout.addLayout(self._verbs())
        if is_open:
            self.open()

    def _verbs(self) -> QHBoxLayout:
        line, row, path = QHBoxLayout(), self._row, f"/api/schedules/{self._row['id']}"
        self._run_button = button(tr("Run now"), row["name"], self._run)
        line.addWidget(self._run_button)
        if row["state"] == "on":
            line.addWidget(button(tr("Pause"), row["name"], lambda: self._connection.post(path + "/pause", {}, lambda _: self.changed.emit(), self._failed)))
        elif row["state"] == "paused":
            line.addWidget(button(tr("Go on"), row["name"], lambda: self._connection.post(path + "/resume", {}, lambda _: self.changed.emit(), self._failed)))
        line.addWidget(button(tr("Edit"), row["name"], lambda: self.edited.emit(row)))
        if row["conversation_id"]:
            line.addWidget(button(tr("Show its runs"), row["name"], lambda: self.opened.emit(row["conversation_id"])))
        line.addWidget(button(tr("Remove"), row["name"], lambda: self._connection.delete(path, lambda _: self.changed.emit(), self._failed)))
        line.addStretch(1)
        return line

    def _run(self) -> None:
        self._run_button.setEnabled(False)  # a second click runs nothing
        QTimer.singleShot(CLICK_MS, self._run_button, lambda: self._run_button.setEnabled(True))
        self._connection.post(f"/api/schedules/{self._row['id']}/run", {}, lambda _: QTimer.singleShot(CLICK_MS, self, self.changed.emit), self._failed)

    def _fill(self, row: dict[str, Any]) -> None:
        if self._inside is None:
            return
        layout: Any = self._inside.layout()
        task = row["task"]
        where = {"notification": tr("told as a notification"), "conversation": tr("told in its conversation")}.get(
            task["deliver"], tr("delivered to {place}", place=task["deliver_to"])
        )
        layout.addWidget(muted(" · ".join([tr(_MISSED[task["missed"]]), tr(_OVERLAP[task["overlap"]]), where, tr("tries after a failure: {n}", n=task["retries"])])))
        for entry in row["envelope"]:
            layout.addWidget(muted(tr("You signed for: {tool} {scope}", tool=entry["tool"], scope=entry["scope"])))
        if not row["history"]:
            layout.addWidget(muted(tr("It was not due yet.")))
        for one in row["history"][:15]:
            role, words = _STATES.get(one["state"], ("muted", one["state"]))
            line = QHBoxLayout()
            line.addWidget(muted(moment(one["due_at"])))
            line.addWidget(plain(tr(words), role))
            answer = one["cause"] or (one["answer"].splitlines() or [""])[0]
            line.addWidget(plain(answer[:200]), 1)
            layout.addLayout(line)
