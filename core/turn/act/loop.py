"""The action loop: call a tool, see its result, go on, answer in the same breath. Start reading at :meth:`ActionLoop.run`.

What the model says and does is journalled before it counts, so that a loop that was killed goes on where it was: nothing is asked of
the model again that it has said, and no step is done twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from core.execution.run import Run
from core.messages import Message
from core.turn.act.allowance import MOST_REPLIES, MOST_REPLIES_SMALL
from core.turn.act.asking import MOST_TOKENS, MOST_TOKENS_SMALL, Asker
from core.turn.act.calls import CallReader
from core.turn.act.closing import LoopEnd
from core.turn.act.ending import Ending
from core.turn.act.offer import NO_TOOLS, make_offer
from core.turn.act.replies import Hands, Replies
from core.turn.context.head import system_prompt
from core.turn.context.surroundings import describe_surroundings
from core.turn.signals import SMALL

NARROW = 6000  # tokens of context in which the whole head would leave too little room


@dataclass(frozen=True, slots=True)
class ActionLoop:
    """One loop: of the turn itself, or of a task in a plan (``owner``, ``goal``, the tools it may use in ``only``; ``outside`` where words from outside stand in its goal)."""

    of: Run
    hands: Hands
    owner: str = ""
    goal: str = ""
    only: tuple[str, ...] = ()
    outside: str = ""

    async def run(self) -> LoopEnd:
        """Until an answer, a question or the end of the allowance. Raises :class:`ModelError` where the model cannot be reached, and :class:`asyncio.CancelledError`."""
        model = self.of.acting_model()
        is_small = 0 < model.profile.billions < SMALL or model.profile.context < NARROW
        around = await describe_surroundings(self.of, model.profile)
        denied = self.of.deps.policy.denied_tools(tuple(spec.name for spec in self.of.deps.tools.all_specs()))
        is_talk = is_small and self.of.state.way == "talk" and not self.owner  # tools before its eyes spoil what a small model can say
        offer = NO_TOOLS if is_talk else make_offer(self.of.deps.tools, denied, model.profile.context, is_small, self.only)
        ending = Ending.begin(self.of, around.messages, self.owner, around.listing if offer.specs else None)
        asker = Asker(
            run=self.of, model=model, offer=offer, head=self._head(system_prompt(is_small, is_talk), around.messages), ending=ending, owner=self.owner,
            unless_cancelled=self.unless_cancelled, most_tokens=MOST_TOKENS_SMALL if is_small else MOST_TOKENS,
        )  # fmt: skip
        replies = Replies(self.of, self.hands, asker, CallReader(self.of, offer, self.owner, outside=self.outside or around.outside), self.unless_cancelled)
        if end := await replies.resume():
            return end
        for _ in range(MOST_REPLIES_SMALL if is_small else MOST_REPLIES):
            if end := await replies.next():
                return end
        return await replies.closing.end_without_tools("the allowance of this request is spent")

    def _head(self, system: str, messages: Sequence[Message]) -> tuple[Message, ...]:
        task = (Message("user", f"Your part of it: {self.goal}\nDo this part only; answer with its result."),) if self.owner else ()
        return (Message("system", system), *messages, *task)

    async def unless_cancelled(self, work: Coroutine[Any, Any, Any]) -> Any:
        """The result of ``work``; when the run is stopped meanwhile it is cancelled and :class:`asyncio.CancelledError` raised."""
        stop = asyncio.ensure_future(self.of.cancellation.event.wait())
        task = asyncio.ensure_future(work)
        try:
            await asyncio.wait([task, stop], return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise asyncio.CancelledError
            return task.result()
        finally:
            stop.cancel()
            if not task.done():
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
