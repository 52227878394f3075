"""Where a result is to be kept, and what the request is without that."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.language.words import content_stems
from core.turn.small.sources import spoken_names

_NAME = r"[\"'“`]?(?P<{group}>(?:[\w~-]+/)*[\w~() -]*?[\w()~-]+\.[a-z][a-z0-9]{{0,5}})[\"'”`]?"
_PLAIN = r"(?P<{group}>(?:[\w~-]+/)*[\w~()-]+\.[a-z][a-z0-9]{{0,5}})"
_SPACED = (  # of several words, where nothing but a name can come: "saved as extension letter.txt"
    r"(?P<{group}>(?:[\w~-]+/)*(?:(?!(?:in|into|to|and|or|the|a|an|of|for|with|from|at|on|by|my|our|your|it|that|as|is)\b)[\w~()-]+ ){{0,3}}[\w~()-]+\.[a-z][a-z0-9]{{0,5}})"
)
_SAVE = r"(?:save|saved|keep|kept|store|put|write|written|note|record|list|make|turn|convert|collect|gather|set|stick|pop|jot|copy out|extract|export|translate|enter|draft|create|prepare|speicher\w*|schreib\w*|leg\w*)"
_TO = r"(?:as|in|into|to|under|called|named|unter|als|nach|en|dans)"
_TARGET = re.compile(
    rf"\b{_SAVE}\b[^.?!\n]*?\b{_TO}\s+(?:a |the |new |one |text |file |called |named |with the name )*[\"'“`]?{_PLAIN.format(group='one')}|\b(?:as|into|->|→)\s*[\"'“`]?{_PLAIN.format(group='two')}",
    re.I,
)
_CALLED = re.compile(rf"\b{_SAVE}\b[^.?!\n]*?\b(?:as|called|named|unter|als|namens) [\"'“`]?{_SPACED.format(group='one')}", re.I)
_MADE = re.compile(
    rf"\b(?:make|create|prepare|write|start|produce|build)\b\s+(?:me\s+|us\s+)?(?:a |the |one |new |file,? |table,? |list,? |text |called |named )*[\"'“`]?{_SPACED.format(group='one')}",
    re.I,
)
_APPEND = re.compile(
    rf"\b(?:add|append|put|stick|chuck|write|enter)\b.*?\b(?:to|at|on|in|into)\b (?:the )?(?:very )?(?:(?:end|bottom|foot) of )?(?:the )?(?:list |file )?{_PLAIN.format(group='one')}",
    re.I,
)
_SAVING = r",?\s*(?:and |then )*(?:please )?\b(?:save|keep|store|put|write|kept|saved) (?:it|this|that|them|these|the \w+|the result)?\s*(?:down )?(?:as|in|into|to|under) (?:a |the |new |file |called |named )*[\"'“`]?{name}[\"'”`]?"


@dataclass(frozen=True, slots=True)
class Target:
    """``path`` is the file to be written, empty for none; ``asked`` the request without it; ``is_added``: what it holds is to stay."""

    path: str
    asked: str
    is_added: bool = False


def find_target(text: str, existing: tuple[str, ...] = ()) -> Target:
    """The file that a request wants its result in. A file that is there already is one only where something is added to it or it is said to be saved there."""
    spoken = spoken_names(text)
    names = [match.group("one") for match in _CALLED.finditer(spoken)]
    names = names or [match.group(group) for match in _TARGET.finditer(spoken) for group in ("one", "two") if match.group(group)]
    names = names or [match.group("one") for match in _MADE.finditer(spoken)]
    there = {path.casefold() for path in existing} | {path.casefold().rpartition("/")[2] for path in existing}
    fresh = [name for name in names if name not in there]
    if fresh:
        name = _as_written(fresh[-1], text)
        return Target(name, without_saving(text, name))
    if added := _APPEND.search(spoken):
        return Target(_as_written(added["one"], text), text, added["one"] in there)
    if saved := re.search(rf"\b(?:save|keep|store)\b[^.?!]*\b(?:as|in|into|to)\s+{_PLAIN.format(group='one')}", spoken):
        name = _as_written(saved["one"], text)
        return Target(name, without_saving(text, name))
    return Target("", text)


def _as_written(name: str, text: str) -> str:
    """A folded name with the letters that the person wrote."""
    at = text.casefold().find(name)
    return text[at : at + len(name)] if at >= 0 else name


def without_saving(text: str, name: str) -> str:
    """The request without the words about where its result goes."""
    quoted = re.escape(name)
    short = re.sub(_SAVING.format(name=quoted), "", text, flags=re.I)
    short = re.sub(rf"\s+(?:in|into|as|to) (?:a |the |new |file |called |named )*[\"'“`]?{quoted}[\"'”`]?", "", short, flags=re.I)
    short = re.sub(r"\s+", " ", short).strip(" ,;")
    carried, left = set(content_stems(text)) - set(content_stems(name)), set(content_stems(short))
    return short if len(left & carried) * 2 > len(carried) else text
