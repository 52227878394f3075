"""The product as a person meets it: commands, exit codes, start and stop, kills, bad folders, bad servers."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.service.main import _work_in
from core.home import Home
from tests.e2e.kill_rounds import one_round
from tests.e2e.kill_work import WORKS
from tests.helpers.processes import CoreProcess, children_of, use_server, wait_until
from tests.helpers.scripted_server import ScriptedServer

REQUEST = "Make a folder called Trip with a file packing.txt that lists passport, charger and socks"


@pytest.fixture
def cli(own_home: Any) -> Any:
    """The command line on a fresh data folder; the core it starts is stopped at the end."""
    core = CoreProcess(own_home.root)
    yield core
    core.run_command("stop")
    wait_until(lambda: not children_of(str(own_home.root)), 20, "every process to be gone")


def test_the_first_request_starts_the_core_does_it_and_undo_takes_it_back(cli: CoreProcess, workspace: Path) -> None:
    (workspace / "mine.txt").write_bytes(b"mine\r\n")
    done = cli.run_command("ask", REQUEST, cwd=workspace)
    assert done.returncode == 0, done.stderr
    assert (workspace / "Trip/packing.txt").read_text().split() == ["passport", "charger", "socks"]
    shown = json.loads(cli.run_command("ask", "List the files here", "--json", cwd=workspace).stdout)
    assert shown["status"] == "done" and {"run_id", "conversation_id", "status", "answer", "way", "way_why", "plan", "steps", "models", "usage", "timings_ms", "undoable"} <= set(
        shown
    )
    runs = json.loads(cli.run_command("run", "list", "--json").stdout)
    undone = cli.run_command("run", "undo", runs[1]["id"])
    assert undone.returncode == 0 and [path.name for path in workspace.iterdir()] == ["mine.txt"]
    status = json.loads(cli.run_command("status", "--json").stdout)
    assert {"pid", "port", "version", "loaded", "waiting"} <= set(status)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["ask", ""], 2, "empty"),
        (["ask", "hi", "--workspace", "/no/such"], 2, "bad_workspace"),
        (["ask", "hi", "--model", "nonsense"], 2, "ROLE=ID"),
        (["ask", "hi", "--model", "planner=nonsense"], 5, "no_model"),
        (["ask", "run ls"], 4, "consent"),
        (["nonsense"], 2, "invalid choice"),
        (["run", "show", "run_nonsense"], 2, "not_found"),
        (["config", "set", "run.concurrency", "many"], 2, "whole number"),
        (["model", "add", "nothing.gguf"], 2, "not_found"),
        (["tool", "call", "files.list", "{"], 2, "valid JSON"),
        (["status"], 1, "not_running"),
    ],
)
def test_exit_codes_and_errors_are_those_of_the_contract(words: list[str], code: int, said: str, cli: CoreProcess, workspace: Path) -> None:
    done = cli.run_command(*words, cwd=workspace)
    assert done.returncode == code, (done.stdout, done.stderr)
    assert said in done.stderr + done.stdout


def test_an_error_with_json_is_json_on_standard_output(cli: CoreProcess, workspace: Path) -> None:
    found = json.loads(cli.run_command("ask", "", "--json", cwd=workspace).stdout)
    assert set(found["error"]) == {"code", "message", "hint"}


def test_a_request_that_is_no_utf8_is_refused(cli: CoreProcess, workspace: Path) -> None:
    done = subprocess.run([sys.executable.encode(), b"-P", b"-m", b"app", b"ask", b"caf\xe9 \xff"], env=cli.environment, capture_output=True, cwd=workspace, timeout=60)
    assert done.returncode == 2 and b"UTF-8" in done.stderr


@pytest.mark.parametrize(("given", "code"), [(b"caf\xe9", b"UTF-8"), (b"x" * 1_000_000, b"too_long"), (b"", b"empty")])
def test_what_is_piped_in_is_checked(given: bytes, code: bytes, cli: CoreProcess, workspace: Path) -> None:
    done = subprocess.run([sys.executable, "-P", "-m", "app", "ask", "-"], input=given, env=cli.environment, capture_output=True, cwd=workspace, timeout=60)
    assert done.returncode == 2 and code in done.stderr


def test_plan_only_does_nothing(cli: CoreProcess, workspace: Path) -> None:
    found = json.loads(cli.run_command("ask", REQUEST, "--plan-only", "--json", cwd=workspace).stdout)
    assert found["status"] == "planned" and len(found["plan"]["steps"]) == 2 and not list(workspace.iterdir())


def test_rounds_score_switch_and_execution_over_a_scripted_server(cli: CoreProcess, workspace: Path) -> None:
    steps = [{"id": f"s{n}", "tool": "files.write", "args": {"path": f"{n}.txt", "text": str(n)}, "needs": []} for n in range(5)]
    script = {
        "planner": [{"steps": steps[:2]}, {"steps": steps}],
        "reviewer": ["SCORE: 0.5\nISSUES:\n- three files are missing", "SCORE: 0.9\nISSUES:\n- none"],
        "answer": "Five files.",
    }
    server = ScriptedServer(script).start()
    try:
        cli.start()
        use_server(cli.client, server.url)
        found = json.loads(cli.run_command("ask", "Plan this first: write the five numbers 0.txt to 4.txt", "--approve", "all", "--json", cwd=workspace).stdout)
        assert found["status"] == "done" and found["way"] == "plan" and found["plan"]["rounds"] == 2 and found["plan"]["score"] == 0.9, found
        assert found["models"] == {"planner": "scripted/big", "reviewer": "scripted/judge", "executor": "scripted/hands"}
        assert found["answer"] == "Five files." and len(list(workspace.iterdir())) == 5
        assert {request["model"] for request in server.requests} == {"big", "judge", "hands"}
    finally:
        server.shutdown()
        server.server_close()
        cli.stop()


STARTER = [word for role in ("planner", "reviewer", "executor") for word in ("--model", f"{role}=starter")]


@pytest.mark.parametrize(("mode", "code"), [("garbage", "model_"), ("html", "model_"), ("key", "bad_key"), ("hang", "model_timeout")])
def test_a_bad_server_is_a_clear_error_and_the_core_lives(mode: str, code: str, cli: CoreProcess, workspace: Path) -> None:
    server = ScriptedServer({"planner": {"steps": []}}, mode=mode).start()
    try:
        cli.start()
        use_server(cli.client, server.url, timeout_s=0.7)
        found = json.loads(cli.run_command("ask", "do something", "--json", cwd=workspace).stdout)
        assert found["status"] == "failed" and found["error"]["code"].startswith(code), found
        assert json.loads(cli.run_command("ask", "hello", *STARTER, "--json", cwd=workspace).stdout)["status"] == "done"
    finally:
        server.shutdown()
        server.server_close()
        cli.stop()


def test_an_answer_that_broke_off_is_said_to_be_cut(cli: CoreProcess, workspace: Path) -> None:
    server = ScriptedServer({}, mode="drop").start()
    try:
        cli.start()
        use_server(cli.client, server.url)
        done = cli.run_command("ask", "Tell me something calm", cwd=workspace)
        assert "OK." in done.stdout and "broke off" in done.stdout, (done.stdout, done.stderr)
    finally:
        server.shutdown()
        server.server_close()
        cli.stop()


def test_an_unreachable_server_is_a_clear_error(cli: CoreProcess, workspace: Path) -> None:
    cli.start()
    use_server(cli.client, "http://127.0.0.1:9/v1")
    found = json.loads(cli.run_command("ask", "do something", "--json", cwd=workspace).stdout)
    assert found["error"]["code"] == "model_unreachable"
    cli.stop()


def test_a_gguf_that_is_none_is_refused(cli: CoreProcess, tmp_path: Path) -> None:
    (tmp_path / "fake.gguf").write_bytes(b"nothing")
    done = cli.run_command("model", "add", str(tmp_path / "fake.gguf"))
    assert done.returncode == 2 and "not_gguf" in done.stderr


def test_a_corrupt_database_is_told_and_repaired_from_the_backup(cli: CoreProcess, own_home: Any, workspace: Path) -> None:
    cli.run_command("ask", "hello", cwd=workspace)
    assert cli.run_command("backup", "create").returncode == 0
    cli.run_command("stop")
    own_home.database.write_bytes(b"rubbish" * 4000)
    broken = cli.run_command("ask", "hello", cwd=workspace)
    assert broken.returncode == 1 and "database_corrupt" in broken.stderr
    assert "set aside" in cli.run_command("doctor", "--repair").stdout
    assert json.loads(cli.run_command("run", "list", "--json").stdout)[0]["request"]["text"] == "hello"
    assert list(own_home.root.glob("deskhand.sqlite.corrupt-*")), "nothing is thrown away"


def test_a_broken_settings_file_is_told_by_the_doctor(cli: CoreProcess, own_home: Any, workspace: Path) -> None:
    own_home.settings.write_text("][")
    assert cli.run_command("ask", "hello", cwd=workspace).returncode == 0
    found = cli.run_command("doctor")
    assert found.returncode == 1 and "settings.toml" in found.stdout and own_home.settings.read_text() == "]["


def test_a_folder_that_cannot_be_written_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    core = CoreProcess(tmp_path / "file" / "home")
    done = core.run_command("ask", "hello")
    assert done.returncode == 1 and "home_not_writable" in done.stderr and "DESKHAND_HOME" in done.stderr


def test_a_full_disk_loses_nothing(tmp_path: Path, workspace: Path) -> None:
    """A real small file system that really fills up (root on Linux only)."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)], capture_output=True).returncode:
        pytest.skip("no small file system can be mounted here")
    core = CoreProcess(disk / "home")
    try:
        assert core.run_command("ask", "Create a file called a.txt containing one", cwd=workspace).returncode == 0
        free = os.statvfs(disk)
        (disk / "filler").write_bytes(b"\0" * (free.f_bavail * free.f_frsize))
        done = core.run_command("ask", "Create a file called b.txt containing two", "--json", cwd=workspace)
        assert (done.returncode != 0 and "full" in (done.stdout + done.stderr)) or "no_space" in done.stdout, (done.stdout, done.stderr)
        (disk / "filler").unlink()
        assert core.run_command("ask", "Create a file called c.txt containing three", cwd=workspace).returncode == 0
        assert json.loads(core.run_command("doctor", "--json").stdout)["checks"][1]["ok"], "the journal is whole"
    finally:
        core.run_command("stop")
        wait_until(lambda: not children_of(str(disk / "home")), 20, "every process to be gone")
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_only_one_core_for_a_folder(cli: CoreProcess, own_home: Any) -> None:
    cli.start()
    second = subprocess.run([sys.executable, "-P", "-m", "app.service"], env=cli.environment, capture_output=True, text=True, timeout=30)
    assert second.returncode == 1 and "already_running" in second.stderr
    cli.stop()


