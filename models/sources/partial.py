"""A file on its way: what has come lies in ``NAME.part``, and beside it ``NAME.json`` says of which version that is.

Both outlive a killed process: the state is written whole or not at all, and what it says is never ahead of the bytes.
"""

from __future__ import annotations

import contextlib
import errno
import json
from pathlib import Path
from typing import Any

from core.errors import ModelError
from core.settings import write_atomically

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class PartialFile:
    """``folder`` is where files on their way are kept, ``name`` the file's own name."""

    def __init__(self, folder: Path, name: str) -> None:
        self.path, self._state_path, self.name = folder / f"{name}.part", folder / f"{name}.json", name
        self.state = self._read_state()

    @property
    def size(self) -> int:
        """Bytes that have come."""
        return self.path.stat().st_size if self.path.is_file() else 0

    def resume(self, version: str) -> int:
        """Bytes from which the fetch of ``version`` goes on: 0 where what is there is of another one."""
        if self.state.get("version") != version:
            self.begin(version)
        return self.size

    def begin(self, version: str) -> None:
        """Throw away what is there; from now on it is ``version``."""
        self.discard()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.save(version=version)

    def save(self, **values: Any) -> None:
        """Change the state."""
        self.state |= values
        with self.told():
            write_atomically(self._state_path, json.dumps(self.state).encode())

    def cut(self, size: int) -> None:
        """Drop what is behind the first ``size`` bytes."""
        if self.size > size:
            with self.path.open("r+b") as file:
                file.truncate(size)

    def discard(self) -> None:
        """Remove all of it."""
        self.state = {}
        for path in (self.path, self._state_path):
            path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def told(self) -> Any:
        """Say a full disk in words; what has come is kept. Raises :class:`ModelError` ``disk_full``."""
        try:
            yield
        except OSError as error:
            if error.errno not in _FULL:
                raise
            raise ModelError(
                f"The disk is full: {self.size / 1e6:.0f} MB of {self.name} have come and are kept.",
                code="disk_full",
                hint="Free some space and fetch it again: it goes on from there.",
            ) from error

    def _read_state(self) -> dict[str, Any]:
        try:
            found = json.loads(self._state_path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}
