"""Model files as they lie in folders: what is no GGUF, what is cut short, parts of one model, endings in capitals, adding and removing."""

from __future__ import annotations

import struct
from pathlib import Path

import gguf
import numpy as np
import pytest

from core.errors import DeskhandError, ModelError, NotFound, UsageError
from models import gguf_file
from models.gguf_header import HeaderReader
from models.llama.size import billions
from models.sources.adding import add_file
from models.sources.store import ModelStore, files_of, model_id_of
from models.sources.verification import foreign_kind
from tests.helpers.gguf_models import Shape, write

FOREIGN = {
    "a web page": b"\n<!DOCTYPE html><html>",
    "a zip archive (or weights of PyTorch)": b"PK\x03\x04....",
    "a compressed archive": b"\x1f\x8b\x08\0",
    "a safetensors file": struct.pack("<Q", 1200) + b'{"__metadata__":{}}',
    "only the pointer to a file in Git LFS": b"version https://git-lfs.github.com/spec/v1\n",
    "JSON": b'{"error":"no"}',
    "a GGUF file with bytes in the other order": b"FUGG\0\0\0\3",
    "an empty file": b"",
    "no GGUF file": b"anything",
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_what_a_file_is_instead_is_said_in_one_sentence(kind: str, tmp_path: Path) -> None:
    assert foreign_kind(FOREIGN[kind]) == kind
    path = tmp_path / "thing.gguf"
    path.write_bytes(FOREIGN[kind])
    with pytest.raises(ModelError) as refused:
        add_file(path, tmp_path / "models")
    assert refused.value.code == "not_gguf" and kind in refused.value.message and refused.value.message.count(". ") == 0


def test_a_file_that_is_cut_short_is_told_from_a_foreign_one(tmp_path: Path) -> None:
    whole = write(tmp_path / "whole.gguf", Shape(layers=2)).read_bytes()
    for size in (len(whole) - 1, len(whole) // 2, 5000, 100, 6):
        (tmp_path / "cut.gguf").write_bytes(whole[:size])
        with pytest.raises(ModelError, match="cut short or damaged"):
            gguf_file.read(tmp_path / "cut.gguf")


@pytest.mark.parametrize("order", [gguf.GGUFEndian.LITTLE, gguf.GGUFEndian.BIG])
def test_a_large_vocabulary_is_read_at_once_and_as_the_package_reads_it(order: gguf.GGUFEndian, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "large.gguf"
    writer = gguf.GGUFWriter(str(path), "llama", endianess=order)
    writer.add_token_list([f"t{number}" for number in range(5000)])
    writer.add_token_scores([float(number) for number in range(5000)])
    writer.add_array("llama.attention.head_count_kv", [4, 0, 2])
    writer.add_array("llama.nothing", [""])
    writer.add_tensor("output.weight", np.ones((2, 32), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    asked, get = [], gguf.GGUFReader._get
    monkeypatch.setattr(gguf.GGUFReader, "_get", lambda *args, **more: asked.append(1) or get(*args, **more))
    mine = HeaderReader(str(path))
    assert len(asked) < 200, "a map for each string takes seconds"
    theirs = gguf.GGUFReader(str(path))
    assert {name: (field.contents(), field.types) for name, field in mine.fields.items()} == {name: (field.contents(), field.types) for name, field in theirs.fields.items()}
    assert [(tensor.name, tensor.data_offset) for tensor in mine.tensors] == [(tensor.name, tensor.data_offset) for tensor in theirs.tensors]
    whole = path.read_bytes()
    for size in (len(whole) - 1, 40_000, 20_000, 200):
        path.write_bytes(whole[:size])
        with pytest.raises((ValueError, IndexError, struct.error)):
            HeaderReader(str(path))


def split(folder: Path, name: str = "big") -> list[Path]:
    """A model in two parts, as llama.cpp's gguf-split makes them: metadata in the first, tensors in both."""
    reader = gguf.GGUFReader(str(write(folder / "whole.gguf", Shape(layers=2, tied=False))))
    paths = [folder / f"{name}-0000{part}-of-00002.gguf" for part in (1, 2)]
    half = len(reader.tensors) // 2
    for part, (path, tensors) in enumerate(zip(paths, (reader.tensors[:half], reader.tensors[half:]), strict=True)):
        writer = gguf.GGUFWriter(str(path), "llama")
        for field in list(reader.fields.values())[3:] if part == 0 else ():
            if field.name != "general.architecture":
                writer.add_key_value(field.name, field.contents(), field.types[0], field.types[-1] if len(field.types) > 1 else None)
        writer.add_uint16("split.no", part)
        writer.add_uint16("split.count", 2)
        writer.add_int32("split.tensors.count", len(reader.tensors))
        for tensor in tensors:
            writer.add_tensor(tensor.name, np.array(tensor.data), raw_dtype=tensor.tensor_type)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
    return paths


def test_a_split_model_is_read_as_one(tmp_path: Path) -> None:
    first, second = split(tmp_path)
    whole, parts = gguf_file.read(tmp_path / "whole.gguf"), gguf_file.read(first)
    assert (parts.parameters, parts.weights, parts.layers) == (whole.parameters, whole.weights, whole.layers)
    assert parts.size == first.stat().st_size + second.stat().st_size
    assert billions(first) == pytest.approx(billions(tmp_path / "whole.gguf"))
    second.unlink()
    with pytest.raises(ModelError, match=r"big-00002-of-00002\.gguf is missing"):
        gguf_file.read(first)


def test_a_split_model_is_listed_by_its_name_and_only_when_it_is_whole(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    first, second = split(tmp_path / "models")
    store = ModelStore(tmp_path / "models")
    assert next((model.id, model.path, model.bytes) for model in store.all()) == ("big", first, first.stat().st_size + second.stat().st_size)
    assert store.find("big") == store.find("big-00001-of-00002") and model_id_of(second.name) == "big" and files_of(second) == (first, second)
    second.rename(tmp_path / "away")
    assert [model.id for model in store.all()] == ["whole"] and store.find("big") is None


def test_removing_takes_every_part_in_every_folder(tmp_path: Path) -> None:
    for name in ("own", "shared"):
        (tmp_path / name).mkdir()
        split(tmp_path / name)
    store = ModelStore(tmp_path / "shared", (tmp_path / "own",))
    store.remove("big")
    assert sorted(path.name for path in tmp_path.rglob("*.gguf")) == ["whole.gguf", "whole.gguf"]


def test_adding_copies_every_part_and_the_model_is_there_once(tmp_path: Path) -> None:
    first, second = split(tmp_path)
    info = add_file(second, tmp_path / "models")  # whichever part is named
    assert info.path == tmp_path / "models" / first.name and info.size == first.stat().st_size + second.stat().st_size
    assert [path.read_bytes() for path in files_of(info.path)] == [first.read_bytes(), second.read_bytes()]
    with pytest.raises(UsageError, match="big is there already"):
        add_file(first, tmp_path / "models")
    second.unlink()
    with pytest.raises(DeskhandError, match="missing"):
        add_file(first, tmp_path / "others")
    with pytest.raises(NotFound):
        add_file(second, tmp_path / "others")
    assert not (tmp_path / "others").exists() and not list((tmp_path / "models").rglob("*.part"))


def test_an_ending_in_capitals_is_a_model_too(tmp_path: Path) -> None:
    path = write(tmp_path / "Shouted.GGUF", Shape(layers=2))
    assert [model.id for model in ModelStore(tmp_path).all()] == ["Shouted"]
    assert add_file(path, tmp_path / "models").path.name == "Shouted.gguf"
