"""Tools that break, for runs that must end well all the same: three sources of each of two kinds, one way through a file, and what uses them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from core.errors import ToolFailed
from core.ports import ToolContext, ToolResult
from tools.declare import Tool

SCHEMA = {"type": "object", "properties": {"item": {"type": "string"}}, "required": ["item"]}


@dataclass
class World:
    """Which tools are down. ``once`` are down for their first call only. ``calls`` counts what was called, failures included."""

    down: frozenset[str] = frozenset()
    once: frozenset[str] = frozenset()
    calls: Counter[str] = field(default_factory=Counter)
    failures: int = 0

    def tools(self) -> list[Tool]:
        """Weather from three services, prices from two, and a paper that is loaded and then read."""
        made = [self._tool(f"{kind}.source{number}", "item", kind, f"{kind} report") for kind, count in (("weather", 3), ("price", 2)) for number in range(1, count + 1)]
        return [
            *made,
            self._tool("paper.read", "item", "paper", "paper text"),
            self._tool("paper.load", "item", "paper", "paper file"),
            self._tool("paper.scan", "item", "paper file", "paper text"),
        ]

    def _tool(self, name: str, parameter: str, takes: str, gives: str) -> Tool:
        async def body(context: ToolContext, /, **values: Any) -> ToolResult:
            self.calls[name] += 1
            if name in self.down or (name in self.once and self.calls[name] == 1):
                self.failures += 1
                raise ToolFailed(f"{name} is down", code="unreachable", retryable=name in self.once)
            return ToolResult({"text": f"{gives} of {values['item']}", "by": name}, f"{gives} of {values['item']}")

        return Tool(name, f"The {gives} of something.", "reads", body, None, given_schema=SCHEMA, takes={parameter: takes}, gives=gives, fresh=True, source="test")


def step(id_: str, tool: str, item: str, *needs: str) -> dict[str, Any]:
    return {"id": id_, "tool": tool, "args": {"item": item}, "needs": list(needs)}


def write(id_: str, *needs: str) -> dict[str, Any]:
    text = " and ".join("{{" + need + ".output.text}}" for need in needs)
    return {"id": id_, "tool": "files.write", "args": {"path": f"{id_}.txt", "text": text}, "needs": list(needs)}


PIPELINE = [step("a", "weather.source1", "Rome"), write("w", "a")]
GRAPH = [step("a", "weather.source1", "Rome"), step("b", "price.source1", "oil"), step("c", "paper.read", "bees"), write("ab", "a", "b"), write("all", "a", "b", "c")]
FAN_OUT = [*(step(f"s{number}", "weather.source1", f"city{number}") for number in range(6)), write("w", *(f"s{number}" for number in range(6)))]
# what is down, what of the plan cannot be done then
SCENARIOS: dict[str, tuple[list[dict[str, Any]], frozenset[str], frozenset[str], frozenset[str]]] = {
    f"{shape}: {name}": (plan, frozenset(down), frozenset(once), frozenset(lost))
    for shape, plan, cases in (
        ("pipeline", PIPELINE, (
            ("all well", (), (), ()), ("one down", ("weather.source1",), (), ()), ("two down", ("weather.source1", "weather.source2"), (), ()),
            ("all down", ("weather.source1", "weather.source2", "weather.source3"), (), ("a", "w")), ("a hiccup", (), ("weather.source1",), ()), ("the spare one stumbles", ("weather.source1",), ("weather.source2",), ()),
        )),
        ("graph", GRAPH, (
            ("one branch", ("price.source1",), (), ()), ("two branches", ("weather.source1", "price.source1"), (), ()), ("a way through a file", ("paper.read",), (), ()),
            ("every first choice", ("weather.source1", "price.source1", "paper.read"), (), ()), ("the file's way too", ("paper.read", "paper.scan"), (), ("c", "all")),
            ("a branch is lost", ("price.source1", "price.source2"), (), ("b", "ab", "all")), ("hiccups everywhere", (), ("weather.source1", "price.source1", "paper.read"), ()),
        )),
        ("fan-out", FAN_OUT, (
            ("one down", ("weather.source1",), (), ()), ("two down", ("weather.source1", "weather.source2"), (), ()), ("a hiccup", (), ("weather.source1",), ()),
            ("down and a hiccup", ("weather.source1",), ("weather.source2",), ()), ("two down and a hiccup", ("weather.source1", "weather.source2"), ("weather.source3",), ()),
            ("all down", ("weather.source1", "weather.source2", "weather.source3"), (), (*(f"s{number}" for number in range(6)), "w")),
        )),
    )
    for name, down, once, lost in cases
}  # fmt: skip
