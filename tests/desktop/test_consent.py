"""Consent that is given on purpose only: deaf seconds, keys, a focus that moves by itself, a card that slides under the pointer."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from app.desktop.pages.schedule_cards import AttentionCard
from app.desktop.pages.servers import LinkCard
from app.desktop.theme import Theme
from app.desktop.viewmodels.run_view import RunView
from app.desktop.widgets.approval_card import ApprovalCard
from app.desktop.widgets.consent import DEAF_MS, ConsentButton
from app.desktop.widgets.message_view import MessageView

CONTROL = Qt.KeyboardModifier.ControlModifier


def question(name: str, **more: Any) -> dict[str, Any]:
    return {"approval": name, "step": name, "kind": "step", "tool": "shell.run", "why": "it cannot be undone", "preview": f"touch {name}", **more}


@pytest.fixture
def place(qtbot: Any) -> QWidget:
    """A window with a field that has the focus."""
    window = QWidget()
    qtbot.addWidget(window)
    window.field = QLineEdit()  # type: ignore[attr-defined]
    QVBoxLayout(window).addWidget(window.field)  # type: ignore[attr-defined]
    window.show()
    window.activateWindow()
    window.field.setFocus()  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: QApplication.focusWidget() is window.field, timeout=5_000)  # type: ignore[attr-defined]
    return window


def put(place: QWidget, widget: Any) -> Any:
    layout = place.layout()
    assert layout is not None
    layout.addWidget(widget)
    QApplication.processEvents()
    return widget


def listen(qtbot: Any, button: QPushButton) -> None:
    qtbot.waitUntil(button.isEnabled, timeout=DEAF_MS + 4_000)


def decisions(card: ApprovalCard) -> list[Any]:
    found: list[Any] = []
    card.decided.connect(lambda _, answer: found.append(answer["decision"]))
    return found


def test_a_card_takes_no_focus_and_is_deaf_at_first(place: Any, qtbot: Any) -> None:
    card = put(place, ApprovalCard(question("one")))
    made = decisions(card)
    assert QApplication.focusWidget() is place.field
    for button in card.findChildren(QPushButton):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        button.click()
    card.setFocus(Qt.FocusReason.MouseFocusReason)
    qtbot.keyClick(card, Qt.Key.Key_Return, CONTROL)
    assert not made
    listen(qtbot, card._yes)
    qtbot.mouseClick(card._yes, Qt.MouseButton.LeftButton)
    assert made == ["once"]


def test_letters_space_and_enter_decide_nothing_even_on_a_chosen_button(place: Any, qtbot: Any) -> None:
    card = put(place, ApprovalCard(question("one")))
    made = decisions(card)
    listen(qtbot, card._yes)
    qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
    for target in (card, *card.findChildren(QPushButton)):
        for key in (Qt.Key.Key_Y, Qt.Key.Key_C, Qt.Key.Key_A, Qt.Key.Key_N, Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Select):
            for modifier in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier):
                qtbot.keyClick(target, key, modifier)
    assert not made
    card._intent.on_purpose = True
    qtbot.keyClick(card, Qt.Key.Key_Return, CONTROL)
    assert made == ["once"]


def test_a_held_key_does_not_count(place: Any, qtbot: Any) -> None:
    card = put(place, ApprovalCard(question("one")))
    made = decisions(card)
    listen(qtbot, card._yes)
    card._intent.on_purpose = True
    for target in (card, card._yes):
        QApplication.sendEvent(target, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, CONTROL, "\r", True))
    assert not made


def test_a_focus_that_moved_by_itself_is_no_choice(place: Any, qtbot: Any) -> None:
    card = put(place, ApprovalCard(question("one")))
    made = decisions(card)
    listen(qtbot, card._yes)
    place.field.hide()  # Qt gives the focus to the next widget in line, and calls it Tab
    focus = QApplication.focusWidget()
    assert focus is not None and (focus is card or card.isAncestorOf(focus))
    qtbot.keyClick(focus, Qt.Key.Key_Return, CONTROL)
    QApplication.processEvents()
    listen(qtbot, card._yes)  # it moved up
    card._yes.setFocus(Qt.FocusReason.OtherFocusReason)
    qtbot.keyClick(card._yes, Qt.Key.Key_Return, CONTROL)
    assert not made
    QTest.keyEvent(QTest.KeyAction.Click, place.windowHandle(), Qt.Key.Key_Tab)  # now a person leads it
    focus = QApplication.focusWidget()
    assert focus is not None and card.isAncestorOf(focus)
    qtbot.keyClick(focus, Qt.Key.Key_Return, CONTROL)
    assert len(made) == 1


def test_a_card_that_comes_to_another_place_is_deaf_again(place: Any, qtbot: Any) -> None:
    card = put(place, ApprovalCard(question("one")))
    listen(qtbot, card._yes)
    place.layout().insertWidget(0, QPushButton("something above it"))
    qtbot.waitUntil(lambda: not card._yes.isEnabled(), timeout=2_000)
    listen(qtbot, card._yes)


def test_the_second_click_of_a_double_click_grants_no_second_question(theme: Theme, qtbot: Any) -> None:
    message = MessageView(theme, {"id": "m", "role": "assistant", "text": "", "run_id": "r", "data": {}})
    qtbot.addWidget(message)
    message.show()
    view = RunView("r")
    for name in ("one", "two"):
        view.apply({"type": "approval_requested", "data": question(name)})
    message.show_run(view)
    first, second = message._cards["one"], message._cards["two"]
    listen(qtbot, second._yes)
    made = decisions(second)
    first._yes.click()
    view.apply({"type": "approval_resolved", "data": {"approval": "one", "step": "one", "decision": "once"}})
    message.show_run(view)
    qtbot.mouseClick(second._yes, Qt.MouseButton.LeftButton)
    assert not made and not second._yes.isEnabled()


def test_a_form_that_lacks_something_stays_switched_off_when_it_listens(place: Any, qtbot: Any) -> None:
    schema = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    card = put(place, ApprovalCard(question("one", kind="form", grantable=False, schema=schema)))
    qtbot.wait(DEAF_MS + 100)
    assert not card._yes.isEnabled()
    card._fields._fields["name"][0].setText("x")
    assert card._yes.isEnabled()


def test_a_text_with_an_ampersand_makes_no_key(qtbot: Any) -> None:
    button = ConsentButton("Open https://example.org/?a=1&yes=2")
    qtbot.addWidget(button)
    assert button.shortcut().isEmpty() and button.accessibleName() == "Open https://example.org/?a=1&yes=2"


class Connection:
    def __init__(self) -> None:
        self.sent: list[tuple[str, Any]] = []

    def post(self, path: str, body: Any, *_: Any) -> None:
        self.sent.append((path, body))


def test_other_pages_ask_with_the_same_buttons(place: Any, qtbot: Any) -> None:
    connection: Any = Connection()
    waiting = {"name": "tidy", "due_at": 0, "cause": "", "answer": "", "approval": "a1", "schedule_id": "s1"}
    link = {"name": "x", "replaces": False, "url": "", "command": "x", "env": {}, "headers": {}, "cwd": "", "warnings": []}
    cards = [put(place, AttentionCard("parked", waiting, connection)), put(place, LinkCard("deskhand://x", link, connection, lambda: None, lambda _: None))]
    buttons = [button for card in cards for button in card.findChildren(ConsentButton)]
    assert [button.text() for button in buttons] == ["Allow once", "Always", "No", "Start it once and add"]
    for button in buttons:
        button.click()
        qtbot.keyClick(button, Qt.Key.Key_Space)
    assert not connection.sent and QApplication.focusWidget() is place.field
    listen(qtbot, buttons[3])
    qtbot.mouseClick(buttons[3], Qt.MouseButton.LeftButton)
    assert [path for path, _ in connection.sent] == ["/api/mcp/link"]


def test_what_is_asked_about_is_seen_whole_and_named_in_words(place: Any, qtbot: Any) -> None:
    place.resize(420, 400)
    card = put(
        place, ApprovalCard(question("a", preview="$ echo hi\n" + "(in the workspace, without a network, changes only the workspace, none of your keys in its environment) " * 2))
    )
    preview = card.findChild(QPlainTextEdit)
    qtbot.waitUntil(lambda: preview.height() > 60 and preview.verticalScrollBar().maximum() == 0, timeout=3_000)
    assert card.accessibleName().startswith("May I run this command?")
