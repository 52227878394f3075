"""Reading documents with their structure: the same reader as ``files.read``, and the rows of a table or the data of JSON besides."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

from core.errors import ToolRetry
from core.ports import ToolContext, ToolResult
from tools.background import in_thread
from tools.declare import tool
from tools.documents.plain import WHOLE
from tools.documents.reader import read_any
from tools.files.entries import Names
from tools.files.excerpts import Window
from tools.files.reading import read_files
from tools.files.writing import load


@tool(
    "documents.read",
    "reads",
    reads=("path",),
    takes={"path": "file"},
    gives="text",
    aliases=("read_pdf", "read_csv", "read_document", "read_json", "pdf_text", "extract_text", "read_table", "read_docx", "read_excel"),
)
async def read(
    context: ToolContext, path: Annotated[Names, "file, folder or pattern, or a list of them"], limit: Annotated[int, "letters of all together"] = 100_000, start: int = 1
) -> ToolResult:
    """Read one or many documents (PDF, DOCX, XLSX with all sheets, PPTX, ODT, HTML, CSV, JSON, text), as files.read does; of a single CSV the result holds columns and rows, of a single JSON its data."""
    return await in_thread(_read, context, [path] if isinstance(path, str) else path, limit, start)


def _read(context: ToolContext, names: list[str], limit: int, start: int) -> ToolResult:
    result = read_files(context, names, Window(start, lines=1_000_000), limit)
    if len(names) != 1 or "files" in result.value:
        return result
    return ToolResult({**result.value, **_structure(Path(result.value["path"]), limit)}, result.text, result.tainted)


def _structure(file: Path, limit: int) -> dict[str, Any]:
    """``columns``, ``rows`` and ``count`` of a CSV, ``data`` of JSON (None where it is longer than ``limit`` letters). Raises :class:`ToolRetry` for JSON that is none."""
    kind = file.suffix.lower()
    if kind in (".csv", ".tsv") and file.stat().st_size <= WHOLE:
        return read_any(file).data or {"columns": [], "rows": [], "count": 0}
    if kind != ".json" or file.stat().st_size > WHOLE:
        return {}
    text = load(file).text
    try:
        return {"data": json.loads(text) if len(text) <= limit else None}
    except RecursionError as error:
        raise ToolRetry(f"{file.name} is nested too deep to be read as JSON.", hint="files.read shows it as text.") from error
    except ValueError as error:
        raise ToolRetry(f"{file.name} is not valid JSON: {error}.", hint="files.read shows it as text.") from error


def document_text(file: Path) -> str:
    """The text of a document by its kind. Raises :class:`ToolRetry` or :class:`core.errors.ToolFailed`."""
    return read_any(file).plain
