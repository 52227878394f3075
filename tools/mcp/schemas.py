"""Argument schemas of servers, made such that every model server and Python can take them: nulls are absent, unknown types any, patterns that Python lacks left out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

TYPES = {"object", "array", "string", "integer", "number", "boolean", "null"}
ALIASES = {
    "str": "string", "text": "string", "date": "string", "datetime": "string", "int": "integer", "long": "integer", "float": "number", "double": "number", "decimal": "number", "bool": "boolean",
    "list": "array", "tuple": "array", "dict": "object", "map": "object", "none": "null",
}  # fmt: skip
DEEPEST = 40
_LISTS, _MAPS, _SINGLE = (
    ("anyOf", "oneOf", "allOf", "prefixItems"),
    ("properties", "$defs", "definitions", "patternProperties"),
    ("items", "not", "additionalProperties", "contains", "if", "then", "else"),
)
_KEEPS_NULL = ("default", "const", "examples", "enum")


def mend_schema(schema: Any) -> dict[str, Any]:
    """A schema of an object's properties; of what is no schema at all, one that takes anything."""
    if not isinstance(schema, Mapping):
        return {"type": "object", "properties": {}}
    mended = _mended(schema, lambda name: _resolves(schema, name), 0)
    mended.pop("$schema", None)
    return _flattened({**mended, "type": "object", "properties": mended.get("properties") or {}})


def _flattened(schema: dict[str, Any]) -> dict[str, Any]:
    """Choices at the top, which model servers refuse, as one set of properties; the server itself checks which belong together."""
    for key in ("anyOf", "oneOf", "allOf"):
        for branch in schema.pop(key, ()):
            if isinstance(branch, Mapping):
                schema["properties"] = {**branch.get("properties", {}), **schema["properties"]}
                if key == "allOf":
                    schema["required"] = list(dict.fromkeys([*schema.get("required", ()), *branch.get("required", ())]))
    return schema


def _mended(schema: Any, resolves: Callable[[Any], bool], depth: int) -> dict[str, Any]:
    if not isinstance(schema, Mapping) or depth > DEEPEST:
        return {}  # any value: ``null``, ``true`` and the like say nothing of it
    mended: dict[str, Any] = {}
    for key, value in schema.items():
        if value is None and key not in _KEEPS_NULL:
            continue
        kept = _part(key, value, resolves, depth)
        if kept is not None or (key in ("default", "const") and value is None):
            mended[key] = kept
    return _bounded(mended)


def _part(key: str, value: Any, resolves: Callable[[Any], bool], depth: int) -> Any:
    """One keyword, mended; None where it is left out."""
    if key == "type":
        return _type(value)
    if key in _MAPS:
        named = {str(name): _mended(one, resolves, depth + 1) for name, one in value.items() if one is not False} if isinstance(value, Mapping) else {}
        return {name: one for name, one in named.items() if _compiles(name)} if key == "patternProperties" else named
    if key in _LISTS or (key == "items" and isinstance(value, list)):
        return [_mended(one, resolves, depth + 1) for one in value] or None if isinstance(value, list) else None
    if key in _SINGLE:
        return value if isinstance(value, bool) else _mended(value, resolves, depth + 1)
    if key == "required":
        return [name for name in value if isinstance(name, str)] if isinstance(value, list) else None
    if key == "enum":
        return value if isinstance(value, list) and value else None
    if key == "pattern":
        return value if _compiles(value) else None
    if key == "$ref":
        return value if resolves(value) else None
    return str(value) if key in ("description", "title") else value


def _type(value: Any) -> Any:
    """Types that there are; None for any."""
    if isinstance(value, list):
        found = [_type(one) for one in value]
        return found if all(found) else None
    kind = ALIASES.get(str(value).lower(), str(value))
    return kind if kind in TYPES else None


def _bounded(schema: dict[str, Any]) -> dict[str, Any]:
    """Bounds as the newer drafts write them, and lists of schemas under the name that they have there."""
    for exclusive, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(schema.get(exclusive), bool):
            is_exclusive = schema.pop(exclusive)
            if is_exclusive and bound in schema:
                schema[exclusive] = schema.pop(bound)
    if isinstance(schema.get("items"), list):
        schema["prefixItems"] = schema.pop("items")
    return schema


def _compiles(pattern: Any) -> bool:
    try:
        re.compile(pattern)
    except (re.error, TypeError, RecursionError, OverflowError):
        return False
    return True


def _resolves(root: Mapping[str, Any], reference: Any) -> bool:
    """Whether a reference leads to a schema in the same document."""
    if not isinstance(reference, str) or not reference.startswith("#"):
        return False
    found: Any = root
    for part in reference[1:].strip("/").split("/") if reference != "#" else ():
        found = found.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(found, Mapping) else None
    return isinstance(found, Mapping)
