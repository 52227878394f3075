"""What lists say of a file or folder, and how they are sorted."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import Field, WithJsonSchema

from core.gate.mediator import note_name
from tools.documents import kinds
from tools.documents.content import counted
from tools.documents.frame import printable
from tools.selection import Only

Names = str | list[str]
Rows = list[dict[str, Any]]


def _drop_default(schema: dict[str, Any]) -> None:
    """Schemas stand in every prompt: a default that says nothing (empty, no, zero, all) is left out of them."""
    if not schema.get("default") or schema["default"] in ("all", "name", "*"):
        schema.pop("default", None)


_NAMES_SCHEMA = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
BRIEF = Field(json_schema_extra=_drop_default)


def rows_schema(**properties: str) -> WithJsonSchema:
    """The schema of a list of objects; all texts, and needed, but those of which the kind is said. ``names`` (a text or a list of them) is needed too."""
    shapes = {name: _NAMES_SCHEMA if kind == "names" else {"type": kind or "string"} for name, kind in properties.items()}
    needed = [name for name, kind in properties.items() if kind in ("", "names")]
    return WithJsonSchema({"type": "array", "items": {"type": "object", "properties": shapes, "required": needed}})


def entry_of(item: Path) -> dict[str, Any]:
    """``name``, ``kind`` (``file`` or ``folder``), ``type``, ``bytes``, and ``changed`` as local time."""
    info = item.lstat()
    note_name(str(item))
    changed = datetime.datetime.fromtimestamp(info.st_mtime).isoformat(timespec="seconds")
    folder = item.is_dir()
    return {"name": item.name, "kind": "folder" if folder else "file", "type": kinds.kind_of(item), "bytes": 0 if folder else info.st_size, "changed": changed}


def line_of(entry: dict[str, Any], name: str = "name") -> str:
    """``report.pdf  (PDF, 1204 bytes, 2026-03-31 14:05)``."""
    date = entry["changed"].replace("T", " ")[:16]
    if entry["kind"] == "folder":
        inside = f"{counted(entry['entries'], 'entry', 'entries')}, " if "entries" in entry else ""
        return f"{printable(entry[name])}/  (folder, {inside}{date})"
    return f"{printable(entry[name])}  ({entry['type']}, {counted(entry['bytes'], 'byte')}, {date})"


def order_of(sort: str, name: str) -> Callable[[dict[str, Any]], Any]:
    """What entries are sorted by; ``name`` is the key that holds the name or path."""
    orders: dict[str, Callable[[dict[str, Any]], Any]] = {
        "name": lambda entry: (entry["kind"] != "folder" if name == "name" else False, entry[name].lower()),
        "size": lambda entry: -entry["bytes"],
        "smallest": lambda entry: entry["bytes"],
        "newest": lambda entry: tuple(-ord(letter) for letter in entry["changed"]),
        "oldest": lambda entry: entry["changed"],
    }
    return orders[sort]


def is_kind(item: Path, only: Only) -> bool:
    return only == "all" or item.is_dir() == (only == "folders")
