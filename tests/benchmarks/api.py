"""The API beside the bare client: what the local door adds to a model call and to a run."""

from __future__ import annotations

import http.client
import json
import statistics
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from tests.benchmarks.run import table
from tests.helpers.processes import CoreProcess, use_server
from tests.helpers.scripted_server import ScriptedServer

ROUNDS = 60


def _timed(work: Any) -> float:
    spent = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        spent.append((time.perf_counter() - began) * 1000)
    return statistics.median(spent[5:])


def main() -> None:
    """Print the table."""
    server = ScriptedServer({"planner": "Hello.", "answer": "Hello."}).start()
    with tempfile.TemporaryDirectory() as folder, CoreProcess(Path(folder) / "home") as core:
        use_server(core.client, server.url)
        body = {"model": "big", "messages": [{"role": "user", "content": "hi"}], "stream": True}
        workspace = str(Path(folder))

        def direct() -> None:
            request = urllib.request.Request(server.url + "/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"})
            urllib.request.urlopen(request).read()

        def through() -> None:
            core.client.call("POST", "/v1/chat/completions", {**body, "model": "scripted/big", "stream": False})

        def run() -> None:
            run_id = core.client.call("POST", "/api/runs", {"text": "hello", "workspace": workspace})["run_id"]
            assert core.client.call("GET", f"/api/runs/{run_id}?wait_s=20")["status"] == "done"

        def starter() -> None:
            run_id = core.client.call(
                "POST", "/api/runs", {"text": "What files are here?", "workspace": workspace, "models": {"planner": "starter", "reviewer": "starter", "executor": "starter"}}
            )["run_id"]
            assert core.client.call("GET", f"/api/runs/{run_id}?wait_s=20")["status"] == "done"

        def status() -> None:
            core.client.call("GET", "/api/approvals")

        kept = http.client.HTTPConnection("127.0.0.1", core.client.port)
        token = core.home.token.read_text().strip()

        def kept_open() -> None:
            kept.request("GET", "/api/approvals", headers={"Authorization": f"Bearer {token}"})
            kept.getresponse().read()

        for work in (direct, through, run, starter):
            work()
        bare = _timed(direct)
        rows = [("what", "ms", "beside the bare client"), ("bare client to the scripted server", f"{bare:.2f}", "1.0")]
        for name, work in (
            ("the same call through /v1/chat/completions", through),
            ("a direct answer as a run (start and wait)", run),
            ("one-step request through the starter", starter),
            ("GET /api/approvals", status),
            ("the same on a connection that is kept", kept_open),
        ):
            spent = _timed(work)
            rows.append((name, f"{spent:.2f}", f"{spent / bare:.1f}"))
        table(rows)
        began = time.perf_counter()
        done = core.run_command("ask", "What files are here?", cwd=Path(folder))
        assert done.returncode == 0
        warm = time.perf_counter() - began
        core.run_command("stop")
        began = time.perf_counter()
        assert core.run_command("ask", "What files are here?", "--model", "planner=starter", cwd=Path(folder)).returncode == 0
        print(f"\n`deskhand ask` with the core up: {warm:.2f} s; with nothing running: {time.perf_counter() - began:.2f} s")
        core.run_command("stop")
    server.shutdown()
    server.server_close()
