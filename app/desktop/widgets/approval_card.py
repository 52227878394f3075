"""A question for consent, where it arises: what exactly, why, from whose words; answered with Y, C, A or N."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from app.desktop.text import tr

_KEYS = {Qt.Key.Key_Y: "once", Qt.Key.Key_C: "conversation", Qt.Key.Key_A: "always", Qt.Key.Key_N: "no"}


class ApprovalCard(QFrame):
    """``decided`` carries the approval's id and the answer."""

    decided = Signal(str, str)

    def __init__(self, approval: dict[str, Any], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "approval")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.approval_id = approval.get("approval") or approval["id"]
        plan = approval.get("kind") == "plan"
        grantable = approval.get("grantable", True) and not plan
        title = tr("Shall I follow this plan?") if plan else tr("May I use {tool}?", tool=approval.get("tool", ""))
        self.setAccessibleName(f"{title} {approval.get('why', '')}")
        heading = QLabel(title)
        heading.setProperty("role", "heading")
        why = QLabel(tr("Why I ask: {why}.", why=approval.get("why", "")) + (" " + tr("Part of it comes from outside this conversation.") if approval.get("tainted") else ""))
        why.setProperty("role", "muted")
        why.setWordWrap(True)
        preview = QPlainTextEdit(approval.get("preview", ""))
        preview.setReadOnly(True)
        preview.setTabChangesFocus(True)
        preview.setAccessibleName(tr("What would be done"))
        preview.setFixedHeight(min(240, 30 + preview.fontMetrics().lineSpacing() * max(1, preview.blockCount())))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 12, 14, 12)
        for widget in (heading, why, preview):
            layout.addWidget(widget)
        row = QHBoxLayout()
        answers = [("once", tr("Yes, once (Y)")), ("conversation", tr("For this conversation (C)")), ("always", tr("Always (A)")), ("no", tr("No (N)"))]
        for answer, text in answers:
            if answer in ("conversation", "always") and not grantable:
                continue
            button = QPushButton(text)
            button.setAccessibleName(text)
            if answer == "once":
                button.setProperty("kind", "primary")
            button.clicked.connect(lambda _=False, answer=answer: self._decide(answer))
            row.addWidget(button)
        row.addStretch(1)
        layout.addLayout(row)
        self._grantable = grantable

    def keyPressEvent(self, event: Any) -> None:
        answer = _KEYS.get(event.key())
        if answer and not event.modifiers() and (self._grantable or answer in ("once", "no")):
            self._decide(answer)
        else:
            super().keyPressEvent(event)

    def _decide(self, answer: str) -> None:
        self.setEnabled(False)
        self.decided.emit(self.approval_id, answer)
