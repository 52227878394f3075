"""Placement: what must be so first, then the soonest end; against brute force, and with its reasons."""

from __future__ import annotations

import itertools
import random

from core.devices import placement
from core.devices.placement import Machine, Need, cost, lacks, place

GB = 1e9


def case(rng: random.Random, steps: int, machines: int) -> tuple[list[Need], list[Machine]]:
    """A small plan over a handful of machines, with everything that counts made up."""
    tools = ["a", "b", "c"]
    made = [
        Machine(
            f"m{number}", rng.choice(["linux", "windows"]), frozenset(rng.sample(tools, rng.randint(1, 3))), frozenset(["read", "change"]), ("/work",) if rng.random() < 0.5 else (),
            rng.choice([0, 8, 24]) * GB, rng.choice([4, 16]) * GB, frozenset(), rng.uniform(0.3, 2), rng.random(), rng.choice([0, 0, 3, 20]), rng.choice([None, 10.0, 80.0]), rng.random() < 0.5,
            rng.choice([1e6, 1e7, 1e8]), rng.choice([0.0, 0.5]), rng.random() < 0.9,
        )
        for number in range(machines)
    ]  # fmt: skip
    needs: list[Need] = []
    for number in range(steps):
        after = {f"s{earlier}": rng.choice([0.0, 1e5, 5e7]) for earlier in range(number) if rng.random() < 0.5}
        data = {rng.choice(made).name: rng.choice([1e6, 2e8])} if rng.random() < 0.3 else {}
        needs.append(
            Need(f"s{number}", system=rng.choice(["", "", "linux"]), tool=rng.choice(["", *tools]), gpu_bytes=rng.choice([0, 0, 0, 8 * GB]), seconds=rng.choice([0.5, 5, 60]), after=after, data=data)
        )  # fmt: skip
    return needs, made


def test_it_is_as_good_as_brute_force_and_says_why_on_500_random_cases() -> None:
    rng, best = random.Random(5), 0
    for _ in range(500):
        needs, machines = case(rng, rng.randint(1, 4), rng.randint(2, 4))
        placed = place(needs, machines)
        by_name = {machine.name: machine for machine in machines}
        able = [[machine for machine in machines if not lacks(need, machine)] for need in needs]
        possible = [number for number, choices in enumerate(able) if choices]
        assert all(bool(one.machine) == bool(choices) for one, choices in zip(placed, able, strict=True))
        assert all(one.why and not (one.machine and one.machine in one.ruled_out) for one in placed)
        assert all(set(one.ruled_out) == {machine.name for machine in machines if machine not in choices} for one, choices in zip(placed, able, strict=True))
        kept = [needs[number] for number in possible]
        ours = cost(kept, [by_name[placed[number].machine] for number in possible], machines)
        least = min((cost(kept, chosen, machines) for chosen in itertools.product(*(able[number] for number in possible))), default=0.0)
        best += ours <= least + 1e-9
    assert best >= 495


def test_large_plans_come_close_without_looking_at_everything(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    rng, near = random.Random(6), 0
    for _ in range(60):
        needs, machines = case(rng, 5, 4)
        able = [[machine for machine in machines if not lacks(need, machine)] for need in needs]
        if not all(able):
            near += 1
            continue
        least = min(cost(needs, chosen, machines) for chosen in itertools.product(*able))
        monkeypatch.setattr(placement, "SEARCHED_WHOLE", 1)
        by_name = {machine.name: machine for machine in machines}
        ours = cost(needs, [by_name[one.machine] for one in place(needs, machines)], machines)
        monkeypatch.undo()
        near += ours <= 1.1 * least + 1e-9
    assert near >= 54


def test_what_is_missing_is_named_and_a_named_device_is_kept_even_when_it_is_away() -> None:
    here, office = Machine("here", tools=frozenset({"files.find"})), Machine("office", "windows", frozenset({"files.find"}), online=False)
    (impossible,) = place([Need("s1", gpu_bytes=8 * GB)], [here, office])
    assert impossible.machine == "" and "graphics memory" in impossible.why and set(impossible.ruled_out) == {"here", "office"}
    (named,) = place([Need("s1", device="Office", tool="files.find")], [here, office])
    assert named.machine == "office" and named.why == "office was named."
    (chosen,) = place([Need("s1", tool="files.find")], [here, office])
    assert chosen.machine == "here" and "office is away" in chosen.why


def test_work_goes_to_its_data_and_spares_a_low_battery() -> None:
    here, nas = Machine("here", link=1e6), Machine("nas", link=1e6)
    (near_data,) = place([Need("s1", seconds=2, data={"nas": 1e9})], [here, nas])
    assert near_data.machine == "nas"
    laptop = Machine("laptop", battery_percent=12, plugged=False, speed=1.5)
    (spared,) = place([Need("s1", seconds=10)], [Machine("here"), laptop])
    assert spared.machine == "here" and "laptop" in spared.why
    wide = place([Need(f"s{number}", seconds=10) for number in range(3)], [Machine("a"), Machine("b"), Machine("c")])
    assert {one.machine for one in wide} == {"a", "b", "c"}  # side by side
