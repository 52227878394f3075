"""Finding or starting the core, and talking to it."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from app.client.streams import LineStream
from app.service.lock import read_endpoint
from core.errors import DeskhandError
from core.home import Home

START_SECONDS = 60.0
ROOT = Path(__file__).resolve().parents[2]
_EXIT = {
    "usage": 2,
    "not_found": 2,
    "too_long": 2,
    "bad_workspace": 2,
    "unknown_setting": 2,
    "bad_setting": 2,
    "invalid": 2,
    "no_model": 5,
    "refused": 4,
    "denied": 4,
    "already_settled": 2,
    "bad_arguments": 2,
    "no_address": 2,
    "exists": 2,
    "not_gguf": 2,
    "not_whole": 2,
    "not_ours": 2,
}


class ApiError(DeskhandError):
    """What the core answered instead of a result."""

    def __init__(self, body: dict[str, Any]) -> None:
        super().__init__(body.get("message", "The core gave no reason."), code=body.get("code") or "internal", hint=body.get("hint", ""))
        self.exit_code = _EXIT.get(self.code, 1)


class Client:
    """One core's API. Every call opens a connection of its own, so a client may be used from anywhere."""

    def __init__(self, port: int, token: str, timeout_s: float = 30.0) -> None:
        self.port, self._token, self._timeout = port, token, timeout_s

    def call(self, method: str, path: str, body: Any = None, timeout_s: float | None = None) -> Any:
        """The JSON answer. Raises :class:`ApiError`, or :class:`DeskhandError` ``core_gone``."""
        with self._answer(method, path, body, timeout_s) as answer:
            content = answer.read()
        return json.loads(content) if content else None

    def content(self, path: str) -> bytes:
        """What a path gives as it is, such as a zip. Raises as :meth:`call` does."""
        with self._answer("GET", path, None, None) as answer:
            return bytes(answer.read())

    def lines(self, path: str, is_over: Callable[[], bool] = lambda: False) -> Iterator[dict[str, Any]]:
        """The objects of a stream of JSON lines, as they come; ``is_over`` is asked after each line, empty ones included, and ends it."""
        with self._answer("GET", path, None, None) as answer:
            while (line := answer.readline()) and not is_over():
                if line.strip():
                    yield json.loads(line)

    def stream(self, path: str) -> LineStream:
        """The same, so that whoever follows can do something else while nothing comes. To be closed."""
        return LineStream(lambda is_over: self.lines(path, is_over))

    def _answer(self, method: str, path: str, body: Any, timeout_s: float | None) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout_s or self._timeout)
        headers = {"Authorization": f"Bearer {self._token}", "Connection": "close"}
        content = None if body is None else json.dumps(body).encode()
        if content is not None:
            headers["Content-Type"] = "application/json"
        try:
            connection.request(method, quote(path, safe="/?=&%:+,"), content, headers)
            answer = connection.getresponse()
            if answer.status >= 400:
                raise ApiError(json.loads(answer.read() or b"{}").get("error", {}))
            return answer
        except (ConnectionError, TimeoutError, http.client.HTTPException, ValueError) as error:
            raise DeskhandError("The core does not answer.", code="core_gone", hint="`deskhand status` shows whether it runs; `deskhand doctor` what is wrong.") from error


def running(home: Home) -> Client | None:
    """A client of the core that runs for this data folder, or None."""
    endpoint = read_endpoint(home.endpoint)
    return Client(endpoint["port"], home.token.read_text().strip()) if endpoint else None


def connect(home: Home | None = None) -> Client:
    """A client of the running core, which is started if none runs. Raises :class:`DeskhandError` with the core's own words."""
    home = home or Home.default()
    return running(home) or _start(home)


def _start(home: Home) -> Client:
    options: dict[str, Any] = {"creationflags": 0x00000208} if sys.platform == "win32" else {"start_new_session": True}
    environment = {**os.environ, "DESKHAND_HOME": str(home.root), "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "app.service"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment, cwd=str(Path.home()), **options
    )
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if client := running(home):
            assert process.stderr is not None
            process.stderr.close()
            return client
        if process.poll() is not None:
            if client := _other(home):
                return client
            raise _reason(process)
        time.sleep(0.01)
    process.kill()
    raise DeskhandError("The core did not start in time.", code="core_slow", hint="Look into logs/core.jsonl of the data folder.")


def _other(home: Home) -> Client | None:
    """The core that somebody else started at the same moment; it may need a moment more."""
    for _ in range(500):
        if client := running(home):
            return client
        if not home.lock.exists():
            return None
        try:
            from app.service.lock import InstanceLock

            probe = InstanceLock(home.lock)
            probe.acquire()
            probe.release()
            return None
        except DeskhandError:
            time.sleep(0.02)
        except OSError:
            return None
    return None


def _reason(process: subprocess.Popen[bytes]) -> DeskhandError:
    assert process.stderr is not None
    text = process.stderr.read().decode("utf-8", errors="replace").strip()
    for line in reversed(text.splitlines()):
        try:
            return ApiError(json.loads(line)["error"])
        except (ValueError, KeyError, TypeError):
            continue
    return DeskhandError(f"The core could not start: {text.splitlines()[-1] if text else 'it ended at once'}", code="core_failed", hint="`deskhand serve --verbose` shows why.")
