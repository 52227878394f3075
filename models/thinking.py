"""Thinking told apart from the answer while a reply streams, in whatever tags or channel it comes, tags cut anywhere.

A tag counts at the beginning of a line, and those in :data:`models.thinking_tags.ANYWHERE` also in the middle of one; inside code and behind
a quotation mark it is text. A template may open the thinking itself, so that only its end is seen: what was sent as text
is withdrawn then; what begins like thinking (:mod:`models.self_talk`) waits. Where that came twice running it is a habit of the model, and its next reply begins as thinking. If no
end comes this time, that was the answer, and the habit is forgotten: one odd reply holds no other back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from core.messages import Part, ReasoningDelta, TextDelta, TextWithdrawn
from models.code_spans import CodeSpans
from models.self_talk import may_be_self_talk
from models.thinking_tags import ANYWHERE, ENDS, HEADS, LONE, PAIRS, WRAPPERS, is_in_tag, pattern_of, without_attributes

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
        self._depth, self._has_inner, self._behind_inner = 0, False, ""  # thinking opened within thinking; whether such a one was closed, and what came since
        self._aside, self._is_aside = "", False  # a channel for remarks: no answer where another channel follows
        self._self_talk, self._is_judged = "", False  # text that begins like thinking, held while it may be some
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
            yield from self._end_aside(is_answer=whole and not self._said)
            yield from self._say(held)
            yield from self._end_self_talk()
            return
        if self._is_aside:
            self._aside += held
            yield from self._end_aside(is_answer=whole and not self._said)
            return
        if held:
            self._thought.append(held)
            self._behind_inner += held
            yield ReasoningDelta(held)
        if self._has_inner and self._behind_inner.strip():  # one end for two beginnings: the last end was the end
            self._close()
            yield from self._say(self._behind_inner)
        elif whole:
            yield from self._answer_with_thought()

    @property
    def is_holding(self) -> bool:
        """Whether text has come that waits because it may be thinking."""
        return bool(self._self_talk.strip())

    def _end_aside(self, is_answer: bool) -> Iterator[Part]:
        """What was said aside: the answer where nothing else was said, else thinking."""
        aside, self._aside, self._is_aside = self._aside, "", False
        if aside and is_answer:
            yield from self._say(aside)
        elif aside:
            yield ReasoningDelta(aside)

    def _end_self_talk(self) -> Iterator[Part]:
        """What was held although it is text."""
        text, self._self_talk, self._is_judged = self._self_talk, "", True
        if text:
            self._said.append(text)
            yield TextDelta(text)

    def _answer_with_thought(self) -> Iterator[Part]:
        thought, is_in_line = "".join(self._thought), bool(self._opener) and not self._spans.is_line_blank
        if thought.strip() and (is_in_line or (self._is_assumed and not self._said)):  # what a model itself calls thinking stays that
            yield from self._say((self._opener if is_in_line else "") + thought)

    def _read_thought(self) -> Iterator[Part]:
        if self._is_assumed and not self._thought and self._may_open():
            yield from () if self._closers else self._read_text()
            return
        inner = self._opener.lower() if self._opener.lower() in PAIRS else ""
        piece, tag = self._cut((*self._closers, inner) if inner else self._closers)
        if tag.lower() in HEADS:
            self._held = tag + self._held
        if self._is_aside:
            self._aside += piece
            if tag:
                self._close()
            return
        is_end = bool(tag) and tag.lower() != inner and not self._depth
        piece += "" if not tag or is_end or tag.lower() in HEADS else tag
        if piece:
            self._thought.append(piece)
            self._behind_inner += piece
            yield ReasoningDelta(piece)
        if tag and tag.lower() == inner:
            self._depth += "".join(self._thought)[: -len(tag)][-1:] not in ("`", '"', "'", "“")
        elif tag and self._depth:
            self._depth, self._behind_inner, self._has_inner = self._depth - 1, "", True
        elif tag:
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
        self._closers, self._opener, self._lead, self._depth, self._has_inner, self._is_aside = (), "", "", 0, False, False
        self._thought.clear()
        self._has_thought, self._is_behind, self._is_assumed = True, True, False

    def _read_text(self) -> Iterator[Part]:
        wrappers = (self._wrapper,) if self._wrapper else () if self._has_said else tuple(WRAPPERS if self._has_thought else LONE)
        piece, literal = self._cut((*_ALL, *(ENDS if self._in_channels else ()), *wrappers))
        yield from self._say(piece)
        if literal:
            yield from self._take(literal.lower(), literal)

    @property
    def _has_said(self) -> bool:
        return bool(self._said or self._self_talk)

    def _take(self, tag: str, literal: str) -> Iterator[Part]:
        """A tag in the text: follow it, or say it where it is only mentioned."""
        if tag in WRAPPERS and not self._has_said:
            self._wrapper = WRAPPERS[tag]
        elif tag == self._wrapper and not (self._spans.is_fenced or self._spans.is_quoted):
            self._wrapper = ""
        elif tag in PAIRS and self._is_opening(tag):
            yield from self._end_self_talk()
            self._opener, self._closers = literal, (PAIRS[tag],)
        elif tag in PAIRS.values() and self._is_closing(tag):
            yield from self._withdraw()
        elif tag in HEADS and (self._in_channels or not self._has_said):
            yield from self._end_aside(is_answer=False)
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
        return not spans.is_quoted and (not self._has_thought or spans.is_line_blank or not self._has_said)

    def _withdraw(self) -> Iterator[Part]:
        """The end of thinking that had no beginning: all text so far was thinking."""
        if self._has_said:
            if self._said:
                yield TextWithdrawn()
            yield ReasoningDelta("".join(self._said) + self._self_talk)
            self._self_talk, self._is_judged = "", True
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
        elif name != "final":
            self._opener, self._closers, self._is_aside = "", (*ENDS, *HEADS), name == "commentary"

    def _say(self, text: str) -> Iterator[Part]:
        """Visible text. White space at the start waits for the first letter, and is dropped behind thinking."""
        if self._is_behind and not self._spans.line:
            text = text.lstrip("\n") if self._has_said else text.lstrip()
        self._spans.feed(text)
        if not self._has_said:
            text = self._lead + text
            text, self._lead = (text, "") if text.strip() else ("", text)
        if text:
            self._is_behind = False
            if self._is_judged or self._has_thought or self._in_channels:
                self._said.append(text)
                yield TextDelta(text)
                return
            self._self_talk += text
            if not may_be_self_talk(self._self_talk):
                yield from self._end_self_talk()

    def _cut(self, tags: tuple[str, ...]) -> tuple[str, str]:
        """Take from what is held: the text before the first of these tags, and the tag as it is written; else all that begins none of them."""
        if found := pattern_of(tags).search(self._held):
            piece, self._held = self._held[: found.start()], self._held[found.end() :]
            return piece, without_attributes(found.group())
        at = max(self._held.rfind(letter) for letter in "<[◁")  # a tag has one of these, at its beginning
        tail = self._held[at:].lower() if at >= 0 else ""
        end = at if tail and any(tag.startswith(tail) or is_in_tag(tail, tag) for tag in tags) else len(self._held)
        piece, self._held = self._held[:end], self._held[end:]
        return piece, ""
