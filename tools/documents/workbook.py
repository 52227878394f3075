"""XLSX: every sheet by its name, rows with their cells joined by ``|``."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from core.errors import ToolRetry
from tools.documents import hidden
from tools.documents.content import Content, counted
from tools.documents.office import damaged
from tools.regular_files import open_regular

FORMULAS_UP_TO = 3_000_000  # bytes of a workbook that is read a second time for formulas whose results were never kept


def read_xlsx(path: Path, letters: int, sheet: str = "") -> Content:
    """All sheets or one, each with a line that names it and its rows, until about ``letters`` are there. Raises :class:`core.errors.ToolError`."""
    import openpyxl

    try:
        with open_regular(path) as file, open_regular(path) as again:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            formulas = openpyxl.load_workbook(again, read_only=True) if path.stat().st_size <= FORMULAS_UP_TO else None
            names = [page.title for page in book.worksheets]
            chosen = _chosen(path, names, sheet)
            lines, notes = _sheets(book, formulas, letters, chosen)
    except (ToolRetry, MemoryError):
        raise
    except Exception as error:  # openpyxl raises many kinds for damaged files
        raise damaged(path, "XLSX") from error
    text = "\n".join(lines)
    whole = not any("not read" in note for note in notes)
    about = f"XLSX, {counted(len(names), 'sheet')}: {', '.join(names)}"
    if len(names) > 1:
        about += f" (only {sheet} is read here)" if sheet else f" (a path ending in #{names[-1]} reads one; lines run over all of them)"
    return Content("xlsx", text, hidden.mark_text(text), about, tuple(notes), whole, data={"sheets": names})


def _chosen(path: Path, names: list[str], sheet: str) -> list[str]:
    """The sheets that are wanted. Raises :class:`ToolRetry` with those that there are."""
    same = [name for name in names if not sheet or name.lower() == sheet.lower()]
    if not same and names:
        raise ToolRetry(f"{path.name} has no sheet {sheet}.", code="not_found", hint=f"Its sheets are {', '.join(names)}.")
    return same


def _sheets(book: Any, formulas: Any, letters: int, chosen: list[str]) -> tuple[list[str], list[str]]:
    lines: list[str] = []
    notes: list[str] = []
    unsaved = 0
    for sheet in (page for page in book.worksheets if page.title in chosen):
        rows, cut, missing = _rows(sheet, formulas[sheet.title] if formulas else None, letters - sum(map(len, lines)))
        unsaved += missing
        state = "" if sheet.sheet_state == "visible" else ", a hidden sheet"
        lines += [f"[sheet {sheet.title}: {counted(len(rows), 'line')}{' read' if cut else ''}{state}]", *rows]
        notes += [f"sheet {sheet.title} goes on after row {len(rows)}, not read"] if cut else []
    if unsaved:
        notes.append(f"{counted(unsaved, 'formula')} without a kept result {'is' if unsaved == 1 else 'are'} shown as written")
    charts = [sheet.title for sheet in book.chartsheets]
    notes += [f"charts not read: {', '.join(charts)}"] if charts else []
    return lines, notes


def _rows(sheet: Any, formulas: Any, letters: int) -> tuple[list[str], bool, int]:
    """Rows down to the last one with something in it, whether the bound ended them, and how many formulas have no result."""
    rows: list[str] = []
    taken = unsaved = filled = 0
    written = formulas.iter_rows(values_only=True) if formulas is not None else iter(())
    for values in sheet.iter_rows(values_only=True):
        own = next(written, ())
        cells = [_cell(value, own[at] if at < len(own) else None) for at, value in enumerate(values)]
        unsaved += sum(cell.startswith("=") and value is None for cell, value in zip(cells, values, strict=True))
        rows.append(" | ".join(cells).rstrip(" |"))
        filled = len(rows) if rows[-1] else filled
        taken += len(rows[-1]) + 1
        if taken > letters or len(rows) - filled > 10_000:
            return rows[:filled], taken > letters, unsaved
    return rows[:filled], False, unsaved


def _cell(value: Any, written: Any) -> str:
    if value is None:
        return str(written) if isinstance(written, str) and written.startswith("=") else ""
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ", "minutes")
    return " ".join(str(value).split())
