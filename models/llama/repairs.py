"""What is done to messages for templates that cannot take them as they are. Source: llama.cpp's workarounds (``common/chat.cpp``)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from core.storage.json_text import parse_json

Wire = dict[str, Any]
HERMES = (
    "\n\n# Tools\n\nYou may call one or more functions to assist with the user query.\n\nYou are provided with function signatures within <tools></tools> XML tags:\n"
    "<tools>\n{tools}\n</tools>\n\nFor each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:\n"
    '<tool_call>\n{{"name": <function-name>, "arguments": <args-json-object>}}\n</tool_call>'
)


@dataclass(frozen=True, slots=True)
class Traits:
    """What a template renders by itself: a list of tools, calls in an assistant's message, results of tools, a system message."""

    tools: bool
    calls: bool
    results: bool
    system: bool

    @property
    def native(self) -> bool:
        """Whether tools need no help at all."""
        return self.tools and self.calls and self.results


def fitted(messages: list[Wire], tools: list[Wire], traits: Traits) -> tuple[list[Wire], list[Wire]]:
    """Messages and tools with what the template lacks written out as text, in the way of Hermes."""
    made = [_plain(message) for message in messages]
    if tools and not traits.native:
        made, tools = _with_tools(made, tools), []
    if not traits.calls:
        made = [_calls_as_text(message) for message in made]
    if not traits.results:
        made = _results_as_text(made)
    if not traits.system:
        made = _system_into_user(made)
    return made, tools


def _plain(message: Wire) -> Wire:
    """Content is never None, a developer is the system, arguments are objects."""
    made = {**message, "content": message.get("content") or "", "role": "system" if message["role"] == "developer" else message["role"]}
    if calls := message.get("tool_calls"):
        made["tool_calls"] = [{**call, "function": {**call["function"], "arguments": _object(call["function"]["arguments"])}} for call in calls]
    return made


def _object(arguments: Any) -> Any:
    return parse_json(arguments or "{}") if isinstance(arguments, str) else arguments


def _with_tools(messages: list[Wire], tools: list[Wire]) -> list[Wire]:
    text = HERMES.format(tools="\n".join(json.dumps(tool, ensure_ascii=False) for tool in tools))
    if messages and messages[0]["role"] == "system":
        return [{**messages[0], "content": messages[0]["content"] + text}, *messages[1:]]
    return [{"role": "system", "content": text.lstrip()}, *messages]


def _calls_as_text(message: Wire) -> Wire:
    if not message.get("tool_calls"):
        return message
    calls = [f"<tool_call>\n{_call(call['function'])}\n</tool_call>" for call in message["tool_calls"]]
    rest = {key: value for key, value in message.items() if key != "tool_calls"}
    return {**rest, "content": "\n".join([*([message["content"].rstrip("\n")] if message["content"] else []), *calls])}


def _call(function: Wire) -> str:
    return json.dumps({"name": function["name"], "arguments": function["arguments"]}, ensure_ascii=False)


def _results_as_text(messages: list[Wire]) -> list[Wire]:
    """Results that follow each other are one message of the user's."""
    made: list[Wire] = []
    for is_result, group in groupby(messages, lambda message: message["role"] == "tool"):
        if is_result:
            made.append({"role": "user", "content": "\n".join(f"<tool_response>\n{message['content']}\n</tool_response>" for message in group)})
        else:
            made += group
    return made


def _system_into_user(messages: list[Wire]) -> list[Wire]:
    """The first system message stands before the user's first; a later one is said by the user."""
    made: list[Wire] = []
    lead = ""
    for message in messages:
        if message["role"] == "system" and not made:
            lead += message["content"] + "\n\n"
            continue
        role = "user" if message["role"] == "system" else message["role"]
        made.append({**message, "role": role, "content": (lead + message["content"]).strip() if role == "user" else message["content"]})
        lead = "" if role == "user" else lead
    return made if not lead else [{"role": "user", "content": lead.strip()}, *made]


def _late_system_by_user(messages: list[Wire]) -> list[Wire]:
    """Only the first message may be the system's."""
    return [{**message, "role": "user"} if message["role"] == "system" and number else message for number, message in enumerate(messages)]


def _alternating(messages: list[Wire]) -> list[Wire]:
    """Messages of one role that follow each other are one; calls are kept apart."""
    made: list[Wire] = []
    for message in messages:
        last = made[-1] if made else {}
        if last.get("role") == message["role"] and message["role"] in ("user", "assistant") and not last.get("tool_calls"):
            made[-1] = {**message, "content": f"{last['content']}\n\n{message['content']}".strip()}
        else:
            made.append(message)
    return made


# tried in this order until the template takes the messages
REPAIRS: tuple[Callable[[list[Wire]], list[Wire]], ...] = (
    lambda messages: messages,
    _late_system_by_user,
    lambda messages: _alternating(_late_system_by_user(messages)),
    lambda messages: _alternating(_system_into_user(messages)),
)
