"""Grammars that hold a model to a schema or to the tools it was offered, written in the language of llguidance (Lark with ``%json``)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from models.llama.call_shape import ID_PATTERN, CallShape

Wire = dict[str, Any]
Literal = Callable[[str], str]  # a text as Lark: marks of the vocabulary by their number, the rest in quotes


def schema_grammar(schema: dict[str, Any]) -> str:
    """The whole reply is JSON of this schema, on one line."""
    return f"%llguidance {{}}\nstart: %json {_json(schema, (', ', ': '))}\n"


def pattern_grammar(pattern: str) -> str:
    """The whole reply matches a regular expression (of llguidance: no look-around, no back references)."""
    escaped = pattern.replace("/", "\\/")
    return f"%llguidance {{}}\nstart: /{escaped}/\n"


def calls_grammar(tools: list[Wire], shape: CallShape, literal: Literal) -> str:
    """What may follow the first call's marker: a call of one of the tools with arguments of its own schema, then others."""
    rules = [_call(number, tool["function"], shape, literal) for number, tool in enumerate(tools)]
    more = f" ({literal(shape.between)} {literal(shape.marker)} call)*" if shape.between is not None else ""
    return f"%llguidance {{}}\nstart: call{more}\ncall: {' | '.join(f'call_{number}' for number in range(len(tools)))}\n" + "".join(rules)


def bare_call_grammar(tool: Wire, end: str) -> str:
    """The arguments of a call that was begun as plain JSON, and ``end``; in a form as free as what was written before them."""
    return f"%llguidance {{}}\nstart: /[ \\n\\t]{{0,8}}/ args {json.dumps(end)}\nargs: %json {_json(_arguments(tool), None)}\n"


def _call(number: int, tool: Wire, shape: CallShape, literal: Literal) -> str:
    end = f" /{ID_PATTERN}/ ".join(literal(part) for part in shape.end)
    before = literal(shape.begin + tool["name"] + shape.middle)
    return f"call_{number}: {before} args_{number} {end}\nargs_{number}: %json {_json(_arguments(tool), shape.separators)}\n"


def _arguments(tool: Wire) -> dict[str, Any]:
    return {"type": "object", "properties": {}, **(tool.get("parameters") or {})}


def _json(schema: dict[str, Any], separators: tuple[str, str] | None) -> str:
    """The schema, closed. With ``separators`` its JSON is written as templates write it again, so that it need not be read again."""
    options: dict[str, Any] = {"lenient": True, "whitespace_flexible": separators is None}
    if separators:
        options |= {"item_separator": separators[0], "key_separator": separators[1]}
    return json.dumps({**_closed(schema), "x-guidance": options})


def _closed(schema: Any) -> Any:
    """Objects that name their properties take no others, unless they say so."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: value if key in ("enum", "const", "default", "examples") else _closed(value) for key, value in schema.items()}
    is_plain = "properties" in schema and isinstance(schema["properties"], dict) and not {"allOf", "anyOf", "oneOf", "$ref"} & set(schema)
    return {"additionalProperties": False, **made} if is_plain and schema.get("type", "object") == "object" else made
