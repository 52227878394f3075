"""Mending what small models get wrong in a call: names, and the types and names of arguments. Pure functions.

Names are matched by rule only (case, separators, aliases), never by resemblance: a wrong tool does harm, an unknown one gets
a sentence back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from core.plan import REFERENCE, Output, as_text

ARGUMENT_ALIASES = {
    "path": ("paths", "files", "file_paths", "file", "filename", "file_path", "filepath", "file_name", "folder", "directory", "dir", "name", "target", "location"),
    "text": ("content", "contents", "body", "data", "value", "note", "message", "line"),
    "source": ("src", "from", "old", "path", "file", "source_path", "from_path", "old_path", "old_name"),
    "target": ("dst", "dest", "destination", "to", "new", "new_path", "destination_path", "to_path", "new_name", "output"),
    "find": ("old", "search", "old_text", "old_str", "pattern", "from"),
    "replace": ("new", "replacement", "new_text", "new_str", "with", "to"),
    "expressions": ("exprs", "formulas"),
    "expression": ("expr", "formula", "input", "query"),
    "query": ("q", "text", "search", "keyword"),
    "argv": ("command", "cmd", "args"),
    "url": ("address", "link", "uri"),
    "name": ("pattern", "query", "app", "application", "filename", "process"),
    "value": ("amount", "number", "quantity"),
}


@lru_cache(maxsize=4096)  # every call compares its names with all of a schema's
def normalise(name: str) -> str:
    """``Files-Write``, ``files_write`` and ``filesWrite`` are the same."""
    return re.sub(r"[^a-z0-9]+", "", name.lower().removeprefix("functions.").removeprefix("default_api."))


def repair_arguments(args: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments with names and types mended where there is exactly one way to; what cannot be mended is left for the check."""
    properties: dict[str, Any] = schema.get("properties") or {}
    mended = _renamed(dict(args), properties)
    for name, value in list(mended.items()):
        if name not in properties:
            continue
        if value is None and name not in (schema.get("required") or ()):
            del mended[name]
        else:
            mended[name] = _typed(value, properties[name], name)
    return mended


def _renamed(args: dict[str, Any], properties: Mapping[str, Any]) -> dict[str, Any]:
    by_normal = {normalise(name): name for name in properties}
    result: dict[str, Any] = {}
    strange: dict[str, Any] = {}
    for key, value in args.items():
        known = by_normal.get(normalise(key))
        (result if known else strange)[known or key] = value
    for key, value in strange.items():
        goals = [name for name in properties if name not in result and key.lower() in ARGUMENT_ALIASES.get(name, ())]
        result[goals[0] if len(goals) == 1 else key] = value
    return result


def _typed(value: Any, schema: Any, name: str = "") -> Any:
    if not isinstance(schema, Mapping):
        return value  # a server's own schema may hold anything
    if isinstance(value, str) and REFERENCE.search(value):
        return value
    kind = schema.get("type") or next((option.get("type") for option in schema.get("anyOf") or () if isinstance(option, Mapping) and option.get("type") != "null"), None)
    if isinstance(value, str) and kind == "string" and value.lstrip().startswith("[") and _may_be_list(schema):
        found = _list(value, False)
        return found if all(isinstance(item, str) for item in found) else value
    if isinstance(value, str):
        return _list(value, name == "argv") if kind == "array" else _from_text(value, kind)
    if kind == "array" and isinstance(value, dict | int | float):
        return [value]
    if kind == "string" and "anyOf" not in schema and isinstance(value, list) and all(isinstance(item, str) for item in value):
        return "\n".join(value)
    if kind == "string" and "anyOf" not in schema and isinstance(value, Output | list):
        return as_text(value)
    if kind == "string" and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if kind == "string" and isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, indent=2)
    return value


def _may_be_list(schema: Mapping[str, Any]) -> bool:
    """Whether one text or several are taken."""
    return any(isinstance(option, Mapping) and option.get("type") == "array" for option in schema.get("anyOf") or ())


def _from_text(value: str, kind: str | None) -> Any:
    if kind == "boolean" and value.strip().lower() in ("true", "yes", "1", "false", "no", "0"):
        return value.strip().lower() in ("true", "yes", "1")
    if kind in ("integer", "number"):
        try:
            number = float(_plain_number(value.strip()))
        except ValueError:
            return value
        return int(number) if kind == "integer" and number.is_integer() else number
    if kind == "object":
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _plain_number(text: str) -> str:
    """``1,234.5`` and ``2,5`` with a decimal point and nothing else."""
    if re.fullmatch(r"[+-]?\d+,\d+", text) and not re.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}", text):
        return text.replace(",", ".")
    return text.replace(",", "")


def _list(value: str, is_command: bool) -> Any:
    """A list that came as text: JSON, a command line, or one item a line."""
    text = value.strip()
    if text.startswith(("[", "{")):
        try:
            found = json.loads(text)
            return found if isinstance(found, list) else [found]
        except ValueError:
            pass
    if not is_command:
        return [line.strip() for line in text.splitlines() if line.strip()]
    import shlex

    try:
        return shlex.split(text)
    except ValueError:
        return value
