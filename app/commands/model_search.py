"""``model search`` and ``model catalog``: finding a model, on the hub and in what is built in."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from app.client import connect
from app.client.model_text import pace_text
from app.commands.output import print_json, print_table

ASK_SECONDS = 120.0


def search(arguments: argparse.Namespace) -> int:
    """Models that fit some words: of the hub, of the catalogue where it does not answer; what fits, and sizes by quantisation."""
    limit = max(1, min(100, arguments.limit))
    found = connect().call("GET", f"/api/models/search?text={quote(' '.join(arguments.text), safe='')}&limit={limit}", timeout_s=ASK_SECONDS)
    if found["note"]:
        print(found["note"], file=sys.stderr)
    if arguments.json:
        print_json(found["results"])
        return 0
    for row in found["results"]:
        print("\n".join(_lines(row)))
    if not found["results"]:
        print("Nothing is called that.")
    elif fitting := [row for row in found["results"] if row["best"]]:
        print(f"Fetch one with: deskhand model pull {next((row for row in fitting if row['quick']), fitting[0])['pull']}", file=sys.stderr)
    return 0


def _lines(row: dict[str, Any]) -> Iterator[str]:
    """A model: its name and what is known of it; what fits; all sizes."""
    facts = (
        f"{row['parameters'] / 1e9:.1f} B parameters" if row["parameters"] else "",
        f"licence {row['licence'] or 'not stated'}",
        f"{row['downloads']:,} downloads" if row["source"] == "hub" else "",
        row["updated"][:10],
        "asks for a token" if row["gated"] else "",
    )
    yield f"{row['id']}  ({', '.join(filter(None, facts))})"
    if best := next((file for file in row["files"] if file["quantisation"] == row["best"]), None):
        yield f"  fits here: {best['quantisation']}, {_size(best['bytes'])}, about {pace_text(best['speed'])} tokens/s"
    elif row["files"]:
        yield f"  does not fit here: {row['files'][0]['reason']}"
    if row["files"]:
        yield "  sizes: " + ", ".join(f"{file['quantisation']} {_size(file['bytes'])}{'' if file['fits'] else ' (too large)'}" for file in row["files"])


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def show_catalog(arguments: argparse.Namespace) -> int:
    """Known models that can be had here, or some of them; what is recommended for this machine."""
    found = connect().call("GET", "/api/models/catalog", timeout_s=ASK_SECONDS)
    wanted = arguments.text.lower()
    rows = [row for row in found["profiles"] if wanted in f"{row['id']} {row['name']} {row['maker']} {' '.join(row['roles'])}".lower()]
    if arguments.json:
        print_json({**found, "profiles": rows})
        return 0
    for advice in found["recommended"] if not wanted else ():
        print(f"{advice['id']}: {advice['reason']}.")
    print_profiles(rows)
    if wanted:
        for row in rows[:3]:
            print("\n".join(_facts(row)))
    return 0


def print_profiles(rows: list[dict[str, Any]]) -> None:
    """A line for each profile."""
    print_table(
        (
            (
                row["id"],
                row["maker"],
                f"{next(iter(row['sizes'].values())) / 1e9:.1f} GB" if row["sizes"] else f"${row['price_in']:g}/{row['price_out']:g}",
                f"{row['context'] // 1024} K",
                row["licence"],
                ", ".join((*row["roles"], *(("here",) if row["here"] else ()), *((f"ends {row['ends']}",) if row.get("ends_soon") else ()))),
            )
            for row in rows
        ),
        "Nothing in the catalogue has that in its name.",
    )


def _facts(row: dict[str, Any]) -> Iterator[str]:
    """Figures and who states what, for a model that was asked for by name."""
    yield ""
    for figure in row["figures"]:
        yield f"{row['id']}: {figure['score']:g} of {figure['of']:g}, {figure['source']} ({figure['date']})"
    said: dict[str, list[str]] = {}
    for fact in row["sources"]:
        said.setdefault(f"{fact['source']} ({fact['date']})", []).append(fact["what"])
    for source, what in said.items():
        yield f"{row['id']}: {', '.join(what)}: {source}"
    if row["estimated"]:
        yield f"{row['id']}: not stated by anybody, our estimate: {', '.join(row['estimated'])}"
