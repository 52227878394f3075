"""A question for consent, where it arises: what exactly, why, from whose words; answered with a click, or with Ctrl+Enter once it was chosen."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QKeyEvent, QMouseEvent, QMoveEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from app.client.card_text import OUTSIDE, SOURCES, WHY, title_of
from app.desktop.reasons import reason
from app.desktop.text import tr
from app.desktop.widgets.consent import ConsentButton, FocusIntent, is_consent_key
from app.desktop.widgets.flow_layout import FlowLayout
from app.desktop.widgets.form_fields import FormFields
from app.desktop.widgets.plain_label import plain
from app.desktop.widgets.plan_editor import PlanEditor

MOST_SHOWN, PREVIEW_FRAME = 240, 34  # pixels of a preview; of them its border and padding
URL_LETTERS = 30  # on a button; the whole address stands above it


class ApprovalCard(QFrame):
    """``decided`` carries the approval's id and the answer: ``decision`` and, for a plan that was changed, its ``steps``.

    It never takes the focus, and no letter, Space or Enter decides: people go on typing while it appears.
    """

    decided = Signal(str, object)

    def __init__(self, approval: dict[str, Any], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "approval")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click is looked at first: see mousePressEvent
        self._editor: PlanEditor | None = None
        self._intent = FocusIntent(self)
        self._buttons: list[ConsentButton] = []
        self.approval_id = approval.get("approval") or approval["id"]
        plan = approval.get("kind") == "plan"
        form = approval.get("kind") == "form"
        self._fields = FormFields(approval.get("schema") or {}) if form else None
        grantable = approval.get("grantable", True) and not plan
        title = tr(title_of(approval), tool=approval.get("tool", ""))
        self.setAccessibleName(f"{title} {reason(str(approval.get('why', '')))}")
        heading = plain(title, "heading")
        why = plain(
            tr(WHY, why=reason(str(approval.get("why", "")))) + (" " + tr(OUTSIDE) if approval.get("tainted") and not approval.get("origins") else ""),
            "muted",
        )
        shown = self._plan_editor(approval) if plan else self._preview(approval)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 12, 14, 12)
        for widget in filter(None, (heading, why, self._origins(approval.get("origins") or []), shown, self._fields)):
            layout.addWidget(widget)
        if approval.get("url"):
            layout.addWidget(plain(approval["url"], "muted"))
            layout.addWidget(self._page_button(approval["url"]), alignment=Qt.AlignmentFlag.AlignLeft)
        layout.addLayout(self._answers(grantable, plan))
        layout.addWidget(plain(tr("Click, or come here with Shift+Tab: Ctrl+Enter says yes, Tab leads to the other answers."), "muted"))
        if self._fields is not None:
            self._fields.changed.connect(self._on_filled)
            self._on_filled()

    def _origins(self, found: list[str]) -> QLabel | None:
        """Where the words from outside came from."""
        if not found:
            return None
        return plain(tr(SOURCES, sources="; ".join(reason(one) for one in found)), "warn")

    def _preview(self, approval: dict[str, Any]) -> QWidget:
        preview = _Preview(approval.get("preview", ""))
        preview.setAccessibleName(tr("What would be done"))
        return preview

    def _page_button(self, url: str) -> ConsentButton:
        button = ConsentButton(tr("Open {url}", url=url if len(url) <= URL_LETTERS else url[: URL_LETTERS - 1] + "…"), self._intent)
        self._buttons.append(button)
        button.clicked.connect(lambda: QDesktopServices.openUrl(QUrl(url)))
        return button

    def _on_filled(self) -> None:
        problem = self._fields.problem() if self._fields else ""
        self._yes.allow(not problem)
        self._yes.setToolTip(problem)

    def _plan_editor(self, approval: dict[str, Any]) -> QWidget:
        self._editor = PlanEditor(approval.get("plan", {}).get("steps", []))
        self._editor.changed.connect(self._on_changed)
        return self._editor

    def _answers(self, grantable: bool, plan: bool) -> FlowLayout:
        row = FlowLayout()
        yes = tr("Follow this plan") if plan else tr("Send") if self._fields is not None else tr("Yes, once")
        for answer, text in (("once", yes), ("conversation", tr("For this conversation")), ("always", tr("Always")), ("no", tr("No"))):
            if answer in ("conversation", "always") and not grantable:
                continue
            button = ConsentButton(text, self._intent)
            if answer == "once":
                button.setProperty("kind", "primary")
                self._yes = button
            button.clicked.connect(lambda _=False, answer=answer: self._decide(answer))
            self._buttons.append(button)
            row.addWidget(button)
        return row

    def _on_changed(self) -> None:
        assert self._editor is not None
        self._yes.set_label(tr("Follow the changed plan") if self._editor.is_changed else tr("Follow this plan"))

    def wait(self) -> None:
        """Be deaf for a second: what is under the pointer now was not there a moment ago."""
        for button in self._buttons:
            button.wait()

    def moveEvent(self, event: QMoveEvent) -> None:
        super().moveEvent(event)
        self.wait()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self.wait()  # the buttons may stand in other lines now

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click beside the buttons chooses the card; one on a button, deaf or not, leaves the keyboard where it is."""
        if not isinstance(self.childAt(event.position().toPoint()), QAbstractButton):
            self.setFocus(Qt.FocusReason.MouseFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if is_consent_key(event) and self._intent.on_purpose:
            self._yes.click()
        else:
            super().keyPressEvent(event)

    def _decide(self, answer: str) -> None:
        if answer == "once" and self._fields is not None and self._fields.problem():
            return
        self.setEnabled(False)
        filled = {"content": self._fields.values()} if self._fields is not None and answer == "once" else {}
        changed = self._editor is not None and answer == "once" and self._editor.is_changed
        self.decided.emit(self.approval_id, {"decision": answer} | ({"steps": self._editor.steps()} if changed and self._editor else {}) | filled)


class _Preview(QPlainTextEdit):
    """As high as its lines are as they wrap, up to a limit: what is asked about is seen whole."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.document().documentLayout().documentSizeChanged.connect(lambda _: self._fit())
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        lines = max(1, int(self.document().size().height()))
        self.setFixedHeight(min(MOST_SHOWN, PREVIEW_FRAME + self.fontMetrics().lineSpacing() * lines))
