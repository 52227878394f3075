"""Tools' schemas for servers that know few keywords and refuse all tools for one that they do not know (Gemini)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_KEPT = ("type", "description", "enum", "format", "nullable", "required", "minimum", "maximum", "minItems", "maxItems")
_FORMATS = frozenset({"enum", "date-time", "int32", "int64", "float", "double"})
_DEEPEST = 12  # a schema that refers to itself has no end


def plain_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """``schema`` with only the keywords that are known everywhere; references are written out, what cannot be said is left open."""
    return _convert(schema, {**(schema.get("definitions") or {}), **(schema.get("$defs") or {})}, 0)


def _convert(schema: Any, known: Mapping[str, Any], depth: int) -> dict[str, Any]:
    if not isinstance(schema, Mapping) or depth > _DEEPEST:
        return {"type": "string"}
    if "$ref" in schema:
        return _convert(known.get(str(schema["$ref"]).rpartition("/")[2]), known, depth + 1)
    made = {key: schema[key] for key in _KEPT if key in schema}
    made |= _kind(schema, made)
    if made.get("format") not in _FORMATS:
        made.pop("format", None)
    if "properties" in schema:
        made["properties"] = {key: _convert(entry, known, depth + 1) for key, entry in schema["properties"].items()}
    if made.get("type") == "array":
        made["items"] = _convert(schema.get("items"), known, depth + 1)
    if choices := schema.get("anyOf") or schema.get("oneOf"):
        made |= _choice([entry for entry in choices if entry != {"type": "null"}], len(choices), known, depth)
    return made


def _kind(schema: Mapping[str, Any], made: Mapping[str, Any]) -> dict[str, Any]:
    """One type, null said beside it; only texts have a list of values."""
    kinds = [schema["type"]] if isinstance(schema.get("type"), str) else list(schema.get("type") or ())
    values = [schema["const"]] if "const" in schema else made.get("enum")
    found: dict[str, Any] = {"type": next((kind for kind in kinds if kind != "null"), "string")} if kinds or values else {}
    if "null" in kinds:
        found["nullable"] = True
    if values is not None:
        found |= {"enum": [str(value) for value in values if value is not None], "type": "string"}
    return found


def _choice(choices: list[Any], before: int, known: Mapping[str, Any], depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {"nullable": True} if len(choices) < before else {}
    made = [_convert(entry, known, depth + 1) for entry in choices]
    return found | (made[0] if len(made) == 1 else {"anyOf": made})
