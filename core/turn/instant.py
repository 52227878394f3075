"""The instant way: what the starter reads for sure is done at once, whatever bigger models there are.

Until the starter itself is certain or silent, code is: every word of the request that carries something has to stand in the call, and nothing
is deleted or overwritten.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from core.errors import DeskhandError, ToolError
from core.execution.run import Run
from core.messages import ModelRequest
from core.plan import UNSURE, Plan, Step, strings
from core.planning.plan_format import ParseError, read_plan
from core.ports import Intent, ToolContext
from core.turn.answer.lexicon import MONTHS, RELATIVE_DAYS, WEEKDAYS, alternation

STARTER = "starter"
CERTAIN = 0.95
MOST_WORDS, MOST_STEPS = 24, 3

# What a call says by itself: the words that ask for it carry nothing more.
SAID_BY = {
    "files.make_folder": "make create add new folder folders directory called named",
    "files.write": "make create write new file files text with containing contains says saying called named note list in it",
    "files.append": "add append put line lines list file end to at bottom also",
    "files.list": "list show files file folder what are there here in see",
    "calc.evaluate": "what calculate compute work out much is plus minus times divided by multiplied percent of and sum result equals",
    "units.convert": "convert how many much is are in to what",
    "time.now": "what time is it now date day today current which",
    "time.calculate": "what date day how many days weeks until from between is it in ago after before",
    "notes.add": "note notes add make write down take new that jot",
    "tasks.add": "add task tasks todo to do list my put new",
    "schedule.add": "remind me reminder set to at on in about every the a an alarm",
    "schedule.remind": "remind me reminder set to at on in about every the a an alarm",
}
_COMMON_WORDS = "a an the my me i you your please could can would will for of to in into on at is it be this that and with so just now then named called us hey hi deskhand"
_COMMON = frozenset(_COMMON_WORDS.split())
_POINTS_BACK = re.compile(
    r"\b(?:its|it|that|this|these|those|them|they|their|there|he|she|him|his|her|same|other|another|else|again|instead|both|one|ones|first|second|last)\b", re.I
)
_ITSELF = re.compile(r"\b(?:is it|what(?:'s| is) this|this (?:year|month|week))\b", re.I)
_QUOTED = re.compile('"([^"\n]+)"|[“„”]([^“”„\n]+)[“”]|«([^»\n]+)»|`([^`\n]+)`|(?<!\\w)[\'‘]([^\n]+?)[\'’](?!\\w)')
_TEXT_TOOLS = ("files.write", "files.append")
_NAME_TOOLS = ("files.make_folder", "files.write", "files.append")
_SCHEDULES = ("schedule.add", "schedule.remind", "tasks.add")
_CALLED = re.compile(
    r"\b(?:called|named)\s+(?P<name>.+?)(?=\s+(?:and|with|in|inside|into|under|on|containing|that|saying|says|for|please|from|at|to|next)\b|[,;!?]|\.(?:\s|$)|$)", re.I
)
_NO_NAME = re.compile(  # what a name would hold only where the words were meant otherwise: a time, a question, a person, a comparison
    r"\b(?:today|tonight|tomorrow|yesterday|now|later|soon|(?:this|next|last|every|each) (?:morning|evening|afternoon|night|week|month|year|day|weekend)|at \d{1,2}|o['’]?clock|in \d+ (?:minutes?|hours?|days?|weeks?)|"
    r"what|whatever|which|whichever|who|whoever|whom|where|wherever|when|whenever|why|how|if|me|myself|you|yourself|him|her|them|us|nothing|something|anything|everything)\b"
    r"|^(?:after|like|as|for|by|with|according|based)\b",
    re.I,
)
_LEFT_OF_A_DATE = re.compile(
    rf"^\W*(?:(?:of|the|on|at|in|by|every|next|this|and|or)\b|\d{{1,2}}(?:st|nd|rd|th|[:.]\d\d)?\b|(?:{alternation(MONTHS)}|{alternation(WEEKDAYS)}|{alternation(RELATIVE_DAYS)})\b)",
    re.I,
)
_WORD = re.compile(r"\w+")
_ASKING = {word for words in SAID_BY.values() for word in words.split()} - {"it", "is", "are", "in", "to", "at", "me", "my", "the", "a", "an"}


async def read_for_certain(run: Run) -> Plan | None:
    """The plan of a request that the starter reads for sure and that can do no harm; None for every other."""
    words = [word for word in _words(run.text) if word not in _COMMON]
    if len(run.text.split()) > MOST_WORDS or "\n" in run.text.strip() or not words or words[0] not in _ASKING:
        return None
    try:
        plan = await read_by_starter(run)
    except (DeskhandError, ParseError):
        return None
    if not plan.steps or len(plan.steps) > MOST_STEPS or plan.confidence < CERTAIN or any(note.startswith(UNSURE) for note in plan.notes):
        return None
    if not all(step.tool in SAID_BY and not step.device for step in plan.steps) or _left_over(run.text, plan) or _is_unclear(run.text, plan):
        return None
    return plan if await _is_harmless(run, plan) else None


async def read_by_starter(run: Run) -> Plan:
    """The plan that the starter reads out of the request. Raises :class:`ParseError` and :class:`DeskhandError`."""
    now = run.deps.clock.now().astimezone()
    context = {"workspace": str(run.workspace), "today": f"{now:%Y-%m-%d}", "turns": [], "tools": run.deps.tools.specs()}
    reply = await run.caller.call(run.deps.pool.get(STARTER), ModelRequest((), purpose="plan", request=run.text, context=context))
    return read_plan(reply, run.deps.tools.specs())


def _is_unclear(request: str, plan: Plan) -> bool:
    """Whether something points back at what was said before, or an argument may not be what was meant."""
    if _POINTS_BACK.search(_ITSELF.sub("", request)):
        return True
    return any(_is_text_unquoted(request, step) or _is_name_unclear(request, step) or _is_date_left(step) for step in plan.steps)


def _is_text_unquoted(request: str, step: Step) -> bool:
    """Whether a text for a file does not stand in quotes: it may be a description of the text ("its name and price")."""
    quoted = {word for match in _QUOTED.finditer(request) for word in _words(" ".join(filter(None, match.groups())))}
    text = set(_words(str(step.args.get("text", ""))))
    return step.tool in _TEXT_TOOLS and not (text and text <= quoted)


def _is_name_unclear(request: str, step: Step) -> bool:
    """Whether the name of something new holds words that are no name ("Trip tomorrow", "what you want"), or only a part of what follows "called"."""
    if step.tool not in _NAME_TOOLS:
        return False
    names = [name for name in strings(step.args.get("path", "")) if f'"{name}"' not in request]
    asked = [word for match in _CALLED.finditer(request) for word in _words(match["name"])]
    return any(_NO_NAME.search(name) for name in names) or not set(asked) <= {word for text in _texts(step) for word in _words(text)}


def _is_date_left(step: Step) -> bool:
    """Whether what is to be remembered begins with a part of a date, so that the date was not read whole."""
    if step.tool not in _SCHEDULES:
        return False
    said = [str(step.args[name]) for name in ("text", "title", "task", "request") if step.args.get(name)]
    return any(_LEFT_OF_A_DATE.match(text) for text in said)


def _left_over(request: str, plan: Plan) -> list[str]:
    """Words of the request that neither an argument carries nor the call itself says."""
    carried = {word for step in plan.steps for text in _texts(step) for word in _words(text)}
    said = {word for step in plan.steps for word in SAID_BY[step.tool].split()}
    return [word for word in _words(request) if word not in carried and word not in said and word not in _COMMON]


def _texts(step: Step) -> list[str]:
    return [*strings(step.args), *(f"{value:g}" for value in _numbers(step.args))]


def _numbers(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [number for item in value.values() for number in _numbers(item)]
    if isinstance(value, list):
        return [number for item in value for number in _numbers(item)]
    return [value] if isinstance(value, int | float) and not isinstance(value, bool) else []


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


async def _is_harmless(run: Run, plan: Plan) -> bool:
    """Whether a dry run of each step neither deletes nor overwrites anything."""
    context = ToolContext(run.state.run_id, "s1", Path(run.workspace), run.deps.clock, run.cancellation.event)
    for step in plan.steps:
        try:
            tool, args = run.deps.tools.resolve(step.tool, step.args)
            intent = await run.deps.tools.prepare(tool, args, context)
        except (ToolError, OSError):
            return False
        if intent.is_partial or intent.risk not in ("reads", "reversible") or any(_overwrites(intent, change) for change in intent.changes):
            return False
    return True


def _overwrites(intent: Intent, change: Any) -> bool:
    return change.kind == "move" or (change.kind == "put" and (change.after is None or (change.before is not None and intent.tool != "files.append")))
