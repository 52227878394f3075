"""A conversation as APIs accept it: every call has an id and exactly one result, and every result stands behind its call."""

from __future__ import annotations

import hashlib
import re
import secrets
import string
from collections.abc import Sequence
from dataclasses import replace

from core.messages import Message, ToolCall

# fields of ``ToolCall.extra`` of the first call of a turn, which APIs want back with the turn and not with the call: OpenRouter's form of thinking,
# Anthropic's signed thinking, items of OpenAI's Responses API
DETAILS, THINKING, REASONING_ITEMS = "reasoning_details", "thinking_blocks", "reasoning_items"
OF_TURN = frozenset({DETAILS, THINKING, REASONING_ITEMS})
NO_RESULT = "There is no result: the call was not made."
_LETTERS = string.ascii_letters + string.digits
_ID = re.compile(r"[a-zA-Z0-9_-]{1,40}")
SHORT_ID = re.compile(r"[a-zA-Z0-9]{9}")


def new_call_id() -> str:
    """Nine letters and digits: what every server accepts."""
    return "".join(secrets.choice(_LETTERS) for _ in range(9))


def fit_call_id(id_: str, short: bool = False) -> str:
    """``id_`` where the server accepts it (``short``: nine letters and digits only), else one made of it, always the same."""
    if (SHORT_ID if short else _ID).fullmatch(id_):
        return id_
    number = int.from_bytes(hashlib.sha256(id_.encode("utf-8", "replace")).digest()[:8], "big")
    letters = []
    for _ in range(9):
        number, digit = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[digit])
    return "".join(letters)


def pair_calls(messages: Sequence[Message]) -> list[Message]:
    """``messages`` with the results of a turn's calls right behind it, in the order of the calls.

    A result of no known call becomes a person's message.
    """
    paired: list[Message] = []
    rest = list(messages)
    while rest:
        message = rest.pop(0)
        if message.tool_calls:
            calls = tuple(replace(call, id=call.id or fit_call_id(f"{len(paired)}:{number}:{call.name}", short=True)) for number, call in enumerate(message.tool_calls))
            results = [rest.pop(0) for _ in range(_results_at_start(rest))]
            paired.append(replace(message, tool_calls=calls))
            paired += _answers(calls, results)
        else:
            paired.append(_as_words(message) if message.role == "tool" else message)
    return paired


def _results_at_start(messages: Sequence[Message]) -> int:
    return next((number for number, message in enumerate(messages) if message.role != "tool"), len(messages))


def _answers(calls: Sequence[ToolCall], results: list[Message]) -> list[Message]:
    """One result for each call, by id, else by order; what is left over follows as words."""
    found: list[Message] = []
    unnamed = [result for result in results if not result.tool_call_id]
    named = [result for result in results if result.tool_call_id]
    for call in calls:
        own = next((result for result in named if result.tool_call_id == call.id), None)
        if own is not None:
            named.remove(own)
        elif unnamed:
            own = unnamed.pop(0)
        found.append(replace(own or Message("tool", NO_RESULT), tool_call_id=call.id))
    return found + [_as_words(result) for result in [*named, *unnamed]]


def _as_words(message: Message) -> Message:
    return replace(message, role="user", content=f"Result of a tool:\n{message.content}", tool_call_id="")
