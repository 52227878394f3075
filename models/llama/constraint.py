"""Holds decoding to a grammar, by llguidance: the token that was chosen is checked, and only where it is refused the others are masked.

A grammar that cannot be compiled, or a matcher that fails, constrains nothing; it never ends the process.
"""

from __future__ import annotations

import json
import logging
import re
import threading
from functools import cached_property
from typing import Any

import numpy

from models.llama.context import Context

log = logging.getLogger("deskhand.worker")
_KEPT = 16  # compiled grammars
_MARK = re.compile(r"(<[^<>\s]{1,64}>|\[/?[A-Z_]{2,32}\])")


class Grammars:
    """Compiled grammars for one vocabulary. Reading the vocabulary takes up to a second, so it is done beside the reading of a prompt."""

    def __init__(self, context: Context, vocabulary: int, ends: list[int]) -> None:
        self._context, self._vocabulary, self._ends = context, vocabulary, ends
        self._compiled: dict[str, Any] = {}
        self._lock = threading.Lock()

    @property
    def usable(self) -> bool:
        """Whether anything can be held to a grammar."""
        return self._tokenizer is not None

    def prepare(self) -> None:
        """Begin to read the vocabulary, and go on."""
        threading.Thread(target=lambda: self._tokenizer, daemon=True).start()

    def compile(self, grammar: str) -> Constraint | None:
        """A fresh constraint, None where there is no llguidance or it refuses the grammar."""
        if self._tokenizer is None:
            return None
        if grammar not in self._compiled:
            from llguidance import LLMatcher

            matcher = LLMatcher(self._tokenizer, grammar, log_level=0)
            if said := matcher.get_error():
                log.warning("a grammar was refused and constrains nothing: %s", said[:300])
            if len(self._compiled) >= _KEPT:
                self._compiled.pop(next(iter(self._compiled)))
            self._compiled[grammar] = None if said else matcher
        matcher = self._compiled[grammar]
        return Constraint(matcher.deep_copy(), self._tokenizer) if matcher else None

    def literal(self, text: str) -> str:
        """A text in a grammar; marks that are one token of the vocabulary are named by their number."""
        parts = [self._part(part) for part in _MARK.split(text) if part]
        return " ".join(parts) or '""'

    def _part(self, part: str) -> str:
        tokens = self._context.tokenize(part) if _MARK.fullmatch(part) else []
        is_mark = len(tokens) == 1 and self._tokenizer.is_special_token(tokens[0])
        return f"<[{tokens[0]}]>" if is_mark else json.dumps(part, ensure_ascii=False)

    @cached_property
    def _tokenizer(self) -> Any:
        with self._lock:
            if "_tokenizer" in self.__dict__:  # another thread has made it meanwhile
                return self.__dict__["_tokenizer"]
            try:
                from llguidance.llamacpp import lltokenizer_from_vocab
            except ImportError:
                log.warning("llguidance is not installed: calls and schemas are not held to a grammar")
                return None
            made = lltokenizer_from_vocab(self._context.vocab, self._vocabulary, self._ends)
            self.__dict__["_tokenizer"] = made
            return made


class Constraint:
    """One reply's way through a grammar."""

    def __init__(self, matcher: Any, tokenizer: Any) -> None:
        self._matcher, self._tokenizer = matcher, tokenizer

    @property
    def is_done(self) -> bool:
        """Whether nothing more can be written; the reply ends here."""
        return bool(self._matcher.is_stopped()) and not self.has_failed

    @property
    def has_failed(self) -> bool:
        """Whether it can no longer constrain anything."""
        return bool(self._matcher.is_error())

    def allows(self, token: int) -> bool:
        """Whether the token may come next."""
        return bool(self._matcher.validate_tokens([token]) == 1)

    def mask(self, logits: Any) -> Any:
        """A copy in which what may not come next is -inf."""
        bits = numpy.unpackbits(numpy.frombuffer(self._matcher.compute_bitmask(), numpy.uint8), bitorder="little")[: len(logits)]
        return numpy.where(bits.astype(bool), logits, -numpy.inf) if bits.any() else logits

    def accept(self, tokens: list[int]) -> bool:
        """Go on behind ``tokens``; where they may not come, nothing changes."""
        return bool(self._matcher.validate_tokens(tokens) == len(tokens) and self._matcher.consume_tokens(tokens))

    def accept_text(self, text: str) -> bool:
        """Go on behind a text that was written before the constraint began."""
        return self.accept(self._tokenizer.greedy_tokenize(text)) if text else True

    def forced(self) -> list[int]:
        """Tokens that are the only way to go on; they need not be asked for."""
        return list(self._matcher.compute_ff_tokens())
