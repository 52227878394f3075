"""From whose words a call is made: the person's own, or of somebody who has read text from outside."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

_TOKEN = re.compile(r"\w+", re.UNICODE)


def is_in_words_of(args: Mapping[str, Any], said: Iterable[str], schema: Mapping[str, Any] | None = None, words: Collection[str] = ()) -> bool:
    """Whether every word and number of a call's arguments stands in what the person ``said`` themselves, or is one of ``words``.

    Truth values, and what the tool's ``schema`` offers as choices or names as parts of an argument, carry nothing of anybody and are passed
    over. A call without any words is nobody's in particular, so that it is the person's.
    """
    known = {token for text in said for token in words_of(text)}
    offered = {str(value) for value in _choices(schema or {})}
    return all(token in known or token in words for text in _literals(list(args.values()), offered) for token in words_of(text))


def words_of(text: str) -> list[str]:
    """Words and numbers, in order, without case."""
    return [token.casefold() for token in _TOKEN.findall(text)]


def _literals(value: Any, offered: set[str]) -> Iterable[str]:
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, Mapping):
        for key, item in value.items():
            if str(key) not in offered:
                yield str(key)
            yield from _literals(item, offered)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _literals(item, offered)
    elif isinstance(value, float):
        yield f"{value:g}"
    elif str(value) not in offered:
        yield str(value)


def _choices(schema: Any) -> Iterable[Any]:
    if isinstance(schema, Mapping):
        yield from schema.get("enum") or () if isinstance(schema.get("enum"), list) else ()
        yield from schema["properties"] if isinstance(schema.get("properties"), Mapping) else ()
        if "const" in schema:
            yield schema["const"]
        for item in schema.values():
            yield from _choices(item)
    elif isinstance(schema, list):
        for item in schema:
            yield from _choices(item)
