"""The tags and channels in which models think: data, and one pattern for all. A new family is a new row."""

from __future__ import annotations

import re
from functools import lru_cache

PAIRS = {
    "<think>": "</think>", "<thinking>": "</thinking>", "<thought>": "</thought>", "<reasoning>": "</reasoning>", "<reflection>": "</reflection>", "[think]": "[/think]", "<seed:think>": "</seed:think>",
    "<|start_thinking|>": "<|end_thinking|>", "<|channel>thought": "<channel|>", "◁think▷": "◁/think▷", "<|begin_of_thought|>": "<|end_of_thought|>", "<unused94>thought": "<unused95>",
    "<scratchpad>": "</scratchpad>", "<analysis>": "</analysis>",
}  # fmt: skip
ANYWHERE = frozenset(PAIRS) - {"<thought>", "<reasoning>", "<reflection>", "<scratchpad>", "<analysis>"}  # those are also names of elements in people's documents
LONE = {"<answer>": "</answer>", "<final_answer>": "</final_answer>", "<|begin_of_solution|>": "<|end_of_solution|>"}  # around an answer, also where no thinking was before it
WRAPPERS = LONE | {"<output>": "</output>"}  # around an answer that comes behind thinking
HEADS, ENDS = (
    ("<|start|>", "<|channel|>"),
    ("<|end|>", "<|return|>", "<|call|>"),
)  # a channel of gpt-oss: head, name, <|message|>, text, end
_ATTRIBUTES = re.compile(r"<([a-z_:]+)\s[^<>\n]*>", re.IGNORECASE)


def without_attributes(tag: str) -> str:
    """A tag as the tables have it: ``<think type="x">`` is ``<think>``."""
    return _ATTRIBUTES.sub(r"<\1>", tag)


@lru_cache(maxsize=64)
def pattern_of(tags: tuple[str, ...]) -> re.Pattern[str]:
    """One pattern for all of them; those that are named like elements may have attributes."""
    ways = (re.escape(tag[:-1]) + r"(?:\s[^<>\n]{0,80})?>" if re.fullmatch(r"<[a-z_:]+>", tag) else re.escape(tag) for tag in sorted(tags, key=len, reverse=True))
    return re.compile("|".join(ways), re.IGNORECASE | re.ASCII)


def is_in_tag(tail: str, tag: str) -> bool:
    """Whether a text ends within the attributes of a tag."""
    return tag.endswith(">") and tail.startswith(tag[:-1]) and re.fullmatch(r"\s[^<>\n]{0,80}", tail[len(tag) - 1 :]) is not None
