"""The answer by code: what was done and found, from the steps alone. For when a model's own answer does not hold, or it was cut off."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from core.plan import strings
from core.turn.answer.deeds import StepFact, deeds_of
from core.turn.answer.tables import content_words

MAX_FOUND = 1600  # letters of all findings together
MAX_COMMAND = 120  # letters of a command line
MAX_DEEDS, MAX_NAMED = 12, 5  # lines of deeds; names in the line of what was not done for one reason
_PATH_NAMES = ("path", "file", "paths", "files", "source", "folder", "name", "title", "url", "query", "text", "subject", "when", "to")
_WORDS = {
    "en": {
        "done": "Done:", "found": "What I found:", "undone": "Not done:", "nothing": "I found nothing that answers this, and nothing was changed.", "more": "and {n} more", "to": "to",
        "created": "created", "changed": "changed", "moved": "moved", "copied": "copied", "deleted": "deleted", "sent": "sent", "scheduled": "scheduled", "remembered": "noted", "ran": "carried out",
        "left_out": "… (more not shown)", "stopped": "Stopped.", "unchanged": "Nothing was changed.", "before": "Done before that:", "broken_off": "Broken off:", "not_begun": "Not done:",
    },
    "de": {
        "done": "Erledigt:", "found": "Gefunden:", "undone": "Nicht erledigt:", "nothing": "Ich habe nichts gefunden, was das beantwortet; geändert wurde nichts.", "more": "und {n} weitere", "to": "nach",
        "created": "angelegt", "changed": "geändert", "moved": "verschoben", "copied": "kopiert", "deleted": "gelöscht", "sent": "gesendet", "scheduled": "vorgemerkt", "remembered": "gemerkt", "ran": "ausgeführt",
        "left_out": "… (mehr nicht gezeigt)", "stopped": "Angehalten.", "unchanged": "Geändert wurde nichts.", "before": "Vorher erledigt:", "broken_off": "Abgebrochen:", "not_begun": "Nicht getan:",
    },
}  # fmt: skip
_ORDER = ("deleted", "sent", "scheduled", "moved", "copied", "remembered", "created", "changed", "ran")
_TOKEN = re.compile(r"\d+(?:\.\d+)?|[\w-]+\.[a-z]{2,4}\b", re.I)
_FRAME = re.compile(r"^\s*[─═-]{2,}.*[─═-]{2,}\s*$")


def answer_by_code(steps: Sequence[StepFact], language: str, request: str = "") -> str:
    """What the steps did, then what they found as far as it bears on ``request``, then what failed, in Markdown. ``language``: ``de`` or anything for English."""
    words = _WORDS.get(language, _WORDS["en"])
    done = [line for step in steps if step.is_done and step.is_acting for line in _deed_lines(step, words)]
    found = _findings([step for step in steps if step.is_done and not step.is_acting and _is_found(step, steps, request)], request, words)
    undone = _undone_lines([step for step in steps if not step.is_done and not _is_made_good(step, steps)], words)
    parts = [_listed(words["done"], _capped(list(dict.fromkeys(done)), words)) if done else "", found, _listed(words["undone"], undone)]
    return "\n\n".join(part for part in parts if part) or words["nothing"]


def stop_by_code(steps: Sequence[StepFact], broken_off: Sequence[StepFact], not_begun: Sequence[StepFact], language: str) -> str:
    """What a run that was stopped had done, was doing, and did not do any more; not what it had read. ``steps`` are those that ended by themselves."""
    words = _WORDS.get(language, _WORDS["en"])
    done = [line for step in steps if step.is_done and step.is_acting for line in _deed_lines(step, words)]
    unchanged = "" if done or any(step.is_acting for step in broken_off) else words["unchanged"]
    listed = [
        (words["before"], done),
        (words["broken_off"], [_call_line(step, words) for step in broken_off]),
        (words["not_begun"], [_call_line(step, words) for step in not_begun]),
    ]
    head = f"{words['stopped']} {unchanged}".strip()
    return "\n\n".join(filter(None, (head, *(_listed(name, _capped(list(dict.fromkeys(lines)), words)) for name, lines in listed))))


def _call_line(step: StepFact, words: Mapping[str, str]) -> str:
    """What a call was to do: its verb in English, and what it is about."""
    verb = step.tool.rsplit(".", 1)[-1].replace("_", " ")
    if step.title:
        return f"- {step.title}"
    command = step.args.get("argv") or step.args.get("command")
    about = shlex.join(map(str, command)) if isinstance(command, list) else str(command or "")
    objects = [f"`{about[:MAX_COMMAND]}`"] if about else _objects(step.args, words)
    return "- " + " ".join(([verb] if words is _WORDS["en"] or not objects else []) + [", ".join(objects)]).strip()


def _is_found(step: StepFact, steps: Sequence[StepFact], request: str) -> bool:
    """Whether a result is more than what the model itself put into a program or calculation: a number or name of it was found, or stands in the request."""
    if not step.is_own_words:
        return True
    put = {word for text in strings(dict(step.args)) for word in _TOKEN.findall(text) if len(word) > 1}
    known = "\n".join((request, *(other.text for other in steps if other is not step and not other.is_acting and not other.is_own_words)))
    numbers = {word for word in put if word[0].isdigit()}
    files = {word for word in put if "." in word and not word[0].isdigit()}
    return not (numbers or files) or any(word in known for word in numbers | files)


def _undone_lines(steps: Iterable[StepFact], words: Mapping[str, str]) -> list[str]:
    """A line for each reason, with what was not done for it."""
    names: dict[str, list[str]] = {}
    for step in steps:
        names.setdefault(step.error.strip(), []).append(_title(step))
    lines = []
    for error, titles in names.items():
        several = list(dict.fromkeys(titles))
        rest = [words["more"].format(n=len(several) - MAX_NAMED)] if len(several) > MAX_NAMED else []
        lines.append(f"- {', '.join([*several[:MAX_NAMED], *rest])}{': ' + error if error else ''}")
    return lines


def _listed(head: str, lines: list[str]) -> str:
    return head + "\n" + "\n".join(lines) if lines else ""


def _capped(lines: list[str], words: Mapping[str, str]) -> list[str]:
    return lines if len(lines) <= MAX_DEEDS else [*lines[:MAX_DEEDS], "- " + words["more"].format(n=len(lines) - MAX_DEEDS)]


def _deed_lines(step: StepFact, words: Mapping[str, str]) -> list[str]:
    """The step's own sentence in English; else a line made of its kind and its paths."""
    first = step.text.strip().split("\n", 1)[0]
    if words is _WORDS["en"] and re.match(r"[A-Z].{3,}", first) and len(first) <= 240:
        return [f"- {first}"]
    kinds = {deed.kind for deed in deeds_of(step)}
    kind = next((kind for kind in _ORDER if kind in kinds), "ran")
    return [f"- {name} {words[kind]}" for name in _objects(step.args, words)] or [f"- {step.title or first or words[kind].capitalize()}"]


