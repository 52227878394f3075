"""The files in folders of models: which of them make a model, and its id.

A GGUF that is split has one file for each part, ``NAME-00001-of-00003.gguf`` (llama.cpp's ``llama_split_path``), and is loaded by the first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_SPLIT = re.compile(r"(?P<name>.+)-(?P<part>\d{5})-of-(?P<parts>\d{5})")
SUFFIX = ".gguf"


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A model in a folder: its id, and its files, the one that is loaded first."""

    id: str
    files: tuple[Path, ...]

    @property
    def path(self) -> Path:
        return self.files[0]

    @property
    def bytes(self) -> int:
        """Size of all files."""
        return sum(file.stat().st_size for file in self.files if file.is_file())


def is_gguf_name(name: str) -> bool:
    """Whether a file's name says that it is a GGUF, in whatever case."""
    return name.lower().endswith(SUFFIX) and len(name) > len(SUFFIX)


def split_of(name: str) -> tuple[str, int, int] | None:
    """Name, number and count of a part of a split model; None for a model in one file."""
    match = _SPLIT.fullmatch(_stem(name))
    return (match["name"], int(match["part"]), int(match["parts"])) if match else None


def part_name(name: str, part: int, parts: int) -> str:
    """The file of one part."""
    return f"{name}-{part:05}-of-{parts:05}{SUFFIX}"


def model_id_of(name: str) -> str:
    """The id of the model that a file is, or is a part of."""
    split = split_of(name)
    return split[0] if split else _stem(name)


def files_of(path: Path) -> tuple[Path, ...]:
    """All files of the model that ``path`` is or is a part of, whether they are there or not."""
    split = split_of(path.name)
    return tuple(path.with_name(part_name(split[0], number, split[2])) for number in range(1, split[2] + 1)) if split else (path,)


def size_of(path: Path) -> int:
    """Bytes of all files of a model; 0 where there are none."""
    return StoredModel("", files_of(path)).bytes


def models_in(folder: Path) -> Iterator[StoredModel]:
    """Every model of a folder by id; a split one only when all of its parts are there."""
    seen = set()
    for path in sorted(folder.iterdir() if folder.is_dir() else (), key=lambda path: path.name):
        if not is_gguf_name(path.name) or not path.is_file():
            continue
        model = StoredModel(model_id_of(path.name), files_of(path))
        if model.id not in seen and all(file.is_file() for file in model.files):
            seen.add(model.id)
            yield model


class ModelStore:
    """Models in several folders. ``folder`` is where fetched ones go, ``others`` are looked into as well, before it."""

    def __init__(self, folder: Path, others: Iterable[Path] = ()) -> None:
        self.folder, self.folders = folder, (*others, folder)

    @property
    def incoming(self) -> Path:
        """Where files on their way are kept: on the same disk, out of sight."""
        return self.folder / ".downloads"

    @property
    def origins(self) -> Path:
        """Where it is written down whose file each is."""
        return self.folder / ".origins"

    def all(self) -> list[StoredModel]:
        """Every model by id; of two with the same id the one in the folder that is looked into first."""
        found: dict[str, StoredModel] = {}
        for folder in self.folders:
            for model in models_in(folder):
                found.setdefault(model.id, model)
        return sorted(found.values(), key=lambda model: model.id)

    def find(self, model_id: str) -> StoredModel | None:
        """The model of an id (or of one of its files' names without the ending); None where it is not, or not whole, here."""
        wanted = model_id_of(f"{model_id}{SUFFIX}")
        return next((model for folder in self.folders for model in models_in(folder) if model.id == wanted), None)

    def remove(self, model_id: str) -> None:
        """Delete a model with all of its parts, in every folder."""
        while model := self.find(model_id):
            for file in model.files:
                file.unlink(missing_ok=True)
                (self.origins / f"{file.name}.json").unlink(missing_ok=True)


def _stem(name: str) -> str:
    return name[: -len(SUFFIX)] if is_gguf_name(name) else name
