"""Changes that a turn made and its answer does not tell of: code says them, so that nothing is done behind the person's back."""

from __future__ import annotations

import os
from collections.abc import Iterable

from core.execution.run import Run
from core.gate.coverage import is_phrase_in
from core.gate.unasked import lost_paths
from core.ports import Change
from core.turn.language import detect_language
from core.turn.looking import asks_only_to_look

MOST_NAMED, MOST_LETTERS = 8, 80  # changes that are named (the others are counted), letters of a fact
_WORDS = {
    "en": {"head": "This turn also", "delete": "deleted {name}", "change": "changed {name}", "make": "made {name}", "move": "moved {name}", "target": "{name} to {target}", "schedule": "scheduled something", "remember": "remembered “{name}”", "forget": "forgot something", "clipboard": "changed the clipboard", "more": "{n} more", "end": "“Undo that” takes it back."},
    "de": {"head": "Dabei wurde außerdem", "delete": "{name} gelöscht", "change": "{name} geändert", "make": "{name} angelegt", "move": "{name} verschoben", "target": "{name} nach {target}", "schedule": "etwas vorgemerkt", "remember": "„{name}“ gemerkt", "forget": "etwas vergessen", "clipboard": "die Zwischenablage geändert", "more": "{n} weitere", "end": "„Mach das rückgängig“ nimmt es zurück."},
}  # fmt: skip


def unsaid_changes(run: Run, answer: str) -> str:
    """A sentence that names what was changed and is named nowhere: of a request that only asks to be told something all of it, of any other what was lost. Empty where there is none."""
    changes = [Change(**change) for step in run.state.all_steps if (state := run.state.steps[step.id]).status == "done" for change in (state.intent or {}).get("changes", ())]
    if not asks_only_to_look(run.text):
        lost = set(lost_paths(changes, run.workspace))
        changes = [change for change in changes if change.path in lost and not is_phrase_in(os.path.basename(change.path), run.text)]
    words = _WORDS.get(detect_language(run.text), _WORDS["en"])
    told = [change for change in changes if not _is_told(change, answer)]
    said = [words[kind].format(name=_listed(names, words)) for kind, names in _grouped(told, run, words).items()]
    return f"({words['head']} {', '.join(said)}. {words['end']})" if said else ""


def _is_told(change: Change, answer: str) -> bool:
    return is_phrase_in(change.to if change.kind == "memory" else os.path.basename(change.path), answer)


def _grouped(changes: Iterable[Change], run: Run, words: dict[str, str]) -> dict[str, list[str]]:
    """The names of what was changed, by what was done to it."""
    found: dict[str, list[str]] = {}
    for change in changes:
        kind = _kind(change, run)
        name = " ".join(change.to.split())[:MOST_LETTERS] if kind == "remember" else _shown(change.path, run)
        found.setdefault(kind, []).append(words["target"].format(name=name, target=_shown(change.to, run)) if kind == "move" else name)
    return {kind: list(dict.fromkeys(names)) for kind, names in found.items()}


def _kind(change: Change, run: Run) -> str:
    if change.kind == "move":
        return "move" if change.to.startswith(os.path.realpath(run.workspace) + os.sep) else "delete"
    if change.kind == "memory":
        return "remember" if change.to else "forget"
    if change.kind in ("schedule", "clipboard"):
        return change.kind
    return "change" if change.before is not None else "make"


def _shown(path: str, run: Run) -> str:
    root = os.path.realpath(run.workspace) + os.sep
    return "".join(letter if letter.isprintable() else "�" for letter in path.removeprefix(root))


def _listed(names: list[str], words: dict[str, str]) -> str:
    rest = [words["more"].format(n=len(names) - MOST_NAMED)] if len(names) > MOST_NAMED else []
    return ", ".join([*names[:MOST_NAMED], *rest])
