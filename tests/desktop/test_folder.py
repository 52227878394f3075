"""The folder to work in: a typing mistake makes nothing, and the conversation says where it works."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton

from app.desktop.pages.first_run import FirstRunPage
from app.desktop.pages.settings import SettingsPage
from app.desktop.widgets.folder_field import FolderField, absolute_folder
from app.desktop.widgets.model_card import ModelCard
from app.desktop.window import MainWindow
from tests.helpers.processes import CoreProcess, use_server


@pytest.fixture
def first_run(window: MainWindow, core: CoreProcess, qtbot: Any) -> FirstRunPage:
    core.client.call("PUT", "/api/settings/desktop.first_run_done", {"value": False})
    window.open_page("first_run")
    page: FirstRunPage = window._made["first_run"]  # type: ignore[assignment]
    qtbot.waitUntil(lambda: page._workspace.isVisible(), timeout=10_000)
    return page


def setting(core: CoreProcess, key: str) -> Any:
    return core.client.call("GET", f"/api/settings/{key}")["value"]


def press(page: Any, name: str, qtbot: Any) -> None:
    (found,) = [button for button in page.findChildren(QPushButton) if button.isVisible() and name in (button.text(), button.accessibleName())]
    qtbot.mouseClick(found, Qt.MouseButton.LeftButton)


def test_a_folder_that_is_not_there_is_said_and_made_only_when_asked(
    window: MainWindow, first_run: FirstRunPage, core: CoreProcess, workspace: Path, tmp_path: Path, qtbot: Any
) -> None:
    typo = tmp_path / "Documets"
    qtbot.keyClicks(first_run._workspace.field, str(typo))
    press(first_run, "Begin", qtbot)
    assert window._pages.currentWidget() is first_run and f"There is no folder {typo}" in first_run._workspace.problem.text()
    press(first_run, "Other models and accounts", qtbot)
    qtbot.wait(300)
    assert window._pages.currentWidget() is first_run and not typo.exists()
    assert setting(core, "workspace.default") == str(workspace) and setting(core, "desktop.first_run_done") is False
    press(first_run, "Make this folder", qtbot)
    qtbot.waitUntil(lambda: window._pages.currentWidget() is window._made.get("models"), timeout=10_000)
    assert typo.is_dir() and setting(core, "workspace.default") == str(typo)
    qtbot.waitUntil(lambda: window.chat._folder.toolTip() == str(typo), timeout=10_000)


def test_a_folder_that_is_there_is_taken_and_shown_by_the_composer(window: MainWindow, first_run: FirstRunPage, core: CoreProcess, tmp_path: Path, qtbot: Any) -> None:
    folder = tmp_path / ("a long name of a folder " * 8).strip()
    folder.mkdir()
    qtbot.keyClicks(first_run._workspace.field, str(folder))
    press(first_run, "Begin", qtbot)
    qtbot.waitUntil(lambda: window._pages.currentWidget() is window.chat, timeout=10_000)
    label = window.chat._folder
    qtbot.waitUntil(lambda: label.toolTip() == str(folder), timeout=10_000)
    assert setting(core, "workspace.default") == str(folder) and label.isVisible() and label.text() == f"Works in {folder}"
    window.resize(700, 600)
    qtbot.waitUntil(lambda: label.width() < 500, timeout=5_000)
    assert label.toolTip() == str(folder) and window.width() == 700


def test_the_settings_take_no_folder_that_is_not_there(window: MainWindow, core: CoreProcess, workspace: Path, tmp_path: Path, qtbot: Any) -> None:
    window.open_page("settings")
    page: SettingsPage = window._made["settings"]  # type: ignore[assignment]
    qtbot.waitUntil(lambda: bool(page.findChildren(FolderField)), timeout=10_000)
    (folder,) = page.findChildren(FolderField)
    folder.field.clear()
    qtbot.keyClicks(folder.field, str(tmp_path / "nowhere"))
    qtbot.keyClick(folder.field, Qt.Key.Key_Return)
    assert "There is no folder" in folder.problem.text()
    qtbot.wait(200)
    assert setting(core, "workspace.default") == str(workspace) and not (tmp_path / "nowhere").exists()
    qtbot.mouseClick(folder.make, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: setting(core, "workspace.default") == str(tmp_path / "nowhere"), timeout=10_000)


def test_what_is_no_folder_is_said(qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "Work").mkdir()
    field = FolderField()
    qtbot.addWidget(field)
    field.show()
    for text, accepted, problem, can_make in (
        ("", "", "", False),
        ("Work", str(tmp_path / "Work"), "", False),
        ("~/Work", str(tmp_path / "Work"), "", False),
        ("notes.txt", None, "is a file", False),
        ("Wrok", None, "There is no folder", True),
        ("a\0b", None, "no name of a folder", False),
        ("x" * 5000, None, "no name of a folder", False),
        ("notes.txt/inside", None, "There is no folder", True),
    ):
        field.field.setText(text)
        assert field.accept() == accepted and problem in field.problem.text() and field.make.isVisible() is can_make, text[:20]
    field.make.click()
    assert "could not be made" in field.problem.text()
    assert absolute_folder("Work") == tmp_path / "Work"


def test_a_model_that_was_chosen_already_is_named_and_no_other_is_asked_for(window: MainWindow, core: CoreProcess, qtbot: Any) -> None:
    use_server(core.client, "http://127.0.0.1:9/v1")
    window.open_page("first_run")
    page: FirstRunPage = window._made["first_run"]  # type: ignore[assignment]
    qtbot.waitUntil(lambda: page._workspace.isVisible(), timeout=10_000)
    said = [label.text() for label in page.findChildren(QLabel) if label.isVisible()]
    assert any("scripted/big is chosen" in text for text in said) and not any("starter" in text for text in said), said
    assert not page.findChildren(ModelCard)


def test_a_request_can_be_typed_instead_of_reading_on(window: MainWindow, first_run: FirstRunPage, core: CoreProcess, qtbot: Any) -> None:
    (field,) = [found for found in first_run.findChildren(QLineEdit) if found.accessibleName() == "Request"]
    qtbot.mouseClick(field, Qt.MouseButton.LeftButton)
    qtbot.keyClicks(field, "What is 17.5% of 240?")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(window.chat._views) == 2 and not window.chat.busy and "42" in window.chat._views[-1].body.text, timeout=20_000)
    assert window._pages.currentWidget() is window.chat and setting(core, "desktop.first_run_done") is True
