"""The port of what is served over MCP: tools, prompts and resources as other programs see them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

import mcp_types as types

Told = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Served:
    """A tool as other programs see it. ``reads``: it changes nothing."""

    name: str
    description: str
    parameters: dict[str, Any]
    reads: bool = False
    destroys: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a call. ``content`` is for what is not text; ``asks`` is what the person would have to agree to first."""

    text: str
    value: Any = None
    worked: bool = True
    content: tuple[types.ContentBlock, ...] = ()
    asks: str = ""


@dataclass(frozen=True, slots=True)
class Offered:
    """A prompt: its name, what it is for, and its arguments as ``(name, description, required)``."""

    name: str
    description: str
    arguments: tuple[tuple[str, str, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Readable:
    """Something to read, by address."""

    uri: str
    name: str
    description: str = ""
    mime_type: str = "text/markdown"


class Assistant(Protocol):
    """What is served. Every method may raise :class:`LookupError` for what is not there."""

    async def tools(self) -> list[Served]: ...

    async def call(self, name: str, args: dict[str, Any], agreed: bool, told: Told) -> Outcome:
        """Call a tool; ``agreed``: the person was asked and said yes. ``told`` takes progress, in words."""
        ...

    async def prompts(self) -> list[Offered]: ...

    async def prompt(self, name: str, args: dict[str, str]) -> str: ...

    async def resources(self) -> list[Readable]: ...

    async def read(self, uri: str) -> str: ...

    async def templates(self) -> list[Readable]:
        """Addresses with a gap, as ``scheme://place/{gap}`` (RFC 6570)."""
        ...

    async def completions(self, name: str, argument: str) -> list[str]:
        """All that an argument of a prompt, or a gap of an address, can be; nothing where it can be anything."""
        ...
