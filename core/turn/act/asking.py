"""One loop's questions to its model: the prompt, which only grows, and the reply while it comes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from core.errors import ModelError
from core.execution.run import Run
from core.messages import Message, ModelRequest, Reply
from core.ports import ChatModel
from core.turn.act.ending import Ending
from core.turn.act.offer import Offer
from core.turn.act.results import cap_of
from core.turn.act.speech import Speech
from core.turn.act.transcript import letters_of, loop_messages
from core.turn.context.surroundings import LETTERS

FULL = 0.7  # of the context: from here on old results are cut short
RECENT = 3  # replies whose results stay whole then
MOST_TOKENS, MOST_TOKENS_SMALL = 8192, 768  # of one reply; a small model that writes more has lost its way
TOO_LONG = ("context_overflow", "context_full")  # codes of errors that a shorter prompt mends


@dataclass(slots=True, kw_only=True)
class Asker:
    """``unless_cancelled`` awaits and ends with the run; ``context`` is the tokens that a prompt may fill, ``compacted`` how many replies have their results cut short."""

    run: Run
    model: ChatModel
    offer: Offer
    head: tuple[Message, ...]
    ending: Ending
    owner: str
    context: int
    unless_cancelled: Callable[[Coroutine[Any, Any, Reply]], Awaitable[Reply]]
    most_tokens: int = MOST_TOKENS
    compacted: int = 0

    def messages(self) -> tuple[Message, ...]:
        """The whole prompt. Where it has grown too long, results of all but the last replies are cut short, once for many replies: each cut is read anew."""
        told = loop_messages(self.run.state, self.owner, cap_of(self.context), self.compacted)
        if letters_of(self.head) + letters_of(told) > self.context * LETTERS * FULL:
            self.compacted = max(self.compacted, self._replies() - RECENT)
            told = loop_messages(self.run.state, self.owner, cap_of(self.context), self.compacted)
        return (*self.head, *told)

    def narrower_context(self) -> int:
        """Tokens to try with when even compacted prompts were refused as too long: what the server said that it reads, else less than what was sent."""
        learned = self.model.profile.context
        sent = (letters_of(self.messages()) + sum(len(str(spec.parameters)) + len(spec.description) for spec in self.offer.specs)) // LETTERS
        return learned if learned < self.context else min(self.context, sent) // 2

    def _replies(self) -> int:
        return len(self.run.state.replies_of(self.owner))

    async def ask(self, note: str = "", with_tools: bool = True, goes_on: Speech | None = None) -> tuple[Reply, Speech]:
        """A reply, shown while it comes; ``note`` is said last, ``goes_on`` is a reply that was cut and is gone on with. A prompt that is too long is sent once more with old results cut short."""
        writer = self.run.caller.make_writer("answer")
        speech = Speech(None if self.owner else writer, lambda: None if self.owner else self.ending.gate(self.run), may_hold_calls=bool(self.offer.specs), goes_on=goes_on)
        try:
            reply = await self.unless_cancelled(self.run.caller.call(self.model, self._request(note, with_tools), sink=speech, writer=writer))
        except ModelError as error:
            if error.code not in TOO_LONG or self.compacted >= self._replies():
                raise
            self.compacted = self._replies()
            return await self.ask(note, with_tools, goes_on)
        return reply, speech

    def _request(self, note: str, with_tools: bool) -> ModelRequest:
        messages = (*self.messages(), Message("user", note)) if note else self.messages()
        most = min(self.most_tokens, max(512, self.context // 4))
        return ModelRequest(messages, purpose="act", request=self.run.text, tools=self.offer.specs if with_tools else (), max_tokens=most)
