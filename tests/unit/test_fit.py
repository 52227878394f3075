"""Whether a model fits, how, and what is said where it does not; predictions that learn from what happened."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import ModelError
from models import catalog, gguf_file
from models.experience import Experience
from models.fit import Fit, Speeds, beside_memory, budgets, fit
from models.hardware import Card, Machine
from models.keeper import Keeper
from models.memory_needs import CONTEXT, CPU, Choice
from tests.helpers.gguf_models import Shape, write

GB = 10**9
LAPTOP = Machine(16 * GB, 12 * GB, 8, 16, "A Processor", ("avx2",), 100 * GB, "Linux x86_64")
DESKTOP = replace(LAPTOP, ram=64 * GB, ram_free=56 * GB, cards=(Card("cuda0", "A Card", "nvidia", 24 * GB, 23 * GB, 1.0e12, backend="cuda"),))


def of(profile: str, machine: Machine, quantisation: str = "Q4_K_M", **more: object) -> Fit:
    found = catalog.find(profile)
    assert found is not None
    return fit(found.as_file(quantisation), machine, **more)  # type: ignore[arg-type]


def test_a_small_model_fits_a_laptop_and_says_how_fast() -> None:
    found = of("qwen3-4b", LAPTOP)
    assert found.fits and found.choice == Choice(8192) and found.parts[CPU].total < found.budgets[CPU]
    assert 4 < found.decode_speed < 12 and found.load_seconds > 1


def test_a_longer_context_than_there_is_room_for_takes_a_smaller_cache_then_less_context() -> None:
    tight = replace(LAPTOP, ram_free=8 * GB)
    found = of("qwen3-8b", tight, wanted=32768)
    assert found.fits and (found.choice.cache != "f16" or found.choice.context < 32768) and found.parts[CPU].total <= found.budgets[CPU]
    assert "instead of" in found.reason or "cache in" in found.reason


def test_what_does_not_fit_is_refused_with_numbers() -> None:
    found = of("llama-3.3-70b", LAPTOP)
    assert not found.fits and "GB" in found.reason and found.nearest is None
    near = of("qwen3-8b", replace(LAPTOP, ram_free=7 * GB), choice=Choice(32768))
    assert (not near.fits and near.nearest is not None and near.nearest.context < 32768) or (near.nearest and near.nearest.cache != "f16")


def test_layers_go_to_the_card_as_far_as_it_reaches() -> None:
    whole, part = of("qwen3-8b", DESKTOP), of("llama-3.3-70b", DESKTOP)
    assert whole.choice.offload == 36 and whole.parts["cuda0"].weights > whole.parts[CPU].weights
    assert part.fits and 0 < part.choice.offload < 80 and part.parts["cuda0"].total <= part.budgets["cuda0"]
    assert whole.decode_speed > 5 * of("qwen3-8b", LAPTOP).decode_speed


def test_of_a_mixture_only_what_speaks_is_read_for_a_token() -> None:
    dense, mixture = of("qwen3-32b", DESKTOP), of("qwen3-30b-a3b", DESKTOP)
    assert mixture.decode_speed > 1.5 * dense.decode_speed


def test_of_a_mixtures_file_only_the_chosen_experts_count_as_read(tmp_path: Path) -> None:
    dense = gguf_file.read(write(tmp_path / "dense.gguf", Shape()))
    mixture = gguf_file.read(write(tmp_path / "mixture.gguf", Shape(architecture="qwen3moe", experts=8)))
    assert dense.active == 1.0 and dense.read_per_token == dense.weights  # the embedding serves as output
    experts = 8 * 3 * 256 * 512 * 34 / 32  # elements of gate, up and down in q8_0, of each layer
    expected = sum(layer.weights for layer in mixture.layers) - len(mixture.layers) * experts * 6 / 8  # 2 of 8 speak
    assert mixture.read_per_token - mixture.embedding == pytest.approx(expected, rel=0.01) and mixture.active < 0.5


def test_small_models_tell_nothing_of_the_memory(tmp_path: Path) -> None:
    experience = Experience(tmp_path / "experience.json")
    experience.answered("tiny", 100, 1.0, 100_000_000)
    assert experience.decode_speed("tiny") == 100 and experience.speeds().memory == 0
    experience.answered("m", 100, 10.0, 3 * GB)
    assert experience.speeds().memory == pytest.approx(40 * GB)


def test_something_is_always_left_to_others() -> None:
    assert budgets(LAPTOP)[CPU] <= LAPTOP.ram_free - 0.08 * LAPTOP.ram and budgets(replace(LAPTOP, ram_free=100))[CPU] == 0


def test_predictions_learn_and_a_damaged_file_of_them_is_begun_anew(tmp_path: Path) -> None:
    experience = Experience(tmp_path / "cache" / "experience.json")
    experience.loaded("m", 4 * GB, 8.35, {CPU: 1000}, {CPU: 1100})
    experience.answered("m", 100, 10.0, 4 * GB)
    experience.answered("m", 3, 0.001, 4 * GB)  # too few to say anything
    again = Experience(tmp_path / "cache" / "experience.json")
    assert again.load_seconds("m") == 8.35 and again.decode_speed("m") == 10.0 and again.memory("m") == pytest.approx({CPU: 1.1})
    assert again.speeds().disk == pytest.approx(0.5 * GB)
    again.loaded("m", 4 * GB, 4.35, {}, {})
    assert 4.35 < (again.load_seconds("m") or 0) < 8.35
    (tmp_path / "cache" / "experience.json").write_text("{broken")
    assert Experience(tmp_path / "cache" / "experience.json").load_seconds("m") is None


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write(tmp_path / "model.gguf", Shape())


async def test_a_load_that_cannot_fit_is_refused_before_it_begins(file: Path, tmp_path: Path) -> None:
    keeper = Keeper(tmp_path / "cache", probe=lambda: replace(LAPTOP, ram=GB, ram_free=710_000_000))
    with pytest.raises(ModelError, match=r"needs .* are free") as refused:
        await keeper.admit("model", file)
    assert refused.value.code == "does_not_fit" and keeper.residency.resident == ()


async def test_a_header_is_read_once_and_remembered(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Keeper(tmp_path / "cache", probe=lambda: LAPTOP).info(file)
    monkeypatch.setattr("models.keeper.gguf_file.read", lambda path: pytest.fail("it was read again"))
    assert Keeper(tmp_path / "cache", probe=lambda: LAPTOP).info(file) == first


async def test_who_leaves_is_decided_by_what_waits(file: Path, tmp_path: Path) -> None:
    keeper = Keeper(tmp_path / "cache", probe=lambda: replace(LAPTOP, ram=2 * GB, ram_free=700_000_000 + 250_000_000))
    assert (await keeper.admit("one", file)).decision.unload == ()
    assert (await keeper.admit("two", file)).decision.unload == ()
    keeper.expect("run", ("three", "one"))
    needed = keeper.residency.footprints["one"].bytes[CPU]
    keeper._probe = lambda: replace(LAPTOP, ram=2 * GB, ram_free=700_000_000 + needed // 2)
    keeper._seen = None
    admission = await keeper.admit("three", file)
    assert admission.decision.unload == ("two",) and "two leaves" in admission.decision.why


def test_a_card_that_this_llama_cpp_cannot_reach_is_not_counted_on() -> None:
    unreached = replace(DESKTOP, cards=(replace(DESKTOP.cards[0], backend=""),))
    found = of("qwen3-8b", unreached)
    assert found.fits and found.choice.offload == 0 and set(found.parts) == {CPU} and budgets(unreached).keys() == {CPU}
    wished = of("qwen3-8b", unreached, choice=Choice(8192, offload=36, card="cuda0"))
    assert wished.choice.offload == 0 and wished.choice.card == "" and set(wished.parts) == {CPU}


def test_of_two_cards_the_one_with_more_room_is_taken_and_named() -> None:
    second = replace(DESKTOP.cards[0], id="cuda1", free=8 * GB)
    found = of("qwen3-8b", replace(DESKTOP, cards=(second, DESKTOP.cards[0])))
    assert found.choice.card == "cuda0" and set(found.parts) == {CPU, "cuda0"} and set(found.budgets) == {CPU, "cuda0", "cuda1"}


def test_the_driver_of_a_card_counts_and_what_was_seen_of_it_counts_more(tmp_path: Path) -> None:
    experience = Experience(tmp_path / "experience.json")
    plain = of("qwen3-8b", DESKTOP)
    experience.took("cuda0", 900_000_000)
    experience.took("cuda0", 500_000_000)  # less than before: the next load may take the more again
    seen = of("qwen3-8b", DESKTOP, overhead=experience.overhead())
    assert plain.parts["cuda0"].other == CONTEXT and seen.parts["cuda0"].other == 900_000_000 and plain.parts[CPU].other > of("qwen3-8b", LAPTOP).parts[CPU].other
    assert seen.parts["cuda0"].total - plain.parts["cuda0"].total == 900_000_000 - CONTEXT


def test_an_answer_from_a_card_says_nothing_of_the_processors_memory(tmp_path: Path) -> None:
    experience = Experience(tmp_path / "experience.json")
    experience.answered("m", 100, 1.0, 4 * GB, "")
    assert experience.speeds().memory == Speeds().memory and experience.speeds().card == 0 and experience.decode_speed("m") == 100
    experience.answered("m", 100, 1.0, 4 * GB, "card")
    assert experience.speeds().memory == Speeds().memory and experience.speeds().card == pytest.approx(400 * GB / 0.65)


def test_a_small_model_on_a_fast_card_is_held_up_by_starting_its_kernels_not_by_memory() -> None:
    fast = replace(DESKTOP, cards=(replace(DESKTOP.cards[0], bandwidth=4.8e12),))
    assert of("qwen3-0.6b", fast).decode_speed < 1 / beside_memory(Choice(8192, offload=28, card="cuda0"))


async def test_memory_of_a_card_that_others_take_sends_away_what_lies_there(tmp_path: Path) -> None:
    machine = [DESKTOP]
    keeper = Keeper(tmp_path, None, lambda: machine[0])
    path = write(tmp_path / "m.gguf", Shape())
    found = await keeper.admit("there", path)
    assert found.fit.choice == Choice(4096, offload=4, card="cuda0")
    await keeper.admit("here", path, choice=Choice(2048))
    assert keeper.pressed(()) == ()
    machine[0] = replace(DESKTOP, cards=(replace(DESKTOP.cards[0], free=100_000_000),))
    keeper._seen = None
    assert keeper.pressed(("there",)) == () and keeper.pressed(()) == ("there",) and keeper.residency.resident == ("here",)
