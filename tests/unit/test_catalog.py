"""The catalogue: enough models, each of them consistent with itself, each fact with its source, ended services hidden."""

from __future__ import annotations

from datetime import date

import pytest

from models import catalog
from models.catalog import BITS, ROLES, CloudProfile, LocalProfile, Profile, profiles, sources
from models.catalog.current import Catalog
from models.catalog.estimates import CACHE, cache_bytes, estimated_file
from models.memory_needs import CPU, Choice, needs

LOCAL = catalog.local_profiles()
CLOUD = [profile for profile in profiles() if isinstance(profile, CloudProfile)]
STYLES = {"", "hermes", "llama", "mistral", "gemma", "harmony", "deepseek", "command", "glm", "granite", "json", "pythonic", "kimi", "minimax", "seed", "qwen-coder", "native"}
NOVEMBER = date(2026, 11, 30)


def test_there_are_enough_of_this_year_and_no_id_twice() -> None:
    assert len(LOCAL) >= 130 and len(CLOUD) >= 40 and len({profile.id for profile in profiles()}) == len(profiles())
    families = {profile.family for profile in profiles()}
    assert {"qwen3.5", "qwen3.6", "qwen3.8", "gemma4", "lfm2.5", "glm-4.7", "gpt-oss", "granite-4.1", "smollm", "ministral3", "nemotron3", "olmo3"} <= families
    assert {"openai", "anthropic", "google", "mistral", "deepseek", "xai", "dashscope", "moonshot", "zai", "minimax"} <= {profile.provider for profile in CLOUD}


@pytest.mark.parametrize("profile", [profile for profile in LOCAL if profile.layers], ids=lambda profile: profile.id)
def test_the_shape_gives_the_number_of_parameters(profile: LocalProfile) -> None:
    assert profile.counted() == pytest.approx(profile.parameters, rel=0.08 if not profile.experts else 0.1)
    assert (profile.active < profile.parameters) == bool(profile.active or profile.experts) or not profile.experts


@pytest.mark.parametrize("profile", profiles(), ids=lambda profile: profile.id)
def test_a_profile_says_what_is_needed(profile: Profile) -> None:
    assert profile.maker and profile.licence and profile.context >= 256 and 1 <= profile.grade <= 10 and profile.languages
    assert set(profile.roles) <= set(ROLES) and profile.tool_calls in STYLES and len(profile.thinking) in (0, 2)
    assert profile.stated and {*profile.stated.values(), *profile.figures} <= set(sources())
    assert all(0 < score <= sources()[key].best for key, score in profile.figures.items())


@pytest.mark.parametrize("profile", LOCAL, ids=lambda profile: profile.id)
def test_a_model_as_a_file_says_where_it_is_and_how_large(profile: LocalProfile) -> None:
    assert profile.repo.count("/") == 1 and profile.architecture and set(profile.sampling) <= {"temperature", "top_p", "top_k", "min_p"}
    assert all(kind in BITS or kind in profile.sizes for kind in profile.quantisations) and set(profile.checksums) <= set(profile.quantisations)
    assert all(len(checksum) == 64 for checksum in profile.checksums.values()) and ("size" in profile.stated or "size" in profile.estimated)
    for kind, size in profile.sizes.items():  # what is stated agrees with what so many bits come to; narrow models have tensors that take more
        assert size == pytest.approx(profile.parameters * BITS[kind] / 8, rel=0.35 if profile.parameters > 1e9 else 0.7), kind
    if profile.layers:
        assert profile.heads % profile.shared == 0 and bool(profile.window) == bool(profile.window_period) and bool(profile.experts) == bool(profile.experts_used)


@pytest.mark.parametrize("profile", CLOUD, ids=lambda profile: profile.id)
def test_a_service_says_what_it_costs_and_takes(profile: CloudProfile) -> None:
    assert profile.id.startswith(f"{profile.provider}/") and profile.price_out >= profile.price_in > profile.price_cached >= 0
    assert set(profile.efforts) <= {"none", "minimal", "low", "medium", "high", "xhigh", "max"} and profile.long_in >= 1 and profile.long_out >= 1
    assert not profile.responses_only or profile.responses_with_tools


