"""``schedule``."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from app.client import Client, connect
from app.commands.output import agrees, is_terminal, print_json, tell, tell_table
from core.errors import UsageError

REHEARSAL_SECONDS = 180.0
OPTIONS = ("deliver", "silent", "overlap", "missed")


def list_schedules(arguments: argparse.Namespace) -> int:
    client = connect()
    rows = client.call("GET", "/api/schedules")
    done = tell_table(
        arguments,
        rows,
        ((row["id"], row["state"], row["name"][:40], row["when"][:110], _last(row)) for row in rows),
        'Nothing is scheduled. `deskhand schedule add "every weekday at 9" "…"` adds one.',
    )
    if not arguments.json:
        found = client.call("GET", "/api/schedules/attention")
        for one in found["parked"]:
            print(f"! {one['name']} waits for your consent: deskhand approvals approve {one['approval']}")
    return done


def _last(row: dict[str, Any]) -> str:
    last = row["last"]
    return f"last: {last['state']}{' (' + last['cause'] + ')' if last['cause'] else ''}" if last else ""


def when(arguments: argparse.Namespace) -> int:
    row = connect().call("POST", "/api/schedules/when", {"text": " ".join(arguments.text), "zone": arguments.zone})
    return tell(arguments, row, row["sentence"])


def add(arguments: argparse.Namespace) -> int:
    """Say back, ask, save, then show what would ask."""
    client = connect()
    echo = client.call("POST", "/api/schedules/when", {"text": arguments.when, "zone": arguments.zone})
    if not arguments.json:
        print(echo["sentence"])
        if is_terminal() and not arguments.yes and not agrees("Save it?", True):
            print("Not saved.")
            return 0
    body = {"when": arguments.when, "zone": arguments.zone, "name": arguments.name, "task": _task(arguments)}
    row = client.call("POST", "/api/schedules", body, timeout_s=REHEARSAL_SECONDS)
    if arguments.json:
        print_json(row)
        return 0
    print(f"Saved: {row['name']} ({row['id']}).")
    _wanted(client, row, arguments.sign)
    return 0


def _task(arguments: argparse.Namespace) -> dict[str, Any]:
    what = " ".join(arguments.request)
    task: dict[str, Any] = {"workspace": str(Path(arguments.workspace or ".").expanduser().absolute())}
    if arguments.remind:
        task["remind"] = what
    elif arguments.skill:
        pairs = [pair.partition("=") for pair in arguments.request]
        if wrong := [key for key, equals, _ in pairs if not equals]:
            raise UsageError(f"An input of a skill is NAME=VALUE, not {wrong[0]!r}.")
        task["skill"] = {"name": arguments.skill, "inputs": {key: value for key, _, value in pairs}}
    else:
        task["text"] = what
    for option in OPTIONS:
        if value := getattr(arguments, option):
            task[option] = value
    if arguments.to:
        task |= {"deliver_to": arguments.to, "deliver": arguments.deliver or ("mail" if "@" in arguments.to else "file")}
    for name, value in (
        ("retries", arguments.retries),
        ("deadline_s", arguments.deadline),
        ("window_s", arguments.window),
        ("nothing_new", arguments.nothing_new),
        ("tools", arguments.tool),
    ):
        if value not in (None, "", []):
            task[name] = value
    if arguments.local_only:
        task["local_only"] = True
    return task


def _wanted(client: Client, row: dict[str, Any], sign: bool) -> None:
    """What of it would wait for consent each time; signed where that is wanted."""
    asking = [step for step in row["wants"] if step["asks"]]
    entries = [entry for step in asking for entry in step["sign"]]
    for step in asking:
        print(f"! It would ask: {step['tool'] or 'the plan'} {' '.join(entry['scope'] for entry in step['sign'])} ({step['why']})")
    if not entries:
        return
    if sign or (is_terminal() and agrees("Allow this, and only this, from now on?", False)):
        client.call("POST", f"/api/schedules/{row['id']}/sign", {"envelope": entries})
        print("Signed. Whatever goes beyond it waits for an answer.")
    else:
        print(f"Not signed: it will wait for an answer when it is due. `deskhand schedule sign {row['id']}` signs.")


def show(arguments: argparse.Namespace) -> int:
    row = connect().call("GET", _path(arguments))
    if arguments.json:
        print_json(row)
        return 0
    task = row["task"]
    print(f"{row['name']} ({row['id']}, {row['state']})\n{row['when']}\n  {'reminder' if task['remind'] else 'request'}: {row['said']}\n  in {task['workspace']}")
    print(f"  missed: {task['missed']}, overlap: {task['overlap']}, deliver: {task['deliver']} {task['deliver_to']}, silent: {task['silent']}, retries: {task['retries']}")
    for entry in row["envelope"]:
        print(f"  signed: {entry['tool']} {entry['scope']}{' (also with text from outside)' if entry['outside'] else ''}")
    for one in row["history"][:10]:
        print(f"  {_moment(one['due_at'])}  {one['state']}  {one['cause']}  {one['run_id']}".rstrip())
    return 0


def _moment(milliseconds: int) -> str:
    return f"{datetime.fromtimestamp(milliseconds / 1000):%Y-%m-%d %H:%M}"


def following(arguments: argparse.Namespace) -> int:
    """What is due next: of one schedule, or of all."""
    rows = connect().call("GET", f"{_path(arguments) if arguments.id else '/api/schedules'}/next?limit={_count(arguments)}")
    shown = ((f"{datetime.fromisoformat(one['at']).astimezone():%a %Y-%m-%d %H:%M}", one["name"], " ".join(one["said"].split())[:90]) for one in rows)
    return tell_table(arguments, rows, shown, "Nothing is due by the clock.")


def history(arguments: argparse.Namespace) -> int:
    """What became of due times: of one schedule, or of all."""
    rows = connect().call("GET", f"{_path(arguments) if arguments.id else '/api/schedules'}/history?limit={_count(arguments)}")
    shown = ((_moment(one["due_at"]), *([] if arguments.id else [one["name"]]), one["state"], _outcome(one), one["run_id"]) for one in rows)
    return tell_table(arguments, rows, shown, "It was not due yet." if arguments.id else "Nothing was due yet.")


def _outcome(one: dict[str, Any]) -> str:
    return str(one["cause"] or next(iter(one["answer"].splitlines()), "")[:90])


def _count(arguments: argparse.Namespace) -> int:
    return max(1, min(1000, int(arguments.limit)))


def run(arguments: argparse.Namespace) -> int:
    row = connect().call("POST", f"{_path(arguments)}/run")
    return tell(arguments, row, f"Started: {row['state']}" + (f" ({row['run_id']})" if row["run_id"] else "") + ".")


def pause(arguments: argparse.Namespace) -> int:
    row = connect().call("POST", f"{_path(arguments)}/pause")
    return tell(arguments, row, f"{row['name']} is paused.")


def resume(arguments: argparse.Namespace) -> int:
    row = connect().call("POST", f"{_path(arguments)}/resume")
    return tell(arguments, row, row["when"])


def edit(arguments: argparse.Namespace) -> int:
    body = {key: value for key, value in (("when", arguments.when), ("zone", arguments.zone), ("name", arguments.name)) if value}
    if not body:
        raise UsageError("Say what to change: --when, --zone or --name.")
    row = connect().call("PATCH", _path(arguments), body)
    return tell(arguments, row, f"{row['name']}: {row['when']}")


def remove(arguments: argparse.Namespace) -> int:
    connect().call("DELETE", _path(arguments))
    return tell(arguments, {"removed": arguments.id}, "Removed.")


def sign(arguments: argparse.Namespace) -> int:
    client = connect()
    row = client.call("GET", _path(arguments))
    row["wants"] = client.call("POST", f"{_path(arguments)}/rehearse", timeout_s=REHEARSAL_SECONDS)["wants"]
    if not any(step["sign"] for step in row["wants"]):
        return tell(arguments, row, "Nothing of it would ask.")
    _wanted(client, row, sign=True)
    return 0


def notices(arguments: argparse.Namespace) -> int:
    client = connect()
    rows = client.call("GET", f"/api/schedules/notices?unseen={'false' if arguments.all else 'true'}")
    done = tell_table(arguments, rows, ((row["at"][:16].replace("T", " "), row["kind"], row["name"], " ".join(row["text"].split())[:120]) for row in rows), "Nothing new.")
    if rows and not arguments.all:
        client.call("POST", "/api/schedules/notices/seen", {"until": rows[0]["id"]})
    return done


def _path(arguments: argparse.Namespace) -> str:
    return f"/api/schedules/{quote(arguments.id, safe='')}"
