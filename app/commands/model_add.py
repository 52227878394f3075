"""``model add``: a GGUF file, a service that is known by name, any other server; without a name, what is known."""

from __future__ import annotations

import argparse
import getpass
import re
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

from app.client import connect
from app.client.client import Client
from app.commands.models import add_file
from app.commands.output import print_json, print_table, tell
from core.errors import NotFound, UsageError
from models.sources.store import is_gguf_name

ASK_SECONDS = 60.0
WEIGHTS = "model.safetensors"  # of the embedding model, which may be added as the folder that it is published as
MOST_SHOWN = 8  # names of models in one line
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,40}")


def add(arguments: argparse.Namespace) -> int:
    """A GGUF file is copied into the models folder; anything else is a server, which is asked for its models."""
    if not arguments.name:
        return _list_services(arguments)
    path = Path(arguments.name).expanduser()
    if (
        is_gguf_name(arguments.name)
        or (any(mark in arguments.name for mark in "/\\.") and path.is_file())
        or (path.is_dir() and ("/" in arguments.name or (path / WEIGHTS).is_file()))
    ):
        return add_file(arguments, path)
    core, name = connect(), _name(arguments.name)
    service = next((row for row in core.call("GET", "/api/models/services") if name in (row["id"], *row["also"])), None)
    key = _read_key(arguments, core, name, service)
    models = [part.strip() for part in arguments.models.split(",") if part.strip()]
    body = {"kind": arguments.kind, "base_url": arguments.url, "models": models, "key": key, "tried": True}
    row = core.call("PUT", f"/api/models/providers/{quote(name, safe='')}", body, timeout_s=ASK_SECONDS)
    return tell(arguments, row, _said(row, service))


def _name(text: str) -> str:
    """The name of a server as it stands in ids. Raises :class:`UsageError` for one that cannot."""
    name = text.strip().lower().replace(".", "").replace(" ", "-")
    if "/" in text or "\\" in text:
        raise NotFound(
            f"There is no file {text[:200]}, and no server can be called that.",
            hint="A model file ends in .gguf; a server's address is given so: deskhand model add NAME --url ADDRESS",
        )
    if not _NAME.fullmatch(name):
        raise UsageError(f"A server cannot be called {text[:60]!r}.", hint="Small letters, digits, - and _; its address is given with --url.")
    return name


def _read_key(arguments: argparse.Namespace, core: Client, name: str, service: dict[str, Any] | None) -> str:
    """The key: typed where somebody sits there, a line of standard input where that is wished; empty where none is needed or it is here already."""
    if arguments.key_stdin and not sys.stdin.isatty():
        key = sys.stdin.readline().strip()
    elif arguments.key_stdin or (sys.stdin.isatty() and service and not service["local"] and not service["has_key"] and not arguments.url):
        where = f" (from {service['keys']})" if service and service["keys"] else ""
        key = getpass.getpass(f"Key of {service['name'] if service else name}{where}: ").strip()
    else:
        return ""
    if not key:
        raise UsageError("The key is empty; nothing was added.", code="no_key", hint=f"Get one at {service['keys']}" if service and service["keys"] else "Give it as one line.")
    return key


def _said(row: dict[str, Any], service: dict[str, Any] | None) -> str:
    models = row["models"]
    shown = ", ".join(models[:MOST_SHOWN]) + (f" and {len(models) - MOST_SHOWN} more" if len(models) > MOST_SHOWN else "")
    lines = [f"Added {service['name'] if service else row['name']}" + (f" with {shown}." if models else ".")]
    lines += [row["note"]] if row["note"] else []
    return "\n".join([*lines, f"Use it with: deskhand model use all {row['name']}/{models[0] if models else 'MODEL'}"])


def _list_services(arguments: argparse.Namespace) -> int:
    rows = connect().call("GET", "/api/models/services")
    if arguments.json:
        print_json(rows)
        return 0
    print_table(((row["id"], row["name"], "on this machine" if row["local"] else "key is here" if row["has_key"] else f"key: {row['keys']}") for row in rows), "")
    print("\nAdd one with: deskhand model add NAME     any other: deskhand model add NAME --url ADDRESS     a file: deskhand model add FILE.gguf")
    return 0
