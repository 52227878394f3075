"""The Memory page: it shows what is known by day, and remembers, changes and forgets by the same addresses as everyone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from app.desktop.pages.memory import MemoryCard, MemoryPage, day_words, local_day
from app.desktop.theme import Theme

NOW = datetime.now(UTC)


def row(number: int, text: str, **more: Any) -> dict[str, Any]:
    return {"id": f"m{number}", "text": text, "level": "fact", "said_by": "person", "source": "person", "at": NOW.isoformat(), "valid_to": None} | more


class Connection:
    """A core that knows these rows."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows, self.sent = rows, list[tuple[str, str, Any]]()

    def get(self, path: str, done: Any, failed: Any) -> None:
        self.sent.append(("GET", path, None))
        if path.endswith("/people"):
            done(["Ann"])
            return
        if path.startswith("/api/memory/m"):
            done(next(one for one in self.rows if path.endswith(one["id"])))
            return
        done({"memories": self.rows, "by_meaning": False} if "search" in path else self.rows)

    def post(self, path: str, body: Any, done: Any, failed: Any) -> None:
        self.sent.append(("POST", path, body))
        done(row(9, body.get("text", "")))

    def patch(self, path: str, body: Any, done: Any, failed: Any) -> None:
        self.sent.append(("PATCH", path, body))
        done(row(1, body["text"]))

    def delete(self, path: str, done: Any, failed: Any) -> None:
        self.sent.append(("DELETE", path, None))
        self.rows = [one for one in self.rows if not path.endswith(one["id"])]
        done({})


def page(qtbot: QtBot, theme: Theme, rows: list[dict[str, Any]]) -> tuple[MemoryPage, Connection]:
    connection = Connection(rows)
    made = MemoryPage(theme, connection)  # type: ignore[arg-type]
    qtbot.addWidget(made)
    made.refresh()
    return made, connection


def cards(of: MemoryPage) -> list[MemoryCard]:
    return [widget for at in range(of._days.count()) if isinstance(widget := of._days.itemAt(at).widget(), MemoryCard)]


def words(of: MemoryPage) -> list[str]:
    return [label.text() for label in of.findChildren(QLabel)]


def test_memories_stand_under_their_days_with_whose_words_they_are(qtbot: QtBot, theme: Theme) -> None:
    old = (NOW - timedelta(days=400)).isoformat()
    shown, _ = page(qtbot, theme, [row(1, "The dentist is Dr. Weiss."), row(2, "<b>not bold</b>", at=old, source="outside", valid_to=NOW.isoformat(), level="turn")])
    said = words(shown)
    assert "Today" in said and day_words(local_day(old)) in said and "<b>not bold</b>" in said
    assert [one for one in said if one.startswith("said") and "from outside" in one and "no longer, since Today" in one]
    assert day_words(date.today() - timedelta(days=1)) == "Yesterday"
    assert [len([b for b in one.findChildren(QPushButton) if b.text() == "Change"]) for one in cards(shown)] == [1, 0]  # what was said is not rewritten


def test_remember_change_search_and_forget_ask_the_core(qtbot: QtBot, theme: Theme) -> None:
    shown, core = page(qtbot, theme, [row(1, "The dentist is Dr. Weiss."), row(2, "Lunch is at noon.")])
    qtbot.keyClicks(shown._new, "I like tea")
    qtbot.keyClick(shown._new, Qt.Key.Key_Return)
    assert ("POST", "/api/memory", {"text": "I like tea"}) in core.sent and shown._new.text() == ""
    qtbot.keyClicks(shown._search, "tea & milk?")
    qtbot.waitUntil(lambda: any("search?text=tea%20%26%20milk%3F&" in path for _, path, _ in core.sent))
    assert any("by words alone" in one for one in words(shown))
    first = cards(shown)[0]
    next(button for button in first.findChildren(QPushButton) if button.text() == "Change").click()
    field = first.findChildren(QLineEdit)[0]
    field.setText("The dentist is Dr. Schwarz.")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert ("PATCH", "/api/memory/m1", {"text": "The dentist is Dr. Schwarz."}) in core.sent
    forget = next(button for button in cards(shown)[1].findChildren(QPushButton) if button.text() == "Forget")
    assert forget.accessibleName() == "Forget: Lunch is at noon."
    forget.click()
    assert core.sent[-2][:2] == ("DELETE", "/api/memory/m2") and len(cards(shown)) == 1


def test_nothing_known_says_so(qtbot: QtBot, theme: Theme) -> None:
    shown, core = page(qtbot, theme, [])
    qtbot.keyClick(shown._new, Qt.Key.Key_Return)  # nothing to remember
    assert any("Nothing is remembered yet" in one for one in words(shown)) and all(method == "GET" for method, _, _ in core.sent)


def test_a_write_can_be_taken_back_with_one_click_and_others_words_be_chosen(qtbot: QtBot, theme: Theme) -> None:
    made, connection = page(qtbot, theme, [row(1, "I live in Bonn"), row(2, "I like tea")])
    assert made._who.findData("Ann") > 0
    made._new.setText("I live in Kiel")
    made._remember()
    next(button for button in made.findChildren(QPushButton) if button.accessibleName() == "Undo: I live in Kiel").click()
    assert connection.sent[-2] == ("POST", "/api/memory/m9/undo", {}) and made._receipt.count() == 0
    made._who.setCurrentIndex(made._who.findData("Ann"))
    assert connection.sent[-1][1].endswith("who=Ann")
    made.show_only(["m2"])
    assert [card._row["id"] for card in cards(made)] == ["m2"]
    next(button for button in cards(made)[0].findChildren(QPushButton) if button.text() == "Wrong").click()
    assert ("POST", "/api/memory/m2/rate", {"good": False}) in connection.sent
