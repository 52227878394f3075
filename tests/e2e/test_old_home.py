"""A data folder of 26 November opens with today's program: its runs are shown, can be undone, and what waited still waits."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.processes import CoreProcess

THEN = "/at-that-time"
PACKED = Path(__file__).parents[1] / "data" / "home-nov26" / "home.zip"
PLACES = (("conversation", "workspace"), ("message", "data"), ("run", "request"), ("run", "result"), ("schedule", "task"), ("approval", "data"))


def move_home(home: Path, old: str, new: str) -> None:
    """Write another folder into every path that the data folder holds; blobs get new names by that, and the journal is chained anew."""
    words = {old: new}
    for blob in [path for path in (home / "blobs").rglob("*") if path.is_file() and old.encode() in path.read_bytes()]:
        content = blob.read_bytes().replace(old.encode(), new.encode())
        words[blob.name] = digest = hashlib.sha256(content).hexdigest()
        target = home / "blobs" / digest[:2] / digest
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(content)
        blob.unlink()
    _rewrite(home / "deskhand.sqlite", words)


def _rewrite(path: Path, words: dict[str, str]) -> None:
    with closing(sqlite3.connect(path)) as database:
        triggers = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'event'").fetchall()
        for name, _ in triggers:
            database.execute(f"DROP TRIGGER {name}")
        previous = b""
        for seq, type_, run_id, at, data in database.execute("SELECT seq, type, run_id, at, data FROM event ORDER BY seq").fetchall():
            moved = data
            for old, new in words.items():
                moved = moved.replace(old, new)
            previous = hashlib.sha256(b"\0".join((previous, type_.encode(), run_id.encode(), at.encode(), moved.encode()))).digest()
            database.execute("UPDATE event SET data = ?, hash = ? WHERE seq = ?", (moved, previous, seq))
        for _, sql in triggers:
            database.execute(sql)
        for table, column in PLACES:
            for pair in words.items():
                database.execute(f"UPDATE {table} SET {column} = replace({column}, ?, ?)", pair)
        database.commit()


@pytest.fixture
def core(tmp_path: Path) -> Iterator[CoreProcess]:
    with zipfile.ZipFile(PACKED) as packed:
        packed.extractall(tmp_path)
    move_home(tmp_path / "home", THEN, str(tmp_path))
    with CoreProcess(tmp_path / "home", HOME=str(tmp_path)) as process:
        yield process


def shown(core: CoreProcess, *words: str) -> Any:
    done = core.run_command(*words, "--json")
    assert done.returncode == 0, (words, done.stdout, done.stderr)
    return json.loads(done.stdout)


def find_run(core: CoreProcess, begins: str) -> dict[str, Any]:
    return next(row for row in shown(core, "run", "list") if row["request"]["text"].startswith(begins))


def test_its_runs_are_listed_and_each_is_shown(core: CoreProcess) -> None:
    rows = shown(core, "run", "list")
    assert len(rows) == 9 and {row["status"] for row in rows} <= {"done", "refused", "parked", "running"}
    for row in rows:
        assert shown(core, "run", "show", row["id"])["request"]["text"] == row["request"]["text"]
        assert core.run_command("run", "show", row["id"]).returncode == 0
        exported = shown(core, "run", "export", row["id"])
        assert exported["events"][0]["type"] == "run_started"
        if row["finished_at"]:
            assert [event["type"] for event in core.client.lines(f"/api/runs/{row['id']}/stream")][-1] in ("run_finished", "run_undone")
    made = shown(core, "run", "show", find_run(core, "Make a folder")["id"])["result"]
    assert made["answer"].startswith("- Made the folder Trip.") and [step["status"] for step in made["steps"]] == ["done", "done"] and made["undoable"]
    assert [check["ok"] for check in core.client.call("GET", "/api/doctor")["checks"] if check["name"] in ("database", "journal")] == [True, True]


def test_its_runs_can_be_undone(core: CoreProcess, tmp_path: Path) -> None:
    assert shown(core, "run", "undo", find_run(core, "Rename")["id"])["complete"]
    assert (tmp_path / "ws/mine.txt").read_text() == "one\ntwo\n" and not (tmp_path / "ws/yours.txt").exists()
    assert shown(core, "run", "undo", find_run(core, "Make a folder")["id"])["complete"]
    assert [path.name for path in (tmp_path / "ws").iterdir()] == ["mine.txt"]
    assert shown(core, "run", "undo", find_run(core, "Note that")["id"])["complete"] and not list((tmp_path / "home/notes").iterdir())
    assert shown(core, "run", "undo", find_run(core, "Remind me")["id"])["complete"] and not shown(core, "schedule", "list")


def test_what_waited_for_consent_is_not_done_without_it(core: CoreProcess) -> None:
    """Nobody who could answer is connected after the start, so it is refused, or waits still and is denied here."""
    row = next(row for row in shown(core, "run", "list") if row["request"]["text"] == "run ls" and row["request"]["approve"] == "ask")
    for one in core.client.call("GET", "/api/approvals"):
        assert one["run_id"] == row["id"] and one["tool"] == "shell.run"
        core.client.call("POST", f"/api/approvals/{one['id']}", {"decision": "no"})
    ended = core.client.call("GET", f"/api/runs/{row['id']}?wait_s=20")
    assert ended["status"] == "refused" and not core.client.call("GET", "/api/approvals")


def test_a_conversation_of_then_goes_on_now(core: CoreProcess, tmp_path: Path) -> None:
    before = find_run(core, "What is 17")
    answered = core.run_command("ask", "What is 18 * 23?", "--json", "--conversation", before["conversation_id"], cwd=tmp_path / "ws")
    assert answered.returncode == 0 and "414" in json.loads(answered.stdout)["answer"], answered.stdout
    messages = core.client.call("GET", f"/api/conversations/{before['conversation_id']}")["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant"] * 2
