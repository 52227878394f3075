"""Changes that a turn made and its answer does not tell of: code says them, so that nothing is done behind the person's back."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

from core.execution.run import Run
from core.gate.coverage import is_phrase_in
from core.gate.provenance import is_own_statement
from core.gate.unasked import lost_paths
from core.plan import Step
from core.ports import Change
from core.turn.language import detect_language
from core.turn.looking import asks_only_to_look

MOST_NAMED, MOST_LETTERS = 8, 80  # changes that are named (the others are counted), letters of a fact
_WORDS = {
    "en": {"head": "This turn also", "delete": "deleted {name}", "change": "changed {name}", "make": "made {name}", "move": "moved {name}", "target": "{name} to {target}", "schedule": "put “{name}” on the schedule", "unschedule": "took “{name}” off the schedule", "note": "noted “{name}”", "remember": "remembered “{name}”", "forget": "forgot “{name}”", "clipboard": "changed the clipboard", "more": "{n} more", "end": "“Undo that” takes it back."},
    "de": {"head": "Dabei wurde außerdem", "delete": "{name} gelöscht", "change": "{name} geändert", "make": "{name} angelegt", "move": "{name} verschoben", "target": "{name} nach {target}", "schedule": "„{name}“ vorgemerkt", "unschedule": "„{name}“ aus den Vormerkungen genommen", "note": "„{name}“ notiert", "remember": "„{name}“ gemerkt", "forget": "„{name}“ vergessen", "clipboard": "die Zwischenablage geändert", "more": "{n} weitere", "end": "„Mach das rückgängig“ nimmt es zurück."},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Kept:
    """Something put among what Deskhand keeps for the person (reminders, notes, memory), or taken out: what was done, and what it is about."""

    kind: str
    name: str


def unsaid_changes(run: Run, answer: str) -> str:
    """A sentence that names what was changed and is named nowhere: of files, where a request only asks to be told something, all of it, else what was lost; of reminders, notes and memory
    always what the request does not say. Empty where there is none."""
    done = [(step, Change(**change)) for step in run.state.all_steps if (state := run.state.steps[step.id]).status == "done" for change in (state.intent or {}).get("changes", ())]
    only_looks = asks_only_to_look(run.text)
    kept = [one for step, change in done if (one := _kept(step, change)) and not is_own_statement(one.name, [answer, *([] if only_looks else [run.text])])]
    changes = [change for step, change in done if _kept(step, change) is None]
    if not only_looks:
        lost = set(lost_paths(changes, run.workspace))
        changes = [change for change in changes if change.path in lost and not is_phrase_in(os.path.basename(change.path), run.text)]
    words = _WORDS.get(detect_language(run.text), _WORDS["en"])
    found = _grouped((change for change in changes if not is_phrase_in(os.path.basename(change.path), answer)), run, words)
    for one in kept:
        found.setdefault(one.kind, []).append(_printable(" ".join(one.name.split())[:MOST_LETTERS]))
    said = [words[kind].format(name=_listed(list(dict.fromkeys(names)), words)) for kind, names in found.items()]
    return f"({words['head']} {', '.join(said)}. {words['end']})" if said else ""


def _kept(step: Step, change: Change) -> _Kept | None:
    """What a change of a step put among those things, or took out; None where it is none of them."""
    args = step.args
    if change.kind == "memory":
        return _Kept("remember", change.to) if change.to else _Kept("forget", str(args.get("about") or "something"))
    if change.kind == "schedule":
        is_gone = change.after is None
        return _Kept(
            "unschedule" if is_gone else "schedule", str((args.get("schedule") if is_gone else args.get("text") or args.get("request") or args.get("name")) or "something")
        )
    return _Kept("note", str(args.get("title") or args.get("text") or "something")) if step.tool == "notes.add" else None


def _grouped(changes: Iterable[Change], run: Run, words: dict[str, str]) -> dict[str, list[str]]:
    """The names of what was changed, by what was done to it."""
    found: dict[str, list[str]] = {}
    for change in changes:
        kind, name = _kind(change, run), _shown(change.path, run)
        found.setdefault(kind, []).append(words["target"].format(name=name, target=_shown(change.to, run)) if kind == "move" else name)
    return found


def _kind(change: Change, run: Run) -> str:
    if change.kind == "move":
        return "move" if change.to.startswith(os.path.realpath(run.workspace) + os.sep) else "delete"
    if change.kind == "clipboard":
        return "clipboard"
    return "change" if change.before is not None else "make"


def _shown(path: str, run: Run) -> str:
    root = os.path.realpath(run.workspace) + os.sep
    return _printable(path.removeprefix(root))


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "�" for letter in text)


def _listed(names: list[str], words: dict[str, str]) -> str:
    rest = [words["more"].format(n=len(names) - MOST_NAMED)] if len(names) > MOST_NAMED else []
    return ", ".join([*names[:MOST_NAMED], *rest])
