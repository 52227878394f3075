"""Permission: allow, ask or deny, per tool and scope.

Order: local only → deny rules → ask rules → what always asks → text from outside → grants and allow rules → the defaults of the settings.

A rule names a tool (a pattern) and a scope: ``*``, or ``KIND:PATTERN``. Kinds are ``path`` (``read`` and ``change`` for one of both), ``host``, ``argv``,
``app`` and ``secret``. A folder covers what is inside it; patterns have ``*`` and ``?``, for all kinds alike. What is private is covered only by its own name.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

from core.clock import Clock, iso
from core.errors import NotFound
from core.gate.scopes import host_of, is_pattern, matches_path
from core.gate.secrets import is_own_secret
from core.ids import new_id
from core.ports import Intent, Scope
from core.settings import Settings
from core.storage.database import Database

Verdict = Literal["allow", "ask", "deny"]
GRANTED = "granted"  # how the note of a rule begins that came of a yes: it is no pattern, whatever signs are in it
GOES_TO = " → "  # what stands in the note between that and those who get what is read, besides models of this machine


@dataclass(frozen=True, slots=True)
class Decision:
    """What the rules say about one intent, and why. ``scopes`` are those that made it ask."""

    verdict: Verdict
    why: str
    scopes: tuple[Scope, ...] = ()
    is_ruled: bool = False  # a rule of the person's says so: no ready-made yes covers it


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

    @property
    def is_grant(self) -> bool:
        """Whether it came of a yes to a question."""
        return self.note.partition(" ")[0] == GRANTED

    @property
    def recipients(self) -> frozenset[str]:
        """Who besides models of this machine may get the private text that it lets be read."""
        return frozenset(filter(None, self.note.partition(GOES_TO)[2].split(", ")))

    def covers(self, intent: Intent, scope: Scope, conversation_id: str, recipients: Collection[str] = ()) -> bool:
        """Whether this rule speaks about that scope of that intent in that conversation. What lets something private be read says nothing of others than its ``recipients``."""
        if (self.conversation_id and self.conversation_id != conversation_id) or not fnmatch.fnmatchcase(intent.tool, self.tool):
            return False
        if self.decision == "allow" and is_private_read(scope) and not self.recipients.issuperset(recipients):
            return False
        note = self.note.partition(GOES_TO)[0]
        if self.scope == "*":
            return not self.is_grant or note == _grant_note(intent)
        kind, _, value = self.scope.partition(":")
        if kind != scope.kind and kind != scope.access:
            return False
        if self.is_grant and note != _grant_note(intent):
            return False
        if value == scope.value or self.is_grant or (scope.private and self.decision == "allow"):
            return value == scope.value or (self.is_grant and scope.kind == "path" and not scope.private and scope.value.startswith(value.rstrip("/") + "/"))
        if scope.kind == "host" and value == host_of(scope):
            return True  # who wrote a host means all of it; a yes was to one port
        return (
            matches_path(value, scope.value)
            if scope.kind == "path"
            else is_pattern(value) and any(fnmatch.fnmatchcase(name, value) for name in {scope.value, host_of(scope) if scope.kind == "host" else scope.value})
        )


class PermissionPolicy:
    """The rules in force; grants are kept in the database and can be revoked one by one."""

    def __init__(self, database: Database, settings: Settings, clock: Clock) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock

    def decide(self, intent: Intent, conversation_id: str, local_only: bool = False, tainted: bool = False, recipients: Collection[str] = ()) -> Decision:
        """What the rules say. ``tainted``: the arguments hold text from outside; ``recipients``: who besides models of this machine gets what is read."""
        if is_sending(intent) and (local_only or self._settings["privacy.local_only"]):
            return Decision("deny", "local only: nothing may leave this machine", intent.scopes)
        rules = self.rules()
        for verdict in ("deny", "ask"):
            if found := _ruled(rules, verdict, intent, conversation_id):
                return found
        if intent.always_ask:
            return Decision("ask", "it goes on by itself" if intent.risk == "reversible" else "it would have more rights than the box gives", intent.scopes)
        if tainted and (intent.risk in ("irreversible", "leaves") or any(scope.access == "send" and not scope.inside for scope in intent.scopes)):
            return Decision("ask", "it would act on text that came from outside", intent.scopes)
        open_scopes = tuple(scope for scope in intent.scopes or (Scope("none"),) if not self._granted(intent, scope, conversation_id, rules, recipients))
        return self._default(intent, open_scopes) if open_scopes else Decision("allow", "a rule allows it")

    def closed_paths(self) -> tuple[str, ...]:
        """Patterns of paths that rules deny or ask about, whatever the tool: what a call finds by the way stays shut too."""
        kinds = (rule.scope.partition(":") for rule in self.rules() if rule.decision in ("deny", "ask") and rule.tool == "*" and not rule.conversation_id)
        return tuple(value for kind, _, value in kinds if kind in ("path", "read"))

    def _granted(self, intent: Intent, scope: Scope, conversation_id: str, rules: list[Rule], recipients: Collection[str]) -> bool:
        if is_own_secret(scope):
            return True
        if scope.kind == "host" and any(fnmatch.fnmatchcase(name, pattern) for pattern in self._settings["privacy.allowed_hosts"] for name in (scope.value, host_of(scope))):
            return True
        return any(rule.decision == "allow" and rule.covers(intent, scope, conversation_id, recipients) for rule in rules)

    def _default(self, intent: Intent, scopes: tuple[Scope, ...]) -> Decision:
        outside = tuple(scope for scope in scopes if not scope.inside)
        if outside and intent.risk in ("reads", "reversible"):
            return Decision("ask", _why_outside(outside), outside)
        if intent.risk == "reads":
            return Decision(self._settings["permission.reads"], "reading", scopes)
        if intent.risk == "reversible":
            return Decision(self._settings["permission.reversible_inside"], "it can be undone", scopes)
        return Decision("ask", "it leaves this machine" if intent.risk == "leaves" else "it cannot be undone", scopes)

    def rules(self) -> list[Rule]:
        """Every stored rule, newest first."""
        return [Rule(**dict(row)) for row in self._database.execute("SELECT * FROM permission ORDER BY created_at DESC")]

    def add(self, tool: str, scope: str, decision: Verdict, conversation_id: str = "", note: str = "") -> Rule:
        """Keep a rule; the same rule again is kept once."""
        for rule in self.rules():
            if (rule.tool, rule.scope, rule.decision, rule.conversation_id, rule.is_grant and rule.note) == (
                tool,
                scope,
                decision,
                conversation_id,
                note.startswith(GRANTED) and note,
            ):
                return rule
        rule = Rule(new_id("perm"), tool, scope, decision, conversation_id, iso(self._clock.now()), note)
        self._database.execute(
            "INSERT INTO permission VALUES (?, ?, ?, ?, ?, ?, ?)",
            (rule.id, rule.tool, rule.scope, rule.decision, rule.conversation_id, rule.created_at, rule.note),
        )
        return rule

    def grant(self, intent: Intent, scopes: tuple[Scope, ...], conversation_id: str, recipients: Collection[str] = ()) -> list[Rule]:
        """Turn a yes for a conversation (or, with an empty id, for always) into rules for these scopes: what is private, for these ``recipients``."""
        if intent.always_ask:
            return []
        told = f"{GOES_TO}{', '.join(sorted(recipients))}" if recipients else ""
        return [
            self.add(intent.tool, "*" if scope.kind == "none" else f"{scope.kind}:{scope.value}", "allow", conversation_id, _grant_note(intent) + told * is_private_read(scope))
            for scope in scopes or (Scope("none"),)
        ]

    def revoke(self, rule_id: str) -> None:
        """Forget a rule. Raises :class:`NotFound`."""
        if not self._database.execute("DELETE FROM permission WHERE id = ?", (rule_id,)).rowcount:
            raise NotFound(f"There is no permission {rule_id}.")

    def end_grants(self, server: str) -> None:
        """Forget what was agreed to for tools of a server that is gone or has become another; rules that the person wrote stay."""
        for rule in self.rules():
            if rule.is_grant and (rule.tool.removeprefix("mcp-").startswith(f"{server}.")):
                self.revoke(rule.id)

    def denied_tools(self, names: Any) -> tuple[str, ...]:
        """Tools that a rule denies whatever they touch."""
        patterns = [rule.tool for rule in self.rules() if rule.decision == "deny" and rule.scope == "*" and not rule.conversation_id]
        return tuple(name for name in names if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns))


def _grant_note(intent: Intent) -> str:
    """What a yes is bound to besides tool and scopes: the server as it was, and which arguments there were; for a program, its workspace. Our own tools' scopes say all else that matters."""
    if intent.identity:
        return f"{GRANTED} {intent.identity} {','.join(sorted(intent.args))}"
    return f"{GRANTED} in {intent.folder}" if intent.folder and runs_program(intent) else GRANTED


