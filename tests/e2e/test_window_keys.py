"""Real keys and clicks in a real window of its own display, while a question for consent comes up under them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.home import Home
from tests.helpers.processes import ROOT, CoreProcess, wait_until

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or not shutil.which("Xvfb") or not shutil.which("xdotool"),
    reason="needs Xvfb and xdotool: `make setup` installs them where apt-get may be used",
)

# The window as a person starts it. What it shows is written to a file four times a second, since nothing but keys and clicks may go in.
WINDOW = """
import json, os, sys
from PySide6.QtCore import QPoint, QTimer
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from app.desktop.main import make_application, make_window
from app.desktop.widgets.approval_card import ApprovalCard
from core.home import Home

application = make_application(["deskhand"])
window = make_window(application, Home.default(), "light")
window.setGeometry(0, 0, 1000, 700)

def look():
    focus = QApplication.focusWidget()
    cards = [card for card in window.findChildren(ApprovalCard) if card.isVisible()]
    buttons = {}
    for card in cards:
        buttons["card"] = place(card, QPoint(6, 6)) | {"enabled": card.isEnabled()}
        for button in card.findChildren(QPushButton):
            buttons[button.text()] = place(button, button.rect().center()) | {"enabled": button.isEnabled()}
    shown = {"text": window.chat.composer.editor.toPlainText(), "ready": window._complete and window._connection.state == "connected", "cards": len(cards),
             "focus": focus.accessibleName() if focus else "", "buttons": buttons, "busy": window.chat.busy,
             "on_card": isinstance(focus, ApprovalCard), "queue": window.chat._queue, "hint": window.chat.composer._hint.text(),
             "waiting": [label.text() for label in window.chat.composer.queue.findChildren(QLabel) if label.isVisible()]}
    with open(sys.argv[1] + ".new", "w") as file:
        json.dump(shown, file)
    os.replace(sys.argv[1] + ".new", sys.argv[1])

def place(widget, inside):
    at = widget.mapToGlobal(inside)
    return {"x": at.x(), "y": at.y()}

