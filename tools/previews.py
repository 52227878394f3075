"""What a person sees of a call before agreeing to it: nothing of its arguments may be missing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from core.ports import Scope
from tools.declare import Tool

_NOTHING = object()  # what no argument is


def whole_preview(tool: Tool, values: Mapping[str, Any], preview: str, scopes: Iterable[Scope]) -> str:
    """The preview, and each argument that differs from its default and stands neither in it nor among what is touched."""
    seen = "\n".join([preview, *(scope.value for scope in scopes)])
    lines = {text for line in seen.splitlines() for text in (line.strip(), line[1:].strip())}  # of a diff the signs go
    defaults = tool.defaults
    given = [(name, value) for name, value in values.items() if value != defaults.get(name, _NOTHING)]
    unseen = [f"{name}: {_as_text(value)}" for name, value in given if not all(_is_seen(leaf, seen, lines) for leaf in _leaves(value))]
    return "\n".join([preview, *unseen]).strip() if unseen else preview


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(item)
    elif value is not None:
        yield value if isinstance(value, str) else json.dumps(value, default=str)


def _is_seen(leaf: str, seen: str, lines: set[str]) -> bool:
    rows = leaf.splitlines()
    return leaf in seen if len(rows) < 2 else all(not row.strip() or row.strip() in lines for row in rows)


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
