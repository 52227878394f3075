"""A plan changed before it runs, and what the composer suggests: by keys and clicks, against a real core."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton

from app.desktop.main import chosen_language
from app.desktop.widgets.approval_card import ApprovalCard
from app.desktop.widgets.plan_editor import PlanEditor
from app.desktop.window import MainWindow
from core.home import Home
from tests.helpers.processes import CoreProcess

REQUEST = "Make a folder called Trip and create a file b.txt that says hello"


@pytest.fixture
def card(window: MainWindow, core: CoreProcess, qtbot: Any) -> ApprovalCard:
    """The question about a plan of two steps that the person wants to see first."""
    core.client.call("PUT", "/api/settings/run.show_plan", {"value": "changes"})
    qtbot.keyClicks(window.chat.composer.editor, REQUEST)
    qtbot.keyClick(window.chat.composer.editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(window.findChildren(ApprovalCard)), timeout=15_000)
    QApplication.processEvents()
    return window.findChildren(ApprovalCard)[-1]


def press(card: ApprovalCard, name: str) -> None:
    """Press the button of that accessible name, as soon as it listens."""
    QApplication.processEvents()
    found = next(button for button in card.findChildren(QPushButton) if button.accessibleName() == name and button.isVisibleTo(card))
    until = time.monotonic() + 5
    while not found.isEnabled() and time.monotonic() < until:
        QTest.qWait(20)
    QTest.mouseClick(found, Qt.MouseButton.LeftButton)
    QApplication.processEvents()


def done(window: MainWindow, qtbot: Any) -> None:
    qtbot.waitUntil(lambda: not window.chat.busy and bool(window.chat._views[-1].body.text), timeout=15_000)


def test_a_step_is_taken_out_and_an_argument_written_anew(window: MainWindow, card: ApprovalCard, workspace: Path, qtbot: Any) -> None:
    press(card, "Remove: step 1, files.make_folder")
    field = next(field for field in card.findChildren(QLineEdit) if field.accessibleName() == "path of step 1" and field.isVisibleTo(card))
    field.selectAll()
    qtbot.keyClicks(field, "c.txt")
    press(card, "Follow the changed plan")
    done(window, qtbot)
    assert (workspace / "c.txt").read_text() == "hello" and not (workspace / "Trip").exists() and not (workspace / "b.txt").exists()


def test_steps_change_places_and_run_in_that_order(window: MainWindow, card: ApprovalCard, core: CoreProcess, qtbot: Any) -> None:
    press(card, "Up: step 2, files.write")
    press(card, "Follow the changed plan")
    done(window, qtbot)
    steps = core.client.call("GET", "/api/runs?limit=1")[0]["result"]["plan"]["steps"]
    assert [step["tool"] for step in steps] == ["files.write", "files.make_folder"] and steps[1]["needs"] == [steps[0]["id"]]


def test_an_unchanged_plan_is_refused_and_followed(window: MainWindow, card: ApprovalCard, workspace: Path, qtbot: Any) -> None:
    press(card, "No")
    done(window, qtbot)
    assert not list(workspace.iterdir())
    qtbot.keyClicks(window.chat.composer.editor, REQUEST)
    qtbot.keyClick(window.chat.composer.editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: any(other.isEnabled() for other in window.findChildren(ApprovalCard)), timeout=15_000)
    press(next(other for other in window.findChildren(ApprovalCard) if other.isEnabled()), "Follow this plan")
    qtbot.waitUntil(lambda: (workspace / "Trip").is_dir() and bool(list(workspace.rglob("b.txt"))), timeout=15_000)


def test_a_change_that_code_can_fault_is_shown_again_with_the_fault(window: MainWindow, card: ApprovalCard, workspace: Path, qtbot: Any) -> None:
    field = next(field for field in card.findChildren(QLineEdit) if field.accessibleName() == "path of step 2")
    field.selectAll()
    qtbot.keyClicks(field, "{{s9.output}}")
    press(card, "Follow the changed plan")
    qtbot.waitUntil(lambda: any("s9" in other.accessibleName() and other.isEnabled() for other in window.findChildren(ApprovalCard)), timeout=15_000)
    press(next(other for other in window.findChildren(ApprovalCard) if "s9" in other.accessibleName() and other.isEnabled()), "No")
    done(window, qtbot)
    assert not list(workspace.iterdir())


def test_values_that_are_no_text_keep_their_type(qtbot: Any) -> None:
    editor = PlanEditor([{"id": "s1", "tool": "files.read", "args": {"path": "a\\n\nb", "lines": 5, "names": ["x", "y"]}, "needs": []}])
    qtbot.addWidget(editor)
    assert editor.steps()[0]["args"] == {"path": "a\\n\nb", "lines": 5, "names": ["x", "y"]} and not editor.is_changed


def test_a_stroke_offers_commands_and_enter_takes_one(window: MainWindow, qtbot: Any) -> None:
    editor = window.chat.composer.editor
    qtbot.keyClicks(editor, "/sett")
    qtbot.waitUntil(lambda: window.chat.composer.suggestions.isVisible(), timeout=5_000)
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert editor.toPlainText() == "/settings"
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not window.chat.isVisible(), timeout=5_000)


def test_an_at_sign_offers_files_of_the_workspace(window: MainWindow, workspace: Path, qtbot: Any) -> None:
    (workspace / "a report.txt").write_text("x")
    (workspace / "other.md").write_text("x")
    editor = window.chat.composer.editor
    qtbot.keyClicks(editor, "read @rep")
    qtbot.waitUntil(lambda: window.chat.composer.suggestions.isVisible(), timeout=5_000)
    qtbot.keyClick(editor, Qt.Key.Key_Tab)
    assert editor.toPlainText() == 'read "a report.txt" '
    qtbot.keyClicks(editor, "@o")
    qtbot.waitUntil(lambda: window.chat.composer.suggestions.isVisible(), timeout=5_000)
    qtbot.keyClick(editor, Qt.Key.Key_Escape)
    assert not window.chat.composer.suggestions.isVisible() and editor.toPlainText().endswith("@o")


@pytest.mark.parametrize(("text", "language"), [('[desktop]\ntheme = "dark"\nlanguage = "de"\n', QLocale.Language.German), ('[desktop]\nlanguage = "system"\n', None), ("", None)])
def test_the_language_is_read_from_the_settings(own_home: Home, text: str, language: Any) -> None:
    own_home.create()
    own_home.settings.write_text(text)
    found = chosen_language(own_home)
    assert (found.language() if found else None) == language
