"""What has changed between two texts: found by code, line by line, and told as it stands."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from core.turn.act.closing import LoopEnd
from core.turn.small.hands import SmallTurn
from core.turn.small.material import Document
from core.turn.small.request import SmallRequest

_COMPARES = re.compile(r"\b(?:compare|comparison|differ\w*|chang(?:e|es|ed)|diff|what is new|what's new|unterschied\w*|geändert|vergleich\w*)\b", re.I)
MOST = 16  # differences that are told


def is_comparison(text: str, files: Sequence[str]) -> bool:
    """Whether a request asks what differs between two documents."""
    return len(files) == 2 and bool(_COMPARES.search(text))


def differences(old: str, new: str) -> list[tuple[str, str]]:
    """Pairs of passages that differ; one of a pair is empty where something was added or left out."""
    left, right = _passages(old), _passages(new)
    found: list[tuple[str, str]] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, [_plain(one) for one in left], [_plain(one) for one in right], autojunk=False).get_opcodes():
        if kind != "equal":
            found += _paired(left[a:b], right[c:d])
    return found


def _passages(text: str) -> list[str]:
    """Lines; one that was only broken to fit a page goes on with the next."""
    lines: list[str] = []
    for line in text.splitlines():
        if not line.strip():
            continue
        if lines and re.match(r"\s*[a-z(]", line) and len(lines[-1]) > 55:
            lines[-1] += " " + line.strip()
        else:
            lines.append(line.strip())
    return lines


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"^\s*(?:[-*•]\s+)?(?:\d{1,3}[.)]\s+|§ ?\d+\s+)?", "", text)).casefold()


def _paired(old: Sequence[str], new: Sequence[str]) -> list[tuple[str, str]]:
    """Lines that are alike belong together; the others stand alone."""
    left, pairs = list(new), list[tuple[str, str]]()
    for line in old:
        best = max(left, key=lambda other: difflib.SequenceMatcher(None, line, other).ratio(), default="")
        if best and difflib.SequenceMatcher(None, line, best).ratio() > 0.45:
            left.remove(best)
            pairs.append((line, best))
        else:
            pairs.append((line, ""))
    return [*pairs, *(("", line) for line in left)]


def tell_differences(turn: SmallTurn, request: SmallRequest, documents: Sequence[Document]) -> LoopEnd:
    """The differences, old before new where the names or the request say which is older."""
    old, new = documents
    if re.sub(r"\D", "", old.name) > re.sub(r"\D", "", new.name) or re.search(r"\bold\b|_old|alt\b", new.name, re.I):
        old, new = new, old
    pairs = differences(old.text, new.text)
    if not pairs:
        return turn.finish(f"{old.name} and {new.name} say the same.")
    lines = [f"- {before} → {after}" if before and after else f"- new: {after}" if after else f"- no longer: {before}" for before, after in pairs[:MOST]]
    more = f"\n- and {len(pairs) - MOST} more" if len(pairs) > MOST else ""
    return turn.finish(f"From {old.name} to {new.name} this has changed:\n" + "\n".join(lines) + more)