def test_services_that_have_ended_are_hidden_and_those_that_end_soon_are_told() -> None:
    current = Catalog()
    shown = {profile.id for profile in current.offered(NOVEMBER)}
    assert {"anthropic/claude-sonnet-4-5", "openai/o4-mini", "deepseek/deepseek-chat"} & shown == set()
    assert {"google/gemini-2.5-pro", "openai/gpt-6-sol", "anthropic/claude-opus-5-5"} <= shown
    assert "google/gemini-2.5-pro" not in {profile.id for profile in current.offered(date(2026, 12, 1))}
    soon = {profile.id for profile in CLOUD if profile.ends_soon(NOVEMBER)}
    assert {"google/gemini-2.5-pro", "openai/gpt-5"} <= soon and {"openai/gpt-6-sol", "openai/gpt-5.1", "openai/o4-mini"} & soon == set()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("gpt-6-astra", "openai/gpt-6-astra"),
        ("openai/gpt-4.1-2025-04-14", "openai/gpt-4.1"),
        ("openrouter/openai/gpt-5.4", "openai/gpt-5.4"),
        ("claude-haiku-4-5-20251001", "anthropic/claude-haiku-4-5"),
        ("minimax-m3", "minimax/MiniMax-M3"),
        ("gpt-5.4-turbo", None),
        ("my-own", None),
    ],
)
def test_a_service_finds_its_profile(name: str, expected: str | None) -> None:
    found = catalog.cloud_model(name)
    assert (found.id if found else None) == expected


def test_what_is_known_of_awkward_services() -> None:
    astra, sol, opus, kimi, flash = (catalog.cloud_model(name) for name in ("gpt-6-astra", "gpt-6-sol", "claude-opus-5-5", "kimi-k3.1-pro", "deepseek-flash"))
    assert astra and sol and opus and kimi and flash
    assert not astra.sampling and astra.responses_with_tools and "none" not in astra.efforts and "none" in sol.efforts
    assert not opus.sampling and not opus.forced_tools and opus.efforts and not kimi.sampling and flash.return_reasoning and flash.sampling


def test_the_order_follows_the_figures() -> None:
    """Our grade may say more than a figure, but never the other way round: of two that one source has measured the clearly better one is not behind."""
    small = ("aa", "aa_small")
    for keys, margin in ((small, 8.0), (("mmlu_pro",), 8.0)):
        rated = [(next(score for key, score in profile.figures.items() if key in keys), profile) for profile in LOCAL if set(keys) & set(profile.figures)]
        assert len(rated) >= 6
        for score, profile in rated:
            for other, better in rated:
                assert other < score + margin or better.grade >= profile.grade, (better.id, profile.id)


def test_what_no_shape_is_known_of_is_rather_overestimated() -> None:
    """The rule for the cache, beside every model of plain layers whose shape is known."""
    asked, taken = [], []
    for profile in LOCAL:
        if profile.layers and not (profile.embeds or profile.window or profile.latent or profile.attention_every or profile.experts):
            asked.append(cache_bytes(profile.parameters))
            taken.append(needs(profile.as_file(profile.quantisations[0]), Choice(8192))[CPU].cache / 8192)
    enough = [rule >= real for rule, real in zip(asked, taken, strict=True)]
    assert len(enough) > 40 and sum(enough) / len(enough) >= 0.9 and cache_bytes(1e9) == CACHE


def test_an_estimated_file_takes_its_size_and_a_twentieth() -> None:
    info = estimated_file("m", "llama", 4_000_000_000, 7e9, 8192, "Q4_K_M", looked_up=1_000_000_000)
    assert info.weights == pytest.approx(4_200_000_000, rel=0.001) and info.embedding == 1_000_000_000 and info.read_per_token == pytest.approx(3_200_000_000, rel=0.001)
    assert needs(info, Choice(8192))[CPU].cache == pytest.approx(8192 * cache_bytes(7e9), rel=0.01)
    mixture = estimated_file("m", "qwen35moe", 20_000_000_000, 35e9, 8192, "Q4_K_M", cache_token=20_480, active=0.1)
    assert mixture.read_per_token < 0.15 * mixture.weights and needs(mixture, Choice(8192))[CPU].cache == pytest.approx(8192 * 20_480, rel=0.01)


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
