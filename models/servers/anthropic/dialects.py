"""What a model of the Messages API takes: known from the catalogue, or learnt from its refusal of a request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from models.servers.errors import ServerRefusal
from models.servers.refused import find_refused_field
from models.servers.served import ServedModel

_OPTIONAL = ("output_config", "thinking", "stop_sequences", "stream")
_ADAPTIVE = re.compile(r"claude-(?:opus|sonnet|haiku|fable)-(?:4-[6-9]|[5-9]|\d\d)")  # for those that the catalogue does not know; Haiku 4.5 is the last one without
_NO_PICTURES = re.compile(r"\bimage\w*\b.{0,80}\b(?:not|unsupported|no|only)\b|does not support.{0,40}\b(?:image|vision)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MessagesDialect:
    """``thinks``: it is asked to think as much as it needs (adaptive), with the effort ``effort`` (empty: its own).

    ``without`` are parts of a request that are left out, ``has_cache``: marks say what it may keep; ``sees``: whether pictures may be sent.
    """

    thinks: bool = False
    effort: str = ""
    has_cache: bool = True
    without: frozenset[str] = frozenset()
    sees: bool | None = True


def messages_dialect_of(model: str, served: ServedModel = ServedModel()) -> MessagesDialect:
    """What is known before anything was asked. Temperatures are never sent: from Opus 4.7 on any is refused."""
    return MessagesDialect(
        thinks=bool(served.profile.efforts) or bool(_ADAPTIVE.match(model)),
        effort=served.effort,
        sees=True if served.vision is None and model.startswith("claude") else served.vision,
    )


def learn_messages(dialect: MessagesDialect, refusal: ServerRefusal, body: Mapping[str, Any]) -> MessagesDialect | None:
    """What the server will take instead; None where its refusal was about something else."""
    if refusal.status not in (0, 400, 422) or refusal.is_overflow or refusal.is_about_money:
        return None
    if dialect.has_cache and "cache_control" in refusal.said:
        return replace(dialect, has_cache=False)
    if dialect.thinks and re.search(r"\bthinking\b|adaptive", refusal.said):
        return replace(dialect, thinks=False)
    if dialect.sees is not False and _NO_PICTURES.search(refusal.said):
        return replace(dialect, sees=False)
    if field := find_refused_field(refusal, body, _OPTIONAL):
        return replace(dialect, without=dialect.without | {field})
    return None


def dump_messages_dialect(dialect: MessagesDialect, known: MessagesDialect) -> dict[str, Any]:
    """What was learnt: the fields that differ from what was known, as JSON."""
    before = asdict(known)
    return {key: sorted(value) if key == "without" else value for key, value in asdict(dialect).items() if value != before[key]}


def load_messages_dialect(known: MessagesDialect, found: Mapping[str, Any]) -> MessagesDialect:
    """What was known, with what was learnt; fields that are not (or no longer) ours are passed over."""
    values: dict[str, Any] = {key: frozenset(value) if key == "without" else value for key, value in found.items() if key in asdict(known)}
    return replace(known, **values)
