"""Authorization of runs that act for somebody: a schedule's tools and envelope, a skill's declared access, a hub's rights."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from core.gate.places import under
from core.gate.scopes import is_near
from core.gate.secrets import is_own_secret
from core.ports import Intent, Scope

OF_THE_PERSON = ("memory.", "notes.search", "notes.list", "schedule.list", "schedule.remove", "device.list")  # what lies in no folder and is the owner's, not the hub's
OWN_LISTS = ("tasks.", "calendar.", "contacts.")  # likewise, where no file is named
OFFERED = ("hardware ", "mcp:")  # how names of what a machine offers to others begin
_BEYOND = {"host": "reaches", "app": "uses"}
RIGHT_OF = {"reads": "read", "reversible": "change", "irreversible": "act", "leaves": "act"}


def schedule_exclusion_reason(request: Mapping[str, Any], intent: Intent) -> str:
    """Return why the schedule's own list of tools keeps this call out; empty where it does not."""
    tools = request.get("allowed_tools") or ()
    if not tools or any(fnmatchcase(intent.tool, pattern) for pattern in tools):
        return ""
    return f"{intent.tool} is not among the tools of this schedule"


def is_preauthorized(envelope: Iterable[Mapping[str, Any]], intent: Intent, scopes: tuple[Scope, ...], tainted: bool) -> bool:
    """Whether the person signed for this in advance: the tool, and each thing that it touches. Text from outside has to be signed for as such."""
    entries = [entry for entry in envelope if entry["tool"] == intent.tool and (entry.get("outside") or not tainted)]
    if not entries or intent.always_ask:
        return False
    return all(any(_is_covered(entry["scope"], scope) for entry in entries) for scope in scopes or (Scope("none"),) if not is_own_secret(scope))


def _is_covered(signed_for: str, scope: Scope) -> bool:
    if signed_for == "*":
        return True
    kind, _, value = signed_for.partition(":")
    return kind == scope.kind and (value == scope.value or (kind == "path" and scope.value.startswith(value.rstrip("/") + "/")))


def undeclared_access_reason(skill: Mapping[str, Any], intent: Intent) -> str:
    """Return why a step of a skill in its first runs goes beyond what the skill declares; empty where it does not, or where it is trusted."""
    tools = skill.get("tools")
    if tools is None:
        return ""
    if not any(fnmatchcase(intent.tool, pattern) for pattern in tools):
        return f"the skill {skill['name']} does not say that it uses {intent.tool}"
    strange = [scope.value for scope in intent.scopes if scope.kind == "host" and scope.value.split(":")[0].lower() not in skill.get("hosts", ())]
    return f"the skill {skill['name']} does not say that it reaches {strange[0]}" if strange else ""


def missing_right_reason(request: Mapping[str, Any], intent: Intent) -> str:
    """Return why the owner of this machine has to be asked before a hub may do this here; empty where the hub has the right, or the run is no hub's."""
    remote = request.get("remote")
    if not remote:
        return ""
    hub, right = remote.get("hub") or "the hub", RIGHT_OF[intent.risk]
    needed = [right, *("act" for scope in intent.scopes if scope.access == "send")]  # also what would be asked for later, by itself
    if missing := next((one for one in needed if one not in remote.get("rights", ())), ""):
        return f"{hub} may not {missing} on this machine"
    root = os.path.realpath(str(request.get("workspace") or os.sep))
    if beyond := next((scope for scope in intent.scopes if _is_beyond(scope, root, right)), None):
        return f"{hub} may {right} in its folder only, and this {_BEYOND.get(beyond.kind, 'touches')} {beyond.value if beyond.value != '*' else 'any address'}"
    if intent.always_ask and intent.risk not in ("reads", "reversible"):
        return f"{hub} may {right} in its folder only, and this has more rights than the box gives"
    is_owners = intent.tool.startswith(OF_THE_PERSON) or (intent.tool.startswith(OWN_LISTS) and not intent.args.get("file"))
    return f"{hub} may {right} in its folder only, and {intent.tool} is about what its owner keeps" if is_owners else ""


def _is_beyond(scope: Scope, root: str, right: str) -> bool:
    """Whether a scope lies outside of a hub's folder, whatever the hub may do in there: other files, programs of the desktop, any address at all, this machine's own services and those of its network.

    Hardware and servers' tools are in no folder: who may act may use those.
    """
    if scope.kind == "host":
        return scope.value == "*" or is_near(scope.value)
    if scope.kind == "app":
        return right != "act" or not scope.value.startswith(OFFERED)
    return scope.private or (scope.kind == "path" and not under(scope.value, root))
