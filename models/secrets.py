"""Keys in the system's keyring. The only module that imports ``keyring``.

Where there is no keyring (a server, a container), keys come from the environment: ``OPENAI_API_KEY`` for the provider ``openai``.
"""

from __future__ import annotations

import os
import re

from core.errors import StorageError

SERVICE = "deskhand"


class KeyringSecrets:
    """The port ``core.ports.Secrets``. ``get`` never fails: no keyring means no key."""

    def get(self, name: str) -> str | None:
        variable = re.sub(r"\W", "_", name.upper()) + "_API_KEY"
        if value := os.environ.get(variable):
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
            variable = re.sub(r"\W", "_", name.upper()) + "_API_KEY"
            raise StorageError("There is no keyring on this system to keep the key in.", code="no_keyring", hint=f"Set the environment variable {variable} instead.") from error
