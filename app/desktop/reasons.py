"""Why the core asks, in the person's language: it says so in English, in a few sentences with names in them."""

from __future__ import annotations

import re

from app.desktop.text import tr

SENTENCES = (
    "it cannot be undone",
    "it leaves this machine",
    "it is outside the workspace",
    "it would read something private",
    "it goes on by itself",
    "an inline interpreter can do anything",
    "it would act on text that came from outside",
    "you want to see such plans before they run",
    "the planner is not sure",
    "{path} is what I took your words for",
    "{name} is a file's name, written as a text",
    "{path} would be emptied",
    "a cap is reached",
    "the MCP server {server} was called and wants to know it",
    "the MCP server {server} was called, wants a model to write an answer to this, and gets what it writes",
    "the skill {skill} does not say that it uses {tool}",
    "the skill {skill} does not say that it reaches {host}",
    "{tool} is not among the tools of this schedule",
    "what was read earlier in this conversation",
    "AGENTS.md of this folder, which you have not said that you trust",
    "what went wrong before it, as another program told it",
    "the machine that sent it",
)
_FORMS = tuple((sentence, re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(sentence)))) for sentence in SENTENCES)


def reason(said: str) -> str:
    """The same in the person's language; as it is where it is none of these (a reviewer's words, say)."""
    for sentence, form in _FORMS:
        if match := form.fullmatch(said):
            return tr(sentence, **match.groupdict())
    return said


__all__ = ["SENTENCES", "reason"]
