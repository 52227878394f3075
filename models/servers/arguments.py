"""Arguments of a tool call as JSON text: read strictly, for a call that was cut off must never look whole."""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Mapping
from typing import Any

from core.storage.json_text import describe_kind, repair_json

MOST_LETTERS = 4_000_000  # of the arguments of all calls of one reply as they are sent; a server that sends more is no longer listened to
MOST_SHOWN = 20_000  # letters of broken arguments of which something is shown


class ReplyTooLong(ValueError):
    """A reply holds more than any that is wanted; what came of it so far counts."""


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


def read_python(text: str) -> dict[str, Any] | None:
    """The object that ``text`` is in Python's grammar, or with one comma too many, in a block of code too; None where it is none.

    Nothing is supposed: of such a text, as of JSON, no beginning is whole, so that a call which was cut off does not look whole here either.
    """
    inside = re.sub(r"\A\s*```[\w-]{0,12}\s*\n|\s*```\s*\Z", "", text).strip()
    if len(inside) > MOST_SHOWN or not (inside.startswith("{") and inside.endswith("}")):
        return None
    whole = parse_arguments(re.sub(r",\s*\}\Z", "}", inside))
    if whole is not None:
        return whole
    try:
        with warnings.catch_warnings(action="ignore"):  # of an escape that Python does not know
            value = json.loads(json.dumps(ast.literal_eval(inside), allow_nan=False))
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None
    return value if isinstance(value, dict) else None


def find_fault(text: str) -> str:
    """Why arguments that are no object cannot be made, as the end of a sentence; empty where they look as if they had been cut off."""
    try:
        value = json.loads(text, strict=False, parse_constant=_refuse)
    except RecursionError:
        return "its arguments are nested too deep."
    except json.JSONDecodeError as error:
        return "" if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated") else f"its arguments are no JSON ({error.msg}, letter {error.pos + 1})."
    except ValueError as error:
        return f"its arguments are no JSON ({error})."
    return f"its arguments are {describe_kind(value)}, not an object."


def repair_arguments(text: str) -> dict[str, Any]:
    """What can be seen of arguments that are not whole, to be shown and never carried out: of their beginning."""
    try:
        value = repair_json(text[:MOST_SHOWN])
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def dump_arguments(arguments: Mapping[str, Any]) -> str:
    """Arguments as APIs want them sent back."""
    return json.dumps(arguments, ensure_ascii=False)


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
