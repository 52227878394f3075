"""Tab goes through the window as one reads, also through what was made later than what stands below it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from app.desktop.window import MainWindow


def position(window: MainWindow, widget: QWidget) -> tuple[int, int]:
    at = widget.mapTo(window, widget.rect().topLeft())
    return at.x(), at.y()


def test_tab_goes_down_the_conversation_to_the_composer_and_round_the_window_once(window: MainWindow, say: Callable[[str], None], qtbot: Any) -> None:
    say("List the files in this folder")
    qtbot.waitUntil(lambda: window.chat._views[-1]._actions is not None and window.chat._views[-1]._actions.isVisible(), timeout=5_000)
    editor = window.chat.composer.editor
    editor.setPlainText("x")  # so that Send can be pressed
    editor.setFocus()
    ring: list[QWidget] = []
    while len(ring) < 80:
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        ring.append(QApplication.focusWidget())  # type: ignore[arg-type]
        if ring[-1] is editor:
            break
    assert ring[-1] is editor and len(ring) == len(set(ring)), "round once, and nothing twice"
    talk = [widget for widget in ring if window.chat._scroll.body.isAncestorOf(widget)]
    tops = [position(window, widget)[1] for widget in talk]
    assert len(talk) > 5 and all(upper <= lower + 8 for upper, lower in pairwise(tops))
    assert ring[-1 - len(talk) : -1] == talk, "what stands above the composer comes just before it"
    assert ring[0] is window.chat.composer._send_button
    sides = [("sidebar" if window.sidebar.isAncestorOf(widget) else "inspector" if window.inspector.isAncestorOf(widget) else "middle") for widget in ring]
    turns = [side for number, side in enumerate(sides) if not number or sides[number - 1] != side]
    assert turns == ["middle", "inspector", "sidebar", "middle"]
