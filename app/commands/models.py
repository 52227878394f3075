"""``model``."""

from __future__ import annotations

import argparse
import getpass
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from app.client import connect
from app.client.client import ApiError, Client
from app.client.model_text import pace_text
from app.commands.model_search import print_profiles
from app.commands.output import print_json, print_table, tell, tell_table
from core.errors import DeskhandError
from models.sources.store import is_gguf_name

BAR = 40  # characters
_HERE = ("/", "./", "../", "~")  # what paths begin with, and names of models never
EMBEDDER = "all-minilm-l6-v2"  # the model for searching by meaning


def list_models(arguments: argparse.Namespace) -> int:
    found = connect().call("GET", f"/api/models?all={str(arguments.all).lower()}")
    if arguments.json:
        print_json(found)
        return 0
    roles: dict[str, list[str]] = {}
    for role, model in found["roles"].items():
        roles.setdefault(model, []).append(role)
    print_table(
        (
            (
                row["id"],
                row["where"],
                f"{row['bytes'] / 1e6:.0f} MB" if row["bytes"] else "",
                "loaded" if row["loaded"] else "",
                ", ".join((*roles.get(row["id"], ()), *_ending(row))),
                measured_text(row),
            )
            for row in found["models"]
        ),
        "There are no models.",
    )
    for model in found.get("missing", ()):
        chosen = ", ".join(roles.get(model, ()))
        print(f"{model} ({chosen}) is chosen and is not here any more. Choose another: deskhand model use all ID", file=sys.stderr)
    if arguments.all:
        print("\nThe catalogue:")
        print_profiles(found["catalog"])
    return 0


def _ending(row: dict[str, Any]) -> tuple[str, ...]:
    return (f"{'ended' if row['ended'] else 'ends'} {row['ends']}",) if row.get("ends") else ()


def measured_text(row: dict[str, Any]) -> str:
    """How quickly a model reads and writes here, how it did with tools, which ways of working it takes, and what it costs; empty for one of which nothing is known.

    >>> measured_text({"reads_per_s": 180.2, "writes_per_s": 11.4, "ways": ["talk", "small tasks"]})
    'reads 180, writes 11 tokens/s; talk, small tasks'
    """
    paces = [f"{verb} {row[name]:.0f}" for verb, name in (("reads", "reads_per_s"), ("writes", "writes_per_s")) if row.get(name)]
    price = f"${row['price_in']:g} in, ${row['price_out']:g} out for a million tokens" if row.get("price_in") or row.get("price_out") else ""
    score = row.get("tool_score")
    tested = f"acts step by step in tools: {len(score['passed'])} of {len(score['passed']) + len(score['failed'])}" if score else ""
    return "; ".join(filter(None, (f"{', '.join(paces)} tokens/s" if paces else "", tested, ", ".join(row.get("ways") or ()), price)))


def loaded(arguments: argparse.Namespace) -> int:
    rows = [row for row in connect().call("GET", "/api/models")["models"] if row["loaded"]]
    return tell_table(arguments, rows, ((row["id"], row.get("pid") or "") for row in rows), "No model is loaded.")


def show(arguments: argparse.Namespace) -> int:
    row = connect().call("GET", f"/api/models/{arguments.id}")
    return tell_table(arguments, row, row.items(), "")


def use(arguments: argparse.Namespace) -> int:
    row = connect().call("PUT", f"/api/models/roles/{arguments.role}", {"model": arguments.id})
    return tell(arguments, row, f"{'planner, reviewer and executor' if row['role'] == 'all' else row['role']}: {row['model']}")


def fit(arguments: argparse.Namespace) -> int:
    """Where the memory would go, or why there is not enough."""
    asked = {"context": arguments.context, "cache": arguments.cache, "offload": arguments.offload}
    query = "&".join(f"{key}={value}" for key, value in asked.items() if value)
    found = connect().call("GET", f"/api/models/fit/{quote(arguments.id)}" + (f"?{query}" if query else ""))
    if arguments.json:
        print_json(found)
    else:
        print("\n".join(_picture(found)))
    return 0 if found["fits"] else 5


def _picture(found: dict[str, Any]) -> Iterator[str]:
    """A bar for each device: weights, cache, compute, and what is left."""
    yield f"{found['name']}, {found['parameters'] / 1e9:.2f} B parameters, {found['quantisation']}, cache: {found['kind']}"
    for device, part in found["parts"].items():
        budget = max(part["budget"], part["total"], 1)
        shares = [("weights", "█"), ("cache", "▓"), ("compute", "▒"), ("other", "░")]
        bar = "".join(mark * round(BAR * part[name] / budget) for name, mark in shares)
        yield f"{device:6} [{bar[:BAR]:·<{BAR}}] {part['total'] / 1e9:.2f} of {part['budget'] / 1e9:.2f} GB"
        yield "       " + ", ".join(f"{mark} {name} {part[name] / 1e9:.2f} GB" for name, mark in shares if part[name])
    if not found["fits"]:
        yield f"It does not fit: {found['reason']}"
        if near := found["nearest"]:
            yield f"It would fit with {near['context']} tokens of context and the cache in {near['cache']}: --context {near['context']} --cache {near['cache']}"
        return
    yield f"Fits: {found['reason']}. Loads in about {found['load_seconds']:.1f} s, then about {pace_text(found['decode_speed'])} tokens/s."
    yield from found["notes"]


