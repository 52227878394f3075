"""What a file costs: the reader on made-up files of many shapes, and the estimate against what llama.cpp really allocates."""

from __future__ import annotations

from pathlib import Path

import pytest
from gguf import GGMLQuantizationType as Kind

from core.errors import ModelError
from models import gguf_file
from models.llama.process import Worker
from models.memory_needs import CPU, Choice, needs
from models.pool import _measure
from tests.helpers.gguf_models import Shape, write

GRID = {
    "dense": Shape(),
    "many heads share": Shape(heads=16, shared=2, width=512),
    "untied, f16": Shape(tied=False, kind=Kind.F16),
    "4 bits": Shape(kind=Kind.Q4_0, width=512, inner=1024),
    "experts": Shape(experts=8),
    "large vocabulary": Shape(vocabulary=32000),
    "qwen2": Shape("qwen2"),
    "qwen3": Shape("qwen3", head=64),
    "gemma2": Shape("gemma2", window=512),
    "gemma3": Shape("gemma3", layers=7, window=512),
    "recurrent": Shape("mamba"),
    "hybrid": Shape("lfm2", layers=6),
}
CHOICES = [Choice(2048), Choice(8192, cache="q8_0"), Choice(5000, flash=False), Choice(16384, batch=512, cache="q4_0")]


@pytest.mark.parametrize("name", GRID)
async def test_weights_cache_and_all_are_predicted(name: str, tmp_path: Path) -> None:
    """Within 5 % for weights and cache and 10 % in all, as the issue wants; here the prediction is exact but for rounding."""
    path = write(tmp_path / "model.gguf", GRID[name])
    info = gguf_file.read(path)
    for choice in CHOICES:
        predicted = needs(info, choice, compute=await _measure(path, choice))[CPU]
        worker = Worker(path, {"context": choice.context, "batch": choice.batch, "cache": choice.cache, "flash": choice.flash})
        actual = (await worker.load())["buffers"][CPU]
        await worker.close()
        rounding = 2**20 / 100 * 3  # llama.cpp says hundredths of a MiB
        assert predicted.cache == pytest.approx(actual["cache"], rel=0.05, abs=rounding), (name, choice)
        assert predicted.weights == pytest.approx(actual["weights"], rel=0.05, abs=rounding), (name, choice)
        assert predicted.total - predicted.other == pytest.approx(sum(actual.values()), rel=0.1, abs=rounding), (name, choice)


@pytest.mark.parametrize(("name", "kind"), [("dense", "dense"), ("gemma3", "sliding window"), ("recurrent", "recurrent"), ("hybrid", "hybrid")])
def test_the_reader_tells_what_a_cache_is_like(name: str, kind: str, tmp_path: Path) -> None:
    info = gguf_file.read(write(tmp_path / "model.gguf", GRID[name], "{% if tools %}<tool_call>{% endif %}"))
    assert info.kind == kind and info.tool_style == "hermes" and info.context == 4096 and info.vocabulary == 1024
    assert info.quantisation == "Q8_0" and info.weights == pytest.approx(info.size, rel=0.1)


@pytest.mark.parametrize("content", [b"", b"GGUF", b"not a model at all", b"GGUF" + bytes(200), b"\x00" * 4096])
def test_what_is_no_model_is_said(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "broken.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelError):
        gguf_file.read(path)


def test_a_file_cut_short_is_said(tmp_path: Path) -> None:
    path = write(tmp_path / "model.gguf", Shape())
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ModelError, match="whole"):
        gguf_file.read(path)


async def test_what_llama_cpp_cannot_read_is_no_measure(tmp_path: Path) -> None:
    path = tmp_path / "broken.gguf"
    path.write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(ModelError):
        await _measure(path, Choice(2048))
