"""Planned changes that write text files: encodings and line ends are kept, and what comes out is measured."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import ToolRetry
from core.ports import Change
from tools.documents import kinds
from tools.documents.content import count_words, lines_of, size_of
from tools.documents.encodings import Decoded, decode
from tools.files.names import existing
from tools.files.wording import measured, open_places
from tools.regular_files import read_regular
from tools.workbench import Workbench

MAX_TEXT = 50_000_000  # bytes that a text tool takes in


@dataclass(frozen=True, slots=True)
class Written:
    """The changes that give a file a text, how they look, and how the text is measured in words for people."""

    changes: tuple[Change, ...]
    value: dict[str, Any]
    preview: str
    about: str  # ``12 lines, 148 words, 901 bytes``
    remark: str  # placeholders that are left, a line end that was turned; begins with a space


def load(path: Path, is_told: bool = True) -> Decoded:
    """A text file's content and encoding; not ``is_told``: only the person sees it, in a diff. Raises :class:`ToolRetry` for anything else."""
    if path.is_dir():
        raise ToolRetry(f"{path.name} is a folder, not a file.", hint="files.list shows what is in it.")
    if special := kinds.special_of(path):
        raise ToolRetry(f"{path.name} is a {special}, not a text file.", code="unreadable", hint="Choose another name.")
    if path.stat().st_size > MAX_TEXT:
        raise ToolRetry(f"{path.name} is larger than {size_of(MAX_TEXT)}.", code="too_large", hint="files.read shows parts of it.")
    decoded = decode(read_regular(path, is_told))
    if decoded is None:
        raise ToolRetry(f"{path.name} is not a text file.", code="unreadable", hint="files.read shows the text of PDF, DOCX and XLSX; files.info says what it is.")
    return decoded


def load_named(name: str, bench: Workbench) -> tuple[Path, Decoded]:
    """The same by name, for tools that change a text. Documents of other programs are refused: text written into them would end them."""
    path = existing(name, bench.workspace).resolve()
    return path, load_to_change(path, bench)


def load_to_change(path: Path, bench: Workbench) -> Decoded:
    """A text that is to be changed. Raises :class:`ToolRetry`."""
    if path.suffix.lower() in kinds.DOCUMENTS and kinds.DOCUMENTS[path.suffix.lower()] != "HTML":
        raise ToolRetry(
            f"{bench.shown(path)} is a {kinds.DOCUMENTS[path.suffix.lower()]}, not a text file.",
            code="unreadable",
            hint="files.read gives its text; files.write can make a .md or .txt of it.",
        )
    return load(path)


def plan_text(bench: Workbench, target: Path, text: str, old: Decoded | None = None) -> Written:
    """Give ``target`` this text, in the encoding of ``old`` where the file had one. Missing folders are made."""
    before = old if old is not None else _present(target)
    raw = before.encode(text) if before else text.encode("utf-8", "surrogatepass")
    changes = (*bench.changes.folders(target.parent), bench.changes.put(target, raw))
    name = bench.shown(target)
    lines = (before.text if before else "").splitlines(), text.splitlines()
    diff = "\n".join(difflib.unified_diff(*lines, name if target.exists() else "/dev/null", name, lineterm="", n=2))
    value = {"path": str(target), "bytes": len(raw), "lines": len(lines_of(text)), "words": count_words(text)}
    return Written(changes, value, diff, measured(text, len(raw), target.suffix), _not_a_document(target) + open_places(text))


def _not_a_document(target: Path) -> str:
    """A remark on plain text under the name of another program's format."""
    kind = kinds.DOCUMENTS.get(target.suffix.lower(), "HTML")
    return "" if kind == "HTML" else f" It is plain text: programs for {kind} cannot open it; .md or .txt suits it."


def _present(target: Path) -> Decoded | None:
    """What a file held that is replaced whole, for the diff; a new text is written in UTF-8, whatever it was in."""
    return Decoded(load(target, is_told=False).text) if target.is_file() else None
