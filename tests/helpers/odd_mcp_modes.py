"""Odd tools and odd answers of MCP servers, by the name of the oddity. From the field: kinds that were reported in public."""

from __future__ import annotations

from typing import Any


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


TOOLS: dict[str, list[dict[str, Any]]] = {
    "plain": [{"name": "echo", "description": "Echo back", "inputSchema": _object(text={"type": "string"})}],
    "ref": [
        {
            "name": "create",
            "description": "Create a type",
            "inputSchema": {
                "type": "object",
                "properties": {"definition": {"$ref": "#/$defs/Def"}, "range": {"anyOf": [{"$ref": "#/$defs/Range"}, {"type": "null"}]}},
                "required": ["definition"],
                "$defs": {
                    "Def": {"type": "object", "properties": {"name": {"type": "string"}, "kids": {"type": "array", "items": {"$ref": "#/$defs/Def"}}}, "required": ["name"]},
                    "Range": {"type": "object", "properties": {"a": {"type": "integer"}}},
                },
            },
        }
    ],
    "badref": [
        {
            "name": "create",
            "description": "ref to nowhere",
            "inputSchema": {"type": "object", "properties": {"range": {"$ref": "Range"}, "x": {"type": "string"}}, "$defs": {"Range": {"type": "object"}}},
        },
        {"name": "good", "description": "ok", "inputSchema": _object(text={"type": "string"})},
    ],
    "nullprops": [{"name": "nulls", "description": None, "inputSchema": {"type": "object", "properties": None, "required": None}}],
    "addl": [
        {"name": "info", "inputSchema": {"type": "object", "additionalProperties": {}}},
        {"name": "anyv", "inputSchema": {"type": "object", "properties": {"v": {"description": "any kind of value"}}, "required": ["v"]}},
    ],
    "nosch": [{"name": "nosch", "description": "no schema at all"}, {"name": "good", "description": "ok", "inputSchema": {"type": "object", "properties": {}}}],
    "notype": [
        {"name": "notype", "description": "no type", "inputSchema": {"properties": {"a": {"type": "string"}}}},
        {"name": "good", "inputSchema": {"type": "object", "properties": {}}},
    ],
    "emptysch": [{"name": "emptysch", "description": "empty schema", "inputSchema": {}}, {"name": "good", "inputSchema": {"type": "object", "properties": {}}}],
    "nullsch": [{"name": "nullsch", "description": "null schema", "inputSchema": None}, {"name": "good", "inputSchema": {"type": "object", "properties": {}}}],
    "badtypes": [
        {
            "name": "bt",
            "description": "odd types",
            "inputSchema": {
                "type": "object",
                "properties": {"a": {"type": "str"}, "b": {"type": "any"}, "n": {"type": ["integer", "string"]}, "w": {"type": "number", "exclusiveMinimum": True, "minimum": 0}},
            },
        }
    ],
    "annot": [
        {
            "name": "an",
            "description": "annotations null",
            "annotations": None,
            "title": None,
            "outputSchema": None,
            "_meta": None,
            "inputSchema": {"type": "object", "properties": {}},
        }
    ],
    "outsch": [
        {
            "name": "os",
            "description": "output schema not kept",
            "inputSchema": {"type": "object", "properties": {}},
            "outputSchema": {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]},
        }
    ],
    "draft4": [
        {
            "name": "d4",
            "description": "enum of numbers and null defaults",
            "inputSchema": {
                "$schema": "http://json-schema.org/draft-04/schema#",
                "type": "object",
                "properties": {
                    "id": {"type": "integer", "enum": [1, 2, 3]},
                    "when": {"type": "string", "format": "date-time", "default": None},
                    "pat": {"type": "string", "pattern": "^[\\p{L}]+$"},
                },
                "required": ["id"],
            },
        }
    ],
    "reqnull": [{"name": "getinfo", "description": "Get info", "inputSchema": {"type": "object", "properties": {"q": {"type": "string"}}, "required": None}}],
    "descnull": [
        {"name": "getinfo", "description": "Get info", "inputSchema": {"type": "object", "properties": {"q": {"type": "string", "description": None}, "r": None, "s": True}}}
    ],
    "lookbehind": [
        {"name": "getinfo", "description": "Get info", "inputSchema": {"type": "object", "properties": {"q": {"type": "string", "pattern": "^(?<year>\\d{4})-\\d\\d$"}}}}
    ],
    "enumnull": [
        {
            "name": "getinfo",
            "description": "Get info",
            "inputSchema": {
                "type": "object",
                "properties": {
                    "q": {"type": ["string", "null"], "enum": ["a", "b", None]},
                    "k": {"const": "x"},
                    "l": {"type": "array"},
                    "m": {"type": "array", "items": None},
                    "o": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
                    "p": {"allOf": [{"type": "string"}]},
                },
            },
        }
    ],
    "topany": [
        {
            "name": "getinfo",
            "description": "Get info",
            "inputSchema": {
                "type": "object",
                "anyOf": [{"properties": {"q": {"type": "string"}}, "required": ["q"]}, {"properties": {"id": {"type": "integer"}}, "required": ["id"]}],
            },
        }
    ],
    "noprops": [
        {"name": "info", "inputSchema": {"type": "object", "additionalProperties": {}}},
        {"name": "nulls", "description": None, "inputSchema": {"type": "object", "properties": None, "required": None}},
        {"name": "nosch"},
        {"name": "list", "inputSchema": {"type": ["object", "null"], "properties": {"v": {"description": "any kind of value"}}}},
        {"name": "bad", "inputSchema": {"type": "objectt", "properties": {"v": {"type": "str"}}}},
    ],
    "names": [
        {"name": n, "description": n, "inputSchema": _object(a={"type": "string"})} for n in ("a/b", "a b", "a_b", "Get Weather", "天气", "x" * 130, "files.write", "echo", "echo")
    ],
}
CONTENT: dict[str, Any] = {
    "structured": {"content": [], "structuredContent": {"accounts": [{"name": "A", "balance": 12.5}], "total": 1}},
    "structsummary": {
        "content": [{"type": "text", "text": "list_projects returned 2 item(s)."}],
        "structuredContent": {"projects": [{"id": 7, "title": "Garden"}, {"id": 9, "title": "Roof"}]},
    },
    "image": {"content": [{"type": "image", "data": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "mimeType": "image/png"}]},
    "resource": {"content": [{"type": "resource", "resource": {"uri": "file:///x/readme.md", "mimeType": "text/markdown", "text": "# Read me\nThe secret number is 42."}}]},
    "link": {
        "content": [
            {"type": "resource_link", "uri": "file:///x/report.pdf", "name": "report", "title": "Quarterly report", "mimeType": "application/pdf", "description": "Numbers for Q3"}
        ]
    },
    "iserror": {"content": [{"type": "text", "text": "Rate limit reached, try again in 30 s"}], "isError": True},
    "nocontent": {},
    "nullcontent": {"content": None},
    "strcontent": {"content": "just a string"},
    "unknowncontent": {"content": [{"type": "video", "data": "x"}, {"type": "text", "text": "beside it"}]},
    "jsontext": {"content": [{"type": "text", "text": '{"items": [{"id": 1, "title": "Milk"}, {"id": 2, "title": "Bread"}]}'}]},
    "big": {"content": [{"type": "text", "text": "line of text\n" * 30000}]},
    "empty": {"content": []},
}
