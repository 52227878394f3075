"""Arguments of a tool call as JSON text: read strictly, for a call that was cut off must never look whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def parse_arguments(text: str) -> dict[str, Any] | None:
    """The object that ``text`` is; None where it is none.

    Empty text and ``null`` are no arguments; an object inside a JSON string is taken out.
    """
    if not text.strip():
        return {}
    try:
        # a line break inside a string is written by many models, and cannot hide a cut
        value = json.loads(text, strict=False, parse_constant=_refuse)
        if isinstance(value, str):
            value = json.loads(value, strict=False, parse_constant=_refuse) if value.strip() else {}
    except (ValueError, RecursionError):
        return None
    return {} if value is None else value if isinstance(value, dict) else None


def repair_arguments(text: str) -> dict[str, Any]:
    """What can be seen of arguments that are not whole, to be shown and never carried out."""
    import json_repair

    try:
        value = json_repair.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def dump_arguments(arguments: Mapping[str, Any]) -> str:
    """Arguments as APIs want them sent back."""
    return json.dumps(arguments, ensure_ascii=False)


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
