"""Whether what a program picks files by was said: a kind of file in a pattern that no word of the request speaks of leaves others out."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from core.language.words import stem, words_of
from core.turn.small.request import SmallRequest
from core.turn.small.sources import KIND_STEMS, NAME

_LISTING = frozenset({"files", "all_files", "glob", "rglob"})
_ENDING = re.compile(r"\*?(\.[a-z]\w{0,4})$", re.I)
_ALL_KINDS = frozenset(map(stem, ("file", "everything", "thing", "stuff", "all", "item", "contents", "datei", "dateien", "fichier", "archivo")))


def unsaid_ending(code: str, request: SmallRequest) -> str:
    """The ending by which a program picks files though the request speaks of files of any kind, and others lie beside them; empty where there is none.

    >>> from core.turn.small.workspace_files import Entry
    >>> from core.language.reading import Reading
    >>> request = SmallRequest("change spaces in the names of the files to underscores", Reading(), (Entry("a b.txt"), Entry("c d.pdf")))
    >>> unsaid_ending('for path in files(".", "*.txt"):\\n    move(path, name(path).replace(" ", "_"))', request)
    '.txt'
    """
    said = set(map(stem, words_of(NAME.sub(" ", request.text))))
    spoken = {ending for ending, stems in KIND_STEMS.items() if stems & said} | {f".{word}" for word in words_of(request.text)}
    if not said & _ALL_KINDS or any(stems & said for stems in KIND_STEMS.values()):
        return ""
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
