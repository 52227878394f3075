"""``tool``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from app.client import connect
from app.commands.output import print_json, tell, tell_table
from core.errors import UsageError


def list_tools(arguments: argparse.Namespace) -> int:
    rows = connect().call("GET", "/api/tools")
    return tell_table(arguments, rows, ((row["name"], row["risk"], row["description"]) for row in rows), "There are no tools.")


def show(arguments: argparse.Namespace) -> int:
    row = connect().call("GET", f"/api/tools/{arguments.name}")
    return tell(arguments, row, f"{row['name']} ({row['risk']}): {row['description']}\n{json.dumps(row['parameters'], indent=2, ensure_ascii=False)}")


def call(arguments: argparse.Namespace) -> int:
    try:
        args = json.loads(arguments.args)
    except ValueError as error:
        raise UsageError(f"The arguments are not valid JSON: {error}.", hint='For example: deskhand tool call files.list \'{"path": "."}\'') from error
    if not isinstance(args, dict):
        raise UsageError("The arguments must be a JSON object.")
    workspace = str(Path(arguments.workspace or ".").expanduser().absolute())
    row = connect().call("POST", f"/api/tools/{arguments.name}/call", {"args": args, "workspace": workspace, "approve": arguments.approve}, timeout_s=660)
    print_json(row) if arguments.json else print(row["text"])
    return 0 if row["verified"] else 1
