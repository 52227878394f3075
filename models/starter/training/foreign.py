"""Tools of other makers for training: ``data/tools.txt``, invented, each with requests written by hand; some tools are held out whole.

Names and parameters are drawn from alternatives, parameters are shuffled and some left out, and other tools stand beside the right one,
so that the model learns to read the prompt and not these tools.
"""

from __future__ import annotations

import hashlib
import random
import re
from dataclasses import dataclass, replace
from pathlib import Path

from models.starter.foreign import MOST, PARAMETERS, Foreign
from models.starter.training.fillers import Fillers
from models.starter.training.voices import DATA, Line, Piece, choose, pieces

HELD_OUT_SHARE = 0.12  # of the tools
_HEAD = re.compile(r"(?P<name>\w+)\((?P<parameters>[^()]*)\) (?P<about>.+)")
_EXTRAS = ("limit", "format", "verbose", "account", "timeout", "user_id", "language", "page", "units", "dry_run")


@dataclass(frozen=True, slots=True)
class Tool:
    """One invented tool: its head with alternatives, and requests for it."""

    head: str
    lines: tuple[Line, ...]

    @property
    def held_out(self) -> bool:
        return int(hashlib.sha256(self.head.encode()).hexdigest()[:6], 16) / 0xFFFFFF < HELD_OUT_SHARE

    def drawn(self, r: random.Random) -> Foreign:
        """With one of its names and one name for each parameter."""
        match = _HEAD.fullmatch(choose(self.head, r))
        if match is None:
            raise ValueError(f"not the head of a tool: {self.head!r}")
        return Foreign(match["name"], match["about"], tuple(re.split(r",\s*", match["parameters"])))


def tools(path: Path = DATA / "tools.txt") -> list[Tool]:
    """Every tool of a file in the notation of ``data/tools.txt``."""
    found: list[tuple[str, list[Line]]] = []
    for raw in path.read_text(encoding="utf-8").splitlines():
        if raw.startswith("@"):
            found.append((raw[1:], []))
        elif raw.strip() and not raw.startswith("# "):
            found[-1][1].append(Line("tools", "tool1", raw.strip()))
    return [Tool(head, tuple(lines)) for head, lines in found]


class Toolbox:
    """Requests for tools that stand in the prompt, and tools to stand beside other requests."""

    def __init__(self, r: random.Random, fill: Fillers, held_out: bool) -> None:
        self._r, self._fill = r, fill
        self._tools = [tool for tool in tools() if tool.held_out == held_out]

    def beside(self) -> tuple[Foreign, ...]:
        """One to three tools that have nothing to do with a request."""
        return tuple(self._vary(tool.drawn(self._r))[0] for tool in self._r.sample(self._tools, self._r.randint(1, MOST)))

    def drawn(self) -> tuple[tuple[Foreign, ...], str, list[Piece]]:
        """Tools for the prompt, which of them is wanted (its intent), and the request in pieces."""
        r = self._r
        tool = r.choice(self._tools)
        return self.of(tool, r.choice(tool.lines))

    def of(self, tool: Tool, line: Line) -> tuple[tuple[Foreign, ...], str, list[Piece]]:
        """The same for one line."""
        r = self._r
        _, parts = pieces(line, self._fill.fill(choose(line.text, r)))
        shown, places = self._vary(tool.drawn(r), {part.slot for part in parts})
        others = [self._vary(other.drawn(r))[0] for other in r.sample([other for other in self._tools if other is not tool], r.choice([0, 0, 1, 2, 2]))]
        at = r.randint(0, len(others))
        return (*others[:at], shown, *others[at:]), f"tool{at + 1}", [replace(part, slot=places[part.slot]) if part.slot else part for part in parts]

    def _vary(self, tool: Foreign, needed: set[str] | None = None) -> tuple[Foreign, dict[str, str]]:
        """The parameters in another order, one or another missing or added; and where each of the old slots went."""
        r = self._r
        slots = [(slot, name) for slot, name in zip(PARAMETERS, tool.parameters, strict=False) if slot in (needed or ()) or r.random() < 0.8]
        if len(slots) < len(PARAMETERS) and r.random() < 0.25:
            slots.append(("", r.choice(_EXTRAS)))
        if r.random() < 0.5:
            r.shuffle(slots)
        name = tool.name if r.random() < 0.7 else re.sub(r"_(\w)", lambda match: match[1].upper(), tool.name)
        return Foreign(name, tool.about, tuple(name for _, name in slots)), {old: PARAMETERS[at] for at, (old, _) in enumerate(slots)}
