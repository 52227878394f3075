"""A run under way in the person's hands: paused, a step changed and one left out, by keys and clicks against a real core."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QLineEdit

from app.desktop.widgets.run_steering import StepDialog
from app.desktop.window import MainWindow
from tests.helpers.processes import CoreProcess, use_server
from tests.helpers.scripted_server import ScriptedServer

PLAN = {
    "steps": [
        {"id": "s1", "tool": "shell.run", "args": {"argv": ["sh", "gate.sh"]}, "needs": []},
        {"id": "s2", "tool": "files.write", "args": {"path": "a.txt", "text": "one"}, "needs": ["s1"]},
        {"id": "s3", "tool": "files.write", "args": {"path": "b.txt", "text": "two"}, "needs": ["s1"]},
    ]
}


def test_paused_changed_left_out_and_continued(window: MainWindow, core: CoreProcess, workspace: Path, follow_plan: Callable[[], None], qtbot: Any) -> None:
    server = ScriptedServer({"planner": PLAN, "reviewer": {"score": 0.95, "issues": [], "suggestions": []}, "answer": "Done."}).start()
    (workspace / "gate.sh").write_text("until test -f go; do sleep 0.02; done\n")
    try:
        use_server(core.client, server.url)
        qtbot.keyClicks(window.chat.composer.editor, "plan this first: write a.txt and b.txt when go is there")
        qtbot.keyClick(window.chat.composer.editor, Qt.Key.Key_Return)
        follow_plan()
        steering, graph = window.inspector.steering, window.inspector._graph
        qtbot.waitUntil(lambda: graph._states.get("s1", {}).get("status") == "parked", timeout=15_000)
        core.client.call("POST", f"/api/approvals/{core.client.call('GET', '/api/approvals')[0]['id']}", {"decision": "once"})
        qtbot.waitUntil(lambda: graph._states.get("s1", {}).get("status") == "running", timeout=15_000)
        assert steering.pause.text() == "Pause" and not steering.skip.isVisibleTo(steering)
        steering.pause.click()
        qtbot.waitUntil(lambda: steering.pause.text() == "Continue", timeout=5_000)
        assert "paused" in window.inspector._summary.text()
        (workspace / "go").touch()
        qtbot.waitUntil(lambda: graph._states["s1"].get("status") == "done", timeout=15_000)

        graph.select("s1")
        assert not steering.skip.isVisibleTo(steering), "what is over is not left out"
        graph.select("s3")
        assert steering.skip.isVisibleTo(steering) and steering.skip.accessibleName() == "Leave out: files.write"
        steering.skip.click()
        qtbot.waitUntil(lambda: graph._states.get("s3", {}).get("status") == "skipped", timeout=5_000)

        graph.select("s2")
        steering.change.click()
        dialog = next(found for found in QApplication.topLevelWidgets() if isinstance(found, StepDialog) and found.isVisible())
        field = next(field for field in dialog.findChildren(QLineEdit) if field.accessibleName() == "path of step 1")
        field.selectAll()
        qtbot.keyClicks(field, "../../etc/passwd")
        dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Save).click()
        qtbot.waitUntil(lambda: "passwd" in str(window.inspector._view.steps) or steering._error.isVisibleTo(steering), timeout=5_000)
        core.client.call("PATCH", f"/api/runs/{window.inspector._view.run_id}/steps/s2", {"args": {"path": "c.txt", "text": "three"}})
        qtbot.waitUntil(lambda: "c.txt" in graph._nodes["s2"].text(), timeout=5_000)
        steering.pause.click()
        qtbot.waitUntil(lambda: not window.chat.busy, timeout=15_000)
        assert (workspace / "c.txt").read_text() == "three" and not (workspace / "b.txt").exists()
        assert not steering.isVisibleTo(window.inspector), "a run that is over is not steered"
    finally:
        server.shutdown()
        server.server_close()
