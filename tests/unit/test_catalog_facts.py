"""Facts of the catalogue's files as the hub states them: read, kept, taken over where they can be true."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from core.errors import ModelError
from models.catalog.current import FRESH_SECONDS, Catalog, FileFacts, RepoFacts
from models.catalog.refresh import refresh
from models.catalog.repository import files_of, quantisation_of

NOW = 1_796_000_000.0
REPO = "unsloth/Qwen3-4B-Instruct-2507-GGUF"


def entry(name: str, size: int, sha256: str = "ab") -> dict[str, Any]:
    return {"rfilename": name, "size": size, "lfs": {"size": size, "sha256": sha256}}


@pytest.mark.parametrize(
    ("stem", "expected"),
    [
        ("Qwen3-4B-Q4_K_M", "Q4_K_M"),
        ("qwen2.5-coder-1.5b-instruct-q4_k_m", "Q4_K_M"),
        ("model.Q8_0", "Q8_0"),
        ("Qwen3.5-4B-UD-Q4_K_XL", "UD-Q4_K_XL"),
        ("gpt-oss-20b-MXFP4", "MXFP4"),
        ("some-IQ4_XS", "IQ4_XS"),
        ("gemma-4-12b-it-qat-q4_0", "Q4_0"),
        ("some-BF16", "BF16"),
        ("UD-Q4_K_XL/Some-122B", "UD-Q4_K_XL"),
        ("gemma-4-E2B_q4_0-it", "Q4_0"),
        ("q4x7-chat", ""),
        ("notes", ""),
    ],
)
def test_the_quantisation_stands_in_the_name(stem: str, expected: str) -> None:
    assert quantisation_of(stem) == expected


def test_files_are_told_apart_and_split_ones_put_together() -> None:
    found = files_of(
        [
            entry("README.md", 10),
            entry("m-Q8_0.gguf", 800),
            entry("m-Q4_K_M.gguf", 400, "cd"),
            entry("mmproj-m-F16.gguf", 90),
            entry("m-Q6_K-00001-of-00002.gguf", 300),
            entry("m-Q6_K-00002-of-00002.gguf", 310),
            entry("m-Q5_K_M-00001-of-00002.gguf", 300),
            entry("m-F16.GGUF", 1600),
            entry("m-IQ4_XS.gguf", 0),
        ]
    )
    assert list(found) == ["Q4_K_M", "Q6_K", "Q8_0", "F16"]  # a part of Q5_K_M is missing, IQ4_XS has no size
    assert found["Q4_K_M"] == FileFacts(400, "cd") and found["Q6_K"] == FileFacts(610) and "mmproj" not in str(found)


def test_newer_facts_are_taken_over_and_kept(tmp_path: Path) -> None:
    kept = tmp_path / "cache" / "catalog.json"
    before = Catalog(kept).get("qwen3-4b-instruct-2507")
    current = Catalog(kept)
    current.update({REPO: RepoFacts({"Q4_K_M": FileFacts(2_500_000_001, "f" * 64), "Q8_0": FileFacts(4_280_000_000), "Q2_K": FileFacts(1_600_000_000)}, date(2026, 12, 7))}, NOW)
    for catalog in (current, Catalog(kept)):
        now = catalog.get("qwen3-4b-instruct-2507")
        assert before and now and now.quantisations == ("Q4_K_M", "Q8_0", "Q2_K") and now.bytes("Q4_K_M") == 2_500_000_001
        assert now.checksums == {"Q4_K_M": "f" * 64} and now.asked == date(2026, 12, 7) and before.asked is None and "size" not in now.estimated
        assert catalog.get("qwen3-4b") == Catalog().get("qwen3-4b")


@pytest.mark.parametrize("size", [0, -5, 3, 40_000_000_000])
def test_sizes_that_cannot_be_true_change_nothing(size: int) -> None:
    current = Catalog()
    current.update({REPO: RepoFacts({"Q4_K_M": FileFacts(size)}, date(2026, 12, 7))}, NOW)
    assert current.profiles() == Catalog().profiles()


@pytest.mark.parametrize("content", ["", "{broken", "[]", '{"asked": "soon"}', '{"asked": 1, "repos": {"a/b": {"files": 7}}}', '{"asked": 1, "repos": 5}'])
def test_a_damaged_file_of_facts_counts_as_none(tmp_path: Path, content: str) -> None:
    kept = tmp_path / "catalog.json"
    kept.write_text(content)
    assert Catalog(kept).profiles() == Catalog().profiles() and not Catalog(kept).is_stale(NOW)


def test_the_hub_is_asked_once_a_week_and_never_right_after_the_installation(tmp_path: Path) -> None:
    kept = tmp_path / "catalog.json"
    assert not Catalog(kept).is_stale(NOW)  # what came with Deskhand is fresh then; that is remembered
    assert not Catalog(kept).is_stale(NOW + FRESH_SECONDS - 60) and Catalog(kept).is_stale(NOW + FRESH_SECONDS + 60)
    Catalog(kept).update({}, NOW + FRESH_SECONDS + 60)
    assert not Catalog(kept).is_stale(NOW + FRESH_SECONDS + 120)
    assert not Catalog(kept).is_stale(NOW - 1000) and not Catalog(kept).is_stale(NOW)  # a clock that was set back does not ask again and again


class Hub:
    """Answers from a table; what is not in it does not exist there."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers, self.asked = answers, list[str]()

    def get_json(self, path: str, params: Any) -> Any:
        self.asked.append(path)
        answer = self.answers.get(path, ModelError("There is none.", code="not_found"))
        if isinstance(answer, ModelError):
            raise answer
        return answer


def test_a_refresh_takes_over_what_makes_sense_and_leaves_the_rest() -> None:
    good = {"siblings": [entry("Qwen3-4B-Instruct-2507-Q4_K_M.gguf", 2_497_000_000, "e" * 64)]}
    hub = Hub({f"/api/models/{REPO}": good, "/api/models/Qwen/Qwen3-8B-GGUF": {"error": "?"}, "/api/models/Qwen/Qwen3-4B-GGUF": ["no"]})
    current = Catalog()
    assert refresh(current, hub, NOW) == 1 and len(hub.asked) == len({profile.repo for profile in current.local()})
    found = current.get("qwen3-4b-instruct-2507")
    assert found and found.bytes("Q4_K_M") == 2_497_000_000 and found.checksums["Q4_K_M"] == "e" * 64
    assert current.get("qwen3-8b") == Catalog().get("qwen3-8b") and not current.is_stale(NOW + 60)


@pytest.mark.parametrize("code", ["hub_unreachable", "hub_busy"])
def test_a_silent_hub_is_let_alone_and_asked_again_next_time(code: str, tmp_path: Path) -> None:
    current = Catalog(tmp_path / "catalog.json")
    current.update({}, NOW)
    silent = Hub({f"/api/models/{profile.repo}": ModelError("Busy.", code=code) for profile in current.local()})
    later = NOW + FRESH_SECONDS + 60
    assert refresh(current, silent, later) == 0 and len(silent.asked) == 1 and current.is_stale(later) and current.profiles() == Catalog().profiles()


def test_a_refresh_that_is_stopped_takes_over_nothing() -> None:
    hub = Hub({})
    assert refresh(Catalog(), hub, NOW, lambda: len(hub.asked) >= 2) == 0 and len(hub.asked) == 2
