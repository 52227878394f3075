"""The one reader: any file to text, by what it is."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.errors import ToolFailed, ToolRetry
from tools.documents import kinds
from tools.documents.content import Content, size_of
from tools.documents.plain import read_plain
from tools.regular_files import open_regular, read_regular
from tools.sandbox.box import in_box

SECONDS = 60.0  # that reading one document may take
MAX_DOCUMENT = 50_000_000  # bytes of a document that has to be read whole
ALL_LINES = 1_000_000_000


def read_any(path: Path, start: int = 1, lines: int = ALL_LINES, letters: int = 200_000, sheet: str = "") -> Content:
    """What ``path`` holds, of a workbook all sheets or one. Text of up to 8 MB and documents come whole or until about ``letters``; of larger texts lines ``start`` to ``start + lines``.

    Never blocks on a pipe or device. Raises :class:`ToolRetry` for what has no text, :class:`ToolFailed` for what is damaged.
    """
    if path.is_dir():
        raise ToolRetry(f"{path.name} is a folder, not a file.", hint="files.list shows what is in it; files.read takes a pattern such as folder/*.txt.")
    if special := kinds.special_of(path):
        raise ToolRetry(f"{path.name} is a {special}, so it was not read.", code="unreadable", hint="files.info says what it is.")
    if sheet and kinds.DOCUMENTS.get(path.suffix.lower()) != "XLSX":
        raise ToolRetry(f"{path.name} is no workbook, so it has no sheet {sheet}.", hint="Leave the sheet out: files.read(path) reads all of it.")
    found = _document(path, letters, sheet) if path.suffix.lower() in kinds.DOCUMENTS else read_plain(path, start, lines, letters)
    if found is None:
        raise no_text(path)
    return found


def _document(path: Path, letters: int, sheet: str) -> Content | None:
    size = path.stat().st_size
    if size > MAX_DOCUMENT:
        raise ToolFailed(
            f"{path.name} has {size_of(size)}, more than the {size_of(MAX_DOCUMENT)} that are read of a document.", code="too_large", hint="open.file opens it in its own program."
        )
    found = in_box(parse_document, str(path), letters, sheet, files=[path], seconds=SECONDS)
    return None if found is None else Content.of_json(found)


def parse_document(name: str, letters: int, sheet: str) -> dict[str, Any] | None:
    """What a document holds, as the fields of :class:`Content`; None where it is no text. Called in a box."""
    from tools.documents import office, page, pdf, workbook

    path = Path(name)
    kind = kinds.DOCUMENTS[path.suffix.lower()]
    if kind == "HTML":
        found = page.read_html(path, read_regular(path))
    elif kind in ("PDF", "XLSX"):
        found = pdf.read_pdf(path, letters) if kind == "PDF" else workbook.read_xlsx(path, letters, sheet)
    else:
        found = {"DOCX": office.read_docx, "PPTX": office.read_pptx, "ODT": office.read_odt}[kind](path)
    return None if found is None else asdict(found)


def no_text(path: Path) -> ToolRetry:
    """The error that names a file without text: kind, size, and what can be done with it."""
    with open_regular(path) as file:
        start = file.read(64)
    tool = kinds.tool_for(path, start)
    return ToolRetry(
        f"{path.name} is not a text file: it is {kinds.describe_binary(path, start)}.",
        code="unreadable",
        hint=f"{tool} can be used on it." if tool else "files.info says its size and date.",
    )
