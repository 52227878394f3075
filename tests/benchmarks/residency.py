"""Who stays loaded: seconds of loading and bytes moved on seven traces, beside least-recently-used, keep-one and the optimum.

The optimum is exact, by following every set of models through the whole trace; Belady's rule is shown too (with models of different
sizes it is no longer the optimum). Traces are the patterns of our own runs; sizes are those of real files at 4 bits.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from itertools import combinations

from models.residency import Footprint, Residency
from tests.benchmarks.run import table

GB = 10**9
MODELS = {
    name: Footprint({"cpu": round(size * GB)}, 0.35 + size / 1.2)
    for name, size in {"plan 8b": 5.4, "review 4b": 3.1, "execute 14b": 9.4, "embed": 0.3, "code 7b": 4.9, "small 1.7b": 1.6}.items()
}
BUDGETS = {"10 GB": 10 * GB, "16 GB": 16 * GB}
AHEAD = 12  # uses that a plan and the queue tell of
Serve = Callable[[Sequence[str], int], tuple[float, int]]


def traces() -> dict[str, list[str]]:
    """Uses of models, in order."""
    r = random.Random(3)
    names = list(MODELS)
    return {
        "rounds, then execution": (["plan 8b", "review 4b"] * 3 + ["execute 14b"] * 5) * 8,
        "search between": (["embed", "plan 8b", "review 4b", "embed", "plan 8b", "execute 14b", "embed"]) * 10,
        "two runs at once": (["plan 8b", "review 4b", "execute 14b", "plan 8b", "review 4b", "code 7b", "execute 14b", "small 1.7b"]) * 8,
        "chat with routing": (["small 1.7b"] * 3 + ["plan 8b"] + ["small 1.7b"] + ["execute 14b", "small 1.7b"]) * 12,
        "bursts": [name for _ in range(40) for name in [r.choice(names)] * r.randint(1, 5)],
        "everything in turn": names * 14,
        "skewed": [r.choices(names, [8, 4, 3, 6, 1, 2])[0] for _ in range(120)],
    }  # fmt: skip


def ours(trace: Sequence[str], budget: int, ahead: int = AHEAD) -> tuple[float, int]:
    """The planner, told of the next ``ahead`` uses."""
    keeper, seconds, moved = Residency({"cpu": budget}, MODELS), 0.0, 0
    for at, model in enumerate(trace):
        if keeper.want(model, trace[at + 1 : at + 1 + ahead], float(at)).load:
            seconds, moved = seconds + MODELS[model].load_seconds, moved + MODELS[model].bytes["cpu"]
    return seconds, moved


def blind(trace: Sequence[str], budget: int) -> tuple[float, int]:
    """The planner where nothing is known ahead."""
    return ours(trace, budget, 0)


def least_recently_used(trace: Sequence[str], budget: int) -> tuple[float, int]:
    """Whoever was unused for longest leaves until there is room."""
    return _evicting(trace, budget, lambda held, at: held[0])


def belady(trace: Sequence[str], budget: int) -> tuple[float, int]:
    """Whoever is needed last leaves until there is room."""
    return _evicting(trace, budget, lambda held, at: max(held, key=lambda name: next((n for n, later in enumerate(trace[at + 1 :]) if later == name), len(trace))))


def _evicting(trace: Sequence[str], budget: int, victim: Callable[[list[str], int], str]) -> tuple[float, int]:
    held: list[str] = []
    seconds, moved = 0.0, 0
    for at, model in enumerate(trace):
        if model in held:
            held.remove(model)
        else:
            while sum(MODELS[name].bytes["cpu"] for name in [*held, model]) > budget:
                held.remove(victim(held, at))
            seconds, moved = seconds + MODELS[model].load_seconds, moved + MODELS[model].bytes["cpu"]
        held.append(model)
    return seconds, moved


def keep_one(trace: Sequence[str], budget: int) -> tuple[float, int]:
    """One model at a time."""
    seconds, moved, held = 0.0, 0, ""
    for model in trace:
        if model != held:
            seconds, moved, held = seconds + MODELS[model].load_seconds, moved + MODELS[model].bytes["cpu"], model
    return seconds, moved


def optimum(trace: Sequence[str], budget: int) -> tuple[float, int]:
    """The least seconds that any order of loading and leaving can take."""
    ways: dict[frozenset[str], tuple[float, int]] = {frozenset(): (0.0, 0)}
    for model in trace:
        following: dict[frozenset[str], tuple[float, int]] = {}
        for held, (seconds, moved) in ways.items():
            cost = (seconds, moved) if model in held else (seconds + MODELS[model].load_seconds, moved + MODELS[model].bytes["cpu"])
            for way in [held] if model in held else [frozenset(kept) | {model} for count in range(len(held) + 1) for kept in combinations(held, count)]:
                if sum(MODELS[name].bytes["cpu"] for name in way) <= budget and cost < following.get(way, (float("inf"), 0)):
                    following[way] = cost
        ways = following
    return min(ways.values())


RULES: dict[str, Serve] = {"ours": ours, "ours, nothing known ahead": blind, "least recently used": least_recently_used, "keep one": keep_one, "Belady": belady, "optimum": optimum}


def rows() -> list[tuple[str, ...]]:
    """Seconds (and gigabytes) for each trace, budget and rule."""
    found: list[tuple[str, ...]] = [("trace", "budget", *RULES)]
    for name, trace in traces().items():
        for label, budget in BUDGETS.items():
            found.append((name, label, *(f"{seconds:.0f} s ({moved / GB:.0f} GB)" for seconds, moved in (rule(trace, budget) for rule in RULES.values()))))
    return found


def main() -> None:
    """Print the table."""
    table(rows())


if __name__ == "__main__":
    main()
