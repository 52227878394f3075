"""``memory``."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from app.client import connect
from app.commands.output import print_json, tell, tell_table
from core.errors import UsageError

WORDS_ONLY = "Found by words alone; `deskhand model pull all-minilm-l6-v2` adds meaning."


def add(arguments: argparse.Namespace) -> int:
    row = connect().call("POST", "/api/memory", {"text": " ".join(arguments.text), "about": arguments.about})
    older = f" It takes the place of: {row['history'][0]['text']}" if row["history"] else ""
    return tell(arguments, row, f"Remembered ({row['id']}).{older}")


def list_memories(arguments: argparse.Namespace) -> int:
    rows = connect().call("GET", f"/api/memory?level={arguments.level}&limit={arguments.limit}&past={'true' if arguments.past else 'false'}")
    return tell_table(arguments, rows, _cells(rows), "Nothing is remembered yet. `deskhand memory add` remembers a fact.")


def _cells(rows: Iterable[dict[str, Any]]) -> Iterable[tuple[str, ...]]:
    return ((row["id"], row["at"][:10], row["said_by"], " ".join(row["text"].split())[:160] + (f"  (until {row['valid_to'][:10]})" if row["valid_to"] else "")) for row in rows)


def search(arguments: argparse.Namespace) -> int:
    found = connect().call("GET", f"/api/memory/search?text={quote(' '.join(arguments.text))}&limit={arguments.limit}", timeout_s=120)
    done = tell_table(arguments, found["memories"], _cells(found["memories"]), "Nothing like that is remembered.")
    if not arguments.json and not found["by_meaning"]:
        print(WORDS_ONLY, file=sys.stderr)
    return done


def show(arguments: argparse.Namespace) -> int:
    row = connect().call("GET", f"/api/memory/{quote(arguments.id, safe='')}")
    before = "".join(f"\n  before ({other['at'][:10]} to {(other['valid_to'] or '?')[:10]}): {other['text']}" for other in row["history"])
    until = f", until {row['valid_to'][:10]}" if row["valid_to"] else ""
    return tell(
        arguments,
        row,
        f"{row['text']}\n  {row['level']}, said by {row['said_by']} on {row['at'][:10]}{until}, from {row['source']}{', in ' + row['place'] if row['place'] else ''}{before}",
    )


def edit(arguments: argparse.Namespace) -> int:
    row = connect().call("PATCH", f"/api/memory/{quote(arguments.id, safe='')}", {"text": " ".join(arguments.text)})
    return tell(arguments, row, "Changed.")


def forget(arguments: argparse.Namespace) -> int:
    row = connect().call("POST", "/api/memory/forget", {"ids": arguments.ids}, timeout_s=120)
    return tell(arguments, row, f"Forgot {row['forgotten']}; nothing of it is left.")


def export(arguments: argparse.Namespace) -> int:
    rows = connect().call("GET", "/api/memory/export", timeout_s=120)
    text = _markdown(rows) if arguments.markdown or arguments.file.endswith(".md") else json.dumps(rows, ensure_ascii=False, indent=1) + "\n"
    if not arguments.file:
        print(text, end="")
        return 0
    try:
        Path(arguments.file).expanduser().write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{arguments.file} cannot be written: {error.strerror}.") from error
    return tell(arguments, {"exported": len(rows)}, f"Wrote {len(rows)} memories to {arguments.file}.")


def _markdown(rows: Iterable[dict[str, Any]]) -> str:
    lines = ["# What Deskhand remembers", ""]
    for row in rows:
        lines.append(f"- {row['at'][:10]}, {row['said_by']}{' (no longer)' if row['valid_to'] else ''}: {' '.join(row['text'].split())}")
    return "\n".join(lines) + "\n"


_LINE = re.compile(r"- (\d{4}-\d\d-\d\d), ([^:(]{1,80}?)( \(no longer\))?: (.+)")


def _of_markdown(text: str) -> list[dict[str, Any]]:
    """The lines of a list: as :func:`_markdown` writes them, or just words. What no longer holds stays out."""
    rows: list[dict[str, Any]] = []
    for line in text.splitlines():
        if match := _LINE.fullmatch(line.strip()):
            if not match[3]:
                rows.append({"text": match[4].strip(), "at": f"{match[1]}T00:00:00.000Z", "said_by": match[2], "source": "assistant" if match[2] == "assistant" else "person"})
        elif line.startswith(("- ", "* ")) and line[2:].strip():
            rows.append({"text": line[2:].strip()})
    return rows


def undo(arguments: argparse.Namespace) -> int:
    row = connect().call("POST", f"/api/memory/{quote(arguments.id, safe='')}/undo")
    return tell(arguments, row, f"As it was: {row['memory']['text']}" if row["memory"] else "Undone: it is forgotten.")


def rate(arguments: argparse.Namespace) -> int:
    row = connect().call("POST", f"/api/memory/{quote(arguments.id, safe='')}/rate", {"good": arguments.verdict == "good"})
    return tell(arguments, row, "Noted." if row["rating"] > -2 else "Noted: it is not put before a model any more.")


def conversation(arguments: argparse.Namespace) -> int:
    remember = arguments.state == "on"
    row = connect().call("PATCH", f"/api/conversations/{quote(arguments.id, safe='')}", {"remember": remember})
    return tell(arguments, row, "It is remembered from now on." if remember else "It is kept out of memory, and what was kept of it is forgotten.")


def take_in(arguments: argparse.Namespace) -> int:
    try:
        text = Path(arguments.file).expanduser().read_text(encoding="utf-8")
        rows = json.loads(text) if not arguments.file.endswith(".md") else _of_markdown(text)
    except (OSError, ValueError) as error:
        raise UsageError(f"{arguments.file} cannot be read: {getattr(error, 'strerror', None) or error}.") from error
    if not isinstance(rows, list):
        raise UsageError(f"{arguments.file} is no list of memories.")
    row = connect().call("POST", "/api/memory/import", {"memories": rows}, timeout_s=300)
    if arguments.json:
        print_json(row)
        return 0
    print(f"Took in {row['added']} of {len(rows)}; the others were there already." if row["added"] < len(rows) else f"Took in {row['added']}.")
    return 0
