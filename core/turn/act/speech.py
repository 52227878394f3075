"""What a model says while it says it: shown as it comes, except where code has to look first.

Text that may turn out to be a call written as text is held back, and a sentence with a claim until the claim was found in the results.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from core import events
from core.turn.answer.plain import unwrap_answer

_MAY_BE_CALL = ("{", "[", "<", "`")  # what a call written as text begins with


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
    """The text of one reply. ``out`` shows what of it may be seen; ``make_gate`` gives what holds claims back, None where nothing is checked."""

    def __init__(self, out: Output | None, make_gate: Callable[[], ClaimGate | None], may_hold_calls: bool) -> None:
        self._out, self._make_gate, self._may_hold_calls = out, make_gate, may_hold_calls
        self._gate = make_gate()
        self._text, self._held, self.shown = "", True, ""

    def feed(self, delta: str) -> None:
        """More text of the model."""
        self._text += delta
        start = self._text.lstrip()
        if self._held and (not start or (self._may_hold_calls and start.startswith(_MAY_BE_CALL))):
            return
        self._release(start if self._held else delta)
        self._held = False

    def _release(self, text: str) -> None:
        for piece in self._gate.feed(text) if self._gate else [text]:
            self._show(piece if isinstance(piece, str) else piece.text)

    def _show(self, text: str) -> None:
        if text:
            self.shown += text
            if self._out:
                self._out.write(events.TEXT_DELTA, text)

    def end(self, is_answer: bool) -> None:
        """The reply is whole; ``is_answer``: its text is no call, so that what was held is shown as far as it holds true."""
        if not is_answer:
            return
        if self._held and self._text.strip():
            self._held = False
            self._release(unwrap_answer(self._text.strip()))
        for piece in self._gate.end() if self._gate else []:
            self._show(piece if isinstance(piece, str) else piece.text)
        if self._out:
            self._out.flush()

    @property
    def faults(self) -> list[Any]:
        """What of the text is not supported by any result."""
        return list(self._gate.faults) if self._gate else []

    def withdraw(self, why: str) -> None:
        """What was shown of this reply is no answer; the text begins anew."""
        if self._out:
            self._out.drop()
            if self.shown:
                self._out.event(events.TEXT_WITHDRAWN, {"why": why})
        self._text, self._held, self.shown, self._gate = "", True, "", self._make_gate()
