"""``run``, ``approvals`` and ``permission``."""

from __future__ import annotations

import argparse
import json
from typing import Any

from app.client import connect
from app.client.card_text import card_text
from app.commands.ask import exit_code
from app.commands.output import print_json, print_table, tell, tell_table
from core.gate.visible import visible


def list_runs(arguments: argparse.Namespace) -> int:
    rows = connect().call("GET", f"/api/runs?limit={max(1, min(1000, arguments.limit))}")
    return tell_table(
        arguments,
        rows,
        ((row["id"], row["started_at"][:16].replace("T", " "), row["status"], row["request"]["text"].splitlines()[0][:80]) for row in rows),
        "There are no runs yet.",
    )


def show(arguments: argparse.Namespace) -> int:
    row = connect().call("GET", f"/api/runs/{arguments.id}")
    if arguments.json:
        print_json(row)
        return 0
    result = row["result"]
    print(f"{row['id']}  {row['status']}  {row['request']['text']}\n")
    if result.get("way"):
        print(f"{result['way']}: {result.get('way_why', '')}\n")
    print_table(
        (
            (
                step["id"],
                step["tool"],
                step["status"],
                (step["error"] or {}).get("message", "") or step.get("text", "").splitlines()[0] if step.get("text") or step["error"] else "",
            )
            for step in result.get("steps", ())
        ),
        "No steps.",
    )
    print(f"\n{result.get('answer', '')}")
    return 0


def undo(arguments: argparse.Namespace) -> int:
    """Exit code 0 when everything is back, 1 when something could not be."""
    report = connect().call("POST", f"/api/runs/{arguments.id}/undo", timeout_s=600)
    if arguments.json:
        print_json(report)
    else:
        for change in report["changes"]:
            if not change["undone"]:
                print(f"not undone: {change['path']}: {change['why']}")
        print("Everything is back as it was." if report["complete"] else "The rest is back as it was.") if report["changes"] else print("There was nothing to undo.")
    return 0 if report["complete"] else 1


def resume(arguments: argparse.Namespace) -> int:
    return _acted(arguments, "resume")


def cancel(arguments: argparse.Namespace) -> int:
    return _acted(arguments, "cancel")


def _acted(arguments: argparse.Namespace, what: str) -> int:
    client = connect()
    client.call("POST", f"/api/runs/{arguments.id}/{what}")
    row = client.call("GET", f"/api/runs/{arguments.id}?wait_s={20 if what == 'cancel' else 600}", timeout_s=660)
    print_json(row["result"]) if arguments.json else print(f"{row['id']}: {row['status']}\n{row['result'].get('answer', '')}")
    return 0 if what == "cancel" and row["status"] == "cancelled" else exit_code(row["result"] | {"status": row["status"]})


def hold(arguments: argparse.Namespace) -> int:
    row = connect().call("POST", f"/api/runs/{arguments.id}/hold", {"held": arguments.held})
    return tell(arguments, row, "Paused: what is under way is finished, nothing else begins." if arguments.held else "It goes on.")


def skip(arguments: argparse.Namespace) -> int:
    row = connect().call("POST", f"/api/runs/{arguments.id}/steps/{arguments.step}/skip")
    return tell(arguments, row, f"{arguments.step} is left out.")


def change(arguments: argparse.Namespace) -> int:
    """Arguments that are not named stay as they are."""
    client = connect()
    row = client.call("GET", f"/api/runs/{arguments.id}")
    step: dict[str, Any] = next((one for one in (row["result"].get("plan") or {}).get("steps", ()) if one["id"] == arguments.step), {"args": {}})
    given = dict(pair.partition("=")[::2] for pair in arguments.args)
    row = client.call("PATCH", f"/api/runs/{row['id']}/steps/{arguments.step}", {"args": {**step["args"], **{name: _value(text) for name, text in given.items()}}})
    return tell(arguments, row, f"{arguments.step} is changed.")


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def export(arguments: argparse.Namespace) -> int:
    """The run with every event: what the audit has."""
    client = connect()
    row = client.call("GET", f"/api/runs/{arguments.id}")
    print_json({"run": row, "events": client.call("GET", f"/api/runs/{row['id']}/events")})
    return 0


def approvals(arguments: argparse.Namespace) -> int:
    rows = connect().call("GET", "/api/approvals")
    return tell_table(
        arguments,
        rows,
        ((row["id"], row.get("tool", "plan"), row.get("why", ""), row.get("preview", "").splitlines()[0][:80] if row.get("preview") else "") for row in rows),
        "Nothing waits for consent.",
    )


def show_approval(arguments: argparse.Namespace) -> int:
    """One question, with its preview whole."""
    row: dict[str, Any] = connect().call("GET", f"/api/approvals/{arguments.id}")
    return tell(arguments, row, visible(card_text({**row, "preview": row.get("whole") or row.get("preview", "")})))


def approve(arguments: argparse.Namespace) -> int:
    return _answered(arguments, arguments.length)


def deny(arguments: argparse.Namespace) -> int:
    return _answered(arguments, "no")


def _answered(arguments: argparse.Namespace, decision: str) -> int:
    row: dict[str, Any] = connect().call("POST", f"/api/approvals/{arguments.id}", {"decision": decision})
    return tell(arguments, row, f"{row['id']}: {row['state']}")


def permissions(arguments: argparse.Namespace) -> int:
    rows = connect().call("GET", "/api/permissions")
    return tell_table(
        arguments, rows, ((row["id"], row["decision"], row["tool"], row["scope"], row["conversation_id"] or "always") for row in rows), "There are no standing permissions."
    )


def permit(arguments: argparse.Namespace) -> int:
    row = connect().call("POST", "/api/permissions", {"tool": arguments.tool, "scope": arguments.scope, "decision": arguments.decision})
    return tell(arguments, row, f"{row['id']}: {row['decision']} {row['tool']} on {row['scope']}")


def revoke(arguments: argparse.Namespace) -> int:
    connect().call("DELETE", f"/api/permissions/{arguments.id}")
    return tell(arguments, {"revoked": arguments.id}, f"Revoked {arguments.id}.")
