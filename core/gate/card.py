"""What a person is shown when they are asked: one text, the same at every front end, with nothing unseen in it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from core.gate.visible import MOST_SHOWN, visible

MOST_KEPT = 2_000_000  # letters of a preview that are kept to be looked at whole
_TEXTS = ("why", "tool", "url")
_DOES = {"read": "reads", "change": "changes", "run": "runs", "send": "sends to", "use": "uses"}
_YES = re.compile(r"y|yes|ok|okay|allow|approve|once|agreed?|ja|j")
_NO = re.compile(r"n|no|nein|deny|refuse|stop|cancel")
Reply = Literal["yes", "no", ""]


def shown_card(data: Mapping[str, Any], approval_id: str) -> tuple[dict[str, Any], str]:
    """The question as it is shown, and its preview whole where it had to be cut (else empty). Letters that are not seen are written out everywhere."""
    whole = visible(str(data.get("preview", ""))[:MOST_KEPT])
    shown = {**data, **{name: visible(str(data[name])) for name in _TEXTS if data.get(name)}, "preview": whole}
    if data.get("origins"):
        shown["origins"] = [visible(str(origin)) for origin in data["origins"]]
    left = len(whole) - MOST_SHOWN
    if left <= 0:
        return shown, ""
    shown["preview"] = f"{whole[:MOST_SHOWN]}\n… {left:,} more letters of this are not shown here: deskhand approvals show {approval_id}"
    return shown, whole


def touched_lines(preview: str, scopes: Sequence[Any]) -> list[str]:
    """A line for each thing that a call would touch and that its preview does not name."""
    unseen = [
        scope
        for scope in scopes
        if scope.kind not in ("none", "argv")
        and (scope.kind == "secret" or scope.value not in preview)
        and not (scope.kind == "path" and scope.inside and _is_named(scope.value, preview))
    ]
    return list(dict.fromkeys(f"({_DOES.get(scope.access, 'uses')} {_named(scope)})" for scope in unseen))


def _named(scope: Any) -> str:
    return f"the secret of {scope.value}" if scope.kind == "secret" else "any address" if scope.value == "*" else str(scope.value)


def _is_named(path: str, preview: str) -> bool:
    """Whether a path of the workspace stands there as a person would write it: by some of its end, the name at least."""
    parts = path.split("/")
    ends = (end for start in range(1, len(parts)) if (end := "/".join(parts[start:])) in preview)
    return any(re.search(rf"(?<![\w/.]){re.escape(end)}(?![\w/])", preview) for end in ends)


def read_reply(text: str) -> Reply:
    """What a person's words say to a question: a plain yes, a plain no, or neither. "Ok, but first show me" is no yes."""
    said = " ".join(text.split()).casefold().rstrip(".!")
    said = re.sub(r",? (?:please|bitte|thanks|thank you|danke)$", "", said)
    return "yes" if _YES.fullmatch(said) else "no" if _NO.fullmatch(said) else ""
