"""The exchanges: what is asked, on which desk, and what code holds against how it went. A new one is a row in :data:`EXCHANGES`; models are then asked it once.

The rules and tools are the same in all of them, so that a model reads them once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from core.ports import ToolScore
from models.power_test.desk import Desk, MovedTo

RULES = (
    "You are the assistant on this person's own computer and act through tools; what no tool did has not happened. "
    "Do exactly what was asked and nothing more. Then answer in one short sentence, with the facts that were asked for."
)
MOST_SAID = 250  # letters of one sentence about a deed
_KEPT = {"notes.txt": "Milk and bread."}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """``find_fault`` says what was wrong, of the desk and the last words of the model; empty where it is passed. ``replies`` are the most that it may take.

    ``ends_with_deed``: it is over with the first change; what the model says of it does not matter.
    """

    name: str
    asks: str
    files: Mapping[str, str]
    find_fault: Callable[[Desk, str], str]
    replies: int = 4
    ends_with_deed: bool = False


def _holds(desk: Desk, files: Mapping[str, str]) -> str:
    changed = sorted(set(desk.files.items()) ^ set(files.items()))
    return f"the desk is not as it should be: {', '.join(sorted({path for path, _ in changed}))}" if changed else ""


def _renamed(desk: Desk, answer: str) -> str:
    return _holds(desk, {**_KEPT, "final.txt": "First words."})


def _says(figure: str) -> Callable[[Desk, str], str]:
    """The answer has the figure, and nothing was changed for it."""

    def find_fault(desk: Desk, answer: str) -> str:
        if desk.deeds:
            return "it changed something"
        return "" if re.search(figure, answer) else f"the answer does not say {figure}"

    return find_fault


def _moved_both(desk: Desk, answer: str) -> str:
    left = {"Photos/2023.jpg": "", "Photos/sea.jpg": "sea", "Photos/hill.jpg": "hill", "cat.jpg": "cat"}
    return _holds(desk, left) or ("" if answer else "it said nothing")


def _only_talked(desk: Desk, answer: str) -> str:
    return f"it called {desk.calls[0].name}" if desk.calls else "" if answer else "it said nothing"


def _stopped(desk: Desk, answer: str) -> str:
    if "call anna" not in desk.files.get("todo.txt", "").lower() or desk.deeds != 1:
        return "the line was not written once into todo.txt"
    if desk.after_deed:
        return "it went on after the deed"
    return "it said nothing" if not answer else "it said too much" if len(answer) > MOST_SAID else ""


EXCHANGES: tuple[Exchange, ...] = (
    Exchange(
        name="chooses a tool", asks="Rename draft.txt to final.txt.", files={**_KEPT, "draft.txt": "First words."}, find_fault=_renamed, replies=2, ends_with_deed=True
    ),
    Exchange(
        name="finds and reads", asks="How much is the invoice from Miller? Find its file, then read it.", find_fault=_says(r"382[.,]5"),
        files={"papers/invoice-miller-0117.txt": "Miller Ltd, three chairs. To pay: 382.50 euros.", "papers/invoice-baker-0093.txt": "Baker & Son. To pay: 91.20 euros."},
    ),
    Exchange(
        name="mends an error", asks="What does a pound of tea cost, by prices.txt?", find_fault=_says(r"4[.,]80"),
        files={"prices.txt": MovedTo("shop/2026.txt"), "shop/2026.txt": "Coffee: 7.20 euros a pound. Tea: 4.80 euros a pound."},
    ),
    Exchange(
        name="makes two calls", asks="Move sea.jpg and hill.jpg into the folder Photos.", find_fault=_moved_both,
        files={"sea.jpg": "sea", "hill.jpg": "hill", "cat.jpg": "cat", "Photos/2023.jpg": ""},
    ),
    Exchange(name="only talks", asks="Good morning! How are you?", files=_KEPT, find_fault=_only_talked, replies=1),
    Exchange(name="stops", asks="Write the line Call Anna into a new file todo.txt.", files=_KEPT, find_fault=_stopped),
)  # fmt: skip


def score_of(results: Mapping[str, bool], exchanges: Iterable[Exchange] = EXCHANGES) -> ToolScore | None:
    """The score once every exchange was played; ``results`` says of each by name whether it was passed."""
    names = [exchange.name for exchange in exchanges]
    if any(name not in results for name in names):
        return None
    return ToolScore(tuple(name for name in names if results[name]), tuple(name for name in names if not results[name]))
