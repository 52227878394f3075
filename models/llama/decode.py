"""Reads a prompt and writes a reply, token by token, on a context of llama.cpp.

A token that was chosen is written at once; one that a grammar refuses is chosen again among those that it allows. What a grammar leaves
no choice about is read with the token before it, in one batch.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy

from models.llama.constraint import Constraint
from models.llama.context import Context
from models.llama.sampling import Sampler, chance_of, is_repeating
from models.llama.writing import TextWriter

Emit = Callable[[dict[str, Any]], None]
Arm = Callable[[str], Constraint | None]  # hears each piece of text; what the rest must keep to, once something must
_FIRST_STEP, _QUICK = 64, 0.4  # tokens of the first batch; seconds under which the next is twice as large, so that progress is told about each second
_LOOK_EVERY = 16  # tokens between two looks for repetition


@dataclass(frozen=True, slots=True)
class Job:
    """What to read and how to answer. ``reused`` tokens of ``prompt`` are held already; ``head`` of them are the same in every request."""

    prompt: list[int]
    reused: int
    max_tokens: int
    temperature: float = 0.0
    stops: tuple[str, ...] = ()
    head: int = 0


@dataclass(slots=True)
class Outcome:
    """How the reply came out. ``reason`` is ``stop`` or ``length``, which repetition is too; seconds of reading and writing."""

    tokens: list[int] = field(default_factory=list)
    reason: str = "length"
    why: str = ""
    refused: int = 0  # tokens that a grammar replaced
    forced: int = 0  # tokens that were the only way to go on
    chance: float | None = None  # of the first token, among those that the grammar of the whole reply allowed; None without such a grammar
    read_seconds: float = 0.0
    write_seconds: float = 0.0


class Reader:
    """Reads the part of a prompt that is not held yet. ``head_read`` is called when the part that never changes has been read."""

    def __init__(self, context: Context, emit: Emit, head_read: Callable[[], None], between: Callable[[], None]) -> None:
        self._context, self._emit, self._head_read, self._between = context, emit, head_read, between

    def read(self, job: Job) -> float:
        """Tell of each batch: tokens read, of how many, how many were kept from earlier. The seconds that it took."""
        began, at, step = time.monotonic(), job.reused, _FIRST_STEP
        self._tell(at, job)
        while at < len(job.prompt):
            end, since = min(at + min(step, self._context.batch), len(job.prompt)), time.monotonic()
            end = job.head if at < job.head < end else end
            self._context.read(job.prompt[at:end])
            at = end
            if at == job.head:
                self._head_read()
            self._between()
            self._tell(at, job)
            step = step * 2 if time.monotonic() - since < _QUICK else step
        return time.monotonic() - began

    def _tell(self, read: int, job: Job) -> None:
        self._emit({"progress": {"read": read, "total": len(job.prompt), "reused": job.reused}})


class Writer:
    """Writes one reply behind what the context has read."""

    def __init__(self, context: Context, job: Job, emit: Emit, outcome: Outcome, *, arm: Arm, whole: Constraint | None, between: Callable[[], None]) -> None:
        self.outcome = outcome
        self._context, self._job, self._emit, self._arm, self._between = context, job, emit, arm, between
        self._sampler, self._text = Sampler(job.temperature), TextWriter(job.stops)
        self._constraint, self._looked = whole, 0

    def write(self) -> None:
        """The whole reply, told in ``outcome`` too. Raises whatever ``emit`` raises, and :class:`RuntimeError` where llama.cpp was stopped."""
        began = time.monotonic()
        while (tokens := self._next()) and self._goes_on():
            self._context.read(tokens)
            self._between()
        self._send(self._text.end())
        self.outcome.write_seconds = time.monotonic() - began

    def _next(self) -> list[int]:
        """Choose a token and say it, with those that must follow; none where the reply ends."""
        if self._constraint and self._constraint.is_done:
            return self._end("stop")
        token = self._choose()
        if self._context.is_end(token):
            return self._end("stop")
        tokens = [token]
        self._say(token)
        if self._constraint:
            tokens += self._forced()
        return tokens

    def _choose(self) -> int:
        logits = self._context.logits()
        token = self._sampler.choose(logits)
        if self._constraint is None:
            return token
        is_first = not self.outcome.tokens
        if is_first or not self._constraint.allows(token):
            allowed = self._constraint.mask(logits)
            self.outcome.refused += int(allowed[token] == -numpy.inf)
            token = token if allowed[token] > -numpy.inf else self._sampler.choose(allowed)
            self.outcome.chance = chance_of(token, allowed) if is_first else self.outcome.chance
        if not self._context.is_end(token) and not self._constraint.accept([token]):
            self._constraint = None  # it has failed, and holds nothing any more
        return token

    def _forced(self) -> list[int]:
        assert self._constraint is not None
        room = self._job.max_tokens - len(self.outcome.tokens)
        forced = self._constraint.forced()[: max(0, min(room, self._context.batch - 1))]
        if not forced or not self._constraint.accept(forced):
            return []
        self.outcome.forced += len(forced)
        for token in forced:
            self._say(token)
        return forced

    def _say(self, token: int) -> None:
        self.outcome.tokens.append(token)
        self._send(self._text.feed(self._context.piece(token)))

    def _send(self, text: str) -> None:
        if text:
            self._emit({"delta": text})
            if self._constraint is None:
                self._constraint = self._arm(text)

    def _goes_on(self) -> bool:
        """Whether the reply may be longer than it is."""
        made = len(self.outcome.tokens)
        if self._text.stopped:
            self._end("stop", "stop string")
        elif made >= self._job.max_tokens:
            self._end("length", "limit")
        elif self._is_stuck(made):
            self._end("length", "repetition")
        else:
            return True
        return False

    def _is_stuck(self, made: int) -> bool:
        if made - self._looked < _LOOK_EVERY:
            return False
        self._looked = made
        return is_repeating(self.outcome.tokens)

    def _end(self, reason: str, why: str = "") -> list[int]:
        self.outcome.reason, self.outcome.why = reason, why
        return []
