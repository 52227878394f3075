"""Questions about what stands in documents: the right parts are put before the model, and what it answers is held against them."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from core.turn.act.closing import LoopEnd
from core.turn.small.comparing import is_comparison, tell_differences
from core.turn.small.hands import CannotDo, SmallTurn
from core.turn.small.last_lines import asks_for_next, only_last
from core.turn.small.lengths import Length, split_sentences
from core.turn.small.material import Document, find_material, line_of, note_orders, show_documents
from core.turn.small.passages import excerpt
from core.turn.small.request import SmallRequest
from core.turn.small.rival_lines import rival_entries

SYSTEM = """You answer questions about a person's own files. Answer in one or two short sentences, in the language of the question, with the facts that were asked for, exactly as they stand in the text: names, numbers, dates, times, conditions.
A later part of a text may change an earlier one; then the later one counts. If the text does not say it, answer only: That is not stated."""
EACH = "You read one text of a person's and say in a few words what it says about a question: facts, names, numbers, dates. If it says nothing about it, answer only: nothing"
NOT_STATED = re.compile(
    r"\bnot (?:stated|mentioned|given|specified|say|said|contain)|does(?:n't| not) (?:say|state|mention)|nicht (?:angegeben|genannt|erwähnt)|steht (?:dort |darin )?nicht|no (?:mention|information)",
    re.I,
)
_DECLINED = re.compile(
    r"\W*(?:(?:I['’]?m|I am) (?:very )?sorry\b|sorry,? (?:but )?I\b|I (?:can(?:['’]t|not)|am unable to|['’]m unable to) (?:assist|help|provide|answer)|Es tut mir (?:sehr )?leid|"
    r"Ich kann (?:Ihnen |dir )?(?:dabei |damit )?nicht|Je (?:suis )?désolé|Je ne (?:peux|suis) pas|Lo siento|No puedo (?:ayudar|asistir))",
    re.I,
)
LETTERS, TOGETHER = 1900, 2600  # of the parts before the model; of several documents that are shown together
GENERAL = 0.2  # chance of talk from which a question may be one that the world answers: else a model that finds nothing makes it up
_OWN = re.compile(
    r"\b(?:my|our|mine|ours|we|i|me|mein\w*|unser\w*|mir|mich|mon|ma|mes|notre|nos|mi|mis|nuestr\w*|files?|documents?|letters?|mails?|e-?mails?|notes?|contracts?|invoices?|offers?|recei\w+|vertrag\w*|brief\w*|rechnung\w*|der|die|das)\b",
    re.I,
)
MOST = 110  # tokens of an answer
MORE_WARMTH, ALIKE = 0.5, 0.8  # temperature where a text is to go on; share of letters from which a sentence only says the same again


async def answer_question(turn: SmallTurn, request: SmallRequest) -> LoopEnd:
    """Answer from the documents that are meant."""
    documents = await find_material(turn, request)
    return await answer_from(turn, request, documents) if documents else await answer_unfound(turn, request)


async def answer_unfound(turn: SmallTurn, request: SmallRequest) -> LoopEnd:
    """Say that nothing here says it, or talk where the world may know it."""
    if request.reading.chance("chat") < GENERAL and request.kind != "chat":
        return turn.finish("I found nothing about that in the files here.")
    return await talk_over(turn, request)


async def answer_from(turn: SmallTurn, request: SmallRequest, documents: list[Document]) -> LoopEnd:
    """Answer from these documents."""
    note_orders(turn, documents)
    if is_comparison(request.text, [document.path for document in documents]):
        return tell_differences(turn, request, documents)
    if len(documents) > 1 and sum(len(document.text) for document in documents) > TOGETHER:
        return await _over_several(turn, request, documents)
    newest = [Document(one.path, only_last(one.text, f"{request.question} {request.plain}", turn.today)) for one in documents]
    shown, whole = show_documents(newest, request.question, LETTERS if len(documents) == 1 else TOGETHER)
    text = _stated(await turn.ask_text(SYSTEM, *_follow_up(turn, request, shown, whole), most=MOST, is_shown=True))
    if NOT_STATED.search(text) and not whole:
        other = _second_look(documents, request, shown)
        text = _stated(await turn.ask_text(SYSTEM, f"{other}\n\n{request.question}", most=MOST, is_shown=True)) if other else text
    if NOT_STATED.search(text) and request.kind == "chat" and not _OWN.search(request.text):
        return await talk_over(turn, request)  # it was looked for in case; what the world knows is no matter of these files
    return _checked(turn, request, documents, text)


def _stated(text: str) -> str:
    """What a model answers from a text; where it declines ("I can't assist with that"), the text does not say it."""
    return "That is not stated." if _DECLINED.match(text) else text


def _follow_up(turn: SmallTurn, request: SmallRequest, shown: str, whole: bool) -> tuple[str, ...]:
    """What is said before the model answers: a question about the document of the turn before goes on with that conversation, so that it is not read again."""
    past = [message.content for message in turn.history[-2:]]
    if whole and len(past) == 2 and request.sources.how == "earlier" and len(past[1]) < 700:
        return (f"{shown}\n\n{past[0]}", past[1], request.question)
    if request.sources.how == "earlier" and past:
        return (f"{shown}\n\n(Asked before: {past[0][:200]})\n{request.question}",)
    return (f"{shown}\n\n{request.question}",)


def _second_look(documents: list[Document], request: SmallRequest, shown: str) -> str:
    """Other parts of the documents than those that were shown."""
    rest = "\n\n".join(part for document in documents for part in re.split(r"\n\s*\n", document.text) if part.strip() and part.strip()[:60] not in shown)
    return excerpt(rest, request.question, LETTERS).text if rest.strip() else ""


def _checked(turn: SmallTurn, request: SmallRequest, documents: list[Document], text: str) -> LoopEnd:
    """The answer where the documents bear it out, with its place; else the passage itself."""
    if not text:
        raise CannotDo("I found no answer.")
    if turn.faults(text):
        best = excerpt("\n\n".join(document.text for document in documents), request.question, 500).text
        return turn.finish(f"I am not sure of the answer. The text says:\n\n{best}\n\n({', '.join(document.name for document in documents[:3])})")
    if NOT_STATED.search(text):
        return turn.finish(f"{text}\n\n(I looked in {', '.join(document.name for document in documents[:5])}.)")
    if re.match(r"\W*(?:yes|no|ja|nein)\b", text, re.I) and len(text) < 120:
        best = excerpt("\n\n".join(document.text for document in documents), request.question, 300).text
        text = f"{text}\n\n“{best}”" if best else text
    if not request.is_plural and asks_for_next(request.meaning) is None and (rivals := rival_entries(documents, f"{request.question} {request.plain}", text)):
        text = "\n".join([f"{text}\n\nMore than one entry fits:", *(f"- {line}" for line in rivals)])
    place = line_of(documents, text)
    return turn.finish(f"{text}\n\n({place})" if place else text)


async def _over_several(turn: SmallTurn, request: SmallRequest, documents: list[Document]) -> LoopEnd:
    """One short question for each document, then one over what they said."""
    notes = []
    for document in documents[:12]:
        part = excerpt(document.text, request.question, 1300).text
        said = await turn.ask_text(EACH, f"{document.name}:\n{part}\n\nQuestion: {request.question}", most=60)
        if said and not re.match(r"\W*nothing\b", said, re.I):
            notes.append(f"{document.name}: {said}")
    if not notes:
        return turn.finish(f"That is not stated in {', '.join(document.name for document in documents)}.")
    listed = "\n".join(notes)
    text = await turn.ask_text(SYSTEM, f"{listed}\n\n{request.question}", most=MOST + 40, is_shown=True)
    if turn.faults(text):
        return turn.finish(f"This is what they say:\n\n{listed}")
    return turn.finish(text)


TALK = """You are Deskhand, the assistant on this person's own computer. Answer in the language of the request, plainly, kindly and briefly. Do not say that you did or will do anything on the computer."""


