"""A real core and a real window, offscreen; clicks and keys as a person makes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.desktop.connection import CoreConnection
from app.desktop.theme import Theme
from app.desktop.window import MainWindow
from core.home import Home
from tests.helpers.processes import CoreProcess


@pytest.fixture
def core(own_home: Home, workspace: Path) -> Iterator[CoreProcess]:
    with CoreProcess(own_home.root) as process:
        process.client.call("PUT", "/api/settings/workspace.default", {"value": str(workspace)})
        process.client.call("PUT", "/api/settings/desktop.first_run_done", {"value": True})
        yield process
        process.run_command("stop")  # a window may have started another one after a kill


@pytest.fixture
def long_conversation(core: CoreProcess) -> str:
    """A conversation of 5,000 messages, written straight into the database."""
    from core.clock import SystemClock
    from core.conversations import Conversations
    from core.storage.database import Database

    conversation = str(core.client.call("POST", "/api/conversations", {"title": "long"})["id"])
    core.stop()
    database = Database(core.home.database)
    store = Conversations(database, SystemClock())
    with database.transaction():
        for number in range(5000):
            store.add(conversation, "user" if number % 2 == 0 else "assistant", f"message {number} " + "words " * (number % 60), f"run_{number}")
    database.close()
    core.start()
    return conversation


@pytest.fixture
def theme(qapp: Any) -> Theme:
    return Theme(qapp, "light")


@pytest.fixture
def window(qtbot: Any, theme: Theme, core: CoreProcess) -> MainWindow:
    connection = CoreConnection(core.home)
    made = MainWindow(theme, connection)
    connection.setParent(made)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: connection.state == "connected" and made.model_choice.count() > 0, timeout=15_000)
    return made


@pytest.fixture
def say(qtbot: Any, window: MainWindow) -> Callable[[str], None]:
    """Type and press Enter, then wait until the answer is there."""
    from PySide6.QtCore import Qt

    def send(text: str) -> None:
        count = len(window.chat._views)
        qtbot.keyClicks(window.chat.composer.editor, text)
        qtbot.keyClick(window.chat.composer.editor, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: len(window.chat._views) >= count + 2 and not window.chat.busy and bool(window.chat._views[-1].body.text), timeout=20_000)

    return send


@pytest.fixture
def follow_plan(qtbot: Any, window: MainWindow) -> Callable[[], None]:
    """Wait for the question about a plan and agree to it with the mouse."""
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QPushButton

    from app.desktop.widgets.approval_card import ApprovalCard

    def agree() -> None:
        def buttons() -> list[QPushButton]:
            found = [button for card in window.findChildren(ApprovalCard) for button in card.findChildren(QPushButton)]
            return [button for button in found if button.accessibleName() == "Follow this plan" and button.isEnabled() and button.isVisibleTo(window)]

        qtbot.waitUntil(lambda: bool(buttons()), timeout=15_000)
        qtbot.mouseClick(buttons()[-1], Qt.MouseButton.LeftButton)

    return agree
