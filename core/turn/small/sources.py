"""Which files a request means: by name, by a folder's name, by what people call them, or those that the turn before was about."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from core.language.words import STOP_WORDS, content_stems, fold, stem, words_of
from core.turn.small.workspace_files import Entry

How = Literal["named", "folder", "described", "earlier", "none"]
_KINDS = {
    ".csv": "table spreadsheet csv", ".tsv": "table spreadsheet", ".xlsx": "table spreadsheet excel workbook sheet", ".ods": "table spreadsheet", ".pdf": "pdf document", ".docx": "word document docx",
    ".eml": "mail email message", ".jpg": "photo picture image jpeg", ".jpeg": "photo picture image", ".png": "photo picture image screenshot", ".mp3": "song audio recording", ".wav": "recording audio",
    ".m4a": "recording audio", ".mp4": "video film clip", ".zip": "archive zip", ".md": "note markdown", ".ics": "calendar",
}  # fmt: skip
KIND_STEMS = {ending: frozenset(map(stem, words.split())) for ending, words in _KINDS.items()}
MEDIA = (".jpg", ".jpeg", ".png", ".gif", ".heic", ".webp", ".mp3", ".wav", ".m4a", ".flac", ".mp4", ".mov", ".avi", ".zip")  # in which no words stand
NAME = re.compile(
    r"(?<![\w/.@])(?:[\w~-]+/)*[\w~-][\w~().-]*(?: \(\d+\))?\."
    r"(?:txt|md|csv|tsv|pdf|docx?|xlsx?|ods|odt|pptx?|eml|html?|jpe?g|png|gif|tiff?|heic|webp|svg|mp3|wav|m4a|flac|ogg|mp4|mov|avi|zip|tar|gz|json|ya?ml|xml|ini|cfg|log|py|js|ics|vcf|bib|tex|srt|rtf|bak|tmp|mobi|epub)\b(?!/)",
    re.I,
)
ENOUGH = 0.34  # of a stem's weight that the request must say


@dataclass(frozen=True, slots=True)
class Sources:
    """``files`` are paths of the workspace; ``rivals`` are files that fit as well as the one that was wanted, so that a person has to choose."""

    files: tuple[str, ...] = ()
    folder: str = ""
    how: How = "none"
    rivals: tuple[str, ...] = ()
    is_range: bool = False  # all from one to another are meant


def find_sources(text: str, entries: Sequence[Entry], *, without: Iterable[str] = (), earlier: Sequence[str] = ()) -> Sources:
    """The files that ``text`` means. ``without`` are those that are to be written; ``earlier`` those of the turn before."""
    left_out = {fold(name) for name in without}
    files = [entry for entry in entries if not entry.is_folder and fold(entry.path) not in left_out and fold(entry.name) not in left_out]
    spoken = spoken_names(text)
    if ranged := _in_range(spoken, files):
        return Sources(ranged, how="named", is_range=True)
    if named := [entry.path for entry in files if _is_named(entry, spoken)]:
        return Sources(tuple(named), how="named")
    folders = [entry for entry in entries if entry.is_folder]
    if folder := _folder_named(spoken, folders, left_out):
        inside = tuple(entry.path for entry in files if entry.path.startswith(folder + "/"))
        if inside:
            described = _described(text, [entry for entry in files if entry.path in inside], strict=True)
            return Sources((described[0],), folder, "described") if len(described) == 1 else Sources(inside, folder, "folder")
    described = _described(text, files)
    if earlier and (not described or _points_back(text)):
        return Sources(tuple(earlier), how="earlier")
    if len(described) > 1:
        return Sources(tuple(described), how="described", rivals=tuple(described))
    return Sources(tuple(described), how="described") if described else Sources()


def name_pattern(name: str) -> str:
    """The pattern of a name or a path that stands in a text as such, and not as a part of a longer one."""
    return rf"(?<![\w/.-]){re.escape(name)}(?![\w-]|\.\w)"


def spoken_names(text: str) -> str:
    """A request, folded, with names as they would be written."""
    return fold(write_names(text))


def write_names(text: str) -> str:
    """A request with names as they would be written: "meeting dot md" is ``meeting.md``."""
    return re.sub(r"(?<=\w) dot (?=[a-z]{2,4}\b)", ".", text, flags=re.I)


_VERBS = (
    (
        "delete",
        re.compile(
            r"(?<!the )(?<!a )(?<!to )\b(?:bin(?: off)?|yeet|chuck (?:out|away)|ditch|get shot of)\b(?= (?:the|my|all|it|that|this|those|these|them|every\w*|any|both|[\w-]+\.\w+|\w+s)\b)",
            re.I,
        ),
    ),
    ("except", re.compile(r"(?<=\w )\bbar\b(?= (?:the|my|our|that|those|these|one)\b)", re.I)),
    ("put", re.compile(r"\b(?:bung|stick|plonk|whack|pop|shove|lob|sling)\b(?= (?:the|my|all|it|that|this|those|these|them|every\w*|any|both|each)\b)", re.I)),
    ("be deleted", re.compile(r"\bgo(?:es)? (?:in|into|to) the (?:bin|trash|rubbish)\b", re.I)),
)


def plain_verbs(text: str) -> str:
    """A request in which what small models take for a thing stands as the deed that it is: "bin the draft" is "delete the draft"."""
    for plain, verb in _VERBS:
        text = verb.sub(plain, text)
    return text


_TO_BE_MADE = re.compile(r"\b(?:called|named|into|as)\s+(?:an? |the )?[\"'“]?$")  # before a name that something is to be given


def missing_names(text: str, entries: Sequence[Entry], without: Iterable[str] = ()) -> list[str]:
    """Names of files in a request that are not there and are not to be written."""
    there = {fold(entry.name) for entry in entries} | {fold(entry.path) for entry in entries}
    wanted = {fold(name) for name in without} | {fold(name).rpartition("/")[2] for name in without}
    spoken = spoken_names(text)
    found = [match[0] for match in NAME.finditer(spoken) if not _TO_BE_MADE.search(spoken[: match.start()])]
    return [
        name
        for name in dict.fromkeys(found)
        if name not in there and name.rpartition("/")[2] not in there and name not in wanted and not any(known.endswith((" " + name, "_" + name)) for known in there | wanted)
    ]


def _is_named(entry: Entry, spoken: str) -> bool:
    """Whether a name stands in the request, whole or without its ending where that is more than a usual word."""
    if _stands(fold(entry.path), spoken) or _stands(fold(entry.name), spoken):
        return True
    plain = fold(entry.stem)
    spaced = " ".join(words_of(entry.stem))
    is_telling = len(plain) > 3 and (" " in spaced or any(letter.isdigit() for letter in plain) or "_" in plain or "-" in plain)
    return is_telling and (_stands(plain, spoken) or (" " in spaced and _stands(spaced, " ".join(words_of(spoken)))))


_RANGE = re.compile(r"\b([a-z_-]*?)(\d+|[a-z])(?:\.[a-z]\w{1,4})?\s*(?:to|-|–|until|through|bis)\s*\1(\d+|[a-z])\b")


def _in_range(spoken: str, files: Sequence[Entry]) -> tuple[str, ...]:
    """Files of a range: "r1 to r7", "cert_a to cert_e", "post_01 to post_06"."""
    for match in _RANGE.finditer(spoken):
        first, last = match[2], match[3]
        found = []
        for entry in files:
            own = re.fullmatch(rf"{re.escape(match[1])}(\d+|[a-z])", fold(entry.stem))
            if own and own[1].isdigit() == first.isdigit() == last.isdigit() and (int(first) <= int(own[1]) <= int(last) if first.isdigit() else first <= own[1] <= last):
                found.append(entry.path)
        if len(found) > 1:
            return tuple(found)
    return ()


def _stands(name: str, spoken: str) -> bool:
    return re.search(rf"(?<![\w/.-]){re.escape(name)}(?![\w/]|\.\w|-\w)", spoken) is not None


def _folder_named(spoken: str, folders: Sequence[Entry], left_out: set[str]) -> str:
    """The folder that the request names: said to be one, or by its whole name."""
    best, at = "", 0
    for entry in folders:
        name = fold(entry.name)
        if name in left_out or fold(entry.path) in left_out:
            continue
        said = rf"(?:folder|directory|ordner|dossier|carpeta)\s+(?:called\s+|named\s+)?[\"'“]?{re.escape(name)}\b|\b{re.escape(name)}[\"'”]?\s+(?:folder|directory|ordner)|(?<![\w.]){re.escape(fold(entry.path))}/"
        weight = (
            3
            if re.search(said, spoken)
            else 2
            if re.search(rf"\b(?:in|inside|from|of|im|aus|dans|de|en)\s+(?:the\s+|my\s+|our\s+)?{re.escape(name)}\b(?!\.)", spoken)
            else 1
            if _stands(name, spoken)
            else 0
        )
        if weight > at:
            best, at = entry.path, weight
    return best


def _described(text: str, files: Sequence[Entry], strict: bool = False) -> list[str]:
    """The files whose names share most with the request's words, weighted by how rare each is among the names; several where they share the same."""
    asked = set(content_stems(text))
    names = {entry.path: {stem(word) for word in words_of(entry.stem) if len(word) > 2 and (not word.isdigit() or word in asked)} for entry in files}
    count = Counter(word for words in names.values() for word in words)
    if group := _group(text, names):
        return group
    scores: dict[str, float] = {}
    for entry in files:
        weights = {word: 1 + math.log(max(1, len(files)) / count[word]) for word in names[entry.path]}
        shared = sum(
            weight
            for word, weight in weights.items()
            if word in asked or any(len(word) > 4 and (other.startswith(word) or word.startswith(other)) for other in asked if len(other) > 4)
        )
        if shared and shared >= ENOUGH * sum(weights.values()):
            scores[entry.path] = shared + 0.3 * bool(KIND_STEMS.get(entry.ending, frozenset()) & asked)
    if not scores:
        return []
    best = max(scores.values())
    found = [path for path, score in scores.items() if score >= best - 0.05]
    return found if not strict or best > 1.5 else []


def _group(text: str, names: Mapping[str, set[str]]) -> list[str]:
    """Files that share a word which the request says in the plural: "the slips" are slip_blue.txt and slip_coat.txt."""
    plurals = {stem(word) for word in words_of(text) if word.endswith("s") and len(word) > 3 and word not in STOP_WORDS}
    for word in plurals:
        found = [path for path, held in names.items() if word in held]
        if len(found) > 1:
            return found
    return []


def _points_back(text: str) -> bool:
    """Whether a request leans on what was said before."""
    return (
        re.match(r"\W*(?:and|und|et|y)\b", text, re.I) is not None
        or re.search(r"\b(?:it|its|that|this|those|them|they|he|she|there|of (?:that|it|them)|the same)\b", text, re.I) is not None
    )
