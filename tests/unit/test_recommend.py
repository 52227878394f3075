"""Which model to get: the best that is quick, out of what can be reached and loaded, with its figures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models import catalog, recommend
from models.fit import QUICK, Speeds, assumed_memory
from models.hardware import Card, Machine
from models.recommend import HUB, REGISTRY, Conditions, best, rank, shortlist

GB = 10**9
LAPTOP = Machine(16 * GB, 12 * GB, 8, 16, "A Processor", ("avx2",), 200 * GB, "Linux x86_64")
SMALL = replace(LAPTOP, ram=8 * GB, ram_free=6 * GB, cores=2, threads=2)
CARD = Card("cuda0", "A Card", "nvidia", 24 * GB, 23 * GB, 1.0e12, backend="cuda")


def test_a_better_machine_gets_a_better_model_and_each_comes_with_its_figures() -> None:
    grades = []
    for machine in (replace(SMALL, ram=4 * GB, ram_free=3 * GB), SMALL, replace(LAPTOP, ram=64 * GB, ram_free=58 * GB, cards=(CARD,))):
        found = best(Conditions(machine))
        assert found is not None and found.fit.fits and found.fit.decode_speed >= QUICK and found.profile.unconditional
        shown = found.to_json()
        assert (
            shown["speed"] == found.fit.decode_speed
            and shown["bytes"] == found.profile.bytes(found.quantisation)
            and shown["licence"] in found.reason
            and "tokens/s" in found.reason
        )
        grades.append(found.profile.grade)
    assert grades == sorted(grades) and grades[0] < grades[-1]


def test_measured_speed_decides() -> None:
    """The same machine, once as slow and once as quick as was measured."""
    slow, quick = best(Conditions(LAPTOP, Speeds(memory=10e9))), best(Conditions(LAPTOP, Speeds(memory=80e9)))
    assert slow and quick and slow.profile.grade < quick.profile.grade
    assert slow.fit.decode_speed >= QUICK and quick.fit.decode_speed >= QUICK


def test_few_cores_do_not_get_through_what_memory_gives() -> None:
    assert assumed_memory(replace(SMALL, cores=2)) < assumed_memory(replace(SMALL, cores=4)) == assumed_memory(replace(SMALL, cores=64))
    profile = catalog.find("qwen2.5-coder-1.5b")
    assert profile is not None
    found = next(entry for entry in rank(Conditions(SMALL)) if entry.profile.id == "qwen2.5-coder-1.5b")
    assert found.fit.decode_speed == pytest.approx(10, rel=0.15)  # as it was measured on two cores


def test_without_a_hub_it_comes_from_the_registry() -> None:
    found = best(Conditions(SMALL, reachable_sources=(REGISTRY,)))
    assert found and (found.id, found.source, found.quantisation, found.bytes) == ("registry:qwen2.5-coder-1.5b", REGISTRY, "Q4_K_M", 1_117_320_768)
    weak = best(Conditions(replace(SMALL, ram=3 * GB, ram_free=1_700_000_000, cores=1), reachable_sources=(REGISTRY,)))
    assert weak and weak.id == "registry:qwen2.5-coder-0.5b" and weak.bytes == 491_400_064
    assert best(Conditions(SMALL, reachable_sources=())) is None


def test_a_slow_machine_gets_the_quickest_and_is_told_so() -> None:
    found = best(Conditions(SMALL, Speeds(memory=5e9), (REGISTRY,)))
    assert found and found.id == "registry:qwen2.5-coder-0.5b" and found.fit.decode_speed >= QUICK
    crawling = best(Conditions(SMALL, Speeds(memory=2.5e9), (REGISTRY,)))
    assert crawling and crawling.fit.decode_speed < QUICK and "this is the quickest" in crawling.reason


def test_a_machine_for_nothing_gets_nothing() -> None:
    tiny = replace(LAPTOP, ram=GB, ram_free=GB // 4)
    assert best(Conditions(tiny)) is None and shortlist(Conditions(tiny)) == () and best(Conditions(replace(LAPTOP, disk_free=GB))) is None


def test_what_llama_cannot_load_is_not_offered() -> None:
    first = best(Conditions(LAPTOP))
    assert first is not None
    other = best(Conditions(LAPTOP, loadable={first.profile.architecture: False}))
    assert other and other.profile.architecture != first.profile.architecture


def test_no_larger_download_than_is_allowed() -> None:
    found = best(Conditions(replace(LAPTOP, cards=(CARD,)), most_bytes=4 * GB))
    assert found and found.bytes <= 4 * GB and best(Conditions(replace(LAPTOP, disk_free=3 * GB))).bytes <= 2 * GB  # type: ignore[union-attr]


def test_memory_is_left_to_what_else_runs() -> None:
    for entry in rank(Conditions(SMALL, Speeds(memory=200e9))):
        assert entry.fit.parts["cpu"].total <= 4.01 * GB


def test_beside_the_best_a_quicker_and_a_better_one_are_named() -> None:
    found = shortlist(Conditions(LAPTOP))
    assert [entry.why for entry in found] == ["best", "quicker", "slower"] and found[0].id == best(Conditions(LAPTOP)).id  # type: ignore[union-attr]
    first, quicker, better = found
    assert quicker.fit.decode_speed >= 2 * first.fit.decode_speed and better.profile.grade > first.profile.grade and better.fit.decode_speed < QUICK


def test_licences_that_ask_something_are_not_recommended_by_themselves() -> None:
    restricted = [profile.id for profile in catalog.local_profiles() if not profile.unconditional]
    assert {"lfm2.5-8b-a1b", "nemotron-3-nano-4b", "llama-3.1-8b"} <= set(restricted)
    assert not {entry.profile.id for entry in rank(Conditions(replace(LAPTOP, ram=64 * GB, ram_free=60 * GB)))} & set(restricted)


def test_sources_and_ids_are_what_pull_takes() -> None:
    for entry in rank(Conditions(LAPTOP, reachable_sources=(HUB, REGISTRY))):
        assert entry.source == recommend.HUB and catalog.find(entry.id.partition(":")[0]) is not None and entry.id.endswith(f":{entry.quantisation}")
