"""A question for consent in words, as the terminal shows it and the window does: the same sentences in the same order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PLAN, FORM, SAMPLING, STEP = "Shall I follow this plan?", "{tool} asks you something", "May {tool} ask your model?", "May I use {tool}?"
WHY, OUTSIDE, SOURCES = "Why I ask: {why}.", "Part of it comes from outside this conversation.", "It acts on words from: {sources}"
TITLES = {"plan": PLAN, "form": FORM, "sampling": SAMPLING}
DEEDS = {  # a person's words for what is asked about most; every other tool is called by its name
    "shell.run": "May I run this command?", "code.run": "May I run this program?", "program": "May I run this program?", "files.delete": "May I delete this?",
    "files.write": "May I write this file?", "files.append": "May I add to this file?", "files.edit": "May I change this file?", "files.move": "May I move this?",
    "files.copy": "May I copy this?", "files.read": "May I read this?", "documents.read": "May I read this?", "web.fetch": "May I open this page?",
    "web.search": "May I search the web for this?", "browser.open": "May I open this page?", "open.url": "May I open this page?", "mail.send": "May I send this mail?",
    "memory.add": "May I remember this?", "device.ask": "May I ask another machine?",
}  # fmt: skip


def title_of(data: Mapping[str, Any]) -> str:
    """The sentence that stands above, with ``{tool}`` in it."""
    return TITLES.get(str(data.get("kind"))) or DEEDS.get(str(data.get("tool")), STEP)


def card_text(data: Mapping[str, Any]) -> str:
    """All of it, a line each; the preview last."""
    origins = [str(origin) for origin in data.get("origins") or ()]
    why = WHY.format(why=str(data.get("why", "")).rstrip("."))
    lines = [title_of(data).format(tool=data.get("tool", "")), f"{why} {OUTSIDE}" if data.get("tainted") and not origins else why]
    lines += [SOURCES.format(sources="; ".join(origins))] if origins else []
    return "\n".join([*lines, str(data.get("preview", "")), *filter(None, [str(data.get("url") or "")])])
