"""DOCX, PPTX and ODT: zipped XML, read with what it hides marked. Nothing is fetched, and no entity is resolved."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.errors import ToolFailed
from tools.documents import hidden
from tools.documents.content import Content, counted
from tools.regular_files import open_regular
from tools.untrusted_xml import parsed

MAX_PART = 100_000_000  # bytes of one part once unpacked: a guard against archive bombs
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TINY = 4  # half points: letters of two points and less cannot be read


def read_docx(path: Path) -> Content:
    """Paragraphs, tables (cells joined by ``|``), headers and footers, notes and comments of a Word document."""
    with _opened(path, "DOCX") as archive:
        body = _part(archive, "word/document.xml", path)
        others = [(name, _part(archive, name, path)) for name in sorted(archive.namelist()) if re.fullmatch(r"word/(?:header|footer|footnotes|endnotes|comments)\d*\.xml", name)]
        pictures = sum(name.startswith("word/media/") for name in archive.namelist())
    lines = list(_blocks(body))
    for name, root in others:
        if found := [line for line in _blocks(root) if line.strip()]:
            lines += [f"[{Path(name).stem.rstrip('0123456789')}]", *found]
    tables = sum(1 for _ in body.iter(f"{_W}tbl"))
    about = ", ".join(["DOCX", *([counted(tables, "table")] if tables else [])])
    text = "\n".join(lines).strip()
    return Content("docx", text, hidden.mark_text(text), about, _unread_pictures(pictures))


def _blocks(root: Any) -> Iterator[str]:
    """A line for each paragraph and each row of a table, in order."""
    for element in root:
        if element.tag == f"{_W}p":
            yield _paragraph(element)
        elif element.tag == f"{_W}tbl":
            for row in element.iter(f"{_W}tr"):
                yield " | ".join(" ".join(_paragraph(part) for part in cell.iter(f"{_W}p")).strip() for cell in row.iter(f"{_W}tc"))
        elif isinstance(element.tag, str):
            yield from _blocks(element)


def _paragraph(paragraph: Any) -> str:
    """Its text; neighbouring runs that are hidden are marked together."""
    parts: list[tuple[bool, str]] = []
    for run in paragraph.iter(f"{_W}r"):
        words, unseen = _run(run), _is_unseen(run, paragraph)
        if parts and parts[-1][0] == unseen:
            parts[-1] = (unseen, parts[-1][1] + words)
        else:
            parts.append((unseen, words))
    return "".join(hidden.mark(words) if unseen else words for unseen, words in parts)


def _run(run: Any) -> str:
    marks = {f"{_W}tab": "\t", f"{_W}br": " ", f"{_W}cr": " ", f"{_W}noBreakHyphen": "-"}
    return "".join((child.text or "") if child.tag == f"{_W}t" else marks.get(child.tag, "") for child in run)


def _is_unseen(run: Any, paragraph: Any) -> bool:
    """Hidden, white on nothing, or too small to see."""
    style = run.find(f"{_W}rPr")
    if style is None:
        return False
    vanish = style.find(f"{_W}vanish")
    if vanish is not None and vanish.get(f"{_W}val", "1") not in ("0", "false", "off"):
        return True
    size = style.find(f"{_W}sz")
    if size is not None and (size.get(f"{_W}val") or "").isdigit() and int(size.get(f"{_W}val")) <= _TINY:
        return True
    colour = style.find(f"{_W}color")
    white = colour is not None and (colour.get(f"{_W}val") or "").upper() in ("FFFFFF", "FEFEFE")
    return white and not _has_ground(style, paragraph)


def _has_ground(style: Any, paragraph: Any) -> bool:
    """Whether white letters stand on a colour: of the run, the paragraph or the cell."""
    if style.find(f"{_W}highlight") is not None:
        return True
    holders = [style, *(above for above in (paragraph, *paragraph.iterancestors()) if above.tag in (f"{_W}p", f"{_W}tc", f"{_W}tbl"))]
    shades = [shade for holder in holders for shade in holder.iterfind(f".//{_W}shd" if holder is style else f"./*/{_W}shd")]
    return any((shade.get(f"{_W}fill") or "auto").upper() not in ("AUTO", "FFFFFF", "FEFEFE") for shade in shades)


def read_pptx(path: Path) -> Content:
    """The text of each slide, numbered, with its notes."""
    with _opened(path, "PPTX") as archive:
        names = sorted((name for name in archive.namelist() if re.fullmatch(r"ppt/slides/slide\d+\.xml", name)), key=lambda name: int(re.sub(r"\D", "", name)))
        slides = [_part(archive, name, path) for name in names]
        pictures = sum(name.startswith("ppt/media/") for name in archive.namelist())
    lines = []
    for number, slide in enumerate(slides, 1):
        lines.append(f"[slide {number}{', hidden in the show' if slide.get('show') == '0' else ''}]")
        lines += [text for text in ("".join(part.text or "" for part in one.iter(f"{_A}t")) for one in slide.iter(f"{_A}p")) if text.strip()]
    text = "\n".join(lines)
    return Content("pptx", text, hidden.mark_text(text), f"PPTX, {counted(len(slides), 'slide')}", ("speakers' notes were not read", *_unread_pictures(pictures)))


def read_odt(path: Path) -> Content:
    """Headings, paragraphs and rows of tables of an OpenDocument text."""
    with _opened(path, "ODT") as archive:
        root = _part(archive, "content.xml", path)
        pictures = sum(name.startswith("Pictures/") for name in archive.namelist())
    lines = []
    for element in root.iter(f"{_TEXT}p", f"{_TEXT}h", f"{_TABLE}table-row"):
        if element.tag == f"{_TABLE}table-row":
            lines.append(" | ".join(" ".join("".join(part.itertext()) for part in cell.iter(f"{_TEXT}p")) for cell in element.iterfind(f"{_TABLE}table-cell")))
        elif not any(above.tag == f"{_TABLE}table-cell" for above in element.iterancestors()):
            lines.append("".join(element.itertext()))
    text = "\n".join(lines).strip()
    return Content("odt", text, hidden.mark_text(text), "ODT", ("hidden passages are not told apart in ODT", *_unread_pictures(pictures)))


@contextmanager
def _opened(path: Path, kind: str) -> Iterator[zipfile.ZipFile]:
    with open_regular(path) as file:
        try:
            archive = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, OSError) as error:
            raise damaged(path, kind) from error
        with archive:
            yield archive


def _part(archive: zipfile.ZipFile, name: str, path: Path) -> Any:
    try:
        with archive.open(name) as file:
            content = file.read(MAX_PART + 1)  # what it says of its size may be a lie
        if len(content) > MAX_PART:
            raise ToolFailed(f"{path.name} unpacks to more than {MAX_PART // 1_000_000} MB.", code="too_large", hint="open.file opens it in its own program.")
        return parsed(content)
    except (KeyError, ValueError, zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise damaged(path, path.suffix.lstrip(".").upper()) from error


def damaged(path: Path, kind: str) -> ToolFailed:
    """The error for a document that its reader cannot open."""
    return ToolFailed(
        f"{path.name} is damaged, locked with a password, or no {kind}.", code="unreadable", hint="open.file opens it in its own program; files.info says its size and date."
    )


def _unread_pictures(number: int) -> tuple[str, ...]:
    return (f"{counted(number, 'picture')} in it {'was' if number == 1 else 'were'} not read",) if number else ()
