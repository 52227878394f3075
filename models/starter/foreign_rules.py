"""Tools of other makers read by rule, where the model is not sure: the tool whose words the request says, and what it says to each parameter.

The order is that of certainty: what stands after a parameter's own name, what has the form of its kind (an address, a number, a time, a file), what is left over. A parameter that nothing is said to stays
empty; a request of which too much is left over is not read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from models.starter import amounts
from models.starter.foreign import BUILT_IN, INTENTS, PARAMETERS, Foreign, words

_VERBS = frozenset(
    """get list add set create make new send show find search fetch read write update delete remove start stop run open close do check look lookup tell give put take move change save post submit publish call turn switch
    play record queue upload download""".split()  # noqa: SIM905
)
_LITTLE = frozenset(
    """a an the of to in on at for with by from and or is are was it this that my your our his her its me you i we us them what which who where when how much many does do did can could would will please now some any all into onto off up out
    called named titled saying says as about s like want need let id be has have there if not also then so just""".split()  # noqa: SIM905
)
_LEAD = re.compile(r"^\W*(?:(?:please|can you|could you|would you|will you|hey|ok|i(?:'d| would) like (?:you )?to|i want (?:you )?to|i need (?:you )?to|let's|just)[, ]+)+", re.I)
_TIME = (
    r"(?:(?:on |this |next |last )?(?:mon|tues|wednes|thurs|fri|satur|sun)day(?: (?:morning|afternoon|evening|night))?|tomorrow(?: (?:morning|afternoon|evening|night))?|today|tonight|yesterday|this (?:week|weekend|month|morning|afternoon|evening)|next (?:week|month|year)|"
    r"(?:in |for (?:the next )?)?\d+ (?:minutes?|hours?|days?|weeks?|months?)|(?:at )?\d{1,2}(?::\d{2})? ?(?:am|pm)|(?:at )?\d{1,2}:\d{2}|\d{4}-\d{2}-\d{2}|\d{1,2}(?:st|nd|rd|th)? (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*|(?:noon|midnight))"
)
_NUMBER = rf"(?:-?\d[\d,]*(?:\.\d+)?|{'|'.join(sorted((word for word in amounts.NUMBERS if word not in ('a', 'an')), key=len, reverse=True))})"
_KINDS = (  # names of parameters, and what such values look like
    (r"e?mails?|recipient|to|user", r"[\w.+-]+@[\w-]+\.[\w.]+"),
    (r"urls?|links?|feed|website", r"https?://\S+"),
    (r"dois?", r"10\.\d{4,9}/\S+"),
    (r"ips?|address|host", r"\d{1,3}(?:\.\d{1,3}){3}"),
    (r"files?|path|photo|image|picture|script|document|attachment|video|audio", r"[\w./~-]+\.[A-Za-z]\w{1,4}\b"),
    (r"issues?|tickets?|key", r"[A-Z][A-Z0-9]+-\d+"),
    (r"dates?|day|days|time|when|start|at|due|deadline|until|since", _TIME),
    (r"amounts?|price|sum|budget|total", rf"[$€£]\s?\d[\d.,]*|{_NUMBER}(?:\s?(?:euros?|dollars?|pounds?|francs?|eur|usd|chf|€|\$|£))?"),
    (r"numbers?|count|quantity|level|temperature|percent|percentage|volume|brightness|floor|portions?|cores?|value|degrees|limit|size|minutes|seconds|hours|duration|speed|code|pin|barcode|port|year|page|rating|stars|room", rf"{_NUMBER}(?: ?%)?"),
)  # fmt: skip


@dataclass(slots=True)
class _Left:
    """A request, with what was taken out of it replaced by a mark."""

    text: str
    found: dict[str, str] = field(default_factory=dict)

    def take(self, parameter: str, match: re.Match[str], group: int | str = 0) -> None:
        self.found[parameter] = match[group].strip(" ,.;:!?\"'“”")
        self.text = f"{self.text[: match.start(group)]}\x00{self.text[match.end(group) :]}"


def read(request: str, tools: tuple[Foreign, ...], least: int = 1) -> tuple[Foreign, dict[str, str]] | None:
    """The tool that is meant and the spans for its parameters; None where that is not clear. Tools of this program's own are left to the model: their names are everyday words.
    ``least``: so many telling words of the tool the request must say."""
    tool = _chosen(request, tuple(tool for tool in tools if tool.name.partition(".")[0] not in BUILT_IN), least)
    if tool is None:
        return None
    found = _spans(_LEAD.sub("", request.strip()), tool)
    return None if found is None else (tool, found)


def _stems(text: str) -> set[str]:
    return {re.sub(r"(?:ing|ed|es|s)$", "", word)[:6] for word in words(text).split() if word not in _LITTLE}


def _chosen(request: str, tools: tuple[Foreign, ...], least: int) -> Foreign | None:
    """The one tool whose words the request says most; what says only "get" or "add" is none."""
    said, verbs = _stems(request), {re.sub(r"(?:ing|ed|es|s)$", "", word)[:6] for word in _VERBS}
    scored = []
    for tool in tools:
        name, about, given = _stems(tool.name), _stems(tool.about), _stems(" ".join(tool.parameters))
        telling = len(said & (name | about | given) - verbs)
        scored.append((2.0 * len(said & name - verbs) + len(said & (about | given) - name - verbs) + 0.5 * len(said & (name | about) & verbs), telling, tool))
    best = max((score for score, _, _ in scored), default=0.0)
    found = [tool for score, telling, tool in scored if score == best and telling >= least]
    return found[0] if len(found) == 1 else None


def _spans(request: str, tool: Foreign) -> dict[str, str] | None:
    left = _Left(request)
    for parameter in tool.parameters:
        _by_name(left, parameter, tool)
    for parameter in tool.parameters:
        if parameter not in left.found:
            _by_kind(left, parameter)
    return _rest(left, tool)


def _by_name(left: _Left, parameter: str, tool: Foreign) -> None:
    """What follows the parameter's own name: "topic garden/pump", "with the code 4711", "deck: German"."""
    name = re.escape(words(parameter)).replace("\\ ", r"\s+")
    others = "|".join(re.escape(words(other)) for other in tool.parameters if other != parameter) or "\x01"
    end = rf"(?=\s+(?:(?:with|and|to|in|on|at|for|by|from|as|using)\s+(?:the\s+|a\s+)?(?:{others})\b|(?:to|into|as|with|by|for|in|on|from|saying)\b|{_TIME}\b)|[,;=\x00]|:\s|\s*$|[.!?]\s*$)"
    match = re.search(rf"\b{name}\b(?:\s+(?:is|called|named|of|number))?\s*[:=]?\s+[\"'“]?(?P<x>[^\s,;:\x00].*?){end}", left.text, re.I)
    if match and match["x"].lower() not in _LITTLE and not re.fullmatch(rf"(?:{others})", match["x"], re.I):
        left.take(parameter, match, "x")


