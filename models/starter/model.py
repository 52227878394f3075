"""The starter as a ChatModel: it plans in the product's own plan format, and knows its limits.

Grammar first (``clauses``), the GGUF for the rest. A model's plan is believed only as far as code can confirm it: every
argument is a span of the request, every command word of the request is served by a step of its kind.
"""

from __future__ import annotations

import contextlib
import json
import re
import shlex
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from core.messages import Finished, ModelRequest, Part, TextDelta, Usage
from core.ports import ModelProfile
from models.llama.process import Worker
from models.starter import clauses

GGUF = Path(__file__).with_name("starter.gguf")
BIGGER = "This needs a bigger model than the built-in starter. Add one with `deskhand model add`, or on the Models page."
_REPLIES = {
    "greeting": "Hello. Tell me what to do with your files, notes or numbers, for example: Make a folder called Trip with a file packing.txt that lists passport and socks.",
    "identity": "I am Deskhand, an assistant on your own computer. The built-in starter model plans small tasks; nothing leaves this machine.",
    "thanks": "You're welcome.",
    "bye": "Goodbye.",
    "help": "I can make, read, change, move, copy, find, pack and delete files (undo brings everything back), take notes, calculate, convert units, tell the time, and show what this machine is doing. Try: List the files here. For open questions and writing, add a bigger model.",
    "unknown": BIGGER,
    "undo": "Every answer has an Undo button; in the terminal it is `deskhand run undo`. Both put everything back that the run changed.",
    "negation": "All right, I leave everything as it is.",
}
_LATER = {
    "remind": "reminders",
    "remind_list": "reminders",
    "schedule": "schedules",
    "schedule_every": "schedules",
    "memory_save": "memory",
    "memory_get": "memory",
    "web_search": "web search",
    "device_send": "other devices",
    "skill_run": "skills",
}
_NAMES = {
    "file_write": ("files.write", ("path", "text")), "file_append": ("files.append", ("path", "text")), "file_read": ("files.read", ("path",)), "file_list": ("files.list", ("path",)),
    "file_move": ("files.move", ("source", "target")), "file_copy": ("files.copy", ("source", "target")), "file_delete": ("files.delete", ("path",)), "file_find": ("files.find", ("text", "path")),
    "make_dir": ("files.make_folder", ("path",)), "note_add": ("notes.add", ("text",)), "note_find": ("notes.search", ("query",)), "note_list": ("notes.list", ()),
    "calc": ("calc.evaluate", ("expression",)), "convert": ("units.convert", ("value", "source", "target")), "proc_list": ("system.processes", ()), "proc_kill": ("system.end_process", ("name",)),
    "open_url": ("open.url", ("url",)), "open_app": ("open.app", ("name",)), "web_fetch": ("web.fetch", ("url",)), "clip_get": ("clipboard.get", ()), "clip_set": ("clipboard.set", ("text",)),
}  # fmt: skip
_SERVED = {
    r"zip|compress|archive|pack": "files.archive", r"unzip|extract|unpack": "files.extract", r"replace|substitute|swap": "files.edit", r"rename": "files.move", r"move|relocate": "files.move",
    r"copy|duplicate": "files.copy clipboard.set", r"delete|remove|erase|trash": "files.delete", r"append|add": "files.append notes.add files.write calc.evaluate", r"sort|organi[sz]e": "files.sort_into_folders",
    r"count|how many": "files.info files.list files.find", r"summari[sz]e|explain|translate|rewrite|draft|compose|poem|essay|story": "text.compose", r"merge|combine": "files.write", r"tidy|clean up": "files.sort_into_folders", r"extension|uppercase|lowercase": "files.find",
}  # fmt: skip


class StarterModel:
    """The embedded default. One worker process, started with the first request that the grammar does not read."""

    def __init__(self, model_id: str = "starter", path: Path = GGUF) -> None:
        self.worker = Worker(path, {"context": 512, "threads": 1})
        self._profile = ModelProfile(model_id, local=True, context=512, reviews=False, chats=False)

    @property
    def profile(self) -> ModelProfile:
        return self._profile

    async def stream(self, request: ModelRequest) -> AsyncIterator[Part]:
        if request.purpose != "plan":
            yield TextDelta(BIGGER)
            yield Finished("stop", Usage(1))
            return
        plan, usage = await self.plan(request.request, tuple(request.context.get("previous", ())))
        yield TextDelta(json.dumps(plan, ensure_ascii=False))
        yield Finished("stop", usage)

    async def plan(self, request: str, previous: tuple[str, ...] = ()) -> tuple[dict[str, Any], Usage]:
        """A plan as JSON, and what it took."""
        if said := _small_talk(request):
            return {"steps": [], "answer": said}, Usage(1)
        calls = clauses.read(request, previous)
        if calls == []:
            return {"steps": [], "answer": BIGGER}, Usage(1)
        if calls is not None:
            return {
                "steps": _steps([(tool, {key: value for key, value in args.items() if key != "_wanted"}) for tool, args in calls]),
                "confidence": 0.6 if ("files.delete", {"path": "*"}) in calls else 0.97,
                "notes": ["read by grammar"],
            }, Usage(1)
        if len(request) > 1500:
            return {"steps": [], "answer": "That is more than the built-in starter can read at once. " + BIGGER}, Usage(1)
        done = await self._decoded(request)
        usage = Usage(1, done.get("prompt_tokens", 0), done.get("completion_tokens", 0))
        return _from_model(request, done.get("steps") or [], float(done.get("probability", 0.0))), usage

    async def _decoded(self, request: str) -> dict[str, Any]:
        async with contextlib.aclosing(self.worker.call("plan", request=request)) as answers:
            async for answer in answers:
                if "done" in answer:
                    return dict(answer["done"])
        return {}


