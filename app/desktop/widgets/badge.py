"""One step as one line that a person would say; it opens to arguments and result."""

from __future__ import annotations

import json
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from app.desktop.icons import icon
from app.desktop.step_words import describe_step
from app.desktop.text import duration_text, tr
from app.desktop.theme import Theme
from app.desktop.widgets.narrow_buttons import LineButton


class ToolBadge(QWidget):
    """Shows one step of a run; the details are made when it is first opened."""

    def __init__(self, theme: Theme, step: dict[str, Any], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._step = theme, step
        self._state: dict[str, Any] = {"status": "waiting"}
        self._button = LineButton()
        self._button.setProperty("kind", "badge")
        self._button.setCheckable(True)
        self._button.clicked.connect(self._toggle)
        self._details: QPlainTextEdit | None = None
        self._layout = layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self._button, 0, Qt.AlignmentFlag.AlignLeft)
        theme.changed.connect(self._show)
        self._show()

    def set_state(self, state: dict[str, Any]) -> None:
        """Another state of the step."""
        self._state = {**self._state, **state}
        self._show()

    @property
    def is_over_and_well(self) -> bool:
        """Whether nobody has to look at it any more."""
        return self._state.get("status") in ("done", "skipped")

    def _show(self) -> None:
        status = self._state.get("status", "waiting")
        spent = duration_text(self._state["ms"]) if self._state.get("ms") else ""
        error = (self._state.get("error") or {}).get("message", "")
        device = self._state.get("device") or self._step.get("device") or "here"
        told = [f"{self._state['share']:.0%}" if self._state.get("share") is not None else "", self._state.get("told", "")[:60]] if status == "running" else []
        spent = spent or " ".join(filter(None, told))
        title = describe_step(self._step, status) + ("" if device == "here" else f" · {device}")
        title += f" · {tr('waits for you')}" if status == "parked" else ""
        self._button.set_line(f"{title}   {spent}{'  ' + error[:90] if error else ''}".rstrip())
        self._button.setToolTip(self._step["tool"])
        self._button.setIcon(
            icon(status if status in ("done", "failed", "running", "blocked", "skipped", "parked", "cancelled") else "waiting", self._theme.state_color(status), 16)
        )
        self._button.setIconSize(QSize(16, 16))
        self._button.setAccessibleName(tr("{tool}: {status}. Opens details", tool=title, status=tr(status)))
        if self._details is not None:
            self._details.setPlainText(self._text())

    def _toggle(self, opened: bool) -> None:
        if self._details is None:
            self._details = QPlainTextEdit()
            self._details.setReadOnly(True)
            self._details.setAccessibleName(tr("Arguments and result"))
            self._details.setTabChangesFocus(True)
            self._layout.addWidget(self._details)
        self._details.setPlainText(self._text())
        self._details.setFixedHeight(min(220, 20 + self._details.fontMetrics().lineSpacing() * (self._details.blockCount() + 1)))
        self._details.setVisible(opened)

    def _text(self) -> str:
        parts = [json.dumps(self._step.get("args", {}), ensure_ascii=False, indent=2)]
        if self._state.get("text"):
            parts.append(f"{tr('Result')}:\n{self._state['text'][:4000]}")
        if error := self._state.get("error"):
            parts.append(f"{tr('Error')}: {error.get('message', '')}")
        checked = tr("checked") if self._state.get("verified") else ""
        attempts = tr("{n} attempts", n=self._state["attempts"]) if self._state.get("attempts", 1) > 1 else ""
        return "\n\n".join([*parts, *filter(None, (checked, attempts))])
