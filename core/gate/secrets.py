"""Secrets go to whom they are for: a tool gets that of the account which it declares, and no other, whatever it was told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import ToolDenied
from core.ports import Accounts, Scope


@dataclass(frozen=True, slots=True)
class ToolAccounts:
    """The accounts as one tool sees them. ``account`` is the one that it declares; empty: none."""

    kept: Accounts
    tool: str
    account: str

    def settings(self, name: str) -> Mapping[str, Any]:
        return self.kept.settings(name)

    def secret(self, name: str) -> str | None:
        """The secret of its own account. Raises :class:`ToolDenied` for any other."""
        if name != self.account:
            raise ToolDenied(f"{self.tool} has no business with the secret of {name}.")
        return self.kept.secret(name)


def secret_scope(account: str) -> Scope:
    """What rules about secrets (``secret:mail``) speak about. By itself it makes no question: where the account leads does."""
    return Scope("secret", account)


def is_own_secret(scope: Scope) -> bool:
    """Whether a scope is a tool's own account, which was set up for that tool."""
    return scope.kind == "secret" and scope.inside
