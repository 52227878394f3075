"""Provenance of a call: the person's own words, or those of somebody who has read text from outside, and where that came from."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from core.execution.run_state import RunState
from core.language.words import content_stems
from core.plan import Step, references

_ABOUT_PERSONS = frozenset(
    content_stems("the person user they them named name called call is has lives works likes loves wants prefers needs der die Person Nutzer heißt mag wohnt arbeitet")
)
_DENIALS = frozenset(
    {"not", "no", "never", "none", "nicht", "kein", "keine", "keinen", "nie", "ne", "pas", "jamais", "nunca", "non", "mai", "niet", "geen", "nooit", "t"}
)  # t: of "don't", as words are told apart here
_TOKEN = re.compile(r"\w+", re.UNICODE)
CONVERSATION = "what was read earlier in this conversation"
GUIDE = "AGENTS.md of this folder, which you have not said that you trust"
REPAIR = "what went wrong before it, as another program told it"
HUB = "the machine that sent it"
OWN_PROGRAM = "code.plan"
BOXED = "a program in the box:"  # without a network
FROM = "with words from"
MAX_NAME_LETTERS = 120  # letters of one argument


def request_origin(request: Mapping[str, Any]) -> str:
    """Whose words a request is made of, where they are not only the person's: another machine had read such words, another program asks, a schedule was made after reading. Else empty."""
    return HUB if request.get("remote", {}).get("tainted") else str(request.get("outside") or "")


def is_in_words_of(args: Mapping[str, Any], said: Iterable[str], schema: Mapping[str, Any] | None = None, words: Collection[str] = ()) -> bool:
    """Whether every word and number of a call's arguments stands in what the person ``said`` themselves, or is one of ``words``.

    Truth values, and what the tool's ``schema`` offers as choices or names as parts of an argument, carry nothing of anybody and are passed
    over. A call without any words is nobody's in particular, so that it is the person's.
    """
    known = {token for text in said for token in words_of(text)}
    offered = {str(value) for value in _choices(schema or {})}
    return all(token in known or token in words for text in _literals(list(args.values()), offered) for token in words_of(text))


def is_own_statement(text: str, said: Iterable[str]) -> bool:
    """Whether every word of a statement that carries something stands in what the person ``said``, whatever its ending; and no "not" that did not."""
    known = {stem for line in said for stem in [*content_stems(line), *_denials(line)]}
    return known.issuperset({*content_stems(text), *_denials(text)} - _ABOUT_PERSONS)


def _denials(text: str) -> list[str]:
    return ["¬" for word in words_of(text) if word in _DENIALS]


def words_of(text: str) -> list[str]:
    """Words and numbers, in order, without case."""
    return [token.casefold() for token in _TOKEN.findall(text)]


def _literals(value: Any, offered: set[str]) -> Iterable[str]:
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, Mapping):
        for key, item in value.items():
            if str(key) not in offered:
                yield str(key)
            yield from _literals(item, offered)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _literals(item, offered)
    elif isinstance(value, float):
        yield f"{value:g}"
    elif str(value) not in offered:
        yield str(value)


def _choices(schema: Any) -> Iterable[Any]:
    if isinstance(schema, Mapping):
        yield from schema.get("enum") or () if isinstance(schema.get("enum"), list) else ()
        yield from schema["properties"] if isinstance(schema.get("properties"), Mapping) else ()
        if "const" in schema:
            yield schema["const"]
        for item in schema.values():
            yield from _choices(item)
    elif isinstance(schema, list):
        for item in schema:
            yield from _choices(item)


def describe_origins(state: RunState, step: Step) -> list[str]:
    """Describe the steps whose outputs a step uses, each with what it read; else what its planner had before it."""
    by_id = {other.id: other for other in state.all_steps}
    found = [name_origin(state, by_id[used]) for used in tainted_inputs(state, step) if used in by_id]
    if step.id in state.suspect:
        found.append(state.suspect[step.id] or CONVERSATION)
    return list(dict.fromkeys(found))


def tainted_inputs(state: RunState, step: Step) -> list[str]:
    """Return the ids of the steps whose output from outside stands in a step's arguments."""
    planned = state.step_of(step.id) or step  # a detour has other arguments
    return [used for used in references(planned.args) if used in state.steps and state.steps[used].tainted]


def is_own_program(origin: str) -> bool:
    """Whether an origin is a program in a box without a network, so that it says nothing that is not in the workspace, where nothing there is known to be from outside."""
    return origin.startswith((OWN_PROGRAM, BOXED)) and FROM not in origin


def name_origin(state: RunState, step: Step) -> str:
    """Name a step, with where the words came from that it found in files: they may have gone through several since."""
    known = state.steps.get(step.id)
    origins = [origin for origin in (known.origins if known else ()) if origin != name_step(step)]
    return f"{name_step(step)} ({FROM} {'; '.join(origins[:3])})" if origins else name_step(step)


def name_step(step: Step) -> str:
    """Name a step by its tool and what it was about."""
    if step.tool == "shell.run" and isinstance(argv := step.args.get("argv"), list):
        words = " ".join(map(str, argv))[:MAX_NAME_LETTERS]
        return f"{step.tool} {words}" if step.args.get("network") or step.args.get("unconfined") else f"{BOXED} {words}"
    what = next((str(value) for value in step.args.values() if isinstance(value, str) and value), "")
    return f"{step.tool} {what[:MAX_NAME_LETTERS]}".strip()
