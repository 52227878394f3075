"""A call that names no tool, or the wrong one: the tool that is meant, where there is exactly one that it can be.

By rule: the words of the name against those of every tool and its other names, and the arguments against what a tool takes. What is not clear
stays an error with a sentence that lets the model do better; a wrong tool does harm.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tools.declare import Tool
from tools.finding.words import terms
from tools.repair import repair_arguments

CLOSE = 0.8  # share of the words that two names must have in common
_FILLING = frozenset(terms("a the to of in from for with by and call run do execute perform use tool function api my this new content contents text data local user get make"))
_SAME = {
    "remov": "delet", "eras": "delet", "trash": "delet", "rm": "delet", "creat": "write", "save": "write", "mv": "move", "cp": "copi", "ls": "list", "dir": "folder", "directori": "folder", "show": "read", "view": "read",
    "display": "read", "cat": "read", "search": "find", "locat": "find", "grep": "find", "lookup": "find", "fetch": "fetch", "download": "fetch", "comput": "calcul", "evalu": "calcul", "math": "calcul", "execut": "run",
    "documents": "document", "pictur": "imag", "photo": "imag", "todo": "task", "appoint": "event", "meet": "event", "webpag": "page", "websit": "page", "web": "page",
}  # fmt: skip


def named(name: str) -> frozenset[str]:
    """The words of a name that tell tools apart, one for those that mean the same."""
    return frozenset(_SAME.get(word, word) for word in terms(name)) - _FILLING


def nearest(name: str, args: Mapping[str, Any], tools: Iterable[Tool]) -> Tool | None:
    """The one tool that an unknown name can only mean, and whose arguments these are; None where there is none or more than one."""
    wanted = named(name)
    if not wanted:
        return None
    scored: list[tuple[float, Tool]] = []
    for tool in tools:
        best = max((_alike(wanted, named(other)) for other in (tool.name, *tool.aliases)), default=0.0)
        if best >= CLOSE and takes(tool, args):
            scored.append((best, tool))
    top = max((score for score, _ in scored), default=0.0)
    found = [tool for score, tool in scored if score == top]
    return found[0] if len(found) == 1 else None


def fits_better(tool: Tool, args: Mapping[str, Any], tools: Iterable[Tool]) -> Tool | None:
    """Another tool of the same kind, or one that gives the same, to which these arguments belong and not to this one; None where that is not clear."""
    if not args or takes(tool, args) or not _strangers(tool, args):
        return None
    kindred = [other for other in tools if other is not tool and _exactly(other, args) and (other.category == tool.category or (tool.gives and other.gives == tool.gives))]
    return kindred[0] if len(kindred) == 1 else None


def takes(tool: Tool, args: Mapping[str, Any]) -> bool:
    """Whether the arguments, mended, have all that the tool must have and nothing that it does not know."""
    schema = tool.schema
    mended = repair_arguments(args, schema)
    return set(schema.get("required") or ()) <= set(mended) and set(mended) <= tool.accepted


def _exactly(tool: Tool, args: Mapping[str, Any]) -> bool:
    """As :func:`takes`, by the very names of the arguments."""
    schema = tool.schema
    return set(schema.get("required") or ()) <= set(args) <= tool.accepted


def _strangers(tool: Tool, args: Mapping[str, Any]) -> bool:
    return bool(set(repair_arguments(args, tool.schema)) - tool.accepted)


def _alike(left: frozenset[str], right: frozenset[str]) -> float:
    return len(left & right) / len(left | right) if left and right else 0.0
