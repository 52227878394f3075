"""What lies over the pages: the palette, notices, the time to take a deletion back; Escape closes and stops nothing."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from app.desktop.viewmodels.conversation_list import ID
from app.desktop.window import MainWindow
from tests.helpers.processes import CoreProcess

CONTROL = Qt.KeyboardModifier.ControlModifier


def shown(window: MainWindow) -> list[str]:
    return [notice.text for notice in window.notices._shown if notice.isVisible()]


def press(window: MainWindow, name: str) -> None:
    button = next(button for button in window.notices.findChildren(QPushButton) if button.text() == name and button.isVisible())
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def listed(window: MainWindow) -> list[str]:
    model = window.sidebar.model
    return [id_ for row in range(model.rowCount()) if (id_ := model.index(row).data(ID))]


def test_the_palette_lies_over_the_columns_and_finds_conversations(window: MainWindow, core: CoreProcess, qtbot: Any) -> None:
    id_ = core.client.call("POST", "/api/conversations", {"title": "Rent of the flat"})["id"]
    before = [window._split.widget(number).geometry() for number in range(window._split.count())]
    window.chat.composer.editor.setFocus()
    QTest.keyClick(window, Qt.Key.Key_K, CONTROL)
    palette = window.palette_panel
    qtbot.waitUntil(lambda: palette.isVisible() and palette._field.hasFocus(), timeout=5_000)
    QApplication.processEvents()
    assert window._split.count() == 3 and [window._split.widget(number).geometry() for number in range(3)] == before
    assert abs(palette.geometry().center().x() - window.rect().center().x()) <= 1 and palette.geometry().bottom() < window.height()
    QTest.keyClick(palette._field, Qt.Key.Key_Escape)
    assert not palette.isVisible() and window.chat.composer.editor.hasFocus()
    QTest.keyClick(window, Qt.Key.Key_K, CONTROL)
    qtbot.waitUntil(lambda: any("Rent" in text for text in palette._model.stringList()), timeout=10_000)
    QTest.keyClicks(palette._field, "rent flat")
    QTest.keyClick(palette._field, Qt.Key.Key_Return)
    assert window.chat.conversation_id == id_


def test_escape_closes_a_page_and_stops_nothing(window: MainWindow) -> None:
    asked: list[str] = []
    window.chat.stop = lambda: asked.append("stop")  # type: ignore[method-assign]
    window.open_page("settings")
    window._escape()
    assert window._pages.currentWidget() is window.chat and window.chat.composer.editor.hasFocus()
    window._escape()
    assert not asked


def test_a_reminder_is_told_in_the_window_also_without_a_tray(window: MainWindow, core: CoreProcess, qtbot: Any) -> None:
    assert window._tray is None, "there is none here"
    notice = {"id": 7, "kind": "reminder", "name": "water the plants", "text": "Water the plants", "schedule_id": "s", "due_at": 0}
    window.chat.composer.editor.setFocus()
    window._connection.event.emit({"seq": 0, "type": "schedule_told", "run_id": "", "at": "", "data": notice})
    window._connection.event.emit({"seq": 0, "type": "schedule_told", "run_id": "", "at": "", "data": notice})
    assert shown(window) == ["water the plants\nWater the plants"] and window.chat.composer.editor.hasFocus()
    press(window, "Open")
    assert window._pages.currentWidget() is window._made["schedules"] and not shown(window)


def test_a_deleted_conversation_can_be_had_back_and_is_gone_from_view(window: MainWindow, core: CoreProcess, qtbot: Any) -> None:
    id_ = core.client.call("POST", "/api/conversations", {"title": "Old plans"})["id"]
    window.open_conversation(id_)
    qtbot.waitUntil(lambda: id_ in listed(window), timeout=10_000)
    window.sidebar.delete_asked.emit(id_, "Old plans")
    qtbot.waitUntil(lambda: id_ not in listed(window), timeout=10_000)
    assert window.chat.conversation_id == "" and shown(window) == ["Deleted: Old plans"]
    assert any(row["id"] == id_ for row in core.client.call("GET", "/api/conversations"))
    press(window, "Undo")
    qtbot.waitUntil(lambda: id_ in listed(window), timeout=10_000)
    window.sidebar.delete_asked.emit(id_, "Old plans")
    window.close()
    assert not any(row["id"] == id_ for row in core.client.call("GET", "/api/conversations")), "what was deleted is deleted when the window goes"


def test_editing_is_shown_and_can_be_cancelled(window: MainWindow, say: Any, qtbot: Any) -> None:
    say("What is 17.5% of 240?")
    editor = window.chat.composer.editor
    QTest.keyClicks(editor, "a draft")
    window.chat._views[0]._act("edit")
    assert window.chat._editing.isVisible() and editor.toPlainText() == "What is 17.5% of 240?"
    window._escape()
    assert not window.chat._editing.isVisible() and editor.toPlainText() == "a draft" and window.chat._parent_id is None
    window.chat._views[0]._act("edit")
    editor.setPlainText("What is 10% of 240?")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(window.chat._views) == 2 and not window.chat.busy, timeout=20_000)
    assert not window.chat._editing.isVisible() and editor.toPlainText() == "a draft" and "24" in window.chat._views[1].body.toPlainText()
