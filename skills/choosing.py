"""Which skill a request asks for: by its name (``$weekly-review``), or by a phrase that its recipe lists. Exact by design: what is near is only suggested.

Phrases are words, ``[optional|other]``, ``(one|other)`` and ``{input}``, none inside another.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from skills.recipe import Input, Recipe

MENTION = re.compile(r"(?<![\w$])\$([a-z0-9]+(?:-[a-z0-9]+)*)(?![\w-])")
_PAIR = re.compile(r"(?<!\S)([A-Za-z_][\w-]*)=(\"[^\"]*\"|'[^']*'|\S+)")
_NAMED = re.compile(
    r"(?:please\s+)?(?:run|use|start|do|execute|apply)\s+(?:the\s+|my\s+)?(?:skill\s+[\"']?([\w -]+?)[\"']?|[\"']?([\w -]+?)[\"']?\s+skill)(?:\s+(?:with|for|on)\s+(.+))?", re.I
)
_POLITE = re.compile(
    r"^(?:(?:hey|hi|hello|ok|okay|please|deskhand|could you|can you|would you|will you|i(?:'d| would) like (?:you )?to|i want (?:you )?to|let'?s|kindly|now|just)[,:]?\s+)+|[\s.!?]+$|,?\s+(?:please|for me|thanks|thank you|now)\s*[.!?]*$",
    re.I,
)
_ANYTHING, _FEW_WORDS = r"\S.*\S|\S", r"[^\s,;:!?]+(?:\s+(?!(?:and|then|but|so|or)\b)[^\s,;:!?]+){0,5}"  # a phrase must not swallow a longer request
_SLOTS = {
    "url": r"(?:https?://)?[\w-]+(?:\.[\w-]+)+\S*",
    "integer": r"\d{1,6}",
    "number": r"-?\d+(?:\.\d+)?",
    "date": r"\d{4}-\d\d-\d\d",
    "file": r"\"[^\"]+\"|'[^']+'|\S+",
    "folder": r"\"[^\"]+\"|'[^']+'|\S+",
    "boolean": r"yes|no",
}


def named(text: str, names: Iterable[str]) -> tuple[str, str] | None:
    """The skill that is called by name and what is said besides; None where none is. A ``$name`` that is no skill is no call."""
    known = set(names)
    for match in MENTION.finditer(text):
        if match[1] in known:
            return match[1], " ".join((text[: match.start()] + " " + text[match.end() :]).split())
    if said := _NAMED.fullmatch(text.strip().rstrip(".!")):
        name = re.sub(r"[\s_]+", "-", (said[1] or said[2]).strip().lower())
        if name in known:
            return name, (said[3] or "").strip()
    return None


def inputs_in(text: str, recipe: Recipe) -> dict[str, Any]:
    """Inputs from what is said besides a name: ``key=value``, and the rest for the one input that is still missing."""
    known = {one.name: one for one in recipe.inputs}
    given: dict[str, Any] = {}

    def take(match: re.Match[str]) -> str:
        if match[1] not in known:
            return match[0]
        given[match[1]] = match[2].strip("\"'") if match[2][0] in "\"'" else match[2]
        return " "

    rest = " ".join(_PAIR.sub(take, text).split())
    rest = re.sub(r"^(?:please|with|for|on|using|about|run|use|do|start)\b\s*", "", rest, flags=re.I).strip(" .,:;")
    open_ = [one for one in recipe.inputs if one.name not in given and one.default is None]
    if rest and len(open_) == 1:
        given[open_[0].name] = rest.strip("\"'")
    elif rest and not open_ and not given and (first := _first_path(recipe)) and re.fullmatch(_SLOTS["folder"], rest):
        given[first.name] = rest.strip("\"'")
    return given


def _first_path(recipe: Recipe) -> Input | None:
    return next((one for one in recipe.inputs if one.type in ("folder", "file")), None)


def spoken(text: str, recipe: Recipe) -> dict[str, Any] | None:
    """The inputs that one of the recipe's phrases finds in a request; None where none fits the whole of it."""
    plain = text.strip()
    while (shorter := _POLITE.sub("", plain).strip()) != plain:
        plain = shorter
    for phrase in recipe.says:
        if match := _pattern(phrase, tuple((one.name, one.type) for one in recipe.inputs)).fullmatch(plain):
            return {name: value.strip("\"'") for name, value in match.groupdict().items() if value}
    return None


@lru_cache(1000)
def _pattern(phrase: str, types: tuple[tuple[str, str], ...]) -> re.Pattern[str]:
    """A phrase as a regular expression over a whole request."""
    kinds = dict(types)
    made, used = [], set()
    for match in re.finditer(r"\{[\w-]+\}|\[[^\]]*\]|\([^)]*\)\??|[:,]|[^\s\[\](){}:,]+", phrase):
        token = match[0]
        if token[0] == "{":
            name = token[1:-1]
            slot = _SLOTS.get(kinds.get(name, "text")) or (_ANYTHING if phrase[: match.start()].rstrip().endswith((":", ",")) else _FEW_WORDS)
            made.append(rf"(?:{slot})\s*" if name in used else rf"(?P<{name}>{slot})\s*")
            used.add(name)
        elif token[0] == "[":
            made.append(f"(?:(?:{_either(token[1:-1])})(?!\\w)\\s*)?")
        elif token[0] == "(":
            optional = token.endswith("?")
            made.append(f"(?:(?:{_either(token.strip('()?'))})(?!\\w)\\s*){'?' if optional else ''}")
        else:
            made.append(re.escape(token) + (r"\s*" if token in ":," else r"(?!\w)\s*"))
    return re.compile("".join(made), re.I)


def example(phrase: str) -> str:
    """A phrase as a person would say it: the first of the words to choose from, without what may be left out, and … for inputs."""
    text = re.sub(r"\[[^\]]*\]|\([^)]*\)\?", "", phrase)
    text = re.sub(r"\(([^|)]*)[^)]*\)", r"\1", text)
    return " ".join(re.sub(r"\{([\w-]+)\}", r"‹\1›", text).split())


def _either(text: str) -> str:
    return "|".join(r"\s+".join(re.escape(word) for word in part.split()) for part in text.split("|"))
