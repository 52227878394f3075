"""One message of a conversation: who, what, and for an answer the tools it used and what can be done with it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QGuiApplication
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from app.client.answer_text import money_text
from app.desktop.icons import icon
from app.desktop.reasons import reason
from app.desktop.text import duration_text, tr
from app.desktop.theme import Theme
from app.desktop.viewmodels.run_view import RunView
from app.desktop.widgets.approval_card import ApprovalCard
from app.desktop.widgets.choices import Choices, without_choices
from app.desktop.widgets.flow_layout import FlowLayout
from app.desktop.widgets.keyboard import keep_keyboard
from app.desktop.widgets.markdown import MarkdownView
from app.desktop.widgets.plain_label import WrappingLabel
from app.desktop.widgets.status_line import StatusLine
from app.desktop.widgets.step_list import StepList

TEXT_WIDTH = 720  # pixels: about 72 characters a line at 14 px


class MessageView(QWidget):
    """``action`` carries what was asked for (``undo``, ``again``, ``edit``, ``resume``, ``sibling:ID``) and the message."""

    action = Signal(str, object)  # a dict would be copied on the way
    decided = Signal(str, object)
    step_selected = Signal(str, str)
    chosen = Signal(str)  # one of the answers that a question offers
    focus_lost = Signal()  # what had the keyboard focus is gone

    def __init__(self, theme: Theme, message: dict[str, Any], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self.message = theme, message
        self.is_user = message["role"] == "user"
        self._cards: dict[str, ApprovalCard] = {}
        self.setMaximumWidth(TEXT_WIDTH + 48)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(16, 8, 16, 8)
        self._layout.setSpacing(6)
        author = QLabel(tr("You") if self.is_user else tr("Deskhand"))
        author.setProperty("role", "author")
        self._layout.addWidget(author)
        self._thinking: QToolButton | None = None
        self._thoughts: MarkdownView | None = None
        self._is_withdrawn = self.has_offer = False
        self._steps = StepList(theme)
        self._layout.addWidget(self._steps)
        self._card_box = QVBoxLayout()
        self._layout.addLayout(self._card_box)
        self.body = MarkdownView(theme.colors)
        self.body.setAccessibleName(tr("Your message") if self.is_user else tr("Answer"))
        self._place_body()
        self._choices: Choices | None = None
        self._status = StatusLine()
        self._layout.addWidget(self._status)
        self._meta = WrappingLabel("", "muted")
        self._meta.hide()
        self._layout.addWidget(self._meta)
        self._actions: QWidget | None = None
        self.run: RunView | None = None  # that it shows
        theme.changed.connect(self._recolor)
        if message.get("text"):
            self.body.set_markdown(_as_typed(message["text"]) if self.is_user else message["text"])
        if self.is_user:
            self._make_actions(None)
        elif has_run(message):
            self.show_run(RunView.from_result(message["run_id"], {**message["data"], "answer": message["text"]}))

    def _place_body(self) -> None:
        if not self.is_user:
            self._layout.addWidget(self.body)
            return
        bubble = QFrame()
        bubble.setProperty("kind", "user")
        inner = QVBoxLayout(bubble)
        inner.setContentsMargins(12, 8, 12, 8)
        inner.addWidget(self.body)
        self._layout.addWidget(bubble)

    # -- a live run -------------------------------------------------------------------------------------------------

    def stream(self, kind: str, piece: str) -> None:
        """More text or thinking."""
        if kind == "reasoning_delta":
            self._show_thinking()
            assert self._thoughts is not None
            self._thoughts.append_stream(piece)
        else:
            if self._is_withdrawn:
                self.withdraw("")
            self.body.append_stream(piece)
            self.body.setVisible(bool(self.body.text))

    def withdraw(self, why: str) -> None:
        """The text that streamed is no answer. Where the whole answer comes at once it stays until then, so that nothing jumps."""
        self._is_withdrawn = why == "whole"
        if why == "thinking" and self.body.text:
            self.stream("reasoning_delta", self.body.text)
        if not self._is_withdrawn:
            self.body.set_markdown("")
            self.body.hide()

    def show_status(self, view: RunView) -> None:
        """Only how it stands: nothing else has changed."""
        self._status.show_run(view)

    def _show_thinking(self) -> None:
        if self._thinking is not None:
            return
        self._thinking = QToolButton()
        self._thinking.setText(tr("Thinking"))
        self._thinking.setProperty("kind", "flat")
        keep_keyboard(self._thinking)
        self._thinking.setCheckable(True)
        self._thinking.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._thinking.setIcon(icon("open", self._theme.colors.muted, 16))
        self._thinking.setAccessibleName(tr("Show the model's thinking"))
        self._thoughts = MarkdownView(self._theme.colors)
        self._thoughts.setAccessibleName(tr("Thinking"))
        self._thoughts.setVisible(False)
        self._thinking.toggled.connect(self._thoughts.setVisible)
        self._thinking.toggled.connect(lambda on: self._thinking.setIcon(icon("down" if on else "open", self._theme.colors.muted, 16)) if self._thinking else None)
        self._layout.insertWidget(1, self._thinking, 0, Qt.AlignmentFlag.AlignLeft)
        self._layout.insertWidget(2, self._thoughts)

    def show_run(self, view: RunView) -> None:
        """Bring steps, questions, text and actions in step with the run."""
        self.run = view
        self._steps.show_run(view)
        self._show_cards(view)
        choices = list(view.question.get("choices") or ()) if view.status == "asked" else []
        text = without_choices(view.text, choices)
        if not view.busy and text != self.body.text:
            self.body.set_markdown(text)
        self.body.setVisible(bool(self.body.text))
        self._status.show_run(view)
        if not view.busy:
            self._show_choices(choices)
            self._meta.setText("\n".join(filter(None, (meta_text(view.result), reason(str(view.result.get("note") or ""))))))
            self._meta.setVisible(bool(self._meta.text()))
            self._make_actions(view)

    def _show_choices(self, choices: list[str]) -> None:
        if choices and self._choices is None:
            self._choices = Choices(choices)
            self._choices.chosen.connect(self.chosen)
            self._layout.insertWidget(self._layout.indexOf(self._status), self._choices)

    def offer_model(self, card: QWidget) -> None:
        """Put what can do it in the place below an answer that says that a bigger model is needed."""
        self._layout.insertWidget(self._layout.indexOf(self._status), card)
        self.has_offer = True

    def drop_choices(self) -> None:
        """The conversation went on: the question is answered."""
        if self._choices is not None:
            self._choices.hide()

    def _show_cards(self, view: RunView) -> None:
        gone, fresh = self._cards.keys() - view.approvals.keys(), [known for known in view.approvals if known not in self._cards]
        for approval_id in gone:
            self._drop_card(self._cards.pop(approval_id))
        for approval_id in fresh:
            card = self._cards[approval_id] = ApprovalCard(view.approvals[approval_id])
            card.decided.connect(self.decided)
            self._card_box.addWidget(card)
        for card in self._cards.values() if gone or fresh else ():
            card.wait()  # it may stand now where another one stood: a second click is not meant for it

    def open_card(self) -> ApprovalCard | None:
        """The newest question for consent that nobody has answered."""
        return next((card for card in reversed(self._cards.values()) if card.isEnabled()), None)

    def _drop_card(self, card: ApprovalCard) -> None:
        if card.isAncestorOf(self.focusWidget() or self):
            self.focus_lost.emit()
        card.hide()
        card.deleteLater()

    def _make_actions(self, view: RunView | None) -> None:
        if self._actions is not None:
            self._actions.deleteLater()
        self._actions = QWidget()
        row = FlowLayout(self._actions, spacing=2)
        entries = [("copy", tr("Copy"))]
        if view is None:
            entries.append(("edit", tr("Edit")))
        else:
            if view.result.get("undoable") and not view.undone:
                entries.insert(0, ("undo", tr("Undo")))
            if view.status in ("failed", "refused", "cancelled") and view.steps:
                entries.append(("resume", tr("Try again")))
            entries.append(("again", tr("Again")))
            if used := len(view.result.get("memories", ())):
                entries.append(("memory", tr("1 memory used") if used == 1 else tr("{n} memories used", n=used)))
        for name, text in entries:
            row.addWidget(self._button(name, text))
        self._siblings(row)
        self._layout.addWidget(self._actions)

    def _button(self, name: str, text: str) -> QPushButton:
        button = QPushButton(text)
        button.setProperty("kind", "flat")
        keep_keyboard(button)
        button.setIcon(icon({"resume": "again"}.get(name, name), self._theme.colors.muted, 16))
        button.setAccessibleName(text)
        button.clicked.connect(lambda: self._act(name))
        return button

    def _siblings(self, row: FlowLayout) -> None:
        """Other versions of the same message: a branch each."""
        siblings = [other for other in self.message.get("siblings", ()) if other]
        if len(siblings) < 2 or not self.is_user:
            return
        at = siblings.index(self.message["id"])
        label = QLabel(f"{at + 1} / {len(siblings)}")
        label.setProperty("role", "muted")
        for text, other, name in (("‹", at - 1, tr("Earlier version")), ("›", at + 1, tr("Later version"))):
            button = QPushButton(text)
            button.setProperty("kind", "flat")
            keep_keyboard(button)
            button.setAccessibleName(name)
            button.setEnabled(0 <= other < len(siblings))
            button.clicked.connect(lambda _=False, other=other: self.action.emit(f"sibling:{siblings[other]}", self.message))
            row.addWidget(button)
            if text == "‹":
                row.addWidget(label)

    def _act(self, name: str) -> None:
        if name == "copy":
            QGuiApplication.clipboard().setText(self.message.get("text") or self.body.text)
        else:
            self.action.emit(name, self.message)

    def announce(self) -> None:
        """Tell a screen reader that the answer is there."""
        event = QAccessibleEvent(self.body, QAccessible.Event.Alert)
        self.body.setAccessibleDescription(self.body.toPlainText()[:2000])
        QAccessible.updateAccessibility(event)

    def _recolor(self) -> None:
        self.body.set_colors(self._theme.colors)
        if self._thoughts is not None:
            self._thoughts.set_colors(self._theme.colors)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)


def _as_typed(text: str) -> str:
    """What a person typed is shown as typed: Markdown marks and formulas do nothing, line breaks stay."""
    return "".join(f"&#{ord(letter)};" if letter in "\\`*_{}[]<>()#+-.!|~$&" else "  \n" if letter == "\n" else letter for letter in text)


def meta_text(result: dict[str, Any]) -> str:
    """Who wrote the answer, how quickly, after what time and for how much; empty where no model did."""
    meta = result.get("meta")
    if not meta:
        return ""
    pace, first = meta.get("tokens_per_s"), meta.get("first_token_ms")
    parts = [
        str(meta["model"]),
        tr("on this machine") if meta.get("local") else "",
        tr("{n} tokens/s", n=f"{pace:.{0 if pace >= 10 else 1}f}") if pace else "",
        tr("first word after {time}", time=duration_text(first)) if first is not None else "",
        money_text(meta.get("cost_usd")),
    ]
    return " · ".join(filter(None, parts))


def has_run(message: dict[str, Any]) -> bool:
    """Whether an answer knows how it came about: with a plan or without."""
    data = message.get("data") or {}
    return bool(data.get("plan") or data.get("way") or data.get("route") or data.get("steps"))
