"""Names of files, folders and mail addresses in a text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_EXTENSIONS = (
    "txt md markdown rst csv tsv json jsonl yaml yml toml ini cfg conf log xml html htm pdf doc docx odt rtf xls xlsx xlsm ods ppt pptx odp png jpg jpeg gif "
    "svg webp bmp tif tiff heic mp3 mp4 m4a wav flac ogg mov avi mkv webm zip tar gz tgz bz2 xz 7z rar py ipynb js ts jsx tsx css scss java c h cpp hpp cs go rs "
    "rb php sh bat ps1 sql db sqlite parquet eml ics vcf msg bak tmp old key pem exe dmg iso epub tex bib srt"
)
_FILE = re.compile(
    rf"(?<![\w@./\\-])(?P<path>(?:~?/|\.{{1,2}}/|[A-Za-z]:[\\/])?(?:[\w.()@+\-]+[\\/])*[\w()@+\-][\w.()@+\-]*\.(?:{_EXTENSIONS.replace(' ', '|')}))(?![\w@/])(?!\(\))", re.I
)
_FOLDER = re.compile(r"(?<![\w:/.<~-])(?P<path>(?:[\w.()+-]+/)+)(?=[\s`'\"*),.;:!?]|$)")
_QUOTED = re.compile(rf"[`\"“„«'*](?P<path>[^`\"“”„«»'*\n|]{{1,120}}\.(?:{_EXTENSIONS.replace(' ', '|')}))[`\"”“»'*]", re.I)
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_SITES = re.compile(r"(?:node|vue|next|react|three|d3|express|nuxt|asp|chart|moment|socket)\.(?:js|ts|io)$", re.I)


@dataclass(frozen=True, slots=True)
class Name:
    """A file, folder (``is_folder``) or address (``is_address``) as it is written."""

    text: str
    start: int
    end: int
    is_folder: bool = False
    is_address: bool = False


def find_names(text: str) -> Iterator[Name]:
    """Names of files (a known ending), folders (``name/``) and mail addresses; links and patterns (``*.txt``) are none."""
    links = [match.span() for match in re.finditer(r"\w+://\S+|www\.\S+", text)]
    taken: list[tuple[int, int]] = links
    for pattern, is_folder, is_address in ((_ADDRESS, False, True), (_QUOTED, False, False), (_FILE, False, False), (_FOLDER, True, False)):
        for match in pattern.finditer(text):
            group = 0 if is_address else "path"
            start, end = match.span(group)
            start += 1 if text[start] == "(" and ")" not in match[group] else 0
            if any(start < other_end and end > other for other, other_end in taken) or ("*" in text[max(0, start - 1) : start] and "*" in match[group]):
                continue
            if _SITES.search(match[group]) or (start and text[start - 1] == "*" and match[group].startswith(".")):
                continue
            taken.append((start, end))
            yield Name(text[start:end], start, end, is_folder, is_address)


def plain_name(path: str) -> str:
    """A path for comparing: one form of letters, forward slashes, no case, no leading ``./``."""
    return unicodedata.normalize("NFC", path).replace("\\", "/").casefold().strip().removeprefix("./").rstrip("/")


def base_name(path: str) -> str:
    """The last part of a path, for comparing."""
    return plain_name(path).rsplit("/", 1)[-1]


def is_named(path: str, haystack: str) -> bool:
    """Whether a text (as :func:`plain_name` writes it) names this file: its whole path or its last part, standing alone."""
    return any(re.search(rf"(?<![\w]){re.escape(name)}(?!\w)", haystack) for name in {plain_name(path), base_name(path)} if name)
