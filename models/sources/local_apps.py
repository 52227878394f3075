"""Models that other programs have on this disk already. They are used where they lie, never copied, moved or deleted.

Where each program keeps them, and in which form, is that program's own documentation and code as of 2026; each is looked for in the places of all
three systems, as the folder of a person may come from another one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.yaml_text import load_yaml
from models.sources.store import files_of, is_gguf_name, model_id_of, size_of
from models.sources.verification import foreign_kind, read_head

_MODEL_LAYER = "application/vnd.ollama.image.model"
_DATA = ("Library/Application Support", "AppData/Roaming", "AppData/Local", ".local/share", ".config")  # where programs keep things, below a person's folder


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A GGUF of another program: ``id`` as it is called here (``ollama:qwen3:4b``), the file that is loaded, its size in bytes with all parts."""

    id: str
    path: Path
    bytes: int
    program: str


def find_local_models(home: Path | None = None) -> list[LocalModel]:
    """Everything there is, by id; a file that two programs share once. ``home`` is the person's folder."""
    home = home or Path.home()
    found: dict[Path, LocalModel] = {}
    for model in (*_ollama(home), *_lm_studio(home), *_jan(home), *_gpt4all(home), *_hub_cache(home), *_llama_cpp(home)):
        found.setdefault(model.path.resolve(), model)
    return sorted(_with_own_ids(found.values()), key=lambda model: model.id)


def _with_own_ids(models: Iterable[LocalModel]) -> Iterator[LocalModel]:
    """Two files that would be called the same bear their folder's name as well."""
    taken: set[str] = set()
    for model in models:
        prefix, _, name = model.id.partition(":")
        id_ = model.id if model.id not in taken else f"{prefix}:{model.path.parent.name}/{name}"
        if id_ not in taken:
            taken.add(id_)
            yield replace(model, id=id_)


def _ollama(home: Path) -> Iterator[LocalModel]:
    """Ollama, and Msty, which brings its own: manifests name blobs by digest, the layer of the model kind is the GGUF."""
    given = os.environ.get("OLLAMA_MODELS")
    for root in [Path(given)] if given else [home / ".ollama/models", Path("/usr/share/ollama/.ollama/models")]:
        yield from _manifests(root, "ollama", "Ollama")
    for base in _DATA:
        yield from _manifests(home / base / "Msty/models", "msty", "Msty")


def _manifests(root: Path, prefix: str, program: str) -> Iterator[LocalModel]:
    for manifest in sorted((root / "manifests").glob("*/*/*/*")):
        host, space, name, tag = manifest.parts[-4:]
        layers = _layers(manifest)
        if len(layers) == 1:  # several: it is in tensors of Ollama's own
            place = {"library": name}.get(space, f"{space}/{name}" if "ollama" in host else f"{host}/{space}/{name}")
            yield from _entry(f"{prefix}:{place}:{tag}", root / "blobs" / layers[0].replace(":", "-"), program)


def _layers(manifest: Path) -> list[str]:
    try:
        layers = json.loads(manifest.read_text(encoding="utf-8"))["layers"]
        return [str(layer["digest"]) for layer in layers if layer["mediaType"] == _MODEL_LAYER]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _lm_studio(home: Path) -> Iterator[LocalModel]:
    """``publisher/repository/file.gguf`` below the folder that its pointer file names, or below its usual ones."""
    pointed = _text(home / ".lmstudio-home-pointer").strip()
    for root in [Path(pointed)] if pointed else [home / ".lmstudio", home / ".cache/lm-studio"]:
        yield from _folder(root / "models", "lmstudio", "LM Studio")


def _jan(home: Path) -> Iterator[LocalModel]:
    """``llamacpp/models/ID/model.yml`` in its data folder says where the file is; older ones are found by the folder's name alone."""
    roots = [home / base / "Jan/data" for base in _DATA]
    roots += [Path(moved) for base in _DATA if (moved := _json(home / base / "Jan/settings.json").get("data_folder")) and isinstance(moved, str)]
    for root in roots:
        models = root / "llamacpp/models"
        for told in sorted(models.rglob("model.yml")):
            if name := _yaml(told).get("model_path"):
                yield from _entry(f"jan:{told.parent.relative_to(models).as_posix()}", root / str(name), "Jan")
    for root in (home / "jan/models", *(root / "llamacpp/models" for root in roots)):
        yield from _folder(root, "jan", "Jan")


def _gpt4all(home: Path) -> Iterator[LocalModel]:
    for base in _DATA:
        yield from _folder(home / base / "nomic.ai/GPT4All", "gpt4all", "GPT4All")


def _hub_cache(home: Path) -> Iterator[LocalModel]:
    """The cache that programs of the model hub share: ``models--OWNER--NAME/snapshots/COMMIT/file``, which leads to a blob."""
    base = Path(os.environ.get("HF_HOME") or home / ".cache/huggingface")
    root = Path(os.environ.get("HF_HUB_CACHE") or base / "hub")
    for snapshots in sorted(root.glob("models--*/snapshots")):
        for snapshot in sorted(snapshots.iterdir(), key=lambda folder: folder.stat().st_mtime, reverse=True):
            yield from _folder(snapshot, "hf", "Hugging Face cache")


def _llama_cpp(home: Path) -> Iterator[LocalModel]:
    given = os.environ.get("LLAMA_CACHE")
    for root in [Path(given)] if given else [home / ".cache/llama.cpp", home / "Library/Caches/llama.cpp", home / "AppData/Local/llama.cpp"]:
        yield from _folder(root, "llama.cpp", "llama.cpp")


def _folder(root: Path, prefix: str, program: str) -> Iterator[LocalModel]:
    """Every whole model below a folder, by its first file; projectors of pictures are none."""
    for path in sorted(root.rglob("*")) if root.is_dir() else ():
        if is_gguf_name(path.name) and "mmproj" not in path.name.lower() and path == files_of(path)[0]:
            yield from _entry(f"{prefix}:{path.parent.name if path.stem == 'model' else model_id_of(path.name)}", path, program)


def _entry(id_: str, path: Path, program: str) -> Iterator[LocalModel]:
    try:
        if all(file.is_file() for file in files_of(path)) and not foreign_kind(read_head(path)):
            yield LocalModel(id_, path, size_of(path), program)
    except OSError:
        return


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(_text(path) or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _yaml(path: Path) -> dict[str, Any]:
    try:
        found = load_yaml(_text(path))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
