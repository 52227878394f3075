"""Kinds of files as people name them, as patterns of names."""

from __future__ import annotations

import re

_GROUPS = {
    "pictures": "jpg jpeg png gif bmp webp svg heic tif tiff", "photos": "jpg jpeg png heic webp tif tiff raw", "videos": "mp4 mkv avi mov webm wmv m4v", "songs": "mp3 wav flac ogg m4a aac opus",
    "documents": "pdf doc docx odt rtf txt md", "word documents": "doc docx", "spreadsheets": "xls xlsx ods csv", "excel files": "xls xlsx", "presentations": "ppt pptx odp key", "archives": "zip tar gz tgz 7z rar bz2 xz",
    "jpgs": "jpg jpeg", "scripts": "py sh js rb pl ps1 bat", "markdown files": "md markdown", "yaml files": "yaml yml", "html files": "html htm", "temp files": "tmp temp", "web pages": "html htm", "ebooks": "epub mobi azw3",
    "code files": "py js ts c h cpp java rs go rb sh html css", "tarballs": "tar gz tgz", "backups": "bak backup old",
}  # fmt: skip
_ALIASES = {
    "images": "pictures", "pics": "pictures", "picture": "pictures", "snaps": "photos", "photographs": "photos", "image files": "pictures", "movies": "videos", "vids": "videos", "clips": "videos", "video files": "videos", "films": "videos",
    "music": "songs", "music files": "songs", "tunes": "songs", "tracks": "songs", "audio files": "songs", "audio": "songs", "sound files": "songs", "docs": "documents", "word files": "word documents", "word docs": "word documents", "docx": "word documents",
    "excel sheets": "excel files", "excels": "excel files", "sheets": "spreadsheets", "slides": "presentations", "powerpoints": "presentations", "slide decks": "presentations", "jpegs": "jpgs", "jpg": "jpgs", "jpeg": "jpgs", "jpg files": "jpgs",
    "jpeg images": "jpgs", "jpeg files": "jpgs", "jpg images": "jpgs", "jpg pictures": "jpgs", "markdowns": "markdown files", "markdown": "markdown files", "md files": "markdown files", "temporary files": "temp files", "zip archives": "zips", "compressed files": "archives", "yaml": "yaml files",
    "pdf documents": "pdfs", "text documents": "txt files", "text files": "txt files", "texts": "txt files", "plain text files": "txt files", "python files": "py files", "python scripts": "py files", "logs": "log files", "logfiles": "log files", "letters": "", "backup files": "backups",
}  # fmt: skip
_MORE = "json xml log csv tsv ini toml cfg conf exe msi deb rpm dmg iso css sql db sqlite lock cpp hpp cs php swift kt ipynb tex bib srt ics vcf eml pem crt so dll o pyc class jar war apk psd ai eps bak old"
_KNOWN = {ending for endings in _GROUPS.values() for ending in endings.split()} | set(_MORE.split())
_WORDS_TOO = frozenset(["old", "key", "raw", "backup", "class", "jar", "war", "so", "o", "ai", "temp", "bat", "go", "app", "c", "h", "rb", "log", "lock", "pages"])


def is_place(text: str) -> bool:
    """Whether a single word is as likely the name of a folder as a kind of file: "Photos", "logs"."""
    said = text.strip().lower()
    return " " not in said and (said in _GROUPS or said in _ALIASES or said in ("logs",)) and said not in ("jpgs", "jpg", "jpeg", "jpegs", "docx", "markdown", "yaml")


def is_ending(text: str) -> bool:
    """Whether a word is the ending of file names and nothing else: "jpg", "pdf", "csv"; "old" and "key" are words too."""
    said = text.strip().lower()
    return said in _KNOWN and said not in _WORDS_TOO


def patterns(text: str) -> list[str] | None:
    """Name patterns of a kind ("PDFs" → ``*.pdf``); None when it is no kind that is known."""
    said = re.sub(r"\s+", " ", text.strip().lower().rstrip(".,;!?"))
    if said.startswith("*.") or re.fullmatch(r"[\w.-]*\*[\w.*-]*", said):
        return [text.strip()]
    if re.fullmatch(r"screen ?shots?|screens", said):
        return ["*screenshot*", "*screen shot*"]
    if literal := re.fullmatch(r"\.(\w{1,8})(?: (?:files?|documents?|images?|ones))?", said):
        return [f"*.{literal[1]}"]
    for form in (
        said,
        said + "s",
        re.sub(r" file$", " files", said),
        re.sub(r" (?:files|documents|images|pictures|ones)$", "", said),
        re.sub(r" (?:files|documents|images|pictures|ones|file)$", "", said) + "s",
    ):
        if group := _GROUPS.get(_ALIASES.get(form, form)):
            return [f"*.{ending}" for ending in group.split()]
        alias = _ALIASES.get(form, form)
        ending = re.sub(r" (?:files?|documents?|images?|pictures?|archives?|scripts?)$", "", alias).lstrip(".")
        for candidate in (ending, ending.removesuffix("s")):
            if candidate in _KNOWN:
                return [f"*.{candidate}"]
    return None


def reader_of(path: str, part: bool = False) -> str:
    """The tool that reads a file: documents and tables whole by one of their own; ``part``: only some lines are wanted."""
    return "documents.read" if path.lower().endswith((".pdf", ".docx", ".csv")) and not part else "files.read"
