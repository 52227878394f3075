"""The parts of a text that bear on a question, in their order, so that a small model reads little and the right thing.

Okapi BM25 over paragraphs (Robertson & Zaragoza 2009), with the first lines of the text and what stands around a hit.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass

from core.language.words import content_stems

K1, B = 1.2, 0.6
LONGEST = 420  # letters of one passage; longer paragraphs are divided at sentences
GAP = "[…]"
_TO_MACHINES = re.compile(
    r"\b(?:AI|LLMs?|language models?|chat ?bots?|system (?:message|prompt|note)|automatic readers?|previous instructions)\b|\b(?:note|message|instructions?|attention|dear|hello|important)\b[^.\n]{0,20}\bassistants?\b|(?m:^\W*assistants?\b[:,])"
)
_ORDERS = re.compile(r"\b(?:ignore|disregard|delete|copy|move|send|forward|write|add|answer|reply|confirm|mention|follow|must|instead|include|recommend|do not)\b", re.I)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """``text`` has :data:`GAP` where something was left out; ``is_whole``: nothing was. ``orders`` are paragraphs that speak to a machine, which were left out."""

    text: str
    is_whole: bool
    orders: tuple[str, ...] = ()


def excerpt(text: str, question: str, letters: int) -> Excerpt:
    """At most about ``letters`` of ``text``: whole where it fits, else the passages that share most with ``question``."""
    passages: list[str] = []
    orders: list[str] = []
    for passage in split_passages(text):
        (orders if is_to_machine(passage) else passages).append(passage)
    whole = "\n".join(passages)
    if len(whole) <= letters:
        return Excerpt(whole.strip(), True, tuple(orders))
    chosen = _choose(passages, question, letters)
    return Excerpt(_joined(passages, chosen), False, tuple(orders))


def is_to_machine(passage: str) -> bool:
    """Whether a passage gives orders to whatever machine reads it, which a person's text has no reason to do."""
    return bool(_TO_MACHINES.search(passage) and _ORDERS.search(passage) and len(passage) < 2000)


def split_passages(text: str) -> list[str]:
    """Paragraphs, those that are long at their sentences; lists line by line with the blank lines kept as part of what precedes them."""
    found: list[str] = []
    for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip("\n")):
        lines = block.split("\n")
        if len(block) <= LONGEST:
            found.append(block + "\n")
            continue
        part = ""
        for line in (piece for one in lines for piece in _pieces(one)):
            if part and len(part) + len(line) > LONGEST:
                found.append(part.rstrip("\n"))
                part = ""
            part += line + "\n"
        if part.strip():
            found.append(part)
    return [piece for passage in found for piece in _sentences(passage)]


def _pieces(line: str) -> list[str]:
    """A line in parts that are no longer than two passages: a text without line ends is divided between words."""
    if len(line) <= 2 * LONGEST:
        return [line]
    parts, part = [], ""
    for sentence in re.split(r"(?<=[.!?])\s+", line):
        for word in [sentence] if len(sentence) <= 2 * LONGEST else re.findall(rf"\S{{1,{LONGEST}}}", sentence):
            if part and len(part) + len(word) > LONGEST:
                parts.append(part)
                part = ""
            part += (" " if part else "") + word
    return [*parts, part] if part else parts


def _sentences(passage: str) -> list[str]:
    if len(passage) <= 2 * LONGEST:
        return [passage]
    pieces, part = [], ""
    for sentence in re.split(r"(?<=[.!?])\s+", passage):
        if part and len(part) + len(sentence) > LONGEST:
            pieces.append(part)
            part = ""
        part += (" " if part else "") + sentence
    return [*pieces, part] if part else pieces


def rank(passages: list[str], question: str) -> list[float]:
    """How much each passage bears on the question."""
    asked = set(content_stems(question))
    bags = [Counter(content_stems(passage)) for passage in passages]
    lengths = [sum(bag.values()) or 1 for bag in bags]
    mean = sum(lengths) / max(1, len(lengths))
    holding = Counter(word for bag in bags for word in bag)
    scores = []
    for bag, length in zip(bags, lengths, strict=True):
        score = 0.0
        for word in asked:
            if count := _count(bag, word):
                rarity = math.log(1 + (len(bags) - holding[word] + 0.5) / (holding[word] + 0.5))
                score += rarity * count * (K1 + 1) / (count + K1 * (1 - B + B * length / mean))
        scores.append(score)
    return scores


def _count(bag: Counter[str], word: str) -> int:
    """How often a word stands there, as it is or within a longer one."""
    return bag[word] or (sum(count for other, count in bag.items() if len(word) > 3 and word in other))


def _choose(passages: list[str], question: str, letters: int) -> set[int]:
    scores = rank(passages, question)
    spread = [score + 0.35 * max(scores[max(0, at - 1) : at + 2], default=0) for at, score in enumerate(scores)]
    chosen, left = {0}, letters - len(passages[0])
    for at in sorted(range(len(passages)), key=lambda number: -spread[number]):
        if spread[at] > 0 and at not in chosen and len(passages[at]) <= left:
            chosen.add(at)
            left -= len(passages[at])
    if len(chosen) == 1:
        for at in range(1, len(passages)):
            if len(passages[at]) > left:
                break
            chosen.add(at)
            left -= len(passages[at])
    return chosen


def _joined(passages: list[str], chosen: set[int]) -> str:
    parts: list[str] = []
    for at, passage in enumerate(passages):
        if at in chosen:
            parts.append(passage)
        elif not parts or parts[-1] != GAP:
            parts.append(GAP)
    return "\n".join(parts).strip()
