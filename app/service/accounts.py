"""What the person set up for tools that need an account: ``[account.NAME]`` of the settings, and the secret in the keyring."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import UsageError
from core.ports import Secrets
from core.settings import Settings

# what an account may hold, and whether a secret belongs to it
KNOWN: dict[str, tuple[str, ...]] = {"search": ("url", "brave_url"), "mail": ("imap", "smtp", "user", "address"), "calendar": ("url", "user"), "rates": ("url",)}


def _plausible(key: str, value: str) -> bool:
    """Whether an address can be one: http(s) with a host, or HOST and HOST:PORT."""
    if key.endswith("url"):
        return bool(re.fullmatch(r"https?://[^\s/?#]+\S*", value))
    return key not in ("imap", "smtp") or bool(re.fullmatch(r"(?:[\w.-]+|\[[0-9a-fA-F:]+\])(?::\d{1,5})?", value))


@dataclass(frozen=True, slots=True)
class PersonsAccounts:
    """The port ``core.ports.Accounts``."""

    kept: Settings
    secrets: Secrets

    def settings(self, name: str) -> Mapping[str, Any]:
        return self.kept.extra.get("account", {}).get(name, {})  # type: ignore[no-any-return]

    def secret(self, name: str) -> str | None:
        return self.secrets.get(f"account:{name}")

    def list(self) -> list[dict[str, Any]]:
        """Every account that can be set up, with what stands in it; of secrets only whether there is one."""
        return [{"name": name, "values": dict(self.settings(name)), "fields": list(fields), "secret": bool(self.secret(name))} for name, fields in KNOWN.items()]

    def put(self, name: str, values: Mapping[str, str], secret: str | None) -> None:
        """Set one up; an empty value is taken out. Raises :class:`UsageError`."""
        if name not in KNOWN:
            raise UsageError(f"There is no account {name!r} to set up.", hint=f"There are {', '.join(KNOWN)}.", code="bad_account")
        if wrong := [key for key in values if key not in KNOWN[name]]:
            raise UsageError(f"{name} has no {', '.join(wrong)}.", hint=f"It has {', '.join(KNOWN[name])}.", code="bad_account")
        if bad := next((value for key, value in values.items() if value and not _plausible(key, value)), ""):
            raise UsageError(
                f"{bad!r} is no address that could be reached.", hint="For example https://search.example.org, imap.example.org or imap.example.org:993.", code="bad_account"
            )
        merged = {key: value for key, value in ({**self.settings(name), **values}).items() if value}
        self.kept.set_account(name, merged or None)
        if secret is not None:
            self.secrets.set(f"account:{name}", secret or None)

    def remove(self, name: str) -> None:
        """Forget one, its secret included."""
        self.kept.set_account(name, None)
        self.secrets.set(f"account:{name}", None)
