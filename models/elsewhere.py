"""Models that other programs have on this disk already: Ollama, LM Studio, Jan. They are used where they lie, never copied."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_MAGIC = b"GGUF"
_MODEL_LAYER = "application/vnd.ollama.image.model"


@dataclass(frozen=True, slots=True)
class Found:
    """A GGUF of another program: ``id`` as it is called here (``ollama:qwen3:4b``), where it lies, its size in bytes."""

    id: str
    path: Path
    bytes: int
    program: str


def found(home: Path | None = None) -> list[Found]:
    """Everything there is, by id. ``home`` is the person's folder."""
    home = home or Path.home()
    places = [*_ollama(home), *_folders(home)]
    return sorted({entry.path: entry for entry in places}.values(), key=lambda entry: entry.id)


def _ollama(home: Path) -> Iterator[Found]:
    """Manifests name blobs by digest; the layer of the model kind is the GGUF."""
    roots = [Path(given)] if (given := os.environ.get("OLLAMA_MODELS")) else [home / ".ollama/models", Path("/usr/share/ollama/.ollama/models")]
    for root in roots:
        for manifest in sorted((root / "manifests").glob("*/*/*/*")):
            try:
                layers = json.loads(manifest.read_text(encoding="utf-8"))["layers"]
                digest = next(layer["digest"] for layer in layers if layer["mediaType"] == _MODEL_LAYER)
            except (OSError, ValueError, KeyError, TypeError, StopIteration):
                continue
            if entry := _entry(f"ollama:{manifest.parent.name}:{manifest.name}", root / "blobs" / str(digest).replace(":", "-"), "Ollama"):
                yield entry


def _folders(home: Path) -> Iterator[Found]:
    """LM Studio keeps publisher/model/file.gguf, Jan models/.../model.gguf with the name in the folder."""
    for program, prefix, root in (
        ("LM Studio", "lmstudio", home / ".lmstudio/models"), ("LM Studio", "lmstudio", home / ".cache/lm-studio/models"), ("Jan", "jan", home / "jan/models"),
        ("Jan", "jan", home / ".config/Jan/data/llamacpp/models"), ("Jan", "jan", home / "Library/Application Support/Jan/data/llamacpp/models"),
    ):  # fmt: skip
        for path in sorted(root.rglob("*.gguf")) if root.is_dir() else ():
            name = path.parent.name if path.stem == "model" else path.stem
            if "mmproj" not in path.name and (entry := _entry(f"{prefix}:{name}", path, program)):
                yield entry


def _entry(id_: str, path: Path, program: str) -> Found | None:
    try:
        with path.open("rb") as file:
            return Found(id_, path, path.stat().st_size, program) if file.read(4) == _MAGIC else None
    except OSError:
        return None
