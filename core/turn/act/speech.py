"""What a model says while it says it: shown as it comes, except where code has to look first.

Text that may turn out to be a call written as text is held back, and a sentence with a claim until the claim was found in the results.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from core import events
from core.calls.markers import MARKERS
from core.turn.act.seam import is_open, join
from core.turn.answer.plain import texts_within, unwrap_answer

_JSON = ("{", "[")
_MAY_BE_CALL = (*_JSON, "<", "`")  # what a call written as text begins with


LONGEST_MARK = max(map(len, MARKERS)) + 8  # letters, with the white space before it
_MARKED = re.compile(r"^[ \t]*(?:" + "|".join(re.escape(mark) for mark in MARKERS) + ")", re.I | re.M)
_LOWER_MARKS = tuple(mark.lower() for mark in MARKERS)


def _call_start(text: str, start: int) -> int:
    """Where, in the lines from ``start``, a call in marks begins, or may begin; the end of the text where none does."""
    if found := _MARKED.search(text, max(0, start - LONGEST_MARK)):  # never all of a long text: this is asked with each piece of it
        return max(start, found.start())
    near = max(0, len(text) - LONGEST_MARK)
    line = text.rfind("\n", near) + 1
    last = text[line:].lstrip().lower() if line or not near else ""
    return max(start, line) if last and any(mark.startswith(last) for mark in _LOWER_MARKS) else len(text)


class ClaimGate(Protocol):
    """Holds back what is not checked yet: :class:`core.turn.answer.stream.AnswerStream`."""

    faults: Any

    def feed(self, delta: str) -> Any: ...

    def end(self) -> Any: ...


class Output(Protocol):
    """Where shown text goes: :class:`core.turn.text_sink.DeltaWriter`."""

    def write(self, kind: str, text: str) -> None: ...

    def event(self, kind: str, data: dict[str, Any]) -> None: ...

    def flush(self) -> None: ...

    def drop(self) -> None: ...


class Speech:
    """The text of one reply. ``out`` shows what of it may be seen; ``make_gate`` gives what holds claims back, None where nothing is checked.

    ``goes_on``: an earlier reply that was cut and is gone on with. The two are one text for the checks; one that begins anew takes its place. What is shown
    goes on from what is on the screen already, wherever it begins alike.
    """

    def __init__(self, out: Output | None, make_gate: Callable[[], ClaimGate | None], may_hold_calls: bool, goes_on: Speech | None = None) -> None:
        self._out, self._make_gate, self._may_hold_calls = out, make_gate, may_hold_calls
        self._before: str = goes_on.whole if goes_on else ""
        self.shown: str = goes_on.shown if goes_on else ""
        self._begin()

    def _begin(self) -> None:
        self._gate = self._make_gate()
        self._text = self._whole = self._released = ""
        self._fed = 0  # letters of the whole text that the gate has
        self._held = True
        self._within: list[Any] = []

    @property
    def whole(self) -> str:
        """The text with what stood before a cut: what comes again stands once."""
        return self._joined() if self._held else self._whole

    def _joined(self) -> str:
        return join(self._before, self._text) if self._before else self._text.lstrip()

    def _let_go(self) -> None:
        """From here on more text changes nothing of how it is joined."""
        self._held, self._whole = False, self._joined()

    @property
    def answer(self) -> str:
        """The words that are the answer, where this reply is one."""
        return unwrap_answer(self.whole.strip())

    def feed(self, delta: str) -> None:
        """More text of the model."""
        self._text += delta
        self._whole += delta
        start = self._text.lstrip()
        if self._held and (not start or self._may_be_more_than_words(start) or (self._before and is_open(self._before, self._text))):
            return
        if self._held:
            self._let_go()
        whole = self._whole
        self._release(whole[self._fed : _call_start(whole, self._fed) if self._may_hold_calls else len(whole)])

    def _may_be_more_than_words(self, start: str) -> bool:
        """Whether a text that begins so may be a call, or an object of JSON whose texts are checked when it is whole."""
        return start.startswith(_MAY_BE_CALL if self._may_hold_calls else _JSON)

    def _release(self, text: str) -> None:
        self._fed += len(text)
        self._show(self._gate.feed(text) if self._gate else [text])

    def _show(self, pieces: Iterable[Any]) -> None:
        """Let pieces be seen, as far as they are not on the screen; other words that stand there are taken away."""
        self._released += "".join(piece if isinstance(piece, str) else piece.text for piece in pieces)
        if self.shown.startswith(self._released):
            return
        if not self._released.startswith(self.shown):
            self._take_away("anew")
        more, self.shown = self._released[len(self.shown) :], self._released
        if self._out:
            self._out.write(events.TEXT_DELTA, more)

    def end(self, is_answer: bool, is_cut: bool = False) -> None:
        """The reply has ended; ``is_answer``: its text is no call, so that what was held is shown as far as it holds true. Of one that ``is_cut`` the last words are not yet."""
        if not is_answer:
            return
        if self._held and self._text.strip() and not is_cut:
            self._let_go()
            self._within = self._faults_within(self.answer)
            self._release("" if self._within else self.answer)
        elif not self._held and not is_cut:
            self._release(self.whole[self._fed :])
        if not is_cut and not self._within:
            self._show(self._gate.end() if self._gate else [])
        if self._out:
            self._out.flush()

    def _faults_within(self, text: str) -> list[Any]:
        """What of the texts in an object of JSON is not supported."""
        found: list[Any] = []
        for part in texts_within(text)[1:]:
            if gate := self._make_gate():
                gate.feed(part)
                gate.end()
                found += gate.faults
        return found

    @property
    def faults(self) -> list[Any]:
        """What of the text is not supported by any result."""
        return [*(self._gate.faults if self._gate else ()), *self._within]

    def withdraw(self, why: str) -> None:
        """What was shown of this reply is no answer; the text begins anew."""
        self._take_away(why)
        self._begin()

    def _take_away(self, why: str) -> None:
        if self._out:
            self._out.drop()
            if self.shown:
                self._out.event(events.TEXT_WITHDRAWN, {"why": why})
        self.shown = ""