def _by_kind(left: _Left, parameter: str) -> None:
    plain = words(parameter)
    for names, form in _KINDS:
        if re.search(rf"(?:^|\s)(?:{names})$", plain) and (match := re.search(rf"(?<![\w.@-]){form}(?![\w@])", left.text, re.I)):
            left.take(parameter, match)
            return


def _rest(left: _Left, tool: Foreign) -> dict[str, str] | None:
    """What is left over goes to the parameters that have nothing yet, in the order of the words between them; too much of it, and nothing is read."""
    open_ = [parameter for parameter in tool.parameters if parameter not in left.found]
    naming = _stems(f"{tool.name} {tool.about} {' '.join(tool.parameters)}")
    parts = [
        part
        for part in (
            _core(part, naming)
            for part in re.split(r"\x00|\s+(?:to|into|in|on|at|for|with|as|by|from|saying|called|named|of|about|against|until)\s+|\s*[:=]\s+|,\s+", f" {left.text} ")
        )
        if part
    ]
    if len(parts) > len(open_):
        return None if len(parts) - len(open_) > 1 or not open_ else {**left.found, open_[0]: max(parts, key=len)}
    return {**left.found, **dict(zip(open_, parts, strict=False))}


def _core(part: str, naming: set[str]) -> str:
    """A piece without the words before and after it that only name the tool, ask, or fill."""
    found = part.strip(" ,.;!?\"'“”").split()
    while found and _is_empty(found[0], naming):
        found = found[1:]
    while found and _is_empty(found[-1], naming):
        found = found[:-1]
    return " ".join(found)


def _is_empty(word: str, naming: set[str]) -> bool:
    plain = re.sub(r"['’](?:s|re|m|ll|d)$", "", word.lower().strip(",.;:!?'\""))
    return not plain or plain in _LITTLE or (word == plain and (plain in _VERBS or bool(_stems(plain) & naming)))


def as_frames(read_: tuple[Foreign, dict[str, str]], tools: tuple[Foreign, ...]) -> dict[str, Any]:
    """The same as the model writes it: the tool by its place, spans by those of their parameters."""
    tool, spans = read_
    slots = {slot: spans[name] for slot, name in zip(PARAMETERS, tool.parameters, strict=False) if name in spans}
    return {"frames": [[INTENTS[tools.index(tool)], slots]], "probability": 1.0, "guesses": []}