def choose(arguments: argparse.Namespace) -> int:
    wish = {name: value for name in ("context", "cache", "offload") if (value := getattr(arguments, name)) is not None}
    found = connect().call("PUT", f"/api/models/choice/{quote(arguments.id)}", wish)
    return tell(arguments, found, "\n".join(_picture(found)))


def login(arguments: argparse.Namespace) -> int:
    token = getpass.getpass("Token of the model hub: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
    connect().call("PUT", "/api/models/hub-token", {"token": token})
    return tell(arguments, {"kept": bool(token)}, "The token is in the keyring." if token else "The token is forgotten.")


def pull(arguments: argparse.Namespace) -> int:
    """Fetch a model and show how it goes; Ctrl+C stops, and the next try goes on from there."""
    if path := _path_of(arguments.id):
        return add_file(arguments, path)
    core = connect()
    row = core.call("POST", "/api/models/downloads", {"id": arguments.id, "file": arguments.file}, timeout_s=660)
    if note := row.get("note"):
        print(note, file=sys.stderr)
    was_here = row["state"] == "done"
    try:
        while row["state"] == "running":
            if not arguments.json:
                print(f"\r{_progress(row):100}", end="", file=sys.stderr, flush=True)
            time.sleep(0.5)
            row = next(found for found in core.call("GET", "/api/models/downloads") if found["id"] == row["id"])
    except KeyboardInterrupt:
        core.call("DELETE", f"/api/models/downloads/{row['id']}")
        print("\nStopped. The next `deskhand model pull` goes on from here.", file=sys.stderr)
        return 130
    except DeskhandError as error:
        if error.code == "core_gone":
            print(file=sys.stderr)
            raise DeskhandError(error.message, code=error.code, hint="What has come is kept: it goes on by itself when the core is started again.") from error
        raise
    if row["state"] != "done":
        if not arguments.json:
            print(f"\r{'':100}\r", end="", file=sys.stderr, flush=True)
        raise DeskhandError(
            row["problem"] or "The download was stopped.", code=row["code"] or "download_failed", hint=row["hint"] or "The next `deskhand model pull` goes on from here."
        )
    model = row.get("model") or Path(row["file"]).stem
    said = f"{model} is here." if was_here else f"Added {model}."
    if not arguments.json and not was_here:
        print(f"\r{'':100}\r", end="", file=sys.stderr, flush=True)
    return tell(arguments, row, f"{said} {_next_step(core, model)}")


def _path_of(text: str) -> Path | None:
    """The file of this machine that is meant; None where it is a name of the catalogue, of the hub or of the registry, or an address."""
    if "://" in text or not (is_gguf_name(text) or text.startswith(_HERE)):
        return None
    path = Path(text).expanduser()
    return path if path.exists() or "/" not in text or text.startswith(_HERE) else None


def _next_step(core: Client, model: str) -> str:
    """What a person does with a model that has come."""
    if model in core.call("GET", "/api/models")["roles"].values():
        return "It answers from now on."
    return "Search by meaning is on from now on." if model == EMBEDDER else f"Use it with: deskhand model use all {model}"


def _progress(row: dict[str, Any]) -> str:
    name = f"{row['file']}, licence {row['licence']}"
    if row["phase"] == "verifying":
        return f"{name}: checking · {row['seconds']} s"
    of = f" of {row['bytes'] / 1e6:.0f}" if row["bytes"] else ""
    rate = "another Deskhand is fetching it" if row["phase"] == "waiting" else f"{row['rate'] / 1e6:.1f} MB/s"
    return f"{name}: {row['done'] / 1e6:.0f}{of} MB, {rate}"


def load(arguments: argparse.Namespace) -> int:
    return tell(arguments, connect().call("POST", f"/api/models/load/{arguments.id}", timeout_s=660), f"Loaded {arguments.id}.")


def unload(arguments: argparse.Namespace) -> int:
    return tell(arguments, connect().call("POST", f"/api/models/unload/{arguments.id}"), f"Unloaded {arguments.id}.")


def add_file(arguments: argparse.Namespace, path: Path) -> int:
    """Copy a GGUF file into the models folder."""
    row = connect().call("POST", "/api/models/files", {"path": str(path.absolute())}, timeout_s=660)
    return tell(arguments, row, f"Added {row['id']}. {_next_step(connect(), row['id'])}")


def remove(arguments: argparse.Namespace) -> int:
    """Delete a model's files, or forget a server."""
    core = connect()
    try:
        roles = core.call("DELETE", f"/api/models/files/{quote(arguments.id)}", timeout_s=60)["roles"]
    except ApiError as error:
        if error.code != "not_found":
            raise
        roles = _forget_server(core, arguments.id, error)
    said = f" It was {', '.join(roles)}; the starter is again, where nothing else is chosen." if roles else ""
    return tell(arguments, {"removed": arguments.id}, f"Removed {arguments.id}.{said}")


def _forget_server(core: Client, name: str, otherwise: ApiError) -> list[str]:
    """The roles that its models had."""
    try:
        return list(core.call("DELETE", f"/api/models/providers/{quote(name, safe='')}")["roles"])
    except ApiError as error:
        raise (otherwise if error.code in ("not_found", "invalid") else error) from error
