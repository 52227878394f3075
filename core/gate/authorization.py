"""A run that a schedule started: what it may use, and what the person signed for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from core.ports import Intent, Scope


def forbidden(request: Mapping[str, Any], intent: Intent) -> str:
    """Why the schedule's own list of tools keeps this call out; empty where it does not."""
    tools = request.get("allowed_tools") or ()
    if not tools or any(fnmatchcase(intent.tool, pattern) for pattern in tools):
        return ""
    return f"{intent.tool} is not among the tools of this schedule"


def signed(envelope: Iterable[Mapping[str, Any]], intent: Intent, scopes: tuple[Scope, ...], tainted: bool) -> bool:
    """Whether the person signed for this: the tool, and each thing that it touches. Text from outside has to be signed for as such."""
    entries = [entry for entry in envelope if entry["tool"] == intent.tool and (entry.get("outside") or not tainted)]
    if not entries or intent.always_ask:
        return False
    return all(any(_covers(entry["scope"], scope) for entry in entries) for scope in scopes or (Scope("none"),))


def _covers(signed_for: str, scope: Scope) -> bool:
    if signed_for == "*":
        return True
    kind, _, value = signed_for.partition(":")
    return kind == scope.kind and (value == scope.value or (kind == "path" and scope.value.startswith(value.rstrip("/") + "/")))
