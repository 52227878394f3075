"""What needs no strategy of its own: what cannot be done here, what is to be remembered, what was said before."""

from __future__ import annotations

import re

from core.turn.act.closing import LoopEnd
from core.turn.small.answering import talk_over
from core.turn.small.hands import SmallTurn
from core.turn.small.request import SmallRequest

OUTSIDE = "I cannot do that: it lies outside of what I can do or know on this computer. Nothing was done."
TOO_HARD = "This needs a bigger model than {model}: {what}. Nothing was done. You can choose one under Models, or for this request alone."
_KEEP = re.compile(
    r"\b(?:remember|keep in mind|bear in mind|note (?:for|that)|keep this|commit to memory|merk dir|for (?:the future|next time|later)|mem:|correction|correct(?:ion)?:|from now on|scrap that)\b",
    re.I,
)
_ASKS = re.compile(r"\?|^\W*(?:what|who|where|when|which|how|whats|wer|wie|was|wo|wann|do you|can you tell|tell me|have you)\b", re.I)
_FORGET = re.compile(r"\b(?:forget|vergiss|no longer need|can forget)\b", re.I)
_LEAD = re.compile(
    r"^\W*(?:(?:please|kindly|do|can you|could you|i should be obliged if you would|would you)\s+)*(?:please\s+)?(?:remember(?: please)?|keep in mind|bear in mind|commit to memory|keep this for later|note for the future|remeber|mem|merk dir)\b\s*(?:,|:|-|please|that|dass)*\s*|"
    r"[,.;]?\s*(?:please )?remember (?:that|it|this)(?: as well| for me)?\W*$|[,.;]\s*(?:remember that|keep that in mind|ta|thanks)\W*$",
    re.I,
)


async def decline_outside(turn: SmallTurn, request: SmallRequest) -> LoopEnd:
    """Say that nothing here can do it."""
    return turn.finish(OUTSIDE, "it is outside of this computer")


def decline_hard(turn: SmallTurn, what: str) -> LoopEnd:
    """Say that this model cannot do it, and what can."""
    model = turn.replies.asker.model.profile.id
    return turn.finish(TOO_HARD.format(model=model, what=what), "it needs a bigger model")


async def keep_or_recall(turn: SmallTurn, request: SmallRequest) -> LoopEnd:
    """Remember a fact, answer from those that are kept, or forget one."""
    text = request.text.strip()
    if _FORGET.search(text):
        about = re.sub(r"\b(?:please|you can|kindly|ok|okay)\b|\bforget\b|\bvergiss\b", " ", text, flags=re.I).split(",")[0].strip(" .")
        state = await turn.do("memory.forget", about=about)
        return turn.finish(state.text or str((state.error or {}).get("message", "")) or "I found nothing to forget.", "" if state.status == "done" else "it was not forgotten")
    if _KEEP.search(text) or not _ASKS.search(text):
        fact = _LEAD.sub("", _LEAD.sub("", text)).strip(" ,.") or text
        state = await turn.must("memory.add", text=fact[:1].upper() + fact[1:])
        return turn.finish(state.text)
    return await recall(turn, request)


async def recall(turn: SmallTurn, request: SmallRequest) -> LoopEnd:
    """A question about what was said or kept before."""
    lines = [line for _, line in turn.run.remembered]
    if not lines:
        state = await turn.do("memory.search", query=request.text, limit=4)
        lines = [state.text] if state.status == "done" and state.text else []
    if not lines:
        return await talk_over(turn, request)
    told = "\n".join(lines)[:1500]
    system = (
        "You answer a person from notes about them, in one short sentence, in the language of the question. The newest note counts. If no note says it, answer: I do not know that."
    )
    text = await turn.ask_text(system, f"Notes:\n{told}\n\n{request.text}", most=60, is_shown=True)
    return turn.finish(text)
