"""Files that an answer speaks of as there ("it is in todo.md", "todo.md holds …") and that are not: deleted or moved away in this turn, or never made."""

from __future__ import annotations

import re
from collections.abc import Iterator

from core.turn.answer.deeds import deeds_of
from core.turn.answer.evidence import Evidence
from core.turn.answer.names import Name, base_name, find_names, is_named, plain_name

_MARKS = r"[`*_\"“”„«»']*"
_WITHIN = re.compile(
    rf"\b(?:is|are|['’]s|stored|saved|find|see|lies?|stands?|ist|sind|steht|stehen|liegt|liegen|findest|finden|gespeichert|se trouve|trouve\w*|est|sont|está|están|encontrar\w*)\b[^.;:!?\n]{{0,60}}?"
    rf"\b(?:in|under|at|inside|as|unter|als|dans|sous|en|bajo)\s+(?:(?:the|your|der|die|den|dem|datei|file|le|la|el)\s+){{0,3}}{_MARKS}$",
    re.I,
)
_HOLDS = re.compile(
    rf"{_MARKS}\s+(?:now |jetzt |nun )?(?:holds?|contains?|has|lists?|is (?:ready|there|here)|exists?|enthält|hat|ist (?:da|fertig)|listet|contient|contiene)\b", re.I
)
_GOING = re.compile(
    r"\b(?:delet\w+|remov\w+|mov(?:ed|ing)|renam\w+|gone|trash\w*|eras\w+|no longer|not|never|was|were|had|would|could|will|should|if|gelöscht\w*|entfernt\w*|verschoben\w*|umbenannt\w*|weg|papierkorb|nicht|"
    r"kein\w*|war|waren|hatte\w*|würde|wäre|wenn|supprim\w+|déplac\w+|renomm\w+|était|pas|borrad\w+|eliminad\w+|movid\w+|no|estaba)\b|n['’]t\b|→|->",
    re.I,
)


def find_missing_files(sentence: str, evidence: Evidence) -> Iterator[str]:
    """Names of files in ``sentence`` that are said to be there now and are not. Questions, denials and what tells of their going claim nothing."""
    if sentence.rstrip(' *_`"”').endswith("?") or _GOING.search(sentence):
        return
    for name in find_names(sentence):
        if name.is_address or name.is_folder or not _is_said_there(sentence, name):
            continue
        if is_gone(name.text, evidence) or _is_never_made(name.text, evidence):
            yield name.text


def _is_said_there(sentence: str, name: Name) -> bool:
    return bool(_WITHIN.search(sentence[: name.start]) or _HOLDS.match(sentence, name.end))


def is_gone(name: str, evidence: Evidence) -> bool:
    """Whether the last thing that this turn did to every file of this name took it away."""
    is_there: dict[str, bool] = {}
    for step in evidence.steps:
        is_deleting = any(deed.kind == "deleted" for deed in deeds_of(step))
        for kind, path, target, is_kept in _changes(step.changes if step.is_done else ()):
            if kind == "move":
                is_there[plain_name(path)] = False
                is_there |= {} if is_deleting else {plain_name(target): True}
            else:
                is_there[plain_name(path)] = is_kept
    found = [there for path, there in is_there.items() if base_name(path) == base_name(name)]
    taken = {path for path, there in is_there.items() if not there}
    left = [one for one in evidence.here if base_name(one) == base_name(name) and not any(path == one or path.endswith(f"/{one}") for path in taken)]
    return bool(found) and not any(found) and not left


def _changes(changes: tuple[object, ...]) -> Iterator[tuple[str, str, str, bool]]:
    """Kind, path and target of each change, and whether something is there after it."""
    for change in changes:
        if isinstance(change, str):
            yield "put", change, "", True
        else:
            of = change.get if isinstance(change, dict) else lambda key, change=change: getattr(change, key, None)
            kind = str(of("kind"))
            yield kind, str(of("path") or ""), str(of("to") or ""), kind != "put" or bool(of("after"))


def _is_never_made(name: str, evidence: Evidence) -> bool:
    """Whether only the request knows a file: it is not in the workspace, and no step found or made it."""
    if not evidence.here or not evidence.has_results or "/" in name.strip("./") or name.startswith(("~", "/", ".")) or evidence.is_here(name):
        return False
    known = [plain_name(text) for step in evidence.steps if step.is_done for text in (step.text, str(dict(step.args)), str(step.changes))]
    known += [plain_name(text) for text in evidence.texts[1:]]
    return not any(is_named(base_name(name), text) for text in known)
