"""The conversation: a window of messages, the run that is going on, and the composer.

At most ``WINDOW`` messages are widgets at a time; older ones are fetched when one scrolls up, so that a conversation of 5,000
messages opens as quickly as one of fifty.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.desktop.connection import DELTAS, CoreConnection
from app.desktop.text import tr
from app.desktop.theme import Theme
from app.desktop.viewmodels.run_view import RunView
from app.desktop.widgets.composer import Composer
from app.desktop.widgets.folder_field import absolute_folder, usual_folder
from app.desktop.widgets.keyboard import is_typing, keep_keyboard
from app.desktop.widgets.narrow_buttons import LineButton
from app.desktop.widgets.plain_label import ElidedLabel, WrappingLabel

if TYPE_CHECKING:
    from app.desktop.widgets.approval_card import ApprovalCard
    from app.desktop.widgets.message_view import MessageView

PAGE, WINDOW = 30, 120
EXAMPLES = ("Make a folder called Trip with a file packing.txt that lists passport, charger and socks", "List the files in this folder", "What is 17.5% of 240?")


class ChatPage(QWidget):
    """``run_changed`` carries the shown run; ``conversation_changed`` the shown conversation's id and title."""

    run_changed = Signal(object)
    conversation_changed = Signal(str, str)
    memories_asked = Signal(object)  # ids of the memories that an answer used
    models_asked = Signal()

    def __init__(self, theme: Theme, connection: CoreConnection, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self._theme, self._connection = theme, connection
        self.conversation_id = ""
        self.roles: dict[str, str] = {}
        self._views: list[MessageView] = []
        self._runs: dict[str, RunView] = {}
        self._live: dict[str, MessageView] = {}
        self._queue: list[str] = []
        self._left: dict[str, tuple[str, list[str]]] = {}  # what was typed and what waits in conversations that are not shown
        self._late: dict[str, list[dict[str, Any]]] = {}  # events that came while a run's snapshot was on its way
        self._parent_id: str | None = None  # while an earlier request is edited: the message before it
        self._kept_draft = ""
        self._more, self._loading, self._starting = False, False, False
        self._scroll = _Scroll()
        self._scroll.verticalScrollBar().valueChanged.connect(self._on_scroll)
        self._scroll.verticalScrollBar().rangeChanged.connect(self._on_range)
        self._following = True
        self._column = self._scroll.column
        self.composer = Composer(theme)
        self.composer.sent.connect(self._on_sent)
        self.composer.stopped.connect(self.stop)
        self.composer.queue.taken_back.connect(self._take_back)
        self.composer.sources["@"] = self._files
        self.composer.sources["$"] = self._skills
        self._problem = _Problem()
        self._welcome = _Welcome()
        self._welcome.chosen.connect(self.composer.set_text)
        self._column.addWidget(self._welcome, 1)
        bottom = QWidget()
        row = QHBoxLayout(bottom)
        row.setContentsMargins(16, 4, 16, 8)
        writing = QWidget()
        writing.setMaximumWidth(820)
        self._folder = ElidedLabel(mode=Qt.TextElideMode.ElideMiddle)
        stack = QVBoxLayout(writing)
        stack.setContentsMargins(0, 0, 0, 0)
        stack.setSpacing(4)
        stack.addWidget(self.composer)
        stack.addWidget(self._folder)
        row.addWidget(writing)
        self.show_folder("")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._scroll, 1)
        layout.addWidget(self._problem)
        self._editing = _Editing()
        self._editing.cancelled.connect(self.cancel_edit)
        layout.addWidget(self._editing)
        self._moved = _Moved()
        self._moved.back.connect(self._bring_back)
        layout.addWidget(self._moved)
        self._bottom = bottom
        layout.addWidget(bottom)
        connection.event.connect(self._on_event)
        connection.state_changed.connect(self._on_state)

    # -- showing a conversation -------------------------------------------------------------------------------------

    def show_conversation(self, conversation_id: str) -> None:
        """Open another conversation; an empty id is a new one."""
        self.cancel_edit()
        self._put_aside(conversation_id)
        self._starting = False
        self._clear()
        self._problem.hide()
        self._moved.hide()
        self._bottom.show()
        self._show_busy()
        self.run_changed.emit(None)
        if not conversation_id:
            self._welcome.setVisible(True)
            self.conversation_changed.emit("", tr("New conversation"))
            self._send_next()
            return
        self._connection.get(f"/api/conversations/{conversation_id}?limit={PAGE}", self._on_conversation, self._on_failed)

    def _put_aside(self, conversation_id: str) -> None:
        """Go to another conversation: what was typed and what waits stays with its own."""
        self._left[self.conversation_id] = (self.composer.editor.toPlainText(), self._queue)
        self.conversation_id = conversation_id
        draft, self._queue = self._left.pop(conversation_id, ("", []))
        if draft != self.composer.editor.toPlainText():
            self.composer.set_text(draft)

    def show_folder(self, chosen: str) -> None:
        """Say which folder requests work in; empty for the usual one."""
        folder = (absolute_folder(chosen) if chosen else None) or usual_folder()
        self._folder.setText(tr("Works in {folder}", folder=_below_home(folder)))
        self._folder.set_whole_tip(str(folder))

    def _bring_back(self) -> None:
        self._connection.post(f"/api/conversations/{self.conversation_id}/return", {}, lambda row: self.show_conversation(row["id"]), self._on_failed)

    def _on_conversation(self, shown: dict[str, Any]) -> None:
        if shown["id"] != self.conversation_id:
            return
        self._welcome.setVisible(not shown["messages"])
        self._moved.setVisible(bool(shown.get("held_by")))
        self._bottom.setVisible(not shown.get("held_by"))
        self._more = len(shown["messages"]) == PAGE
        for message in shown["messages"]:
            self._add(message)
        for run_id in shown["active"]:
            self._connection.get(f"/api/runs/{run_id}/events", partial(self._catch_up, run_id, self.conversation_id))
        self.conversation_changed.emit(shown["id"], shown["title"])
        last = next((view for view in reversed(self._views) if not view.is_user), None)
        if last is not None and last.run is not None:
            self.run_changed.emit(last.run)
        self._to_end()
        if not shown["active"]:
            self._send_next()

    def _catch_up(self, run_id: str, conversation_id: str, rows: list[dict[str, Any]]) -> None:
        if conversation_id != self.conversation_id:
            return  # somebody went on to another conversation meanwhile
        view = RunView(run_id)
        for event in rows:
            view.apply(event)
        if not view.busy or run_id in self._runs:
            self._send_next()
            return
        self._runs[run_id] = view
        widget = self._live_widget(run_id)
        if view.text:
            widget.stream("text_delta", view.text)
        widget.show_run(view)
        self.run_changed.emit(view)
        self._show_busy()

    def _add(self, message: dict[str, Any], at: int | None = None) -> MessageView:
        from app.desktop.widgets.message_view import MessageView

        view = MessageView(self._theme, message)
        view.action.connect(self._on_action)
        view.decided.connect(self._on_decided)
        view.chosen.connect(lambda text: self._on_sent(text, False))
        view.focus_lost.connect(self.composer.editor.setFocus)
        position = len(self._views) if at is None else at
        self._views.insert(position, view)
        self._column.insertWidget(position + 1, view, 0)
        for earlier in self._views[:-1]:
            earlier.drop_choices()
        self._offer_model(view)
        return view

    def _offer_model(self, view: MessageView) -> None:
        """The card with a model under an answer that needs one."""
        if view.run is None or view.run.busy or view.has_offer or not view.run.result.get("needs_model"):
            return
        from app.desktop.widgets.model_card import ModelCard

        card = ModelCard(self._connection)
        card.elsewhere_asked.connect(self.models_asked)
        card.arrived.connect(lambda: self._ask_again(view))
        view.offer_model(card)

    def _ask_again(self, view: MessageView) -> None:
        """The model that an answer was waiting for is here: ask once more, unless the conversation went on meanwhile."""
        if self._views and self._views[-1] is view and not self.busy:
            self._on_action("again", view.message)

    def _clear(self) -> None:
        self._drop_from(0)
        self._runs, self._live, self._more = {}, {}, False
        self._following = True
        self._welcome.setVisible(False)

    # -- the window of messages -------------------------------------------------------------------------------------

    def _on_scroll(self, value: int) -> None:
        bar = self._scroll.verticalScrollBar()
        self._following = value >= bar.maximum() - 40
        if value < 200 and self._more and not self._loading and self._views:
            self._loading = True
            self._connection.get(
                f"/api/conversations/{self.conversation_id}?limit={PAGE}&before={self._views[0].message['id']}", self._on_older, lambda _: setattr(self, "_loading", False)
            )

    def _on_older(self, shown: dict[str, Any]) -> None:
        if shown["id"] != self.conversation_id:
            return
        bar = self._scroll.verticalScrollBar()
        height = self._scroll.body.sizeHint().height()
        self._more = len(shown["messages"]) == PAGE
        for number, message in enumerate(shown["messages"]):
            self._add(message, number)
        while len(self._views) > WINDOW and not self._live:
            self._views.pop().deleteLater()
        self._scroll.body.adjustSize()
        bar.setValue(bar.value() + self._scroll.body.sizeHint().height() - height)
        self._loading = False

    def _on_range(self) -> None:
        if self._following:
            self._scroll.verticalScrollBar().setValue(self._scroll.verticalScrollBar().maximum())

    def _to_end(self) -> None:
        self._following = True
        QTimer.singleShot(0, self, self._on_range)

    # -- sending ----------------------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        return self._starting or any(view.busy for view in self._runs.values())

    @property
    def is_ready(self) -> bool:
        """Whether what is sent arrives: the core answers."""
        return self._connection.state == "connected"

    @property
    def is_asked(self) -> bool:
        """Whether a run waits for consent."""
        return any(view.busy and view.approvals for view in self._runs.values())

    def open_card(self) -> ApprovalCard | None:
        """The newest question for consent that nobody has answered."""
        return next((card for view in reversed(self._views) if (card := view.open_card())), None)

    def _show_busy(self) -> None:
        self.composer.set_busy(self.busy, self._queue, is_asked=self.is_asked, is_ready=self.is_ready)

    def _on_sent(self, text: str, now: bool) -> None:
        if not self.busy and self.is_ready:
            self.send(text)
            return
        self._queue.insert(0 if now else len(self._queue), text)
        self._show_busy()
        if now and not self.is_asked:  # what waits for consent is stopped by its card or by Stop, not by what one types
            self.stop()

    def _take_back(self, place: int) -> None:
        """Put a waiting request back where one types, before what stands there already."""
        self.composer.set_text("\n".join(filter(None, (self._queue.pop(place), self.composer.editor.toPlainText().strip()))))
        self._show_busy()

    def take_typing(self, event: QKeyEvent) -> None:
        """Write what is typed while nothing that takes letters has the keyboard."""
        editor = self.composer.editor
        if editor.isVisible() and not editor.hasFocus() and is_typing(event):
            editor.setFocus()
            QApplication.sendEvent(editor, event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Back from where one types leads to the newest question, which stands above it."""
        card = None if forward or not self.composer.editor.hasFocus() else self.open_card()
        if card is None:
            return super().focusNextPrevChild(forward)
        card.setFocus(Qt.FocusReason.BacktabFocusReason)
        self._scroll.ensureWidgetVisible(card)
        return True

    def send(self, text: str) -> None:
        """Start a run with this request in the shown conversation."""
        self._problem.hide()
        body: dict[str, Any] = {"text": text, "conversation_id": self.conversation_id, "approve": "ask", "models": self.roles}
        if self._parent_id is not None:
            body["parent_id"] = self._parent_id
            self._trim_to(self._parent_id)
            self._leave_editing()
        self._starting = True
        asked_in = self.conversation_id
        self._connection.post("/api/runs", body, lambda run: self._on_started(run, text) if asked_in == self.conversation_id else None, lambda error: self._on_failed(error, text))

    def _trim_to(self, message_id: str) -> None:
        """Editing leaves the branch: what came after its parent goes from view (it stays reachable as another version)."""
        keep = next((number + 1 for number, view in enumerate(self._views) if view.message["id"] == message_id), 0)
        self._drop_from(keep)

    def _drop_from(self, number: int) -> None:
        for view in self._views[number:]:
            view.hide()
            view.deleteLater()
        del self._views[number:]

    def _on_started(self, run: dict[str, Any], text: str) -> None:
        self._starting = False
        first = not self.conversation_id
        self.conversation_id = run["conversation_id"]
        self._welcome.setVisible(False)
        run_id = run["run_id"]
        question = {"id": f"{run_id}-q", "role": "user", "text": text, "run_id": run_id, "siblings": []}
        live = self._live.get(run_id)
        self._add(question, self._views.index(live) if live in self._views else None)
        if run_id not in self._runs:
            self._runs[run_id] = RunView(run_id)
            self._live_widget(run_id).show_run(self._runs[run_id])
            self._late[run_id] = []
            self._connection.get(f"/api/runs/{run_id}/events", lambda rows: self._rebuild(run_id, rows))
        self._show_busy()
        if first:
            self.conversation_changed.emit(self.conversation_id, text.splitlines()[0][:80])
        self._to_end()
        self._send_next()  # a run may be over before the answer to its start is here

    def _rebuild(self, run_id: str, rows: list[dict[str, Any]]) -> None:
        """The snapshot of a run: events that came before its id was known here are folded in again, none twice."""
        if run_id not in self._runs:
            return  # another conversation is shown by now
        view = RunView(run_id)
        last = rows[-1]["seq"] if rows else 0
        for event in (*rows, *(event for event in self._late.pop(run_id, ()) if event["seq"] > last)):
            view.apply(event)
        self._runs[run_id] = view
        widget = self._live_widget(run_id)
        if view.busy and view.text != widget.body.text:
            widget.withdraw("")
            widget.stream("text_delta", view.text)
        self._refresh(run_id)

    def _live_widget(self, run_id: str) -> MessageView:
        if run_id not in self._live:
            self._live[run_id] = self._add({"id": f"{run_id}-a", "role": "assistant", "text": "", "run_id": run_id, "data": {}})
        return self._live[run_id]

    def stop(self) -> None:
        """Stop what is going on in this conversation."""
        for run_id, view in self._runs.items():
            if view.busy:
                self._connection.post(f"/api/runs/{run_id}/cancel", {})

    # -- events -----------------------------------------------------------------------------------------------------

    def _on_event(self, event: dict[str, Any]) -> None:
        run_id = event["run_id"]
        view = self._runs.get(run_id)
        if view is None:
            if event["type"] == "run_started" and event["data"].get("conversation_id") == self.conversation_id and self.conversation_id:
                self._connection.get(f"/api/runs/{run_id}/events", partial(self._catch_up, run_id, self.conversation_id))
            return
        if run_id in self._late:
            self._late[run_id].append(event)  # what came before is not known yet; the snapshot brings it
            return
        view.apply(event)
        widget = self._live_widget(run_id)
        if event["type"] in DELTAS:
            widget.stream(event["type"], event["data"]["text"])
        elif event["type"] == "text_withdrawn":
            widget.withdraw(event["data"].get("why", ""))
        elif event["type"] != "model_progressed":
            self._refresh(run_id)
            return
        widget.show_status(view)

    def _refresh(self, run_id: str) -> None:
        view = self._runs[run_id]
        widget = self._live_widget(run_id)
        widget.show_run(view)
        self.run_changed.emit(view)
        if not view.busy:
            self._on_finished(view, widget)
        else:
            self._show_busy()

    def _on_finished(self, view: RunView, widget: MessageView) -> None:
        widget.message["text"] = view.text
        self._offer_model(widget)
        widget.announce()
        self._show_busy()
        self._send_next()

    def _send_next(self) -> None:
        """Send what waits longest, once nothing is under way and the core answers."""
        if self._queue and not self.busy and self.is_ready:
            text = self._queue.pop(0)
            self._show_busy()
            self.send(text)

    def _on_action(self, name: str, message: dict[str, Any]) -> None:
        run_id = message["run_id"]
        if name == "undo":
            self._connection.post(f"/api/runs/{run_id}/undo", {}, lambda report: self._on_undone(run_id, report), self._on_failed)
        elif name == "resume":
            self._runs.setdefault(run_id, RunView.from_result(run_id, message.get("data", {})))
            self._live[run_id] = next(view for view in self._views if view.message is message)
            self._connection.post(f"/api/runs/{run_id}/resume", {}, None, self._on_failed)
        elif name == "again":
            question = next((view.message for view in self._views if view.is_user and view.message["run_id"] == run_id), None)
            if question:
                self.send(question["text"])
        elif name == "memory":
            run = self._runs.get(run_id)
            self.memories_asked.emit(list((run.result if run else message.get("data", {})).get("memories", ())))
        elif name == "edit":
            self._edit(message)
        elif name.startswith("sibling:"):
            self._connection.patch(
                f"/api/conversations/{self.conversation_id}", {"show": name.partition(":")[2]}, lambda _: self.show_conversation(self.conversation_id), self._on_failed
            )

    def _edit(self, message: dict[str, Any]) -> None:
        """Put an earlier request where one types; what stood there comes back when that is cancelled."""
        if self._parent_id is None:
            self._kept_draft = self.composer.editor.toPlainText()
        self._parent_id = self._before(message)
        self.composer.set_text(message["text"])
        self._editing.show()

    def cancel_edit(self) -> None:
        """Leave the earlier request as it was."""
        if self._parent_id is not None:
            self.composer.editor.clear()
            self._leave_editing()

    def _leave_editing(self) -> None:
        self._parent_id = None
        self._editing.hide()
        if not self.composer.editor.toPlainText():
            self.composer.set_text(self._kept_draft)

    def _before(self, message: dict[str, Any]) -> str:
        """The id of the message before this one; empty for the first."""
        at = next(number for number, view in enumerate(self._views) if view.message is message)
        return str(self._views[at - 1].message["id"]) if at else ""

    def _on_undone(self, run_id: str, report: dict[str, Any]) -> None:
        lost = [f"- {row['path']}: {row['why']}" for row in report["changes"] if not row["undone"]]
        if lost:
            self._problem.tell(tr("Not everything could be put back:") + "\n" + "\n".join(lost))
        for view in self._views:
            if not view.is_user and view.message["run_id"] == run_id:
                shown = self._runs.get(run_id) or RunView.from_result(run_id, view.message.get("data", {}) | {"answer": view.message["text"]})
                shown.undone = report["complete"]
                view.show_run(shown)

    def _files(self, letters: str, show: Callable[[list[tuple[str, str]]], None]) -> None:
        """Names in the workspace for ``@``; at the beginning of a request the devices first, that it can be sent to."""
        first = self.composer.editor.toPlainText().strip() == f"@{letters}"

        def offer(paths: list[str], devices: list[str] | None = None) -> None:
            machines = [(f"@{name}   {tr('let this machine do it')}", f"@{name}") for name in devices or () if letters.lower() in name.lower()]
            show([*machines, *((path, f'"{path}"' if " " in path else path) for path in paths)])

        def found(paths: list[str]) -> None:
            if not first:
                offer(paths)
                return
            self._connection.get("/api/devices", lambda rows: offer(paths, [row["name"] for row in rows]), lambda _: offer(paths))

        self._connection.get(f"/api/workspace/files?like={bytes(QUrl.toPercentEncoding(letters).data()).decode()}", found, lambda _: show([]))

    def _skills(self, letters: str, show: Callable[[list[tuple[str, str]]], None]) -> None:
        """Skills that may be used, for ``$``: those whose name begins with the letters first."""

        def offer(rows: list[dict[str, Any]]) -> None:
            fitting = [row for row in rows if row["state"] == "on" and letters.lower() in row["name"]]
            fitting.sort(key=lambda row: (not row["name"].startswith(letters.lower()), row["name"]))
            show([(f"${row['name']}   {row['title']}", f"${row['name']}") for row in fitting[:12]])

        self._connection.get("/api/skills", offer, lambda _: show([]))

    def _on_decided(self, approval_id: str, answer: dict[str, Any]) -> None:
        self.composer.editor.setFocus()  # the card that had it is switched off: one goes on typing
        self._connection.post(f"/api/approvals/{approval_id}", answer, None, self._on_failed)

    def _on_failed(self, error: dict[str, Any], text: str = "") -> None:
        self._starting = self._starting and not text
        self._problem.tell(f"{error['message']} {error.get('hint', '')}".strip())
        if text and not self.composer.editor.toPlainText():
            self.composer.set_text(text)

    def _on_state(self, state: str, why: str) -> None:
        if state == "lost":
            self._problem.tell(why or tr("The core does not answer. It is being started again; nothing is lost."))
        elif state == "connected":
            self._problem.hide()
            self._show_busy()
            self._send_next()


class _Scroll(QScrollArea):
    """Messages in one centred column."""

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # else every click inside took the keyboard
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(tr("Conversation"))
        self.body = body = _Body()
        body.setObjectName("chatBody")
        outer = QHBoxLayout(body)
        outer.setContentsMargins(0, 12, 0, 12)
        middle = QWidget()
        middle.setMaximumWidth(800)
        self.column = QVBoxLayout(middle)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(4)
        self.column.addStretch(0)
        outer.addStretch(1)
        outer.addWidget(middle, 100)
        outer.addStretch(1)
        self.setWidget(body)


class _Body(QWidget):
    """Never asks to be wider than the window has room: one message must not push the others out of sight."""

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())


class _Problem(QFrame):
    """An error, in place: what happened and what to do; it goes when closed or when it is over."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "problem")
        row = QHBoxLayout(self)
        self._label = QLabel()
        self._label.setWordWrap(True)
        self._label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard)
        close = QPushButton(tr("Close"))
        close.setAccessibleName(tr("Close this message"))
        close.clicked.connect(self.hide)
        keep_keyboard(close)
        row.addWidget(self._label, 1)
        row.addWidget(close)
        self.setContentsMargins(16, 0, 16, 0)
        self.hide()

    def tell(self, text: str) -> None:
        self._label.setText(text)
        self.setAccessibleName(text)
        self.show()


