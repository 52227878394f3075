"""The Tools page: a link is shown whole and decided upon; a server's card follows its state while somebody is writing beside it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit

from app.desktop.pages.servers import AddServer, LinkCard
from app.desktop.window import MainWindow

ROOT = Path(__file__).resolve().parents[2]


def link(name: str = "test") -> str:
    words = "".join(
        f"&arg={quote(word)}"
        for word in ("-c", f"import runpy, sys; sys.path.insert(0, {str(ROOT)!r}); sys.argv = ['x', 'good']; runpy.run_module('tests.helpers.mcp_server', run_name='__main__')")
    )
    return f"deskhand://mcp/install?name={name}&command={quote(sys.executable)}{words}&env=LD_PRELOAD%3Dx.so"


def test_a_link_hides_nothing_in_markup_nor_the_folder_it_would_start_in(window: MainWindow, qtbot: Any) -> None:
    window.open_page("tools")
    page = window._made["tools"]
    row = json.dumps({"command": "uvx", "args": ["time", "<span style='font-size:0'>rm -rf ~</span>"], "cwd": "/srv/elsewhere"})
    page.propose(f"deskhand://mcp/install?name=time&config={quote(row)}")
    qtbot.waitUntil(lambda: bool(page.findChildren(LinkCard)), timeout=10_000)
    labels = page.findChildren(LinkCard)[0].findChildren(QLabel)
    assert "rm -rf ~" in texts(page) and "in the folder /srv/elsewhere" in texts(page)
    assert all(label.textFormat() == Qt.TextFormat.PlainText for label in labels)


def texts(widget: Any) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel))


def test_a_link_is_shown_whole_left_alone_or_added(window: MainWindow, qtbot: Any) -> None:
    window.link = link()
    window._on_state("connected", "")  # as at the start
    page = window._made["tools"]
    qtbot.waitUntil(lambda: bool(page.findChildren(LinkCard)), timeout=10_000)
    card = page.findChildren(LinkCard)[0]
    shown = texts(card)
    assert "runpy" in shown and "LD_PRELOAD = x.so" in shown and "changes how other programs run" in shown
    qtbot.mouseClick(card.no, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not page.findChildren(LinkCard), timeout=10_000)
    qtbot.waitUntil(lambda: bool(page.findChildren(AddServer)), timeout=10_000)

    field = page.findChildren(AddServer)[0].findChildren(QLineEdit)[1]
    field.setText(link().replace("&env=LD_PRELOAD%3Dx.so", ""))  # pasted where commands go
    qtbot.waitUntil(lambda: bool(page.findChildren(LinkCard)), timeout=10_000)
    yes = page.findChildren(LinkCard)[0].yes
    qtbot.mouseClick(yes, Qt.MouseButton.LeftButton)
    assert not yes.isEnabled() and page.findChildren(LinkCard), "it is deaf in its first second"
    page.ensureWidgetVisible(yes)
    qtbot.waitUntil(yes.isEnabled, timeout=5_000)
    qtbot.mouseClick(yes, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "2 tools" in texts(page) and not page.findChildren(LinkCard), timeout=30_000)


def test_cards_follow_their_servers_and_what_is_being_written_stays(window: MainWindow, qtbot: Any, core: Any) -> None:
    core.client.call("POST", "/api/mcp/link", {"link": link("other").replace("&env=LD_PRELOAD%3Dx.so", ""), "install": True}, timeout_s=60)
    window.open_page("tools")
    page = window._made["tools"]
    qtbot.waitUntil(lambda: "running" in texts(page) and bool(page.findChildren(AddServer)), timeout=15_000)
    name = page.findChildren(AddServer)[0].findChildren(QLineEdit)[0]
    name.setText("half a name")
    core.client.call("POST", "/api/mcp/other/stop", {})
    qtbot.waitUntil(lambda: "not running" in texts(page), timeout=10_000)
    assert name.text() == "half a name"
