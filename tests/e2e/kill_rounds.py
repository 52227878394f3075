"""``kill -9`` at random instants of a 12-step run: of the core, a model worker, or the desktop.

After each kill the core is started again and the run must end with every effect made exactly once, the journal whole and no process
left over. ``python -m tests.e2e.kill_rounds 100`` prints a table; the tests run a few.
"""

from __future__ import annotations

import collections
import os
import random
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from core.clock import SystemClock
from core.journal import Journal
from core.storage.database import Database
from tests.helpers.processes import CoreProcess, children_of, use_server, wait_until
from tests.helpers.scripted_server import ScriptedServer

LINES = [f"line {number}" for number in range(1, 4)]


def plan() -> dict[str, Any]:
    """Twelve steps whose effects show when one is lost or doubled: appends, a move, a copy, an edit, a delete, an archive."""
    say = {"instruction": "say something"}
    rows: list[tuple[str, dict[str, Any]]] = [
        ("files.make_folder", {"path": "out"}), ("text.compose", say), ("files.append", {"path": "out/log.txt", "text": LINES[0]}),
        ("files.append", {"path": "out/log.txt", "text": LINES[1]}), ("text.compose", say), ("files.write", {"path": "out/poem.txt", "text": "{{s2.output.text}}"}),
        ("files.copy", {"source": "out/log.txt", "target": "out/copy.txt"}), ("files.move", {"source": "given.txt", "target": "out/given.txt"}), ("text.compose", say),
        ("files.append", {"path": "out/log.txt", "text": LINES[2]}), ("files.edit", {"path": "out/given.txt", "find": "old", "replace": "new old"}), ("files.delete", {"path": "gone.txt"}),
    ]  # fmt: skip
    return {"steps": [{"id": f"s{n}", "tool": tool, "args": args, "needs": [f"s{n - 1}"] if n > 1 else []} for n, (tool, args) in enumerate(rows, 1)]}


def one_round(victim: str, delay_s: float) -> str:
    """One kill; returns in which phase it fell. Raises AssertionError when anything was lost, doubled or left over."""
    server = ScriptedServer(
        {"planner": plan(), "reviewer": {"score": 0.95, "issues": [], "suggestions": []}, "executor": "some words " * 18, "answer": "Done."}, mode="slow"
    ).start()
    with tempfile.TemporaryDirectory() as folder:
        home, workspace = Path(folder) / "home", Path(folder) / "work"
        workspace.mkdir()
        (workspace / "given.txt").write_text("old text\n")
        (workspace / "gone.txt").write_text("bye\n")
        core = CoreProcess(home)
        try:
            client = core.start()
            use_server(client, server.url)
            phase, run_id, seen = _interrupted(core, victim, delay_s, workspace)
            wait_until(lambda: core.client.call("GET", f"/api/runs/{run_id}")["finished_at"], 40, "the run's end")
            _check(core, run_id, workspace, seen)
            core.stop()
        finally:
            core.stop()
            server.shutdown()
            server.server_close()
        _check_journal(home)
        wait_until(lambda: not children_of(str(home)), 10, "every process to be gone")
    return phase


def _interrupted(core: CoreProcess, victim: str, delay_s: float, workspace: Path) -> tuple[str, str, list[dict[str, Any]]]:
    client = core.client
    desktop = _desktop(core) if victim == "desktop" else None
    if victim == "worker":
        client.call("POST", "/api/models/load/starter")
    run_id = client.call("POST", "/api/runs", {"text": "do the twelve things with given.txt and gone.txt", "workspace": str(workspace), "approve": "all"})["run_id"]
    _pause(delay_s)
    seen = client.call("GET", f"/api/runs/{run_id}/events")
    if victim == "core":
        core.kill()
        wait_until(lambda: not list(children_of(str(core.home.root))), 10, "the workers to follow the core")
        core.start()
    elif victim == "worker":
        for pid in client.call("GET", "/api/status")["workers"]:
            os.kill(pid, signal.SIGKILL)
        assert client.call("POST", "/v1/chat/completions", {"model": "starter", "messages": [{"role": "user", "content": "knock up a greeting"}]})["choices"]
    elif desktop is not None:
        desktop.kill()
        desktop.wait()
    started = [event for event in seen if event["type"] == "step_started"]
    finished = [event for event in seen if event["type"] == "run_finished"]
    return "after" if finished else f"step {len(started)}" if started else "planning", run_id, seen


def _pause(seconds: float) -> None:
    """The random instant; the only wait here that is a wait on purpose."""
    import time

    time.sleep(seconds)


def _desktop(core: CoreProcess) -> subprocess.Popen[bytes]:
    before = core.client.call("GET", "/api/status")["pid"]
    process = subprocess.Popen([sys.executable, "-P", "-m", "app"], env={**core.environment, "QT_QPA_PLATFORM": "offscreen"}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _pause(0.8)
    assert core.client.call("GET", "/api/status")["pid"] == before
    return process


def _check(core: CoreProcess, run_id: str, workspace: Path, seen: list[dict[str, Any]]) -> None:
    row = core.client.call("GET", f"/api/runs/{run_id}")
    assert row["status"] == "done", row["result"]
    assert (workspace / "out/log.txt").read_text().splitlines() == LINES[:3]
    assert (workspace / "out/copy.txt").read_text().splitlines() == LINES[:2]
    assert (workspace / "out/given.txt").read_text() == "new old text\n"
    assert not (workspace / "given.txt").exists() and not (workspace / "gone.txt").exists()
    assert not list(workspace.rglob(".deskhand-*")), "a half-written file was left"
    history = core.client.call("GET", f"/api/runs/{run_id}/events")
    assert history[: len(seen)] == seen, "an event that was shown is gone"
    done = collections.Counter(event["data"]["step"] for event in history if event["type"] == "step_finished")
    assert set(done.values()) == {1} and len(done) == 12, done
    report = core.client.call("POST", f"/api/runs/{run_id}/undo")
    assert report["complete"], report
    assert sorted(path.name for path in workspace.rglob("*")) == ["given.txt", "gone.txt"]
    assert (workspace / "given.txt").read_text() == "old text\n"


def _check_journal(home: Path) -> None:
    database = Database(home / "deskhand.sqlite")
    try:
        assert Journal(database, SystemClock()).verify() is None
    finally:
        database.close()


def main(count: int, seed: int = 1) -> None:
    """Run ``count`` kills and print where they fell."""
    chance = random.Random(seed)
    phases: collections.Counter[str] = collections.Counter()
    failures = 0
    for number in range(count):
        victim = ("core", "core", "worker", "desktop")[number % 4]
        delay = chance.uniform(0, 1.25)
        try:
            phases[f"{victim}: {one_round(victim, delay)}"] += 1
        except AssertionError as error:
            failures += 1
            print(f"FAILED {victim} after {delay:.3f} s: {str(error)[:500]}", flush=True)
    for phase, times in sorted(phases.items()):
        print(f"{times:4d}  {phase}")
    print(f"{count} kills, {failures} failures")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
