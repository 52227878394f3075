"""The fields of a reply, in all forms in which servers of the OpenAI family fill them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from core.messages import Usage
from models.cleaning import clean_json
from models.servers.history import DETAILS
from models.servers.served import Price

_REASONS = (  # a server's word for the end, and ours; the first that fits
    (r"^(tool|function_call)", "tool_calls"), (r"length|max_?tokens|max_output", "length"), (r"filter|safety|recitation|prohibited|blocklist|refusal|spii", "content_filter"),
    (r"error|abort|malformed|insufficient|cancel|timeout", "dropped"),
)  # fmt: skip


def reason_of(word: Any) -> str:
    """``finish_reason`` in our words; empty where there is none yet."""
    text = str(word or "").lower()
    return next((ours for pattern, ours in _REASONS if re.search(pattern, text)), "stop") if text else ""


def read_content(content: Any) -> tuple[str, str]:
    """Text and thinking of a ``content``, be it text or a list of parts."""
    if isinstance(content, str):
        return content, ""
    text, thought = "", ""
    for part in [content] if isinstance(content, Mapping) else content if isinstance(content, list) else ():
        if isinstance(part, str):
            text += part
        elif isinstance(part, Mapping) and str(part.get("type", "text")) in ("thinking", "reasoning"):
            thought += read_text(part.get("thinking") or part.get("reasoning") or part.get("text"))
        elif isinstance(part, Mapping):
            text += read_text(part.get("text") or part.get("refusal"))
    return text, thought


def read_reasoning(delta: Mapping[str, Any]) -> tuple[str, str]:
    """Name and text of thinking in a field of its own; the fields repeat each other, the first one counts."""
    return next(
        ((name, found) for name in ("reasoning_content", "reasoning", "thinking", DETAILS) if (found := read_text(delta.get(name)))),
        ("", ""),
    )


def read_usage(raw: Mapping[str, Any], price: Price) -> Usage:
    """Tokens and money; nulls are zero. ``cached_tokens`` are part of the prompt's."""
    read, written = read_count(raw.get("prompt_tokens")), read_count(raw.get("completion_tokens"))
    cached = read_count(read_map(raw.get("prompt_tokens_details")).get("cached_tokens")) or read_count(raw.get("prompt_cache_hit_tokens"))
    cost = price.cost(read, written, min(cached, read))
    told = raw.get("cost")  # OpenRouter knows what it took
    return Usage(1, read, written, cached, float(told) if not cost and isinstance(told, int | float) else cost)


def merge_details(known: list[dict[str, Any]], more: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """OpenRouter's ``reasoning_details``: pieces of one entry become one, for it wants the entries back as they were."""
    for entry in more:
        last = known[-1] if known else {}
        if last and (last.get("type"), last.get("index")) == (entry.get("type"), entry.get("index")):
            grown = {name: read_text(last.get(name)) + read_text(entry.get(name)) for name in ("text", "summary", "data") if entry.get(name)}
            known = [
                *known[:-1],
                {**last, **{key: value for key, value in entry.items() if value is not None}, **grown},
            ]
        else:
            known = [*known, dict(entry)]
    return [clean_json(entry) for entry in known] if more else known


def read_text(value: Any) -> str:
    """The words in a text, in a list of parts, or in an object that has them in one of the usual fields."""
    if isinstance(value, list):
        return "".join(map(read_text, value))
    if isinstance(value, Mapping):
        return next(
            (found for name in ("text", "content", "summary", "thinking", "reasoning") if (found := read_text(value.get(name)))),
            "",
        )
    return value if isinstance(value, str) else ""


def read_map(value: Any) -> Mapping[str, Any]:
    """``value``, where it is an object; else an empty one."""
    return value if isinstance(value, Mapping) else {}


def read_maps(value: Any) -> list[Mapping[str, Any]]:
    """The objects in a list; none where it is no list."""
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []


def read_count(value: Any) -> int:
    """A number of tokens; what is no number is 0."""
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0
