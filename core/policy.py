"""Permission: allow, ask or deny, per tool and scope.

Order: local only → deny rules → what always asks → text from outside → grants and allow rules → the defaults of the settings. A grant names a tool and a
scope; a folder covers what is inside it, a host and a command line cover exactly themselves.
"""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass
from typing import Any, Literal

from core.clock import Clock, iso
from core.errors import NotFound
from core.ids import new_id
from core.ports import Intent, Scope
from core.settings import Settings
from core.storage.database import Database

Verdict = Literal["allow", "ask", "deny"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What the rules say about one intent, and why. ``scopes`` are those that made it ask."""

    verdict: Verdict
    why: str
    scopes: tuple[Scope, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One stored rule. ``scope`` is ``kind:value``, or ``*`` for any."""

    id: str
    tool: str
    scope: str
    decision: Verdict
    conversation_id: str = ""
    created_at: str = ""
    note: str = ""

    def covers(self, intent: Intent, scope: Scope, conversation_id: str) -> bool:
        """Whether this rule speaks about that scope of that intent in that conversation."""
        if (self.conversation_id and self.conversation_id != conversation_id) or not fnmatch.fnmatchcase(intent.tool, self.tool):
            return False
        if self.scope == "*":
            return True
        kind, _, value = self.scope.partition(":")
        if kind != scope.kind:
            return False
        return value == scope.value or (not scope.private and kind == "path" and scope.value.startswith(value.rstrip("/") + "/"))


class PermissionPolicy:
    """The rules in force; grants are kept in the database and can be revoked one by one."""

    def __init__(self, database: Database, settings: Settings, clock: Clock) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock

    def decide(self, intent: Intent, conversation_id: str, local_only: bool = False, tainted: bool = False) -> Decision:
        """What the rules say. ``tainted``: the arguments hold text from outside."""
        if intent.risk == "leaves" and (local_only or self._settings["privacy.local_only"]):
            return Decision("deny", "local only: nothing may leave this machine", intent.scopes)
        rules = self.rules()
        for scope in intent.scopes or (Scope("none"),):
            for rule in rules:
                if rule.decision == "deny" and rule.covers(intent, scope, conversation_id):
                    return Decision("deny", f"rule {rule.id} denies {rule.tool} on {rule.scope}", (scope,))
        if intent.always_ask:
            return Decision("ask", "it goes on by itself" if intent.risk == "reversible" else "an inline interpreter can do anything", intent.scopes)
        if tainted and intent.risk in ("irreversible", "leaves"):
            return Decision("ask", "it would act on text that came from outside", intent.scopes)
        open_scopes = tuple(scope for scope in intent.scopes or (Scope("none"),) if not self._granted(intent, scope, conversation_id, rules))
        return self._default(intent, open_scopes) if open_scopes else Decision("allow", "a rule allows it")

    def _granted(self, intent: Intent, scope: Scope, conversation_id: str, rules: list[Rule]) -> bool:
        if scope.kind == "host" and scope.value in self._settings["privacy.allowed_hosts"]:
            return True
        return any(rule.decision == "allow" and rule.covers(intent, scope, conversation_id) for rule in rules)

    def _default(self, intent: Intent, scopes: tuple[Scope, ...]) -> Decision:
        outside = tuple(scope for scope in scopes if not scope.inside)
        if intent.risk == "reads":
            return Decision("ask", "it would read something private", outside) if outside else Decision(self._settings["permission.reads"], "reading", scopes)
        if intent.risk == "reversible":
            if outside:
                return Decision("ask", "it is outside the workspace", outside)
            return Decision(self._settings["permission.reversible_inside"], "it can be undone", scopes)
        return Decision("ask", "it leaves this machine" if intent.risk == "leaves" else "it cannot be undone", scopes)

    def rules(self) -> list[Rule]:
        """Every stored rule, newest first."""
        return [Rule(**dict(row)) for row in self._database.execute("SELECT * FROM permission ORDER BY created_at DESC")]

    def add(self, tool: str, scope: str, decision: Verdict, conversation_id: str = "", note: str = "") -> Rule:
        """Keep a rule; the same rule again is kept once."""
        for rule in self.rules():
            if (rule.tool, rule.scope, rule.decision, rule.conversation_id) == (tool, scope, decision, conversation_id):
                return rule
        rule = Rule(new_id("perm"), tool, scope, decision, conversation_id, iso(self._clock.now()), note)
        self._database.execute(
            "INSERT INTO permission VALUES (?, ?, ?, ?, ?, ?, ?)",
            (rule.id, rule.tool, rule.scope, rule.decision, rule.conversation_id, rule.created_at, rule.note),
        )
        return rule

    def grant(self, intent: Intent, scopes: tuple[Scope, ...], conversation_id: str) -> list[Rule]:
        """Turn a yes for a conversation (or, with an empty id, for always) into rules for these scopes."""
        if intent.always_ask:
            return []
        return [self.add(intent.tool, "*" if scope.kind == "none" else f"{scope.kind}:{scope.value}", "allow", conversation_id) for scope in scopes or (Scope("none"),)]

    def revoke(self, rule_id: str) -> None:
        """Forget a rule. Raises :class:`NotFound`."""
        if not self._database.execute("DELETE FROM permission WHERE id = ?", (rule_id,)).rowcount:
            raise NotFound(f"There is no permission {rule_id}.")

    def denied_tools(self, names: Any) -> tuple[str, ...]:
        """Tools that a rule denies whatever they touch."""
        patterns = [rule.tool for rule in self.rules() if rule.decision == "deny" and rule.scope == "*" and not rule.conversation_id]
        return tuple(name for name in names if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns))
