"""Reading documents: PDF, CSV, JSON, Markdown, HTML."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Annotated

from core.errors import ToolFailed, ToolRetry
from core.ports import ToolContext, ToolResult
from tools import paths
from tools.builtin.files import read_text
from tools.declare import tool


@tool(
    "documents.read",
    "reads",
    reads=("path",),
    takes={"path": "file"},
    gives="text",
    aliases=("read_pdf", "read_csv", "read_document", "read_json", "pdf_text", "extract_text", "read_table"),
)
async def read(context: ToolContext, path: str, limit: Annotated[int, "characters at most"] = 100_000) -> ToolResult:
    """Text and structure of a PDF, CSV, JSON, Markdown or HTML file."""
    file = paths.existing(path, context.workspace).resolve()
    kind = file.suffix.lower().lstrip(".")
    if kind in ("csv", "tsv"):
        return _table(file, limit)
    if kind == "json":
        return _json(file, limit)
    text = document_text(file)
    return ToolResult(
        {"path": str(file), "text": text[:limit], "whole": len(text) <= limit}, text[:limit] or "It holds no text.", tainted=not paths.is_inside(file, context.workspace)
    )


def document_text(file: Path) -> str:
    """The text of a document by its kind. Raises :class:`ToolRetry` or :class:`ToolFailed`."""
    kind = file.suffix.lower()
    if kind == ".pdf":
        return _pdf(file)
    if kind in (".html", ".htm"):
        import trafilatura

        return trafilatura.extract(read_text(file), include_links=True) or ""
    if kind == ".docx":
        return _docx(file)
    return read_text(file)


def _pdf(file: Path) -> str:
    import pypdf

    try:
        pages = [page.extract_text() for page in pypdf.PdfReader(file).pages]
    except Exception as error:  # pypdf raises many kinds for damaged files
        raise ToolFailed(f"{file.name} is damaged or no PDF ({type(error).__name__}).", code="unreadable") from error
    return "\n\n".join(pages)


def _docx(file: Path) -> str:
    import re
    import zipfile

    try:
        with zipfile.ZipFile(file) as archive:
            xml = archive.read("word/document.xml").decode("utf-8")
    except (zipfile.BadZipFile, KeyError) as error:
        raise ToolFailed(f"{file.name} is damaged or no DOCX.", code="unreadable") from error
    import html

    return html.unescape(re.sub(r"<[^>]+>", "", re.sub(r"</w:p>", "\n", xml))).strip()


def _table(file: Path, limit: int) -> ToolResult:
    text = read_text(file)
    try:
        dialect: type[csv.Dialect] | csv.Dialect = csv.Sniffer().sniff(text[:4000], ",;\t|")
    except csv.Error:
        dialect = csv.excel
    rows = list(csv.reader(io.StringIO(text), dialect))
    header, body = (rows[0], rows[1:]) if rows else ([], [])
    shown = "\n".join(" | ".join(row) for row in rows)[:limit]
    return ToolResult(
        {"path": str(file), "columns": header, "rows": body[:2000], "count": len(body), "text": shown},
        f"{len(body)} rows, columns {', '.join(header)}:\n{shown}" if rows else "It is empty.",
    )


def _json(file: Path, limit: int) -> ToolResult:
    try:
        value = json.loads(read_text(file))
    except ValueError as error:
        raise ToolRetry(f"{file.name} is not valid JSON: {error}.") from error
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return ToolResult({"path": str(file), "data": value if len(text) <= limit else None, "text": text[:limit]}, text[:limit])
