"""A follow-up that only names another thing ("olive.txt as well", "same again for client_b") as the request that it stands for."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.language.words import STOP_WORDS, fold, words_of
from core.turn.small.sources import name_pattern
from core.turn.small.workspace_files import Entry

_AGAIN_WORDS = "same again also too well ditto likewise now next then do one other another auch nochmal dasselbe gleiche ebenso lo mismo aussi pareil"
_AGAIN = frozenset(_AGAIN_WORDS.split())
MOST_WORDS = 14
_ASKS_OTHER = re.compile(r"(?:(?:and|what about|how about|und|et|y)\s+)+(?:for |in |of |the |für |in )*(?P<sort>[^\W\d]+) (?P<which>\d+|[A-Za-z])\s*\??", re.I)


def restate(text: str, before: str, entries: Sequence[Entry]) -> str:
    """``before`` with the files or folders that ``text`` names in place of the one of that kind that it named; empty where more is said, or nothing fits."""
    if len(text.split()) > MOST_WORDS or not before:
        return ""
    if other := _other_one(text, before):
        return other
    named = [entry for entry in entries if _stands(entry.name, text) or _stands(entry.path, text)]
    old = [entry for entry in entries if entry not in named and (_stands(entry.name, before) or _stands(entry.path, before))]
    carried = {word for entry in named for word in words_of(entry.path)}
    if not named or any(word not in carried and word not in _AGAIN and word not in STOP_WORDS for word in words_of(text)):
        return ""
    same = [entry for entry in old if all(entry.is_folder == other.is_folder and (entry.is_folder or entry.ending == other.ending) for other in named)]
    if len(same) != 1:
        return ""
    said = same[0].path if _stands(same[0].path, before) else same[0].name
    new = " and ".join(entry.path for entry in named)
    return re.sub(name_pattern(said), lambda _: new, before, flags=re.I)


def _other_one(text: str, before: str) -> str:
    """``before`` with another one of a sort: "and flat 3?" after "what is the rent of flat 2?"; empty where ``text`` says more, or no such one was named."""
    said = _ASKS_OTHER.fullmatch(text.strip())
    if said is None:
        return ""
    old = re.findall(rf"(?<!\w){re.escape(said['sort'])} (?:\d+|[A-Z])(?!\w)", before, re.I)
    return before.replace(old[0], f"{said['sort']} {said['which']}") if len(old) == 1 and old[0].casefold() != f"{said['sort']} {said['which']}".casefold() else ""


def _stands(name: str, text: str) -> bool:
    return re.search(name_pattern(fold(name)), fold(text)) is not None
