"""A request's messages as tokens, so that what was read before stays a beginning of it.

Marks of the vocabulary that stand in what people, files or tools say are read as plain letters: nobody ends a turn but the template.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from models.llama.context import Context
from models.llama.template import ChatTemplate

Wire = dict[str, Any]
# no characters of Unicode, kept free for a program's own use
_GUARD = "\ufdd0"  # between two pieces that are made into tokens apart
_MARK = re.compile(r"<[^<>\s]{1,64}>|\[/?[A-Z_]{2,32}\]")
_NO_LETTER = "\ufffd"
_KEPT = 4  # replies whose very tokens are kept
_NOBODY = "\ufdd1"  # stands where the first message of the person would
_OPENED = re.compile(r"<(?:think|thinking|thought|reasoning)>\s*\Z|\[THINK\]\s*\Z|<\|START_THINKING\|>\Z")


@dataclass(frozen=True, slots=True)
class Prompt:
    """``tokens`` of ``text``; the first ``head`` are the same for every request with these rules and tools; ``opened``: it begins the thinking."""

    text: str
    tokens: list[int]
    head: int
    opened: bool


class PromptBuilder:
    """Prompts of one model."""

    def __init__(self, context: Context, template: ChatTemplate) -> None:
        self._context, self._template = context, template
        self._marks: dict[str, bool] = {}
        self._spoken: list[tuple[str, list[int]]] = []  # prompts with their replies, as text and as the tokens that were written

    def build(self, messages: list[Wire], tools: list[Wire], written: str = "") -> Prompt:
        """Raises :class:`models.llama.template.TemplateError`. ``written`` is the beginning of the reply that is to be gone on with."""
        text = self._template.render([self._guarded(message) for message in messages], tools)
        opened = bool(_OPENED.search(text[-64:]))
        tokens = self._tokens(text + written)
        return Prompt(text + written, tokens, self._head(messages, tools, tokens), opened)

    def remember(self, prompt: Prompt, reply: list[int], written: str) -> None:
        """The next prompt begins with this one and ``written``, whose tokens are ``reply``."""
        if _NO_LETTER not in written:  # else the text does not say what the tokens were
            self._spoken = [*self._spoken, (prompt.text + written, [*prompt.tokens, *reply])][-_KEPT:]

    def _tokens(self, text: str) -> list[int]:
        """Tokens that were written stay as they were, also where reading the same text would cut it elsewhere."""
        spoken = [pair for pair in self._spoken if text.startswith(pair[0])]
        before, kept = max(spoken, key=lambda pair: len(pair[0]), default=("", list[int]()))
        rest = text[len(before) :].split(_GUARD)
        return [*kept, *(token for number, piece in enumerate(rest) if piece for token in self._context.tokenize(piece, not kept and number == 0))]

    def _head(self, messages: list[Wire], tools: list[Wire], tokens: list[int]) -> int:
        """Tokens that come before anything a person says; 0 where the template puts that first."""
        rules = [message for message in messages[:1] if message["role"] in ("system", "developer")]
        text = self._template.render([*rules, {"role": "user", "content": _NOBODY}], tools).partition(_NOBODY)[0]
        head = self._context.tokenize(text, True)
        return next((number for number, (one, other) in enumerate(zip(head, tokens, strict=False)) if one != other), min(len(head), len(tokens)))

    def _guarded(self, message: Wire) -> Wire:
        content = message.get("content") or ""
        if message["role"] not in ("user", "tool") or not ("<" in content or "[" in content):
            return message
        return {**message, "content": _MARK.sub(self._broken, content.replace(_GUARD, ""))}

    def _broken(self, match: re.Match[str]) -> str:
        text = match.group(0)
        if text not in self._marks:
            tokens = self._context.tokenize(text)
            self._marks[text] = any(self._context.is_control(token) or self._context.is_end(token) for token in tokens)
        return f"{text[:1]}{_GUARD}{text[1:]}" if self._marks[text] else text
