"""Arguments held against a JSON schema of somebody else's. Nothing is fetched for it.

A schema may be made to take for ever: a pattern that tries every way to fail, references that double at each level. Such are looked at in a box with
little time, and one that took too long is not asked again; plain ones, which are nearly all, are looked at here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from itertools import islice
from typing import Any

from core.errors import ToolError
from tools import arguments as said
from tools.sandbox.box import in_box

SECONDS = 2.0  # that looking may take
MOST_SAID = 5  # faults
MOST_PLAIN = 20_000  # letters of arguments that are looked at here
MOST_BRANCHES = 40  # choices of a schema that is looked at here
_SLOW = frozenset({"pattern", "patternProperties", "$ref", "$dynamicRef", "$recursiveRef", "uniqueItems", "unevaluatedProperties", "unevaluatedItems"})
_BRANCHES = frozenset({"anyOf", "oneOf", "allOf", "not", "if", "contains"})
_given_up: set[str] = set()  # digests of schemas that took too long


def problems_of(schema: Mapping[str, Any], args: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is wrong with arguments, as :meth:`tools.declare.Tool.problems` says it; what cannot be understood of the schema is not checked."""
    given, held = dict(args), dict(schema)
    if _is_plain(held) and len(repr(given)) <= MOST_PLAIN:
        return find_problems(held, given)
    try:
        digest = hashlib.sha256(json.dumps(held, sort_keys=True).encode()).hexdigest()
    except (TypeError, ValueError, RecursionError):
        return []
    if digest in _given_up:
        return []
    try:
        return [(name, sentence) for name, sentence in in_box(find_problems, held, given, seconds=SECONDS)]
    except (ToolError, OSError, TypeError, ValueError, RecursionError):
        _given_up.add(digest)
        return []


def find_problems(schema: dict[str, Any], args: dict[str, Any]) -> list[tuple[str, str]]:
    """The first faults; none where the schema itself has one."""
    import jsonschema
    import referencing

    try:
        validator = jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)(schema, registry=referencing.Registry())
        errors = list(islice(validator.iter_errors(args), MOST_SAID))
    except (jsonschema.exceptions.SchemaError, referencing.exceptions.Unresolvable, RecursionError, ValueError, TypeError):
        return []
    return [(str(error.path[0]) if error.path else "", said.foreign_sentence(error)) for error in errors]


def _is_plain(schema: Any) -> bool:
    """Whether looking takes no longer than its words and those of the arguments are many."""
    branches, open_ = 0, [schema]
    while open_:
        value = open_.pop()
        if isinstance(value, Mapping):
            if not _SLOW.isdisjoint(value):
                return False
            branches += len(_BRANCHES & value.keys())
            open_ += value.values()
        elif isinstance(value, list):
            open_ += value
        if branches > MOST_BRANCHES or len(open_) > 20_000:
            return False
    return True
