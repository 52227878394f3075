"""A run under way in the person's hands: pause and continue; the chosen step changed, left out, or done on another machine."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from app.desktop.text import tr
from app.desktop.viewmodels.run_view import RunView
from app.desktop.widgets.keyboard import keep_keyboard
from app.desktop.widgets.plain_label import plain
from app.desktop.widgets.plan_editor import PlanEditor

OPEN = ("waiting", "ready")


class RunSteering(QWidget):
    """``asked`` carries the method, the path and the body of what the API is asked. ``devices_wanted`` when a step was chosen, for :meth:`offer_devices`."""

    asked = Signal(str, str, object)
    devices_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view: RunView | None = None
        self._step: dict[str, Any] | None = None
        self._machines: list[str] = []
        self.pause, self.change, self.skip, self.place = (QPushButton() for _ in range(4))
        keep_keyboard(self.pause, self.change, self.skip, self.place)
        for button in (self.change, self.skip, self.place):
            button.setProperty("kind", "flat")
        self.pause.clicked.connect(self._hold)
        self.change.clicked.connect(self._edit)
        self.skip.clicked.connect(self._leave_out)
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self._offer)
        self.place.setMenu(self._menu)
        self._error = plain("", "bad")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for buttons in ((self.pause,), (self.change, self.skip, self.place)):
            row = QHBoxLayout()
            row.setSpacing(2)
            for button in buttons:
                row.addWidget(button)
            row.addStretch(1)
            layout.addLayout(row)
        layout.addWidget(self._error)
        self.show_run(None)

    def show_run(self, view: RunView | None) -> None:
        """Offer what can be done now; nothing where the run is over."""
        if view is None or self._view is None or view.run_id != self._view.run_id:
            self._step = None
            self._error.hide()
        self._view = view
        live = view is not None and view.busy and bool(view.steps)
        self.setVisible(live)
        if view is None or not live:
            return
        self.pause.setText(tr("Continue") if view.held else tr("Pause"))
        self.pause.setToolTip(tr("Go on with the next step") if view.held else tr("Begin no further step; what is under way is finished"))
        self._show_buttons()

    def choose(self, step: dict[str, Any] | None) -> None:
        """The step that the other buttons are about."""
        self._step = step
        self._show_buttons()
        self.devices_wanted.emit()

    def tell(self, message: str) -> None:
        """What could not be done."""
        self._error.setText(message)
        self._error.setVisible(bool(message))

    def offer_devices(self, names: list[str]) -> None:
        """The machines to choose from, besides this one."""
        self._machines = names
        self._show_buttons()

    def _ask(self, method: str, what: str, body: dict[str, Any]) -> None:
        if self._view is not None:
            self.tell("")
            self.asked.emit(method, f"/api/runs/{self._view.run_id}/{what}", body)

    def _show_buttons(self) -> None:
        open_ = self._step is not None and self._view is not None and self._view.states.get(self._step["id"], {}).get("status", "waiting") in OPEN
        for button, text in ((self.change, tr("Change …")), (self.skip, tr("Leave out")), (self.place, tr("Do it on"))):
            button.setText(text)
            button.setAccessibleName(f"{text}: {self._step['tool']}" if self._step else text)
            button.setVisible(open_)
        self.place.setVisible(open_ and bool(self._machines))

    def _offer(self) -> None:
        self._menu.clear()
        for name in ("here", *self._machines):
            self._menu.addAction(tr("this machine") if name == "here" else name).triggered.connect(lambda _=False, name=name: self._put(name))

    def _put(self, device: str) -> None:
        if self._step is not None:
            self._ask("POST", f"steps/{self._step['id']}/place", {"device": device})

    def _leave_out(self) -> None:
        if self._step is not None:
            self._ask("POST", f"steps/{self._step['id']}/skip", {})

    def _hold(self) -> None:
        if self._view is not None:
            self._ask("POST", "hold", {"held": not self._view.held})

    def _edit(self) -> None:
        if self._step is None:
            return
        dialog = StepDialog(self._step, self)
        dialog.accepted.connect(lambda: self._ask("PATCH", f"steps/{dialog.step()['id']}", {"args": dialog.step()["args"]}))
        dialog.open()


class StepDialog(QDialog):
    """The arguments of one step."""

    def __init__(self, step: dict[str, Any], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Change a step"))
        self.setMinimumWidth(460)
        self._editor = PlanEditor([step])
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self._editor)
        layout.addWidget(buttons)

    def step(self) -> dict[str, Any]:
        """The step as it stands."""
        return self._editor.steps()[0]
