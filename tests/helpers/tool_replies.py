"""What a model that can act in tools says in each exchange of the test of powers; any of it may be replaced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.messages import CallDelta, ModelRequest, ToolCall
from models.power_test.exchanges import EXCHANGES
from models.scripted import Turn

NAMES = {exchange.asks: exchange.name for exchange in EXCHANGES}


def call(tool: str, id_: str = "c1", /, **arguments: Any) -> CallDelta:
    return CallDelta(ToolCall(tool, arguments, id_))


ABLE: dict[str, list[Turn]] = {
    "chooses a tool": [[call("files_move", source="draft.txt", target="final.txt")]],
    "finds and reads": [[call("files_find", name="Miller")], [call("files_read", path="papers/invoice-miller-0117.txt")], "The invoice is 382.50 euros."],
    "mends an error": [[call("files_read", path="prices.txt")], [call("files_read", path="shop/2026.txt")], "Tea costs 4.80 euros a pound."],
    "makes two calls": [
        [call("files_move", source="sea.jpg", target="Photos"), call("files_move", "c2", source="./hill.jpg", target="Photos/hill.jpg")],
        "Both pictures are in Photos.",
    ],
    "only talks": ["Good morning! I am well."],
    "stops": [[call("files_write", path="todo.txt", text="Call Anna\n")], "I wrote it into todo.txt."],
}


def exchange_of(request: ModelRequest) -> str:
    """The name of the exchange that a request belongs to; empty where it is another."""
    return NAMES.get(request.request, "")


def reply_to(request: ModelRequest, instead: Mapping[str, Sequence[Turn]] = {}) -> Any:
    """The next turn of the exchange that a request belongs to; the last one repeats."""
    turns = {**ABLE, **instead}[exchange_of(request)]
    said = sum(message.role == "assistant" for message in request.messages)
    return turns[min(said, len(turns) - 1)]
