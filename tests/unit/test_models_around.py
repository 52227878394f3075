"""Models that other programs have, and which to get for a machine."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from models import catalog, elsewhere, recommend
from models.hardware import Card, Machine

GB = 10**9
MACHINE = Machine(16 * GB, 13 * GB, 8, 16, "A Processor", ("avx2",), 100 * GB, "Linux x86_64")


def test_what_ollama_lm_studio_and_jan_have_is_found_where_it_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "ollama"))
    manifest = tmp_path / "ollama/manifests/registry/library/qwen3/4b"
    manifest.parent.mkdir(parents=True)
    manifest.write_text(
        json.dumps(
            {"layers": [{"mediaType": "application/vnd.ollama.image.template", "digest": "sha256:aa"}, {"mediaType": "application/vnd.ollama.image.model", "digest": "sha256:bb"}]}
        )
    )
    (tmp_path / "ollama/manifests/registry/library/qwen3/broken").write_text("{")
    (tmp_path / "ollama/blobs").mkdir()
    (tmp_path / "ollama/blobs/sha256-bb").write_bytes(b"GGUF" + bytes(96))
    for path, content in (
        (".lmstudio/models/maker/Some-GGUF/some-Q4_K_M.gguf", b"GGUF...."), (".lmstudio/models/maker/Some-GGUF/mmproj-some.gguf", b"GGUF"), (".lmstudio/models/maker/Bad/bad.gguf", b"nope"),
        ("jan/models/phi/model.gguf", b"GGUF"),
    ):  # fmt: skip
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    found = elsewhere.found(tmp_path)
    assert [(entry.id, entry.program, entry.bytes) for entry in found] == [("jan:phi", "Jan", 4), ("lmstudio:some-Q4_K_M", "LM Studio", 8), ("ollama:qwen3:4b", "Ollama", 100)]


def test_nothing_elsewhere_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "none"))
    assert elsewhere.found(tmp_path) == []


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
