"""Clicks leave the keyboard where one types, and what is typed while nothing takes letters is written there."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication

from app.desktop.connection import CoreConnection
from app.desktop.theme import Theme
from app.desktop.viewmodels.run_view import RunView
from app.desktop.widgets.consent import DEAF_MS, ConsentButton
from app.desktop.widgets.plan_editor import PlanEditor
from app.desktop.window import MainWindow
from core.home import Home

RUN = "r1"
STEPS = [{"id": name, "tool": "files.write", "args": {"path": name, "text": "x"}, "needs": []} for name in ("s1", "s2")]


class Silent(CoreConnection):
    """A connection without a core: it keeps what it was asked."""

    def open(self) -> None:
        self.asked: list[str] = []

    def _send(self, method: Any, path: str, *_: Any, **__: Any) -> None:
        self.asked.append(f"{method.decode()} {path}")


@pytest.fixture
def window(qtbot: Any, theme: Theme, own_home: Home) -> MainWindow:
    connection = Silent(own_home)
    made = MainWindow(theme, connection)
    connection.setParent(made)
    qtbot.addWidget(made)
    made.show()
    made.complete()
    made.activateWindow()
    qtbot.waitUntil(lambda: made.chat.composer.editor.hasFocus(), timeout=5_000)
    return made


def run_goes_on(window: MainWindow, **approval: Any) -> RunView:
    """A run in the shown conversation, with a question for consent where ``approval`` is given."""
    chat = window.chat
    chat.conversation_id = "c"
    chat._runs[RUN] = RunView(RUN)
    chat._add({"id": "q", "role": "user", "text": "Do it", "run_id": RUN, "siblings": []})
    if approval:
        chat._runs[RUN].apply(
            {"seq": 1, "type": "approval_requested", "run_id": RUN, "data": {"approval": "a", "step": "s1", "tool": "shell.run", "why": "w", "preview": "touch x"} | approval}
        )
    chat._refresh(RUN)
    QApplication.processEvents()
    return chat._runs[RUN]


def click(qtbot: Any, button: QAbstractButton) -> None:
    qtbot.waitUntil(lambda: button.isEnabled() and button.isVisible() and button.rect().contains(button.rect().center()), timeout=DEAF_MS + 4_000)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def type_on(text: str) -> None:
    """Keys go to whatever has the keyboard."""
    for letter in text:
        QTest.keyClicks(QApplication.focusWidget() or QApplication.activeWindow(), letter)


def named(window: MainWindow, name: str) -> QAbstractButton:
    return next(button for button in window.findChildren(QAbstractButton) if button.accessibleName() == name and button.isVisible())


@pytest.mark.parametrize("name", ["Stop the run", "Send the request", "Take back: second", "Copy", "Edit", "Light or dark"])
def test_one_goes_on_typing_after_a_click(window: MainWindow, name: str, qtbot: Any) -> None:
    view = run_goes_on(window)
    view.steps = [dict(STEPS[0])]
    window.chat._refresh(RUN)
    editor = window.chat.composer.editor
    window.chat._queue = ["second"]
    window.chat._show_busy()
    type_on("one ")
    click(qtbot, named(window, name))
    type_on("more")
    assert editor.hasFocus() and editor.toPlainText().endswith("more"), name


@pytest.mark.parametrize("answer", ["Yes, once", "No"])
def test_one_goes_on_typing_after_an_answer_to_a_card(window: MainWindow, answer: str, qtbot: Any) -> None:
    run_goes_on(window, kind="step")
    type_on("one ")
    click(qtbot, named(window, answer))
    type_on("more")
    assert window.chat.composer.editor.toPlainText() == "one more"
    assert "POST /api/approvals/a" in window._connection.asked  # type: ignore[attr-defined]


def test_moving_the_steps_of_a_plan_by_click_takes_no_letters(window: MainWindow, qtbot: Any) -> None:
    run_goes_on(window, kind="plan", plan={"steps": STEPS})
    type_on("one ")
    click(qtbot, next(button for button in window.findChildren(PlanEditor)[0].findChildren(QAbstractButton) if button.text() == "Down" and button.isEnabled()))
    assert [step["id"] for step in window.findChildren(PlanEditor)[0].steps()] == ["s2", "s1"]
    type_on("more")
    assert window.chat.composer.editor.toPlainText() == "one more"


def test_letters_on_a_card_or_a_message_are_written_and_decide_nothing(window: MainWindow, qtbot: Any) -> None:
    run_goes_on(window, kind="step")
    card, editor = window.chat.open_card(), window.chat.composer.editor
    assert card is not None
    qtbot.waitUntil(lambda: any(button.isEnabled() for button in card.findChildren(ConsentButton)), timeout=DEAF_MS + 4_000)
    QTest.mouseClick(card, Qt.MouseButton.LeftButton)
    assert card.hasFocus()
    type_on("also")
    assert editor.toPlainText() == "also" and editor.hasFocus() and card.isEnabled()
    QTest.mouseClick(window.chat._views[0].body.viewport(), Qt.MouseButton.LeftButton)
    assert not editor.hasFocus()
    type_on(" 2")
    assert editor.toPlainText() == "also2", "Space belongs to what has the keyboard"
    assert not any("approvals/a" in asked for asked in window._connection.asked)  # type: ignore[attr-defined]


def test_keys_of_other_pages_and_commands_are_not_taken(window: MainWindow) -> None:
    window.chat.composer.editor.clearFocus()
    QTest.keyClick(window, Qt.Key.Key_A, Qt.KeyboardModifier.AltModifier)
    window._pages.setCurrentIndex(0)
    window.open_page("settings")
    QTest.keyClicks(window, "x")
    assert window.chat.composer.editor.toPlainText() == ""


def test_tab_still_reaches_the_buttons(window: MainWindow) -> None:
    run_goes_on(window)
    type_on("one")
    reached = []
    for _ in range(40):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        reached.append(QApplication.focusWidget().accessibleName())
    assert {"Stop the run", "Send the request", "Copy", "Light or dark"} <= set(reached)
