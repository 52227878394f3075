"""Why the core asks, chooses or refuses, in the person's language: it says so in English, in a few sentences with names in them."""

from __future__ import annotations

import re

from app.desktop.text import tr

SENTENCES = (
    "it cannot be undone",
    "it leaves this machine",
    "it is outside the workspace",
    "it would read something private",
    "it goes on by itself",
    "it would have more rights than the box gives",
    "it would change what is private, or what programs obey",
    "it would send to an address that your words do not name",
    "it would read something private, and its text would go to {host}",
    "{hub} may not {right} on this machine",
    "{hub} may {right} in its folder only, and this touches {path}",
    "rule {rule} asks about {tool} on {scope}",
    "rule {rule} denies {tool} on {scope}",
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
    "it would write instructions for later, after text from outside was read",
    "it would write instructions for later, and your words do not name that file",
    "you asked to be told something, not for this change",
    "text from outside was read, and your words do not name what would be lost",
    "a document was read, and your words do not ask for this",
    # why a request went this way: core.turn
    "{model} is chosen and is not here any more: {other} answers instead.",
    "You want to see the plan first.",
    "You want to see every plan before it runs.",
    "It runs with nobody there, so that all of it is checked before it begins.",
    "It names another of your machines.",
    "Every word of it was read for sure, so no bigger model is needed.",
    "The model plans; it is not given tools to call one by one.",
    "It is a greeting.",
    "It names files of this folder.",
    "It may need something of this machine.",
    "Nothing of this machine is needed to answer it.",
    "It takes a look at what is there ({tool}).",
    "Its steps were given with it.",
    "Code knows the answer.",
    "It takes several steps, or a step that is looked at first.",
    "The built-in starter read it for sure.",
    "It needs no tool.",
    "One step does it.",
    "The skill {skill} has a recipe for it.",
    "It hands work to another machine.",
    "The model proposes a plan.",
    "What was read for sure could not be done, so that the model takes it on.",
    "It asks for the last change to be taken back.",
    "It cannot be undone.",
    "It leaves this machine.",
    "It changes {count} files, more than {most}.",
    # how a model fits: models.fit
    "all of it in memory, on the processor",
    "all of it in memory, on the processor, with {n} tokens of context instead of {wanted}",
    "{n} of {count} layers on {card}",
    "{model} needs {size} on this machine, and {free} are free for it.",
)
_FORMS = tuple((sentence, re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(sentence)))) for sentence in SENTENCES)


def reason(said: str) -> str:
    """The same in the person's language; as it is where it is none of these (a reviewer's words, say)."""
    for sentence, form in _FORMS:
        if match := form.fullmatch(said):
            return tr(sentence, **match.groupdict())
    return said


__all__ = ["SENTENCES", "reason"]
