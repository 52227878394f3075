"""What a file is, told without reading it: an ordinary file, a pipe or a device; text, a document with a reader, or something else."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from core.errors import ToolError
from tools.documents.content import size_of

PICTURE_SECONDS = 10.0  # for the width and height of a picture
DOCUMENTS = {".pdf": "PDF", ".docx": "DOCX", ".xlsx": "XLSX", ".xlsm": "XLSX", ".pptx": "PPTX", ".odt": "ODT", ".html": "HTML", ".htm": "HTML"}
_SIGNATURES = (
    (b"\x89PNG", "PNG picture"), (b"\xff\xd8\xff", "JPEG picture"), (b"GIF8", "GIF picture"), (b"BM", "BMP picture"), (b"II*\0", "TIFF picture"), (b"MM\0*", "TIFF picture"),
    (b"PK\x03\x04", "ZIP archive"), (b"\x1f\x8b", "gzip archive"), (b"BZh", "bzip2 archive"), (b"\xfd7zXZ", "xz archive"), (b"7z\xbc\xaf", "7z archive"), (b"Rar!", "RAR archive"),
    (b"\x7fELF", "program"), (b"MZ", "Windows program"), (b"SQLite format 3", "SQLite database"), (b"PAR1", "Parquet table"), (b"\xd0\xcf\x11\xe0", "old Office document"),
    (b"ID3", "MP3 sound"), (b"OggS", "Ogg sound"), (b"fLaC", "FLAC sound"), (b"%PDF", "PDF"),
)  # fmt: skip
_BY_ENDING = {
    "picture": "jpg jpeg png gif bmp webp svg heic tif tiff ico raw", "text": "txt md rst log rtf tex srt vtt", "table": "csv tsv parquet", "workbook": "xls xlsx xlsm ods numbers",
    "document": "doc docx odt pages epub", "presentation": "ppt pptx odp key", "sound": "mp3 wav flac ogg m4a aac opus", "film": "mp4 mkv avi mov webm wmv m4v",
    "archive": "zip tar gz bz2 xz 7z rar tgz zst", "web page": "html htm", "data": "json jsonl xml yaml yml toml ini cfg sql db sqlite ics vcf",
    "code": "py js ts c h cpp java rs go rb sh css", "program": "exe msi deb rpm dmg appimage apk", "PDF": "pdf",
}  # fmt: skip
_ENDINGS = {f".{ending}": kind for kind, endings in _BY_ENDING.items() for ending in endings.split()}
_WRITTEN = ("text", "table", "web page", "data", "code")  # kinds that are text, whose endings say nothing of a file that is none
_OWN_ENDINGS = {
    "PNG picture": "png",
    "JPEG picture": "jpg jpeg jpe jfif",
    "GIF picture": "gif",
    "BMP picture": "bmp",
    "TIFF picture": "tif tiff",
    "WebP picture": "webp",
    "PDF": "pdf",
}
_TOOLS = {"picture": "images.info", "archive": "files.extract", "table": "tables.query", "sound": "open.file", "film": "open.file"}


def kind_of(path: Path) -> str:
    """One word for a list: folder, text, picture, PDF …; by the name alone."""
    if path.is_dir():
        return "folder"
    return special_of(path) or _ENDINGS.get(path.suffix.lower(), "file")


def special_of(path: Path) -> str:
    """``pipe``, ``socket`` or ``device`` for what would block whoever reads it; ``broken link``; empty for an ordinary file or folder."""
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return "broken link" if path.is_symlink() else ""
    names = ((stat.S_ISFIFO, "pipe"), (stat.S_ISSOCK, "socket"), (stat.S_ISCHR, "device"), (stat.S_ISBLK, "device"))
    return next((name for test, name in names if test(mode)), "")


def binary_of(start: bytes, path: Path) -> str:
    """What a file that is no text is, by its first bytes, else by its ending."""
    if start[:4] == b"RIFF":
        return {b"WEBP": "WebP picture", b"WAVE": "WAV sound", b"AVI ": "AVI film"}.get(start[8:12], "RIFF file")
    if start[4:8] == b"ftyp":
        return "HEIC picture" if start[8:11] == b"hei" else "MP4 film"
    by_ending = _ENDINGS.get(path.suffix.lower(), "")
    return next((name for mark, name in _SIGNATURES if start.startswith(mark)), "") or (by_ending if by_ending not in _WRITTEN else "") or "binary file"


def describe_binary(path: Path, start: bytes) -> str:
    """``a PNG picture, 640 × 480 pixels, 12 kB``."""
    kind = binary_of(start, path)
    measured = _pixels(path) if kind.endswith("picture") else ""
    return f"{'an' if kind[0] in 'AEIOaeio' else 'a'} {kind}{_in_spite_of(kind, path)}{measured}, {size_of(path.stat().st_size)}"


def _in_spite_of(kind: str, path: Path) -> str:
    """A word where the name says otherwise than the first bytes."""
    ending = path.suffix.lower()
    of_kind = _OWN_ENDINGS.get(kind, "").split()
    if kind == "binary file" and _ENDINGS.get(ending) in _WRITTEN:
        return f", although its name ends in {ending}"
    return f" by its first bytes, although its name ends in {ending}" if of_kind and ending and ending[1:] not in of_kind else ""


def tool_for(path: Path, start: bytes) -> str:
    """The tool that can do something with such a file; empty where none can."""
    word = binary_of(start, path).rpartition(" ")[2]
    return _TOOLS.get(word, "")


def _pixels(path: Path) -> str:
    from tools.pictures import measure
    from tools.sandbox.box import in_box

    try:
        found = in_box(measure, str(path), files=[path], seconds=PICTURE_SECONDS)
    except (OSError, ToolError):
        return ""
    return f", {found['width']} × {found['height']} pixels"
