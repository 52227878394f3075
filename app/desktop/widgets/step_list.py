"""The steps of a run under way, a line each; of many only the last ones, the others behind a line that opens."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from app.desktop.text import tr
from app.desktop.theme import Theme
from app.desktop.viewmodels.run_view import RunView
from app.desktop.widgets.badge import ToolBadge
from app.desktop.widgets.keyboard import keep_keyboard

MOST = 6  # lines that are shown of steps that went well


class StepList(QWidget):
    """Shows steps once they have begun. One that failed or waits for somebody stays in sight."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._badges: dict[str, ToolBadge] = {}
        self._earlier = QPushButton()
        keep_keyboard(self._earlier)
        self._earlier.setProperty("kind", "flat")
        self._earlier.setCheckable(True)
        self._earlier.toggled.connect(lambda _: self._fold())
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(4)
        self._layout.addWidget(self._earlier, 0, Qt.AlignmentFlag.AlignLeft)
        self._earlier.hide()
        self.hide()

    def show_run(self, view: RunView) -> None:
        """Bring the lines in step with the run."""
        for step_id in self._badges.keys() - {step["id"] for step in view.steps}:
            self._badges.pop(step_id).deleteLater()
        for step in view.steps:
            state = view.states.get(step["id"])
            if state is None and view.busy and step["id"] not in view.called and step["id"] not in self._badges:
                continue  # a plan that is only talked about
            badge = self._badges.get(step["id"]) or self._add(step)
            badge.set_state(state or {})
        self._fold()

    def _add(self, step: dict[str, object]) -> ToolBadge:
        badge = self._badges[str(step["id"])] = ToolBadge(self._theme, step)
        self._layout.addWidget(badge)
        return badge

    def _fold(self) -> None:
        badges = list(self._badges.values())
        folded = [badge for badge in badges[:-MOST] if badge.is_over_and_well]
        for badge in badges:
            badge.setVisible(badge not in folded or self._earlier.isChecked())
        self._earlier.setText(tr("1 earlier step") if len(folded) == 1 else tr("{n} earlier steps", n=len(folded)))
        self._earlier.setVisible(bool(folded))
        self.setVisible(bool(badges))