AT_MOST = re.compile(r"\b(?:most|more|under|within|max\w*|up to|less|fewer|about)\b", re.I)  # of a length that says no number to be kept exactly
_BULLET = re.compile(r"\s*(?:[-*•–]|\d+[.)])\s")


async def talk_over(turn: SmallTurn, request: SmallRequest) -> LoopEnd:
    """Talk: no tools, no files; what was said before stands before it. A length that was asked for is held against the answer, and asked for once more."""
    past = [message.content[:700] for message in turn.history[-4:]]
    past = past[1:] if len(past) % 2 else past
    length = request.length
    text = await turn.ask_text(TALK, *past, request.question, most=420, is_shown=not length)
    if length and (off := _off_length(length, text)):
        if off < 0:
            wish = f"Go on: write {-off} more of the {length.unit}, and nothing else."
            more = (await turn.ask(TALK, *past, request.question, text, wish, most=200, temperature=MORE_WARMTH)).text.strip()
            again = more if more.startswith(text.rstrip(" .")) else _with_new(text, more, length)
        else:
            wish = f"That has {length.count(text)} {length.unit}. Write the answer again in {length.said}, no more."
            again = await turn.ask_text(TALK, *past, request.question, text, wish, most=420)
        text = again if again and abs(_off_length(length, again)) < abs(off) else text
        text = length.cut(text) if _off_length(length, text) > 0 and not _bullets(text) else text
    return turn.finish(text)


def _with_new(text: str, more: str, length: Length) -> str:
    """A text with what goes on from it, as far as that says something else."""
    parts, join = (split_sentences(more), " ") if length.unit == "sentences" else (more.splitlines(), "\n")
    said = [text]
    for part in parts:
        if all(SequenceMatcher(None, part.casefold(), other.casefold()).ratio() < ALIKE for known in said for other in (split_sentences(known) or [known])):
            said.append(part.strip())
    return join.join(said)


def _off_length(length: Length, text: str) -> int:
    """How many of its unit a text has too many, or too few (negative) where a number of sentences, lines or paragraphs is to be kept exactly."""
    more = length.count("\n".join(_bullets(text)) if length.unit == "lines" and _bullets(text) else text) - length.most
    return max(0, more) if length.unit == "words" or AT_MOST.search(length.said) else more


def _bullets(text: str) -> list[str]:
    """The points of a list; what introduces it is none."""
    return [line for line in text.splitlines() if _BULLET.match(line)]
