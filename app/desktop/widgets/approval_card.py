"""A question for consent, where it arises: what exactly, why, from whose words; answered with Y, C, A or N."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from app.desktop.reasons import reason
from app.desktop.text import tr
from app.desktop.widgets.form_fields import FormFields
from app.desktop.widgets.plain_label import plain
from app.desktop.widgets.plan_editor import PlanEditor

_KEYS = {Qt.Key.Key_Y: "once", Qt.Key.Key_C: "conversation", Qt.Key.Key_A: "always", Qt.Key.Key_N: "no"}


class ApprovalCard(QFrame):
    """``decided`` carries the approval's id and the answer: ``decision`` and, for a plan that was changed, its ``steps``."""

    decided = Signal(str, object)

    def __init__(self, approval: dict[str, Any], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "approval")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._editor: PlanEditor | None = None
        self.approval_id = approval.get("approval") or approval["id"]
        plan = approval.get("kind") == "plan"
        form = approval.get("kind") == "form"
        self._fields = FormFields(approval.get("schema") or {}) if form else None
        grantable = approval.get("grantable", True) and not plan
        title = (
            tr("Shall I follow this plan?")
            if plan
            else tr("{tool} asks you something", tool=approval.get("tool", ""))
            if form
            else tr("May {tool} ask your model?", tool=approval.get("tool", ""))
            if approval.get("kind") == "sampling"
            else tr("May I use {tool}?", tool=approval.get("tool", ""))
        )
        self.setAccessibleName(f"{title} {reason(str(approval.get('why', '')))}")
        heading = plain(title, "heading")
        why = plain(
            tr("Why I ask: {why}.", why=reason(str(approval.get("why", ""))))
            + (" " + tr("Part of it comes from outside this conversation.") if approval.get("tainted") and not approval.get("origins") else ""),
            "muted",
        )
        shown = self._plan_editor(approval) if plan else self._preview(approval)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 12, 14, 12)
        for widget in filter(None, (heading, why, self._origins(approval.get("origins") or []), shown, self._fields)):
            layout.addWidget(widget)
        if approval.get("url"):
            layout.addWidget(self._page_button(approval["url"]), alignment=Qt.AlignmentFlag.AlignLeft)
        layout.addLayout(self._answers(grantable, plan))
        self._grantable = grantable
        if self._fields is not None:
            self._fields.changed.connect(self._on_filled)
            self._on_filled()

    def _origins(self, found: list[str]) -> QLabel | None:
        """Where the words from outside came from."""
        if not found:
            return None
        return plain(tr("It acts on words from: {sources}", sources="; ".join(reason(one) for one in found)), "warn")

    def _preview(self, approval: dict[str, Any]) -> QWidget:
        preview = QPlainTextEdit(approval.get("preview", ""))
        preview.setReadOnly(True)
        preview.setTabChangesFocus(True)
        preview.setAccessibleName(tr("What would be done"))
        preview.setFixedHeight(min(240, 30 + preview.fontMetrics().lineSpacing() * max(1, preview.blockCount())))
        return preview

    def _page_button(self, url: str) -> QPushButton:
        button = QPushButton(tr("Open {url}", url=url[:80]))
        button.clicked.connect(lambda: QDesktopServices.openUrl(QUrl(url)))
        return button

    def _on_filled(self) -> None:
        problem = self._fields.problem() if self._fields else ""
        self._yes.setEnabled(not problem)
        self._yes.setToolTip(problem)

    def _plan_editor(self, approval: dict[str, Any]) -> QWidget:
        self._editor = PlanEditor(approval.get("plan", {}).get("steps", []))
        self._editor.changed.connect(self._on_changed)
        return self._editor

    def _answers(self, grantable: bool, plan: bool) -> QHBoxLayout:
        row = QHBoxLayout()
        yes = tr("Follow this plan (Y)") if plan else tr("Send (Y)") if self._fields is not None else tr("Yes, once (Y)")
        for answer, text in (("once", yes), ("conversation", tr("For this conversation (C)")), ("always", tr("Always (A)")), ("no", tr("No (N)"))):
            if answer in ("conversation", "always") and not grantable:
                continue
            button = QPushButton(text)
            button.setAccessibleName(text)
            if answer == "once":
                button.setProperty("kind", "primary")
                self._yes = button
            button.clicked.connect(lambda _=False, answer=answer: self._decide(answer))
            row.addWidget(button)
        row.addStretch(1)
        return row

    def _on_changed(self) -> None:
        assert self._editor is not None
        text = tr("Follow the changed plan (Y)") if self._editor.is_changed else tr("Follow this plan (Y)")
        self._yes.setText(text)
        self._yes.setAccessibleName(text)

    def keyPressEvent(self, event: Any) -> None:
        answer = _KEYS.get(event.key())
        if answer and not event.modifiers() and (self._grantable or answer in ("once", "no")):
            self._decide(answer)
        else:
            super().keyPressEvent(event)

    def _decide(self, answer: str) -> None:
        if answer == "once" and self._fields is not None and self._fields.problem():
            return
        self.setEnabled(False)
        filled = {"content": self._fields.values()} if self._fields is not None and answer == "once" else {}
        changed = self._editor is not None and answer == "once" and self._editor.is_changed
        self.decided.emit(self.approval_id, {"decision": answer} | ({"steps": self._editor.steps()} if changed and self._editor else {}) | filled)
