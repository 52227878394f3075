"""Cards of the Models page: an account is connected and a wrong key told in the card, a file is deleted by a second click only, downloads keep their buttons."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from app.desktop.pages.connect_server import ConnectCard
from app.desktop.pages.machine_cards import DownloadRow, DownloadsCard
from app.desktop.pages.model_rows import ModelRow, ServerRow
from app.desktop.theme import Theme
from models.servers.services import known_services
from models.sources.fetching import Download
from models.sources.offers import HUB, Offer, RemoteFile

MODEL = {"id": "owl-Q4_K_M", "where": "this machine", "bytes": 3_000_000_000, "loaded": False, "kind": "gguf", "ways": ["talk"]}


class Core:
    """Stands for the core: what it answers by path, and what it was asked."""

    def __init__(self, **answers: Any) -> None:
        self.answers, self.asked = answers, list[tuple[str, str, Any]]()

    def _act(self, method: str, path: str, body: Any, done: Any, failed: Any) -> None:
        self.asked.append((method, path, body))
        answer = self.answers.get(path.rpartition("/")[2], self.answers.get("otherwise"))
        if isinstance(answer, dict) and answer.get("code"):
            failed(answer)
        elif done:
            done(answer)

    def get(self, path: str, done: Any, failed: Any = None) -> None:
        self._act("GET", path, None, done, failed)

    def put(self, path: str, body: Any, done: Any = None, failed: Any = None) -> None:
        self._act("PUT", path, body, done, failed)

    def post(self, path: str, body: Any, done: Any = None, failed: Any = None) -> None:
        self._act("POST", path, body, done, failed)

    def delete(self, path: str, done: Any = None, failed: Any = None) -> None:
        self._act("DELETE", path, None, done, failed)


def words(widget: QWidget) -> str:
    QApplication.processEvents()  # what was put into a layout is shown by an event
    return " | ".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


def button(widget: QWidget, text: str) -> QPushButton:
    QApplication.processEvents()
    return next(found for found in widget.findChildren(QPushButton) if found.text() == text and found.isVisible())


def connect_card(qtbot: Any, core: Core) -> tuple[ConnectCard, list[bool]]:
    core.answers["services"] = [service.to_json() | {"has_key": False} for service in known_services()]
    connected: list[bool] = []
    card = ConnectCard(core, lambda: connected.append(True))  # type: ignore[arg-type]
    qtbot.addWidget(card)
    card.show()
    card.look()
    return card, connected


def test_a_name_fills_in_the_address_and_says_where_the_key_comes_from(qtbot: Any) -> None:
    card, _ = connect_card(qtbot, Core())
    card.name.setCurrentText("Gemini")
    assert card.address.text() == "https://generativelanguage.googleapis.com/v1beta/openai" and "https://aistudio.google.com/apikey" in words(card)
    card.name.setCurrentText("ollama")
    assert card.address.text() == "http://localhost:11434/v1" and "aistudio" not in words(card) and card.key.placeholderText() == "none is needed"
    card.address.setText("http://10.0.0.5/v1")
    card.name.setCurrentText("house")
    card.look()
    assert card.address.text() == "http://10.0.0.5/v1", "what was typed stays"


def test_a_wrong_key_is_told_in_the_card_and_what_was_typed_stays(qtbot: Any) -> None:
    core = Core(gemini={"code": "bad_key", "message": "It does not accept the key.", "hint": "Look whether it was copied whole."})
    card, connected = connect_card(qtbot, core)
    card.name.setCurrentText("gemini")
    QTest.keyClicks(card.key, "wrong")
    QTest.keyClick(card.key, Qt.Key.Key_Return)
    assert "It does not accept the key. Look whether it was copied whole." in words(card) and card.key.text() == "wrong" and connected == [] and card.button.isEnabled()
    core.answers["gemini"] = {"name": "gemini", "models": ["gemini-4-argon"], "note": ""}
    qtbot.mouseClick(card.button, Qt.MouseButton.LeftButton)
    assert "gemini is connected: gemini-4-argon." in words(card) and card.key.text() == "" and connected == [True]
    assert core.asked[-1][:2] == ("PUT", "/api/models/providers/gemini") and core.asked[-1][2]["tried"] and core.asked[-1][2]["key"] == "wrong"


def test_a_file_is_deleted_by_a_second_click_only(qtbot: Any, theme: Theme) -> None:
    core, changed = Core(), list[bool]()
    row = ModelRow(theme, core, MODEL, lambda: changed.append(True))  # type: ignore[arg-type]
    qtbot.addWidget(row)
    row.show()
    button(row, "Remove").click()
    assert core.asked == [] and "Delete 3.0 GB from this disk?" in words(row)
    button(row, "Keep it").click()
    qtbot.waitUntil(lambda: "Delete 3.0 GB" not in words(row))
    button(row, "Remove").click()
    button(row, "Delete").click()
    assert core.asked == [("DELETE", "/api/models/files/owl-Q4_K_M", None)] and changed == [True]


FITS = {
    "id": "owl-Q4_K_M", "name": "owl", "kind": "dense", "notes": [], "fits": True, "choice": {"context": 8192, "cache": "f16", "offload": 0}, "load_seconds": 2.0, "decode_speed": 9.0, "nearest": None,
    "reason": "all of it in memory, on the processor", "parts": {"cpu": {"weights": 1, "cache": 1, "compute": 1, "other": 1, "total": 4, "budget": 8}},
}  # fmt: skip


def test_what_a_model_takes_is_folded_away_by_a_second_click_and_the_focus_stays(qtbot: Any, theme: Theme) -> None:
    core = Core(**{"owl-Q4_K_M": FITS})
    row = ModelRow(theme, core, MODEL, lambda: None)  # type: ignore[arg-type]
    qtbot.addWidget(row)
    row.show()
    asks = button(row, "What it takes")
    asks.setFocus()
    for _ in range(2):
        asks.click()
        assert "Fits: all of it in memory, on the processor. Loads in about 2.0 s" in words(row) and asks.isEnabled() and row.focusWidget() is asks
        asks.click()
        assert "Fits:" not in words(row)
    assert "on this machine · 3.0 GB · not loaded" in words(row)
    core.answers["owl-Q4_K_M"] = {"code": "not_whole", "message": "It is not whole.", "hint": ""}
    asks.click()
    assert "It is not whole." in words(row)
    core.answers["owl-Q4_K_M"] = FITS
    asks.click()
    assert "Fits:" in words(row)


@pytest.mark.parametrize("where", ["Ollama", "built in"])
def test_what_is_not_ours_cannot_be_removed_here(where: str, qtbot: Any, theme: Theme) -> None:
    row = ModelRow(theme, Core(), {**MODEL, "where": where}, lambda: None)  # type: ignore[arg-type]
    qtbot.addWidget(row)
    assert [found.text() for found in row.findChildren(QPushButton)] == ["Load", "What it takes"]


def test_a_load_that_fails_says_so_in_its_card(qtbot: Any, theme: Theme) -> None:
    core = Core(otherwise={"code": "does_not_fit", "message": "It does not fit.", "hint": ""})
    row = ModelRow(theme, core, MODEL, lambda: None)  # type: ignore[arg-type]
    qtbot.addWidget(row)
    row.show()
    button(row, "Load").click()
    assert "It does not fit." in words(row) and button(row, "Load").isEnabled()


def test_a_server_is_one_card_and_can_be_forgotten(qtbot: Any) -> None:
    core, changed = Core(), list[bool]()
    rows = [{"id": f"house/{name}", "where": "http://10.0.0.5/v1", "kind": "openai", "ways": ["talk"]} for name in ("a", "b")]
    card = ServerRow(core, "house", rows, lambda: changed.append(True), lambda error: None)  # type: ignore[arg-type]
    qtbot.addWidget(card)
    card.show()
    assert "house | http://10.0.0.5/v1 | a" in words(card)
    qtbot.mouseClick(button(card, "Forget this server"), Qt.MouseButton.LeftButton)
    assert core.asked == [("DELETE", "/api/models/providers/house", None)] and changed == [True]


def test_a_download_keeps_its_button_while_it_is_looked_at_and_goes_on_after_a_stop(qtbot: Any) -> None:
    offer = Offer("nest/owl:Q4_K_M", "Owl", 400, "MIT", HUB, (RemoteFile("owl.gguf"),))
    download = Download("dl", offer, "owl", done=100)
    core = Core(downloads=[download.to_json()])
    card = DownloadsCard(core, lambda error: None, lambda: None)  # type: ignore[arg-type]
    qtbot.addWidget(card)
    card.look()
    card.show()
    stop = button(card, "Stop")
    card.look()
    assert button(card, "Stop") is stop and len(card.findChildren(DownloadRow)) == 1
    core.answers["dl"] = None
    download.state = "cancelled"
    core.answers["downloads"] = [download.to_json()]
    qtbot.mouseClick(stop, Qt.MouseButton.LeftButton)
    assert "owl.gguf: stopped at 100 B of 400 B. It goes on from there." in words(card)
    core.answers["downloads"] = Download("dl2", offer, "owl", done=150).to_json()  # what begins it answers with the new one
    core.get = lambda path, done, failed=None: done([Download("dl2", offer, "owl", done=150).to_json(), download.to_json()])  # type: ignore[method-assign]
    qtbot.mouseClick(button(card, "Go on"), Qt.MouseButton.LeftButton)
    assert core.asked[-1] == ("POST", "/api/models/downloads", {"id": "nest/owl:Q4_K_M"})
    qtbot.waitUntil(lambda: "150 B of 400 B" in words(card) and "stopped" not in words(card))
    card.hide()
