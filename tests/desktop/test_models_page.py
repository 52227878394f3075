"""The Models page in a real window with a real core: a model is found by name and fetched by one click."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from app.desktop.pages.machine_cards import advice_card
from app.desktop.pages.model_search import ResultRow, SearchCard
from app.desktop.window import MainWindow
from tests.helpers.gguf_models import Shape, write
from tests.helpers.processes import CoreProcess
from tests.helpers.searched_hub import GB, Repo, SearchedHub


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[SearchedHub]:
    small = write(tmp_path / "made.gguf", Shape()).read_bytes()
    owl = Repo({"Owl-Q8_0.gguf": 9_000 * GB}, "llama", 1 * GB, downloads=1200, contents={"Owl-Q4_K_M.gguf": small})
    with SearchedHub({"nest/Owl-GGUF": owl, "nest/Owl-of-tomorrow": Repo({"O-Q4_K_M.gguf": GB}, "owl-of-tomorrow", GB)}) as running:
        yield running


def texts(widget: Any) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel))


@pytest.fixture
def search(window: MainWindow, core: CoreProcess, hub: SearchedHub, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> SearchCard:
    core.client.call("PUT", "/api/settings/models.hub", {"value": hub.url})
    window.open_page("models")
    page = window._made["models"]
    qtbot.waitUntil(lambda: bool(page.findChildren(SearchCard)) and page.findChildren(SearchCard)[0].isVisible(), timeout=20_000)
    return page.findChildren(SearchCard)[0]  # type: ignore[no-any-return]


def look(search: SearchCard, qtbot: QtBot, words: str) -> list[ResultRow]:
    """Type some words and wait for what comes."""
    search.field.clear()
    QTest.keyClicks(search.field, words)
    QTest.keyClick(search.field, Qt.Key.Key_Return)
    assert not search.button.isEnabled()
    qtbot.waitUntil(search.button.isEnabled, timeout=20_000)
    QApplication.processEvents()
    return search.findChildren(ResultRow)


def test_a_model_is_found_and_fetched_by_one_click(search: SearchCard, window: MainWindow, core: CoreProcess, qtbot: QtBot) -> None:
    (row,) = look(search, qtbot, "owl")
    assert "nest/Owl-GGUF" in texts(row) and "licence apache-2.0" in texts(row) and "fetched 1,200 times" in texts(row) and "1.0 billion parameters" in texts(row)
    assert [row.sizes.itemText(number).partition(" ")[0] for number in range(row.sizes.count())] == ["Q4_K_M", "Q8_0"] and row.sizes.currentText().startswith("Q4_K_M")
    assert "Fits here, about" in row.fits.text() and "Left out, since this version cannot load them: 1" in texts(search)
    row.sizes.setCurrentIndex(1)
    assert "Does not fit" in row.fits.text() and "are free for it" in row.fits.text()
    row.sizes.setCurrentIndex(0)
    qtbot.mouseClick(row.button, Qt.MouseButton.LeftButton)
    assert not row.button.isEnabled() and "On its way" in row.fits.text()
    qtbot.waitUntil(lambda: "Owl-Q4_K_M" in [model["id"] for model in core.client.call("GET", "/api/models")["models"]], timeout=20_000)
    qtbot.waitUntil(lambda: "Owl-Q4_K_M" in texts(window._made["models"]).splitlines() and row.button.isEnabled(), timeout=20_000)
    assert search.findChildren(ResultRow) == [row] and search.field.text() == "owl"  # what was found stays


def test_a_hub_that_is_of_no_use_is_said_and_the_catalogue_answers(search: SearchCard, hub: SearchedHub, qtbot: QtBot) -> None:
    hub.status = 429
    rows = look(search, qtbot, "gemma")
    assert rows and "asked too often" in texts(search) and "These are from the built-in catalogue." in texts(search)
    hub.status = 502
    assert look(search, qtbot, "sparrow") == [] and "could not be asked" in texts(search)
    hub.status = 200
    assert look(search, qtbot, "sparrow") == [] and "Nothing is called that." in texts(search)


def test_a_fetch_that_is_refused_says_so_at_the_row(search: SearchCard, hub: SearchedHub, qtbot: QtBot) -> None:
    (row,) = look(search, qtbot, "owl")
    hub.status = 429
    qtbot.mouseClick(row.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "asked too often" in row.fits.text(), timeout=20_000)
    assert row.button.isEnabled()


def result(**more: Any) -> dict[str, Any]:
    files = [{"quantisation": kind, "bytes": size * GB, "fits": size < 5, "speed": 4.0, "quick": False, "reason": "Too large."} for kind, size in (("Q4_K_M", 3), ("Q8_0", 6))]
    return {"id": "a/b", "source": "hub", "licence": "", "downloads": 3, "gated": True, "parameters": 0.0, "files": files, "best": "Q4_K_M"} | more


def test_the_wheel_scrolls_the_page_and_changes_no_size(qtbot: QtBot) -> None:
    row = ResultRow(result(), lambda id_, failed: None)
    qtbot.addWidget(row)
    row.show()
    row.sizes.clearFocus()
    assert row.fits.text() == "Fits here, slowly: about 4 tokens/s."
    down = QWheelEvent(QPointF(5, 5), QPointF(5, 5), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(row.sizes, down)
    assert row.sizes.currentIndex() == 0 and not down.isAccepted() and "licence not stated" in texts(row) and "asks for a token" in texts(row)


def test_what_tells_no_files_cannot_be_fetched(qtbot: QtBot) -> None:
    row = ResultRow(result(files=[], best=""), lambda id_, failed: None)
    qtbot.addWidget(row)
    row.show()
    assert not row.button.isVisible() and not row.sizes.isVisible() and "does not say what files" in row.fits.text()


def test_the_recommended_one_comes_first_with_its_figures(qtbot: QtBot) -> None:
    fetched: list[str] = []
    rows = [
        {"id": "owl:Q4_0", "name": "owl", "why": "best", "bytes": 3 * GB, "speed": 8.2, "licence": "MIT", "here": False},
        {"id": "wren:Q4_0", "name": "wren", "why": "quicker", "bytes": GB, "speed": 20.0, "licence": "MIT", "here": False},
        {"id": "rook:Q4_0", "name": "rook", "why": "slower", "bytes": 9 * GB, "speed": 3.0, "licence": "MIT", "here": True},
    ]
    card = advice_card(rows, fetched.append)
    qtbot.addWidget(card)
    assert "owl · the best that is quick here · 3.0 GB to fetch, about 8 tokens/s here, licence MIT" in texts(card)
    buttons = card.findChildren(QPushButton)
    assert [button.property("kind") for button in buttons] == ["primary", None]
    qtbot.mouseClick(buttons[1], Qt.MouseButton.LeftButton)
    assert fetched == ["wren:Q4_0"] and "rook · better, and slower · it is here" in texts(card)
