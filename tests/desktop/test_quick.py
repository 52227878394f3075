"""The one-line window: a request typed, done, shown, undone; and the key that brings it up while another program is in front."""

from __future__ import annotations

import ctypes.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from app.desktop.connection import CoreConnection
from app.desktop.global_shortcut import GlobalShortcut
from app.desktop.quick import QuickWindow
from app.desktop.window import MainWindow
from tests.helpers.processes import CoreProcess


@pytest.fixture
def quick(window: MainWindow, qtbot: Any) -> QuickWindow:
    qtbot.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert window._quick is not None and window._quick.isVisible()
    return window._quick


def ask(quick: QuickWindow, text: str, qtbot: Any) -> None:
    quick.field.clear()
    qtbot.keyClicks(quick.field, text)
    qtbot.keyClick(quick.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(quick._view.run_id) and not quick._view.busy, timeout=15_000)


def test_a_request_is_done_shown_and_undone(quick: QuickWindow, workspace: Path, qtbot: Any) -> None:
    ask(quick, "Make a folder called Trip", qtbot)
    assert (workspace / "Trip").is_dir() and "Trip" in quick.said.text() and quick.undo_button.isVisible()
    quick.undo_button.click()
    qtbot.waitUntil(lambda: not (workspace / "Trip").exists() and "back as it was" in quick.said.text(), timeout=10_000)
    qtbot.keyClick(quick, Qt.Key.Key_Escape)
    assert not quick.isVisible()


def test_what_waits_for_consent_opens_the_big_window(quick: QuickWindow, window: MainWindow, qtbot: Any) -> None:
    quick.field.setText("run echo hello")
    qtbot.keyClick(quick.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "consent" in quick.said.text(), timeout=15_000)
    quick.open_button.click()
    qtbot.waitUntil(lambda: bool(window.chat.conversation_id) and window.chat.busy, timeout=15_000)
    assert not quick.isVisible()
    window.chat.stop()


def test_a_core_that_is_gone_is_said(theme: Any, core: CoreProcess, qtbot: Any) -> None:
    connection = CoreConnection(core.home)
    alone = QuickWindow(theme, connection)
    qtbot.addWidget(alone)
    connection.open()
    qtbot.waitUntil(lambda: connection.state == "connected", timeout=15_000)
    core.stop()
    alone.appear()
    alone.field.setText("what time is it")
    qtbot.keyClick(alone.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "does not answer" in alone.said.text(), timeout=15_000)
    connection.close()


def test_without_x11_the_reason_is_said(qapp: QApplication) -> None:
    assert "deskhand quick" in GlobalShortcut("Ctrl+Alt+Space").problem


@pytest.fixture
def display() -> Iterator[str]:
    """An X server of our own."""
    if not shutil.which("Xvfb") or not shutil.which("xdotool") or not all(map(ctypes.util.find_library, ("xcb-cursor", "xcb-icccm", "xcb-keysyms"))):
        pytest.skip("Xvfb, xdotool or the libraries of Qt for X11 are not installed")
    reader, writer = os.pipe()
    server = subprocess.Popen(["Xvfb", "-displayfd", str(writer), "-screen", "0", "800x600x24"], pass_fds=[writer], stderr=subprocess.DEVNULL)
    os.close(writer)
    with os.fdopen(reader) as said:
        number = said.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait(10)


PROGRAM = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from app.desktop.global_shortcut import GlobalShortcut
application = QApplication(["x"])
first = GlobalShortcut(sys.argv[1])
print(first.problem or "ready", flush=True)
first.activated.connect(lambda: (print("pressed", flush=True), application.quit()))
QTimer.singleShot(20000, application.quit)
if not first.problem:
    application.exec()
"""


def test_the_key_works_while_nothing_of_ours_has_the_focus(display: str) -> None:
    environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    run = [sys.executable, "-c", PROGRAM]
    with subprocess.Popen([*run, "Ctrl+Alt+Space"], env=environment, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None and first.stdout.readline() == "ready\n"
        second = subprocess.run([*run, "Ctrl+Alt+Space"], env=environment, stdout=subprocess.PIPE, text=True, timeout=30, check=True)
        assert "another program has taken" in second.stdout
        subprocess.run(["xdotool", "key", "ctrl+alt+space"], env=environment, check=True, timeout=10)
        assert first.stdout.readline() == "pressed\n"
