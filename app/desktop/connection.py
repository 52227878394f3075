"""The desktop's line to the core: Qt's own HTTP and WebSocket classes, nothing else.

Starts the core if none runs, attaches if one does, comes back after a restart where it left off (``?after=``). A text delta is
handed on at once, those that follow it within 33 ms together; every other event flushes them first, so that order is kept.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QCoreApplication, QDir, QElapsedTimer, QEventLoop, QObject, QProcess, QProcessEnvironment, QTimer, QUrl, Signal

from app.service.lock import read_endpoint
from core.home import Home

ROOT = Path(__file__).resolve().parents[2]
DELTAS = ("text_delta", "reasoning_delta")
FRAME_MS = 33
LAST_MS = 500  # for what is still asked when the window closes
Done = Callable[[Any], None]
Failed = Callable[[dict[str, Any]], None]


class CoreConnection(QObject):
    """``event`` carries the contract's event objects; ``state_changed`` is ``starting``, ``connected`` or ``lost``."""

    event = Signal(object)  # type: ignore[assignment]  # a better name than QObject.event, which no one here overrides
    state_changed = Signal(str, str)

    def __init__(self, home: Home, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._home = home
        self.state = "starting"
        self._token, self._port, self.last_seq = "", 0, 0
        self._network: Any = None
        self._socket: Any = None
        self._said = Path(QDir.tempPath()) / f"deskhand-core-{os.getpid()}.txt"
        self._held: dict[str, Any] | None = None
        self._frame = QTimer(self, interval=FRAME_MS, singleShot=True)
        self._frame.timeout.connect(self._flush_frame)
        self._retry = QTimer(self, singleShot=True)
        self._retry.timeout.connect(self.open)
        self._attempts = self._open_requests = 0

    # -- opening ----------------------------------------------------------------------------------------------------

    def _make_line(self) -> None:
        """Qt's network classes load the TLS library when they are made (some 70 ms), so they are made when first needed."""
        from PySide6.QtNetwork import QNetworkAccessManager
        from PySide6.QtWebSockets import QWebSocket

        self._network = QNetworkAccessManager(self)
        self._socket = QWebSocket(parent=self)
        self._socket.textMessageReceived.connect(self._on_message)
        self._socket.connected.connect(self._on_connected)
        self._socket.disconnected.connect(self._on_lost)
        self._socket.errorOccurred.connect(lambda _: self._on_lost())

    def open(self) -> None:
        """Find or start the core, then connect; goes on trying by itself."""
        if self._socket is None:
            self._make_line()
        endpoint = read_endpoint(self._home.endpoint)
        if endpoint is None:
            self._start_core()
            self._retry.start(50 if self._attempts < 200 else 2000)
            self._attempts += 1
            return
        self._port, self._token = int(endpoint["port"]), self._home.token.read_text(encoding="ascii").strip()
        from PySide6.QtNetwork import QNetworkRequest

        request = QNetworkRequest(QUrl(f"ws://127.0.0.1:{self._port}/api/events" + (f"?after={self.last_seq}" if self.last_seq else "")))
        request.setRawHeader(b"Authorization", f"Bearer {self._token}".encode())
        self._socket.open(request)

    def _start_core(self) -> None:
        """Start the core as a process of its own; it outlives the window. Started again only after two seconds without one."""
        if self._attempts % 40:
            return
        if self._attempts and (why := self._reason()):
            self._set_state("lost", why)
        process = QProcess(self)
        environment = QProcessEnvironment.systemEnvironment()
        environment.insert("PYTHONPATH", str(ROOT))
        environment.insert("DESKHAND_HOME", str(self._home.root))
        process.setProcessEnvironment(environment)
        process.setProgram(sys.executable)
        process.setArguments(["-P", "-m", "app.service"])
        process.setStandardOutputFile(QProcess.nullDevice())
        process.setStandardErrorFile(str(self._said))
        process.startDetached()
        process.deleteLater()

    def _reason(self) -> str:
        try:
            text = self._said.read_text(encoding="utf-8", errors="replace").strip()
            error = json.loads(text.splitlines()[-1])["error"]
            return f"{error['message']} {error['hint']}"
        except (OSError, ValueError, KeyError, IndexError, TypeError):
            return ""

    def _on_connected(self) -> None:
        self._attempts = 0
        self._set_state("connected", "")

    def _on_lost(self) -> None:
        if not self._retry.isActive():
            self._set_state("lost", "")
            self._retry.start(min(5000, 100 * 2 ** min(self._attempts, 6)))
            self._attempts += 1

    def _set_state(self, state: str, why: str) -> None:
        if state != self.state or why:
            self.state = state
            self.state_changed.emit(state, why)

    def finish(self) -> None:
        """Wait until what was asked has gone out and is answered, for :data:`LAST_MS` at most."""
        wait = QElapsedTimer()
        wait.start()
        while self._open_requests and wait.elapsed() < LAST_MS:
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents, 20)

    def close(self) -> None:
        """Hang up; the core goes on."""
        self._retry.stop()
        if self._socket is not None:
            self._socket.blockSignals(True)
            self._socket.close()

    # -- events -----------------------------------------------------------------------------------------------------

    def _on_message(self, text: str) -> None:
        event = json.loads(text)
        if 0 < event["seq"] <= self.last_seq:
            return
        self.last_seq = event["seq"] or self.last_seq
        if event["type"] not in DELTAS:
            self._flush()
            self.event.emit(event)
            return
        held = self._held
        if held and held["type"] == event["type"] and held["run_id"] == event["run_id"] and held["data"].get("purpose") == event["data"].get("purpose"):
            held["data"]["text"] += event["data"]["text"]
            held["seq"] = event["seq"]
        else:
            self._flush()
            self._held = event
        if not self._frame.isActive():
            self._flush_frame()

    def _flush_frame(self) -> None:
        """Hand on what is held; while more comes, one piece a frame."""
        if self._held is not None:
            self._flush()
            self._frame.start()

    def _flush(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            self.event.emit(held)

    # -- requests ---------------------------------------------------------------------------------------------------

    def get(self, path: str, done: Done, failed: Failed | None = None) -> None:
        self._send(b"GET", path, None, done, failed)

    def post(self, path: str, body: Any, done: Done | None = None, failed: Failed | None = None) -> None:
        self._send(b"POST", path, body, done, failed)

    def put(self, path: str, body: Any, done: Done | None = None, failed: Failed | None = None) -> None:
        self._send(b"PUT", path, body, done, failed)

    def patch(self, path: str, body: Any, done: Done | None = None, failed: Failed | None = None) -> None:
        self._send(b"PATCH", path, body, done, failed)

    def delete(self, path: str, done: Done | None = None, failed: Failed | None = None) -> None:
        self._send(b"DELETE", path, None, done, failed)

    def fetch(self, path: str, done: Done, failed: Failed | None = None) -> None:
        """Like :meth:`get`, for what is not JSON: ``done`` gets the bytes."""
        self._send(b"GET", path, None, done, failed, raw=True)

    def _send(self, method: bytes, path: str, body: Any, done: Done | None, failed: Failed | None, raw: bool = False) -> None:
        from PySide6.QtNetwork import QNetworkRequest

        if self._network is None:
            return  # not open yet; whoever asks now asks again when connected
        request = QNetworkRequest(QUrl(f"http://127.0.0.1:{self._port}{path}"))
        request.setRawHeader(b"Authorization", f"Bearer {self._token}".encode())
        request.setHeader(QNetworkRequest.KnownHeaders.ContentTypeHeader, "application/json")
        request.setTransferTimeout(600_000)
        content = QByteArray(json.dumps(body).encode() if body is not None else b"")
        reply = self._network.sendCustomRequest(request, QByteArray(method), content)
        self._open_requests += 1
        reply.finished.connect(lambda: self._answered(reply, done, failed, raw))

    def _answered(self, reply: Any, done: Done | None, failed: Failed | None, raw: bool) -> None:
        self._open_requests -= 1
        content = bytes(reply.readAll().data())
        from PySide6.QtNetwork import QNetworkReply, QNetworkRequest

        status = reply.attribute(QNetworkRequest.Attribute.HttpStatusCodeAttribute) or 0
        reply.deleteLater()
        try:
            value = json.loads(content) if content else None
        except ValueError:
            value = None
        broken = reply.error() != QNetworkReply.NetworkError.NoError  # the core went away in the middle of an answer
        if 200 <= int(status) < 300 and not broken:
            if done:
                done(content if raw else value)
        elif failed:
            failed((value.get("error") if isinstance(value, dict) else None) or {"code": "core_gone", "message": "The core does not answer.", "hint": ""})
