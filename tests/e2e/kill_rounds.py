"""``kill -9`` at random instants of a run with twelve effects, as a plan and as an action loop: of the core, a model worker, or the desktop.

After each kill the core is started again and the run must end with every effect made exactly once, the journal whole, nothing asked of
the model again that it has said, and no process left over. ``python -m tests.e2e.kill_rounds 100 [plan|loop [core|worker|desktop]]`` prints
a table; the tests run a few.
"""

from __future__ import annotations

import collections
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.client.client import Client
from core.clock import SystemClock
from core.journal import Journal
from core.storage.database import Database
from tests.e2e.kill_work import WORKS, Work, check_asked_once, check_done, check_undone, lay_out
from tests.helpers.processes import CoreProcess, children_of, use_server, wait_until
from tests.helpers.scripted_server import ScriptedServer

VICTIMS = ("core", "core", "worker", "desktop")
STEPS = 12


def one_round(victim: str, moment: float, work: Work) -> str:
    """One kill at a ``moment`` of the work, from 0 (it begins) to 1 (it is over); returns in which phase it fell.

    Raises AssertionError when anything was lost, doubled or left over.
    """
    server = ScriptedServer(dict(work.script), mode="slow").start()
    with tempfile.TemporaryDirectory() as folder:
        home, workspace = Path(folder) / "home", Path(folder) / "work"
        lay_out(workspace)
        core = CoreProcess(home)
        try:
            use_server(core.start(), server.url)
            phase, run_id, seen, before = _interrupted(core, victim, moment, workspace, work, server)
            wait_until(lambda: core.client.call("GET", f"/api/runs/{run_id}")["finished_at"], 40, "the run's end")
            _check(core, run_id, workspace, seen, work)
            if victim == "core":
                check_asked_once([request for request in server.requests[before:] if request["role"] == "loop"], seen)
            core.stop()
        finally:
            core.stop()
            server.shutdown()
            server.server_close()
        _check_journal(home)
        wait_until(lambda: not children_of(str(home)), 10, "every process to be gone")
    return phase


def _interrupted(core: CoreProcess, victim: str, moment: float, workspace: Path, work: Work, server: ScriptedServer) -> tuple[str, str, list[dict[str, Any]], int]:
    """Begin the run and kill ``victim`` in it: the phase, the run, the events before the kill, and how many requests the model had got by then."""
    client, before = core.client, 0
    desktop = _desktop(core) if victim == "desktop" else None
    if victim == "worker":
        client.call("POST", "/api/models/load/starter")
    run_id = client.call("POST", "/api/runs", {"text": work.request, "workspace": str(workspace), "approve": "all"})["run_id"]
    _wait_for(client, run_id, moment)
    seen = client.call("GET", f"/api/runs/{run_id}/events")
    if victim == "core":
        core.kill()
        before = len(server.requests)
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
    return "after" if finished else f"step {len(started)}" if started else "before steps", run_id, seen, before


def _wait_for(client: Client, run_id: str, moment: float) -> None:
    """Until as many steps have begun, and then a random while more, more often a short one: within a step, the reply after it, or the answer."""
    count, rest = divmod(moment * (STEPS + 1), 1)

    def is_there() -> bool:
        types = [event["type"] for event in client.call("GET", f"/api/runs/{run_id}/events")]
        return types.count("step_started") >= count or "run_finished" in types

    wait_until(is_there, 60, f"step {count:.0f}")
    time.sleep(rest * 1.5 if count == 0 else rest**2 * 0.4)


def _desktop(core: CoreProcess) -> subprocess.Popen[bytes]:
    before = core.client.call("GET", "/api/status")["pid"]
    process = subprocess.Popen([sys.executable, "-P", "-m", "app"], env={**core.environment, "QT_QPA_PLATFORM": "offscreen"}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(0.8)
    assert core.client.call("GET", "/api/status")["pid"] == before
    return process


def _check(core: CoreProcess, run_id: str, workspace: Path, seen: list[dict[str, Any]], work: Work) -> None:
    row = core.client.call("GET", f"/api/runs/{run_id}")
    assert row["status"] == "done" and row["result"]["way"] == work.way, row["result"]
    check_done(work, workspace)
    history = core.client.call("GET", f"/api/runs/{run_id}/events")
    assert history[: len(seen)] == seen, "an event that was shown is gone"
    done = collections.Counter(event["data"]["step"] for event in history if event["type"] == "step_finished")
    assert set(done.values()) == {1} and len(done) == 12, done
    report = core.client.call("POST", f"/api/runs/{run_id}/undo")
    assert report["complete"], report
    check_undone(workspace)


def _check_journal(home: Path) -> None:
    database = Database(home / "deskhand.sqlite")
    try:
        assert Journal(database, SystemClock()).verify() is None
    finally:
        database.close()


def main(count: int, works: Sequence[str] = tuple(WORKS), victims: Sequence[str] = VICTIMS, seed: int = 1) -> None:
    """Run ``count`` kills, of each work in turn, and print where they fell."""
    chance = random.Random(seed)
    phases: collections.Counter[str] = collections.Counter()
    failures = 0
    for number in range(count):
        work = works[number % len(works)]
        victim = victims[number // len(works) % len(victims)]
        moment = chance.random()
        try:
            phases[f"{work}, {victim}: {one_round(victim, moment, WORKS[work])}"] += 1
        except AssertionError as error:
            failures += 1
            print(f"FAILED {work}, {victim} at {moment:.3f}: {str(error)[:500]}", flush=True)
    for phase, times in sorted(phases.items()):
        print(f"{times:4d}  {phase}")
    print(f"{count} kills, {failures} failures")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100, sys.argv[2:3] or tuple(WORKS), sys.argv[3:4] or VICTIMS)