_TALK = (
    (r"(?:please )?(?:undo|revert|take back)(?: (?:that|it|this|the last (?:thing|run|step)|everything))?", "undo"),
    (r"(?:thanks?|thank you|thx|cheers|ty|great|perfect|well done|nice)(?: .{0,30})?", "thanks"),
    (r"(?:hi|hello|hey|good (?:morning|evening|afternoon))(?: there| deskhand)?", "greeting"),
    (r"(?:bye|goodbye|see you(?: later)?|good night)", "bye"),
    (r"(?:help|what can you do|what can i (?:ask|say)|how do i use (?:you|this)|how do i .{3,80}|how can i .{3,80})", "help"),
    (r"(?:who|what) are you|what(?:'s| is) your name", "identity"),
    (r".*\b(?:don't|do not|dont|never)\b (?:\w+ )?(?:delete|remove|move|rename|change|touch|copy|write).*", "negation"),
    (r".*\btime\b.*\bin [A-Z]\w+.*", "unknown"),
)


def _small_talk(request: str) -> str:
    """The answer to a greeting, thanks, a question about itself, or something it must not guess at; else nothing."""
    text = request.strip().rstrip(".!?")
    return next((_REPLIES[kind] for pattern, kind in _TALK if re.fullmatch(pattern, text, 0 if "[A-Z]" in pattern else re.I)), "")


def _from_model(request: str, raw: list[dict[str, Any]], probability: float) -> dict[str, Any]:
    """What the GGUF wrote, in the plan format; its confidence is lowered by everything code cannot confirm."""
    tools = [step["tool"] for step in raw]
    if not raw or tools == ["reply"]:
        kind = raw[0]["args"].get("kind", "unknown") if raw else "unknown"
        return {"steps": [], "answer": _REPLIES.get(kind, BIGGER)}
    if later := [_LATER[tool] for tool in tools if tool in _LATER]:
        return {"steps": [], "answer": f"I understood that this is about {later[0]}, which this version cannot do yet. " + BIGGER}
    if "reply" in tools:
        return {"steps": [], "answer": BIGGER}
    calls = [_call(step) for step in raw]
    if _unserved(request, [tool for tool, _ in calls]):
        return {"steps": [], "answer": "I am not sure what you mean. Say it in other words, one thing after the other. " + BIGGER}
    return {"steps": _steps(calls), "confidence": round(probability, 3), "notes": ["read by the starter model"]}


def _call(step: dict[str, Any]) -> clauses.Call:
    tool, args = step["tool"], step["args"]
    if tool == "datetime":
        return "time.now", {}
    if tool == "sysinfo":
        return "system.info", {"what": args["what"] if args.get("what") in ("cpu", "memory", "disk") else "all"}
    if tool == "shell":
        return "shell.run", {"argv": _argv(args["cmd"])}
    if tool == "file_find" and re.search(r"[.*]", args["query"]):
        return "files.find", {"name": args["query"], **({"path": args["path"]} if "path" in args else {})}
    name, parameters = _NAMES[tool]
    return name, dict(zip(parameters, args.values(), strict=False))


def _argv(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        return command.split()


def _unserved(request: str, tools: list[str]) -> bool:
    """Whether a command word of the request has no step of its kind."""
    outside = re.sub(r"\"[^\"]*\"|'[^']*'", " ", request.lower())
    return any(re.search(rf"\b(?:{words})\b", outside) and not any(tool in kinds.split() for tool in tools) for words, kinds in _SERVED.items())


def _steps(calls: list[clauses.Call]) -> list[dict[str, Any]]:
    """Steps one after the other: what a person says in order is done in order."""
    return [{"id": f"s{number}", "tool": tool, "args": args, "needs": [f"s{number - 1}"] if number > 1 else []} for number, (tool, args) in enumerate(calls, 1)]
