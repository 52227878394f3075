"""Changes that nobody asked for: what a model does beyond a request after it has read something that gives orders, or by a mistake.

Files of the person's own making carry no taint, so that work in a folder is not a chain of questions. What they say can still be somebody else's
(a saved mail, a cloned repository). Two things hold a model to the request instead: one that only asks to be told something changes nothing unasked,
and after text from outside was read nothing is lost that the person's own words do not name.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from core.gate.coverage import INSTRUCTIONS, is_phrase_in, writes_instructions
from core.gate.provenance import is_in_words_of, words_of
from core.ports import Change, Intent
from core.turn.looking import asks_only_to_look

ONLY_ASKED = "you asked to be told something, not for this change"
LOST = "text from outside was read, and your words do not name what would be lost"
UNMEANT = "a document was read, and your words do not ask for this"
INSTRUCTS = "it would write instructions for later, and your words do not name that file"
INSTRUCTS_DOUBTED = "it would write instructions for later, after text from outside was read"
DELETES = (
    "delet",
    "remov",
    "eras",
    "trash",
    "wip",
    "clear",
    "empt",
    "purg",
    "clean",
    "lösch",
    "entfern",
    "leer",
    "supprim",
    "effac",
    "vid",
    "borr",
    "elimin",
    "vací",
    "cancell",
    "svuot",
    "verwijder",
    "wis",
    "apag",
    "exclu",
)


def unasked_change_reason(intent: Intent, request: str, doubted: bool, workspace: Path, reads_as_deed: bool = False) -> str:
    """Why a change that could be taken back is none that was asked for; empty where it is. ``doubted``: it may be made of words from outside; ``reads_as_deed``: by a reader of
    requests, which knows more ways to order something than a list of words.
    """
    changes = [change for change in intent.changes if change.kind != "memory"]  # which says itself whose words it keeps
    if not changes:
        return ""
    if writes_instructions(intent) and doubted:
        return INSTRUCTS_DOUBTED
    if writes_instructions(intent) and not any(is_phrase_in(name, request) for name in INSTRUCTIONS):
        return INSTRUCTS
    if not reads_as_deed and asks_only_to_look(request) and not all(_is_new_and_named(change, request) for change in changes):
        return ONLY_ASKED
    if doubted and any(not _is_named(path, request, workspace) for path in lost_paths(changes, workspace)):
        return LOST
    return ""


def lost_paths(changes: Iterable[Change], workspace: Path) -> list[str]:
    """Paths of things that are there now, and whose content these changes take from where it is: overwritten, thrown away, moved out of the workspace."""
    root, made, lost = os.path.realpath(workspace) + os.sep, set[str](), list[str]()
    for change in changes:
        if change.kind == "put":
            lost += [change.path] * (change.before is not None and change.path not in made)
            made.add(change.path)
        elif change.kind == "move":
            lost += [change.path] * (change.path not in made and not change.to.startswith(root))
    return lost


def is_safe_change(intent: Intent, request: str) -> bool:
    """Whether ``--approve safe`` covers it: it can be taken back, stays in the workspace, touches nothing private, and what would go on by itself is in the person's own words and deletes nothing."""
    if intent.risk not in ("reads", "reversible") or any(scope.private or not scope.inside for scope in intent.scopes):
        return False
    later = str(intent.args.get("request") or "")
    return not intent.always_ask or (is_in_words_of({"request": later}, [request]) and not _deletes(later))


def _deletes(request: str) -> bool:
    return any(word.startswith(DELETES) for word in words_of(request))


def _is_new_and_named(change: Change, request: str) -> bool:
    """A file that is made and that the request calls by its name ("sum it up in summary.md"), or a folder on the way to one."""
    return change.kind == "mkdir" or (change.kind == "put" and change.before is None and is_phrase_in(os.path.basename(change.path), request))


def _is_named(path: str, request: str, workspace: Path) -> bool:
    """Whether the person's words name a file, with or without its ending, or a folder that it is in."""
    inner = Path(os.path.relpath(path, os.path.realpath(workspace)))
    return any(is_phrase_in(part, request) for part in (*inner.parts, inner.stem) if part != os.pardir)
