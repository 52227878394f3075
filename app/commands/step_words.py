"""A call of a tool in a person's words: ``Reads letters/a.txt``."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from core.gate.visible import visible

MOST = 100  # letters of a line
_VERBS = {
    "files.list": "Lists", "files.find": "Searches", "files.read": "Reads", "files.info": "Looks at", "files.write": "Writes", "files.append": "Adds to",
    "files.edit": "Changes", "files.move": "Moves", "files.copy": "Copies", "files.delete": "Deletes", "files.make_folder": "Makes the folder",
    "files.archive": "Packs", "files.extract": "Unpacks", "files.open": "Opens", "documents.read": "Reads", "documents.write": "Writes", "tables.describe": "Looks at the table",
    "tables.query": "Asks the table", "calc.evaluate": "Calculates", "web.search": "Searches the web for", "web.fetch": "Fetches", "memory.search": "Looks in memory for",
    "memory.add": "Remembers", "notes.add": "Notes", "notes.find": "Searches the notes for", "schedule.remind": "Reminds of", "schedule.add": "Schedules", "shell.run": "Runs",
    "code.run": "Runs a program", "program": "Runs a program", "text.compose": "Writes a text", "mail.send": "Sends a mail to", "device.ask": "Asks another machine",
}  # fmt: skip
_FIRST = (
    "path", "paths", "source", "sources", "moves", "files", "name", "pattern", "text", "texts", "query", "sql", "expression", "expressions", "url", "command", "what", "request",
    "to", "recipient", "question",
)  # fmt: skip


def step_words(tool: str, args: Mapping[str, Any]) -> str:
    """One line, at most :data:`MOST` letters: a verb where the tool is known, else its name, and what it is about."""
    about = _about(args)
    target = args.get("target") or args.get("destination")
    line = " ".join(part for part in (_VERBS.get(tool, tool), about, f"→ {target}" if about and isinstance(target, str) else "") if part)
    return line if len(line) <= MOST else line[: MOST - 1] + "…"


def _about(args: Mapping[str, Any]) -> str:
    if isinstance(argv := args.get("argv"), list) and argv:
        return _short(shlex.join(map(str, argv)))  # as the card shows it: a ``>`` that is only an argument stands in quotes
    chosen = next((args[name] for name in _FIRST if args.get(name)), None)
    return _short(chosen if chosen is not None else next((value for value in args.values() if value), ""))


def _short(value: Any) -> str:
    if isinstance(value, list):
        shown = ", ".join(_short(item) for item in value[:3])
        return f"{shown} and {len(value) - 3} more" if len(value) > 3 else shown
    if isinstance(value, Mapping):
        return _about(value)
    return " ".join(visible(" ".join(str(value).split())).split())
