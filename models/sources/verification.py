"""Whether what came is what was wanted: told from the first bytes, and by size and checksum at the end. One sentence for each way to be wrong."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from core.errors import ModelError
from models.sources.offers import RemoteFile

MAGIC = b"GGUF"
HEAD = 512  # bytes that tell what a file is
# what a file begins with (formats: their specifications; the old GGML ones: llama.cpp's history), and what to call it
_KINDS = (
    (rb"(?i)\s*<(!doctype|html|head|\?xml|!--)", "a web page"),
    (rb"PK\x03\x04", "a zip archive (or weights of PyTorch)"),
    (rb"\x1f\x8b|\xfd7zXZ|BZh|\x28\xb5\x2f\xfd|7z\xbc\xaf|Rar!", "a compressed archive"),
    (rb"(?s).{8}\{\s*\"", "a safetensors file"),
    (rb"version https://git-lfs", "only the pointer to a file in Git LFS"),
    (rb"lmgg|fmgg|tjgg|algg", "a file in GGML's old format, which llama.cpp no longer reads"),
    (rb"\s*[\[{]", "JSON"),
    (rb"FUGG", "a GGUF file with bytes in the other order"),
    (rb"\x80[\x02-\x05]", "a pickle of Python"),
)  # fmt: skip


def foreign_kind(head: bytes) -> str:
    """What a file is that begins with ``head``, in words; empty for a GGUF."""
    if head.startswith(MAGIC):
        return ""
    if not head:
        return "an empty file"
    return next((words for pattern, words in _KINDS if re.match(pattern, head)), "no GGUF file")


def require_gguf(name: str, head: bytes, place: str = "") -> None:
    """Raises :class:`ModelError` ``not_gguf`` where ``head``, the first bytes of ``name``, is something else. ``place``: who sent it."""
    if kind := foreign_kind(head):
        said = f"{place} sent {kind} instead of {name}." if place else f"{name} is {kind}, not a model." if kind != "no GGUF file" else f"{name} is no GGUF file."
        hint = "Check the address, and whether a proxy or a log-in page stands between." if place else "Choose a file in GGUF format."
        raise ModelError(said, code="not_gguf", hint=hint)


def read_head(path: Path) -> bytes:
    """The first bytes of a file."""
    with path.open("rb") as file:
        return file.read(HEAD)


def require_as_told(path: Path, file: RemoteFile) -> None:
    """Size and SHA-256 as the source told them. Reads the whole file. Raises :class:`ModelError` ``checksum``."""
    if file.bytes and path.stat().st_size != file.bytes:
        raise ModelError(f"{file.name} has {path.stat().st_size:,} bytes, and {file.bytes:,} were told.", code="checksum", hint=_AGAIN)
    if file.sha256 and digest(path) != file.sha256:
        raise ModelError(f"{file.name} arrived damaged: its checksum is not the publisher's.", code="checksum", hint=_AGAIN)


_AGAIN = "Fetch it again; if it happens twice, choose another source."


def digest(path: Path) -> str:
    """The SHA-256 of a file, as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
