"""Thinking told apart from the answer while a reply streams, in whatever tags or channel it comes, tags cut anywhere.

A tag counts at the beginning of a line, and those in :data:`ANYWHERE` also in the middle of one; inside code and behind
a quotation mark it is text. A template may open the thinking itself, so that only its end is seen: what was sent as text
is withdrawn then. Where that came twice running it is a habit of the model, and its next reply begins as thinking. If no
end comes this time, that was the answer, and the habit is forgotten: one odd reply holds no other back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from core.messages import Part, ReasoningDelta, TextDelta, TextWithdrawn
from models.code_spans import CodeSpans

PAIRS = {
    "<think>": "</think>", "<thinking>": "</thinking>", "<thought>": "</thought>", "<reasoning>": "</reasoning>", "<reflection>": "</reflection>", "[think]": "[/think]", "<seed:think>": "</seed:think>",
    "<|start_thinking|>": "<|end_thinking|>", "<|channel>thought": "<channel|>", "◁think▷": "◁/think▷",
}  # fmt: skip
ANYWHERE = frozenset(PAIRS) - {"<thought>", "<reasoning>", "<reflection>"}  # those are also names of elements in people's documents
WRAPPERS = {"<answer>": "</answer>", "<output>": "</output>"}  # around an answer that comes behind thinking
HEADS, ENDS = (
    ("<|start|>", "<|channel|>"),
    ("<|end|>", "<|return|>", "<|call|>"),
)  # a channel of gpt-oss: head, name, <|message|>, text, end
_MESSAGE = "<|message|>"
_CHANNEL = re.compile(r"(?:^|<\|channel\|>)\s*(analysis|commentary|final)", re.IGNORECASE)
_LONGEST_HEAD = 300  # letters
_ALL = (*PAIRS, *PAIRS.values(), *HEADS)
HABIT = 2  # replies running that hold the end of thinking and not its beginning, after which the next is taken to be such a one
_closes_only: dict[str, int] = {}  # how many running, by the models of this process


class ThinkSplitter:
    """Splits one reply.

    ``model`` is the name to remember habits by; ``opened``: the prompt itself has opened the thinking.
    """

    def __init__(self, model: str = "", opened: bool = False) -> None:
        self._model = model
        self._held = self._lead = self._opener = ""
        self._spans, self._said, self._thought = CodeSpans(), list[str](), list[str]()
        self._is_assumed = opened or _closes_only.get(model, 0) >= HABIT
        self._closers: tuple[str, ...] = tuple(PAIRS.values()) if self._is_assumed else ()
        self._head: str | None = None
        self._in_channels = self._has_thought = self._is_behind = self._closed_only = False
        self._wrapper = ""  # the end of what stands around the answer
        self._mentioned = set[str]()  # the ends of tags that were mentioned, not used

    def feed(self, text: str) -> Iterator[Part]:
        """The parts that are certain so far; only what may be the beginning of a tag is held back."""
        self._held += text
        size = -1
        while self._held and len(self._held) != size:
            size = len(self._held)
            yield from (self._read_head() if self._head is not None else self._read_thought() if self._closers else self._read_text())

    def end(self, whole: bool = False) -> Iterator[Part]:
        """What was held back.

        ``whole``: the model ended by itself and made no call, so what was taken for thinking on a guess was the answer.
        """
        held, self._held = (self._head or "") + self._held, ""
        if whole and not self._closed_only:
            _closes_only.pop(self._model, None)
        if not self._closers:
            yield from self._say(held)
            return
        if held:
            self._thought.append(held)
            yield ReasoningDelta(held)
        if whole:
            yield from self._answer_with_thought()

    def _answer_with_thought(self) -> Iterator[Part]:
        thought, is_in_line = "".join(self._thought), bool(self._opener) and not self._spans.is_line_blank
        if thought.strip() and (is_in_line or (self._is_assumed and not self._said)):  # what a model itself calls thinking stays that
            yield from self._say((self._opener if is_in_line else "") + thought)

    def _read_thought(self) -> Iterator[Part]:
        if self._is_assumed and not self._thought and self._may_open():
            yield from () if self._closers else self._read_text()
            return
        piece, tag = self._cut(self._closers)
        if tag in HEADS:
            self._held = tag + self._held
        if piece:
            self._thought.append(piece)
            yield ReasoningDelta(piece)
        if tag:
            self._closed_only = self._closed_only or self._is_assumed
            self._close()

    def _may_open(self) -> bool:
        """Whether a model that is taken to be thinking opens its thinking after all, or may be about to."""
        lead = self._held.lstrip()
        opener = next((tag for tag in (*PAIRS, *HEADS) if lead.lower().startswith(tag)), "")
        if opener:
            self._held = lead if opener in HEADS else lead[len(opener) :]  # a channel says itself what it is
            self._is_assumed, self._closers, self._opener = False, () if opener in HEADS else (PAIRS[opener],), "" if opener in HEADS else opener
        return bool(opener) or any(tag.startswith(lead.lower()) for tag in (*PAIRS, *HEADS))

    def _close(self) -> None:
        self._closers, self._opener, self._lead = (), "", ""
        self._thought.clear()
        self._has_thought, self._is_behind, self._is_assumed = True, True, False

    def _read_text(self) -> Iterator[Part]:
        wrappers = () if not self._has_thought else (self._wrapper,) if self._wrapper else tuple(WRAPPERS) if not self._said else ()
        piece, literal = self._cut((*_ALL, *(ENDS if self._in_channels else ()), *wrappers))
        yield from self._say(piece)
        if literal:
            yield from self._take(literal.lower(), literal)

    def _take(self, tag: str, literal: str) -> Iterator[Part]:
        """A tag in the text: follow it, or say it where it is only mentioned."""
        if tag in WRAPPERS and not self._said:
            self._wrapper = WRAPPERS[tag]
        elif tag == self._wrapper and not (self._spans.is_fenced or self._spans.is_quoted):
            self._wrapper = ""
        elif tag in PAIRS and self._is_opening(tag):
            self._opener, self._closers = literal, (PAIRS[tag],)
        elif tag in PAIRS.values() and self._is_closing(tag):
            yield from self._withdraw()
        elif tag in HEADS and (self._in_channels or not self._said):
            self._in_channels, self._head = True, literal if tag == "<|start|>" else ""
        elif tag not in ENDS:
            self._mentioned.add(PAIRS.get(tag, ""))
            yield from self._say(literal)

    def _is_opening(self, tag: str) -> bool:
        spans = self._spans
        return not spans.is_fenced and not spans.is_quoted and (spans.is_line_blank or tag in ANYWHERE)

    def _is_closing(self, tag: str) -> bool:
        spans = self._spans
        if spans.is_fenced or tag in self._mentioned:
            return spans.is_line_blank and not (spans.is_fenced and tag in self._mentioned) and tag == "</think>"
        return not spans.is_quoted and (not self._has_thought or spans.is_line_blank or not self._said)

    def _withdraw(self) -> Iterator[Part]:
        """The end of thinking that had no beginning: all text so far was thinking."""
        if self._said:
            yield TextWithdrawn()
            yield ReasoningDelta("".join(self._said))
            if not self._has_thought and self._model and not self._closed_only:
                _closes_only[self._model] = _closes_only.get(self._model, 0) + 1
                self._closed_only = True
        self._spans = CodeSpans()
        self._said.clear()
        self._close()

    def _read_head(self) -> Iterator[Part]:
        """What stands between the beginning of a channel and its text: the channel's name, and whom a call is for."""
        piece, tag = self._cut((_MESSAGE,))
        head, self._head = (self._head or "") + piece, (self._head or "") + piece
        if not tag and len(head) < _LONGEST_HEAD:
            return
        self._head = None
        name = found.group(1).lower() if (found := _CHANNEL.search(head)) else "final"
        if not tag or " to=" in head:  # a call in the model's own tongue is left as it is, for whoever reads calls
            yield from self._say(f"{HEADS[1]}{head.removeprefix(HEADS[0])}{tag}")
        elif name == "analysis":
            self._opener, self._closers = "", (*ENDS, *HEADS)

    def _say(self, text: str) -> Iterator[Part]:
        """Visible text. White space at the start waits for the first letter, and is dropped behind thinking."""
        if self._is_behind and not self._spans.line:
            text = text.lstrip("\n") if self._said else text.lstrip()
        self._spans.feed(text)
        if not self._said:
            text = self._lead + text
            text, self._lead = (text, "") if text.strip() else ("", text)
        if text:
            self._is_behind = False
            self._said.append(text)
            yield TextDelta(text)

    def _cut(self, tags: tuple[str, ...]) -> tuple[str, str]:
        """Take from what is held: the text before the first of these tags, and the tag as it is written; else all that begins none of them."""
        if found := _pattern(tags).search(self._held):
            piece, self._held = self._held[: found.start()], self._held[found.end() :]
            return piece, found.group()
        at = max(self._held.rfind(letter) for letter in "<[◁")  # a tag has one of these, at its beginning
        tail = self._held[at:].lower() if at >= 0 else ""
        end = at if tail and any(tag.startswith(tail) for tag in tags) else len(self._held)
        piece, self._held = self._held[:end], self._held[end:]
        return piece, ""


@lru_cache(maxsize=64)
def _pattern(tags: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(tag) for tag in sorted(tags, key=len, reverse=True)), re.IGNORECASE | re.ASCII)
