"""The Schedules page: what needs a look on top, said back before it is saved, run once by a double click."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from app.desktop.pages.schedule_cards import AttentionCard, ScheduleCard
from app.desktop.pages.schedule_form import Picker, ScheduleForm
from app.desktop.pages.schedules import SchedulesPage
from app.desktop.theme import Theme
from app.desktop.widgets.consent import DEAF_MS, ConsentButton

NOW = round(datetime.now().timestamp() * 1000)
TASK = {
    "text": "do it",
    "skill": {},
    "remind": "",
    "workspace": "/w",
    "deliver": "notification",
    "deliver_to": "",
    "missed": "once",
    "overlap": "skip",
    "silent": "never",
    "retries": 1,
}


def row(number: int, **more: Any) -> dict[str, Any]:
    return {"id": f"s{number}", "name": f"job {number}", "state": "on", "when": "Every day at 9:00 (UTC). Next: …", "said": "do it", "task": TASK, "envelope": [], "failures": 0, "last": None, "conversation_id": "c1"} | more  # fmt: skip


def occurrence(state: str, **more: Any) -> dict[str, Any]:
    return {"schedule_id": "s1", "name": "job 1", "due_at": NOW - 1000, "state": state, "cause": "", "answer": "", "run_id": "r1"} | more


class Connection:
    """A core with these schedules."""

    def __init__(self, rows: list[dict[str, Any]], attention: dict[str, list[dict[str, Any]]] | None = None) -> None:
        self.rows, self.sent = rows, list[tuple[str, str, Any]]()
        self.attention = {"parked": [], "missed": [], "failed": []} | (attention or {})
        self.wants: list[dict[str, Any]] = []

    def get(self, path: str, done: Any, failed: Any = None) -> None:
        if path.endswith("attention"):
            done(self.attention)
        elif "calendar" in path:
            done([{"schedule_id": "s1", "name": "job 1", "at": (datetime.now().astimezone() + timedelta(days=1)).isoformat()}])
        elif path == "/api/schedules":
            done(self.rows)
        else:
            done(self.rows[0] | {"history": [occurrence("missed", cause="Deskhand was not running"), occurrence("done", answer="All <b>well</b>")]})

    def post(self, path: str, body: Any, done: Any = None, failed: Any = None) -> None:
        self.sent.append(("POST", path, body))
        if path.endswith("/when"):
            done({"sentence": f"Understood: {body['text']}"}) if "blue" not in body["text"] else failed({"message": "When exactly?", "hint": ""})
        elif path == "/api/schedules":
            done(row(9) | {"wants": self.wants})
        elif done:
            done({})

    def patch(self, path: str, body: Any, done: Any = None, failed: Any = None) -> None:
        self.sent.append(("PATCH", path, body))
        done(row(1, envelope=[{"tool": "x", "scope": "*"}]))

    def delete(self, path: str, done: Any = None, failed: Any = None) -> None:
        self.sent.append(("DELETE", path, None))
        done(None)


def page(qtbot: QtBot, theme: Theme, connection: Connection) -> SchedulesPage:
    made = SchedulesPage(theme, connection)  # type: ignore[arg-type]
    qtbot.addWidget(made)
    made.refresh()
    return made


def press(where: Any, name: str) -> None:
    found = next(button for button in where.findChildren(QPushButton) if button.accessibleName() == name)
    if isinstance(found, ConsentButton):  # deaf until it has been on the screen for a while
        found.window().show()
        QTest.qWait(DEAF_MS + 200)
    found.click()


def words(of: Any) -> str:
    return "\n".join(label.text() for label in of.findChildren(QLabel))


def cards(of: SchedulesPage) -> list[ScheduleCard]:
    return [widget for at in range(of._rows.count()) if isinstance(widget := of._rows.itemAt(at).widget(), ScheduleCard)]


def test_what_waits_failed_or_was_missed_stands_on_top_and_can_be_answered(qtbot: QtBot, theme: Theme) -> None:
    old = occurrence("missed", due_at=NOW - 3 * 86_400_000)
    connection = Connection(
        [row(1)], {"parked": [occurrence("running", approval="a1")], "missed": [occurrence("missed", cause="asleep"), old], "failed": [occurrence("failed", answer="No space")]}
    )
    made = page(qtbot, theme, connection)

    shown = [widget for at in range(made._attention.count()) if isinstance(widget := made._attention.itemAt(at).widget(), AttentionCard)]

    assert len(shown) == 3 and "waits for your consent" in words(shown[0]) and "No space" in words(shown[1]) and "asleep" in words(shown[2])
    press(shown[0], "Always: job 1")
    assert ("POST", "/api/approvals/a1", {"decision": "always"}) in connection.sent


def test_a_double_click_runs_once_and_the_history_says_why(qtbot: QtBot, theme: Theme) -> None:
    connection = Connection([row(1)])
    card = cards(page(qtbot, theme, connection))[0]

    for _ in range(2):
        press(card, "Run now: job 1")
    press(card, "Open: job 1")

    assert [path for _, path, _ in connection.sent].count("/api/schedules/s1/run") == 1
    assert "Deskhand was not running" in words(card) and "All <b>well</b>" in words(card)
    press(card, "Pause: job 1")
    assert connection.sent[-1][1] == "/api/schedules/s1/pause"


def test_a_new_one_is_said_back_before_it_is_saved_and_signed_for(qtbot: QtBot, theme: Theme) -> None:
    connection = Connection([])
    connection.wants = [{"tool": "shell.run", "asks": True, "why": "it cannot be undone", "sign": [{"tool": "shell.run", "scope": "argv:date", "outside": False}]}]
    made = page(qtbot, theme, connection)
    assert "Nothing is scheduled yet" in words(made)
    made.edit(None)
    form = made.findChild(ScheduleForm)
    assert not form._save.isEnabled()
    form._what.setText("run date")
    form._when.setText("every blue moon")
    form._understand()
    assert "When exactly?" in words(form) and not form._save.isEnabled()
    form._when.setText("every day at 9")
    form._understand()
    assert "Understood: every day at 9" in words(form)
    form.save()
    assert connection.sent[-1][2]["task"]["text"] == "run date" and "argv:date" in words(form)
    press(form, "Allow just this: job 9")
    assert connection.sent[-1] == ("POST", "/api/schedules/s9/sign", {"envelope": connection.wants[0]["sign"]})


def test_changing_keeps_what_is_not_touched(qtbot: QtBot, theme: Theme) -> None:
    connection = Connection([row(1)])
    made = page(qtbot, theme, connection)
    press(cards(made)[0], "Edit: job 1")
    form = made.findChild(ScheduleForm)
    form._options["missed"].setCurrentIndex(form._options["missed"].findData("all"))
    form.save()

    sent = next(body for verb, _, body in connection.sent if verb == "PATCH")
    assert "when" not in sent and sent["task"]["missed"] == "all" and sent["task"]["retries"] == 1


def test_the_picker_speaks_the_words_that_are_understood(qtbot: QtBot) -> None:
    from core.schedule.when import read

    picker = Picker()
    qtbot.addWidget(picker)
    said = []
    for kind in ("weekly", "monthly", "every"):
        picker.show_kind(kind)
        said.append(picker.words())
    picker._unit.setCurrentIndex(picker._unit.findData("days"))
    said.append(picker.words())

    assert said[0] == "every monday and tuesday and wednesday and thursday and friday at 09:00"
    for text in said:
        assert read(text, datetime.now().astimezone(), "UTC")["kind"] in ("rrule", "every")


def test_the_week_shows_what_is_due_day_by_day(qtbot: QtBot, theme: Theme) -> None:
    made = page(qtbot, theme, Connection([row(1)]))

    press(made, "Show as a week or as a list")

    assert "job 1" in words(made) and not cards(made)
