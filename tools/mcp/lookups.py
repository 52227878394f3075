"""Calls of local servers that only look something up: known by their names, and let through where the server learns nothing new by them.

A server that says nothing of a tool is taken at its name, since the person has let it in. Once text from outside has been read, what stands in
a call may be what that text wants to carry away: then every word has to be the person's own or the server's own, and nothing may point outward.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping
from typing import Any

from core.gate.coverage import is_phrase_in
from core.gate.provenance import is_in_words_of, words_of
from tools.paths import PRIVATE

LOOKS_UP = frozenset(("get", "list", "read", "search", "find", "show", "describe", "count", "check", "look", "lookup", "view", "retrieve"))
_DEEDS = frozenset(
    (
        "add", "append", "buy", "cancel", "clear", "create", "delete", "destroy", "drop", "erase", "exec", "execute", "insert", "install", "kill", "modify", "overwrite",
        "publish", "purge", "remove", "rename", "replace", "reset", "save", "send", "sql", "submit", "uninstall", "unsubscribe", "upload", "wipe", "write",
    )
)  # fmt: skip
_TURNED = frozenset(("away", "off", "out", "rid"))  # after the verb they make another one of it: check out, get rid of
_JOINS = frozenset(("and", "or", "then"))
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

_OUTWARD_NAME = re.compile(r"(?:^|[_\W])(?:ur[il]|href|link|web(?:site|page|hook)?|host(?:name)?|domain|endpoint|proxy)s?(?:$|[_\W])", re.I)
_ADDRESS = re.compile(
    r"\b[a-z][a-z0-9+.-]*://|\bwww\.|(?:^|[\s\"'(=])(?://|\\\\)[\w\[]|(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\w)|\[[0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*\]"
    r"|(?<![\w@./-])(?:[\w-]+\.)+[a-z]{2,}(?=[/:?#])|^\s*(?:[\w-]+\.)+(?:com|org|net|io|de|fr|uk|eu|info|biz|dev|app|ai|co|xyz)\s*$|\blocalhost\b",
    re.I,
)
_HOME = re.compile(r"(?:^|[\s\"'=:])~(?:[/\\a-z]|$)|\$\{?HOME\b|%USERPROFILE%|(?:^|[/\\])(?:" + "|".join(re.escape(name) for name in PRIVATE) + r")(?:[/\\]|$)", re.I)

MOST_WORDS = 50_000  # that are kept of what a server said; the oldest go first


class HeardWords:
    """The words that a server itself has said, newest last. It cannot learn them from a call."""

    def __init__(self) -> None:
        self._words: dict[str, None] = {}

    def add(self, text: str) -> None:
        for word in words_of(text):
            self._words.pop(word, None)
            self._words[word] = None
        for word in list(self._words)[: max(0, len(self._words) - MOST_WORDS)]:
            del self._words[word]

    def hold(self, values: Mapping[str, Any], request: str, schema: Mapping[str, Any]) -> bool:
        """Whether every word and number of a call stands in the person's request, in what the server said, or in what its schema offers."""
        return is_in_words_of(values, [request], schema, self._words.keys())


def is_lookup(name: str) -> bool:
    """Whether a tool's name says that it looks something up and does nothing else."""
    verb, *rest = [word.lower() for word in _WORD.findall(name)] or [""]
    if verb not in LOOKS_UP or not name[:1].islower() or _DEEDS.intersection(rest) or (rest and rest[0] in _TURNED):
        return False
    joined = [after for before, after in itertools.pairwise([*rest, ""]) if before in _JOINS]
    return all(word in LOOKS_UP or (word.endswith("s") and not word.endswith("ss")) for word in joined)  # "files and folders", not "find and process"


def points_outward(values: Any, name: str = "") -> bool:
    """Whether an argument names a place out there, by its parameter's name or by its form, or one of the person's home."""
    return any(True for _ in outward_values(values, name))


def outward_values(values: Any, name: str = "") -> Iterable[str]:
    """The texts in a call's arguments that point outward."""
    if isinstance(values, Mapping):
        for key, item in values.items():
            yield from outward_values(item, str(key))
    elif isinstance(values, list | tuple):
        for item in values:
            yield from outward_values(item, name)
    elif isinstance(values, str) and values and (_OUTWARD_NAME.search(name) or _ADDRESS.search(values) or _HOME.search(values)):
        yield values


def teaches_nothing(values: Mapping[str, Any], request: str, is_tainted: bool, heard: HeardWords, schema: Mapping[str, Any]) -> bool:
    """Whether a call that looks up may be made unasked: what points outward is the person's own as it stands, and after text from outside every word is the person's or the server's."""
    if not all(is_phrase_in(text, request) for text in outward_values(values)):
        return False
    if not is_tainted and values.keys() <= (schema.get("properties") or {}).keys():
        return True
    return heard.hold({"": dict(values)}, request, schema)  # with the names of arguments, where the schema does not have them
