"""Which strategy answers a request of a small model: one table by the kinds that the trained reader finds likely. Adding one is a module and a row."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from core import events
from core.errors import DeskhandError
from core.turn.act.closing import LoopEnd
from core.turn.act.loop import ActionLoop
from core.turn.small.agreeing import do_as_agreed, remind
from core.turn.small.asking import ask
from core.turn.small.choosing import answer_of, confirm
from core.turn.small.computing import compute
from core.turn.small.correcting import correct
from core.turn.small.deciding import decide_kind
from core.turn.small.dialogue import files_before
from core.turn.small.editing import edit_file
from core.turn.small.finding import find_or_show
from core.turn.small.hands import CannotDo, SmallTurn
from core.turn.small.looking import look_or_decline, talk_or_look
from core.turn.small.others import ask_again, decline_translation, take_back
from core.turn.small.plain_english import read_request
from core.turn.small.pointing import name_what_is_pointed_at
from core.turn.small.program import run_program
from core.turn.small.recalling import recall
from core.turn.small.recurring import schedule_recurring
from core.turn.small.remembering import keep_or_recall
from core.turn.small.request import SmallRequest
from core.turn.small.sorting import sort_by_content
from core.turn.small.sources import write_names
from core.turn.small.workspace_files import list_files
from core.turn.small.writing import extract, keep, rewrite, write_text

log = logging.getLogger("deskhand.small")
BROKEN = "I could not bring this to an end: something went wrong inside of me on the way. `deskhand doctor` tells more."
Answer = Callable[[SmallTurn, SmallRequest], Awaitable[LoopEnd]]
_KEEP_LAST = re.compile(
    r"\W*(?:(?:good|great|ok|okay|fine|perfect|thanks|nice|super|now|please)\W+)*(?:save|write|keep|put|store) (?:it|this|that|the \w+)(?: down)? (?:as|in|into|to)\b", re.I
)


@dataclass(frozen=True, slots=True)
class SmallStrategy:
    """``kinds`` of the reader that it answers; ``agrees``: what the starter reads just so is done at once; ``recalls``: what is remembered answers it before files or talk do."""

    name: str
    kinds: tuple[str, ...]
    answer: Answer
    agrees: bool = False
    recalls: bool = False


STRATEGIES: tuple[SmallStrategy, ...] = (
    SmallStrategy("ask", ("ask",), ask, recalls=True),
    SmallStrategy("compute", ("compute",), compute),
    SmallStrategy("extract", ("extract",), extract),
    SmallStrategy("write", ("summarise", "compose"), write_text),
    SmallStrategy("rewrite", ("rewrite",), rewrite),
    SmallStrategy("translate", ("translate",), decline_translation),
    SmallStrategy("sort", ("sort",), sort_by_content),
    SmallStrategy("find", ("find",), find_or_show, agrees=True, recalls=True),
    SmallStrategy("edit", ("edit",), edit_file, agrees=True),
    SmallStrategy("program", ("organise", "steps"), run_program, agrees=True),
    SmallStrategy("remind", ("remind",), remind, agrees=True),
    SmallStrategy("remember", ("remember",), keep_or_recall),
    SmallStrategy("machine", ("machine",), talk_or_look, agrees=True, recalls=True),
    SmallStrategy("talk", ("chat",), talk_or_look, recalls=True),
    SmallStrategy("undo", ("undo",), take_back),
    SmallStrategy("unclear", ("unclear",), ask_again, recalls=True),
    SmallStrategy("outside", ("outside",), look_or_decline, recalls=True),
)


async def answer_small(loop: ActionLoop) -> LoopEnd:
    """Read the request, and answer it with the strategy of its kind. What a strategy cannot do it says."""
    turn = await SmallTurn.begin(loop)
    replies = loop.of.state.replies_of("")
    if replies and not replies[-1].calls:
        return turn.show(replies[-1].text, replies[-1].why)  # it was answered before a crash
    if loop.of.state.resumed:
        loop.of.append(events.TEXT_WITHDRAWN, {"why": "resumed"})  # what was shown before the crash comes again
    request = await _read(turn)
    try:
        return await _answer(turn, request)
    except CannotDo as reason:
        return turn.finish(str(reason), "it could not be done")
    except DeskhandError:
        raise
    except Exception:  # a fault of a strategy is no answer, and what it read so far is none either
        log.exception("a strategy broke down")
        return turn.finish(BROKEN, "it could not be done")


async def _answer(turn: SmallTurn, request: SmallRequest) -> LoopEnd:
    if (calls := turn.question.get("does")) and (end := await confirm(turn, calls)):
        return end
    if _KEEP_LAST.match(request.text) and request.target.path and turn.history:
        return await keep(turn, request, turn.history[-1].content)
    request = await correct(turn, request)
    if end := await schedule_recurring(turn, request.text):
        return end
    kind = decide_kind(request, is_follow_up=bool(turn.history))
    request = replace(request, decided=kind)
    strategy = next(row for row in STRATEGIES if kind in row.kinds)
    if strategy.agrees and (end := await do_as_agreed(turn, request, kind)):
        return end
    if strategy.recalls and not request.sources.files and not request.missing and (end := await recall(turn, request)):
        return end
    return await strategy.answer(turn, request)


async def _read(turn: SmallTurn) -> SmallRequest:
    """The request with its kind, the files of the workspace, and what the turn before was about."""
    entries = list_files(turn.run.workspace)
    names = tuple(entry.path for entry in entries if not entry.is_folder)
    past = tuple(replace(one, said=write_names(one.said)) for one in turn.past)
    before, answer = (past[-1].said, past[-1].answer) if past else ("", "")
    text = name_what_is_pointed_at(write_names(turn.text), answer, names)
    reading, plain = await read_request(turn, text, before)
    return await answer_of(turn, SmallRequest(text, reading, entries, past, files_before(past, entries), plain=plain))
