"""Usage of models, counted where they are called, and the caps on it: tokens and dollars, for a run and for a day.

Counted from the journal, so a restart forgets nothing. A call that would begin at or over a cap is not made: the run stops there, or the
person is asked, as ``limits.at_cap`` says.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from core import events
from core.clock import Clock, iso
from core.errors import DeskhandError
from core.journal import Journal
from core.messages import Usage
from core.settings import Settings


class CapReached(DeskhandError):
    """No more may be spent; ``params`` name the cap."""

    code = "cap_reached"


@dataclass(slots=True)
class UsageLedger:
    """Ledger of the usage of all runs. Loop thread only."""

    journal: Journal
    settings: Settings
    clock: Clock
    _runs: dict[str, Usage] = field(default_factory=dict)
    _caps: dict[str, dict[str, float]] = field(default_factory=dict)
    _day: tuple[str, Usage] = ("", Usage())
    _agreed: dict[str, dict[str, Usage]] = field(default_factory=dict)  # what run and day had used when the person let a run go on

    def require_below_caps(self, run_id: str) -> None:
        """Raise :class:`CapReached` where a cap is reached already."""
        for scope, unit in (("run", "tokens"), ("run", "usd"), ("day", "tokens"), ("day", "usd")):
            own = self._caps.get(run_id, {}).get(unit, 0) if scope == "run" else 0
            cap = min((one for one in (self.settings[f"limits.{scope}_{unit}"], own) if one), default=0)
            if not cap:
                continue
            used = _measure(self.run_usage(run_id) if scope == "run" else self.usage_today(), unit)
            if used - _measure(self._agreed.get(run_id, {}).get(scope, Usage()), unit) >= cap:
                said = f"{used:g} {'tokens' if unit == 'tokens' else 'US dollars'}, the cap is {cap:g}"
                raise CapReached(f"This {scope} has used {said}.", hint=f"Allow more with `deskhand config set limits.{scope}_{unit} N`.")

    def record(self, run_id: str, usage: Usage) -> None:
        """Count a call that is in the journal now; what was not asked for yet is read from there when it is."""
        if run_id in self._runs:
            self._runs[run_id] += usage
        if self._day[0] == self._date():
            self._day = (self._day[0], self._day[1] + usage)

    def extend_caps(self, run_id: str) -> None:
        """Let a run use as much again from now on, as the person agreed."""
        self._agreed[run_id] = {"run": self.run_usage(run_id), "day": self.usage_today()}

    def run_usage(self, run_id: str) -> Usage:
        """Return what a run has used so far, read from the journal the first time."""
        if run_id not in self._runs:
            self._runs[run_id] = _sum_usage([event.data for event in self.journal.of_run(run_id, (events.MODEL_CALLED,))])
        return self._runs[run_id]

    def usage_today(self) -> Usage:
        """Return what all runs used since midnight, in the person's time."""
        if self._day[0] != self._date():
            self._day = (self._date(), _sum_usage(self.journal.data_since(events.MODEL_CALLED, self._midnight())))
        return self._day[1]

    def set_caps(self, run_id: str, caps: dict[str, float]) -> None:
        """Set caps of one run: ``tokens`` and ``usd``, besides those of the settings."""
        if caps:
            self._caps[run_id] = caps

    def forget_run(self, run_id: str) -> None:
        """Forget a run that ended."""
        self._caps.pop(run_id, None)
        self._runs.pop(run_id, None)
        self._agreed.pop(run_id, None)

    def _date(self) -> str:
        return f"{self.clock.now().astimezone():%Y-%m-%d}"

    def _midnight(self) -> str:
        return iso(self.clock.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0))


def _measure(usage: Usage, unit: str) -> float:
    return usage.prompt_tokens + usage.completion_tokens if unit == "tokens" else usage.cost_usd


def _sum_usage(rows: list[dict[str, Any]]) -> Usage:
    total = Usage()
    for row in rows:
        usage = row["usage"]
        total += Usage(int(usage.get("calls", 0)), int(usage.get("prompt_tokens", 0)), int(usage.get("completion_tokens", 0)), 0, float(usage.get("cost_usd", 0.0)))
    return total
