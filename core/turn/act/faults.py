"""Calls that came whole and cannot be made: too long, nested too deep, or with characters that no name or text should hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from core.messages import ToolCall
from core.storage.json_text import dump_json, is_deeper

MOST_LEVELS, MOST_ARGUMENTS = 64, 2_000_000  # of the arguments of a call: nested levels, letters of JSON
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")  # of C0 all but tab and the ends of lines and pages


def bound_call(call: ToolCall) -> ToolCall:
    """The call with arguments that every later reader of JSON takes; with a ``fault`` where they had to be left out or changed for that."""
    if is_deeper(call.arguments, MOST_LEVELS):
        return replace(call, arguments={}, fault=f"its arguments are nested in more than {MOST_LEVELS} levels.")
    text, arguments = dump_json(call.arguments)
    if len(text) > MOST_ARGUMENTS:
        return replace(call, arguments={}, fault=f"its arguments have {len(text):,} letters; at most {MOST_ARGUMENTS:,} are taken. Write a long text in parts.")
    if found := next((match[0] for value in _texts(arguments) if (match := _CONTROL.search(value))), ""):
        what = f"its arguments hold the control character U+{ord(found):04X}, which is not taken. Leave it out; where a backslash was meant, write two of them."
        return replace(call, arguments=_without_control(arguments), fault=call.fault or what)
    return replace(call, arguments=arguments)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield str(key)
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _without_control(value: Any) -> Any:
    """To be shown and kept, never to be done."""
    if isinstance(value, str):
        return _CONTROL.sub("", value)
    if isinstance(value, dict):
        return {_CONTROL.sub("", key): _without_control(item) for key, item in value.items()}
    return [_without_control(item) for item in value] if isinstance(value, list) else value
