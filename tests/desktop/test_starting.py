"""The first seconds: colours from the first picture on, and a request that is sent before the core answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from app.desktop.connection import CoreConnection
from app.desktop.main import chosen_theme, make_application, make_window
from app.desktop.theme import DARK, Theme
from app.desktop.widgets.queue_list import QueueList
from app.desktop.window import MainWindow
from core.home import Home
from tests.helpers.processes import CoreProcess


@pytest.mark.parametrize("written", ['[desktop]\ntheme = "dark"\n', 'desktop.theme = "dark"\n', '[desktop]\nlanguage = "de"\ntheme = "dark"\n[models]\ntheme = "light"\n'])
def test_the_first_picture_is_in_the_chosen_theme(written: str, own_home: Home, qtbot: Any) -> None:
    own_home.root.mkdir(parents=True, exist_ok=True)
    own_home.settings.write_text(written, encoding="utf-8")
    window = make_window(make_application(["deskhand"]), own_home, chosen_theme(own_home))
    qtbot.addWidget(window)
    window.resize(900, 600)
    picture = window.grab().toImage()
    shades = [QColor(picture.pixel(x, y)).lightness() for x in range(5, 900, 45) for y in range(5, 600, 45)]
    assert window._theme.colors is DARK and sorted(shades)[len(shades) // 2] < 60
    Theme(make_application(["deskhand"]), "light")  # for the tests behind this one


def test_no_choice_is_the_systems(own_home: Home) -> None:
    assert chosen_theme(own_home) == "system"


def waiting(window: MainWindow) -> list[str]:
    return [label.text() for label in window.findChildren(QueueList)[0].findChildren(QLabel) if label.isVisible()]


def test_what_is_sent_before_the_core_answers_is_kept_and_then_sent(own_home: Home, workspace: Path, theme: Theme, qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CoreConnection, "_start_core", lambda self: None)  # it takes its time
    connection = CoreConnection(own_home)
    window = MainWindow(theme, connection)
    connection.setParent(window)
    qtbot.addWidget(window)
    window.show()
    QTest.keyClicks(window.chat.composer.editor, "What is 17.5% of 240?")
    QTest.keyClick(window.chat.composer.editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(waiting(window)), timeout=5_000)
    qtbot.wait(300)
    assert connection.state == "starting" and "17.5%" in waiting(window)[0] and not window.chat._views
    QTest.keyClicks(window.chat.composer.editor, "next")
    with CoreProcess(own_home.root) as core:
        qtbot.waitUntil(lambda: len(window.chat._views) == 2 and not window.chat.busy, timeout=60_000)
        assert "42" in window.chat._views[1].body.toPlainText() and not waiting(window)
        assert window.chat.composer.editor.toPlainText() == "next" and window._pages.currentWidget() is window.chat
        connection.close()
        assert core.process is not None


def test_drafts_and_what_waits_stay_with_their_conversation(window: MainWindow, core: CoreProcess, qtbot: Any) -> None:
    ids = [core.client.call("POST", "/api/conversations", {"title": title})["id"] for title in ("one", "two")]
    editor = window.chat.composer.editor
    window.open_conversation(ids[0])
    QTest.keyClicks(editor, "for the first")
    window.chat._queue = ["waits"]
    window.chat._starting = True  # something is under way
    window.open_conversation(ids[1])
    assert editor.toPlainText() == "" and window.chat._queue == []
    QTest.keyClicks(editor, "second")
    window.open_conversation("")
    assert editor.toPlainText() == ""
    window.open_conversation(ids[1])
    assert editor.toPlainText() == "second"
    window.open_conversation(ids[0])
    assert editor.toPlainText() == "for the first" and window.chat._queue == ["waits"]
    qtbot.waitUntil(lambda: len(window.chat._views) == 2 and not window.chat.busy, timeout=20_000)
    assert window.chat._views[0].message["text"] == "waits" and editor.toPlainText() == "for the first"
    QApplication.processEvents()
