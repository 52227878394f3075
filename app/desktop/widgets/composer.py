"""Where one types: grows with the text, takes dropped files, recalls the last prompt, sends with Enter."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from app.desktop.icons import icon
from app.desktop.text import tr
from app.desktop.theme import Theme

MAX_LINES = 10


class Composer(QFrame):
    """``sent`` carries a text; with ``now`` it goes before what is queued. ``stopped`` asks to stop."""

    sent = Signal(str, bool)
    stopped = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("composer")
        self._theme, self._last, self._busy = theme, "", False
        self.editor = _Editor(self)
        self.editor.submitted.connect(self._send)
        self.editor.recalled.connect(self._recall)
        self.editor.focused.connect(self._on_focus)
        self.editor.textChanged.connect(self._refresh)
        self._hint = QLabel(tr("Enter sends · Shift+Enter new line · drop files here"))
        self._hint.setProperty("role", "muted")
        self._stop = QPushButton(tr("Stop"))
        self._stop.setAccessibleName(tr("Stop the run"))
        self._stop.clicked.connect(self.stopped)
        self._send_button = QPushButton(tr("Send"))
        self._send_button.setProperty("kind", "primary")
        self._send_button.setAccessibleName(tr("Send the request"))
        self._send_button.clicked.connect(lambda: self._send(False))
        row = QHBoxLayout()
        row.addWidget(self._hint, 1)
        row.addWidget(self._stop)
        row.addWidget(self._send_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 8, 8)
        layout.setSpacing(4)
        layout.addWidget(self.editor)
        layout.addLayout(row)
        self._has_icons = False
        theme.changed.connect(self.show_icons)
        self.set_busy(False)

    def set_busy(self, busy: bool, queued: int = 0) -> None:
        """While a run goes on, sending queues."""
        self._busy = busy
        self._stop.setVisible(busy)
        self._send_button.setText(tr("Queue") if busy else tr("Send"))
        hint = tr("Enter queues · Ctrl+Enter sends now") + (f" · {tr('{n} waiting', n=queued)}" if queued else "")
        self._hint.setText(hint if busy else tr("Enter sends · Shift+Enter new line · drop files here"))
        self._refresh()

    def set_text(self, text: str) -> None:
        """Put a text in and the cursor at its end."""
        self.editor.setPlainText(text)
        self.editor.moveCursor(QTextCursor.MoveOperation.End)
        self.editor.setFocus()

    def _send(self, now: bool) -> None:
        text = self.editor.toPlainText().strip()
        if text:
            self._last = text
            self.editor.clear()
            self.sent.emit(text, now)

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

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setPlaceholderText(tr("Ask, or say what should be done"))
        self.setAccessibleName(tr("Request"))
        self.setTabChangesFocus(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.document().documentLayout().documentSizeChanged.connect(lambda _: self._fit())
        self._fit()

    def keyPressEvent(self, event: Any) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.submitted.emit(bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))
        elif event.key() == Qt.Key.Key_Up and not self.toPlainText():
            self.recalled.emit()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
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
