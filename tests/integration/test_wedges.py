"""What took the core down, held it up or filled its disk: none of it does so twice, and each is told."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import uvicorn

from app.service import running as running_module
from app.service.api import bounds, guard
from app.service.api.application import build
from app.service.composition import Core, compose
from app.service.main import Server
from app.service.running import MOST_FAILED, LoopWatch, RunningFile
from core import events
from core.clock import FakeClock
from core.errors import StorageError, ToolError
from core.home import Home
from core.journal import Journal
from core.ports import ToolContext
from core.storage.database import Database
from core.sweep import sweep_left, sweep_old
from tests.integration.test_action_loop import ask, call, model
from tools.toolbox import LocalToolBox

MakeCore = Callable[..., Core]
ROOT = Path(__file__).parents[2]
DAY = 86_400


# -- runs that take the core down ----------------------------------------------------------------------------------


def unfinished(core: Core, workspace: Path, *happened: tuple[str, dict[str, object]]) -> str:
    request = {"text": "read a.txt", "workspace": str(workspace), "conversation_id": core.conversations.create("x")["id"], "approve": "none"}
    core.runs.runs.add("run_x", request["conversation_id"], request, "2026-01-01T00:00:00.000Z")
    core.journal.append(events.RUN_STARTED, "run_x", request)
    for type_, data in happened:
        core.journal.append(type_, "run_x", data)
    return "run_x"


async def test_a_run_that_takes_the_core_down_twice_is_set_aside_and_told(make_core: MakeCore, workspace: Path) -> None:
    core = make_core()
    run_id = unfinished(core, workspace, (events.RUN_RESUMED, {"by": "crash"}))
    assert core.runs.resume_unfinished(was_taken_down=True) == []
    row = core.runs.show(run_id)
    assert row["status"] == "failed" and row["result"]["error"]["code"] == "set_aside"
    assert "broke down twice" in row["result"]["answer"] and f"deskhand run resume {run_id}" in row["result"]["answer"]
    assert core.runs.resume_unfinished(was_taken_down=True) == [], "not at the next start either"
    assert core.runs.resume(run_id)["status"] == "running", "the person may go on with it"


@pytest.mark.parametrize(
    "happened",
    [
        [],
        [(events.RUN_RESUMED, {"by": "start"})],
        [(events.RUN_RESUMED, {"by": "crash"}), (events.MODEL_REPLIED, {"owner": "", "text": "", "calls": [], "rejected": "x"})],
    ],
    ids=["first crash", "a stop before", "came further"],
)
async def test_others_are_gone_on_with(happened: list[tuple[str, dict[str, object]]], make_core: MakeCore, workspace: Path) -> None:
    core = make_core()
    assert core.runs.resume_unfinished(was_taken_down=True) == [] and core.runs.resume_unfinished() == []
    run_id = unfinished(core, workspace, *happened)
    assert core.runs.resume_unfinished(was_taken_down=True) == [run_id]
    assert core.journal.of_run(run_id, (events.RUN_RESUMED,))[-1].data == {"by": "crash"}


async def test_a_run_that_waits_for_the_person_is_not_set_aside(make_core: MakeCore, workspace: Path) -> None:
    core = make_core()
    run_id = unfinished(core, workspace, (events.RUN_RESUMED, {"by": "crash"}))
    core.runs.runs.set_status(run_id, "parked")
    assert core.runs.resume_unfinished(was_taken_down=True) == [run_id]


def test_starts_that_end_at_once_lead_to_safe_mode(tmp_path: Path) -> None:
    path = tmp_path / "running.json"
    for number in range(MOST_FAILED + 1):
        running = RunningFile(path)
        running.begin()
        assert running.is_safe_mode == (number == MOST_FAILED) and running.was_taken_down == bool(number)
    running.end()
    again = RunningFile(path)
    again.begin()
    assert not again.is_safe_mode and not again.was_taken_down
    for _ in range(5):  # taken down, but well before that each time
        again.is_well()
        again = RunningFile(path)
        again.begin()
    assert not again.is_safe_mode and again.was_taken_down
    path.write_text("{broken")
    broken = RunningFile(path)
    broken.begin()
    assert broken.was_taken_down and stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_loop_that_stands_still_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running_module, "BEAT_SECONDS", 0.05)
    stalled = threading.Event()
    watch = LoopWatch(tmp_path / "crash.txt", stalled.set)
    watch.start()
    await asyncio.sleep(0.5)
    assert not stalled.is_set()
    until = time.monotonic() + 20
    while not stalled.is_set() and time.monotonic() < until:
        time.sleep(0.05)
    watch.stop()
    assert stalled.is_set() and "test_a_loop_that_stands_still_is_ended" in (tmp_path / "crash.txt").read_text()


# -- requests that are never finished ------------------------------------------------------------------------------


@pytest.fixture
async def served(make_core: MakeCore, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Port and token of a core behind its HTTP server."""
    monkeypatch.setattr(bounds, "HEAD_SECONDS", 1.0)
    monkeypatch.setattr(bounds, "BODY_SECONDS", 1.0)
    core = make_core()
    listening = socket.create_server(("127.0.0.1", 0))
    server = Server(uvicorn.Config(build(core), log_config=None, access_log=False, lifespan="off", http=bounds.BoundedHttp))
    serving = asyncio.create_task(server.serve([listening]))
    yield listening.getsockname()[1], core.token
    server.end()
    await serving


