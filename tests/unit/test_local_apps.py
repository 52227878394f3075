"""Models that other programs have on this disk, wherever each of them keeps its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.sources.local_apps import find_local_models

GGUF = b"GGUF" + bytes(96)


@pytest.fixture(autouse=True)
def nothing_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OLLAMA_MODELS", "HF_HOME", "HF_HUB_CACHE", "LLAMA_CACHE"):
        monkeypatch.delenv(name, raising=False)


def put(path: Path, content: bytes = GGUF) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def manifest(root: Path, name: str, *digests: str) -> None:
    layers = [{"mediaType": "application/vnd.ollama.image.template", "digest": "sha256:aa"}]
    layers += [{"mediaType": "application/vnd.ollama.image.model", "digest": digest} for digest in digests]
    put(root / "manifests" / name, json.dumps({"layers": layers}).encode())


def ids(home: Path) -> list[str]:
    return [model.id for model in find_local_models(home)]


def test_ollama(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "elsewhere"
    monkeypatch.setenv("OLLAMA_MODELS", str(root))
    for name, digest in (("registry.ollama.ai/library/qwen3/4b", "bb"), ("registry.ollama.ai/somebody/tuned/latest", "cc"), ("hf.co/org/repo-GGUF/Q4_K_M", "dd")):
        manifest(root, name, f"sha256:{digest}")
        put(root / "blobs" / f"sha256-{digest}")
    manifest(root, "registry.ollama.ai/library/tensors/new", "sha256:bb", "sha256:cc")  # Ollama's own form, no GGUF
    manifest(root, "registry.ollama.ai/library/gone/1b", "sha256:ee")
    put(root / "manifests/registry.ollama.ai/library/qwen3/broken", b"{")
    found = find_local_models(tmp_path)
    assert [model.id for model in found] == ["ollama:hf.co/org/repo-GGUF:Q4_K_M", "ollama:qwen3:4b", "ollama:somebody/tuned:latest"]
    assert (found[1].path, found[1].bytes, found[1].program) == (root / "blobs/sha256-bb", 100, "Ollama")


def test_msty_has_ollamas_form(tmp_path: Path) -> None:
    root = tmp_path / ".config/Msty/models"
    manifest(root, "registry.ollama.ai/library/gemma/2b", "sha256:bb")
    put(root / "blobs/sha256-bb")
    assert ids(tmp_path) == ["msty:gemma:2b"]


def test_lm_studio_moves_with_its_pointer(tmp_path: Path) -> None:
    put(tmp_path / ".lmstudio/models/maker/Some-GGUF/some-Q4_K_M.gguf")
    put(tmp_path / ".lmstudio/models/maker/Some-GGUF/mmproj-some.gguf")
    put(tmp_path / ".lmstudio/models/maker/Bad/bad.gguf", b"nope")
    assert ids(tmp_path) == ["lmstudio:some-Q4_K_M"]
    put(tmp_path / "big disk/models/maker/Other/other.GGUF")
    (tmp_path / ".lmstudio-home-pointer").write_text(f"{tmp_path}/big disk\n")
    assert ids(tmp_path) == ["lmstudio:other"]


def test_jan_says_where_its_file_is(tmp_path: Path) -> None:
    data, moved = tmp_path / ".local/share/Jan/data", tmp_path / "moved"
    put(data / "llamacpp/models/janhq/Jan-v1/model.yml", b"name: Jan\nmodel_path: llamacpp/models/janhq/Jan-v1/model.gguf\nmmproj_path: x\n")
    put(data / "llamacpp/models/janhq/Jan-v1/model.gguf")
    put(data / "llamacpp/models/imported/model.yml", f"model_path: {put(tmp_path / 'mine/own.gguf')}\n".encode())
    put(data / "llamacpp/models/broken/model.yml", b"model_path: [")
    put(tmp_path / "jan/models/old-phi/model.gguf")
    put(tmp_path / ".config/Jan/settings.json", json.dumps({"data_folder": str(moved)}).encode())
    put(moved / "llamacpp/models/far/model.gguf")
    assert ids(tmp_path) == ["jan:far", "jan:imported", "jan:janhq/Jan-v1", "jan:old-phi"]


def test_gpt4all_and_llama_cpp_have_flat_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / ".local/share/nomic.ai/GPT4All/phi.gguf")
    put(tmp_path / "cache/ggml-org_x.gguf")
    monkeypatch.setenv("LLAMA_CACHE", str(tmp_path / "cache"))
    assert ids(tmp_path) == ["gpt4all:phi", "llama.cpp:ggml-org_x"]


def test_the_hubs_cache_is_read_through_its_snapshots(tmp_path: Path) -> None:
    base = tmp_path / ".cache/huggingface/hub/models--org--repo"
    blob = put(base / "blobs/0123")
    for part in (1, 2):
        link = base / f"snapshots/abc/big-0000{part}-of-00002.gguf"
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(put(base / f"blobs/part{part}"))
    (base / "snapshots/abc/small-Q8_0.gguf").symlink_to(blob)
    put(base / "snapshots/abc/half-00001-of-00002.gguf")  # the other half is not there
    found = find_local_models(tmp_path)
    assert [(model.id, model.bytes) for model in found] == [("hf:big", 200), ("hf:small-Q8_0", 100)]
    assert found[0].path.name == "big-00001-of-00002.gguf"


def test_two_of_one_name_are_told_apart_and_one_file_of_two_programs_is_there_once(tmp_path: Path) -> None:
    first = put(tmp_path / ".lmstudio/models/a/one/x.gguf")
    put(tmp_path / ".lmstudio/models/a/two/x.gguf")
    (tmp_path / ".cache/llama.cpp").mkdir(parents=True)
    (tmp_path / ".cache/llama.cpp/x.gguf").symlink_to(first)
    assert ids(tmp_path) == ["lmstudio:two/x", "lmstudio:x"]


def test_nothing_elsewhere_is_no_error(tmp_path: Path) -> None:
    assert find_local_models(tmp_path) == []
