"""Ways to answer on the ways talk and act: one table, the first that applies. A strategy for small models is a module of its own and one row here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from core.execution.run import Run
from core.turn.act.closing import LoopEnd
from core.turn.act.loop import ActionLoop
from core.turn.signals import works_in_loop
from core.turn.small.strategies import answer_small


@dataclass(frozen=True, slots=True)
class Strategy:
    """``applies`` looks at the run's request and models only; ``answer`` works with the loop's hands and ends like it."""

    name: str
    applies: Callable[[Run], bool]
    answer: Callable[[ActionLoop], Awaitable[LoopEnd]]


STRATEGIES: tuple[Strategy, ...] = (
    Strategy("small", lambda run: not works_in_loop(run.acting_model().profile), answer_small),
    Strategy("loop", lambda run: True, ActionLoop.run),
)


async def answer_request(run: Run, loop: ActionLoop) -> None:
    """Answer with the first strategy that applies, and note how it ended."""
    strategy = next(strategy for strategy in STRATEGIES if strategy.applies(run))
    end = await strategy.answer(loop)
    run.loop_status = _status(run, end)


def _status(run: Run, end: LoopEnd) -> str:
    """``refused`` where nothing was done because somebody said no; else as the loop ended."""
    if end.kind == "asked":
        return "asked"
    states = [(run.deps.tools.risk(step.tool), run.state.steps[step.id]) for step in run.state.all_steps]
    denied = any((state.error or {}).get("code") == "denied" for _, state in states)
    if denied and not any(risk != "reads" and state.status == "done" for risk, state in states):
        return "refused"
    return "done" if end.kind == "answered" else "failed"
