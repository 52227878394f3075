"""Texts: summaries, lists, short letters, the same in other words. The model writes with the material before it; code keeps length, form and facts, and saves."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.turn.act.closing import LoopEnd
from core.turn.answer.letters import strip_framing
from core.turn.answer.placeholders import placeholders
from core.turn.small.answering import NOT_STATED
from core.turn.small.forms import ONE_A_LINE, keep_form
from core.turn.small.hands import CannotDo, SmallTurn, decline_hard
from core.turn.small.lengths import LOOPED, without_loop
from core.turn.small.material import Document, find_material, note_orders, read_documents
from core.turn.small.passages import excerpt
from core.turn.small.program import run_program
from core.turn.small.request import SmallRequest
from core.turn.small.sources import MEDIA
from core.turn.small.workspace_files import TABLES

WRITE = """You write texts for a person. Write only the text that was asked for, ready to be used: no remark before or after it, no code fence, no placeholder in brackets. Take facts only from what is shown and from the request. Use the language of the request."""
EACH = "You read one text of a person's and write what of it belongs into a list, one entry a line and nothing else. If nothing of it does: none"
MOST_READ = 12  # texts that are read one by one for a list
SHORTER = "You shorten texts. Keep the most important facts and the language. Write only the shortened text."
LETTERS = 3200  # of the material before the model
NEW = ("compose",)
_CODED = re.compile(
    r"\b(?:lines?|rows?|columns?|e-?mail addresses|addresses|headings?|first word|last word|numbers? in|beginning with|starting with|marked|ticked|csv)\b|\b(?:over|above|below|under|more than|less than|at least|at most|exceed\w*|über|unter) \d",
    re.I,
)
_BEARS_ON = re.compile(
    r"\b(?:summar\w*|overview|recap|wrote (?:me|us)|repl(?:y|ies)|answer to|respond\w*|zusammenfass\w*|antwort\w*|résum\w*|resum\w*)\b", re.I
)  # texts that begin from another one
_OWN_SUMMARY = re.compile(r"\b(?:summar\w*|recap|zusammenfass\w*|résum\w*|resum\w*)\b[^.?!]*\b(?:my|our|the|mein\w*|unser\w*|mon|notre|mi|nuestr\w*)\b", re.I)
TOO_LONG, TOO_MANY = 900, 700  # letters of a text that a small model is not asked to write anew; of notes that it is not asked to make a letter of
MOST = 420


async def write_text(turn: SmallTurn, request: SmallRequest) -> LoopEnd:
    """Write what is asked for and keep it where it was asked to be kept."""
    documents = await _material(turn, request)
    is_shortened = bool(request.length) or request.reading.chance("summarise") > 0.05 or re.search(r"\bsummar", request.text, re.I)
    if request.kind in (*NEW, "steps") and not is_shortened and sum(len(document.text) for document in documents) > TOO_MANY:
        return decline_hard(turn, "a letter or a speech out of notes, with all that has to be in it and nothing that has not")
    text = await _borne_out(turn, request, documents, await _written(turn, request, documents))
    if not text:
        raise CannotDo("I could not write that.")
    note_orders(turn, documents)
    if left := placeholders(text):
        turn.notes.append(f"Still to be filled in: {', '.join(dict.fromkeys(left))}.")
    return await keep(turn, request, text)


async def rewrite(turn: SmallTurn, request: SmallRequest) -> LoopEnd:
    """The same text in other words: a short one by the model, a change of form in place by a program, a long one by a bigger model."""
    if not request.target.path and request.sources.files and not turn.history:
        return await run_program(turn, request)
    if sum(entry.size for entry in request.entries if entry.path in request.sources.files) > TOO_LONG:
        return decline_hard(turn, "writing a long text anew without losing anything")
    return await write_text(turn, request)


async def extract(turn: SmallTurn, request: SmallRequest) -> LoopEnd:
    """Things out of documents: by a program where code can tell them (tables, lines, several files), else by reading."""
    texts = [path for path in request.sources.files if not path.lower().endswith((*TABLES, *MEDIA))]
    if 1 < len(texts) <= MOST_READ and len(texts) == len(request.sources.files) and not is_coded_list(request.text):
        return await _collect(turn, request)
    is_coded = any(path.lower().endswith((*TABLES, *MEDIA)) for path in request.sources.files) or len(request.sources.files) > 1 or is_coded_list(request.text)
    if is_coded and request.sources.files:
        try:
            return await run_program(turn, request)
        except CannotDo:
            if len(request.sources.files) > 6:
                raise
    return await write_text(turn, request)


def is_coded_list(text: str) -> bool:
    """Whether code can tell what belongs into the list: lines, rows, addresses."""
    return bool(_CODED.search(ONE_A_LINE.sub("", text)))


async def _collect(turn: SmallTurn, request: SmallRequest) -> LoopEnd:
    """What each of several texts gives, one question for each; the parts together are the list."""
    found: list[str] = []
    for document in await read_documents(turn, request.sources.files):
        part = excerpt(document.text, request.question, 1300).text
        said = strip_framing((await turn.ask(EACH, f"{document.name}:\n{part}\n\nThe list that is wanted: {request.question}", most=150)).text.strip())
        found += [line.strip() for line in said.splitlines() if line.strip() and not re.match(r"\W*(?:none|nothing)\b", line, re.I)]
    if not found:
        return await run_program(turn, request)
    return await keep(turn, request, keep_form("\n".join(dict.fromkeys(found)), request.text))


async def keep(turn: SmallTurn, request: SmallRequest, text: str) -> LoopEnd:
    """Show the text, and put it into the file that the request names."""
    target = request.target
    if not target.path:
        return turn.finish(text)
    tool = "files.append" if target.is_added else "files.write"
    state = await turn.must(tool, path=target.path, text=text if text.endswith("\n") else text + "\n")
    return turn.finish(f"{state.text.splitlines()[0] if state.text else 'Saved ' + target.path}\n\n{text}")


async def _material(turn: SmallTurn, request: SmallRequest) -> list[Document]:
    """The documents that a text is made from; none for a text that needs none."""
    if request.kind in NEW and not request.sources.files and not request.missing and not _BEARS_ON.search(request.text):
        return []
    if request.kind in NEW and request.sources.how in ("described", "earlier"):
        return []
    if request.missing:
        raise CannotDo(f"There is no {request.missing[0]} here; nothing was written.")
    if request.sources.files:
        return await read_documents(turn, request.sources.files[:6])
    documents = await find_material(turn, request)
    if not documents and _OWN_SUMMARY.search(request.text):
        raise CannotDo("I found no text about that here. Which file is it? Nothing was written.")
    return documents


async def _borne_out(turn: SmallTurn, request: SmallRequest, documents: Sequence[Document], text: str) -> str:
    """The text, or one written anew where figures and dates stand in it that no document has; what is still left over is told."""
    made_up = _unborne(turn, text) if documents else []
    if made_up:
        again = await _written(turn, request, documents, f"\n(Mind: {', '.join(made_up)} is not in the text)")
        left = _unborne(turn, again) if again else made_up
        text, made_up = (again, left) if again and len(left) < len(made_up) else (text, made_up)
    if made_up:
        turn.notes.append(f"Please look at this: {', '.join(made_up)} stands in none of the texts that I read.")
    return text


def _unborne(turn: SmallTurn, text: str) -> list[str]:
    return list(dict.fromkeys(fault.words for fault in turn.faults(text) if fault.kind in ("number", "date", "time")))


async def _written(turn: SmallTurn, request: SmallRequest, documents: Sequence[Document], mind: str = "") -> str:
    share = LETTERS // max(1, len(documents))
    shown = "\n\n".join(f"{document.name}:\n{excerpt(document.text, request.question, share).text}" for document in documents)
    past = [message.content[:900] for message in turn.history[-2:]] if not documents else []
    length = request.length
    asked = request.question if not length else f"{request.question}\n({length.said}, no more)"
    is_shown = not request.target.path and not length and not mind
    reply = await turn.ask(WRITE, *(past if len(past) == 2 else []), f"{shown}\n\n{asked}{mind}".strip(), most=MOST, is_shown=is_shown)
    text = strip_framing(reply.text.strip())
    is_round = False
    if reply.is_cut:
        whole = without_loop(text)
        is_round = len(whole) < len(text) - LOOPED  # what came again is no loss
        text = whole if is_round else text[: text.rfind("\n") + 1].strip() or text
    if reply.is_cut and not is_round:
        turn.notes.append("(The text was cut off: it grew too long for this model.)")
    if documents and NOT_STATED.search(text) and len(text) < 80:
        raise CannotDo(text)
    if length and not length.fits(text):
        again = strip_framing(
            (await turn.ask(SHORTER, f"{text}\n\nSay this in {length.said}, no more.", most=min(MOST, 40 + 3 * length.most if length.unit == "words" else 160))).text.strip()
        )
        text = again if again and length.fits(again) else length.cut(again or text)
    return keep_form(re.sub(r"\A```\w*\n|\n?```\s*\Z", "", text).strip(), request.text)
