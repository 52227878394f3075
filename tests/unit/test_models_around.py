"""Which models to get for a machine."""

from __future__ import annotations

from dataclasses import replace

from models import catalog, recommend
from models.hardware import Card, Machine

GB = 10**9
MACHINE = Machine(16 * GB, 13 * GB, 8, 16, "A Processor", ("avx2",), 100 * GB, "Linux x86_64")


def test_a_better_machine_gets_better_models_and_each_comes_with_its_reason() -> None:
    card = Card("cuda0", "A Card", "nvidia", 24 * GB, 23 * GB, 1.0e12, backend="cuda")
    grades = []
    for machine in (replace(MACHINE, ram_free=5 * GB), MACHINE, replace(MACHINE, ram=64 * GB, ram_free=58 * GB, cards=(card,))):
        advice = {entry.role: entry for entry in recommend.recommended(machine)}
        profile = catalog.find(advice["planner"].id.partition(":")[0])
        assert profile is not None and advice["planner"].fit.fits and "tokens/s" in advice["planner"].reason
        grades.append(profile.grade)
    assert grades == sorted(grades) and grades[0] < grades[-1]


def test_a_machine_for_nothing_gets_no_advice() -> None:
    assert recommend.recommended(replace(MACHINE, ram=GB, ram_free=GB // 4)) == []
