"""Whether what a program picks files by was said: a kind of file in a pattern that no word of the request speaks of leaves others out."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from core.language.words import stem, words_of
from core.turn.small.request import SmallRequest
from core.turn.small.sources import KIND_STEMS, NAME

_LISTING = frozenset({"files", "all_files", "glob", "rglob"})
_WRITING = frozenset({"write", "append", "insert", "replace", "update", "write_rows"})
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
_ENDING = re.compile(r"\*?(\.[a-z]\w{0,4})$", re.I)
_ALL_KINDS = frozenset(map(stem, ("file", "everything", "thing", "stuff", "all", "item", "contents", "datei", "dateien", "fichier", "archivo")))


def unsaid_ending(code: str, request: SmallRequest) -> str:
    """The ending by which a program picks files though the request speaks of files of any kind, and others lie beside them; empty where there is none.

    >>> from core.turn.small.workspace_files import Entry
    >>> from core.language.reading import Reading
    >>> request = SmallRequest("change spaces in the names of the files to underscores", Reading({"organise": 1.0}), (Entry("a b.txt"), Entry("c d.pdf")))
    >>> unsaid_ending('for path in files(".", "*.txt"):\\n    move(path, name(path).replace(" ", "_"))', request)
    '.txt'
    """
    said = set(map(stem, words_of(NAME.sub(" ", request.text))))
    if not said & _ALL_KINDS or any(stems & said for stems in KIND_STEMS.values()):
        return ""
    spoken = {f".{word}" for word in words_of(request.text)}
    for folder, ending in _picked(code):
        beside = {entry.ending for entry in request.entries if not entry.is_folder and (folder is None or entry.folder == folder)}
        if ending not in spoken and ending in beside and len(beside) > 1 and stem(ending[1:]) not in said:
            return ending
    return ""


def _picked(code: str) -> Iterator[tuple[str | None, str]]:
    """The endings of patterns, each with the folder that is listed; None where that is not written out."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _LISTING:
            texts = [arg.value if isinstance(arg, ast.Constant) and isinstance(arg.value, str) else None for arg in node.args]
            for text in texts:
                if text and "*" in text and (found := _ENDING.search(text)):
                    folder = texts[0] if len(texts) > 1 else None
                    yield (folder.strip("./") if folder is not None else None), found[1].lower()


def unseen_figure(code: str, *seen: str) -> str:
    """A figure of three digits and more, or with a fraction, that a program writes into a file and that stands in nothing its writer has seen; empty for none.

    >>> unseen_figure('append("costs.csv", "2026-05-12,dentist,127.92")', "add the dentist's bill of 12 May 2026 to costs.csv")
    '127.92'
    """
    known = {_plain_figure(found) for text in seen for found in _FIGURE.findall(text)}
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _WRITING:
            for text in (text for arg in node.args[1:] for text in _written_out(arg)):
                if found := next((found for found in _FIGURE.findall(text) if _plain_figure(found) not in known and _is_telling(found)), ""):
                    return found
    return ""


def _written_out(node: ast.AST) -> Iterator[str]:
    """The texts and numbers that stand in an argument as such, also in a list or between the braces of a text; not what is worked out."""
    if isinstance(node, ast.Constant):
        yield str(node.value)
    elif isinstance(node, (ast.List, ast.Tuple, ast.Dict, ast.JoinedStr)):
        for part in ast.iter_child_nodes(node):
            yield from _written_out(part)


def _plain_figure(text: str) -> str:
    return re.sub(r"\D", "", text).lstrip("0")


def _is_telling(text: str) -> bool:
    return len(_plain_figure(text)) > 2
