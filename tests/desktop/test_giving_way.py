"""What was asked in a window that has gone away gives way to what a person asks now, at a model that writes for one at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt

from app.desktop.window import MainWindow
from tests.helpers.one_seat_server import OneSeatServer
from tests.helpers.processes import CoreProcess, use_server, wait_until

LONG, SOON_S = 600, 15.0  # words of the poem: 30 s; seconds in which the other answer has to be there


@pytest.fixture
def server(core: CoreProcess) -> Iterator[OneSeatServer]:
    made = OneSeatServer(LONG)
    use_server(core.client, made.url)
    yield made
    made.end()


def close(window: MainWindow) -> None:
    """As a person does it: the window's own cross."""
    window.close()


def kill(window: MainWindow) -> None:
    """What the core sees of a killed window: its connections are gone without a word."""
    connection = window._connection
    connection._socket.blockSignals(True)
    connection._socket.abort()


def ask_for_a_poem(window: MainWindow, qtbot: Any) -> None:
    qtbot.keyClicks(window.chat.composer.editor, "Write a poem about the sea")
    qtbot.keyClick(window.chat.composer.editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(window.chat._views) and "sea" in window.chat._views[-1].body.toPlainText(), timeout=15_000)


def answer_elsewhere(core: CoreProcess, run_id: str) -> list[str]:
    """The answer of a run that is followed as ``deskhand ask`` does it."""
    return [row["data"]["answer"] for row in core.client.lines(f"/api/runs/{run_id}/stream?answers=true") if row["type"] == "run_finished"]


@pytest.mark.parametrize("go_away", [close, kill])
def test_a_request_of_a_window_that_went_away_gives_way(
    window: MainWindow, core: CoreProcess, server: OneSeatServer, workspace: Path, qtbot: Any, go_away: Callable[[MainWindow], None]
) -> None:
    ask_for_a_poem(window, qtbot)
    go_away(window)
    began = time.monotonic()
    run = core.client.call("POST", "/api/runs", {"text": "Which colour do you like?", "workspace": str(workspace)})
    assert answer_elsewhere(core, run["run_id"]) == ["Blue is a fine colour."]
    assert time.monotonic() - began < SOON_S, server.log
    wait_until(lambda: server.log[-1] == "poem ends", what="the poem, begun anew")
    assert server.log == ["poem begins", "poem is broken off", "other begins", "other ends", "poem begins", "poem ends"]


def test_it_gives_way_to_what_waited_already_when_the_window_went_away(window: MainWindow, core: CoreProcess, server: OneSeatServer, workspace: Path, qtbot: Any) -> None:
    ask_for_a_poem(window, qtbot)
    run = core.client.call("POST", "/api/runs", {"text": "Which colour do you like?", "workspace": str(workspace)})
    qtbot.wait(700)
    assert server.log == ["poem begins"], "who looks at the window waits for the poem as much as the other for the colour"
    began = time.monotonic()
    window.close()
    assert answer_elsewhere(core, run["run_id"]) == ["Blue is a fine colour."]
    assert time.monotonic() - began < SOON_S, server.log
