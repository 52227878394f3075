"""Arguments written between tags, one tag or pair of tags each, in the ways of the families that do so.

By shape, not by family: ``<parameter=k>v</parameter>``, ``<parameter name="k">v</parameter>``, ``<arg_key>k</arg_key><arg_value>v</arg_value>``,
``<|open|>argument key="k"<|sep|>v<|close|>argument``, ``<k>v</k>``, each with any prefix or suffix on the names of the tags.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from core.calls.literal import NoValue, read_all

_BEFORE = r"(?:[|｜][^|｜<>\n]{1,24}[|｜]|[\w-]{1,24}:)?"  # ｜DSML｜, atem:, minimax:
_AFTER = r"(?::[\w-]{1,24})?"  # :opensource
_NAMED = re.compile(rf"<{_BEFORE}(?P<tag>parameter|param|argument|arg){_AFTER}(?:\s*=\s*|\s+(?:name|key)\s*=\s*)[\"']?(?P<key>[^\"'<>\s]+)[\"']?(?P<more>[^<>]*)>")
_KEYED = re.compile(
    rf"<{_BEFORE}(?P<tag>arg_key|key|parameter_name|param_name|name){_AFTER}>\s*(?P<key>[^<>]+?)\s*</{_BEFORE}(?P=tag){_AFTER}>\s*<{_BEFORE}(?P<value>arg_value|value|parameter_value|param_value){_AFTER}>"
)
_OPENED = re.compile(r"<\|open\|>argument\s+(?:key|name)=\"(?P<key>[^\"]+)\"(?P<more>[^<>|]*)<\|sep\|>")
_MARK = re.compile(r"\]<\][\w-]{1,24}\[>\[")
_CHILD = re.compile(r"<(?P<key>[A-Za-z_][\w.-]*)>")
_SPACE = re.compile(rf"(?:\s|{_MARK.pattern})*")
_JUNK = re.compile(rf"(?:\s|<{_BEFORE}(?:parameters|arguments|args|params|input|tool_sep){_AFTER}>|<\|sep\|>|\]<\][\w-]{{1,24}}\[>\[(?=\s*<(?!/)))*")


def read_tagged(text: str, at: int, schema: Mapping[str, Any]) -> tuple[dict[str, Any], int] | None:
    """The arguments that begin at ``at`` and where they end; None where there are none. ``schema`` is a JSON schema of an object."""
    properties = schema.get("properties") or {}
    found: dict[str, Any] = {}
    while True:
        bare = _SPACE.match(text, at).end()  # type: ignore[union-attr]  # both match nothing, too
        start = _JUNK.match(text, at).end()  # type: ignore[union-attr]
        step = (
            _child(text, bare, properties)
            or _named(text, start, properties)
            or _keyed(text, start, properties)
            or _opened(text, start, properties)
            or _child(text, start, properties)
        )
        if step is None:
            return (found, at) if found else None
        key, value, at = step
        found[key] = value


Step = tuple[str, Any, int]


def _named(text: str, at: int, properties: Mapping[str, Any]) -> Step | None:
    match = _NAMED.match(text, at)
    return match and _until(text, match.end(), rf"</{_BEFORE}{match['tag']}{_AFTER}>", match["key"], properties, match["more"], rf"<{_BEFORE}{match['tag']}\b|</")  # type: ignore[return-value]


def _keyed(text: str, at: int, properties: Mapping[str, Any]) -> Step | None:
    match = _KEYED.match(text, at)
    return match and _until(text, match.end(), rf"</{_BEFORE}{match['value']}{_AFTER}>", match["key"], properties)  # type: ignore[return-value]


def _opened(text: str, at: int, properties: Mapping[str, Any]) -> Step | None:
    match = _OPENED.match(text, at)
    return match and _until(text, match.end(), r"<\|close\|>argument(?:<\|sep\|>)?", match["key"], properties, match["more"])  # type: ignore[return-value]


def _until(text: str, at: int, closing: str, key: str, properties: Mapping[str, Any], more: str = "", otherwise: str = "") -> Step | None:
    end = re.compile(closing).search(text, at)
    if end is None and otherwise:  # the closing tag is missing: as far as the next one
        stop = re.compile(otherwise).search(text, at)
        return key, typed(text[at : stop.start() if stop else len(text)].strip(), properties.get(key), more), stop.start() if stop else len(text)
    return (key, typed(text[at : end.start()], properties.get(key), more), end.end()) if end else None


def _child(text: str, at: int, properties: Mapping[str, Any]) -> Step | None:
    """``<k>v</k>`` where ``k`` is a parameter; lists and objects may stand as tags inside."""
    match = _CHILD.match(text, at)
    if not match or match["key"] not in properties:
        return None
    key = match["key"]
    end = re.compile(rf"(?:{_MARK.pattern})?</{re.escape(key)}>").search(text, match.end())
    if end is None:
        return None
    inside = _MARK.sub("", text[match.end() : end.start()])
    children = _children(inside, properties.get(key) or {})
    return key, typed(inside, properties.get(key)) if children is None else children, end.end()


def _children(inside: str, schema: Mapping[str, Any]) -> Any:
    """A list of ``<item>`` or an object of tags; None where it is neither."""
    if not re.match(r"\s*<[A-Za-z_][\w.-]*>", inside) or schema.get("type") == "string":
        return None
    found: list[tuple[str, Any]] = []
    at = 0
    while match := re.compile(r"\s*<([A-Za-z_][\w.-]*)>").match(inside, at):
        end = _matching(inside, match[1], match.end())
        if end is None:
            return None
        part = _part_schema(schema, match[1])
        value = inside[match.end() : end[0]]
        nested = _children(value, part)
        found.append((match[1], typed(value, part) if nested is None else nested))
        at = end[1]
    if inside[at:].strip():
        return None
    return [value for _, value in found] if all(name == "item" for name, _ in found) else dict(found)


def _part_schema(schema: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return (schema.get("items") if name == "item" else (schema.get("properties") or {}).get(name)) or {}


def _matching(text: str, name: str, at: int) -> tuple[int, int] | None:
    """Where the tag that was opened before ``at`` is closed, same names inside it counted."""
    depth = 1
    for match in re.compile(rf"<(/?){re.escape(name)}>").finditer(text, at):
        depth += -1 if match[1] else 1
        if depth == 0:
            return match.start(), match.end()
    return None


def typed(raw: str, schema: Mapping[str, Any] | None, more: str = "") -> Any:
    """What a text between tags means: by the schema, or by what the tag says of it; where nothing says, as it looks."""
    raw = raw[1:] if raw.startswith("\n") else raw
    raw = raw[:-1] if raw.endswith("\n") else raw
    if raw.strip().startswith("<![CDATA[") and raw.strip().endswith("]]>"):
        return raw.strip()[9:-3]
    said = re.search(r'string\s*=\s*"(true|false)"|type\s*=\s*"(\w+)"', more)
    kind = ("string" if "true" in (said[1], said[2]) or said[2] == "string" else said[2] or "any") if said else _kind(schema)
    if kind == "string":
        return raw
    if not raw.strip() and kind in ("array", "object"):
        return [] if kind == "array" else {}
    try:
        value = read_all(raw)
    except NoValue:
        return raw
    return raw if kind is None and isinstance(value, str) else value


def _kind(schema: Mapping[str, Any] | None) -> str | None:
    if not schema:
        return None
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), None)
    if kind is None and (options := schema.get("anyOf") or schema.get("oneOf")):
        kinds = {_kind(option) for option in options} - {"null"}
        return kinds.pop() if len(kinds) == 1 else None
    if kind is None and all(isinstance(value, str) for value in schema.get("enum", [0])):
        return "string"
    return kind if isinstance(kind, str) else None
