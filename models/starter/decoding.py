"""Decoding the starter's plan under a mask: only known tools, only their arguments, and arguments copied from the request
character by character. Runs inside the worker.

The model writes whole JSON skeletons as single tokens (``{"tool":"file_write","args":{"path":"``), so a plan is about
eleven tokens. An argument is a span of the request; it may end only where a word ends.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

TOOLS: dict[str, tuple[str, ...]] = {
    "file_write": ("path", "text"), "file_append": ("path", "text"), "file_read": ("path",), "file_list": ("path",), "file_move": ("src", "dst"),
    "file_copy": ("src", "dst"), "file_delete": ("path",), "file_find": ("query", "path"), "make_dir": ("path",), "note_add": ("text",), "note_find": ("query",),
    "note_list": (), "remind": ("text", "when"), "remind_list": (), "schedule": ("task", "days", "at"), "schedule_every": ("task", "every"),
    "memory_save": ("text",), "memory_get": ("query",), "calc": ("expr",), "convert": ("value", "from", "to"), "datetime": ("what",), "sysinfo": ("what",),
    "proc_list": (), "proc_kill": ("name",), "open_url": ("url",), "open_app": ("name",), "web_search": ("query",), "web_fetch": ("url",), "shell": ("cmd",),
    "clip_get": (), "clip_set": ("text",), "device_send": ("device", "task"), "skill_run": ("name",), "reply": ("kind",),
}  # fmt: skip
FREE = {
    ("calc", "expr"),
    ("convert", "value"),
    ("convert", "from"),
    ("convert", "to"),
    ("schedule", "days"),
    ("schedule", "at"),
    ("schedule_every", "every"),
    ("datetime", "what"),
    ("sysinfo", "what"),
    ("reply", "kind"),
}
OPTIONAL = {("file_find", "path")}
MAX_STEPS, MAX_TOKENS = 4, 120
Logits = Callable[[list[int], bool], Any]


class Decoder:
    """Greedy decoding with the mask. ``logits(tokens, fresh)`` gives log-probabilities after more tokens."""

    def __init__(self, vocabulary: Any, logits: Logits) -> None:
        self._vocabulary, self._logits = vocabulary, logits
        ids = vocabulary.ids
        self._start = {ids[_skeleton(tool)]: tool for tool in TOOLS}
        self._next = {argument: ids[f'","{argument}":"'] for arguments in TOOLS.values() for argument in arguments[1:]}
        self._open, self._close, self._comma, self._end_args, self._eos = (ids[text] for text in ("[", "]", ",", '"}}', "<|end|>"))
        self._outputs = [ids["{{1.output}}"], ids["{{2.output}}"]]
        structural = {*self._start, *self._next.values(), self._end_args, self._eos, *self._outputs, *range(5)}
        structural |= {token for token, text in enumerate(vocabulary.texts) if text.startswith('{"') or '"' in text or "{{" in text}
        self._plain = [token for token in range(len(vocabulary.texts)) if token not in structural]
        self._longest = max(map(len, vocabulary.texts))

    def decode(self, request: str) -> tuple[list[dict[str, Any]], float, tuple[int, int]]:
        """``(steps, lowest token probability, (prompt tokens, output tokens))``."""
        prompt = self._vocabulary.encode(f"<|plan|> {request}<|out|>")[-400:]
        machine = _Machine(self, " " + request)
        scores, lowest, fed, first = None, 0.0, prompt, True
        for used in range(MAX_TOKENS):
            scores = self._logits(fed, first)
            allowed = machine.allowed()
            token = max(allowed, key=lambda item: scores[item]) if allowed else self._eos
            lowest = min(lowest, float(scores[token]))
            if token == self._eos or not allowed:
                return machine.steps, math.exp(lowest), (len(prompt), used + 1)
            machine.push(token)
            fed, first = [token], False
        return [], 0.0, (len(prompt), MAX_TOKENS)


class _Machine:
    """Where in the plan's grammar the decoding stands."""

    def __init__(self, decoder: Decoder, request: str) -> None:
        self._d, self._request = decoder, request
        self._state, self._tool, self._argument, self._text, self._ref = "[", "", 0, "", ""
        self.steps: list[dict[str, Any]] = []

    def allowed(self) -> list[int]:
        d = self._d
        if self._state == "[":
            return [d._open]
        if self._state == "step":
            return list(d._start)
        if self._state == "after":
            return [d._close, *([d._comma] if len(self.steps) < MAX_STEPS else [])]
        if self._state == "eos":
            return [d._eos]
        return self._inside()

    def _inside(self) -> list[int]:
        key = (self._tool, TOOLS[self._tool][self._argument])
        closers = self._closers() if self._text or self._ref else []
        if self._ref:
            return closers
        outputs = self._d._outputs[: min(2, len(self.steps) - 1)] if not self._text else []
        if key in FREE:
            return [*self._d._plain, *closers] if len(self._text) < 60 else closers
        following, boundary = self._copies()
        return [*following, *outputs, *(closers if boundary else [])] or closers

    def _closers(self) -> list[int]:
        arguments = TOOLS[self._tool]
        if self._argument + 1 == len(arguments):
            return [self._d._end_args]
        closers = [self._d._next[arguments[self._argument + 1]]]
        return [*closers, self._d._end_args] if (self._tool, arguments[self._argument + 1]) in OPTIONAL else closers

    def _copies(self) -> tuple[list[int], bool]:
        """Tokens that go on copying, and whether the span may end here."""
        request, text, ids = self._request, self._text, self._d._vocabulary.ids
        if text:
            ends = [match.end() for match in re.finditer(re.escape(text), request) if _word_starts(request, match.start())]
        else:
            ends = [at for at in range(len(request)) if _word_starts(request, at)]
        found = {ids[request[end : end + size]] for end in ends for size in range(1, self._d._longest + 1) if end + size <= len(request) and request[end : end + size] in ids}
        return [token for token in found if token not in self._d._start], any(_word_ends(request, end) for end in ends)

    def push(self, token: int) -> None:
        d = self._d
        if self._state == "[":
            self._state = "step"
        elif self._state == "step":
            self._tool, self._argument, self._text, self._ref = d._start[token], 0, "", ""
            self.steps.append({"tool": self._tool, "args": {}})
            self._state = "arg" if TOOLS[self._tool] else "after"
        elif self._state == "after":
            self._state = "step" if token == d._comma else "eos"
        elif token == d._end_args or token in d._next.values():
            self.steps[-1]["args"][TOOLS[self._tool][self._argument]] = self._ref or self._text.strip().strip("\"'`“”")
            self._argument, self._text, self._ref = self._argument + 1, "", ""
            self._state = "after" if token == d._end_args else "arg"
        elif token in d._outputs:
            self._ref = "{{s%d.output}}" % (d._outputs.index(token) + 1)
        else:
            self._text += d._vocabulary.texts[token]


def _skeleton(tool: str) -> str:
    arguments = TOOLS[tool]
    return '{"tool":"%s","args":{"%s":"' % (tool, arguments[0]) if arguments else '{"tool":"%s","args":{}}' % tool


def _word_starts(text: str, at: int) -> bool:
    return at == 0 or not text[at - 1].isalnum() or text[at].isspace()


def _word_ends(text: str, at: int) -> bool:
    return at >= len(text) or not (text[at].isalnum() and text[at - 1].isalnum())
