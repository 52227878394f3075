"""Arguments in words: how a tool is called, and what is wrong with a call, each with what would be right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

KINDS = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false", "object": "object", "array": "list", "null": "nothing"}
_PLURALS = {"string": "texts", "integer": "whole numbers", "number": "numbers", "object": "objects"}
MOST_CHOICES, MOST_SHOWN = 20, 12


def kind_of(schema: Any) -> str:
    """The kind of an argument as a person says it: ``list of texts``, ``one of open, done, all``."""
    if not isinstance(schema, Mapping):
        return "any value"
    if isinstance(schema.get("enum"), list):
        return "one of " + ", ".join(str(value) for value in schema["enum"][:MOST_CHOICES])
    if "const" in schema:
        return f"always {schema['const']}"
    options = [kind_of(one) for one in (schema.get("anyOf") or schema.get("oneOf") or ()) if not (isinstance(one, Mapping) and one.get("type") == "null")]
    if options:
        return " or ".join(dict.fromkeys(options))
    kinds = schema.get("type")
    if kinds == "array" and isinstance(items := schema.get("items"), Mapping) and items.get("type") in _PLURALS:
        return f"list of {_PLURALS[items['type']]}"
    return " or ".join(KINDS.get(str(kind), str(kind)) for kind in (kinds if isinstance(kinds, list) else [kinds or "any value"]))


def signature(name: str, schema: Mapping[str, Any]) -> str:
    """A call in a line, with kinds and defaults."""
    properties, required = schema.get("properties") or {}, schema.get("required") or ()
    shown = [f"{key}: {kind_of(row)}{'' if key in required else _default(row)}" for key, row in list(properties.items())[: 2 * MOST_SHOWN]]
    return f"{name}({', '.join(shown)})"


def _default(schema: Any) -> str:
    """The default as it is written in a call; ``optional`` where there is none to show."""
    shown = schema.get("default") if isinstance(schema, Mapping) else None
    return " (optional)" if shown in (None, "", [], {}) else f" = {shown!r}"


def sentences(error: Any, schema: Mapping[str, Any]) -> Iterator[tuple[Any, str]]:
    """Each fault that pydantic found, with its sentence; those of the branches of one argument are one."""
    seen: set[str] = set()
    for item in error.errors(include_url=False):
        where = str(item["loc"][0]) if item["loc"] else ""
        whole = len(item["loc"]) <= 1 or item["loc"][1] in ("str", "list[str]", "int", "float", "bool") or str(item["loc"][1]).startswith(("list[", "dict[", "function-"))
        if whole and where in seen:
            continue
        seen.add(where)
        yield item, _sentence(item, where, whole, schema)


def _sentence(item: Any, where: str, whole: bool, schema: Mapping[str, Any]) -> str:
    properties = schema.get("properties") or {}
    path = where if whole else ".".join(str(part) for part in item["loc"])
    if item["type"] == "incomplete" and schema.get("required"):
        path = str(schema["required"][0])
    if item["type"] == "missing" or (item["type"] == "incomplete" and path):
        return f"{path} is missing{_wanted(properties.get(path))}."
    if item["type"] == "extra_forbidden":
        return f"{path} is not an argument of this tool; {_known(properties)}."
    if whole and where in properties:
        return f"{where} cannot be {_short(item['input'])}; it is {kind_of(properties[where])}."
    return f"{path}: {item['msg']}." if path else f"{item['msg']}."


def foreign_sentence(error: Any) -> str:
    """A fault that jsonschema found."""
    where = ".".join(map(str, error.path))
    properties = error.schema.get("properties") or {} if isinstance(error.schema, Mapping) else {}
    if error.validator == "required":
        missing = [name for name in error.validator_value if name not in error.instance]
        return " ".join(f"{name} is missing{_wanted(properties.get(name))}." for name in missing)
    if error.validator == "additionalProperties" and isinstance(error.instance, Mapping):
        strange = ", ".join(name for name in error.instance if name not in properties)
        return f"{strange} is not an argument of this tool; {_known(properties)}."
    if error.validator in ("enum", "type") and where:
        return f"{where} cannot be {_short(error.instance)}; it is {kind_of(error.schema)}."
    return f"{where + ': ' if where else ''}{error.message[:200]}."


def _wanted(schema: Any) -> str:
    if not isinstance(schema, Mapping):
        return ""
    about = str(schema.get("description") or "")[:100]
    return f" ({kind_of(schema)}{': ' + about if about else ''})"


def _known(properties: Mapping[str, Any]) -> str:
    if not properties:
        return "it takes none"
    return "it takes " + ", ".join(list(properties)[: 2 * MOST_SHOWN])


def _short(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 80 else shown[:79] + "…"
