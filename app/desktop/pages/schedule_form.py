"""The form of a schedule: when in words or by a picker, what, and the rules around it. How it is understood stands there before it is saved."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QTime, QTimer, Signal
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QComboBox, QFormLayout, QFrame, QHBoxLayout, QLineEdit, QSpinBox, QVBoxLayout, QWidget

from app.desktop.connection import CoreConnection
from app.desktop.pages.plain import button, consent_button, heading, muted, plain
from app.desktop.text import tr
from app.desktop.widgets.still_fields import StillComboBox, StillSpinBox, StillTimeEdit

PAUSE_MS = 250
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
KINDS = (("", "in words"), ("weekly", "on days of the week"), ("monthly", "on a day of the month"), ("every", "every so often"))
CHOICES = {
    "missed": (("once", "made up for once"), ("skip", "left out"), ("all", "all made up for")),
    "overlap": (("skip", "skip"), ("queue", "wait"), ("replace", "replace it")),
    "silent": (("never", "always tell"), ("nothing_new", "only what is new"), ("success", "only failures")),
    "deliver": (("notification", "notification"), ("conversation", "conversation only"), ("file", "a file"), ("mail", "mail"), ("device", "another machine")),
}
LABELS = {"missed": "Missed times", "overlap": "While one is going", "silent": "Tell", "deliver": "Result goes to"}


class ScheduleForm(QFrame):
    """``done`` is sent when it was saved or left."""

    done = Signal()

    def __init__(self, connection: CoreConnection, row: dict[str, Any] | None) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._connection, self._row = connection, row
        self._task: dict[str, Any] = dict(row["task"]) if row else {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 12, 14, 12)
        layout.addWidget(heading(tr("Change {name}", name=row["name"]) if row else tr("New schedule")))
        form = QFormLayout()
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self._when, self._what, self._kind = QLineEdit(), QLineEdit(self._task.get("remind") or self._task.get("text", "")), StillComboBox()
        self._remind = QCheckBox(tr("only remind me"))
        self._remind.setChecked(bool(self._task.get("remind")))
        for name, words in KINDS:
            self._kind.addItem(tr(words), name)
        self._when.setPlaceholderText(
            tr("leave empty to keep it: {when}", when=row["when"].partition(". ")[0])
            if row
            else tr("for example: every weekday at 7:30, in 20 minutes, first Monday of the month at 9")
        )
        self._what.setPlaceholderText(tr("what is to be done, or said"))
        for label, widget in ((tr("How"), self._kind), (tr("When"), self._when)):
            widget.setAccessibleName(label)
            form.addRow(label, widget)
        self._picker = Picker()
        self._picker.setVisible(False)
        form.addRow("", self._picker)
        if not (self._task.get("skill")):
            self._what.setAccessibleName(tr("What"))
            form.addRow(tr("What"), self._what)
            form.addRow("", self._remind)
        self._options = {name: self._option(name, form) for name in CHOICES}
        self._place = QLineEdit(self._task.get("deliver_to", ""))
        self._place.setAccessibleName(tr("File, address or machine"))
        form.addRow(tr("File, address or machine"), self._place)
        layout.addLayout(form)
        self._echo, self._problem = plain("", "good"), plain("", "bad")
        layout.addWidget(self._echo)
        layout.addWidget(self._problem)
        line = QHBoxLayout()
        self._save = button(tr("Save"), tr("Schedule"), self.save, "primary")
        line.addWidget(self._save)
        line.addWidget(button(tr("Cancel"), tr("Schedule"), self.done.emit))
        line.addStretch(1)
        layout.addLayout(line)
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._understand)
        self._asked = 0
        self._when.textChanged.connect(lambda _: self._pause.start())
        self._picker.changed.connect(self._pause.start)
        self._kind.currentIndexChanged.connect(lambda _: self._choose_kind())
        self._options["deliver"].currentIndexChanged.connect(lambda _: self._show_place())
        self._what.textChanged.connect(lambda _: self._ready())
        self._understood = bool(row)
        self._show_place()
        self._ready()

    def first_field(self) -> QWidget:
        return self._when

    def _option(self, name: str, form: QFormLayout) -> QComboBox:
        box = StillComboBox()
        for value, words in CHOICES[name]:
            box.addItem(tr(words), value)
        box.setCurrentIndex(max(0, box.findData(self._task.get(name, CHOICES[name][0][0]))))
        box.setAccessibleName(tr(LABELS[name]))
        form.addRow(tr(LABELS[name]), box)
        return box

    def _choose_kind(self) -> None:
        kind = self._kind.currentData()
        self._picker.setVisible(bool(kind))
        self._when.setVisible(not kind)
        self._picker.show_kind(kind)
        self._pause.start()

    def _show_place(self) -> None:
        self._place.setVisible(self._options["deliver"].currentData() in ("file", "mail", "device"))

    def when(self) -> str:
        """What is said or picked, in words."""
        return self._picker.words() if self._kind.currentData() else self._when.text().strip()

    def _understand(self) -> None:
        self._asked += 1
        number, text = self._asked, self.when()
        if not text:
            self._understood = self._row is not None
            self._echo.setText("")
            self._problem.setText("")
            self._ready()
            return
        self._connection.post(
            "/api/schedules/when",
            {"text": text},
            lambda found: self._show(number, found["sentence"], ""),
            lambda error: self._show(number, "", f"{error['message']} {error.get('hint', '')}".strip()),
        )

    def _show(self, number: int, sentence: str, problem: str) -> None:
        if number != self._asked:
            return
        self._echo.setText(sentence)
        self._problem.setText(problem)
        self._understood = bool(sentence)
        self._ready()

    def _ready(self) -> None:
        self._save.setEnabled(self._understood and bool(self._what.text().strip() or self._task.get("skill")))

    def save(self) -> None:
        """Send it; what it would have to be allowed is shown before the form goes."""
        what = self._what.text().strip()
        task = self._task | {name: box.currentData() for name, box in self._options.items()} | {"deliver_to": self._place.text().strip()}
        if not task.get("skill"):
            task |= {"remind": what, "text": ""} if self._remind.isChecked() else {"text": what, "remind": ""}
        task = {key: value for key, value in task.items() if not (key == "skill" and not value)}
        self._save.setEnabled(False)
        if self._row is None:
            self._connection.post("/api/schedules", {"when": self.when(), "task": task}, self._saved, self._failed)
        else:
            body = {"task": task} | ({"when": self.when()} if self.when() else {})
            self._connection.patch(f"/api/schedules/{self._row['id']}", body, lambda row: self._rehearse(row), self._failed)

    def _rehearse(self, row: dict[str, Any]) -> None:
        if row["envelope"] or row["task"]["remind"]:
            self.done.emit()
            return
        self._connection.post(f"/api/schedules/{row['id']}/rehearse", {}, lambda found: self._saved(row | found), self._failed)

    def _saved(self, row: dict[str, Any]) -> None:
        """What would ask each time can be signed for now."""
        asking = [step for step in row["wants"] if step["asks"]]
        entries = [entry for step in asking for entry in step["sign"]]
        if not asking:
            self.done.emit()
            return
        layout: Any = self.layout()
        layout.addWidget(plain(tr("It is saved. When it is due this would wait for you:"), "warn"))
        for step in asking:
            layout.addWidget(muted(f"{step['tool'] or tr('the plan')} {' '.join(entry['scope'] for entry in step['sign'])} · {step['why']}"))
        line = QHBoxLayout()
        if entries:
            line.addWidget(
                consent_button(
                    tr("Allow just this"),
                    row["name"],
                    lambda: self._connection.post(f"/api/schedules/{row['id']}/sign", {"envelope": entries}, lambda _: self.done.emit(), self._failed),
                    "primary",
                )
            )
        line.addWidget(button(tr("Ask me each time"), row["name"], self.done.emit))
        line.addStretch(1)
        layout.addLayout(line)

    def _failed(self, error: dict[str, Any]) -> None:
        self._problem.setText(f"{error['message']} {error.get('hint', '')}".strip())
        self._ready()


class Picker(QWidget):
    """A time without writing: days of the week, a day of the month, every so often. It speaks the same words that a person would write."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self._days, self._month, self._often = QWidget(), QWidget(), QWidget()
        row = QHBoxLayout(self._days)
        row.setContentsMargins(0, 0, 0, 0)
        self._boxes = QButtonGroup(self)
        self._boxes.setExclusive(False)
        for number, name in enumerate(DAYS):
            box = QCheckBox(tr(name)[:2])
            box.setAccessibleName(tr(name))
            box.setChecked(number < 5)
            box.toggled.connect(lambda _: self.changed.emit())
            self._boxes.addButton(box, number)
            row.addWidget(box)
        row.addStretch(1)
        self._day = self._number(self._month, 1, 31, tr("Day of the month"))
        self._count = self._number(self._often, 1, 999, tr("How many"))
        self._unit = StillComboBox()
        self._unit.setAccessibleName(tr("Unit"))
        for name in ("minutes", "hours", "days"):
            self._unit.addItem(tr(name), name)
        self._unit.currentIndexChanged.connect(lambda _: self.changed.emit())
        self._often.layout().addWidget(self._unit)  # type: ignore[union-attr]
        self._time = StillTimeEdit(QTime(9, 0))
        self._time.setDisplayFormat("HH:mm")
        self._time.setAccessibleName(tr("Time of day"))
        self._time.timeChanged.connect(lambda _: self.changed.emit())
        for widget in (self._days, self._month, self._often, self._time):
            layout.addWidget(widget)
        self._shown = ""

    def _number(self, held: QWidget, low: int, high: int, name: str) -> QSpinBox:
        row = QHBoxLayout(held)
        row.setContentsMargins(0, 0, 0, 0)
        box = StillSpinBox()
        box.setRange(low, high)
        box.setAccessibleName(name)
        box.valueChanged.connect(lambda _: self.changed.emit())
        row.addWidget(box)
        return box

    def show_kind(self, kind: str) -> None:
        """Show what goes with a kind of time."""
        self._shown = kind
        for widget, name in ((self._days, "weekly"), (self._month, "monthly"), (self._often, "every")):
            widget.setVisible(kind == name)
        self._time.setVisible(kind in ("weekly", "monthly") or self._unit.currentData() == "days")

    def words(self) -> str:
        """What is picked; empty where it is nothing."""
        time = self._time.time().toString("HH:mm")
        if self._shown == "weekly":
            chosen = [DAYS[number].lower() for number in range(7) if self._boxes.button(number).isChecked()]
            return f"every {' and '.join(chosen)} at {time}" if chosen else ""
        if self._shown == "monthly":
            return f"on the {self._day.value()}th of every month at {time}"
        unit = self._unit.currentData()
        return f"every {self._count.value()} {unit}" + (f" at {time}" if unit == "days" else "")
