"""Where one types: grows with the text, takes dropped files, recalls the last prompt, suggests after ``/``, ``@`` and ``$``, sends with Enter."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from app.desktop.icons import icon
from app.desktop.text import tr
from app.desktop.theme import Theme
from app.desktop.widgets.keyboard import keep_keyboard
from app.desktop.widgets.plain_label import ElidedLabel
from app.desktop.widgets.queue_list import QueueList
from app.desktop.widgets.suggestions import Offer, Source, Suggestions

MAX_LINES = 10
_MARK = re.compile(r"(?:^|(?<=\s))([/@$])([^\s@]*)$")


class Composer(QFrame):
    """``sent`` carries a text; with ``now`` it goes before what is queued. ``stopped`` asks to stop.

    ``sources`` give suggestions by mark; ``commands`` are what ``/name`` does instead of being sent.
    """

    sent = Signal(str, bool)
    stopped = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("composer")
        self._theme, self._last, self._busy = theme, "", False
        self.sources: dict[str, Source] = {}
        self.commands: dict[str, Callable[[], Any]] = {}
        self.suggestions = Suggestions(self)
        self.suggestions.taken.connect(self._complete)
        self.editor = _Editor(self, self.suggestions)
        self.editor.submitted.connect(self._send)
        self.editor.recalled.connect(self._recall)
        self.editor.focused.connect(self._on_focus)
        self.editor.textChanged.connect(self._refresh)
        self.editor.textChanged.connect(self._suggest)
        self._hint = ElidedLabel()
        self.queue = QueueList()
        self._stop = QPushButton(tr("Stop"))
        self._stop.setAccessibleName(tr("Stop the run"))
        self._stop.clicked.connect(self.stopped)
        self._send_button = QPushButton(tr("Send"))
        self._send_button.setProperty("kind", "primary")
        self._send_button.setAccessibleName(tr("Send the request"))
        self._send_button.clicked.connect(lambda: self._send(False))
        keep_keyboard(self._stop, self._send_button)
        row = QHBoxLayout()
        row.addWidget(self._hint, 1)
        row.addWidget(self._stop)
        row.addWidget(self._send_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 8, 8)
        layout.setSpacing(4)
        layout.addWidget(self.queue)
        layout.addWidget(self.suggestions)
        layout.addWidget(self.editor)
        layout.addLayout(row)
        self._has_icons = False
        theme.changed.connect(self.show_icons)
        self.set_busy(False)

    def set_busy(self, busy: bool, queued: Sequence[str] = (), *, is_asked: bool = False, is_ready: bool = True) -> None:
        """While a run goes on, sending queues; ``is_asked`` while it waits for consent, which nothing that is typed gives or takes; not ``is_ready``: nothing can be sent yet."""
        self._busy = busy
        self._stop.setVisible(busy)
        self._send_button.setText(tr("Queue") if busy else tr("Send"))
        self.queue.show_texts(queued)
        hint = tr("Shift+Tab leads to the question · Enter queues") if is_asked else tr("Enter queues · Ctrl+Enter sends now")
        hint += f" · {tr('{n} waiting', n=len(queued))}" if queued else ""
        idle = tr("Enter sends · Shift+Enter new line · drop files here") if is_ready or not queued else tr("Starting: this goes out as soon as it can")
        self._hint.setText(hint if busy else idle)
        self._refresh()

    def set_text(self, text: str) -> None:
        """Put a text in and the cursor at its end."""
        self.editor.setPlainText(text)
        self.editor.moveCursor(QTextCursor.MoveOperation.End)
        self.editor.setFocus()

    def _send(self, now: bool) -> None:
        text = self.editor.toPlainText().strip()
        if not text:
            return
        self._last = text
        self.editor.clear()
        if text.startswith("/") and text[1:] in self.commands:
            self.commands[text[1:]]()
        else:
            self.sent.emit(text, now)

    def _typed(self) -> re.Match[str] | None:
        """The mark and letters just before the cursor; a stroke counts only at the very beginning."""
        cursor = self.editor.textCursor()
        before = cursor.block().text()[: cursor.positionInBlock()]
        found = _MARK.search(before)
        return None if not found or (found[1] == "/" and (found.start(1) or cursor.blockNumber())) else found

    def _suggest(self) -> None:
        found = self._typed()
        source = self.sources.get(found[1]) if found else None
        if found is None or source is None:
            self.suggestions.hide()
            return
        wanted = found[2]

        def show(offers: list[Offer]) -> None:
            now = self._typed()
            if now and now[2] == wanted:  # an answer that comes late is about other letters
                self.suggestions.offer(offers)

        source(wanted, show)

    def _complete(self, text: str) -> None:
        found = self._typed()
        if found:
            cursor = self.editor.textCursor()
            cursor.movePosition(QTextCursor.MoveOperation.Left, QTextCursor.MoveMode.KeepAnchor, len(found[0]))
            cursor.insertText(text if text.startswith("/") else text + " ")
            self.editor.setTextCursor(cursor)
            self.suggestions.hide()

    def _recall(self) -> None:
        if self._last:
            self.set_text(self._last)

    def _refresh(self) -> None:
        ready = bool(self.editor.toPlainText().strip())
        self._send_button.setEnabled(ready)
        if self._has_icons:
            self._send_button.setIcon(icon("send", self._theme.colors.on_accent if ready else self._theme.colors.muted))

    def _on_focus(self, focused: bool) -> None:
        self.setProperty("focused", "true" if focused else "false")
        self.style().unpolish(self)
        self.style().polish(self)

    def show_icons(self) -> None:
        """Draw the icons; the window asks for it once it is painted."""
        self._has_icons = True
        self._stop.setIcon(icon("stop", self._theme.colors.bad))
        self._refresh()


class _Editor(QPlainTextEdit):
    submitted = Signal(bool)
    recalled = Signal()
    focused = Signal(bool)

    def __init__(self, parent: QWidget, suggestions: Suggestions) -> None:
        super().__init__(parent)
        self._suggestions = suggestions
        self.setPlaceholderText(tr("Ask, or say what to do; / commands, @ files and devices, $ skills"))
        self.setAccessibleName(tr("Request"))
        self.setTabChangesFocus(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.document().documentLayout().documentSizeChanged.connect(lambda _: self._fit())
        self._fit()

    def keyPressEvent(self, event: Any) -> None:
        if not event.modifiers() and self._suggestions.key(event.key()):
            return
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.submitted.emit(bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))
        elif event.key() == Qt.Key.Key_Up and not self.toPlainText():
            self.recalled.emit()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Tab and self._suggestions.key(event.key()):  # type: ignore[attr-defined]
            return True  # before Tab goes on to the next control
        if event.type() == QEvent.Type.ShortcutOverride and self._suggestions.isVisible() and event.key() == Qt.Key.Key_Escape:  # type: ignore[attr-defined]
            event.accept()  # Escape closes the list before anything behind it
            return True
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.focused.emit(event.type() == QEvent.Type.FocusIn)
        return super().event(event)

    def insertFromMimeData(self, source: Any) -> None:
        """Dropped files become their paths, quoted."""
        if source.hasUrls() and (paths := [url.toLocalFile() for url in source.urls() if url.isLocalFile()]):
            self.insertPlainText(" ".join(f'"{path}"' for path in paths) + " ")
        else:
            self.insertPlainText(source.text())

    def canInsertFromMimeData(self, source: Any) -> bool:
        return bool(source.hasUrls() or source.hasText())

    def sizeHint(self) -> QSize:
        return QSize(400, self.height())

    def _fit(self) -> None:
        lines = max(1, min(MAX_LINES, int(self.document().size().height())))
        self.setFixedHeight(self.fontMetrics().lineSpacing() * lines + 14)
