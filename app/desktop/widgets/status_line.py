"""One muted line: how a run stands, and what its model is busy with, with seconds that count."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from app.desktop.text import bytes_text, tr
from app.desktop.viewmodels.progress import Progress
from app.desktop.viewmodels.run_view import RunView
from app.desktop.widgets.plain_label import WrappingLabel

TICK_MS = 200


class StatusLine(WrappingLabel):
    """Says nothing where there is nothing to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", "muted", parent)
        self._view: RunView | None = None
        self._tick = QTimer(self, interval=TICK_MS)
        self._tick.timeout.connect(self._show)
        self.hide()

    def show_run(self, view: RunView) -> None:
        """Follow this run."""
        self._view = view
        self._show()

    def _show(self) -> None:
        view = self._view
        text = "" if view is None else status_text(view)
        if text != self.text():
            self.setText(text)
        self.setVisible(bool(text))
        if (view is not None and view.progress is not None) != self._tick.isActive():
            self._tick.stop() if self._tick.isActive() else self._tick.start()


def status_text(view: RunView) -> str:
    """How a run stands, in a person's words; empty for one that went well."""
    if view.undone:
        return tr("Undone: everything is back as it was")
    if view.busy and view.stuck:
        return tr("It stands still: {why} It goes on by itself.", why=view.stuck)
    if view.busy and view.progress is not None and not view.held:
        return phase_text(view.progress)
    texts = {
        "running": tr("Paused") if view.held else tr("Working …"),
        "parked": tr("Waiting for you"),
        "asked": tr("Waiting for your answer"),
        "failed": tr("Not everything worked"),
        "refused": tr("Not permitted"),
        "cancelled": tr("Stopped"),
    }
    text = texts.get(view.status, "")
    if view.busy and view.steps:
        done = sum(state.get("status") == "done" for state in view.states.values())
        text += f"  {done}/{len(view.steps)}"
    return text


STATUS_WORDS = {"parked": "waits for you", "asked": "waits for your answer"}


def status_word(status: str) -> str:
    """The state of a run in two or three words."""
    return tr(STATUS_WORDS.get(status, status))


def phase_text(progress: Progress) -> str:
    """What a model is busy with: Reading the request: 45 % · 3 s."""
    what = {
        "loading": tr("Loading {model} …", model=progress.model.rpartition("/")[2] or tr("the model")),
        "reading": tr("Reading the request"),
        "thinking": tr("Thinking"),
        "writing": tr("Writing"),
    }.get(progress.phase, tr("Waiting for the model"))
    if progress.phase == "fetching":
        what = _arrival_text(progress)
    if progress.phase == "reading" and progress.total > 0:
        what = tr("Reading the request: {n} %", n=min(100, progress.read * 100 // progress.total))
    return f"{what} · {int(progress.seconds)} s"


def _arrival_text(progress: Progress) -> str:
    """How far the model is that is waited for."""
    if progress.doing == "verifying":
        return tr("Checking {model}", model=progress.model)
    if progress.doing == "looking":
        return tr("Looking for a model that talks")
    what = tr("Waiting for the model that is on its way")
    return f"{what}: {tr('{done} of {whole}', done=bytes_text(progress.read), whole=bytes_text(progress.total))}" if progress.total > 0 else what
