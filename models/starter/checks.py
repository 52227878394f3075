"""Checks by code in place of a learned reviewer: what of the request no frame carries, and how far a reading may be believed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from models.starter import amounts, foreign
from models.starter.clauses import one_off
from models.starter.frames import IT, Frame

CERTAIN = 0.9  # the model's probability from which a change is made without showing the plan
READING = (
    "files.read",
    "files.list",
    "files.find",
    "files.info",
    "documents.read",
    "calc.evaluate",
    "units.convert",
    "time.now",
    "time.calculate",
    "system.info",
    "system.processes",
    "notes.list",
    "notes.search",
    "memory.search",
    "schedule.list",
    "clipboard.get",
)
DOUBTFUL = 0.35  # below this a reading is not even shown as a plan
_INTO_TEXT = ("files.edit", "files.append", "files.remove_lines", "files.remove_text")
_NEGATION = re.compile(r"\b(?:don'?t|do not|never|without|not|no longer|instead of|except|unless|but)\b", re.I)
_ALLOWED = re.compile(
    r"don'?t need|do not need|no longer|not need|don'?t want|need[a-z]* .{0,20}any ?more|don'?t forget|if you don'?t mind|can'?t (?:find|remember)|don'?t (?:find|know)|but (?:leave|not|keep)|not (?:now|here)|why not",
    re.I,
)
_LEFT_OUT = re.compile(r"\b(?:except(?: for)?|excluding|apart from|other than|save for|besides|without|but(?: not| keep| leave)?)\b", re.I)
_FILE = re.compile(r"(?<![\w/.])[\w-]+\.(?:txt|md|pdf|csv|docx?|xlsx?|json|png|jpe?g|zip|log|py|html?|mp[34]|ini|yaml|sh|tar|gz|pptx|conf|xml|js|toml)\b", re.I)
_QUOTE = re.compile(r"\"[^\"]+\"|“[^”]+”")
_QUESTION = re.compile(
    r"(?:(?:hey|hi|so|and|ok|please|deskhand)[, ]+)*(?:(?:is|are|was|were) (?:there|it|this|that)\b|(?:do|does|did) (?:i|we|you|it|the|a|an|my|this)\b|(?:have|has) (?:i|we|you|it|the)\b|(?:where|why|who|whose|how|when)(?:'?s)?\b(?! about))",
    re.I,
)
_NUMBER = re.compile(r"(?<![\w.])\d+(?![\w.])")
_COUNT = re.compile(r"\b(?:two|three|four|five|twice|three times)\b", re.I)  # "make two copies": one call makes one
_NAMED = re.compile(r"(?<=[a-z,;] )(?!I\b|Deskhand\b|I'|OK\b)[A-Z][a-z]+")  # a name inside the request, not its first word
_TIMED = re.compile(
    r"\b(?:at|by|until|till|from)\s+(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|noon|midnight|half|quarter)\b|\bon\s+(?:mon|tues|wednes|thurs|fri|satur|sun)day\b",
    re.I,
)
_TOLD = re.compile(r"\s*(?:i|we|my \w+|our \w+|there)(?:['’](?:m|re|ve|ll|s)| am| are| is| have| has| will| was| were)\b[^,.;!?]*[,.;!?]", re.I)
_REMINDS = re.compile(r"\b(?:remind\w*|alarms?|alert|notify|ping|nudge|wake|timer|forget|schedule|calendar|every|need to|have to|must)\b", re.I)
_ADDED = re.compile(r"\b(?:also|too|as well|another line|one more|additionally)\b", re.I)
_MADE = re.compile(r"\b(?:new|make|create|start|called|named|fresh|empty)\b", re.I)
_SERVED = {
    r"zip|compress|archive": "files.archive files.extract files.delete files.move files.copy", r"unzip|unpack|untar": "files.extract", r"installed": "", r"rename": "files.move files.edit", r"move|relocate": "files.move", r"copy|duplicate|clone": "files.copy clipboard.set files.read",
    r"delete|remove|erase": "files.delete files.remove_lines files.remove_text files.edit system.end_process", r"append": "files.append files.write", r"summari[sz]e|explain|translate|rewrite|draft an?|compose|poem|essay|story|joke|email|e-mail|encrypt|print out|upload|download": "web.fetch",
    r"uppercase|lowercase|split|resize|rotate|crop|convert .*\.\w+": "units.convert calc.evaluate",
}  # fmt: skip


def ceiling(request: str, frames: list[Frame], calls: tuple[tuple[str, dict[str, Any]], ...], sure: float = 1.0) -> float:
    """The most that a reading may be believed: 1.0 where code finds nothing left over, less for each kind of rest.

    A change of which the model is less than :data:`CERTAIN` is shown first, as is a change to a file whose name has no ending.
    """
    rest = leftover(request, frames)
    most = 1.0
    changing = [args for tool, args in calls if tool not in READING]
    if changing and _QUESTION.match(request):
        most = 0.6  # who asks whether something is there does not ask for it to be made
    if any(tool == "units.convert" and not (amounts.is_unit(args["source"]) and amounts.is_unit(args["target"])) for tool, args in calls):
        return 0.3  # "how much is a litre of diesel"
    if changing and (sure < CERTAIN or any(tool in _INTO_TEXT and "." not in str(args.get("path")) for tool, args in calls)):
        most = 0.65
    if _FILE.search(rest) or _QUOTE.search(rest):
        most = min(most, 0.45)
    if _NUMBER.search(rest) or ([tool for tool, _ in calls] == ["files.copy"] and _COUNT.search(rest)):
        most = min(most, 0.65)
    if _NAMED.search(rest) or (_TIMED.search(rest) and not any(frame.intent in ("remind", "schedule") for frame in frames)):
        most = min(most, 0.6)  # "a file in Log called monday.txt", "should also mention the taxi at five"
    if makes_folder(request, calls):
        most = min(most, 0.4)  # "put a Varnish folder into Workshop" makes one
    if any(frame.get("x") for frame in frames):
        rest = _LEFT_OUT.sub(" ", rest, count=1)  # the exception itself is carried
    if _NEGATION.search(_ALLOWED.sub(" ", rest)):
        most = min(most, 0.5)
    if strange := unmet(rest, frames):
        most = min(most, 0.65 if len(strange) == 1 else 0.3)
    tools = {tool for tool, _ in calls}
    if re.search(r"\b(?:swap|exchange)\b", rest, re.I) and "files.edit" not in tools:
        most = min(most, 0.3)  # two files that change places: no tool does that
    if any(re.search(rf"\b(?:{words})\b", rest, re.I) and not tools & set(kinds.split()) for words, kinds in _SERVED.items()):
        most = min(most, 0.4)
    return most


def swallows(calls: Iterable[tuple[str, dict[str, Any]]]) -> bool:
    """Whether a text to be written names a file: more likely the grammar has taken the next step for the content of this one."""
    return any(_FILE.search(str(args.get("text", ""))) for tool, args in calls if tool in ("files.write", "files.append"))


def makes_folder(request: str, calls: Iterable[tuple[str, dict[str, Any]]]) -> bool:
    """Whether a move was read where "put a Varnish folder into Workshop" asks for a new one."""
    moved = [re.escape(str(args.get("source"))) for tool, args in calls if tool == "files.move"]
    return any(re.search(rf"\b(?:a|an|another)(?: new)? {name} (?:folder|directory)\b", request, re.I) for name in moved)


def kept(request: str, calls: tuple[tuple[str, dict[str, Any]], ...]) -> tuple[tuple[str, dict[str, Any]], ...]:
    """``also write … in a.txt`` means what is there to stay: it is added, not written over it."""
    if len(calls) != 1 or calls[0][0] != "files.write":
        return calls
    args = calls[0][1]
    outside = request.replace(str(args.get("text")), " ")
    if not args.get("text") or not _ADDED.search(outside) or _MADE.search(outside):
        return calls
    return (("files.append", {"path": args["path"], "text": str(args["text"]).rstrip("\n")}),)


def asked_for(request: str, frames: list[Frame]) -> list[Frame]:
    """``I'm going to Paris next week, make me …`` tells why: a reminder that was read into such a clause, beside what is asked for, goes."""
    told = _TOLD.match(request)
    if not told or len(frames) < 2 or frames[0].intent not in ("remind", "schedule", *foreign.INTENTS) or _REMINDS.search(told[0]):
        return frames
    return frames[1:] if all(span in told[0] for _, span in frames[0].slots) else frames


