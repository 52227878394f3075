"""The window follows a turn: ways, steps as they run, phases, words that are taken back, questions with choices."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QPushButton

from app.desktop.connection import CoreConnection
from app.desktop.pages.chat import ChatPage
from app.desktop.pages.inspector import Inspector
from app.desktop.step_words import describe_step
from app.desktop.theme import LIGHT, Theme
from app.desktop.viewmodels.progress import Progress
from app.desktop.viewmodels.run_view import RunView
from app.desktop.widgets.badge import ToolBadge
from app.desktop.widgets.consent import ConsentButton
from app.desktop.widgets.markdown import MarkdownView
from app.desktop.widgets.message_view import MessageView
from app.desktop.widgets.status_line import phase_text, status_text
from core.home import Home


def event(kind: str, run_id: str = "r", seq: int = 0, **data: Any) -> dict[str, Any]:
    return {"seq": seq, "type": kind, "run_id": run_id, "at": "", "data": data}


def call(number: int, tool: str = "files.read", **args: Any) -> dict[str, Any]:
    return event("step_added", step={"id": f"c{number}", "tool": tool, "args": args or {"path": f"{number}.md"}, "needs": []}, owner="", suspect=False)


def finished(status: str = "done", answer: str = "Done.", **result: Any) -> dict[str, Any]:
    return event("run_finished", status=status, answer=answer, result={"way": "act", "plan": None, "steps": [], **result})


def follow(*events: dict[str, Any]) -> RunView:
    view = RunView("r")
    for one in events:
        view.apply(one)
    return view


# -- what is known of a run -----------------------------------------------------------------------------------------


def test_calls_become_steps_while_they_are_made() -> None:
    view = follow(event("way_chosen", way="act", why="It names files of this folder.", models={"planner": "m"}), call(1), event("step_started", step="c1", attempt=1))
    assert [step["id"] for step in view.steps] == ["c1"] and view.states["c1"]["status"] == "running"
    assert (view.way, view.way_why, view.models, view.is_talk) == ("act", "It names files of this folder.", {"planner": "m"}, False)


def test_a_loop_that_rises_to_a_plan_keeps_what_it_did() -> None:
    planned: list[dict[str, Any]] = [{"id": name, "tool": "files.delete", "args": {"path": name}, "needs": []} for name in ("c2", "c3")]
    view = follow(
        call(1), event("step_started", step="c1", attempt=1), event("step_finished", step="c1", status="done", text="x"), call(2), call(3),
        event("way_chosen", way="plan", why="It cannot be undone.", models={}), event("plan_proposed", plan={"steps": planned}), event("plan_accepted", plan={"steps": planned}), call(4),
    )  # fmt: skip
    assert [step["id"] for step in view.steps] == ["c1", "c2", "c3", "c4"] and view.states["c1"]["status"] == "done"
    assert view.steps[1]["tool"] == "files.delete"


def test_a_plan_in_rounds_shows_the_last_one_only() -> None:
    rounds = [event("plan_proposed", plan={"steps": [{"id": f"s{number}", "tool": "files.write", "args": {}, "needs": []}]}) for number in (1, 2)]
    assert [step["id"] for step in follow(*rounds).steps] == ["s2"]


def test_old_journals_and_results_with_routes_still_open() -> None:
    assert follow(event("route_chosen", route="direct", models={})).way == "talk"
    old = {"status": "done", "route": "step", "plan": {"steps": [{"id": "s1", "tool": "files.list", "args": {}, "needs": []}], "rounds": 1, "score": 0.9}, "steps": [{"id": "s1", "tool": "files.list", "status": "done"}]}  # fmt: skip
    view = RunView.from_result("r", old)
    assert view.way == "act" and [step["id"] for step in view.steps] == ["s1"] and view.score == 0.9
    assert RunView.from_result("r", {"route": "direct", "plan": {"steps": []}, "steps": []}).is_talk


def test_a_result_without_a_plan_shows_its_calls() -> None:
    rows = [{"id": "c1", "tool": "files.read", "status": "done", "args": {"path": "a.md"}, "text": "x"}]
    view = RunView.from_result("r", {"way": "act", "way_why": "w", "plan": None, "steps": rows, "question": {"text": "q", "choices": []}})
    assert view.steps[0]["args"] == {"path": "a.md"} and view.way_why == "w" and view.reviews == [] and view.question["text"] == "q"


def test_phases_come_go_and_count(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    view = follow(event("model_progressed", phase="waiting", model="local/big", read=0, total=0, reused=0))
    now = 101.2
    assert status_text(view) == "Waiting for the model · 1 s"
    view.apply(event("model_progressed", phase="reading", model="local/big", read=10, total=100, reused=0))
    now = 104.3
    view.apply(event("model_progressed", phase="reading", model="local/big", read=45, total=100, reused=0))
    assert status_text(view) == "Reading the request: 45 % · 3 s"
    view.apply(event("reasoning_delta", text="hm"))
    now = 108.4
    view.apply(event("reasoning_delta", text="hm"))
    assert status_text(view) == "Thinking · 4 s"
    view.apply(event("text_delta", text="Well"))
    assert view.progress is None and status_text(view) == "Working …"
    assert phase_text(Progress("loading", "local/qwen", began=now - 2)) == "Loading qwen … · 2 s" and phase_text(Progress("reading", began=now)) == "Reading the request · 0 s"


def test_a_model_that_is_waited_for_is_checked_and_loaded_before_its_first_word(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    at = {"model": "qwen.gguf", "read": 5_000_000, "total": 5_000_000, "reused": 0}
    view = follow(event("model_progressed", phase="fetching", doing="fetching", **at))
    now = 130.0
    assert status_text(view) == "Waiting for the model that is on its way: 5.0 MB of 5.0 MB · 30 s"
    view.apply(event("model_progressed", phase="fetching", doing="verifying", **at))
    now = 133.0
    view.apply(event("model_progressed", phase="fetching", doing="verifying", **at))
    assert status_text(view) == "Checking qwen.gguf · 3 s"
    view.apply(event("model_progressed", phase="loading", model="qwen", read=0, total=0, reused=0))
    now = 135.0
    assert status_text(view) == "Loading qwen … · 2 s"
    view.apply(event("model_progressed", phase="writing", model="qwen", read=0, total=0, reused=0))
    assert status_text(view) == "Writing · 0 s"


def test_a_step_is_said_as_a_person_would() -> None:
    read = {"id": "c1", "tool": "files.read", "args": {"lines": 3, "path": "meeting.md"}}
    assert (describe_step(read, "running"), describe_step(read, "done"), describe_step(read, "failed")) == ("Reading meeting.md", "Read meeting.md", "Reading meeting.md")
    assert describe_step({"tool": "mcp:git.log_all", "args": {"repository": "x"}}) == "log all x"
    assert describe_step({"tool": "time.now", "args": {}}) == "Looked at the clock"
    assert describe_step({"tool": "files.read", "args": {"path": "{odd}.md"}}) == "Read {odd}.md"


# -- one message ----------------------------------------------------------------------------------------------------


@pytest.fixture
def message(theme: Theme, qtbot: Any) -> MessageView:
    made = MessageView(theme, {"id": "m", "role": "assistant", "text": "", "run_id": "r", "data": {}})
    qtbot.addWidget(made)
    made.resize(700, 500)
    made.show()
    return made


def shown(message: MessageView) -> str:
    return message.body.toPlainText().strip()


def lines(message: MessageView) -> list[str]:
    return [badge._button.line.split("   ")[0] for badge in message.findChildren(ToolBadge) if badge.isVisibleTo(message)]


def test_steps_are_lines_as_they_run_and_results_stay_behind_them(message: MessageView) -> None:
    view = follow(call(1), event("step_started", step="c1", attempt=1))
    message.show_run(view)
    assert lines(message) == ["Reading 1.md"]
    view.apply(event("step_finished", step="c1", status="done", text="a long file\n" * 5000))
    message.show_run(view)
    assert lines(message) == ["Read 1.md"] and not message.findChildren(QPlainTextEdit)
    message.findChildren(ToolBadge)[0]._button.click()
    (details,) = message.findChildren(QPlainTextEdit)
    assert 0 < len(details.toPlainText()) < 5000 and details.height() <= 220


def test_of_many_steps_the_last_are_shown_and_one_that_failed(message: MessageView) -> None:
    view = follow(*(call(number) for number in range(12)))
    for number in range(12):
        view.apply(event("step_started", step=f"c{number}", attempt=1))
        view.apply(event("step_finished", step=f"c{number}", status="failed" if number == 2 else "done", text="x"))
    message.show_run(view)
    assert lines(message) == ["Reading 2.md", *(f"Read {number}.md" for number in range(6, 12))]
    earlier = next(button for button in message.findChildren(QPushButton) if button.text() == "5 earlier steps")
    earlier.click()
    assert len(lines(message)) == 12


def test_words_that_are_taken_back_go_and_the_answer_begins_anew(message: MessageView) -> None:
    message.stream("text_delta", "I think about it.")
    message.withdraw("thinking")
    assert message.body.toPlainText() == "" and message._thoughts is not None and message._thoughts.text == "I think about it."
    message.stream("text_delta", "One.\n\nTwo **bold")
    message.stream("text_delta", "**.\n\nThree.")
    assert message.body.toPlainText().split() == ["One.", "Two", "bold.", "Three."]
    message.withdraw("unsupported")
    assert message.body.text == "" and message.body.toPlainText() == ""
    for piece in ("Short", " and", " sweet."):
        message.stream("text_delta", piece)
    assert shown(message) == "Short and sweet."
    message.withdraw("whole")
    assert shown(message) == "Short and sweet.", "it stays until the whole one is here, so that nothing jumps"
    message.stream("text_delta", "The whole.")
    assert shown(message) == "The whole."


def test_a_question_shows_its_choices_which_listen_after_a_second(message: MessageView, qtbot: Any) -> None:
    question: dict[str, Any] = {"text": "Which one?", "choices": ["The first", "R&D"]}
    view = follow(event("question_asked", **question), finished("asked", "Which one?\n1. The first\n2. R&D", question=question))
    assert not view.busy
    message.show_run(view)
    buttons = message._choices.findChildren(ConsentButton)  # type: ignore[union-attr]
    assert shown(message) == "Which one?" and [button.accessibleName() for button in buttons] == ["The first", "R&D"] and "Waiting for your answer" in message._status.text()
    said: list[str] = []
    message.chosen.connect(said.append)
    buttons[1].click()
    assert not said
    qtbot.waitUntil(buttons[1].isEnabled, timeout=5_000)
    buttons[1].click()
    buttons[0].click()
    assert said == ["R&D"]


def test_seconds_count_while_a_model_is_busy(message: MessageView, qtbot: Any) -> None:
    view = follow(event("model_progressed", phase="waiting", model="m"))
    message.show_status(view)
    assert message._status.text().endswith("0 s")
    qtbot.waitUntil(lambda: message._status.text() == "Waiting for the model · 1 s", timeout=3_000)
    view.apply(event("text_delta", text="x"))
    message.show_status(view)
    assert not message._status._tick.isActive()


def test_the_inspector_says_the_way_and_why(theme: Theme, qtbot: Any) -> None:
    inspector = Inspector(theme)
    qtbot.addWidget(inspector)
    inspector.show_run(follow(event("way_chosen", way="act", why="It names files of this folder.", models={}), call(1), finished()))
    assert inspector._summary.text() == "done · step by step"
    assert inspector._facts.texts()["why so"] == "It names files of this folder."


def test_what_is_selected_in_a_fact_stays_while_the_run_goes_on(theme: Theme, qtbot: Any) -> None:
    """Rows that were deleted and made anew at every event crashed the window now and then."""
    inspector = Inspector(theme)
    qtbot.addWidget(inspector)
    events = [event("way_chosen", way="act", why="It names files of this folder.", models={}), call(1)]
    inspector.show_run(follow(*events))
    label = inspector._facts._rows[0][1]
    label.setSelection(0, 8)
    inspector.show_run(follow(*events, finished()))
    assert label.selectedText() == "It names" and inspector._facts._rows[0][1] is label
    inspector.show_run(None)
    assert inspector._facts.texts() == {}


# -- streaming ------------------------------------------------------------------------------------------------------


def test_a_delta_is_handed_on_at_once_and_those_behind_it_by_frames(own_home: Home, qtbot: Any) -> None:
    connection = CoreConnection(own_home)
    heard: list[tuple[float, str]] = []
    connection.event.connect(lambda one: heard.append((time.monotonic(), one["data"].get("text", one["type"]))))
    for number in range(4):
        connection._on_message(json.dumps(event("text_delta", seq=number + 1, text=str(number))))
    assert [text for _, text in heard] == ["0"]
    qtbot.waitUntil(lambda: len(heard) == 2, timeout=1_000)
    connection._on_message(json.dumps(event("text_delta", seq=5, text="4")))
    connection._on_message(json.dumps(event("step_started", seq=6, step="s")))
    assert [text for _, text in heard] == ["0", "123", "4", "step_started"] and heard[1][0] - heard[0][0] < 0.1
    qtbot.wait(80)
    connection._on_message(json.dumps(event("text_delta", seq=7, text="5")))
    assert heard[-1][1] == "5", "after a pause at once again"


def test_one_long_table_is_drawn_for_a_part_of_the_time_only(qtbot: Any) -> None:
    view = MarkdownView(LIGHT)
    qtbot.addWidget(view)
    view.resize(700, 400)
    view.show()
    view.append_stream("| a | b |\n|---|---|\n")
    drawn, spent = 0, 0.0
    draw = view._replace_tail

    def timed() -> None:
        nonlocal drawn, spent
        began = time.monotonic()
        draw()
        drawn, spent = drawn + 1, spent + time.monotonic() - began

    view._replace_tail = timed  # type: ignore[method-assign]
    began, rows = time.monotonic(), 0
    while time.monotonic() - began < 3:
        view.append_stream(f"| row {rows} | {'x' * 20} |\n" * 5)
        rows += 5
        QApplication.processEvents()
        time.sleep(0.005)
    total = time.monotonic() - began
    print(f"{rows} rows, drawn {drawn} times, {spent:.2f} of {total:.2f} s")
    assert drawn > 3 and spent < 0.75 * total
    assert view.toPlainText().count("row ") == rows


class Core:
    """A core that starts one run and keeps what was posted."""

    def __init__(self, connection: CoreConnection) -> None:
        self.posted: list[tuple[str, Any]] = []
        connection.post = self.post  # type: ignore[method-assign]
        connection.get = lambda path, done, failed=None: done([])  # type: ignore[method-assign]

    def post(self, path: str, body: Any, done: Any = None, failed: Any = None) -> None:
        self.posted.append((path, body))
        if path == "/api/runs":
            done({"run_id": f"r{len(self.posted)}", "conversation_id": "c"})


def test_a_choice_that_is_clicked_is_the_next_message(theme: Theme, own_home: Home, qtbot: Any) -> None:
    connection = CoreConnection(own_home)
    core = Core(connection)
    page = ChatPage(theme, connection)
    qtbot.addWidget(page)
    page.resize(800, 600)
    page.show()
    connection.state = "connected"
    page.send("delete the old ones")
    question: dict[str, Any] = {"text": "Which?", "choices": ["a.txt", "b.txt"]}
    for one in (event("question_asked", "r1", 1, **question), {**finished("asked", "Which?\n1. a.txt\n2. b.txt", question=question), "run_id": "r1", "seq": 2}):
        connection._on_message(json.dumps(one))
    choices = page._views[-1]._choices
    assert choices is not None
    button = choices.findChildren(ConsentButton)[1]
    qtbot.waitUntil(button.isEnabled, timeout=5_000)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert core.posted[-1][0] == "/api/runs" and core.posted[-1][1]["text"] == "b.txt" and len(page._views) == 4
    assert not choices.isVisible(), "a question that was answered offers nothing any more"


def test_a_request_that_waits_is_shown_and_can_be_taken_back_while_a_card_is_open(theme: Theme, own_home: Home, qtbot: Any) -> None:
    connection = CoreConnection(own_home)
    core = Core(connection)
    page = ChatPage(theme, connection)
    qtbot.addWidget(page)
    page.show()
    page.send("run it")
    connection._on_message(json.dumps(event("approval_requested", "r1", 1, approval="a", step="s1", tool="shell.run", preview="it")))
    for text, now in (("and then", False), ("yes", True)):
        page._on_sent(text, now)
    assert not [path for path, _ in core.posted if path.endswith("/cancel")] and page._queue == ["yes", "and then"]
    page.composer.editor.setPlainText("half a thought")

    def shown_buttons() -> list[QPushButton]:
        return [button for button in page.composer.queue.findChildren(QPushButton) if button.isVisible()]

    qtbot.waitUntil(lambda: bool(shown_buttons()), timeout=5_000)
    back = shown_buttons()
    assert [button.accessibleName() for button in back] == ["Take back: yes", "Take back: and then"]
    qtbot.mouseClick(back[0], Qt.MouseButton.LeftButton)
    assert page.composer.editor.toPlainText() == "yes\nhalf a thought" and page._queue == ["and then"]
    connection._on_message(json.dumps(event("approval_resolved", "r1", 2, approval="a", step="s1", decision="no")))
    page._on_sent("now", True)
    assert [path for path, _ in core.posted if path.endswith("/cancel")] == ["/api/runs/r1/cancel"], "nothing is asked any more: now means now"


def test_an_answer_tells_who_wrote_it_and_what_it_took(qtbot: Any, own_home: Home) -> None:
    meta = {"model": "openai/gpt-6-sol", "local": False, "tokens_per_s": 41.6, "first_token_ms": 812.0, "cost_usd": 0.00314}
    message = MessageView(Theme(QApplication.instance()), {"role": "assistant", "text": "", "id": "m", "data": {}})
    qtbot.addWidget(message)
    message.show_run(follow(finished(meta=meta)))
    assert message._meta.text().replace("\u200b", "") == "openai/gpt-6-sol · 42 tokens/s · first word after 812 ms · $0.0031" and not message._meta.isHidden()
    message.show_run(follow(finished(meta=None)))
    assert message._meta.isHidden()
