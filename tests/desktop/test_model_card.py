"""The card with a model that talks: at the first run, and under an answer that needs one; one click fetches it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton

from app.desktop.connection import CoreConnection
from app.desktop.pages.first_run import FirstRunPage
from app.desktop.theme import Theme
from app.desktop.widgets.model_card import ModelCard
from app.desktop.window import MainWindow
from core.home import Home
from tests.helpers.fake_hub import Hub
from tests.helpers.gguf_models import Shape, write
from tests.helpers.processes import CoreProcess

NAME = "little-Q4_K_M"
HUB = {
    "state": "offered",
    "is_best": True,
    "name": "Little",
    "bytes": 1_117_320_768,
    "speed": 8.2,
    "licence": "Apache-2.0",
    "source": "registry",
    "problem": "",
    "hint": "",
    "model": "",
}


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with Hub({f"{NAME}.gguf": write(tmp_path / "made.gguf", Shape(layers=2)).read_bytes()}) as running:
        yield running


@pytest.fixture
def core(own_home: Home, workspace: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Iterator[CoreProcess]:
    with CoreProcess(own_home.root, DESKHAND_MODEL="some/model:Q4_K_M") as process:
        for key, value in {"models.hub": hub.url, "workspace.default": str(workspace), "desktop.first_run_done": True}.items():
            process.client.call("PUT", f"/api/settings/{key}", {"value": value})
        yield process
        process.run_command("stop")


def words(card: ModelCard) -> str:
    return " | ".join(label.text() for label in card.findChildren(QLabel) if label.isVisible())


def main_button(card: ModelCard) -> QPushButton:
    return next(button for button in card.findChildren(QPushButton) if button.property("kind") == "primary")


def test_under_an_answer_that_needs_a_model_one_click_fetches_it(qtbot: Any, window: MainWindow, core: CoreProcess, hub: Hub, say: Callable[[str], None]) -> None:
    say("What is 17.5% of 240?")
    assert window.chat.findChildren(ModelCard) == []
    hub.slow = threading.Event()
    say("Explain in two sentences why the sky is blue")
    qtbot.waitUntil(lambda: len(window.chat.findChildren(ModelCard)) == 1, timeout=5000)
    (card,) = window.chat.findChildren(ModelCard)
    qtbot.waitUntil(lambda: main_button(card).text() == "Fetch" and main_button(card).isVisible(), timeout=20_000)
    assert NAME in words(card) and "licence apache-2.0" in words(card) and "from the model hub" in words(card)
    assert core.client.call("GET", "/api/models/downloads") == [], "nothing is fetched before the click"
    qtbot.mouseClick(main_button(card), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: main_button(card).text() == "Stop" and card.findChildren(QProgressBar)[0].isVisible(), timeout=20_000)
    assert "You can go on meanwhile." in words(card)
    hub.slow.set()
    qtbot.waitUntil(lambda: f"{NAME} is here" in words(card), timeout=20_000)
    qtbot.waitUntil(lambda: [view.message["text"] for view in window.chat._views if view.is_user][-2:] == ["Explain in two sentences why the sky is blue"] * 2, timeout=20_000)
    assert not main_button(card).isVisible() and set(core.client.call("GET", "/api/models")["roles"].values()) == {NAME}


def test_the_first_run_offers_it_and_another_way(qtbot: Any, theme: Theme, core: CoreProcess) -> None:
    connection = CoreConnection(core.home)
    page = FirstRunPage(theme, connection)
    connection.setParent(page)
    qtbot.addWidget(page)
    connection.open()
    qtbot.waitUntil(lambda: connection.state == "connected", timeout=15_000)
    page.show()
    page.refresh()
    qtbot.waitUntil(lambda: len(page.findChildren(ModelCard)) == 1, timeout=10_000)
    (card,) = page.findChildren(ModelCard)
    qtbot.waitUntil(lambda: main_button(card).text() == "Fetch", timeout=20_000)
    other = next(button for button in card.findChildren(QPushButton) if button is not main_button(card))
    with qtbot.waitSignal(page.finished, timeout=10_000) as left:
        qtbot.mouseClick(other, Qt.MouseButton.LeftButton)
    assert left.args == ["models", ""]
    connection.close()


class Answers:
    """Stands for the core: one answer, whatever is asked."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.row, self.sent = row, list[Any]()

    def get(self, path: str, done: Any, failed: Any = None) -> None:
        done(self.row)

    def post(self, path: str, body: Any, done: Any, failed: Any = None) -> None:
        self.sent.append(body["answer"])
        done(self.row)


@pytest.mark.parametrize(
    ("row", "said", "button"),
    [
        ({}, "The best one for this machine: 1.1 GB · about 8 tokens/s here · licence Apache-2.0 · from packages of the Python registry.", "Fetch"),
        (
            {"is_best": False, "done": 300_000_000},
            "1.1 GB · about 8 tokens/s here · licence Apache-2.0 · from packages of the Python registry. 300 MB of it are here already.",
            "Go on",
        ),
        ({"state": "fetching", "phase": "fetching", "done": 300_000_000, "rate": 2_000_000}, "300 MB of 1.1 GB, 2.0 MB/s. You can go on meanwhile.", "Stop"),
        ({"state": "fetching", "phase": "waiting", "done": 0, "rate": 0}, "another Deskhand is fetching it", "Stop"),
        ({"state": "failed", "problem": "The disk is full.", "hint": "Free some space."}, "The disk is full. Free some space.", "Try again"),
        ({"state": "off", "name": ""}, "Choose one, or connect an account.", ""),
    ],
)
def test_what_is_said_and_offered(row: dict[str, Any], said: str, button: str, qtbot: Any) -> None:
    core = Answers({**HUB, **row})
    card = ModelCard(core)  # type: ignore[arg-type]
    qtbot.addWidget(card)
    card.show()
    assert said in words(card) and main_button(card).text() == button and main_button(card).isVisible() == bool(button)
    if button:
        qtbot.mouseClick(main_button(card), Qt.MouseButton.LeftButton)
        assert core.sent == ["look", "no" if button == "Stop" else "fetch"]
    card.hide()
