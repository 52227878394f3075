"""What of a request a server refused: read out of its words."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from models.servers.errors import ServerRefusal

_WINDOW = (  # a server's words for how many tokens it reads at most
    r"context size \(?(\d[\d,]*)", r"maximum (?:context|model|prompt) length (?:is|of) \(?(\d[\d,]*)", r"> ?(\d[\d,]*) maximum", r"n_ctx\W{1,4}(\d[\d,]*)", r"max_model_len\W{1,3}(\d[\d,]*)",
    r"context (?:length|window)(?: is| of|:)?(?: only)? \(?(\d[\d,]*)", r"number of tokens allowed \(?(\d[\d,]*)",
)  # fmt: skip
_MOST = re.compile(  # a server's words for how many tokens may be asked for
    r"supports? at most (\d[\d,]*)|less than or equal to [`'\"]?(\d[\d,]*)|valid range of \w+ is \[\d+, ?(\d[\d,]*)|> ?(\d[\d,]*), which is the maximum|at most (\d[\d,]*) (?:output |completion )?tokens",
    re.IGNORECASE,
)
# words such as "stop" or "text" are only meant where they are named as a part of the request
_NAMED = r"['\"`]{0}['\"`]|(?:parameter|argument|field|property|value|keyword|input)s?[: ]+['\"`]?{0}\b|\b{0}\b['\"`]?(?: parameter)? (?:is not|isn't|are not|not|does not|must be|unsupported)"


def find_refused_field(refusal: ServerRefusal, body: Mapping[str, Any], fields: Collection[str]) -> str:
    """The first of ``fields`` that stands in ``body`` and that the refusal is about; empty where it is about none."""
    for field in fields:
        if field in body and (refusal.param.partition(".")[0] == field or _names(refusal.said, field)):
            return field
    return ""


def _names(said: str, field: str) -> bool:
    pattern = rf"(?<!\w){field}(?!\w)" if "_" in field or field == "temperature" else _NAMED.format(re.escape(field))
    return bool(re.search(pattern, said, re.IGNORECASE))


def find_most_tokens(said: str) -> int:
    """How many tokens of an answer may be asked for, where a server says so of the field for it; else 0."""
    found = _MOST.search(said) if re.search(r"max_(?:completion_|output_|new_)?tokens|completion tokens", said, re.IGNORECASE) else None
    return int(next(filter(None, found.groups())).replace(",", "")) if found else 0


def find_window(said: str) -> int:
    """How many tokens the server reads at most, where it says so; else 0."""
    found = next((match for pattern in _WINDOW if (match := re.search(pattern, said, re.IGNORECASE))), None)
    return int(found[1].replace(",", "")) if found else 0
