"""PDF: the text of its pages, and which pages hold none."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from core.errors import ToolError, ToolFailed
from tools.documents import hidden
from tools.documents.content import Content, counted
from tools.documents.office import damaged
from tools.regular_files import open_regular


def read_pdf(path: Path, letters: int) -> Content:
    """Pages until about ``letters`` are there. The lines between pages are empty in ``plain`` and ``[page N]`` in ``shown``. Raises :class:`ToolFailed`."""
    import pypdf

    try:
        with open_regular(path) as file:
            document = pypdf.PdfReader(file)
            if document.is_encrypted and not document.decrypt(""):
                raise ToolFailed(f"{path.name} is locked with a password.", code="locked", hint="Ask for a copy without a password; open.file opens it for the person.")
            number = len(document.pages)
            pages, empty = _pages(document, letters)
    except (ToolError, MemoryError):
        raise
    except Exception as error:  # pypdf raises many kinds for damaged files
        raise damaged(path, "PDF") from error
    shown = [hidden.mark_text(page) for page in pages]
    notes = [_without_text(empty)] if empty else []
    notes += [f"pages {len(pages) + 1} to {number} were not read"] if len(pages) < number else []
    return Content(
        "pdf",
        "\n\n".join(pages),
        "".join(f"\n[page {at}]\n{page}" if at > 1 else page for at, page in enumerate(shown, 1)),
        f"PDF, {counted(number, 'page')}",
        tuple(notes),
        whole=len(pages) == number,
    )


def _pages(document: Any, letters: int) -> tuple[list[str], list[int]]:
    """The texts read, and the numbers of the pages without any."""
    pages: list[str] = []
    taken = 0
    for page in document.pages:
        pages.append(re.sub(r"\r\n?", "\n", page.extract_text() or "").strip("\n"))
        taken += len(pages[-1])
        if taken > letters:
            break
    return pages, [at for at, text in enumerate(pages, 1) if not text.strip()]


def _without_text(pages: list[int]) -> str:
    """``pages 2 and 3 hold no text, only pictures``."""
    names = [str(page) for page in pages]
    listed = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
    return f"{'pages' if len(pages) > 1 else 'page'} {listed} {'hold' if len(pages) > 1 else 'holds'} no text, only pictures or nothing"
