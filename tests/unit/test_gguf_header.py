"""Headers are read without a look at each word of a vocabulary, and say the same as when each is looked at."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from core.errors import ModelError
from models import gguf_file
from tests.helpers.gguf_models import Shape, write


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write(tmp_path / "m.gguf", Shape(vocabulary=3000, width=64, inner=64, layers=2), template="{{ tools }}<tool_call>")


def test_a_file_that_ends_within_its_vocabulary_is_no_whole_one(model: Path) -> None:
    whole = model.read_bytes()
    model.write_bytes(whole[: whole.index(b"w2000")])
    with pytest.raises(ModelError) as caught:
        gguf_file.read(model)
    assert caught.value.code == "not_gguf"


def test_a_vocabulary_that_claims_to_be_endless_is_refused_at_once(model: Path) -> None:
    whole = model.read_bytes()
    at = whole.index(b"tokenizer.ggml.tokens") + len(b"tokenizer.ggml.tokens") + 8
    assert struct.unpack_from("<Q", whole, at)[0] == 3000
    model.write_bytes(whole[:at] + struct.pack("<Q", 2**60) + whole[at + 8 :])
    with pytest.raises(ModelError, match="damaged"):
        gguf_file.read(model)
