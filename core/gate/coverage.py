"""What an earlier yes covers: the same thing again, and nothing that reaches further."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from typing import Any

from core.ports import Intent, Scope

INSTRUCTIONS = ("agents.md", "skill.md")  # files that speak for the person in later requests
_BEFORE, _AFTER = r"(?<![\w/~@:$\\-])(?<!\w\.)(?<!^\.)", r"(?![\w/@:\\-]|\.\w)"  # what would make a name part of a longer one


def is_same_again(intent: Intent, agreed: Intent, scopes: Iterable[Scope], said: str) -> bool:
    """Whether a call is one that was agreed to, or differs from it only in values that stand in the person's own words ``said``.

    ``scopes`` are those that it has to be asked about; they must lie within those of the agreed call.
    """
    if intent.tool != agreed.tool or agreed.args.keys() - intent.args.keys():
        return False
    if any(scope.access == "run" for scope in intent.scopes) and intent.args != agreed.args:
        return False  # a program does whatever its words say: others are another program
    if not all(_is_value_agreed(value, agreed.args.get(name), said) for name, value in intent.args.items()):
        return False
    return all(scope.kind not in ("path", "host", "argv") or any(_is_within(scope, other) for other in agreed.scopes) for scope in scopes)


def _is_value_agreed(value: Any, agreed: Any, said: str) -> bool:
    if value == agreed and type(value) is type(agreed):
        return True
    if isinstance(value, bool | Mapping) or value is None:
        return False  # a switch is in nobody's words
    texts = [str(item) for item in value] if isinstance(value, list | tuple) else [f"{value:g}" if isinstance(value, float) else str(value)]
    return is_phrase_in(" ".join(texts), said)


def is_phrase_in(value: str, said: str) -> bool:
    """Whether a text stands in another as it is, in one piece and not as a part of a longer name; spaces and case aside."""
    value, said = " ".join(value.split()).casefold(), " ".join(said.split()).casefold()
    return bool(value) and re.search(f"{_BEFORE}{re.escape(value)}{_AFTER}", said) is not None


def _is_within(scope: Scope, agreed: Scope) -> bool:
    if scope.kind != agreed.kind:
        return False
    return scope.value == agreed.value or (scope.kind == "path" and scope.value.startswith(agreed.value.rstrip("/") + "/"))


def writes_instructions(intent: Intent) -> bool:
    """Whether it puts a file in place that later requests take for the person's own words."""
    return any(os.path.basename(change.to or change.path).casefold() in INSTRUCTIONS for change in intent.changes if change.kind in ("put", "move"))
