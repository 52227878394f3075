"""``workspace``: folders whose ``AGENTS.md`` speaks for the person."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.client import connect
from app.client.client import Client
from app.commands.output import tell, tell_table
from core.errors import UsageError
from core.trust import KEY


def list_trusted(arguments: argparse.Namespace) -> int:
    named = _named(connect())
    rows = [{"folder": folder, "there": Path(folder).is_dir()} for folder in named]
    return tell_table(arguments, rows, ((row["folder"], "" if row["there"] else "is not there") for row in rows), "None. `deskhand workspace trust` names this folder.")


def trust(arguments: argparse.Namespace) -> int:
    folder = Path(arguments.folder).expanduser().resolve()
    if not folder.is_dir():
        raise UsageError(f"{arguments.folder} is no folder.", code="bad_workspace")
    if "," in str(folder):
        raise UsageError("A folder with a comma in its name cannot be named here.", code="bad_workspace", hint="Trust the folder that it lies in.")
    client = connect()
    _put(client, [*_named(client), str(folder)])
    guide = folder / "AGENTS.md"
    said = f" Its AGENTS.md begins: {guide.read_text(encoding='utf-8', errors='replace')[:300].strip()}" if guide.is_file() else ""
    return tell(arguments, {"trusted": str(folder)}, f"You trust {folder}.{said}")


def distrust(arguments: argparse.Namespace) -> int:
    folder, client = str(Path(arguments.folder).expanduser().resolve()), connect()
    named = _named(client)
    if folder not in named:
        raise UsageError(f"{folder} is not among those that you trust.", code="not_found", hint="`deskhand workspace list` shows them.")
    _put(client, [name for name in named if name != folder])
    return tell(arguments, {"distrusted": folder}, f"{folder} speaks for you no more.")


def _named(client: Client) -> list[str]:
    return [str(name) for name in client.call("GET", f"/api/settings/{KEY}")["value"]]


def _put(client: Client, folders: list[str]) -> None:
    client.call("PUT", f"/api/settings/{KEY}", {"value": list(dict.fromkeys(folders))})
