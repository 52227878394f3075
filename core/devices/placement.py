"""Which machine does which step. Code decides: what must be so first, then what costs least time; and it says why.

The measure of a placement is when the last step would be done: steps wait for those that they need, a machine does one step at a time and what waits there
first, data that lie elsewhere have to travel. Small plans are searched whole; for large ones each step moves to where it is best until none moves any more.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

SEARCHED_WHOLE = 20_000  # placements that are all looked at
SWEEPS = 20
BATTERY_LOW = 20.0  # percent, unplugged: from there on such a machine is spared
BATTERY_PENALTY = 3.0
PRICE_SECONDS = 36_000.0  # seconds that a dollar is worth: ten hours
EPSILON = 1e-9


@dataclass(frozen=True, slots=True)
class Machine:
    """A candidate. ``speed`` is relative to the hub; ``queue_s`` what it has to do already; ``link`` bytes a second to the hub, which it passes through."""

    name: str
    system: str = "linux"
    tools: frozenset[str] = frozenset()
    rights: frozenset[str] = frozenset()
    folders: tuple[str, ...] = ()
    gpu_bytes: float = 0.0
    memory_bytes: float = 0.0
    models: frozenset[str] = frozenset()
    speed: float = 1.0
    load: float = 0.0
    queue_s: float = 0.0
    battery_percent: float | None = None
    plugged: bool = True
    link: float = 10e6
    price: float = 0.0  # USD an hour
    online: bool = True


@dataclass(frozen=True, slots=True)
class Need:
    """What a step needs of the machine that does it. ``device`` is one that a person or a plan named; ``seconds`` the work on an idle hub;
    ``after`` the steps before it with the bytes that it takes from each; ``data`` bytes that lie on a machine already."""

    step: str
    device: str = ""
    system: str = ""
    tool: str = ""
    right: str = ""
    folder: str = ""
    gpu_bytes: float = 0.0
    memory_bytes: float = 0.0
    model: str = ""
    seconds: float = 1.0
    after: Mapping[str, float] = field(default_factory=dict)
    data: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Placed:
    """A step's machine (empty: none can do it) and the reasons, the ruled-out ones with what they lack."""

    step: str
    machine: str
    why: str
    ruled_out: Mapping[str, str]


def lacks(need: Need, machine: Machine) -> str:
    """What a machine lacks for a step; empty where it can do it."""
    if need.device and machine.name.lower() != need.device.lower():
        return f"{need.device} was named"
    if need.system and need.system != machine.system:
        return f"runs {machine.system}, not {need.system}"
    if need.tool and need.tool not in machine.tools:
        return f"has no {need.tool}"
    if need.right and need.right not in machine.rights:
        return f"does not let others {need.right}"
    if need.folder and not any(need.folder == folder or need.folder.startswith(folder.rstrip("/") + "/") for folder in machine.folders):
        return f"does not have {need.folder}"
    if need.gpu_bytes > machine.gpu_bytes:
        return f"has {machine.gpu_bytes / 1e9:.0f} GB of graphics memory, not {need.gpu_bytes / 1e9:.0f}"
    if need.memory_bytes > machine.memory_bytes:
        return f"has {machine.memory_bytes / 1e9:.0f} GB of free memory, not {need.memory_bytes / 1e9:.0f}"
    if need.model and need.model not in machine.models:
        return f"does not have {need.model}"
    if not machine.online and not need.device:
        return "is away"
    return ""


def place(needs: Sequence[Need], machines: Sequence[Machine]) -> list[Placed]:
    """A machine for each step, steps in an order in which each comes after those that it needs. The first of ``machines`` is the hub."""
    able = [[machine for machine in machines if not lacks(need, machine)] for need in needs]
    open_ = [number for number, choices in enumerate(able) if choices]
    chosen = _best([needs[number] for number in open_], [able[number] for number in open_], machines)
    where = dict(zip(open_, chosen, strict=True))
    return [_told(need, where.get(number), able[number], machines, [needs[n] for n in open_], chosen, open_) for number, need in enumerate(needs)]


def _best(needs: list[Need], able: list[list[Machine]], machines: Sequence[Machine]) -> tuple[Machine, ...]:
    combinations = 1
    for choices in able:
        combinations *= len(choices)
    if combinations <= SEARCHED_WHOLE:
        return min(itertools.product(*able), key=lambda chosen: cost(needs, chosen, machines), default=())
    starts = [[min(choices, key=lambda machine: _alone(need, machine)) for need, choices in zip(needs, able, strict=True)], [choices[0] for choices in able]]
    return min((tuple(_improved(needs, able, start, machines)) for start in starts), key=lambda chosen: cost(needs, chosen, machines))