async def said_to(port: int, *pieces: bytes, seconds: float = 10.0) -> bytes:
    """What comes back until the connection ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        return await asyncio.wait_for(reader.read(), seconds)
    except ConnectionError:
        return b""
    finally:
        writer.close()


def head(token: str, more: str) -> bytes:
    return f"POST /api/memory HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n{more}\r\n".encode()


async def test_a_request_without_an_end_is_ended(served: tuple[int, str]) -> None:
    port, token = served
    assert await said_to(port, b"GET /api/status HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ") == b"", "half-sent headers"
    assert await said_to(port, b"GET / HTTP/1.1\r\nX: ", *([b"y" * 10_000] * 50)) == b"", "headers without an end"
    assert b"408" in await said_to(port, head(token, "Content-Length: 1000\r\n") + b"{"), "half a body"
    chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    assert (await said_to(port, head(token, "Transfer-Encoding: chunked\r\n"), *([chunk] * 8)))[:12] in (b"HTTP/1.1 413", b""), "pieces without an end"
    assert b"413" in await said_to(port, head(token, f"Content-Length: {guard.MAX_BODY + 1}\r\n"))
    body = json.dumps({"text": "I like tea"}).encode()
    assert b"201" in await said_to(port, head(token, f"Content-Length: {len(body)}\r\nConnection: close\r\n"), body), "as ever"
    two = [f"{size:x}\r\n".encode() + body[start : start + size] + b"\r\n" for start, size in ((0, 5), (5, len(body) - 5))]
    assert b"201" in await said_to(port, head(token, "Transfer-Encoding: chunked\r\nConnection: close\r\n"), *two, b"0\r\n\r\n")


async def test_a_web_socket_stays_open(served: tuple[int, str]) -> None:
    import websockets

    port, token = served
    async with websockets.connect(f"ws://127.0.0.1:{port}/api/events", additional_headers={"Authorization": f"Bearer {token}"}) as connection:
        await asyncio.sleep(2)
        await connection.ping()
        assert connection.state.name == "OPEN"


# -- files ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["huge", "pipe"])
async def test_an_odd_guide_of_a_workspace_holds_nobody_up(kind: str, make_core: MakeCore, workspace: Path) -> None:
    guide = workspace / "AGENTS.md"
    if kind == "pipe":
        os.mkfifo(guide)
    else:
        with guide.open("wb") as file:
            file.write(b"Speak French.")
            file.truncate(3_000_000_000)
    core, began = make_core(planner=model("Yes.")), time.monotonic()
    result = await ask(core, workspace, "hello there")
    assert result["status"] == "done" and time.monotonic() - began < 15


def test_what_decides_is_the_owners_alone(tmp_path: Path) -> None:
    home = Home(tmp_path / "open")
    home.root.mkdir()
    names = ("settings.toml", "api-token", "mcp.json", "hardware.toml", "device.seed", "deskhand.sqlite")
    for name in names:
        (home.root / name).write_text("x" * 43 if name == "api-token" else "")
        (home.root / name).chmod(0o666)
    home.root.chmod(0o777)
    core = compose(home)
    try:
        assert stat.S_IMODE(home.root.stat().st_mode) == 0o700
        aside = ("settings.toml", "mcp.json", "hardware.toml")  # of what others could write nothing is taken over
        kept = [f"{name}.not-used" if name in aside else name for name in names]
        assert {name: oct(stat.S_IMODE((home.root / name).stat().st_mode)) for name in kept} == dict.fromkeys(kept, "0o600")
        assert core.token != "x" * 43, "others may have read it"
        assert stat.S_IMODE((home.root / "deskhand.sqlite-wal").stat().st_mode) == 0o600
    finally:
        core.unwatch()
        core.database.close()


def test_a_first_start_on_a_full_disk_says_so(tmp_path: Path) -> None:
    """In a file system of half a megabyte, in namespaces of its own."""
    home = tmp_path / "full"
    home.mkdir()
    script = f"mount -t tmpfs -o size=600k none {home} && head -c 590000 /dev/zero > {home}/fill; exec {sys.executable} -P -m app.service"
    environment = os.environ | {"PYTHONPATH": str(ROOT), "DESKHAND_HOME": str(home)}
    done = subprocess.run(["unshare", "-Urm", "sh", "-c", script], env=environment, capture_output=True, text=True, timeout=90, check=False)
    if "unshare" in done.stderr or "mount:" in done.stderr:
        pytest.skip("this machine makes no namespaces")
    error = json.loads(done.stderr.strip().splitlines()[-1])["error"]
    assert done.returncode == 1 and error["code"] == "disk_full" and error["message"].startswith("The disk is full")


def test_what_a_kill_left_is_swept(own_home: Home) -> None:
    left = [own_home.scratch / "a/b", own_home.root / "table-x/y", own_home.root / "archive-z", own_home.blobs / "ab/tmpx", own_home.root / "settings.toml.abcdefgh"]
    kept = [own_home.blobs / "ab/abcd", own_home.root / "settings.toml", own_home.root / "calendar.ics"]
    for file in (*left, *kept):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x")
    sweep_left(own_home)
    assert not any(file.exists() for file in left) and all(file.exists() for file in kept)


async def test_old_copies_and_deleted_things_go_and_what_is_needed_stays(make_core: MakeCore, own_home: Home, workspace: Path) -> None:
    core = make_core()
    blobs = [core.tools.blobs.put(text) for text in (b"old", b"new", b"held")]
    trashed = [own_home.trash / run / "s1/0/f.txt" for run in ("run_old", "run_new", "run_x")]
    for file in trashed:
        file.parent.mkdir(parents=True)
        file.write_text("x")
    change = {"kind": "put", "path": "/x", "before": blobs[2], "after": None, "to": "", "mode": None}
    unfinished(core, workspace, (events.STEP_STARTED, {"step": "s1", "attempt": 1, "intent": {"changes": [change]}}))
    past = time.time() - 100 * DAY
    for old in (*(core.tools.blobs.path(blobs[number]) for number in (0, 2)), trashed[0].parent, trashed[2].parent):
        os.utime(old, (past, past))
    sweep_old(own_home, core.journal, core.database, core.clock, 90, 0)
    assert [core.tools.blobs.path(digest).exists() for digest in blobs] == [False, True, True]
    assert [file.exists() for file in trashed] == [False, True, True] and not (own_home.trash / "run_old").exists()
    sweep_old(own_home, core.journal, core.database, core.clock, 0, 0)
    assert core.tools.blobs.path(blobs[1]).exists()


def test_the_journal_lets_go_of_what_old_runs_did(tmp_path: Path, own_home: Home) -> None:
    clock = FakeClock()
    database = Database(tmp_path / "d.sqlite")
    journal = Journal(database, clock)
    database.execute("INSERT INTO run (id, conversation_id, status, request, started_at, finished_at) VALUES ('run_1', '', 'done', '{}', '2020', '2020-01-01T00:00:00.000Z')")
    database.execute("INSERT INTO run (id, conversation_id, status, request, started_at) VALUES ('run_2', '', 'running', '{}', '2020')")
    for run in ("run_1", "run_2"):
        for type_ in (events.RUN_STARTED, events.STEP_FINISHED, events.TEXT_DELTA):
            journal.append(type_, run, {"text": "words"})
    clock._seconds += 800 * DAY
    sweep_old(own_home, journal, database, clock, 0, 730)
    assert [event.data for event in journal.of_run("run_1")] == [{"text": "words"}, events.ERASED, events.ERASED]
    assert [event.data for event in journal.of_run("run_2")] == [{"text": "words"}] * 3 and journal.verify() is None
    sweep_old(own_home, journal, database, clock, 0, 730)
    assert journal.verify() is None


async def test_contents_of_what_was_refused_are_not_kept(make_core: MakeCore, workspace: Path, own_home: Home) -> None:
    (workspace / "b.txt").write_text("before")
    write = call("files_write", path=str(workspace.parent / "outside.txt"), text="never to be kept")
    await ask(make_core(planner=model([write], "That is all.")), workspace, "do what the notes say", approve="none")
    assert [file for file in own_home.blobs.rglob("*") if file.is_file()] == []
    await ask(make_core(planner=model([call("files_write", path="b.txt", text="after")], "Done.")), workspace, "write after into b.txt", approve="safe")
    kept = {file.read_text() for file in own_home.blobs.rglob("*") if file.is_file()}
    assert kept == {"before", "after"}, "what undo needs is"


async def test_two_runs_that_prepare_the_same_do_not_take_it_from_each_other(toolbox: LocalToolBox, context: ToolContext, workspace: Path) -> None:
    from dataclasses import replace

    first = await toolbox.prepare("files.write", {"path": "a.txt", "text": "same"}, replace(context, run_id="run_a"))
    second = await toolbox.prepare("files.write", {"path": "b.txt", "text": "same"}, replace(context, run_id="run_b"))
    toolbox.let_go("run_a")
    await toolbox.perform(second, context)
    toolbox.let_go("run_b")
    assert (workspace / "b.txt").read_text() == "same" and toolbox.blobs.read(first.changes[-1].after or "") == b"same"
    with pytest.raises(ToolError):
        toolbox.blobs.read("0" * 64)


def test_words_for_a_full_disk_whatever_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil
    import sqlite3

    from core.storage.database import _readable

    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10, 10, 0))  # type: ignore[attr-defined]
    assert _readable(sqlite3.OperationalError("disk I/O error"), tmp_path / "d").code == "disk_full"
    monkeypatch.undo()
    assert isinstance(error := _readable(sqlite3.OperationalError("disk I/O error"), tmp_path / "d"), StorageError) and error.code != "disk_full"
