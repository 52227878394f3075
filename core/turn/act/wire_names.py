"""Names of tools as every server takes them: ``files.read`` is ``files_read`` on the wire."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from core.messages import ToolSpec

_DOTTED = re.compile(r"(?<![\w./])([\w-]+(?:\.[\w-]+)+)(?!/)(\([^()]*\))?")
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


class SaidNames:
    """Tools as the descriptions of other tools name them (``tables.convert``), turned into what the model can call: ``offered`` maps to names on the wire.

    What is not offered is said to be reached by ``tools_call``, where the model has that (``can_call``).
    """

    def __init__(self, known: Iterable[str], offered: Mapping[str, str], can_call: bool) -> None:
        self._offered, self._can_call = offered, can_call
        self._known = frozenset(known)

    def in_text(self, text: str) -> str:
        """The same text with the names as they are called."""
        return _DOTTED.sub(self._said, text)

    def _said(self, match: re.Match[str]) -> str:
        name, arguments = match[1], match[2] or ""
        if name not in self._known:
            return match[0]
        if name in self._offered:
            return self._offered[name] + arguments
        return f"{name}{arguments} (by tools_call)" if self._can_call else name + arguments

    def in_spec(self, spec: ToolSpec, name: str) -> ToolSpec:
        """The tool under ``name``, with the names in its descriptions so."""
        return ToolSpec(name, self.in_text(spec.description), self.in_schema(spec.parameters))

    def in_schema(self, schema: Any) -> Any:
        """The same schema with the names in its descriptions so."""
        if isinstance(schema, Mapping):
            return {key: self.in_text(value) if key == "description" and isinstance(value, str) else self.in_schema(value) for key, value in schema.items()}
        return [self.in_schema(item) for item in schema] if isinstance(schema, list) else schema