timer = QTimer(interval=50, timeout=look)
timer.start()
window.show()
application.exec()
"""


class Hands:
    """A person at one window."""

    def __init__(self, environment: dict[str, str], state: Path, core: CoreProcess) -> None:
        self._environment, self._state, self._core = environment, state, core

    def do(self, *words: str) -> None:
        subprocess.run(["xdotool", *words], env=self._environment, check=True, timeout=30, capture_output=True)

    def type(self, text: str, delay_ms: int = 20) -> None:
        self.do("type", "--delay", str(delay_ms), text)

    def click(self, name: str) -> None:
        at = self.see()["buttons"][name]
        self.do("mousemove", str(at["x"]), str(at["y"]), "click", "1")

    def see(self) -> dict[str, Any]:
        time.sleep(0.15)  # two pictures of the window
        found: dict[str, Any] = json.loads(self._state.read_text(encoding="utf-8"))
        return found

    def wait(self, what: str, ready: Any, seconds: float = 30) -> dict[str, Any]:
        return wait_until(lambda: (shown := self.see()) and ready(shown) and shown, seconds, what)  # type: ignore[no-any-return]

    def ask(self, text: str) -> None:
        """Send a request and wait for its question."""
        self.type(text)
        self.do("key", "Return")
        self.wait("the card", lambda shown: shown["cards"])

    def waiting(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._core.client.call("GET", "/api/approvals")
        return found

    def granted(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._core.client.call("GET", "/api/permissions")
        return found


@pytest.fixture
def display() -> Iterator[str]:
    reading, writing = os.pipe()
    server = subprocess.Popen(["Xvfb", "-displayfd", str(writing), "-screen", "0", "1100x800x24", "-nolisten", "tcp"], pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    with os.fdopen(reading) as said:
        number = said.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait(10)


@pytest.fixture
def hands(display: str, own_home: Home, workspace: Path, tmp_path: Path) -> Iterator[Hands]:
    program, state = tmp_path / "window.py", tmp_path / "window.json"
    program.write_text(WINDOW, encoding="utf-8")
    with CoreProcess(own_home.root) as core:
        core.client.call("PUT", "/api/settings/workspace.default", {"value": str(workspace)})
        core.client.call("PUT", "/api/settings/desktop.first_run_done", {"value": True})
        environment = {**core.environment, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "PYTHONPATH": str(ROOT)}
        environment.pop("WAYLAND_DISPLAY", None)
        with (tmp_path / "window.log").open("w") as log:
            window = subprocess.Popen([sys.executable, str(program), str(state)], env=environment, stdout=log, stderr=log)
        try:
            wait_until(lambda: state.exists() or window.poll() is not None, 40, "the window")
            assert window.poll() is None, (tmp_path / "window.log").read_text(encoding="utf-8")
            person = Hands(environment, state, core)
            person.wait("the window's line to the core", lambda shown: shown["ready"])
            person.do("search", "--sync", "--onlyvisible", "--name", "^Deskhand$", "windowfocus")
            person.wait("the composer's focus", lambda shown: shown["focus"] == "Request")
            yield person
        finally:
            window.terminate()
            window.wait(10)


def test_what_is_typed_while_a_question_comes_up_stays_text_and_grants_nothing(hands: Hands, workspace: Path) -> None:
    hands.type("run touch made.txt")
    hands.do("key", "Return")
    typed = "yes cancel always no any calm yacht " * 3  # every letter that once decided, and Space
    hands.type(typed, 40)
    shown = hands.wait("the card", lambda shown: shown["cards"])
    assert shown["text"] == typed and shown["focus"] == "Request"
    hands.type("yacn")
    assert hands.see()["text"] == typed + "yacn"
    assert len(hands.waiting()) == 1 and not hands.granted() and not (workspace / "made.txt").exists()


def test_a_click_in_the_first_second_grants_nothing_and_one_after_it_does(hands: Hands, workspace: Path) -> None:
    hands.ask("run touch made.txt")
    first = hands.see()["buttons"]
    assert not first["Always"]["enabled"] and not first["Yes, once"]["enabled"]
    hands.click("Always")
    hands.do("key", "ctrl+Return")  # the click gave the card the focus: it is deaf to keys too
    assert hands.see()["cards"] == 1 and len(hands.waiting()) == 1 and not hands.granted()
    hands.wait("the card to listen", lambda shown: shown["buttons"]["Yes, once"]["enabled"])
    hands.click("Yes, once")
    wait_until(lambda: (workspace / "made.txt").exists(), 20, "the granted step")
    assert not hands.granted()
    assert hands.wait("the end", lambda shown: not shown["busy"])["focus"] == "Request"


def test_only_ctrl_enter_decides_by_key_and_only_on_a_card_that_was_chosen(hands: Hands, workspace: Path) -> None:
    hands.ask("run touch made.txt")
    hands.wait("the card to listen", lambda shown: shown["buttons"]["Yes, once"]["enabled"])
    hands.do("key", "ctrl+Return")  # in the composer it sends what is there: nothing
    assert len(hands.waiting()) == 1
    hands.click("card")
    for key in ("space", "Return", "KP_Enter", "alt+y", "alt+a", "shift+Return"):
        hands.do("key", key)
    hands.do("key", "Tab", "space", "Return", "Tab", "space", "Return", "Tab", "space", "Return")
    for letter in "ycan":  # a letter goes to where one types, and decides nothing
        hands.click("card")
        hands.do("key", letter)
        assert hands.wait("the letter", lambda shown, letter=letter: shown["text"] == letter)["focus"] == "Request"
        hands.do("key", "BackSpace")
    assert hands.see()["cards"] == 1 and len(hands.waiting()) == 1 and not hands.granted() and not (workspace / "made.txt").exists()
    hands.click("card")
    hands.do("key", "ctrl+Return")
    wait_until(lambda: (workspace / "made.txt").exists(), 20, "the granted step")
    assert not hands.granted()


def test_tab_leads_to_a_button_and_ctrl_enter_presses_that_one(hands: Hands, workspace: Path) -> None:
    hands.ask("run touch made.txt")
    hands.wait("the card to listen", lambda shown: shown["buttons"]["Yes, once"]["enabled"])
    for _ in range(40):
        if hands.see()["focus"] == "No":
            break
        hands.do("key", "Tab")
    assert hands.see()["focus"] == "No"
    hands.do("key", "space", "Return")
    assert len(hands.waiting()) == 1
    hands.do("key", "ctrl+Return")
    wait_until(lambda: not hands.waiting(), 20, "the refusal")
    hands.wait("the end", lambda shown: not shown["busy"])
    assert not (workspace / "made.txt").exists()


def test_one_shift_tab_leads_from_the_composer_to_the_newest_card(hands: Hands, workspace: Path) -> None:
    hands.ask("run touch made.txt")
    hands.wait("the card to listen", lambda shown: shown["buttons"]["Yes, once"]["enabled"])
    assert hands.see()["focus"] == "Request" and "Shift+Tab leads to the question" in hands.see()["hint"]
    hands.do("key", "shift+Tab")
    assert hands.see()["on_card"]
    hands.do("key", "space", "Return")
    assert len(hands.waiting()) == 1 and not (workspace / "made.txt").exists()
    found = []
    for _ in range(6):  # through the card as one reads, and out of it to where one types
        hands.do("key", "Tab")
        found.append(hands.see()["focus"])
    assert found == ["What would be done", "Yes, once", "For this conversation", "Always", "No", "Request"]
    hands.do("key", "shift+Tab", "ctrl+Return")
    wait_until(lambda: (workspace / "made.txt").exists(), 20, "the granted step")
    assert not hands.granted() and hands.wait("the end", lambda shown: not shown["busy"])["focus"] == "Request"


def test_what_is_sent_while_a_card_is_open_waits_and_stops_nothing(hands: Hands, workspace: Path) -> None:
    hands.ask("run touch made.txt")
    hands.type("what is 2+2?")
    hands.do("key", "ctrl+Return")
    hands.type("yes")
    hands.do("key", "Return")
    shown = hands.see()
    assert shown["queue"] == ["what is 2+2?", "yes"] and shown["waiting"] == ["Waiting: what is 2+2?", "Waiting: yes"] and "2 waiting" in shown["hint"]
    time.sleep(1)
    assert hands.see()["cards"] == 1 and hands.see()["busy"] and len(hands.waiting()) == 1 and not (workspace / "made.txt").exists()
    hands.wait("the card to listen", lambda shown: shown["buttons"]["Yes, once"]["enabled"])
    hands.do("key", "shift+Tab", "ctrl+Return")
    wait_until(lambda: (workspace / "made.txt").exists(), 20, "the granted step")
    assert hands.wait("both are sent", lambda shown: not shown["busy"] and not shown["queue"], 60)["waiting"] == []
