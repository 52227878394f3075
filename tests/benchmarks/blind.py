"""The blind sets of the starter: ``tests/data/blind.txt``, each request with the calls or the answer that it should get, and
``tests/data/foreign.txt``, requests for tools that no training saw."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.messages import ToolSpec
from models.starter import replies
from models.starter.effects import effect
from models.starter.foreign import Missing
from models.starter.frames import Frame
from models.starter.model import Reading
from models.starter.objects import Names
from models.starter.planning import plan
from models.starter.scene import Scene
from models.starter.training.foreign import tools
from models.starter.training.voices import Line, frames_of, pieces

FILE = Path(__file__).parents[1] / "data/blind.txt"
FOREIGN = Path(__file__).parents[1] / "data/foreign.txt"
BEFORE = "Write hello to earlier.txt"  # the turn that a request with a pronoun and nothing before it points into


@dataclass(frozen=True, slots=True)
class Row:
    """A request and what is right: ``calls``, or an answer of ``kind`` (an intent of talk, or ``later``)."""

    category: str
    request: str
    frames: tuple[Frame, ...]
    calls: tuple[tuple[str, dict[str, Any]], ...] = ()
    kind: str = ""


def rows(path: Path = FILE) -> list[Row]:
    """Every row of the file, in order."""
    found, intent = [], ""
    for raw in path.read_text(encoding="utf-8").splitlines():
        if raw.startswith("@"):
            intent = raw[1:].replace("+", "").strip()
        elif raw.strip() and not raw.startswith("# "):
            found.append(_row(Line("blind", intent, raw.strip())))
    return found


def _row(line: Line) -> Row:
    intents, parts = pieces(line, line.text)
    return row_of("".join(part.text for part in parts), frames_of(intents, parts), "several steps" if not line.intent else line.intent)


def row_of(request: str, frames: list[Frame], category: str) -> Row:
    """The row of a request whose frames are known. Raises what :func:`plan` raises."""
    acting = [frame for frame in frames if frame.intent not in ("hi", "thanks", "bye")] or frames
    if acting[0].intent in replies.TALK or acting[0].intent == "howto":
        return Row("beyond" if acting[0].intent == "big" else "talk", request, tuple(acting), kind=acting[0].intent)
    if any(frame.intent in replies.LATER for frame in acting):
        return Row("later", request, tuple(acting), kind="later")
    scene = Scene(Names(None), request, files=["earlier.txt"])
    try:
        return Row(category, request, tuple(acting), tuple(plan(acting, scene)))
    except Missing:
        return Row(category, request, tuple(acting), kind="asked")  # something has to be known first, such as at what time


def is_right(row: Row, reading: Reading) -> bool:
    """Whether a reading does exactly what the row asks for."""
    if row.calls:
        return bool(reading.calls) and effect(row.calls) == effect(reading.calls)
    if row.kind == "asked":
        return not reading.calls and reading.answer.rstrip().endswith("?")
    if row.kind == "later":
        return any(reading.answer == replies.later(text) for text in (replies.LATER[frame.intent] for frame in row.frames if frame.intent in replies.LATER))
    if row.kind == "howto":
        return not reading.calls and reading.answer not in replies.TALK.values()
    return not reading.calls and reading.answer == replies.TALK[row.kind]


def foreign_rows() -> tuple[tuple[ToolSpec, ...], list[tuple[str, str, dict[str, str]]]]:
    """The tools that no training saw, and ``(request, tool, arguments)`` for each request."""
    specs, found, chooser = [], [], random.Random(0)
    for tool in tools(FOREIGN):
        shown = tool.drawn(chooser)
        specs.append(ToolSpec(shown.name, shown.about, {"type": "object", "properties": {name: {"type": "string"} for name in shown.parameters}}))
        for line in tool.lines:
            _, parts = pieces(line, line.text)
            found.append(("".join(part.text for part in parts), shown.name, {shown.parameters[int(part.slot) - 1]: part.text for part in parts if part.slot}))
    return tuple(specs), found
