"""Whether the person's own words mean a change, in a run in which a document was read: what stands in a page, a mail or a note may be an order of somebody else.

A change is meant where the request has a verb for it and names what it is done to: by its name, a folder, a kind, a word of its name, or a condition.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Sequence
from pathlib import Path, PurePath

from core.gate.coverage import is_phrase_in
from core.language.words import content_stems, words_of
from core.ports import Change
from core.turn.answer.names import find_names

_TIDIES = (
    "tidy", "clean", "clear", "sort", "organi", "order", "group", "arrang", "archiv", "dedup", "declutter", "merg", "combin", "split", "undo", "restor", "räum", "aufräum", "ordn", "rang", "trie", "class", "orden", "limpi",
)  # fmt: skip
_DELETES = ("delet", "remov", "eras", "trash", "wip", "empt", "purg", "throw", "rid", "drop", "discard", "dispos", "lösch", "entfern", "leer", "weg", "bin", "chuck", "ditch", "dump", "scrap", "nuke", "shred", "zap", "kill", "lose", "supprim", "effac", "vid", "jet", "borr", "elimin", "vací", "tir")  # fmt: skip
_MOVES = (
    "mov", "renam", "put", "file", "collect", "gather", "sav", "stor", "call", "name", "number", "transfer", "plac", "stick", "bung", "shove", "pop", "take", "bring", "chang", "chuck", "dump", "verschieb", "umbenenn", "benenn", "leg", "ableg", "sammel", "nenn", "nummer", "déplac", "renomm", "mett", "muev", "mover", "renombr", "pon",
)  # fmt: skip
_EDITS = (
    "mark", "tick", "check", "chang", "add", "updat", "correct", "edit", "replac", "fix", "append", "insert", "set", "adjust", "convert", "translat", "fill", "complet", "änder", "ersetz", "trag", "füg", "ergänz", "korrig", "hak", "markier", "setz",
    "modifi", "ajout", "corrig", "camb", "añad",
)  # fmt: skip
_KEEPS = ("remember", "memor", "mind", "forget", "note", "keep", "sav", "stor", "learn", "merk", "vergiss", "notier", "speicher", "souvien", "retien", "oubli", "recuerd", "olvid", "anot")  # fmt: skip
_OTHERS = (
    "summar", "write", "writ", "turn", "make", "list", "translat", "read", "extract", "show", "tell", "find", "compar", "explain", "answer", "repl", "check", "convert", "draft", "go", "look", "what", "why", "how", "who", "when", "which",
    "zusammenfass", "fass", "schreib", "übersetz", "lies", "les", "zeig", "antwort", "erklär", "prüf", "was", "wie", "wer", "wann", "welch", "résum", "écri", "tradui", "lis", "montr", "répond", "expli", "resum", "escrib", "traduc", "lee", "muestr", "respond",
)  # fmt: skip
_PROGRAMS = frozenset(
    [".sh", ".bash", ".zsh", ".fish", ".bat", ".cmd", ".ps1", ".vbs", ".desktop", ".command", ".exe", ".com", ".scr", ".app", ".jar", ".service", ".plist", ".reg", ".lnk", ".url"]
)
_PROGRAM_WORDS = ("script", "program", "shell", "command", "batch", "skript", "programm", "befehl", "shortcut", "verknüpf", "launch")
_GROUP = re.compile(
    r"\*|\b(?:all|every\w*|each|both|others?|rest|files|folders|documents|downloads|duplicates?|copies|empty|unused|old(?:er)?|new(?:er)?|larg\w+|big\w*|small\w*|those|these|which|whose|listed|lists|mentioned|kinds?|types?|extensions?|"
    r"dates?|months?|years?|alle\w*|jede\w*|beide\w*|andere\w*|dateien|ordner|dokumente|doppelte\w*|kopien|leere\w*|alte\w*|neue\w*|große\w*|welche|deren|art|endung|datum|tous|toutes|chaque|fichiers|dossiers|vieux|todos|todas|cada|"
    r"archivos|carpetas|viej\w+)\b",
    re.I,
)
_KINDS = {
    "photo": ".jpg .jpeg .png .heic .gif .webp .bmp .tif .tiff .raw", "picture": ".jpg .jpeg .png .heic .gif .webp .bmp .svg", "image": ".jpg .jpeg .png .heic .gif .webp .bmp .svg .iso",
    "foto": ".jpg .jpeg .png .heic", "bild": ".jpg .jpeg .png .heic .gif", "video": ".mp4 .mov .avi .mkv .webm", "music": ".mp3 .m4a .flac .wav .ogg", "song": ".mp3 .m4a .flac .wav .ogg", "musik": ".mp3 .m4a .flac",
    "spreadsheet": ".xls .xlsx .ods .csv", "table": ".csv .xlsx .ods", "tabelle": ".csv .xlsx .ods", "text": ".txt .md", "note": ".txt .md", "notiz": ".txt .md", "letter": ".txt .md .docx .odt", "brief": ".txt .md .docx .odt",
    "archiv": ".zip .tar .gz .7z .rar", "screenshot": ".png .jpg", "temporary": ".tmp .bak .log", "temp": ".tmp .bak", "backup": ".bak .old", "log": ".log",
}  # fmt: skip


def unmeant_paths(changes: Sequence[Change], request: str, workspace: Path, own: Collection[str]) -> list[str]:
    """Paths of what these changes would do although the request does not mean it. ``own``: paths that this run itself made."""
    return [change.path for change in changes if change.path not in own and not _is_meant(change, request, workspace)]


def _is_meant(change: Change, request: str, workspace: Path) -> bool:
    if change.kind == "memory":
        return not change.to or _has_verb(request, _KEEPS)
    if change.kind == "put" and change.before is None:
        return PurePath(change.path).suffix.lower() not in _PROGRAMS or _is_spoken_of(change.path, request, workspace) or _has_verb(request, _PROGRAM_WORDS)
    if change.kind == "put" and change.after is not None:
        return _is_spoken_of(change.path, request, workspace) or bool(_GROUP.search(_without_names(request))) or _is_edit_of_content(request)
    if change.kind == "put" or (change.kind == "move" and _is_taken_away(change, request, workspace)):
        return (_is_named_alone(change.path, request) and not _has_verb(request, _MOVES)) or (
            _has_verb(request, (*_DELETES, *_TIDIES)) and _is_in_group(change.path, request, workspace)
        )
    if change.kind == "move":
        return _is_named_alone(change.path, request) or (_has_verb(request, (*_MOVES, *_TIDIES, *_DELETES)) and _is_in_group(change.path, request, workspace))
    return True


def _is_edit_of_content(request: str) -> bool:
    """Whether a change is wanted of what stands in some file that the request leaves to be found: "tick off the milk"."""
    return _has_verb(request, _EDITS) and not any(True for _ in find_names(request))


def _is_named_alone(path: str, request: str) -> bool:
    """Whether a request names a file and says nothing known that is done with it: then the verb that nobody knows is the deed ("yeet poem.txt", "lay offer.pdf in clients")."""
    return is_phrase_in(os.path.basename(path), request) and not _has_verb(request, _OTHERS)


def _is_taken_away(change: Change, request: str, workspace: Path) -> bool:
    """Whether a move takes a thing out of sight: out of the workspace, or into a hidden folder of it that the request does not name."""
    old, new = (os.path.relpath(path, os.path.realpath(workspace)) for path in (change.path, change.to))
    return new.startswith(os.pardir) or (_is_hidden(new) and not _is_hidden(old) and not any(part in request for part in PurePath(new).parts if part.startswith(".")))


def _is_hidden(path: str) -> bool:
    return any(part.startswith(".") and part not in (os.curdir, os.pardir) for part in PurePath(path).parts)


def _is_in_group(path: str, request: str, workspace: Path) -> bool:
    """Whether the request speaks of a thing, of a group that it may be in, or of no thing in particular ("tidy up")."""
    return _is_spoken_of(path, request, workspace) or bool(_GROUP.search(_without_names(request))) or (_has_verb(request, _TIDIES) and "." not in request.strip(" .!"))


def _is_spoken_of(path: str, request: str, workspace: Path) -> bool:
    """Whether the request names a file, a folder that it is in, its kind, or a word of its name."""
    inner = PurePath(os.path.relpath(path, os.path.realpath(workspace)))
    if any(is_phrase_in(part, request) for part in (*inner.parts, inner.stem) if part not in (os.curdir, os.pardir)):
        return True
    bare = _without_names(request)
    said = {*content_stems(bare), *words_of(bare)}
    suffix = inner.suffix.lower()
    is_kind = suffix[1:] in said or any(suffix in endings.split() and any(word.startswith(kind) for word in said) for kind, endings in _KINDS.items())
    return is_kind or any(len(stem) > 2 and stem in said for part in inner.parts for stem in content_stems(os.path.splitext(part)[0]))


def _has_verb(request: str, stems: Sequence[str]) -> bool:
    """Whether a word of the request begins so."""
    return any(word.startswith(tuple(stems)) for word in words_of(_without_names(request)))


def _without_names(request: str) -> str:
    """The request without names of files and folders: those are no words."""
    for name in sorted(find_names(request), key=lambda name: -name.start):
        request = request[: name.start] + " " + request[name.end :]
    return request
