"""Names of tools as every server takes them: ``files.read`` is ``files_read`` on the wire."""

from __future__ import annotations

import re
from collections.abc import Iterable

LONGEST = 64  # letters that all servers take (OpenAI's limit)


class WireNames:
    """A two-way map for the tools that one loop offers; two tools never share a name."""

    def __init__(self, names: Iterable[str]) -> None:
        self._wire: dict[str, str] = {}
        for name in names:
            self.add(name)

    def add(self, name: str) -> str:
        """The name of a tool on the wire, made once."""
        if name not in self._wire:
            base = plain = re.sub(r"[^A-Za-z0-9_-]", "_", name)[:LONGEST]
            taken, number = set(self._wire.values()), 2
            while plain in taken:
                plain, number = f"{base[: LONGEST - 1 - len(str(number))]}_{number}", number + 1
            self._wire[name] = plain
        return self._wire[name]

    def tool_of(self, written: str) -> str:
        """The tool that a model means by ``written``; the word itself where none of the offered ones is called so."""
        return next((name for name, plain in self._wire.items() if plain == written), written)
