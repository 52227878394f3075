"""Who stays loaded: never worse than least-recently-used on the traces, near the optimum with a look ahead, and reasons one can read."""

from __future__ import annotations

import pytest

from models.residency import Footprint, Residency
from tests.benchmarks import residency as bench

SIZES = {"a": 4, "b": 4, "c": 4, "big": 8, "tiny": 1}


def keeper(budget: int = 10, **more: object) -> Residency:
    return Residency({"cpu": budget}, {name: Footprint({"cpu": size}, float(size)) for name, size in SIZES.items()}, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("budget", bench.BUDGETS)
@pytest.mark.parametrize("name", bench.traces())
def test_never_worse_than_least_recently_used_and_near_the_optimum(name: str, budget: str) -> None:
    trace, room = bench.traces()[name], bench.BUDGETS[budget]
    mine, lru, best = bench.ours(trace, room)[0], bench.least_recently_used(trace, room)[0], bench.optimum(trace, room)[0]
    assert best <= mine <= min(lru, bench.keep_one(trace, room)[0]) + 1e-6 and mine <= 1.12 * best  # of which twelve uses ahead are known
    assert bench.blind(trace, room)[0] <= lru + 1e-6


def test_the_same_uses_give_the_same_decisions() -> None:
    trace = bench.traces()["bursts"]
    runs = []
    for _ in range(2):
        made = Residency({"cpu": 16 * bench.GB}, bench.MODELS)
        runs.append([made.want(model, trace[at + 1 : at + 9]) for at, model in enumerate(trace)])
    assert runs[0] == runs[1]


def test_what_a_plan_needs_soon_stays_and_the_reason_is_said() -> None:
    made = keeper()
    made.want("a")
    made.want("b")
    decision = made.want("c", ["a", "c"])
    assert decision.unload == ("b",) and decision.why == "b leaves: not needed by anything that waits" and made.resident == ("a", "c")
    assert made.want("a").why == "it is loaded"


def test_what_is_pinned_stays_and_what_cannot_fit_is_said() -> None:
    made = keeper(pinned={"a"})
    made.want("a")
    made.want("b")
    assert made.want("c").unload == ("b",)
    refused = made.want("big")
    assert not refused.fits and not refused.load and made.resident == ("a", "c")


def test_the_next_model_is_loaded_while_tools_run_only_into_free_room() -> None:
    made = keeper()
    made.want("a")
    ahead = made.ahead(["a", "b", "a"])
    assert ahead is not None and ahead.model == "b" and not ahead.unload
    assert made.ahead(["a", "b", "c"]) is None  # a and b are needed before c
    assert made.ahead(["a"]) is None


def test_memory_is_given_back_the_least_needed_first_never_what_speaks() -> None:
    made = keeper(pinned={"tiny"})
    for name in ("a", "tiny", "b"):
        made.want(name)
    assert made.shrink("cpu", 3, busy=["a"]) == ("b",) and made.shrink("cpu", 100, busy=["a"]) == () and made.resident == ("a", "tiny")
    assert made.shrink("cpu", 0) == ()


def test_what_nobody_uses_is_let_go_of_after_its_time() -> None:
    made = keeper(time_to_live=60.0, pinned={"tiny"})
    made.want("a", now=0.0)
    made.want("tiny", now=0.0)
    made.want("b", now=50.0)
    assert made.expire(59.0) == () and made.expire(61.0, busy=["a"]) == () and made.expire(61.0) == ("a",) and made.resident == ("b", "tiny")


def test_steps_that_are_ready_go_by_model() -> None:
    made = keeper()
    made.want("b")
    assert made.order([("1", "a"), ("2", "b"), ("3", "c"), ("4", "a"), ("5", "b")]) == ["2", "5", "1", "4", "3"]


def test_two_devices_are_counted_apart() -> None:
    made = Residency({"cpu": 10, "cuda0": 6}, {"x": Footprint({"cpu": 1, "cuda0": 5}, 5.0), "y": Footprint({"cpu": 1, "cuda0": 4}, 4.0), "z": Footprint({"cpu": 8}, 8.0)})
    made.want("x")
    made.want("z")
    assert made.want("y").unload == ("x",) and made.resident == ("y", "z")
