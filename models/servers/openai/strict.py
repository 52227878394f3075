"""Tools' schemas as OpenAI's strict mode wants them, and the arguments that come of it.

Objects are closed and every field is required, with null for what may be left out; those nulls are taken out again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_KEPT = frozenset({"type", "description", "enum", "const", "$ref"})
_DROPPED = frozenset({
    "title", "default", "examples", "format", "pattern", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
    "minItems", "maxItems", "uniqueItems", "$schema", "$id", "$comment", "deprecated", "readOnly", "writeOnly",
})  # fmt: skip
_BUILT = frozenset({"properties", "required", "additionalProperties", "items", "anyOf", "$defs", "definitions"})


class _NotStrict(Exception):
    """The schema says something that strict mode cannot."""


def strict_schema(schema: Mapping[str, Any]) -> dict[str, Any] | None:
    """The schema of a tool's arguments for strict mode; None where it cannot be said there (open objects, values of any type …)."""
    try:
        return _convert({"properties": {}, **schema, "type": "object"})
    except _NotStrict:
        return None


def drop_nulls(value: Any, schema: Mapping[str, Any]) -> Any:
    """``value`` without the nulls that stand for fields left out: those that ``schema``, the original one, does not require."""
    if isinstance(value, dict):
        fields, required = schema.get("properties") or {}, schema.get("required") or ()
        kept = {key: entry for key, entry in value.items() if entry is not None or key in required or key not in fields}
        return {key: drop_nulls(entry, fields.get(key) or {}) for key, entry in kept.items()}
    if isinstance(value, list) and isinstance(schema.get("items"), Mapping):
        return [drop_nulls(entry, schema["items"]) for entry in value]
    return value


def _convert(schema: Any) -> dict[str, Any]:
    if not isinstance(schema, Mapping) or not set(schema) <= _KEPT | _DROPPED | _BUILT:
        raise _NotStrict
    made = {key: schema[key] for key in schema if key in _KEPT}
    if not {"type", "enum", "const", "$ref", "anyOf"} & set(schema):
        raise _NotStrict
    if "default" in schema:
        made["description"] = f"{schema.get('description', '')} (default: {schema['default']})".strip()
    for name in ("$defs", "definitions"):
        if name in schema:
            made[name] = {key: _convert(entry) for key, entry in schema[name].items()}
    if "anyOf" in schema:
        made["anyOf"] = [_convert(entry) for entry in schema["anyOf"]]
    kinds = _kinds(schema)
    if "object" in kinds:
        made |= _closed(schema)
    if "array" in kinds:
        made["items"] = _convert(schema.get("items"))
    return made


def _closed(schema: Mapping[str, Any]) -> dict[str, Any]:
    fields = schema.get("properties")
    if not isinstance(fields, Mapping) or schema.get("additionalProperties", False) is not False:
        raise _NotStrict
    required = schema.get("required") or ()
    made = {key: _convert(entry) if key in required else _nullable(_convert(entry)) for key, entry in fields.items()}
    return {"properties": made, "required": list(made), "additionalProperties": False}


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    if "anyOf" in schema:
        return {**schema, "anyOf": [*schema["anyOf"], {"type": "null"}]}
    if "type" not in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    made = {**schema, "type": list(dict.fromkeys([*_kinds(schema), "null"]))}
    if "const" in made:
        made["enum"] = [made.pop("const")]
    return made | ({"enum": [*made["enum"], None]} if "enum" in made and None not in made["enum"] else {})


def _kinds(schema: Mapping[str, Any]) -> list[str]:
    kinds = schema.get("type", [])
    return [kinds] if isinstance(kinds, str) else list(kinds)
