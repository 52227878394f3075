"""Ctrl+C at any instant: the run that the core took is stopped, or none begins; no traceback."""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.client.client import ApiError, Client
from app.commands import ask as command
from core.ids import new_id
from tests.helpers.processes import CoreProcess, wait_until
from tests.helpers.token_server import TokenServer

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def hanging() -> Iterator[TokenServer]:
    with TokenServer(hangs=True) as server:
        yield server


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory, hanging: TokenServer) -> Iterator[CoreProcess]:
    with CoreProcess(tmp_path_factory.mktemp("home")) as process:
        process.client.call("PUT", "/api/models/providers/hanging", {"base_url": hanging.url, "models": ["m"], "timeout_s": 60})
        for role in ("planner", "reviewer", "executor"):
            process.client.call("PUT", f"/api/settings/models.{role}", {"value": "hanging/m"})
        yield process


class Interrupted(Client):
    """A client during whose call to start a run Ctrl+C is pressed: before it is sent, or after the core has taken it and before anybody is told."""

    is_after = False

    def call(self, method: str, path: str, body: Any = None, timeout_s: float | None = None) -> Any:
        if path != "/api/runs":
            return super().call(method, path, body, timeout_s)
        if self.is_after:
            super().call(method, path, body, timeout_s)
        signal.raise_signal(signal.SIGINT)
        raise AssertionError("Ctrl+C was not heard")


@pytest.mark.parametrize("is_after", [False, True])
def test_a_run_that_was_sent_is_stopped(is_after: bool, core: CoreProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Interrupted(core.client.port, core.client._token)
    client.is_after = is_after
    monkeypatch.setattr(command, "connect", lambda: client)
    arguments = argparse.Namespace(workspace=str(tmp_path), approve="none", json=False, model=[], conversation="", local_only=False, plan_only=False, timeout=None)
    result = command.start_and_follow(command.run_body(arguments, "Tell me something"), "/api/runs", False, None)
    assert result["status"] == "cancelled" and command.exit_code(result) == 130
    rows = [row for row in core.client.call("GET", "/api/runs") if row["id"] == result["run_id"]]
    assert [row["status"] for row in rows] == ["cancelled"] * is_after
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_run_that_was_stopped_before_it_came_never_begins(core: CoreProcess, tmp_path: Path) -> None:
    run_id, body = new_id("run"), {"text": "Tell me something", "workspace": str(tmp_path), "approve": "none"}
    with pytest.raises(ApiError, match="no run"):
        core.client.call("POST", f"/api/runs/{run_id}/cancel")
    with pytest.raises(ApiError, match="stopped before it began"):
        core.client.call("POST", "/api/runs", {**body, "run_id": run_id})
    assert run_id not in [row["id"] for row in core.client.call("GET", "/api/runs")]


@pytest.mark.parametrize("run_id", ["last", "run_x", "run_" + "A" * 16, "../x"])
def test_an_id_of_another_form_is_refused(run_id: str, core: CoreProcess, tmp_path: Path) -> None:
    with pytest.raises(ApiError):
        core.client.call("POST", "/api/runs", {"text": "hello", "workspace": str(tmp_path), "run_id": run_id})


def test_an_id_is_taken_once(core: CoreProcess, tmp_path: Path) -> None:
    body = {"text": "Tell me something", "workspace": str(tmp_path), "approve": "none", "run_id": new_id("run")}
    assert core.client.call("POST", "/api/runs", body)["run_id"] == body["run_id"]
    with pytest.raises(ApiError, match="already"):
        core.client.call("POST", "/api/runs", body)
    core.client.call("POST", f"/api/runs/{body['run_id']}/cancel")


def test_ctrl_c_in_a_process_stops_its_run(core: CoreProcess, hanging: TokenServer, tmp_path: Path) -> None:
    before = len(hanging.requests)
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "app", "ask", "Tell me something long"], env=core.environment, cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    wait_until(lambda: len(hanging.requests) > before, 60, "the model to be asked")
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130 and b"Traceback" not in said
    assert core.client.call("GET", "/api/runs")[0]["status"] == "cancelled"
