"""The window beside a bare PySide6 window of the same size: time until usable; and how long typing waits while text streams in.

Each start is a process of its own. ``usable`` means shown, painted once, and the editor takes a key.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.run import table
from tests.helpers.processes import ROOT, CoreProcess

BARE = """
import sys, time
began = time.perf_counter()
from PySide6.QtWidgets import QApplication, QMainWindow, QPlainTextEdit
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
app = QApplication([]); window = QMainWindow(); edit = QPlainTextEdit(); window.setCentralWidget(edit); window.resize(1180, 760); window.show()
app.processEvents(); window.grab(); QTest.keyClick(edit, 'x'); assert edit.toPlainText() == 'x'
print((time.perf_counter() - began) * 1000)
"""
OURS = """
import sys, time
began = time.perf_counter()
from app.desktop.main import make_application, make_window
from core.home import Home
app = make_application(['x']); window = make_window(app, Home.default()); window.show()
from PySide6.QtTest import QTest
app.processEvents(); window.grab(); QTest.keyClick(window.chat.composer.editor, 'x'); assert window.chat.composer.editor.toPlainText() == 'x'
print((time.perf_counter() - began) * 1000)
window.close()
"""
TYPING = """
import time
from PySide6.QtCore import QTimer, Qt
from PySide6.QtTest import QTest
from app.desktop.main import make_application, make_window
from app.desktop.viewmodels.run_view import RunView
from core.home import Home
app = make_application(['x']); window = make_window(app, Home.default()); window.show()
chat = window.chat; chat._welcome.hide(); chat._runs['r'] = RunView('r'); chat._live_widget('r'); seq = [10**9]
def token():
    seq[0] += 1
    text = 'word ' if seq[0] % 60 else '\\n\\n'
    connection = window._connection
    connection._on_message('{"seq": %d, "type": "text_delta", "run_id": "r", "at": "", "data": {"text": "%s", "purpose": "answer"}}' % (seq[0], text.replace('\\n', '\\\\n')))
tokens = QTimer(); tokens.setTimerType(Qt.TimerType.PreciseTimer); tokens.setInterval(10); tokens.timeout.connect(token)
waits = []; due = [time.perf_counter() + 0.05]
def key():
    began = due[0]; QTest.keyClick(chat.composer.editor, 'x'); waits.append((time.perf_counter() - began) * 1000); due[0] = time.perf_counter() + 0.05
    if len(waits) >= 200: app.quit()
    else: QTimer.singleShot(50, key)
def begin():
    due[0] = time.perf_counter() + 0.05; tokens.start(); QTimer.singleShot(50, key)
QTimer.singleShot(1500, begin)
app.exec(); waits.sort()
print(waits[len(waits) // 2], waits[int(len(waits) * .99)], waits[-1])
window.close()
"""


def _run(script: str, environment: dict[str, str]) -> list[float]:
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return [float(number) for number in done.stdout.split()[-3:]]


def main() -> None:
    """Print the tables."""
    with tempfile.TemporaryDirectory() as folder, CoreProcess(Path(folder) / "home") as core:
        environment = {**os.environ, "DESKHAND_HOME": str(core.home.root), "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")}
        _run(BARE, environment), _run(OURS, environment)
        bare = statistics.median(_run(BARE, environment)[-1] for _ in range(7))
        ours = statistics.median(_run(OURS, environment)[-1] for _ in range(7))
        table([("until usable", "ms", "ratio"), ("bare PySide6 window", f"{bare:.0f}", "1.00"), ("deskhand", f"{ours:.0f}", f"{ours / bare:.2f}")])
        middle, high, worst = _run(TYPING, environment)
        print()
        table([("a key while 100 tokens/s stream in", "ms"), ("median", f"{middle:.1f}"), ("99 %", f"{high:.1f}"), ("worst of 200", f"{worst:.1f}")])
