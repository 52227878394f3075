"""Tool calls in a model's text, in any of the ways in which models write them.

Two kinds of places begin a call: a bracket that opens a value in which a tool and its arguments are named, and the name of a known tool
followed by its arguments (an object, parentheses, tags). What a call holds is never looked into again, so that a text which quotes a call
stays a text. Shapes decide, not families, so that templates never seen are read as well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from core.calls.literal import NoValue, arguments, read
from core.calls.tagged import read_tagged
from core.messages import ToolCall

NAMES = ("name", "tool", "tool_name", "function_name", "function", "action", "recipient_name")
ARGUMENTS = ("arguments", "args", "parameters", "params", "tool_input", "action_input", "input", "kwargs")
LISTS = ("tool_calls", "calls", "function_calls", "actions", "tool_uses")
LONGEST = 400_000  # letters that are looked at
MOST_PLACES = 3000
Schemas = Mapping[str, Mapping[str, Any]]  # JSON schemas of the arguments, by tool

_THINKING = re.compile(r"<(think|thinking|reasoning|thought)>.*?(?:</\1>|\Z)|\[THINK\].*?(?:\[/THINK\]|\Z)|<\|START_THINKING\|>.*?(?:<\|END_THINKING\|>|\Z)", re.S | re.I)
_THOUGHT = re.compile(r"\A.*?</(?:[\w-]{1,12}:)?(?:think|thinking)>", re.S)
_TAG = r"</?(?:[|｜][^|｜<>\n]{1,30}[|｜]|[^\s<>]{1,40})(?:\s+[\w-]+=\"[^\"<>]*\")*\s*>"
# what may stand between the name of a tool and its arguments
_BETWEEN = re.compile(
    r"(?:\s|[\"'>]|\[/?(?:ARGS|CALL_ID|TOOL_CALLS)\](?:call\w*|[\w-]{9}(?=\[))?|:\d+(?=<)|<\|channel\|>[^<]{0,40}|<\|constrain\|>\w+|```(?:json)?|\s(?:index|id)=\"[^\"]*\"|Action\s+Input:|"
    r"<(?:[|｜][^|｜<>\n]{1,30}[|｜])>|</?(?:[\w:-]{1,40})>)*",
    re.I,
)
_OPENS = re.compile(
    r"(?:<[^<>\n]{0,60}|tool_call[^<>\n]{0,20}>|\bcall:|\bto=(?:functions\.)?|(?:Action|Tool|Function):\s*|\[TOOL_CALLS\]\s*|>>>\s*|sep[|｜]>|name[|｜]?>|[|｜]>)(?:functions\.)?\Z",
    re.I,
)
_ALONE = re.compile(rf"(?:[\s\[,;`>*-]|{_TAG}|\[TOOL_CALLS\]|(?:functions?|default_api)\.)*")
_AFTER_ALONE = re.compile(r"[ \t\],;]*(?:\Z|\n|<|```|\[|(?<=[,;\s])(?:functions?\.)?[A-Za-z_][\w.-]*\()")
_BLOCK = re.compile(r"<(?:[\w:-]*(?:function|tool|invoke)[\w:-]*)(?:=|\s+name=|>\s*<?name>?)", re.I)


def read_calls(text: str, schemas: Schemas) -> list[ToolCall]:
    """Every call in ``text``, in order. ``schemas`` are the tools that were offered; values without quotes get their type from them."""
    return _Text(visible(text)[:LONGEST], schemas).calls()


def visible(text: str) -> str:
    """Without what the model only thought."""
    return _THOUGHT.sub("", _THINKING.sub("", text), count=1)


class _Text:
    def __init__(self, text: str, schemas: Schemas) -> None:
        self._text, self._schemas, self._read_to = text, schemas, 0
        self._too_deep_to = 0
        names = "|".join(re.escape(name) for name in sorted(schemas, key=len, reverse=True))
        known = rf"(?<![\w.-])(?:functions?\.|default_api\.)?(?P<name>{names})(?![\w-]|\.\w)|" if names else ""
        self._places = re.compile(rf"{known}(?P<bracket>[{{\[])|<(?:[\w:｜|-]{{0,24}}?)(?:function|invoke)(?:\s*=\s*|\s+name\s*=\s*)[\"']?(?P<stranger>[\w.:/-]+)")

    def calls(self) -> list[ToolCall]:
        found: list[ToolCall] = []
        at = self._read_to = 0
        for _ in range(MOST_PLACES):
            place = self._places.search(self._text, at)
            if place is None:
                break
            calls, end = self._at(place)
            found += calls
            self._read_to = end if calls else self._read_to
            at = end if calls else max(self._too_deep_to, place.start() + 1 if place["bracket"] else place.end())
        return found

    def _at(self, place: re.Match[str]) -> tuple[list[ToolCall], int]:
        if place["bracket"]:
            return self._in_value(place.start())
        name = place["stranger"] or place["name"]
        schema = self._schemas.get(name, {})
        at = place.end()
        if self._text[at : at + 1] == "(" or (self._text[at : at + 2] == " (" and place["name"]):
            return self._in_parentheses(name, schema, place.start(), self._text.index("(", at))
        if place["stranger"] and name not in self._schemas:
            at += len(re.compile(r"[\"']?[^<>\n]*>").match(self._text, at).group(0)) if re.compile(r"[\"']?[^<>\n]*>").match(self._text, at) else 0  # type: ignore[union-attr]
        return self._after_name(name, schema, place.start("name") if place["name"] else place.start("stranger"), at, bool(place["stranger"]))

    # -- a value that names tools -----------------------------------------------------------------------------------

    def _in_value(self, at: int) -> tuple[list[ToolCall], int]:
        try:
            found = read(self._text, at)
        except RecursionError:
            return [], at + 1
        except NoValue as error:
            self._too_deep_to = error.reached  # each of the brackets up to there would be followed as far again
            return [], at + 1
        return self._from_value(found.value), found.end

    def _from_value(self, value: Any) -> list[ToolCall]:
        """The calls in a value; none unless all of a list are calls."""
        if isinstance(value, list):
            parts = [self._from_value(item) if isinstance(item, dict) else [] for item in value]
            return [call for part in parts for call in part] if value and all(parts) else []
        if not isinstance(value, dict):
            return []
        for key in LISTS:
            if isinstance(value.get(key), list):
                return self._from_value(value[key])
        return self._one(value) or self._by_name(value)

    def _one(self, value: dict[str, Any]) -> list[ToolCall]:
        if isinstance(value.get("function"), dict):
            value = value["function"]
        for key in NAMES:
            name = value.get(key)
            if not isinstance(name, str) or not name:
                continue
            name = name.removeprefix("functions.") if name not in self._schemas else name
            given = next((other for other in ARGUMENTS if other in value and other != key), None)
            if given is not None:
                args = self._object(value[given])
                if args is not None and (name in self._schemas or given in ARGUMENTS[:4]):
                    return [ToolCall(name, args, str(value.get("id") or ""))]
            elif name in self._schemas:
                rest = {other: item for other, item in value.items() if other != key}
                if all(other in (self._schemas[name].get("properties") or {}) for other in rest):
                    return [ToolCall(name, rest)]
        return []

    def _by_name(self, value: dict[str, Any]) -> list[ToolCall]:
        """``{"tool": {arguments}}``, one or several."""
        if value and all(name in self._schemas and isinstance(args, dict) for name, args in value.items()):
            return [ToolCall(name, args) for name, args in value.items()]
        return []

    def _object(self, value: Any) -> dict[str, Any] | None:
        if isinstance(value, str):
            if not value.strip():
                return {}
            try:
                value = read(value).value
            except NoValue:
                return None
        return value if isinstance(value, dict) else {} if value is None else None

    # -- a name, then its arguments ---------------------------------------------------------------------------------

    def _in_parentheses(self, name: str, schema: Mapping[str, Any], start: int, at: int) -> tuple[list[ToolCall], int]:
        try:
            places, names, end = arguments(self._text, at)
        except (NoValue, RecursionError):
            return [], at
        if not self._stands_alone(start, end):
            return [], at
        order = [key for key in schema.get("properties") or {} if key not in names]
        if len(places) == 1 and not names and isinstance(places[0], dict) and set(places[0]) <= set(order):
            return [ToolCall(name, places[0])], end
        if len(places) > len(order):
            return [], at
        return [ToolCall(name, {**dict(zip(order, places, strict=False)), **names})], end

    def _stands_alone(self, start: int, end: int) -> bool:
        """Whether a call in parentheses is one, and not part of a sentence or of a program: nothing else stands on its line."""
        line = max(self._text.rfind("\n", 0, start) + 1, self._read_to if self._read_to <= start else 0)
        return bool(_ALONE.fullmatch(self._text, line, start)) and bool(_AFTER_ALONE.match(self._text, end))

    def _after_name(self, name: str, schema: Mapping[str, Any], start: int, at: int, opened: bool) -> tuple[list[ToolCall], int]:
        opened = opened or bool(_OPENS.search(self._text[max(0, start - 90) : start]))
        if tagged := read_tagged(self._text, self._past_tag(at), schema):
            return [ToolCall(name, *tagged[:1])], tagged[1]
        between = _BETWEEN.match(self._text, at)
        begins = between.end() if between else at
        if self._text[begins : begins + 1] == "{":
            try:
                found = read(self._text, begins)
            except (NoValue, RecursionError):
                return [], at
            fits = isinstance(found.value, dict) and not self._from_value(found.value)
            return ([ToolCall(name, found.value)], found.end) if fits and (opened or "\n" in self._text[at:begins] or begins == at) else ([], at)
        if tagged := read_tagged(self._text, begins, schema):
            return [ToolCall(name, tagged[0])], tagged[1]
        alone = opened and not schema.get("required") and not _BLOCK.search(self._text[at : begins + 60].partition("</")[0]) and self._closed(at)
        return ([ToolCall(name, {})], at) if alone else ([], at)

    def _past_tag(self, at: int) -> int:
        """Past the rest of the tag that names the tool."""
        match = re.compile(r"[\"']?(?:\s+[\w-]+=\"[^\"]*\")*\s*(?:>|<\|sep\|>)?").match(self._text, at)
        return match.end() if match else at

    def _closed(self, at: int) -> bool:
        """Whether nothing but an end follows: a closing tag, the end of the text."""
        return bool(re.compile(r"[\"']?(?:\s+[\w-]+=\"[^\"]*\")*\s*>?\s*(?:<\|sep\|>|\]<\][\w-]+\[>\[|<[\w:-]*sep[\w:-]*>|\s)*(?:</|<\||<｜|\Z|\Z)").match(self._text, at))


def schemas_of(tools: Sequence[Any]) -> Schemas:
    """By name, of ``ToolSpec`` or of dicts with ``name`` and ``parameters``."""
    return {tool.name: tool.parameters for tool in tools} if tools and not isinstance(tools[0], dict) else {tool["name"]: tool.get("parameters") or {} for tool in tools}
