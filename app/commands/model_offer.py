"""The model that talks, offered where a person begins: a question in a terminal; without one it is fetched in the background, and said."""

from __future__ import annotations

import argparse
import os
import sys
import time
from typing import Any

from app.client import Client
from app.client.model_text import arrival_text, offer_text
from app.commands.output import is_terminal

LOOK_SECONDS = 45.0  # for the sources to answer; it is looked for once
BAR = 30  # characters
TICK_SECONDS = 0.5
NONE = "none"


def bring_model(client: Client, arguments: argparse.Namespace) -> None:
    """Offer the best model for this machine, or what ``DESKHAND_MODEL`` names; with nobody to ask, fetch it. Never for a request that is local only."""
    wanted = os.environ.get("DESKHAND_MODEL", "")
    if wanted == NONE or arguments.local_only:
        return
    row = _answer(client, "look", wanted)
    if row["state"] == "failed" and row["agreed"] and not row["fresh"]:
        row = _answer(client, "fetch", wanted)  # it was agreed to, and asking again means trying again
    elif row["state"] == "offered" and row["open"]:
        row = _offer(client, row, wanted, asks=is_terminal() and not getattr(arguments, "json", False))
    elif row["state"] in ("looking", "fetching"):
        _say(f"{_arrival(row)}; it goes on in the background.")
    if row["state"] == "failed" and row["fresh"]:
        _say(f"{row['problem']} {row['hint']}".strip())


def show_fetching(client: Client) -> None:
    """A bar until the model is here; Ctrl+C leaves it in the background."""
    shown = False
    try:
        while (row := client.call("GET", "/api/models/setup"))["state"] in ("looking", "fetching"):
            print(f"\r\x1b[K{_bar(row)}", end="", file=sys.stderr, flush=True)
            shown = True
            time.sleep(TICK_SECONDS)
        if shown:
            _say("\r\x1b[K" + (f"{row['model']} is here, and answers from now on." if row["state"] == "ready" else f"{row['problem']} {row['hint']}".rstrip()))
    except KeyboardInterrupt:
        _say("\nIt comes in the background; the built-in starter works meanwhile.")


def need_text(client: Client, arguments: argparse.Namespace) -> str:
    """How a model comes here that could have done what was asked; one sentence."""
    if getattr(arguments, "local_only", False):
        return "Nothing may leave this machine (--local-only), so no model is fetched. Leave it out once, or add a file: deskhand model add FILE.gguf"
    row = client.call("GET", "/api/models/setup")
    if row["state"] == "failed":
        return f"{row['problem']} {row['hint']}".strip()
    if row["state"] == "offered":
        return f"Fetch one with: deskhand model pull {row['id']} && deskhand model use all MODEL  ({offer_text(row)})"
    return "Which models suit this machine: deskhand model catalog. An account or a server is added with: deskhand model add openai"


def _offer(client: Client, row: dict[str, Any], wanted: str, asks: bool) -> dict[str, Any]:
    if not asks:
        _say(f"A model that talks is fetched in the background (not with DESKHAND_MODEL=none). {offer_text(row)}.")
        return _answer(client, "fetch", wanted)
    try:
        best = ", the best for this machine" if row["is_best"] else ""
        said = input(f"A model that talks{best}. {offer_text(row)}. Fetch it? [Y/n] ").strip().lower()
    except EOFError:
        said = "n"
    if said[:1] in ("", "y", "j"):
        return _answer(client, "fetch", wanted)
    _say(f"It is offered no more. Later: deskhand model pull {row['id']}")
    return _answer(client, "no", None)


def _answer(client: Client, answer: str, model: str | None) -> dict[str, Any]:
    return dict(client.call("POST", "/api/models/setup", {"answer": answer, "model": model, "wait_s": LOOK_SECONDS}, timeout_s=2 * LOOK_SECONDS + 30))


def _arrival(row: dict[str, Any]) -> str:
    said = arrival_text(row["name"], row["phase"] or "looking", row["done"], row["bytes"])
    return f"{said} · {row['seconds']} s" if row["phase"] == "verifying" else said


def _bar(row: dict[str, Any]) -> str:
    filled = round(BAR * row["done"] / row["bytes"]) if row["bytes"] else 0
    rate = f", {row['rate'] / 1e6:.1f} MB/s" if row["rate"] else ""
    return f"[{'█' * filled:·<{BAR}}] {_arrival(row)}{rate}"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
