"""The default embedding model: conversion against a reference, only official weights, sources one after the other."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from core.errors import ModelError
from models import bert_to_gguf, embedder
from models.llama.chat import LlamaModel
from tests.helpers import bert_reference

WORDS = ["the", "a", "cat", "dog", "sat", "on", "mat", "rug", "stock", "price", "##s", "##ed", "fall", "rain", "!", ".", ",", "##ing", "é", "e"]
TEXTS = ["The cat sat on the mat.", "A dog, a rug!", "Stock prices fall", "raining raining", "unknown zebra", "CAFÉ é", ""]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "bert"
    made.mkdir()
    return bert_reference.made_up(made, WORDS)


async def vectors(path: Path, texts: list[str]) -> list[list[float]]:
    model = LlamaModel("embedder", path, 64, {"embedding": True, "threads": 1})
    try:
        return (await model.embed(texts))[0]
    finally:
        await model.worker.close()


async def test_converted_weights_give_the_vectors_of_the_reference(folder: Path, tmp_path: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    weights = {name: np.array(values) for name, values in bert_to_gguf.tensors(folder / "model.safetensors")}
    tokenizer = bert_reference.tokenizer((folder / "vocab.txt").read_text().splitlines())
    path = bert_to_gguf.convert(folder / "model.safetensors", folder / "vocab.txt", config, tmp_path / "x.gguf", "made up")
    for text, found in zip(TEXTS, await vectors(path, TEXTS), strict=True):
        expected = bert_reference.embed(weights, config, tokenizer.encode(text).ids)
        assert 1 - float(np.dot(expected, found)) < 1e-3, text


def test_only_the_official_weights_are_taken(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not the official ones"):
        embedder.install(tmp_path / "models", sources=(embedder.from_folder(folder),))
    assert not list((tmp_path / "models").iterdir())


def test_the_next_source_is_tried_and_what_all_said_is_told(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(scratch: Path) -> Path:
        raise ConnectionError("nobody there")

    with pytest.raises(ModelError, match="nobody there"):
        embedder.install(tmp_path / "models", sources=(broken,))
    monkeypatch.setattr(embedder, "SHA256", hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest())
    made = embedder.install(tmp_path / "models", sources=(broken, embedder.from_folder(folder)))
    assert made.name == "all-minilm-l6-v2.gguf" and embedder.install(tmp_path / "models", sources=(broken,)) == made  # it is there now


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 50, (10).to_bytes(8, "little") + b"{broken..}"])
def test_what_is_no_safetensors_file_is_said(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    with pytest.raises(ValueError):
        dict(bert_to_gguf.tensors(path))