def test_ten_commands_at_once_start_one_core(cli: CoreProcess, workspace: Path) -> None:
    started = [
        subprocess.Popen(
            [sys.executable, "-P", "-m", "app", "ask", f"Create a file called {n}.txt containing {n}", "--approve", "safe"],
            env=cli.environment,
            cwd=workspace,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
        )
        for n in range(6)
    ]
    for process in started:
        out, err = process.communicate(timeout=90)
        assert process.returncode == 0, (out, err)
    assert len(list(workspace.iterdir())) == 6


@pytest.mark.parametrize(("work", "victim"), [("plan", "core"), ("plan", "core"), ("plan", "worker"), ("loop", "core"), ("loop", "core"), ("loop", "core"), ("loop", "desktop")])
def test_a_kill_at_a_random_instant_loses_nothing(work: str, victim: str) -> None:
    one_round(victim, random.random(), WORKS[work])


def test_a_newer_database_is_left_alone(cli: CoreProcess, own_home: Any, workspace: Path) -> None:
    cli.run_command("ask", "hello", cwd=workspace)
    cli.run_command("stop")
    with sqlite3.connect(own_home.database) as raw:
        raw.execute("PRAGMA user_version = 999")
    raw.close()
    done = cli.run_command("ask", "hello", cwd=workspace)
    assert done.returncode == 1 and "database_too_new" in done.stderr


def test_a_core_works_on_when_the_folder_it_was_started_in_is_deleted(cli: CoreProcess, workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the window starts it: with whatever folder that was opened from."""
    (workspace / "costs.csv").write_text("item,price\ntea,3\nbread,4\n")
    launch = tmp_path / "launch"
    launch.mkdir()
    monkeypatch.chdir(launch)
    with cli:
        launch.rmdir()
        given = {"args": {"path": "costs.csv"}, "workspace": str(workspace), "approve": "all"}
        assert "price" in str(cli.client.call("POST", "/api/tools/tables.describe/call", given))
        assert cli.process is not None and Path(f"/proc/{cli.process.pid}/cwd").resolve() == cli.home.root.resolve()


def test_places_that_are_named_from_the_launch_folder_stay_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, folder in (("DESKHAND_HOME", "home"), ("DESKHAND_CACHE", "shared")):
        monkeypatch.setenv(name, folder)
    home = Home.default()
    home.create()
    _work_in(home)
    assert Path.cwd() == tmp_path / "home" and Home.default().root == tmp_path / "home" and Home.shared_models() == tmp_path / "shared/models"
