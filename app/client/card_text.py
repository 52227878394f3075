"""A question for consent in words, as the terminal shows it and the window does: the same sentences in the same order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PLAN, FORM, SAMPLING, STEP = "Shall I follow this plan?", "{tool} asks you something", "May {tool} ask your model?", "May I use {tool}?"
WHY, OUTSIDE, SOURCES = "Why I ask: {why}.", "Part of it comes from outside this conversation.", "It acts on words from: {sources}"
TITLES = {"plan": PLAN, "form": FORM, "sampling": SAMPLING}


def title_of(data: Mapping[str, Any]) -> str:
    """The sentence that stands above, with ``{tool}`` in it."""
    return TITLES.get(str(data.get("kind")), STEP)


def card_text(data: Mapping[str, Any]) -> str:
    """All of it, a line each; the preview last."""
    origins = [str(origin) for origin in data.get("origins") or ()]
    why = WHY.format(why=str(data.get("why", "")).rstrip("."))
    lines = [title_of(data).format(tool=data.get("tool", "")), f"{why} {OUTSIDE}" if data.get("tainted") and not origins else why]
    lines += [SOURCES.format(sources="; ".join(origins))] if origins else []
    return "\n".join([*lines, str(data.get("preview", "")), *filter(None, [str(data.get("url") or "")])])
