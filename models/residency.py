"""Which models stay loaded: decided by what is known to come, what has been used how often, and what coming back would cost.

Deterministic and explained. What the plan and the queue say about the next uses is weighed exactly: every set of models that could be
loaded is followed through them, and the cheapest way is taken (with sizes and costs that differ, "the one needed last goes first" of
Belady 1966 is not the optimum; a search over the sets is). Where nothing is known ahead, the one unused for longest goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, groupby

NEAR = 16  # changes of model ahead that are followed one by one
WAYS = 96  # sets of models that are followed at once
FADE = 0.8  # how much less a use counts for each use before it, beyond those that are followed


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a model takes and costs: bytes by device, seconds to load."""

    bytes: Mapping[str, int]
    load_seconds: float


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do before ``model`` speaks: unload these, then load it. ``why`` is for people; ``fits`` False: not even alone."""

    model: str
    load: bool
    unload: tuple[str, ...] = ()
    why: str = ""
    fits: bool = True


@dataclass(slots=True)
class _Kept:
    used_at: int
    idle_since: float


@dataclass(slots=True)
class Residency:
    """The loaded models and what is known of their use. ``budget`` in bytes by device; ``pinned`` never leave by themselves."""

    budget: dict[str, int]
    footprints: dict[str, Footprint]
    pinned: set[str] = field(default_factory=set)
    time_to_live: float = 900.0  # seconds without use
    _resident: dict[str, _Kept] = field(default_factory=dict)
    _clock: int = 0

    @property
    def resident(self) -> tuple[str, ...]:
        """Loaded models, by name."""
        return tuple(sorted(self._resident))

    def want(self, model: str, future: Sequence[str] = (), now: float = 0.0) -> Decision:
        """Decide for ``model``, which speaks now; ``future`` are the models that will be needed after it, in order. Takes effect at once."""
        self._clock += 1
        if model in self._resident:
            self._touch(model, now)
            return Decision(model, False, why="it is loaded")
        room = self._leave(model, future)
        if room is None:
            return Decision(model, False, why=f"{model} does not fit beside what must stay", fits=False)
        for leaving in room:
            del self._resident[leaving]
        self._touch(model, now)
        return Decision(model, True, room, self._why(room, future))

    def ahead(self, future: Sequence[str], now: float = 0.0) -> Decision | None:
        """What may be loaded while tools run: the next model that is not here, if it fits without sending anything away that is needed before."""
        upcoming = next((model for model in future if model not in self._resident), None)
        if upcoming is None:
            return None
        sooner = set(future[: future.index(upcoming)])
        leaving = self._leave(upcoming, future, frozenset(sooner & set(self._resident)))
        if leaving is None or any(model in future[:NEAR] for model in leaving):
            return None
        for model in leaving:
            del self._resident[model]
        self._touch(upcoming, now)
        return Decision(upcoming, True, leaving, f"it is needed next; {self._why(leaving, future)}")

    def shrink(self, device: str, missing: int, busy: Iterable[str] = ()) -> tuple[str, ...]:
        """Give back at least ``missing`` bytes of a device to other programs, the least needed first; never what speaks right now."""
        gone: list[str] = []
        free = [model for model in self._resident if model not in busy and model not in self.pinned and self.footprints[model].bytes.get(device, 0)]
        for model in sorted(free, key=lambda model: (self._worth(model, ()), model)):
            if missing <= 0:
                break
            missing -= self.footprints[model].bytes[device]
            gone.append(model)
            del self._resident[model]
        return tuple(gone)

    def expire(self, now: float, busy: Iterable[str] = ()) -> tuple[str, ...]:
        """Models that nobody used for their time to live; they are let go of."""
        gone = sorted(model for model, kept in self._resident.items() if now - kept.idle_since >= self.time_to_live and model not in self.pinned and model not in busy)
        for model in gone:
            del self._resident[model]
        return tuple(gone)

    def forget(self, model: str) -> None:
        """It was unloaded, or its process died."""
        self._resident.pop(model, None)

    def order(self, ready: Sequence[tuple[str, str]]) -> list[str]:
        """Steps that are ready, as ``(step, model)``, in the order of fewest switches: what is loaded first, then grouped by model."""
        counts: dict[str, int] = {}
        for _, model in ready:
            counts[model] = counts.get(model, 0) + 1
        first = {model: place for place, (_, model) in reversed(list(enumerate(ready)))}
        return [step for step, _ in sorted(ready, key=lambda pair: (pair[1] not in self._resident, -counts[pair[1]], first[pair[1]]))]

    # -- choosing ---------------------------------------------------------------------------------------------------

    def _touch(self, model: str, now: float) -> None:
        self._resident[model] = _Kept(self._clock, now)

    def _leave(self, model: str, future: Sequence[str], keep: frozenset[str] = frozenset()) -> tuple[str, ...] | None:
        """The models whose leaving makes room at the least cost over what is known to come; None where nothing makes room."""
        here, stays = frozenset(self._resident), frozenset(name for name in self._resident if name in self.pinned) | keep
        first = self._ways(here, model, stays)
        if not first:
            return None
        if not future:
            oldest = sorted(here - stays, key=lambda name: (self._resident[name].used_at, name))
            count = next(count for count in range(len(oldest) + 1) if self._inside(here - set(oldest[:count]) | {model}))
            return tuple(oldest[:count])
        best = self._follow(first, future, stays)
        return tuple(sorted(here - best))

    def _follow(self, first: list[frozenset[str]], future: Sequence[str], stays: frozenset[str]) -> frozenset[str]:
        """Of the sets that may be loaded now, the one from which the next uses cost least."""
        costs = {(start, start): 0.0 for start in first}
        changes = [model for model, _ in groupby(future)]
        for wanted in changes[:NEAR]:
            following: dict[tuple[frozenset[str], frozenset[str]], float] = {}
            for (start, held), cost in costs.items():
                price = 0.0 if wanted in held else self._seconds(wanted)
                for way in [held] if wanted in held else self._ways(held, wanted, stays):
                    if cost + price < following.get((start, way), float("inf")):
                        following[start, way] = cost + price
            ranked = sorted(following.items(), key=lambda item: (item[1], sorted(item[0][1]), sorted(item[0][0])))
            costs = dict(ranked[:WAYS]) or costs
        later = changes[NEAR:]
        return min(
            costs.items(), key=lambda item: (item[1] - sum(self._worth(name, later) for name in item[0][1]), -sum(self._recent(name) for name in item[0][0]), sorted(item[0][0]))
        )[0][0]

    def _ways(self, held: frozenset[str], model: str, stays: frozenset[str]) -> list[frozenset[str]]:
        """Every set with ``model`` that fits and of which nothing was sent away without need."""
        movable = sorted(held - stays - {model})
        found: list[frozenset[str]] = []
        for count in range(len(movable) + 1):
            for leaving in combinations(movable, count):
                way = held - set(leaving) | {model}
                if self._inside(way) and not any(way < larger for larger in found):
                    found.append(way)
        return found

    def _worth(self, model: str, later: Sequence[str]) -> float:
        """Seconds that having a model is worth beyond what is followed: the sooner it is needed the more, a little for its past."""
        if model in later:
            return self._seconds(model) * FADE ** later.index(model)
        return self._seconds(model) * 0.1 * self._recent(model)

    def _recent(self, model: str) -> float:
        return FADE ** (self._clock - self._resident[model].used_at) if model in self._resident else 0.0

    def _seconds(self, model: str) -> float:
        return self.footprints[model].load_seconds if model in self.footprints else 0.0

    def _inside(self, models: Iterable[str]) -> bool:
        held = [self.footprints[name].bytes for name in models if name in self.footprints]
        return all(sum(sizes.get(device, 0) for sizes in held) <= self.budget.get(device, 0) for device in {device for sizes in held for device in sizes})

    def _why(self, leaving: tuple[str, ...], future: Sequence[str]) -> str:
        if not leaving:
            return "there is room"
        return "; ".join(
            f"{model} leaves: " + (f"needed again in {list(future).index(model) + 1}" if model in future else "not needed by anything that waits") for model in leaving
        )
