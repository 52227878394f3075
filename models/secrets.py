"""Keys in the system's keyring. The only module that imports ``keyring``.

Where there is no keyring (a server, a container), keys come from the environment: ``OPENAI_API_KEY`` for the provider ``openai``, or where else a
service's key usually stands.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from core.errors import StorageError

SERVICE = "deskhand"


class KeyringSecrets:
    """The port ``core.ports.Secrets``. ``get`` never fails: no keyring means no key. ``variables``: where else in the environment a key may stand, by name."""

    def __init__(self, variables: Mapping[str, Sequence[str]] = MappingProxyType({})) -> None:
        self._variables = variables

    def get(self, name: str) -> str | None:
        if value := next(filter(None, map(os.environ.get, (_usual(name), *self._variables.get(name, ())))), None):
            return value
        try:
            import keyring

            return keyring.get_password(SERVICE, name)
        except Exception:  # backends fail in ways of their own; a missing keyring must not stop anything
            return None

    def set(self, name: str, value: str | None) -> None:
        """Keep or (with None) forget a key. Raises :class:`StorageError` when there is no keyring."""
        import keyring
        import keyring.errors

        try:
            if value is None:
                keyring.delete_password(SERVICE, name)
            else:
                keyring.set_password(SERVICE, name, value)
        except keyring.errors.PasswordDeleteError:
            return
        except Exception as error:
            variable = next(iter(self._variables.get(name, ())), _usual(name))
            hint = f"Set the environment variable {variable} instead, and start Deskhand anew: deskhand stop"
            raise StorageError("There is no keyring on this system to keep the key in.", code="no_keyring", hint=hint) from error


def _usual(name: str) -> str:
    """The variable of a key that has no other place.

    >>> _usual("my-server")
    'MY_SERVER_API_KEY'
    """
    return re.sub(r"\W", "_", name.upper()) + "_API_KEY"
