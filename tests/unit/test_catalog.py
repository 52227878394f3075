"""The catalogue: enough models, and each of them consistent with itself."""

from __future__ import annotations

import pytest

from models import catalog
from models.catalog import BITS, ROLES, Profile, profiles
from models.memory_needs import Choice, needs

LOCAL = [profile for profile in profiles() if profile.local]
STYLES = {"", "hermes", "llama", "mistral", "gemma", "harmony", "deepseek", "command", "glm", "granite", "json", "pythonic", "kimi", "minimax", "seed", "qwen-coder", "native"}


def test_there_are_at_least_ninety_two_and_no_id_twice() -> None:
    assert len(profiles()) >= 92 and len({profile.id for profile in profiles()}) == len(profiles())


@pytest.mark.parametrize("profile", LOCAL, ids=lambda profile: profile.id)
def test_the_shape_gives_the_number_of_parameters(profile: Profile) -> None:
    assert profile.counted() == pytest.approx(profile.parameters, rel=0.08 if not profile.experts else 0.1)
    assert (profile.active < profile.parameters) == bool(profile.active or profile.experts) or not profile.experts


@pytest.mark.parametrize("profile", profiles(), ids=lambda profile: profile.id)
def test_a_profile_says_what_is_needed(profile: Profile) -> None:
    assert profile.maker and profile.licence and profile.context >= 256 and 1 <= profile.grade <= 10 and profile.languages
    assert set(profile.roles) <= set(ROLES) and profile.tool_calls in STYLES and len(profile.thinking) in (0, 2)
    assert set(profile.sampling) <= {"temperature", "top_p", "top_k", "min_p"}
    if profile.local:
        assert profile.repo.count("/") == 1 and profile.layers and profile.heads % profile.shared == 0 and set(profile.quantisations) <= set(BITS)
        assert bool(profile.window) == bool(profile.window_period) and bool(profile.experts) == bool(profile.experts_used)
    else:
        assert profile.price_in > 0 and profile.price_out >= profile.price_in and not profile.layers and "/" in profile.id


@pytest.mark.parametrize(
    ("name", "expected"), [("Qwen3-4B-Q4_K_M", "qwen3-4b"), ("qwen3-4b-instruct-2507-Q8_0", "qwen3-4b-instruct-2507"), ("gemma-3-12b-it-Q4_K_M", "gemma-3-12b"), ("unknown", None)]
)
def test_a_file_finds_its_profile(name: str, expected: str | None) -> None:
    found = catalog.find(name)
    assert (found.id if found else None) == expected


def test_what_is_known_of_well_known_models_comes_out() -> None:
    """Bytes of cache for 8,192 tokens in f16, from the published shapes: 2 · layers · heads of keys · head size · 2 bytes."""
    for name, expected in (("llama-3.1-8b", 8192 * 2 * 32 * 8 * 128 * 2), ("qwen3-4b", 8192 * 2 * 36 * 8 * 128 * 2)):
        profile = catalog.find(name)
        assert profile is not None and needs(profile.as_file("Q4_K_M"), Choice(8192))["cpu"].cache == expected
    gemma = catalog.find("gemma-3-4b")
    assert gemma is not None  # 29 of 34 layers look at 1,024 tokens and one batch
    assert needs(gemma.as_file("Q4_K_M"), Choice(32768))["cpu"].cache == (5 * 32768 + 29 * 1280) * 2 * 4 * 256 * 2
