"""``model add FILE``: what a file is decides, not what it is called."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from app.commands import model_add
from core.errors import ModelError
from models.sources.adding import add_file
from tests.helpers.gguf_models import Shape, write

SMALL = Shape(layers=2, width=128, inner=256, heads=4, shared=2)


@pytest.mark.parametrize("name", ["./weights", "weights.bin", "{folder}/weights"])
def test_a_file_that_is_there_is_taken_for_one(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    name = name.format(folder=tmp_path)
    Path(name).write_bytes(b"PK\x03\x04 and more")
    monkeypatch.setattr(model_add, "add_file", lambda arguments, path: add_file(path, tmp_path / "models"))
    with pytest.raises(ModelError, match="is a zip archive"):
        model_add.add(argparse.Namespace(name=name))
    Path(name).unlink()
    write(Path(name), SMALL)
    assert model_add.add(argparse.Namespace(name=name)).path.parent == tmp_path / "models"  # type: ignore[attr-defined]
