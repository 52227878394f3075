"""What is waited for is said at all times before the first word: where lines can be written over with seconds, elsewhere as lines."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

from app.commands.run_printer import TELL_SECONDS, RunPrinter
from core.messages import Finished, ModelRequest, Part, TextDelta
from core.ports import ModelProfile
from core.turn.model_calls import ModelCaller

NAME = "little-q4"


class Clock:
    """Stands for the steady clock of the printer."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(time, "monotonic", self)

    def __call__(self) -> float:
        self.now += 0.0005  # time goes on, also for who only waits
        return self.now


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def progress(phase: str, doing: str = "", **more: Any) -> dict[str, Any]:
    return {"seq": 0, "type": "model_progressed", "data": {"phase": phase, "model": NAME, "doing": doing, **more}}


ARRIVING = (
    progress("fetching", "fetching", read=10, total=100),
    progress("fetching", "fetching", read=90, total=100),
    progress("fetching", "verifying", read=100, total=100),
    progress("fetching", "verifying", read=100, total=100),
    progress("loading"),
    progress("reading", read=0, total=50),
    progress("reading", read=50, total=50),
)


def test_without_a_terminal_each_phase_of_a_model_that_comes_has_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, err = Clock(monkeypatch), io.StringIO()
    printer = RunPrinter(io.StringIO(), err)
    for event in (*ARRIVING, *ARRIVING[-3:]):  # a small model is asked more than once
        printer.show(event)
        clock.now += 2
        printer.tick()
    assert err.getvalue().splitlines() == [
        f"This needs the model that is on its way. Fetching {NAME}: 0 kB of 0 kB, 10 %",
        f"Checking {NAME}",
        f"Loading {NAME}",
        "Reading the request",
    ]


def test_without_a_terminal_a_phase_that_lasts_is_said_again(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, err = Clock(monkeypatch), io.StringIO()
    printer = RunPrinter(io.StringIO(), err)
    printer.show(progress("loading"))
    for _ in range(40):
        printer.tick()
        clock.now += 1
    assert err.getvalue().splitlines() == [f"Loading {NAME} · {TELL_SECONDS:.0f} s", f"Loading {NAME} · {2 * TELL_SECONDS:.0f} s"]
    printer.show({"seq": 1, "type": "text_delta", "data": {"purpose": "answer", "text": "Well"}})
    clock.now += 100
    printer.tick()
    assert err.getvalue().count("\n") == 2, "what writes is not waited for"


def test_a_quick_answer_says_nothing_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, err = Clock(monkeypatch), io.StringIO()
    printer = RunPrinter(io.StringIO(), err)
    for event in (progress("waiting"), progress("reading", read=5, total=50)):
        printer.show(event)
        clock.now += 1
        printer.tick()
    assert err.getvalue() == ""


def test_in_a_terminal_the_seconds_are_those_of_the_phase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    clock, err = Clock(monkeypatch), Terminal()
    printer = RunPrinter(Terminal(), err)
    for event in ARRIVING:
        printer.show(event)
        clock.now += 2
        printer.tick()
    shown = err.getvalue().split("\r\x1b[K")
    assert f"Checking {NAME} · 0 s" in shown and f"Checking {NAME} · 4 s" in shown and f"Loading {NAME} · 2 s" in shown and "Reading the request: 100 % · 4 s" in shown


class Slow:
    """A model that writes three pieces, two seconds apart."""

    def __init__(self, clock: Clock) -> None:
        self.profile, self._clock = ModelProfile(NAME, local=True), clock

    async def stream(self, request: ModelRequest) -> AsyncIterator[Part]:
        for piece in ("One ", "two ", "three."):
            yield TextDelta(piece)
            self._clock.now += 2
            await asyncio.sleep(0.001)  # the loop goes by the same clock: what waits to be shown is due
            self._clock.now += 1
        yield Finished("stop")


@pytest.mark.parametrize("is_shown", [True, False])
async def test_a_model_that_writes_what_nobody_sees_yet_is_said_to_write(is_shown: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    phases: list[str] = []
    journal = SimpleNamespace(append=lambda *event: None, announce=lambda kind, run, data: phases.append(data["phase"]))
    ledger = SimpleNamespace(require_below_caps=lambda run: None, record=lambda run, usage: None)
    caller = ModelCaller(journal, "r", None, ledger, None)  # type: ignore[arg-type]
    await caller.call(Slow(Clock(monkeypatch)), ModelRequest(()), visible=is_shown)  # type: ignore[arg-type]
    assert phases == (["waiting"] if is_shown else ["waiting", "writing"])