def runs_program(intent: Intent) -> bool:
    """Whether it starts a program."""
    return any(scope.access == "run" for scope in intent.scopes)


def is_private_read(scope: Scope) -> bool:
    """Whether a scope is something private that is read."""
    return scope.private and scope.access == "read"


def is_sending(intent: Intent) -> bool:
    """Whether something of it leaves this machine: by its kind, or by what it would set up to be asked for later."""
    return intent.risk == "leaves" or any(scope.access == "send" for scope in intent.scopes)


def _ruled(rules: list[Rule], verdict: Verdict, intent: Intent, conversation_id: str) -> Decision | None:
    """What the first rule of a kind says that speaks about one of the scopes; None where none does."""
    for scope in intent.scopes or (Scope("none"),):
        for rule in rules:
            if rule.decision == verdict and rule.covers(intent, scope, conversation_id):
                said = "denies" if verdict == "deny" else "asks about"
                return Decision(verdict, f"rule {rule.id} {said} {rule.tool} on {rule.scope}", (scope,), True)
    return None


def _why_outside(outside: tuple[Scope, ...]) -> str:
    if any(scope.access == "read" for scope in outside):
        return "it would read something private"
    if any(scope.private for scope in outside):
        return "it would change what is private, or what programs obey"
    if any(scope.obeyed for scope in outside):
        return "programs obey such a file, and your words do not name it"
    return "it would send to an address that your words do not name" if any(scope.access == "send" for scope in outside) else "it is outside the workspace"
