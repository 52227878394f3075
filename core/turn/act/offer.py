"""The tools that a model sees in the loop: a core that is the same for a whole conversation, and tools that find and call all others.

Chat templates render the list in the head of the prompt: a list that changes makes the model read everything anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.messages import ToolSpec
from core.ports import ToolBox
from core.turn.act.wire_names import SaidNames, WireNames

CORE = (
    "files.list", "files.read", "files.find", "files.write", "files.append", "files.edit", "files.move", "files.copy", "files.delete", "files.make_folder",
    "tables.query", "calc.evaluate",
)  # fmt: skip
SMALL_CORE = ("files.list", "files.read", "files.find", "files.write", "files.move", "files.make_folder")

CONNECTED_SHARE, LETTERS = 0.1, 4  # of the context, for tools of connected servers; letters of a token, about

FIND, CALL, ASK, SHOW = "tools_find", "tools_call", "ask_person", "results_show"


def _object(properties: dict[str, Any], required: Iterable[str]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


_TEXT = {"type": "string"}
META = (
    ToolSpec(
        FIND,
        "Find more tools by what should be done: remember something, calendar, reminders, notes, tasks, mail, web pages, archives, pictures, dates, units, writing tables, programs, connected servers … It names them with their arguments.",
        _object({"what": _TEXT}, ["what"]),
    ),
    ToolSpec(CALL, "Call any tool by its name, one that tools_find named.", _object({"name": _TEXT, "arguments": {"type": "object"}}, ["name", "arguments"])),
    ToolSpec(
        ASK,
        "Ask the person something only they know; it ends your turn.",
        _object({"question": _TEXT, "choices": {"type": "array", "items": _TEXT, "description": "two to six answers to choose from, if there are such"}}, ["question"]),
    ),
)
_SHOW = ToolSpec(SHOW, "Show more of a result that was cut short: id and start as it says.", _object({"id": _TEXT, "start": {"type": "integer"}}, ["id"]))


@dataclass(frozen=True, slots=True)
class Offer:
    """``specs`` go to the model; ``names`` maps what it writes to tools; ``tools`` are the offered ones by their own names, ``said`` how texts for the model name tools."""

    specs: tuple[ToolSpec, ...]
    names: WireNames
    tools: tuple[str, ...]
    said: SaidNames = field(default_factory=lambda: SaidNames((), {}, False))


NO_TOOLS = Offer((), WireNames(()), ())


def make_offer(tools: ToolBox, denied: Iterable[str], context: int, is_small: bool = False, only: Iterable[str] = ()) -> Offer:
    """What a loop offers: the core that works here and is not denied, and the tools of connected servers where a model of ``context`` tokens has room for them. ``only`` names the tools of a task instead."""
    refused = set(denied)
    known = {spec.name: spec for spec in tools.specs()}
    wanted = list(only) or ([*SMALL_CORE] if is_small else [*CORE, *_connected(tools, known, context)])
    chosen = [known[name] for name in wanted if name in known and name not in refused]
    names = WireNames(spec.name for spec in (*META, _SHOW, *chosen))  # ours first: a server's tool of the same name gets another one
    meta = [META[2]] if is_small else [*META, _SHOW]
    said = SaidNames(known, {spec.name: names.add(spec.name) for spec in chosen}, can_call=not is_small)
    return Offer((*(said.in_spec(spec, names.add(spec.name)) for spec in chosen), *meta), names, tuple(spec.name for spec in chosen), said)


def _connected(tools: ToolBox, known: Mapping[str, ToolSpec], context: int) -> list[str]:
    """The tools of connected servers, all or none: which of them fit would change from request to request, and the head with it."""
    names = [name for name in tools.connected() if name in known]
    letters = sum(len(known[name].description) + len(json.dumps(known[name].parameters)) for name in names)
    return names if letters <= context * CONNECTED_SHARE * LETTERS else []


def describe_found(specs: Iterable[ToolSpec], offer: Offer) -> str:
    """Tools as the answer of ``tools_find``: name, description, arguments."""
    specs = [offer.said.in_spec(spec, spec.name) for spec in specs]
    return "\n".join(f"- {spec.name}: {spec.description}\n  arguments: {json.dumps(_compact(spec.parameters), ensure_ascii=False)}" for spec in specs)


def _compact(schema: dict[str, Any]) -> dict[str, Any]:
    """The properties of a schema with what is required, without the rest."""
    required = set(schema.get("required") or ())
    return {f"{name}{'' if name in required else '?'}": part for name, part in (schema.get("properties") or {}).items()}
