"""One core for one data folder: a lock that the operating system lets go of when the process ends, however it ends."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any, TextIO

from core.errors import DeskhandError


class InstanceLock:
    """Held for the life of the process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIO | None = None

    def acquire(self) -> None:
        """Take the lock. Raises :class:`DeskhandError` ``already_running`` when another core has it."""
        file = self._path.open("a+", encoding="utf-8")
        try:
            if sys.platform == "win32":
                import msvcrt

                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.close()
            raise DeskhandError("A core is already running for this data folder.", code="already_running", hint="`deskhand status` shows it.") from error
        self._file = file

    def release(self) -> None:
        """Let go; the file stays, so that nobody locks a name that is about to vanish."""
        if self._file is not None:
            self._file.close()
            self._file = None


def read_endpoint(path: Path) -> dict[str, Any] | None:
    """What the running core wrote about itself, or None when it wrote nothing or its process is gone."""
    try:
        endpoint = json.loads(path.read_text(encoding="utf-8"))
        if sys.platform == "win32":
            import psutil

            return endpoint if psutil.pid_exists(endpoint["pid"]) else None
        os.kill(endpoint["pid"], 0)
    except PermissionError:
        return dict(endpoint)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return dict(endpoint) if _is_core(endpoint["pid"]) else None


def _is_core(pid: int) -> bool:
    """Whether that process is a core of ours and no stranger that got the number later (Linux only; elsewhere assumed)."""
    try:
        return b"app.service" in Path(f"/proc/{pid}/cmdline").read_bytes() if sys.platform.startswith("linux") else True
    except OSError:
        return False
