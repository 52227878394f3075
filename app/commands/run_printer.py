"""A run as the terminal shows it: its answer on standard output, everything else on standard error."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import Any, TextIO

from app.client.answer_text import meta_line, question_lines
from app.client.model_text import arrival_text
from app.commands.answer_writer import AnswerWriter
from app.commands.step_words import step_words

_MARKS = {"done": "✓", "failed": "✗", "blocked": "–", "skipped": "–", "cancelled": "■"}
TICK_SECONDS = 0.5  # between two looks at the clock while a phase is shown
TELL_SECONDS = 15.0  # between two lines about what is waited for, where a line cannot be written over
IDLE_SECONDS = 1.0  # the longest wait at one go, so that Ctrl+C is heard everywhere


class RunPrinter:
    """Fed with the events of one run in their order. Events that it has seen, as after a new start of the core, are passed over."""

    def __init__(self, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self._err = err or sys.stderr
        out = out or sys.stdout
        commands = _takes_commands(out)
        self.answer = AnswerWriter(out, commands)
        self._shows_phase = _takes_commands(self._err)
        self._same_screen = out.isatty() and self._err.isatty()
        self._kind, self._phase, self._since, self._shown = "", "", 0.0, ""
        self._seen = 0
        self._told, self._told_kinds = 0.0, set[str]()  # when a line was told last, and of which phases
        self._words: dict[str, str] = {}
        self._last_why = ""
        self._handlers: dict[str, Callable[[dict[str, Any]], None]] = {
            name.removeprefix("_on_"): getattr(self, name) for name in dir(self) if name.startswith("_on_")
        }  # fmt: skip

    def show(self, event: dict[str, Any]) -> None:
        """Print what an event means to a person; of those that mean nothing to one, nothing."""
        if event["seq"] and event["seq"] <= self._seen:
            return
        self._seen = event["seq"] or self._seen
        if handler := self._handlers.get(event["type"]):
            handler(event["data"])

    def tick(self) -> float:
        """What is due by the clock; the seconds until it wants to be called again."""
        self.answer.flush(due_only=True)
        if self._phase and self._shows_phase:
            self._show_phase()
        elif self._phase and time.monotonic() - max(self._since, self._told) > TELL_SECONDS:
            self._tell_phase()
        waits = [IDLE_SECONDS, TICK_SECONDS if self._phase else IDLE_SECONDS, self.answer.wait]
        return min(wait for wait in waits if wait is not None)

    def line(self, text: str) -> None:
        """One line on standard error."""
        self.hide_phase()
        if self._same_screen:
            self.answer.break_line()
        print(text, file=self._err, flush=True)

    def end(self, result: dict[str, Any]) -> None:
        """What is still to be said of a run that has ended."""
        self.hide_phase()
        if error := result.get("error"):
            self.answer.end_line()
            self.line(f"deskhand: {error['code']}: {error['message']} {error['hint']}".rstrip())
        else:
            steps = (result.get("plan") or {}).get("steps", ()) if result["status"] == "planned" else ()
            planned = [f"  {step['id']} {step['tool']} {step['args']}" for step in steps]
            asked = question_lines(result)
            self.answer.end("\n".join([*([result["answer"]] if result.get("answer") or not asked else []), *planned, *asked]))
        if told := meta_line(result):
            self.line(f"\x1b[2m{told}\x1b[0m" if self._shows_phase else told)
        for text in _hints(result):
            self.line(text)

    # -- before the first word ------------------------------------------------------------------------------------------

    def hide_phase(self) -> None:
        """Take the line about the phase away."""
        if self._shown:
            print("\r\x1b[K", end="", file=self._err, flush=True)
        self._kind = self._phase = self._shown = ""

    def _on_model_progressed(self, data: dict[str, Any]) -> None:
        if self._same_screen and self.answer.is_inside_line:
            return
        kind = f"{data['phase']} {data.get('doing') or ''}"
        is_new, self._kind, self._phase = kind != self._kind, kind, _phase_words(data)
        if is_new:
            self._since = time.monotonic()
        if self._shows_phase:
            self._show_phase()
        elif data["phase"] == "fetching" and not self._told_kinds:
            self._tell_phase("This needs the model that is on its way. ")
        elif self._told_kinds and kind not in self._told_kinds:
            self._tell_phase()

    def _show_phase(self) -> None:
        text = f"{self._phase} · {time.monotonic() - self._since:.0f} s"
        if text != self._shown:
            self._shown = text
            print(f"\r\x1b[K{text}", end="", file=self._err, flush=True)

    def _tell_phase(self, before: str = "") -> None:
        """A line where one cannot be written over; once one was needed each phase has one, and what lasts has more."""
        self._told = time.monotonic()
        self._told_kinds.add(self._kind)
        seconds = f" · {self._told - self._since:.0f} s" if self._told - self._since >= 1 else ""
        print(f"{before}{self._phase}{seconds}", file=self._err, flush=True)

    # -- the answer -----------------------------------------------------------------------------------------------------

    def _on_text_delta(self, data: dict[str, Any]) -> None:
        if data.get("purpose") == "answer":
            self.hide_phase()
            self.answer.write(data["text"])

    def _on_text_withdrawn(self, data: dict[str, Any]) -> None:
        self.answer.withdraw(str(data.get("why") or ""))

    # -- steps and plans ------------------------------------------------------------------------------------------------

    def _on_plan_reviewed(self, data: dict[str, Any]) -> None:
        self.line(f"plan {data['score']:.2f}, round {data['round']}" + "".join(f"\n  ! {issue}" for issue in data["issues"]))

    def _on_step_added(self, data: dict[str, Any]) -> None:
        step = data["step"]
        self._words[step["id"]] = words = step_words(step["tool"], step.get("args") or {})
        self.line(f"… {words}")

    def _on_step_placed(self, data: dict[str, Any]) -> None:
        self.line(f"→ {data['step']} on {data['device']}: {data['why']}")

    def _on_step_progressed(self, data: dict[str, Any]) -> None:
        share = f"{data['share']:.0%} " if data["share"] is not None else ""
        self.line(f"… {data['step']} {share}{data['text']}".rstrip())

    def _on_step_started(self, data: dict[str, Any]) -> None:
        if data.get("device"):
            self.line(f"… {data['step']} on {data['device']}")
        elif data.get("intent") and data["step"] not in self._words:
            self.line(f"… {data['intent']['tool']}")

    def _on_step_finished(self, data: dict[str, Any]) -> None:
        why = (data.get("error") or {}).get("message", "")
        why, self._last_why = ("" if why == self._last_why else why), why or self._last_why  # of the same reason again and again once is enough
        self.line(f"{_MARKS.get(data['status'], '·')} {data['step']} {data['status']}{': ' + why if why else ''}")


def _takes_commands(stream: TextIO) -> bool:
    """Whether escape sequences do there what they should."""
    if not stream.isatty() or os.environ.get("TERM") == "dumb":
        return False
    return sys.platform != "win32" or bool(os.environ.get("WT_SESSION") or os.environ.get("TERM"))


def _phase_words(data: dict[str, Any]) -> str:
    name = str(data.get("model") or "the model").rpartition("/")[2]
    if data["phase"] == "fetching":
        return arrival_text(str(data.get("model") or ""), str(data.get("doing") or ""), data.get("read") or 0, data.get("total") or 0)
    if data["phase"] == "reading":
        read, total = data.get("read") or 0, data.get("total") or 0
        return "Reading the request" + (f": {100 * min(read, total) // total} %" if read and total else "")
    return {"waiting": f"Waiting for {name}", "loading": f"Loading {name}", "thinking": "Thinking", "writing": "Writing"}.get(data["phase"], "Working")


def _hints(result: dict[str, Any]) -> list[str]:
    """What a person may do next."""
    hints = [result["note"]] if result.get("note") else []
    if result.get("memories"):
        hints.append(f"From memory: {' '.join(result['memories'])} (deskhand memory show ID)")
    if result["status"] == "parked":
        hints.append(f"Waiting for consent: deskhand approvals approve {result.get('approval', '')}")
    if result.get("undoable") and result["status"] != "planned":
        hints.append(f"Undo: deskhand run undo {result['run_id']}")
    return hints
