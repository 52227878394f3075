"""What two readers agree on: the starter's plan is done where the trained reader says that it is of that kind, and every operand stands in the request."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from core.errors import DeskhandError, ToolError
from core.gate.coverage import is_phrase_in
from core.language.words import STOP_WORDS, fold, stem, words_of
from core.plan import UNSURE, Plan, Step, strings
from core.planning.plan_format import ParseError
from core.ports import ToolContext
from core.turn.act.closing import LoopEnd
from core.turn.act.ending import answered_instead
from core.turn.instant import read_by_starter
from core.turn.small.hands import CannotDo, SmallTurn
from core.turn.small.request import SmallRequest

TOOLS = {
    "organise": ("files.move", "files.copy", "files.delete", "files.make_folder", "files.write", "files.archive", "files.extract", "files.sort_into_folders", "images."),
    "edit": ("files.append", "files.edit", "files.remove_lines", "files.remove_text", "files.sort_lines", "files.write", "tasks.", "tables.convert"),
    "find": ("files.find", "files.list", "files.info", "files.read", "documents.read"),
    "remind": ("schedule.", "tasks."),
    "machine": ("time.", "calc.", "units.", "system.", "money.", "clipboard.", "media.", "open.", "windows.list", "network.", "images.screenshot", "notify."),
    "steps": ("files.", "tasks."),
    "remember": ("memory.", "notes."),
}  # fmt: skip
SURE, LIKELY = 0.8, 0.45  # of the starter; of the reader, for the kind
_NEGATED = re.compile(r"\b(?:not|don't|never|except|but not|unless|without|other than|instead|if|otherwise|whichever|only|rest|nicht|außer)\b|n't\b", re.I)
_POINTS = re.compile(r"\b(?:it|them|they|there|that|those|same|other)\b", re.I)
_GENERAL_WORDS = (
    "file files folder folders new text line lines list named called name end bottom top start add put make create write move copy rename delete "
    "remove open show read find remind reminder set count number zip pack unpack document documents word words right away here there now one two "
    "it its into today tomorrow every each day days week o clock am pm at"
)
_GENERAL = frozenset(_GENERAL_WORDS.split())


async def do_as_agreed(turn: SmallTurn, request: SmallRequest, kind: str) -> LoopEnd | None:
    """Do what both read; None where they do not agree, or anything of the request is left over."""
    if request.sources.how == "earlier" or request.reading.chance(kind) < LIKELY or _NEGATED.search(request.text) or _POINTS.search(request.text):
        return None
    try:
        plan = await read_by_starter(turn.run)
    except (DeskhandError, ParseError):
        return None
    if not plan.steps or len(plan.steps) > 4 or plan.confidence < SURE or any(note.startswith(UNSURE) for note in plan.notes):
        return None
    if not all(_is_of(step, kind) for step in plan.steps) or any("{{" in text for step in plan.steps for text in strings(step.args)):
        return None
    if left_over(request.text, plan) or unsaid_things(request, plan) or not await _is_harmless(turn, plan, kind):
        return None
    for step in plan.steps:
        await turn.must(step.tool, **step.args)
    return turn.finish(_told(turn, plan))


def _is_of(step: Step, kind: str) -> bool:
    return not step.device and any(step.tool.startswith(name) for name in TOOLS.get(kind, ()))


def left_over(request: str, plan: Plan) -> list[str]:
    """Words of the request that no argument carries and that are not words of any such request: the more there are, the less was read."""
    carried = {stem(word) for step in plan.steps for text in (*strings(step.args), *map(str, step.args.values())) for word in words_of(text)}
    left = [word for word in words_of(request) if word not in STOP_WORDS and word not in _GENERAL and stem(word) not in carried and len(word) > 2]
    return left if len(left) > 1 else []


def unsaid_things(request: SmallRequest, plan: Plan) -> list[str]:
    """Things of the workspace that a plan is about and that the request calls by no part of their own name: "the scan" is not the folder Scans."""
    said = set(words_of(request.text))
    there = {entry.path: entry for entry in request.entries}
    used = [text.rstrip("/") for step in plan.steps for text in strings(step.args) if text.rstrip("/") in there]
    return [path for path in used if not said & set(words_of(there[path].name)) and not is_phrase_in(path, request.text)]


async def _is_harmless(turn: SmallTurn, plan: Plan, kind: str) -> bool:
    """Whether a dry run changes nothing but what the request names."""
    run = turn.run
    context = ToolContext(run.state.run_id, "s1", Path(run.workspace), run.deps.clock, run.cancellation.event)
    for step in plan.steps:
        try:
            tool, args = run.deps.tools.resolve(step.tool, step.args)
            intent = await run.deps.tools.prepare(tool, args, context)
        except (ToolError, OSError):
            return len(plan.steps) > 1 and step is not plan.steps[0]  # only the steps before can tell
        if intent.is_partial or intent.risk not in ("reads", "reversible"):
            return False
        if kind in ("organise", "edit", "steps") and any(
            change.kind == "put" and change.after is None and Path(change.path).suffix and fold(Path(change.path).stem) not in fold(turn.text) for change in intent.changes
        ):
            return False
    return True


def _told(turn: SmallTurn, plan: Plan) -> str:
    """What was found, or what was done."""
    states = [turn.run.state.steps[step.id] for step in turn.run.state.all_steps]
    if all(turn.run.deps.tools.risk(step.tool) == "reads" for step in plan.steps):
        return "\n".join(state.text for state in states if state.text)
    return answered_instead(turn.run)


async def remind(turn: SmallTurn, request: SmallRequest) -> LoopEnd:
    """A reminder: time and words as the reader of schedules takes them."""
    found = re.search(r"\b(?:to|that|about|daran,? dass|an)\b\s+(.+)$", request.text, re.I)
    literal = request.reading.texts("literal")
    what = found[1] if found and (not literal or literal[0] in found[1]) else literal[0] if literal else ""
    if not what:
        raise CannotDo("I could not tell what I am to remind you of. Say it like: remind me tomorrow at 9 to call the dentist.")
    when = _without(request.text, [what])
    state = await turn.must("schedule.remind", when=when, text=what.strip(" ."))
    return turn.finish(state.text)


def _without(text: str, parts: Sequence[str]) -> str:
    for part in parts:
        text = text.replace(part, " ")
    text = re.sub(
        r"\b(?:please|can you|could you|remind me|set (?:a|an|me a) (?:reminder|alarm)|reminder|alarm|to|that|about|for me|kindly|erinner\w* mich|bitte|daran)\b",
        " ",
        text,
        flags=re.I,
    )
    return re.sub(r"\s+", " ", text).strip(" ,.:")
