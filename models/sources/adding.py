"""A model file that the person has already, copied into a models folder with all of its parts."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

from core.errors import ModelError, NotFound, UsageError
from models import gguf_file
from models.gguf_file import GgufInfo
from models.sources import files
from models.sources.partial import PartialFile
from models.sources.store import SUFFIX, files_of, is_gguf_name, model_id_of, size_of


def add_file(source: Path, folder: Path) -> GgufInfo:
    """Copy a model into ``folder``; it is there only when it is whole. What is given back is what it says of itself, its path there.

    Raises :class:`NotFound`, :class:`UsageError` ``exists``, and :class:`ModelError` for what is no whole model, or no room.
    """
    if not source.is_file():
        raise NotFound(f"There is no file {str(source)[:200]}.")
    parts = files_of(source)
    gguf_file.read(parts[0])
    targets = [folder / _name(part) for part in parts]
    if targets[0].exists():
        model = model_id_of(targets[0].name)
        raise UsageError(f"{model} is there already.", code="exists", hint=f"Remove it first with `deskhand model remove {model}`.")
    if (size := size_of(source)) + files.SPARE > (free := files.free_bytes(folder)):
        raise ModelError(f"{source.name} takes {files.size_text(size)}, and {files.size_text(free)} of disk are free.", code="disk_full", hint="Free some space.")
    files.make_folder(folder)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".adding-") as scratch:
        for part, target in reversed(list(zip(parts, targets, strict=True))):  # the first is loaded: with it the model is there, and not before
            _copy(part, PartialFile(Path(scratch), target.name), target)
    return gguf_file.read(targets[0])


def _name(path: Path) -> str:
    """As llama.cpp finds the parts of a model: with the ending in small letters."""
    return re.sub(r"(?i)\.gguf$", SUFFIX, path.name) if is_gguf_name(path.name) else path.name + SUFFIX


def _copy(source: Path, part: PartialFile, target: Path) -> None:
    with part.told():
        shutil.copyfile(source, part.path)
    files.replace(part.path, target)