def _improved(needs: list[Need], able: list[list[Machine]], chosen: list[Machine], machines: Sequence[Machine]) -> list[Machine]:
    """Each step in turn to where the whole is best, until nothing moves."""
    for _ in range(SWEEPS):
        before = list(chosen)
        for number, choices in enumerate(able):
            chosen[number] = min(choices, key=lambda machine: cost(needs, (*chosen[:number], machine, *chosen[number + 1 :]), machines))
        if chosen == before:
            break
    return chosen


def cost(needs: Sequence[Need], chosen: Sequence[Machine], machines: Sequence[Machine]) -> float:
    """Seconds until all is done, and a little for the sum of the work, so that no machine is busy for nothing."""
    free = {machine.name: machine.queue_s for machine in machines}
    by_name = {machine.name: machine for machine in machines}
    done: dict[str, float] = {}
    where: dict[str, Machine] = {}
    extra = 0.0
    for need, machine in zip(needs, chosen, strict=True):
        ready = max((done[other] + _travel(size, where[other], machine) for other, size in need.after.items() if other in done), default=0.0)
        ready = max([ready, *(_travel(size, by_name[name], machine) for name, size in need.data.items() if name in by_name)])
        work = _work(need, machine)
        done[need.step] = free[machine.name] = max(ready, free[machine.name]) + work
        where[need.step] = machine
        extra += work + machine.price * work / 3600 * PRICE_SECONDS
    return max(done.values(), default=0.0) + 0.01 * extra


def _work(need: Need, machine: Machine) -> float:
    spare = BATTERY_PENALTY if machine.battery_percent is not None and not machine.plugged and machine.battery_percent < BATTERY_LOW else 1.0
    return need.seconds / max(machine.speed, 0.01) * (1 + max(0.0, machine.load)) * spare


def _travel(size: float, source: Machine, target: Machine) -> float:
    """Everything passes through the hub, so the slower of the two links counts."""
    return 0.0 if source.name == target.name or not size else size / max(1.0, min(source.link, target.link))


def _alone(need: Need, machine: Machine) -> float:
    return machine.queue_s + _work(need, machine)


def _told(need: Need, machine: Machine | None, able: list[Machine], machines: Sequence[Machine], needs: list[Need], chosen: tuple[Machine, ...], open_: list[int]) -> Placed:
    ruled_out = {other.name: reason for other in machines if (reason := lacks(need, other))}
    if machine is None:
        return Placed(need.step, "", "No machine can do this: " + "; ".join(f"{name} {reason}" for name, reason in ruled_out.items()) + ".", ruled_out)
    if need.device:
        return Placed(need.step, machine.name, f"{machine.name} was named.", ruled_out)
    if len(able) == 1:
        why = "; ".join(f"{name} {reason}" for name, reason in ruled_out.items())
        return Placed(need.step, machine.name, f"Only {machine.name} can do it" + (f": {why}." if why else "."), ruled_out)
    at = next(number for number, other in enumerate(needs) if other.step == need.step)
    ours = cost(needs, chosen, machines)
    others = {other.name: cost(needs, (*chosen[:at], other, *chosen[at + 1 :]), machines) - ours for other in able if other.name != machine.name}
    compared = ", ".join(f"{name} {_later(seconds)}" for name, seconds in sorted(others.items(), key=lambda item: item[1]))
    return Placed(need.step, machine.name, f"{machine.name} is soonest ({compared}).", ruled_out)


def _later(seconds: float) -> str:
    return "as soon" if seconds < EPSILON else f"{seconds:.1f} s later"


def machine_of(name: str, card: Mapping[str, Any], live: Mapping[str, Any], online: bool, own_cpus: float = 1.0, link: float = 10e6) -> Machine:
    """A device's card and state as a candidate; its speed is guessed from its processors until its work was timed."""
    return Machine(
        name, card.get("system", "other"), frozenset(card.get("tools", ())), frozenset(card.get("rights", ())), tuple(card.get("folders", ())),
        max((gpu["bytes"] for gpu in card.get("gpus", ())), default=0.0), live.get("free_memory_bytes") or card.get("memory_bytes", 0.0), frozenset(card.get("models", ())),
        max(0.25, min(2.0, (card.get("cpus") or 1.0) / max(own_cpus, 1.0))), live.get("load") or 0.0, 5.0 * ((live.get("queue") or 0) + (live.get("running") or 0)),
        live.get("battery_percent"), live.get("plugged", True), link, card.get("cost") or 0.0, online,
    )  # fmt: skip
