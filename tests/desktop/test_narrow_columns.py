"""Long lines elide or wrap: nothing in a conversation is wider than its column, whatever a file is called."""

from __future__ import annotations

import json
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QFrame, QPushButton, QWidget

from app.desktop.connection import CoreConnection
from app.desktop.theme import Theme
from app.desktop.widgets.markdown import MarkdownView
from app.desktop.widgets.plain_label import BREAK, ElidedLabel, WrappingLabel, break_long_words
from app.desktop.window import MainWindow
from core.home import Home

MANY = "*.jpg *.jpeg *.png *.gif *.webp *.heic *.tiff *.bmp *.svg *.raw " * 3
UNBROKEN = "Holiday_pictures_of_" + "x" * 280
SIZES = (640, 900, 1280)


@pytest.fixture
def window(qtbot: Any, theme: Theme, own_home: Home, monkeypatch: pytest.MonkeyPatch) -> MainWindow:
    monkeypatch.setattr(CoreConnection, "open", lambda self: None)
    connection = CoreConnection(own_home)
    connection.post = post  # type: ignore[method-assign]
    connection.get = lambda path, done, failed=None: done([]) if path.endswith("/events") else None  # type: ignore[method-assign]
    made = MainWindow(theme, connection)
    connection.setParent(made)
    qtbot.addWidget(made)
    made.show()
    made.complete()
    made.chat.send(f"move {MANY} and {UNBROKEN}")
    return made


def post(path: str, body: Any, done: Any = None, failed: Any = None) -> None:
    if path == "/api/runs":
        done({"run_id": "r", "conversation_id": "c"})


def tell(window: MainWindow, event: str, **data: Any) -> None:
    window._connection._on_message(json.dumps({"seq": 0, "type": event, "run_id": "r", "at": "", "data": data}))


def call(window: MainWindow, number: int, tool: str, args: dict[str, Any], status: str = "") -> None:
    tell(window, "step_added", step={"id": f"c{number}", "tool": tool, "args": args, "needs": []}, owner="")
    tell(window, "step_started", step=f"c{number}", attempt=1)
    if status:
        tell(window, "step_finished", step=f"c{number}", status=status, error={"message": UNBROKEN} if status == "failed" else None, text=UNBROKEN)


def ask(window: MainWindow, approval: str, **data: Any) -> None:
    tell(window, "approval_requested", approval=approval, step="c1", tool="files.move", why=UNBROKEN, preview=UNBROKEN, **data)


def live(window: MainWindow) -> None:
    call(window, 1, "files.move", {"source": MANY, "to": UNBROKEN}, "done")
    call(window, 2, "files.read", {"path": UNBROKEN}, "failed")
    call(window, 3, "mcp:" + UNBROKEN[:60], {"path": UNBROKEN})
    tell(window, "problem_raised", message=UNBROKEN, stands_still=True)
    tell(window, "text_delta", text=f"It is {UNBROKEN}.\n\n| a | b |\n|---|---|\n| {UNBROKEN} | c |\n\n```\n{UNBROKEN}\n```\n\n`{UNBROKEN}` [x](https://{UNBROKEN})")


def asked(window: MainWindow) -> None:
    live(window)
    ask(window, "a1", url=f"https://{UNBROKEN}", origins=[UNBROKEN], tainted=True)
    ask(window, "a2", kind="plan", plan={"steps": [{"id": f"s{n}", "tool": "files.move", "args": {"source": MANY, UNBROKEN[:40]: UNBROKEN}, "needs": []} for n in range(2)]})
    ask(window, "a3", kind="form", schema={"properties": {UNBROKEN[:60]: {"enum": [UNBROKEN]}, "b": {"type": "array"}, "c": {"type": "boolean"}}})
    window.chat._on_sent(UNBROKEN, False)


def over(window: MainWindow) -> None:
    live(window)
    question = {"text": UNBROKEN, "choices": [MANY, UNBROKEN]}
    result = {"way": "act", "plan": None, "steps": [], "undoable": True, "memories": ["m1", "m2"], "question": question}
    tell(window, "run_finished", status="asked", answer=UNBROKEN, result=result)


def too_wide(window: MainWindow) -> list[str]:
    """What asks for more room than the column has, or reaches beyond it."""
    scroll, found = window.chat._scroll, []
    room = scroll.viewport().width()
    if scroll.body.width() > room:
        found.append(f"the column: {scroll.body.width()}")
    for widget in [part for part in scroll.body.findChildren(QWidget) if part.isVisible()]:
        left, right = (widget.mapTo(scroll.body, corner).x() for corner in (widget.rect().topLeft(), widget.rect().topRight()))
        view = widget.parentWidget() if widget.objectName().startswith("qt_scrollarea") else None
        if view is None and isinstance(widget, WrappingLabel | QFrame | QPushButton) and (left < 0 or right >= room or widget.minimumSizeHint().width() > room):
            found.append(f"{type(widget).__name__} {widget.accessibleName()[:20]!r}: {left}–{right}, asks for {widget.minimumSizeHint().width()}, has {room}")
        if isinstance(widget, MarkdownView) and widget.document().size().width() > widget.viewport().width():
            found.append(f"a text: {widget.document().size().width()} in {widget.viewport().width()}")
    return found


@pytest.mark.parametrize("state", [live, asked, over], ids=["live", "asked", "over"])
def test_nothing_in_a_conversation_is_wider_than_its_column(window: MainWindow, state: Any) -> None:
    state(window)
    for width in (*SIZES, *reversed(SIZES)):
        window.resize(width, 700)
        for _ in range(4):  # a layout that wraps settles in rounds
            QApplication.processEvents()
        assert window.width() == width and not too_wide(window), (width, too_wide(window))
        assert window.chat.minimumSizeHint().width() <= window.chat.width()


def test_a_step_is_cut_where_there_is_no_room_and_whole_where_there_is(window: MainWindow) -> None:
    from app.desktop.widgets.badge import ToolBadge

    call(window, 1, "files.move", {"source": MANY})
    button = window.chat._views[-1].findChildren(ToolBadge)[0]._button
    texts = {}
    for width in (480, 1280):
        window.resize(width, 700)
        for _ in range(4):
            QApplication.processEvents()
        texts[width] = button.text()
    assert texts[480].startswith("Moving *.jpg *.jp") and texts[480].endswith("…") and len(texts[480]) < len(button.line)
    assert texts[1280] == button.line


def test_the_examples_of_an_empty_conversation_fit(window: MainWindow) -> None:
    window.open_conversation("")
    for width in SIZES:
        window.resize(width, 700)
        for _ in range(4):
            QApplication.processEvents()
        assert window.chat._welcome.isVisible() and not too_wide(window), (width, too_wide(window))


def test_only_long_words_break_and_the_text_stays_what_it_was(qtbot: Any) -> None:
    assert break_long_words("a normal line, docs/report.md") == "a normal line, docs/report.md"
    assert break_long_words(UNBROKEN).replace(BREAK, "") == UNBROKEN and BREAK in break_long_words(UNBROKEN)
    label, line = WrappingLabel(UNBROKEN), ElidedLabel(UNBROKEN)
    for made in (label, line):
        qtbot.addWidget(made)
        assert made.text() == UNBROKEN
    label.resize(120, 20)
    line.resize(120, 20)
    line.show()
    assert label.minimumSizeHint().width() < 120 and label.heightForWidth(120) > 3 * label.fontMetrics().height()
    assert line.toolTip() == UNBROKEN and line.fontMetrics().horizontalAdvance(ElidedLabel.__base__.text(line)) <= 120  # type: ignore[union-attr]
