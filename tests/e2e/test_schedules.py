"""Schedules through real kills of real cores: what is due runs once, late or not at all with the reason, and never twice."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.processes import CoreProcess, wait_until


@pytest.fixture
def core(own_home: Any) -> Any:
    with CoreProcess(own_home.root) as made:
        yield made


def soon(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def add(core: CoreProcess, workspace: Path, when: str, text: str, **task: Any) -> dict[str, Any]:
    return dict(core.client.call("POST", "/api/schedules", {"when": when, "task": {"text": text, "workspace": str(workspace), **task}}))


def runs(core: CoreProcess, row: dict[str, Any]) -> list[dict[str, Any]]:
    return list(core.client.call("GET", f"/api/schedules/{row['id']}/runs"))


def shift(core: CoreProcess, row: dict[str, Any], seconds: float) -> None:
    """While the core is dead: what was due lies so long ago, as if it had been dead for so long."""
    with sqlite3.connect(core.home.database) as database:
        database.execute(
            "UPDATE schedule SET next_at = next_at - ?, rule = json_set(rule, '$.at', ?) WHERE id = ?",
            (seconds * 1000, f"{datetime.now(UTC) - timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S}", row["id"]),
        )
        database.execute("UPDATE schedule_alive SET at = at - ?", (seconds * 1000 + 60_000,))
    database.close()


def test_killed_before_a_job_is_due_and_started_five_minutes_later_it_runs_once_and_says_that_it_is_late(core: CoreProcess, workspace: Path) -> None:
    row = add(core, workspace, soon(10), "Make a folder called Late", missed="once")
    skipped = add(core, workspace, soon(10), "Make a folder called Never", missed="skip")
    core.kill()
    for one in (row, skipped):
        shift(core, one, 310)

    core.start()

    (done,) = wait_until(lambda: [one for one in runs(core, row) if one["state"] == "done"], what="the late run")
    assert (workspace / "Late").is_dir() and done["cause"] == "late: Deskhand was not running"
    (missed,) = runs(core, skipped)
    assert missed["state"] == "missed" and "Deskhand was not running" in missed["cause"] and not (workspace / "Never").exists()
    told = core.client.call("GET", "/api/schedules/notices")
    assert {one["kind"] for one in told} == {"missed", "result"}
    core.kill()
    core.start()
    assert [one["state"] for one in runs(core, row)] == ["done"] and len(
        [one for one in core.client.call("GET", "/api/runs") if one["request"]["text"] == "Make a folder called Late"]
    ) <= 2  # one of them the rehearsal


def test_killed_right_after_its_effect_a_job_is_not_done_again(core: CoreProcess, workspace: Path) -> None:
    for number in range(3):
        row = add(core, workspace, soon(5), f"append the line ran to log{number}.txt")
        wait_until(lambda number=number: (workspace / f"log{number}.txt").exists(), what="the effect")
        core.kill()
        core.start()
        (done,) = wait_until(lambda row=row: [one for one in runs(core, row) if one["state"] == "done"], what="its end")
        assert (workspace / f"log{number}.txt").read_text().count("ran") == 1 and done["attempt"] == 1


def test_a_job_that_needs_consent_waits_through_a_restart_is_told_and_goes_on_from_that_step(core: CoreProcess, workspace: Path) -> None:
    row = add(core, workspace, soon(5), "run date")
    assert row["wants"][0]["asks"] and row["wants"][0]["sign"] == [{"tool": "shell.run", "scope": "argv:date", "outside": False}]
    wait_until(lambda: core.client.call("GET", "/api/schedules/attention")["parked"], what="the question")
    core.kill()
    core.start()
    (parked,) = wait_until(lambda: core.client.call("GET", "/api/schedules/attention")["parked"], what="the question after the restart")
    assert any(one["kind"] == "parked" for one in core.client.call("GET", "/api/schedules/notices"))

    core.client.call("POST", f"/api/approvals/{parked['approval']}", {"decision": "once"})

    (done,) = wait_until(lambda: [one for one in runs(core, row) if one["state"] == "done"], what="its end")
    assert len(json.loads(json.dumps(core.client.call("GET", f"/api/runs/{done['run_id']}")["result"]["steps"]))) == 1


def test_what_was_signed_runs_alone_what_was_not_waits_and_an_old_question_is_a_no(core: CoreProcess, workspace: Path) -> None:
    signed = add(core, workspace, "every day at 4", "run date")
    core.client.call("POST", f"/api/schedules/{signed['id']}/sign", {"envelope": signed["wants"][0]["sign"]})
    core.client.call("POST", f"/api/schedules/{signed['id']}/run")
    wait_until(lambda: [one for one in runs(core, signed) if one["state"] == "done"], what="the signed run")
    other = add(core, workspace, "every day at 4", "run uptime", expires_s=1)

    core.client.call("POST", f"/api/schedules/{other['id']}/run")

    (refused,) = wait_until(lambda: [one for one in runs(core, other) if one["state"] == "refused"], 60, "the no")
    assert refused["run_id"] and not core.client.call("GET", "/api/approvals")
    changed = core.client.call("PATCH", f"/api/schedules/{signed['id']}", {"task": {"text": "run uptime", "workspace": str(workspace)}})
    assert changed["envelope"] == []


def test_a_condition_fires_once_for_a_change_and_reminders_need_no_run(core: CoreProcess, workspace: Path) -> None:
    folder = workspace / "In"
    folder.mkdir()
    row = core.client.call("POST", "/api/schedules", {"when": f"when a file is added to {folder}", "task": {"remind": "A new file", "workspace": str(workspace)}})
    wait_until(lambda: core.client.call("GET", f"/api/schedules/{row['id']}")["rule"], what="the schedule")
    with sqlite3.connect(core.home.database) as database:
        wait_until(lambda: database.execute("SELECT seen FROM schedule").fetchone()[0], 30, "the first look")
    database.close()

    (folder / "a.txt").write_text("x")

    (done,) = wait_until(lambda: runs(core, row), 30, "the event")
    assert done["state"] == "done" and done["cause"] == "new: a.txt"
    assert [one["text"] for one in core.client.call("GET", "/api/schedules/notices")] == ["A new file"]
