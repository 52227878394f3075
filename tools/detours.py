"""Other ways to the same thing: when a tool fails or has been failing, the cheapest way around it, found in the graph of what tools take and give.

Kinds are nodes (``file``, ``url``, ``text`` …), tools are edges from the kind that they take to the kind that they give. A way may lead
through several tools, all but the last of which only read. Edges weigh more the worse their tool has been doing.
Source of the search: Dijkstra 1959, "A note on two problems in connexion with graphs".
"""

from __future__ import annotations

import heapq
import itertools
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tools.declare import Tool

HALF_LIFE = 120.0  # seconds after which a failure counts half
PENALTY = 4.0  # what one recent failure adds to the cost of a tool
SICK = 2.5  # recent failures from which on a tool is gone around before it is tried
LONGEST = 3  # tools of one way
VIA = "{{via.output}}"  # stands for what the tool before gave
Call = tuple[str, dict[str, Any]]


@dataclass(slots=True)
class Health:
    """How tools have been doing lately: failures that fade, forgiven by a success."""

    now: Callable[[], float] = time.monotonic
    _failures: dict[str, tuple[float, float]] = field(default_factory=dict)

    def recent(self, tool: str) -> float:
        """Failures, faded."""
        count, at = self._failures.get(tool, (0.0, 0.0))
        return count * 0.5 ** ((self.now() - at) / HALF_LIFE)

    def failed(self, tool: str) -> None:
        """It did not do what it should, through no fault of the arguments."""
        self._failures[tool] = (self.recent(tool) + 1.0, self.now())

    def worked(self, tool: str) -> None:
        """It did."""
        self._failures.pop(tool, None)

    def sick(self, tool: str) -> bool:
        return self.recent(tool) >= SICK

    def cost(self, tool: Tool) -> float:
        """Of one call: what leaves the machine costs more than what does not."""
        return (2.0 if tool.risk == "leaves" else 1.0) + PENALTY * self.recent(tool.name)


def kinds_of(tool: Tool) -> tuple[str, str, str] | None:
    """The parameter that a tool works on, the kind of it, and the kind that it gives; None where a tool is no such edge.

    Declared for tools of ours; of a server's tools inferred from the usual names, where they only fetch or read.
    """
    if tool.gives:
        return (*next(iter(tool.takes.items())), tool.gives)
    if not tool.source or tool.risk == "irreversible":
        return None
    name = tool.name.rpartition(".")[2].lower()
    properties = tool.schema.get("properties", {})
    if not re.match(r"(?:read|fetch|get|scrape|extract|load)(?:[_-]?(?:text|file|page|url|contents?|document|html|markdown|website|webpage|web))*(?:[_-]|\Z)", name):
        return None
    for parameter, kind in (("url", "url"), ("path", "file"), ("file_path", "file"), ("uri", "url")):
        if parameter in properties and set(tool.schema.get("required", ())) <= {parameter}:
            return parameter, kind, "text"
    return None


def ways(name: str, args: Mapping[str, Any], tools: Iterable[Tool], health: Health, most: int = 3) -> list[tuple[Call, ...]]:
    """Ways around the tool ``name`` with these arguments, cheapest first, none of which uses a tool twice."""
    known = list(tools)
    broken = next((tool for tool in known if tool.name == name), None)
    ends = kinds_of(broken) if broken else None
    if ends is None or not isinstance(args.get(ends[0]), str):
        return []
    edges: dict[str, list[tuple[Tool, str, str]]] = {}
    for tool in known:
        if tool.name != name and (found := kinds_of(tool)):
            edges.setdefault(found[1], []).append((tool, found[0], found[2]))
    paths = _paths(ends[1], ends[2], edges, health, most)
    return [tuple((tool.name, {parameter: args[ends[0]] if number == 0 else VIA}) for number, (tool, parameter) in enumerate(path)) for path in paths]


def _paths(start: str, goal: str, edges: Mapping[str, list[tuple[Tool, str, str]]], health: Health, most: int) -> list[list[tuple[Tool, str]]]:
    numbers = itertools.count()
    queue: list[tuple[float, int, str, list[tuple[Tool, str]]]] = [(0.0, next(numbers), start, [])]
    found: list[list[tuple[Tool, str]]] = []
    while queue and len(found) < most:
        cost, _, kind, path = heapq.heappop(queue)
        if path and kind == goal:
            found.append(path)
            continue
        if len(path) == LONGEST or any(tool.risk not in ("reads", "leaves") for tool, _ in path):
            continue
        for tool, parameter, gives in edges.get(kind, ()):
            if all(tool is not used for used, _ in path):
                heapq.heappush(queue, (cost + health.cost(tool), next(numbers), gives, [*path, (tool, parameter)]))
    return found


def with_via(args: Mapping[str, Any], value: Any) -> dict[str, Any]:
    """Arguments with what the tool before gave in place of :data:`VIA`."""
    if isinstance(value, dict):
        value = next((value[key] for key in ("path", "url", "text") if isinstance(value.get(key), str)), value)
    return {key: value if item == VIA else item for key, item in args.items()}
