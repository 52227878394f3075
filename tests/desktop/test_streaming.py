"""From a token on the wire to the letters in the window: a slow server of OpenAI's kind, the real core, the real window."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from typing import Any

import pytest
from PySide6.QtCore import Qt

from app.desktop.window import MainWindow
from tests.helpers.processes import CoreProcess, use_server
from tests.helpers.stream_handler import StreamHandler

EVERY_S = 0.04  # a token of a fast model
WORDS = [f" {word}" for word in ["glad", "to", "hear", "from", "you", "my", "dear", "friend", "of", "quiet", "mornings", "and", "long", "evenings"]] * 4
SOON_S = 0.1


class SlowServer(ThreadingHTTPServer):
    """Says :data:`WORDS` to every request, a word each :data:`EVERY_S`, and keeps when each was sent (the steady clock's second)."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.sent: list[float] = []

    def handle_error(self, request: Any, client_address: Any) -> None:
        return


class _Handler(StreamHandler):
    server: SlowServer

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.begin_stream()
        self.server.sent.clear()
        time.sleep(0.3)  # it thinks
        for word in WORDS:
            self.server.sent.append(time.monotonic())
            self.send_event({"content": word}, None)
            time.sleep(EVERY_S)
        self.end_stream()


@pytest.fixture
def slow() -> Iterator[SlowServer]:
    server = SlowServer()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


class Watch:
    """Looks at the last message while a run goes on: when which words were there, and what the line below them said."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self.seen: list[tuple[float, int]] = []
        self.phases: list[str] = []

    def look(self) -> bool:
        views = self._window.chat._views
        if views and not views[-1].is_user:
            count = len(views[-1].body.toPlainText().split())
            if count > (self.seen[-1][1] if self.seen else 0):
                self.seen.append((time.monotonic(), count))
            if (said := views[-1]._status.text()) and said not in self.phases:
                self.phases.append(said)
        return bool(self.seen) and not self._window.chat.busy

    def lateness(self, sent: list[float]) -> list[float]:
        """Seconds from the sending of each word to the first picture with it."""
        return [next(at for at, count in self.seen if count > number) - then for number, then in enumerate(sent)]


def test_words_are_in_the_window_within_a_tenth_of_a_second(window: MainWindow, core: CoreProcess, slow: SlowServer, qtbot: Any) -> None:
    """The best of three answers counts: other programs on the machine delay one now and then."""
    use_server(core.client, f"http://127.0.0.1:{slow.server_port}/v1")
    first, typical, found = [], [], Watch(window)
    for _ in range(3):
        found = Watch(window)
        window.open_conversation("")
        qtbot.keyClicks(window.chat.composer.editor, "Hello there, my friend!")
        qtbot.keyClick(window.chat.composer.editor, Qt.Key.Key_Return)
        qtbot.waitUntil(found.look, timeout=30_000)
        late = found.lateness(slow.sent)
        first.append(late[0])
        typical.append(sorted(late)[len(late) * 9 // 10])
        print(f"first word after {late[0] * 1000:.0f} ms, nine of ten within {typical[-1] * 1000:.0f} ms, {len(found.seen)} pictures; {found.phases}")
        if first[-1] < SOON_S and typical[-1] < SOON_S:
            break
    assert min(first) < SOON_S and min(typical) < SOON_S
    assert len(found.seen) > len(WORDS) / 4, "it grows word by word"
    assert any(phase.startswith("Waiting for the model · ") for phase in found.phases)


def test_what_was_shown_stays_when_one_stops_in_mid_answer(window: MainWindow, core: CoreProcess, slow: SlowServer, qtbot: Any) -> None:
    use_server(core.client, f"http://127.0.0.1:{slow.server_port}/v1")
    qtbot.keyClicks(window.chat.composer.editor, "Hello there, my friend!")
    qtbot.keyClick(window.chat.composer.editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(window.chat._views) and "my dear friend" in window.chat._views[-1].body.toPlainText(), timeout=15_000)
    shown = window.chat._views[-1].body.toPlainText()
    qtbot.mouseClick(window.chat.composer._stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.chat.busy, timeout=15_000)
    said = window.chat._views[-1].body.toPlainText().strip()
    assert said.startswith(shown.strip()) and said.endswith("Stopped."), said
    window.open_conversation(window.chat.conversation_id)
    qtbot.waitUntil(lambda: len(window.chat._views) == 2 and window.chat._views[-1].body.toPlainText().strip() == said, timeout=10_000)
