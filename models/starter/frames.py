"""The starter's own language: a request is read into frames, an intent with spans of the request in named slots.

The model says *where* things stand in the request and what is wanted of them; what a span means (a list, "all the PDFs", "the
first five lines", "3.5 miles") is read by code (``objects``, ``amounts``, ``writing``), and frames become calls of tools in ``planning``.
A slot may hold the mark ``IT`` instead of a span: what was named, made or found before.
"""

from __future__ import annotations

from dataclasses import dataclass

IT = "<|it|>"
ASK, OUT, END, TOOL = "<|ask|>", "<|out|>", "<|end|>", "<|tool|>"

SLOTS = {
    "n": "name of a file, folder, program or skill", "i": "folder it happens in", "c": "content, to the letter", "l": "content that is a list", "f": "text to look for in a file",
    "r": "text to put in its place", "o": "what is acted on: a name, several, or a phrase such as 'all the PDFs'", "x": "what is left out", "t": "target", "w": "how much of it, or when",
    "q": "what is searched for", "b": "by what", "e": "expression or command", "v": "value with its unit", "s": "unit it is in", "u": "unit or address", "p": "place", "d": "device", "k": "kind of files",
    "1": "first parameter of a foreign tool, in the order in which the prompt lists them", "2": "second", "3": "third", "4": "fourth", "5": "fifth",
}  # fmt: skip

INTENTS: dict[str, str] = {
    # files
    "mkdir": "ni", "write": "nicl", "append": "clni", "prepend": "clni", "edit": "frni", "cut": "fni", "read": "niw", "list": "kixw", "find": "oqixw", "count": "oi", "lines": "ni", "words": "ni",
    "size": "ni", "when": "ni", "exists": "ni", "move": "oixt", "rename": "oit", "copy": "oixt", "delete": "oix", "zip": "oixt", "unzip": "nit", "sort": "ib", "merge": "oit", "save": "ni",
    # notes, numbers, time
    "note": "c", "notefind": "q", "notes": "", "calc": "e", "convert": "vsu", "time": "p", "date": "", "days": "e",
    # this machine
    "cpu": "", "memory": "", "disk": "", "battery": "", "system": "", "programs": "n", "quit": "n", "url": "u", "app": "n", "open": "ni", "fetch": "u", "web": "q", "paste": "", "clip": "cni", "shell": "e",
    # what later versions carry out
    "remind": "cw", "schedule": "cw", "scheduled": "", "unschedule": "q", "remember": "c", "recall": "q", "forget": "q", "device": "dc", "skill": "nc",
    # talk
    "hi": "", "thanks": "", "bye": "", "help": "", "howto": "q", "who": "", "undo": "", "hold": "", "yes": "", "big": "",
    # tools that no training has seen, whose names and parameters stand in the prompt: the first, second and third of them
    "tool1": "12345", "tool2": "12345", "tool3": "12345",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Frame:
    """One intent with its slots: ``(slot, text)`` in the order of :data:`INTENTS`; the text of a slot may be :data:`IT`."""

    intent: str
    slots: tuple[tuple[str, str], ...] = ()

    def get(self, slot: str) -> str:
        return next((text for name, text in self.slots if name == slot), "")


def special_tokens() -> list[str]:
    """Every token that is no text, in the order in which the vocabulary holds them."""
    return ["<|pad|>", ASK, OUT, END, IT, TOOL, *(f"<|{slot}:|>" for slot in SLOTS), *(f"<|{intent}|>" for intent in INTENTS), *(f"<|spare{n}|>" for n in range(30))]
