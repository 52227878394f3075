"""Lets a model's text through as it comes, and keeps back what claims something until code has found it."""

from __future__ import annotations

from dataclasses import dataclass

from core.turn.answer.check import Checker, Checks, Fault
from core.turn.answer.denials import admits_not_looking
from core.turn.answer.evidence import Evidence
from core.turn.answer.holding import hold_index
from core.turn.answer.looking import is_here
from core.turn.answer.sentences import LONGEST, fence_mark, is_end, list_after, may_be_fence, sentence_end

MOST_SAID, MOST_BEFORE = 20_000, 200  # letters of the answer so far that a check looks back on; of a part of a sentence, for the next part


@dataclass(frozen=True, slots=True)
class Release:
    """Text that may be shown now. ``is_checked``: it waited for a check."""

    text: str
    is_checked: bool = False


class AnswerStream:
    """One reply on its way to the person. What was released and what is held are together the model's text, letter by letter.

    ``checks``: ``all`` facts and deeds, ``deeds`` alone, or ``none``. A sentence that fails stops the stream: it and all after it stay in
    :attr:`held`, and :attr:`faults` say why. ``unseen``: what should have been looked at and was not; then the whole text waits for its end, and is a fault
    unless it admits that. ``is_held``: all of it is checked, and none is shown from here.
    """

    def __init__(self, evidence: Evidence, checks: Checks = "all", *, unseen: str = "", is_held: bool = False) -> None:
        self._checker = Checker(evidence)
        self._checks = checks
        self._is_strict = self._checker.looks_at_facts(checks)
        self._text = self._said = ""  # what was said is the text without code
        self._released = self._unit = self._fresh = 0  # fresh: where the newest piece begins
        self._fence = self._before = ""  # before: the end of a part of a sentence that goes on
        self._is_waiting = self._is_carried = False  # carried: a sentence that nothing bears out waits for what the next one says was done
        self._unseen, self._is_held = unseen, is_held
        self.faults: list[Fault] = []

    @property
    def text(self) -> str:
        """All that the model wrote."""
        return self._text

    @property
    def released(self) -> str:
        """What may be seen."""
        return self._text[: self._released]

    @property
    def held(self) -> str:
        """What waits, or was kept back."""
        return self._text[self._released :]

    @property
    def is_stopped(self) -> bool:
        """Whether a sentence failed its check."""
        return bool(self.faults)

    def feed(self, delta: str) -> list[Release]:
        """Take more of the model's text; what may be shown now."""
        self._fresh = len(self._text)
        self._text += delta
        if self._checks == "none":
            return self._release_to(len(self._text))
        return [] if self._unseen or self._is_held else self._advance(is_final=False)

    def end(self) -> list[Release]:
        """The text is whole: check what is left."""
        if self._checks == "none":
            return self._release_to(len(self._text))
        if self._unseen and self._text.strip() and not admits_not_looking(self._text, is_here(self._unseen, self._checker.evidence.here)):
            self.faults = [Fault("unseen", self._unseen, self._text.strip()[:MOST_BEFORE])]
            return []
        out = self._advance(is_final=True)
        if not self.faults:
            out += self._release_to(len(self._text), is_checked=True)
        if self._is_held:
            self._released, out = 0, []
        return out

    def _advance(self, is_final: bool) -> list[Release]:
        out: list[Release] = []
        while not self.faults and (end := self._unit_end(is_final)) is not None:
            if (following := "" if self._fence else list_after(self._text, self._unit, end, is_final)) is None:
                return out  # what the sentence counts may be the list that is still coming
            out += self._finish_unit(end, following)
        return out if self.faults else out + self._release_unclaimed()

    def _unit_end(self, is_final: bool) -> int | None:
        if self._fence or self._is_fence_line():
            newline = self._text.find("\n", self._unit)
            return newline + 1 if newline >= 0 else len(self._text) if is_final and self._unit < len(self._text) else None
        return sentence_end(self._text, self._unit, is_final)

    def _is_fence_line(self) -> bool:
        return self._is_at_line_start() and bool(fence_mark(self._text[self._unit : self._unit + 40]))

    def _is_at_line_start(self) -> bool:
        return self._unit == 0 or self._text[self._unit - 1] == "\n"

    def _finish_unit(self, end: int, following: str = "") -> list[Release]:
        sentence = self._text[self._unit : end]
        mark = fence_mark(sentence) if self._is_at_line_start() else ""
        if mark and (not self._fence or self._fence == mark):
            self._fence = "" if self._fence else mark
        elif not self._fence:
            self.faults = self._checker.unsupported(self._before + sentence, self._said, self._checks, following)
            self._said = (self._said + sentence)[-MOST_SAID:]
            self._before = sentence[-MOST_BEFORE:] if len(sentence) >= LONGEST // 2 and not is_end(sentence) else ""
        if self.faults:
            return []
        waited, self._unit, self._is_waiting = self._is_waiting or self._is_carried, end, False
        self._is_carried = not self._fence and self._checker.is_bare_claim(sentence)
        return [] if self._is_carried else self._release_to(end, waited)

    def _release_unclaimed(self) -> list[Release]:
        """Show the part of the sentence in the making that comes before anything claimed."""
        growing = self._text[self._unit :]
        if self._is_waiting or self._is_carried or self._fence or not growing or (self._is_at_line_start() and may_be_fence(growing)):
            return []
        if self._checker.wants_deed:
            return []  # any sentence may be a claim, whatever its words
        shown, self._is_waiting = hold_index(growing, self._released - self._unit, self._is_strict, self._is_suspect, self._fresh - self._unit)
        return self._release_to(self._unit + shown)

    def _is_suspect(self, part: str) -> bool:
        return self._checker.is_suspect(part, self._checks)

    def _release_to(self, end: int, is_checked: bool = False) -> list[Release]:
        if end <= self._released:
            return []
        text, self._released = self._text[self._released : end], end
        return [Release(text, is_checked)]