def _objects(args: Mapping[str, Any], words: Mapping[str, str]) -> list[str]:
    """What a call was about: "`a.txt` to `b`", a title, an address."""
    source, target = args.get("source", args.get("path")), args.get("target", args.get("destination"))
    pairs = args.get("moves") or args.get("copies") or args.get("files")
    if isinstance(pairs, list) and pairs and all(isinstance(pair, Mapping) for pair in pairs):
        return [name for pair in pairs for name in _objects(pair, words)]
    if isinstance(source, list):
        source = ", ".join(map(str, source))
    if source:
        return [f"`{source}` {words['to']} `{target}`" if target else f"`{source}`"]
    named = next((args[name] for name in ("paths", "title", "subject", "to", "text", "file", "name") if args.get(name)), "")
    return [f"„{str(named)[:80]}“" if words is _WORDS["de"] else f"“{str(named)[:80]}”"] if named and not isinstance(named, Mapping | list) else [f"`{one}`" for one in named or ()]


def _title(step: StepFact) -> str:
    if step.title:
        return step.title
    named = next((step.args[name] for name in _PATH_NAMES if isinstance(step.args.get(name), str) and step.args[name]), "")
    return f"`{named[:80]}`" if named else step.tool.rsplit(".", 1)[-1].replace("_", " ")


def _is_made_good(step: StepFact, steps: Iterable[StepFact]) -> bool:
    """Whether the same was done by another step later."""
    return any(other.is_done and other.tool == step.tool and (other.args == step.args or _title(other) == _title(step)) for other in steps)


def _findings(steps: list[StepFact], request: str, words: Mapping[str, str]) -> str:
    """The parts of results that bear on the request, each under its source; a short single result whole."""
    wanted = {word[: max(4, len(word) - 2)] for word in content_words(request) if len(word) > 3 or not word.isascii()}
    shown: list[str] = []
    room = MAX_FOUND
    ranked = sorted(enumerate(steps), key=lambda item: (-_weight(item[1].text, wanted), -item[0]))
    for _, step in ranked:
        whole = _without_frames(step.text)
        part = _bearing(whole, wanted, min(room, MAX_FOUND * 2 // 3))
        if not part or (shown and not _weight(part, wanted)) or any(part in other for other in shown):
            continue
        source = next((str(step.args[name]) for name in ("path", "file", "url", "query", "paths") if step.args.get(name)), "")
        shown.append((f"**{source}**\n\n" if source and source != "." else "") + part + (f"\n{words['left_out']}" if len(part) < len(whole) else ""))
        room -= len(part)
        if room < 80:
            break
    return (words["found"] + "\n\n" if len(shown) > 1 else "") + "\n\n".join(shown)


def _weight(text: str, wanted: set[str]) -> int:
    lowered = text.casefold()
    return sum(word in lowered for word in wanted)


def _without_frames(text: str) -> str:
    """A result without the lines that only mark where a file begins and ends."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines() if not _FRAME.match(line)).strip()


def _bearing(whole: str, wanted: set[str], room: int) -> str:
    """The lines of a result that hold words of the request, with the line before and after, up to ``room`` letters; its beginning where none does."""
    if len(whole) <= room:
        return whole
    lines = whole.split("\n")
    order = sorted(range(len(lines)), key=lambda index: (-_weight(lines[index], wanted), index))
    kept: set[int] = set()
    for index in [index for index in order if _weight(lines[index], wanted)] or range(len(lines)):
        near = {place for place in (index - 1, index, index + 1) if 0 <= place < len(lines)} - kept
        if sum(len(lines[place]) + 1 for place in kept | near) > room:
            break
        kept |= near
    return "\n".join(lines[index] for index in sorted(kept)).strip() or whole[:room].rsplit(" ", 1)[0]
