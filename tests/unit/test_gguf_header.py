"""Headers are read without a look at each word of a vocabulary, and say the same as when each is looked at."""

from __future__ import annotations

import struct
from pathlib import Path

import gguf
import pytest

from core.errors import ModelError
from models import gguf_file
from models.gguf_header import MOST, HeaderReader
from tests.helpers.gguf_models import Shape, write


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write(tmp_path / "m.gguf", Shape(vocabulary=3000, width=64, inner=64, layers=2), template="{{ tools }}<tool_call>")


def test_it_says_what_the_package_s_reader_says(model: Path) -> None:
    mine, theirs = HeaderReader(str(model)), gguf.GGUFReader(str(model))
    assert list(mine.fields) == list(theirs.fields) and len(mine.tensors) == len(theirs.tensors)
    for name, field in theirs.fields.items():
        assert len(mine.fields[name].data) == len(field.data) and mine.fields[name].types == field.types
        if len(field.data) < 1024:
            assert mine.fields[name].contents() == field.contents()
    assert [(tensor.name, tensor.data_offset, tensor.n_bytes) for tensor in mine.tensors] == [(tensor.name, tensor.data_offset, tensor.n_bytes) for tensor in theirs.tensors]


def test_the_words_of_a_vocabulary_are_stepped_over(model: Path) -> None:
    words = HeaderReader(str(model)).fields["tokenizer.ggml.tokens"]
    assert len(words.data) == 3000 and len(words.parts) < 10
    assert gguf_file.read(model).vocabulary == 3000


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
    model.write_bytes(whole[:at] + struct.pack("<Q", MOST * 1000) + whole[at + 8 :])
    with pytest.raises(ModelError, match="damaged"):
        gguf_file.read(model)
