"""Whose file a model of the models folder is: its SHA-256 and publisher, written down when it came, so that another one of the same name is told apart."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from core.errors import DeskhandError
from core.settings import write_atomically
from models.sources import verification


@dataclass(frozen=True, slots=True)
class Origin:
    """Of one state of a file (``bytes`` and ``modified`` in nanoseconds): its SHA-256, and the repository or address it is from (empty: not known)."""

    bytes: int
    modified: int
    sha256: str
    publisher: str = ""


class Origins:
    """Kept beside the files on their way. ``folder`` need not be there yet."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, path: Path) -> Origin | None:
        """What is known of the file as it is now; None where nothing is."""
        try:
            origin = Origin(**json.loads(self._place(path).read_text(encoding="utf-8")))
            state = path.stat()
        except (OSError, ValueError, TypeError):
            return None
        return origin if (origin.bytes, origin.modified) == (state.st_size, state.st_mtime_ns) else None

    def note(self, path: Path, sha256: str, publisher: str = "") -> None:
        """Write it down; where that cannot be done it is found out again."""
        try:
            state = path.stat()
            self._folder.mkdir(parents=True, exist_ok=True)
            write_atomically(self._place(path), json.dumps(asdict(Origin(state.st_size, state.st_mtime_ns, sha256, publisher))).encode())
        except (OSError, DeskhandError):
            return

    def recognise(self, path: Path) -> Origin | None:
        """The same as :meth:`of`, found out where it is not known: reads the whole file. None where it cannot be read."""
        if (known := self.of(path)) is None:
            try:
                self.note(path, verification.digest(path))
            except OSError:
                return None
            known = self.of(path)
        return known

    def _place(self, path: Path) -> Path:
        return self._folder / f"{path.name}.json"
