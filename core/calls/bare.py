"""A reply that is nothing but calls, written as JSON without any marker (small Qwen and Llama models do that).

Only the whole message counts, and only where it names tools that were offered: any other JSON is an answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import Any

from core.calls.literal import NoValue, read_all
from core.calls.reader import ARGUMENTS, LISTS, NAMES, Schemas, read_calls
from core.messages import ToolCall

_FIRST_KEYS = (*NAMES, *ARGUMENTS, *LISTS, "type", "id")
_FENCE = re.compile(r"```[\w-]{0,12}[ \t]*\n")
_KEY = re.compile(r"[{\[]\s*(?:\{\s*)?(?:[\"'](?P<key>[^\"']*)(?P<end>[\"'])?)?")
_WORD = re.compile(r"\[\s*(?P<name>[\w.-]*)(?P<open>\()?")
_JSON = json.JSONDecoder(strict=False)


def may_become_bare(text: str, names: Collection[str]) -> bool:
    """Whether a message that begins with ``text`` may still turn out to be calls and nothing else."""
    lead = text.lstrip()
    if lead.startswith("`"):
        fence = _FENCE.match(lead)
        return bool(re.fullmatch(r"`{1,3}|```[\w-]{0,12}[ \t]*", lead)) if fence is None else may_become_bare(lead[fence.end() :], names)
    if not lead:
        return True
    return _opens_object(lead) or _opens_list(lead, names)


def _opens_object(lead: str) -> bool:
    match = _KEY.match(lead)
    if match is None:
        return False
    if match["key"] is None:
        return match.end() == len(lead)
    return match["key"] in _FIRST_KEYS if match["end"] else any(key.startswith(match["key"]) for key in _FIRST_KEYS)


def _opens_list(lead: str, names: Collection[str]) -> bool:
    """``[read(path="a")]``, as Llama 3.2 and LFM 2 write."""
    match = _WORD.match(lead)
    if match is None:
        return False
    return match["name"] in names if match["open"] else match.end() == len(lead) and any(name.startswith(match["name"]) for name in names)


def read_bare_calls(text: str, schemas: Schemas) -> list[ToolCall]:
    """The calls of a message that holds nothing else; empty where it holds anything else, or names a tool that was not offered.

    A message that ends within a call ends with a cut one.
    """
    inside = re.sub(r"\A\s*```[\w-]{0,12}[ \t]*\n(.*?)\n?\s*(?:```\s*)?\Z", r"\1", text, flags=re.S).strip()
    if inside.startswith("[") and inside.endswith(")]") and _opens_list(inside, tuple(schemas)):
        return _offered(read_calls(inside, schemas), schemas)
    values, rest = _values(inside)
    if not all(map(_is_shaped, values)) or not (values or rest):
        return []
    calls = _offered([call for value in values for call in read_calls(json.dumps(value), schemas)], schemas) if values else []
    if not rest or (values and not calls):
        return calls
    name = _begun(rest, schemas)
    return [*calls, ToolCall(name, {}, cut=True)] if name else []


def _offered(calls: list[ToolCall], schemas: Schemas) -> list[ToolCall]:
    return calls if all(call.name in schemas for call in calls) else []


def _begun(rest: str, schemas: Schemas) -> str:
    """The offered tool that an unfinished JSON value is a call of, empty where it is none."""
    match = re.match(rf"[\[{{\s]*[\"'](?:{'|'.join(NAMES)})[\"']\s*:\s*[\"'](?P<name>[^\"']+)[\"']", rest)
    return match["name"] if match and match["name"] in schemas else ""


def _values(text: str) -> tuple[list[Any], str]:
    """JSON values one after another, and what stands behind them: the beginning of one more, or what is none."""
    at, found = 0, list[Any]()
    while at < len(text):
        try:
            value, at = _JSON.raw_decode(text, at)
        except (ValueError, RecursionError):
            repaired = [] if found else _repaired(text)
            return repaired or found, "" if repaired else text[at:]
        found.append(value)
        at = len(text) - len(text[at:].lstrip(" \t\r\n,;"))
    return found, ""


def _repaired(text: str) -> list[Any]:
    """One value that is JSON in all but its form (quotes, trailing commas)."""
    try:
        return [read_all(text)]
    except (NoValue, RecursionError):
        return []


def _is_shaped(value: Any) -> bool:
    """Whether a value names a tool and its arguments."""
    if isinstance(value, list):
        return bool(value) and all(map(_is_shaped, value))
    if not isinstance(value, dict):
        return False
    inner = value["function"] if isinstance(value.get("function"), dict) else value
    return (any(isinstance(inner.get(key), str) for key in NAMES) and any(isinstance(inner.get(key), dict | str) for key in ARGUMENTS)) or any(key in value for key in LISTS)
