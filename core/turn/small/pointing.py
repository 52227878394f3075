"""Words that point at one of several things the last answer listed: "the second one", "number 3"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.turn.small.sources import name_pattern

_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")
_POINTS = re.compile(
    rf"\b(?:the )?(?P<word>{'|'.join(_ORDINALS)}|last) (?:one|file|document|entry|of (?:them|these|those))\b|\b(?:number|no\.?|nr\.?|#) ?(?P<digit>\d{{1,2}})\b", re.I
)


def name_what_is_pointed_at(text: str, answer: str, names: Sequence[str]) -> str:
    """The request with the name in place of its number in the last answer; the same where nothing is pointed at, or the answer listed no files."""
    pointed = _POINTS.search(text)
    listed = listed_names(answer, names) if pointed else []
    if pointed is None or len(listed) < 2:
        return text
    at = -1 if (pointed["word"] or "").lower() == "last" else _ORDINALS.index(pointed["word"].lower()) if pointed["word"] else int(pointed["digit"]) - 1
    return text[: pointed.start()] + listed[at] + text[pointed.end() :] if -1 <= at < len(listed) else text


def listed_names(answer: str, names: Sequence[str]) -> list[str]:
    """The paths of ``names`` that an answer lists, in the order in which they stand there."""
    found = []
    for path in names:
        for said in (path, path.rpartition("/")[2]):
            at = re.search(name_pattern(said), answer)
            if at:
                found.append((at.start(), path))
                break
    return [path for _, path in sorted(found)]