class _Editing(QFrame):
    """Stands over where one types while an earlier request is edited."""

    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__()
        line = QHBoxLayout(self)
        line.setContentsMargins(28, 2, 20, 2)
        said = WrappingLabel(tr("You are editing an earlier message: what came after it stays reachable there."), "muted")
        line.addWidget(said, 1)
        button = QPushButton(tr("Cancel"))
        button.setProperty("kind", "flat")
        button.setAccessibleName(tr("Cancel editing"))
        button.clicked.connect(self.cancelled)
        keep_keyboard(button)
        line.addWidget(button)
        self.hide()


class _Moved(QFrame):
    """Stands where one types, while the conversation goes on on another machine."""

    back = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        line = QHBoxLayout(self)
        line.setContentsMargins(16, 8, 16, 8)
        said = WrappingLabel(tr("This conversation goes on on another machine. Here it can only be read."))
        line.addWidget(said, 1)
        button = QPushButton(tr("Continue here"))
        button.setProperty("kind", "primary")
        button.clicked.connect(lambda: self.back.emit())
        keep_keyboard(button)
        line.addWidget(button)
        self.hide()


class _Welcome(QWidget):
    """An empty conversation teaches: one sentence, three examples to click."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.addStretch(2)
        title = QLabel(tr("What can I do for you?"))
        title.setProperty("role", "title")
        title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        text = QLabel(tr("I plan it, show it, do it, check it, and can undo it. Nothing leaves this machine unless you say so."))
        text.setProperty("role", "muted")
        text.setWordWrap(True)
        text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(title)
        layout.addWidget(text)
        layout.addSpacing(16)
        for example in EXAMPLES:
            button = LineButton()
            button.set_line(tr(example))
            button.setToolTip(tr(example))
            button.setAccessibleName(tr("Example: {text}", text=tr(example)))
            button.clicked.connect(lambda _=False, example=example: self.chosen.emit(tr(example)))
            layout.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)


def _below_home(folder: Path) -> str:
    """A path as one says it: what is in the home folder without the way there."""
    try:
        return str(Path("~") / folder.relative_to(Path.home()))
    except ValueError:
        return str(folder)
