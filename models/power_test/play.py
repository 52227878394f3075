"""Plays one exchange with a model: its calls are done on the desk and their results told back, as in the action loop, until it ends in words."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from core.errors import ModelError
from core.messages import CallDelta, Finished, Message, ModelRequest, ReasoningDelta, Reply, TextDelta, TextWithdrawn, Usage
from core.ports import ChatModel
from models.power_test.desk import TOOLS, Desk
from models.power_test.exchanges import RULES, Exchange

MOST_SECONDS = 90.0  # of one exchange
MOST_TOKENS = 320  # of one reply, thinking and all
MOST_LETTERS = 400  # of its words: a model that says more has lost its way, and is not heard out
OF_THE_MODEL = ("model_failed", "context_full")  # codes of errors that come again with this model; others are the machine's


@dataclass(slots=True)
class Played:
    """An exchange as it went. ``fault`` says what was wrong, empty where it was passed."""

    exchange: Exchange
    messages: list[Message]
    desk: Desk
    usage: Usage = field(default_factory=lambda: Usage(0))
    seconds: float = 0.0
    fault: str = ""
    is_over: bool = False

    def hear(self, reply: Reply) -> None:
        """Do the calls of a reply, or end with its words."""
        self.usage += reply.usage
        self.messages.append(Message("assistant", reply.text, tool_calls=reply.calls, reasoning=reply.reasoning))
        self.messages += [Message("tool", self.desk.answer(call), tool_call_id=call.id) for call in reply.calls]
        if reply.is_cut:
            return self._end("its reply did not come to an end")
        if not reply.calls or (self.exchange.ends_with_deed and self.desk.deeds):
            return self._end(self.exchange.find_fault(self.desk, reply.text.strip()))
        if self._replies() >= self.exchange.replies:
            return self._end(self.exchange.find_fault(self.desk, "") or "it did not come to an end")
        return None

    def _end(self, fault: str) -> None:
        self.fault, self.is_over = fault, True

    def _replies(self) -> int:
        return sum(message.role == "assistant" for message in self.messages)


async def play(model: ChatModel, exchange: Exchange, is_quiet: Callable[[], bool] = lambda: True) -> Played | None:
    """How the exchange went; None where it gave way, because ``is_quiet`` no longer held. Raises :class:`ModelError` where that says nothing of the model."""
    played = Played(exchange, [Message("system", RULES), Message("user", exchange.asks)], Desk(exchange.files))
    began = time.monotonic()
    try:
        async with asyncio.timeout(MOST_SECONDS):
            while not played.is_over:
                if (reply := await _ask(model, played, is_quiet)) is None:
                    return None
                played.hear(reply)
    except TimeoutError:
        played.fault = f"it took longer than {MOST_SECONDS:.0f} seconds"
    except ModelError as error:
        if error.retryable or error.code not in OF_THE_MODEL:
            raise
        played.fault = error.message
    played.seconds = time.monotonic() - began
    return played


async def _ask(model: ChatModel, played: Played, is_quiet: Callable[[], bool]) -> Reply | None:
    """The next reply; None where it gave way."""
    request = ModelRequest(tuple(played.messages), purpose="act", request=played.exchange.asks, tools=TOOLS, max_tokens=MOST_TOKENS)
    text, thought, calls, end = "", "", list[CallDelta](), Finished("length")
    async with contextlib.aclosing(model.stream(request)) as parts:  # type: ignore[type-var]
        async for part in parts:
            if not is_quiet():
                return None
            match part:
                case TextDelta(piece):
                    text += piece
                case ReasoningDelta(piece):
                    thought += piece
                case TextWithdrawn():
                    text, thought = "", thought + text
                case CallDelta():
                    calls.append(part)
                case Finished():
                    end = part
            if len(text) > MOST_LETTERS and not isinstance(part, Finished):
                break
    reason = "length" if len(text) > MOST_LETTERS else end.reason
    return Reply(text, thought, tuple(part.call for part in calls), reason, end.usage)
