"""The window, driven by keys and clicks against a real core."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLineEdit, QMenu, QPlainTextEdit, QPushButton, QWidget

from app.desktop.theme import DARK, LIGHT, Theme
from app.desktop.viewmodels.conversation_list import ConversationListModel
from app.desktop.viewmodels.run_view import RunView
from app.desktop.widgets.approval_card import ApprovalCard
from app.desktop.widgets.badge import ToolBadge
from app.desktop.widgets.markdown import MarkdownView, stable_length, to_html
from app.desktop.widgets.plan_graph import PlanGraph, columns
from app.desktop.window import MainWindow
from tests.helpers.processes import CoreProcess, use_server
from tests.helpers.scripted_server import ScriptedServer

REQUEST = "Make a folder called Trip with a file packing.txt that lists passport, charger and socks"


def button(widget: QWidget, text: str) -> QPushButton:
    QApplication.processEvents()  # a widget that was just added is shown with the next layout
    found = [item for item in widget.findChildren(QPushButton) if item.text() == text and item.isVisibleTo(widget)]
    assert found, f"no button {text}: {[item.text() for item in widget.findChildren(QPushButton)]}"
    return found[-1]


def test_a_request_is_planned_shown_done_and_undone(window: MainWindow, say: Callable[[str], None], workspace: Path, qtbot: Any) -> None:
    say(REQUEST)
    assert (workspace / "Trip/packing.txt").exists()
    answer = window.chat._views[-1]
    assert [badge._step["tool"] for badge in answer.findChildren(ToolBadge)] == ["files.make_folder", "files.write"]
    assert window.inspector._graph.accessibleDescription().count("done") == 2
    assert any(score in window.inspector._summary.text() for score in ("plan 0.9", "plan 1.00"))
    qtbot.mouseClick(button(answer, "Undo"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not (workspace / "Trip").exists(), timeout=10_000)
    qtbot.waitUntil(lambda: "Undone" in answer._status.text(), timeout=10_000)


def test_a_reopened_conversation_shows_steps_and_can_be_undone(window: MainWindow, say: Callable[[str], None], workspace: Path, qtbot: Any) -> None:
    say(REQUEST)
    window.chat.show_conversation(window.chat.conversation_id)
    qtbot.waitUntil(lambda: len(window.chat._views) == 2 and len(window.chat._views[-1].findChildren(ToolBadge)) == 2, timeout=10_000)
    qtbot.mouseClick(button(window.chat._views[-1], "Undo"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not (workspace / "Trip").exists(), timeout=10_000)


def test_badges_open_to_arguments_and_result(window: MainWindow, say: Callable[[str], None], qtbot: Any) -> None:
    say("List the files in this folder")
    (badge,) = window.chat._views[-1].findChildren(ToolBadge)
    badge._button.click()
    assert '"path": "."' in badge._details.toPlainText() and badge._details.isVisibleTo(badge)


def test_consent_is_asked_in_the_conversation_and_answered_by_click(window: MainWindow, core: CoreProcess, workspace: Path, qtbot: Any) -> None:
    for answer, made in (("No", False), ("Yes, once", True)):
        window.open_conversation("")
        qtbot.keyClicks(window.chat.composer.editor, "run touch made.txt")
        qtbot.keyClick(window.chat.composer.editor, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: bool(window.findChildren(ApprovalCard)), timeout=15_000)
        card = window.findChildren(ApprovalCard)[-1]
        assert "touch made.txt" in card.findChild(QPlainTextEdit).toPlainText()
        assert QApplication.focusWidget() is window.chat.composer.editor
        qtbot.waitUntil(button(card, answer).isEnabled, timeout=5_000)
        qtbot.mouseClick(button(card, answer), Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: not window.chat.busy and bool(window.chat._views[-1].body.text), timeout=15_000)
        assert (workspace / "made.txt").exists() is made


def test_stop_stops_and_what_waits_is_sent_after(window: MainWindow, core: CoreProcess, qtbot: Any) -> None:
    server = ScriptedServer({"planner": "one two three " * 80, "answer": "one two three " * 80}, mode="").start()
    server.mode = "hang"
    try:
        use_server(core.client, server.url, timeout_s=30)
        qtbot.keyClicks(window.chat.composer.editor, "think long")
        qtbot.keyClick(window.chat.composer.editor, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: bool(server.requests) and bool(window.chat._runs), timeout=15_000)
        qtbot.keyClicks(window.chat.composer.editor, "and then this")
        qtbot.keyClick(window.chat.composer.editor, Qt.Key.Key_Return)
        assert window.chat._queue == ["and then this"]
        server.mode = ""
        qtbot.mouseClick(window.chat.composer._stop, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: len(window.chat._views) == 4 and not window.chat.busy and "one two" in window.chat._views[-1].body.text, timeout=15_000)
        assert "Stopped" in window.chat._views[1].body.text
    finally:
        server.shutdown()
        server.server_close()


def test_streamed_markdown_thinking_rounds_and_score_are_shown(window: MainWindow, core: CoreProcess, follow_plan: Callable[[], None], qtbot: Any) -> None:
    steps = [{"id": f"s{n}", "tool": "files.write", "args": {"path": f"{n}.txt", "text": "x"}, "needs": []} for n in range(2)]
    script = {
        "planner": [{"steps": steps[:1] * 2}, {"steps": steps}],
        "reviewer": {"score": 0.9, "issues": [], "suggestions": ["shorter names"]},
        "answer": "<think>hm</think>## Done\n\n```python\nprint(1)\n```\nTwo files.",
    }
    server = ScriptedServer(script).start()
    try:
        use_server(core.client, server.url)
        qtbot.keyClicks(window.chat.composer.editor, "plan this first: write 0.txt and 1.txt")
        qtbot.keyClick(window.chat.composer.editor, Qt.Key.Key_Return)
        follow_plan()
        qtbot.waitUntil(lambda: len(window.chat._views) == 2 and not window.chat.busy and "Two files" in window.chat._views[-1].body.text, timeout=20_000)
        assert window.chat._views[-1].body.toPlainText().startswith("Done") and "print(1)" in window.chat._views[-1].body.toPlainText()
        assert window.chat._views[-1]._thoughts is not None and window.chat._views[-1]._thoughts.text == "hm"
        assert "0.90 · 2 rounds" in window.inspector._summary.text() and "shorter names" in window.inspector._review.text()
    finally:
        server.shutdown()
        server.server_close()


def test_editing_makes_a_branch_that_can_be_gone_back_to(window: MainWindow, say: Callable[[str], None], qtbot: Any) -> None:
    say("What is 2+2?")
    qtbot.mouseClick(button(window.chat._views[0], "Edit"), Qt.MouseButton.LeftButton)
    window.chat.composer.editor.setPlainText("What is 5+5?")
    qtbot.keyClick(window.chat.composer.editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(window.chat._views) == 2 and "10" in window.chat._views[-1].body.text, timeout=15_000)
    window.chat.show_conversation(window.chat.conversation_id)
    qtbot.waitUntil(lambda: len(window.chat._views) == 2 and bool(window.chat._views[0].findChildren(QPushButton)), timeout=10_000)
    qtbot.mouseClick(button(window.chat._views[0], "‹"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(window.chat._views) == 2 and "4" in window.chat._views[-1].body.text and "10" not in window.chat._views[-1].body.text, timeout=10_000)


def test_conversations_are_listed_searched_and_reopened(window: MainWindow, say: Callable[[str], None], qtbot: Any) -> None:
    say("What is 6 x 7?")
    first = window.chat.conversation_id
    window.open_conversation("")
    say("What time is it?")
    model = window.sidebar.model
    qtbot.waitUntil(lambda: model.row_of(first) > 0 and model.rowCount() == 3, timeout=10_000)
    window.sidebar.search.setText("42")
    qtbot.waitUntil(lambda: "Found" in str(model.data(model.index(0))) and model.row_of(first) == 1, timeout=10_000)
    window.open_conversation(first)
    qtbot.waitUntil(lambda: len(window.chat._views) == 2 and "42" in window.chat._views[-1].body.text, timeout=10_000)


def test_a_conversation_is_kept_out_of_memory_from_its_menu(window: MainWindow, core: CoreProcess, say: Callable[[str], None], qtbot: Any) -> None:
    say("What is 6 x 7?")
    sidebar, conversation = window.sidebar, window.chat.conversation_id
    qtbot.waitUntil(lambda: sidebar.model.row_of(conversation) >= 0, timeout=10_000)
    for now in (0, 1):
        sidebar._menu(sidebar.list.visualRect(sidebar.model.index(sidebar.model.row_of(conversation))).center())
        menu = sidebar.findChild(QMenu)
        remember = next(action for action in menu.actions() if action.text() == "Remember this conversation")
        assert remember.isChecked() != bool(now)
        remember.trigger()
        menu.close()
        qtbot.waitUntil(
            lambda now=now: core.client.call("GET", f"/api/conversations/{conversation}")["remember"] == now and (conversation in sidebar._forgetful) != bool(now), timeout=10_000
        )
        qtbot.waitUntil(lambda: sidebar.findChild(QMenu) is None, timeout=5_000)


def test_a_lost_core_is_told_started_again_and_nothing_is_lost(window: MainWindow, core: CoreProcess, say: Callable[[str], None], qtbot: Any) -> None:
    say("What is 2+2?")
    core.kill()
    qtbot.waitUntil(lambda: not window.chat._problem.isHidden(), timeout=10_000)
    core.start()
    qtbot.waitUntil(lambda: window.chat._problem.isHidden(), timeout=15_000)
    say("What is 3+3?")
    assert "6" in window.chat._views[-1].body.text


def test_dropped_files_become_paths(window: MainWindow, tmp_path: Path) -> None:
    (tmp_path / "a b.txt").write_text("x")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "a b.txt"))])
    editor = window.chat.composer.editor
    assert editor.canInsertFromMimeData(data)
    event = QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    editor.dropEvent(event)
    assert f'"{tmp_path / "a b.txt"}"' in editor.toPlainText()


@pytest.mark.parametrize("page", ["chat", "models", "tools", "activity", "settings", "first_run"])
def test_every_control_has_a_name_and_can_be_reached_by_keyboard(page: str, window: MainWindow, say: Callable[[str], None], qtbot: Any) -> None:
    if page == "chat":
        say("List the files in this folder")
    else:
        window.open_page(page)
        qtbot.waitUntil(lambda: len(window._made[page].findChildren(QWidget)) > 8, timeout=10_000)
    controls = [item for kind in (QAbstractButton, QLineEdit, QComboBox, QPlainTextEdit) for item in window.findChildren(kind) if item.isVisibleTo(window)]
    unnamed = [
        type(item).__name__
        for item in controls
        if not (item.accessibleName() or (isinstance(item, QAbstractButton) and item.text()))
        and not item.objectName().startswith("qt_")
        and not isinstance(item.parent(), QComboBox)
    ]
    assert not unnamed, unnamed
    unreachable = [item.accessibleName() for item in controls if item.focusPolicy() == Qt.FocusPolicy.NoFocus and not isinstance(item.parent(), QLineEdit)]
    assert not unreachable, unreachable


def test_keys_open_pages_fold_columns_and_the_palette(window: MainWindow, qtbot: Any) -> None:
    window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert window.palette_panel.isVisible()
    qtbot.keyClicks(window.palette_panel._field, "activ")
    qtbot.keyClick(window.palette_panel._field, Qt.Key.Key_Return)
    assert window._pages.currentWidget() is window._made["activity"]
    qtbot.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert window._pages.currentWidget() is window.chat
    for key, column in ((Qt.Key.Key_B, window.sidebar), (Qt.Key.Key_I, window.inspector)):
        assert column.isVisible()
        qtbot.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)
        assert not column.isVisible()
        qtbot.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)
        assert column.isVisible()


def test_the_first_page_comes_over_nobody_who_types(window: MainWindow, qtbot: Any) -> None:
    rows = [
        {"key": key, "value": value}
        for key, value in {"desktop.theme": window._theme.choice, "privacy.local_only": False, "desktop.quick_key": "", "desktop.first_run_done": False}.items()
    ]
    editor = window.chat.composer.editor
    qtbot.keyClicks(editor, "What is")
    window._on_settings(rows)
    assert window._pages.currentWidget() is window.chat and QApplication.focusWidget() is editor
    editor.clear()
    window._on_settings(rows)
    assert window._pages.currentWidget() is window._made["first_run"]


def test_columns_fold_when_the_window_is_narrow(window: MainWindow) -> None:
    for width, sidebar, inspector in ((1200, True, True), (800, True, False), (560, False, False), (1200, True, True)):
        window.resize(width, 700)
        assert (window.sidebar.isVisible(), window.inspector.isVisible()) == (sidebar, inspector), width


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_text_stands_out_from_its_ground(colors: Any) -> None:
    def luminance(color: str) -> float:
        parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    def contrast(one: str, other: str) -> float:
        high, low = sorted((luminance(one), luminance(other)), reverse=True)
        return (high + 0.05) / (low + 0.05)

    for ground in (colors.window, colors.surface, colors.sidebar, colors.raised):
        for ink in (colors.text, colors.muted, colors.good, colors.warn, colors.bad):
            assert contrast(ink, ground) >= 4.5, (ink, ground, contrast(ink, ground))
    assert contrast(colors.on_accent, colors.accent) >= 4.5 and contrast(colors.text, colors.selected) >= 4.5


def test_five_thousand_messages_open_as_a_window_of_them(long_conversation: str, window: MainWindow, qtbot: Any) -> None:
    window.open_conversation(long_conversation)
    qtbot.waitUntil(lambda: len(window.chat._views) == 30, timeout=15_000)
    assert window.chat._views[-1].body.text.startswith("message 4999")
    for _ in range(6):
        before = window.chat._views[0].message["id"]
        window.chat._scroll.verticalScrollBar().setValue(0)
        window.chat._on_scroll(0)
        qtbot.waitUntil(lambda before=before: window.chat._views[0].message["id"] != before, timeout=10_000)
    assert len(window.chat._views) <= 120


def test_thirty_thousand_streamed_tokens_leave_the_whole_text(qtbot: Any) -> None:
    view = MarkdownView(LIGHT)
    qtbot.addWidget(view)
    view.resize(700, 400)
    view.show()
    text = "".join(f"word{n} " + ("\n\n" if n % 50 == 49 else "") + ("```python\nx = 1\n\ny = 2\n```\n\n" if n % 1000 == 999 else "") for n in range(30_000))
    began = time.monotonic()
    for start in range(0, len(text), 400):
        view.append_stream(text[start : start + 400])
    assert view.text == text and view.toPlainText().count("word") == 30_000 and view.toPlainText().count("y = 2") == 30
    print(f"30,000 tokens in {time.monotonic() - began:.1f} s")


def test_a_stream_is_cut_only_where_its_meaning_is_settled() -> None:
    assert stable_length("one\n\ntwo", 0) == 5
    assert stable_length("```\na\n\nb", 0) == 0
    assert stable_length("one\n\n```\na\n\nb", 0) == 5
    assert stable_length("- a\n\n- b", 0) == 0


def test_markup_in_a_text_stays_text() -> None:
    html = to_html("<script>alert(1)</script> **b** ![x](http://evil/x.png)", "light", "#fff")
    assert "<script>" not in html and "<strong>b</strong>" in html and "<img" not in html


def test_parallel_steps_get_columns_of_their_own(qtbot: Any, theme: Theme) -> None:
    steps = [
        {"id": "a", "tool": "t.x", "needs": []},
        {"id": "b", "tool": "t.x", "needs": ["a"]},
        {"id": "c", "tool": "t.x", "needs": ["a"]},
        {"id": "d", "tool": "t.x", "needs": ["b", {"step": "c", "on": "on_failure"}]},
    ]
    assert columns(steps) == {"a": 0, "b": 0, "c": 1, "d": 1}
    graph = PlanGraph(theme)
    qtbot.addWidget(graph)
    graph.set_plan(steps)
    graph.set_state("a", {"status": "done", "ms": 4})
    graph.resize(280, 300)
    graph.show()
    assert not graph.grab().isNull() and "4 ms" in graph._nodes["a"].accessibleName()


def test_the_list_model_keeps_its_promises(qtmodeltester: Any) -> None:
    model = ConversationListModel()
    model.set_conversations([{"id": "1", "title": "a", "updated_at": "2020-01-01T00:00:00Z"}, {"id": "2", "title": "b", "updated_at": "2020-01-01T00:00:00Z"}])
    qtmodeltester.check(model)
    assert model.rowCount(model.index(0)) == 0 and model.rowCount() == 3


def test_unknown_events_are_passed_over() -> None:
    view = RunView("r")
    view.apply({"type": "something_new", "data": {}})
    view.apply({"type": "step_finished", "data": {"step": "s9", "status": "done"}})
    assert view.states["s9"]["status"] == "done"


def test_ten_thousand_signals_survive(qtbot: Any) -> None:
    """PySide6 6.12 loses references on Python 3.11 here; requirements keep it out."""
    from PySide6.QtCore import QObject, Signal

    class Sender(QObject):
        sent = Signal(bool)

    sender, seen = Sender(), []
    sender.sent.connect(seen.append)
    for _ in range(10_000):
        sender.sent.emit(True)
    assert len(seen) == 10_000
