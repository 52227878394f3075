"""The starter as a ChatModel: it plans in the product's own plan format, and knows its limits.

Two readers look at a request: the GGUF, which reads any wording into frames, and a grammar (``clauses``), which reads few wordings
exactly. Code turns frames into calls and checks them (``checks``); where both readers agree there is little doubt left.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import math
import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.messages import Finished, ModelRequest, Part, TextDelta, Usage
from core.plan import NEEDS_MODEL, UNSURE
from core.planning.review import SURE
from core.ports import ModelProfile
from models.llama.process import Worker
from models.starter import asked, checks, clauses, direct, everyday, foreign, foreign_rules, reminders, replies, writing
from models.starter.described import Described
from models.starter.effects import effect
from models.starter.existing import doubtful, lines_of_a_list, settled
from models.starter.foreign import Foreign
from models.starter.frames import IT, Frame
from models.starter.kinds import patterns
from models.starter.named import with_names, with_patterns
from models.starter.objects import Names, Unread
from models.starter.planning import plan
from models.starter.scene import Call, CannotYet, Scene

GGUF = Path(__file__).with_name("starter.gguf")
LONGEST = 1500  # characters that are given to the model; longer requests are read by grammar alone
AGREED = 0.99  # confidence where both readers say the same
ASK = 0.6  # confidence of what only the grammar reads: shown and asked about
LEFT_OVER, NONSENSE = 0.5, 1e-6  # how much it counts, beside the model's own opinion, that code finds something left over; found on tests/data/seen.txt
TURNS = 2  # earlier requests of the conversation that "it" may point into


@dataclass(frozen=True, slots=True)
class Reading:
    """How a request was read: calls or an answer, and how sure that is (0 to 1)."""

    calls: tuple[Call, ...] = ()
    answer: str = ""
    confidence: float = 0.0
    guesses: tuple[str, ...] = ()
    by: str = "the starter model"
    doubt: str = ""  # why it is to be shown first


class StarterModel:
    """The embedded default. One worker process, started with the first request."""

    def __init__(self, model_id: str = "starter", path: Path = GGUF) -> None:
        self.worker = Worker(path, {"context": 512, "threads": 1})
        self._profile = ModelProfile(model_id, local=True, context=512, reviews=False, chats=False)

    @property
    def profile(self) -> ModelProfile:
        return self._profile

    async def stream(self, request: ModelRequest) -> AsyncIterator[Part]:
        if request.purpose != "plan":
            yield TextDelta(replies.BIGGER)
            yield Finished("stop", Usage(1))
            return
        found, usage = await self.plan(request.request, request.context)
        yield TextDelta(json.dumps(found, ensure_ascii=False))
        yield Finished("stop", usage)

    async def plan(self, request: str, context: dict[str, Any] | None = None) -> tuple[dict[str, Any], Usage]:
        """A plan as JSON, and what it took. ``context`` may hold ``workspace``, ``today`` (ISO), ``turns`` (``[role, text]`` each) and ``tools`` (specs)."""
        context, request = context or {}, with_patterns(request)
        folder = Path(context["workspace"]) if context.get("workspace") else None
        there = Described(folder) if folder else None
        if read := _by_code(request, there):
            return as_plan(read), Usage(1)
        turns = [(str(role), str(text)) for role, text in context.get("turns", ())]
        reading, usage = await self._meant(request, turns, context, there)
        if there and not (reading.calls and reading.confidence >= SURE) and (outright := with_names(request, there)) != request:
            other, more = await self._meant(outright, turns, context, there)
            reading, usage = other if other.calls and other.confidence > (reading.confidence if reading.calls else 0.0) else reading, usage + more
        if there and (doubt := doubtful(reading.calls, request, there)):
            reading = replace(reading, confidence=min(reading.confidence, ASK), doubt=doubt)
        return as_plan(reading), usage

    async def _meant(self, request: str, turns: list[tuple[str, str]], context: dict[str, Any], there: Described | None) -> tuple[Reading, Usage]:
        """What both readers make of a request."""
        decoded, tools = await self._read(request, foreign.offered(request, context.get("tools", ())))
        ways = [decoded.get("frames", ()), *(frames for frames, _, _ in decoded.get("others", ()))]
        points_back = any(text == IT for frames in ways for _, slots in frames for text in slots.values())
        scene = await self._scene(turns if points_back else [], context, there)
        scene.request, scene.answer, scene.tools = request, next((text for role, text in reversed(turns) if role == "assistant"), ""), tools
        usage = Usage(1, decoded.get("prompt_tokens", 0), decoded.get("completion_tokens", 0))
        return settle(read_frames(decoded, request, scene), read_grammar(request, tuple(text for _, text in turns), there), there), usage

    async def _read(self, request: str, tools: tuple[Foreign, ...]) -> tuple[dict[str, Any], tuple[Foreign, ...]]:
        """The request without foreign tools in view; where that is not clear, with them. And the tools that the reading is about."""
        if len(request) > LONGEST:
            return {}, ()
        alone = await self._decoded(request)
        if not tools or (_clear(alone) and not _is_answer(alone)):
            return alone, ()
        doubted = float(alone.get("probability", 0.0)) < checks.DOUBTFUL or _is_answer(alone)
        if ruled := foreign_rules.read(request, tools, 1 if doubted else 2):
            return foreign_rules.as_frames(ruled, tools) | {key: alone[key] for key in ("prompt_tokens", "completion_tokens") if key in alone}, tools
        beside = await self._decoded(request, tools)
        return (beside, tools) if any(intent in foreign.INTENTS for intent, _ in beside.get("frames", ())) else (alone, ())

    async def _scene(self, turns: list[tuple[str, str]], context: dict[str, Any], there: Described | None) -> Scene:
        """What the requests before this one named and made, read again the same way."""
        today = datetime.date.fromisoformat(context["today"]) if context.get("today") else datetime.date.today()
        scene = Scene(Names(there.workspace if there else None, today), there=there)
        for _, text in [turn for turn in turns if turn[0] == "user"][-TURNS:]:
            scene.request = text
            decoded = await self._decoded(text) if len(text) <= LONGEST else {}
            with contextlib.suppress(Unread, CannotYet):
                plan(_frames(decoded.get("frames", ())), scene)
            scene.forget_steps()
        return scene

    async def _decoded(self, request: str, tools: tuple[Foreign, ...] = ()) -> dict[str, Any]:
        offered = [[tool.name, tool.about, tool.parameters] for tool in tools]
        async with contextlib.aclosing(self.worker.call("plan", request=request, tools=offered)) as answers:
            async for answer in answers:
                if "done" in answer:
                    return dict(answer["done"])
        return {}


def _by_code(request: str, there: Described | None) -> Reading | None:
    """What needs no model: forms that have one meaning, by themselves or with what is there."""
    try:
        calls = direct.read(request)
        if not calls and not direct.asks_more(request):
            calls = reminders.read(request) or asked.read(request, there) or everyday.read(request, there)
    except foreign.Missing as missing:
        return Reading(answer=str(missing), confidence=AGREED, by="code")
    return Reading(calls, "", AGREED, by="code") if calls else None


def _clear(decoded: dict[str, Any]) -> bool:
    """Whether the model is sure of what it read."""
    return float(decoded.get("probability", 0.0)) >= SURE


def _is_answer(decoded: dict[str, Any]) -> bool:
    """Whether nothing would be done: beyond the starter, or not in this version."""
    return any(intent == "big" or intent in replies.LATER for intent, _ in decoded.get("frames", ()))


def read_frames(decoded: dict[str, Any], request: str, scene: Scene) -> Reading:
    """What the GGUF read; of several ways that it could be read the one that it finds likely and that leaves least over."""
    guesses = tuple(intent for intent, _ in decoded.get("guesses", ()))
    ways = [(decoded.get("frames", []), float(decoded.get("probability", 0.0)), float(decoded.get("total", 0.0))), *decoded.get("others", ())]
    if len(ways) == 1:
        return _read_one(_frames(ways[0][0]), ways[0][1], guesses, request, scene)
    readings = [_read_one(_frames(frames), 1.0, (), request, scene.copy()) for frames, _, _ in ways]
    best = max(range(len(ways)), key=lambda n: ways[n][2] + LEFT_OVER * math.log(_carried(readings[n])))
    same = [sure for (_, sure, _), reading in zip(ways, readings, strict=True) if reading.calls and effect(reading.calls) == effect(readings[best].calls)]
    return _read_one(_frames(ways[best][0]), min(1.0, sum(same)) if same else ways[best][1], guesses, request, scene)  # what comes to the same is one reading


def _frames(rows: Iterable[tuple[str, dict[str, str]]]) -> list[Frame]:
    return [Frame(intent, tuple(slots.items())) for intent, slots in rows]


def _carried(reading: Reading) -> float:
    """How far code could believe a reading that the model was sure of; next to nothing where it makes no sense."""
    return max(NONSENSE, reading.confidence if reading.calls or reading.answer else 0.0)


def _read_one(frames: list[Frame], sure: float, guesses: tuple[str, ...], request: str, scene: Scene) -> Reading:
    """Frames as calls or an answer; the confidence is lowered by everything that code cannot confirm."""
    frames = checks.asked_for(request, frames)
    if not frames:
        return Reading(guesses=guesses)
    if any(frame.intent in replies.TALK or frame.intent == "howto" for frame in frames):
        if len(frames) > 1:
            return Reading(answer=replies.BIGGER, confidence=sure, guesses=guesses)
        if checks.strays(request, frames):
            return Reading(answer=replies.BIGGER, confidence=sure, guesses=guesses)
        said = replies.how_to(frames[0].get("q") or request) if frames[0].intent == "howto" else replies.TALK[frames[0].intent]
        return Reading(answer=said, confidence=sure, guesses=guesses)
    if later := next((replies.LATER[frame.intent] for frame in frames if frame.intent in replies.LATER), ""):
        return Reading(answer=replies.later(later), confidence=sure, guesses=guesses)
    try:
        calls = settled(checks.kept(request, tuple(plan(frames, scene))), scene.there, request)
    except CannotYet as missing:
        return Reading(answer=replies.later(replies.LATER[str(missing)]), confidence=sure, guesses=guesses)
    except foreign.Missing as missing:
        return Reading(answer=str(missing), confidence=sure, guesses=guesses)
    except Unread:
        return Reading(guesses=guesses)
    if any(frame.intent in foreign.INTENTS for frame in frames):
        return Reading(calls, "", min(sure, ASK), guesses, by="the starter model, which has never practised this tool")
    return Reading(calls, "", min(sure, checks.ceiling(request, frames, calls, sure)), guesses)


def read_grammar(request: str, previous: tuple[str, ...] = (), there: Described | None = None) -> Reading | None:
    """What the grammar read; None where some clause fits none of its forms. ``there`` is what the workspace holds."""
    calls = clauses.read(request, previous)
    if calls is None:
        return None
    if not calls:
        return Reading(answer=replies.BIGGER, confidence=0.9, by="grammar")
    if any(re.fullmatch(r"(?:both|each|them|all)/?", str(args.get("target", "")), re.I) for _, args in calls):
        return None  # it knows no folders by that name
    if checks.makes_folder(request, calls):
        return None
    meant = tuple((tool, {key: _spelt(value, request) for key, value in args.items() if key != "_wanted"}) for tool, args in calls)
    if len(meant) == 1 and meant[0][0] in ("files.write", "files.append") and (moment := writing.clock(str(meant[0][1].get("text", "")))):
        meant = (("time.now", {}), (meant[0][0], meant[0][1] | {"text": "{{s1.output.%s}}" % moment}))
    return Reading(settled(checks.kept(request, meant), there, request), "", 0.97, by="grammar")


def _spelt(value: Any, request: str) -> Any:
    """``*.jpg`` for "the jpgs": both ways of writing that ending, as the other reader has it."""
    return patterns("jpgs") if value in ("*.jpg", "*.jpeg") and value not in request else value


def settle(network: Reading, grammar: Reading | None, there: Described | None = None) -> Reading:
    """One reading of two. The same calls from both: sure. Different ones: the model's where it is sure, else the grammar's, to be asked about."""
    if grammar is None or not grammar.calls:
        return network if grammar is None or not network.calls else replace(network, confidence=min(network.confidence, ASK))
    if all(tool == "shell.run" for tool, _ in grammar.calls):
        return replace(grammar, guesses=network.guesses)  # the command is in the request, and it is asked about whatever the confidence
    if any(tool.partition(".")[0] not in foreign.OWN for tool, _ in network.calls):
        return network  # a tool that the grammar cannot know
    if network.calls and effect(grammar.calls) == effect(network.calls):
        return replace(network, confidence=AGREED, by="both")
    if there and lines_of_a_list(network.calls, grammar.calls, there):
        return replace(network, confidence=AGREED, by="the starter model")
    if network.confidence >= SURE or (len(network.calls) > len(grammar.calls) and network.confidence >= checks.DOUBTFUL and checks.swallows(grammar.calls)):
        return network
    return replace(grammar, confidence=ASK, guesses=network.guesses)


def as_plan(reading: Reading) -> dict[str, Any]:
    """A reading in the plan format; one that is too doubtful becomes a question."""
    if reading.confidence < checks.DOUBTFUL or not (reading.answer or reading.calls):
        return {"steps": [], "answer": replies.not_sure(list(reading.guesses)), "notes": [NEEDS_MODEL]}
    if reading.answer:
        return {"steps": [], "answer": reading.answer} | ({"notes": [NEEDS_MODEL]} if replies.BIGGER in reading.answer else {})
    everything = any(tool == "files.delete" and args.get("path") == "*" for tool, args in reading.calls)
    return {
        "steps": _steps(reading.calls),
        "confidence": round(min(reading.confidence, 0.6) if everything else reading.confidence, 3),
        "notes": [f"read by {reading.by}", *([f"{UNSURE}{reading.doubt}"] if reading.doubt else [])],
    }


def _steps(calls: tuple[Call, ...]) -> list[dict[str, Any]]:
    """Steps one after the other: what a person says in order is done in order."""
    return [{"id": f"s{number}", "tool": tool, "args": args, "needs": [f"s{number - 1}"] if number > 1 else []} for number, (tool, args) in enumerate(calls, 1)]
