"""Objections to names that are not made like the one that the request gives as an example: "e.g. 2026-09-04 Minutes.txt"."""

from __future__ import annotations

import re

from core.language.words import fold, words_of
from core.turn.small.example_names import example_name
from core.turn.small.objections.case import Case

_TOKENS = re.compile(r"\d+|[^\W\d_]+|[\W_]")
_WORD = r"[^\W\d_]+(?:[ -][^\W\d_]+)?"  # one that stands for others: a surname, two of them


def breaks_example(case: Case) -> str:
    """That a file gets a name of another form than the example: figures are any figures, a word that no name has is any word."""
    example = example_name(case.request.text)
    if not example:
        return ""
    form = re.compile(_form_of(example, {word for path in case.there for word in words_of(path.rpartition("/")[2])}), re.I)
    if any(form.fullmatch(entry.name) for entry in case.there.values() if not entry.is_folder):
        return ""  # it tells how they are called now
    made = [(str(op[1]), str(op[2]).rpartition("/")[2]) for op in case.outcome.of("move", "copy")]
    wrong = next(((source, name) for source, name in made if name != source.rpartition("/")[2] and not form.fullmatch(name)), None)
    return f"names like {example} are wanted, not {wrong[1]}" if wrong else ""


def _form_of(name: str, known: set[str]) -> str:
    """A pattern of the names that are made like this one."""
    stem, _, _ = name.rpartition(".")
    parts = [rf"\d{{1,{len(token) + 2}}}" if token.isdigit() else _WORD if token.isalpha() and fold(token) not in known else re.escape(token) for token in _TOKENS.findall(stem)]
    return "".join(parts) + r"\.\w{1,5}"