def strays(request: str, frames: list[Frame]) -> bool:
    """Whether a request that was taken for talk speaks of something else: several words that such talk never had, or a file."""
    rest = leftover(request, frames)
    return len(unmet(rest, frames)) > 1 or (frames[0].intent not in ("hold", "undo", "big") and bool(_FILE.search(rest)))


def unmet(rest: str, frames: list[Frame]) -> list[str]:
    """Words of the rest that never stood around a request of this kind in the data; a slip of one letter does not count."""
    known = {word for intent in ("", *(frame.intent for frame in frames)) for word in _wording().get(intent, ())}
    found = re.findall(r"[a-z]+", rest.lower().replace("'", "").replace("’", ""))
    return [
        word
        for word in found
        if len(word) > 1 and word not in known and not (len(word) > 3 and any(abs(len(word) - len(other)) < 2 and one_off(word, other) for other in known if len(other) > 3))
    ]


@cache
def _wording() -> dict[str, list[str]]:
    return dict(json.loads(Path(__file__).with_name("wording.json").read_text(encoding="ascii")))


def leftover(request: str, frames: list[Frame]) -> str:
    """The request without the spans that frames carry, in the order in which they stand."""
    rest = request
    for _, text in sorted(((slot, text) for frame in frames for slot, text in frame.slots if text != IT), key=lambda item: -len(item[1])):
        rest = rest.replace(text, " ", 1)
    return rest
