"""What the person wants to be kept, corrected or forgotten."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from core.language.words import words_of
from core.turn.act.closing import LoopEnd
from core.turn.small.hands import SmallTurn
from core.turn.small.looking import talk_or_look
from core.turn.small.recalling import bearing_on, recall
from core.turn.small.request import SmallRequest

REVISE = """A person says what has changed in a note about them. Write the note as it is true now: one short plain sentence, everything else as it was."""
_SHOWN = (
    "Note: My dentist is Dr Lim on Canal Street\nPerson: wrong, I'm with Dr Okoro now",
    "My dentist is Dr Okoro on Canal Street",
    "Note: The bins go out on Monday\nPerson: they have moved bin day, it's Thursdays",
    "The bins go out on Thursday",
)
_SAYS_KEEP = re.compile(
    r"\b(?:remember|keep (?:this|that|it)? ?in mind|bear in mind|note (?:for|that)|keep this|commit to memory|merk dir|for (?:the future|next time|later)|mem:|correction|from now on|scrap that)\b",
    re.I,
)
_ASKS = re.compile(
    r"\?|^\W*(?:what|who|where|when|which|how|whats|wer|wie|was|wo|wann|welche\w*|do you|(?:please )?(?:tell|give|get|show|send) me|have you|gib mir|sag mir|dame|dime|donne|dis-moi|qué|quién|cuál|quel\w*|qui|où)\b",
    re.I,
)
_FORGET = re.compile(r"(?<!n't )(?<!n’t )(?<!not )(?<!dont )(?<!never )(?<!me )\b(?:forget|vergiss|no longer need)\b", re.I)
_CHANGES = re.compile(
    r"\b(?:chang\w+|no longer|not .{1,30} any ?more|instead|correct\w*|scrap|wrong|already not|from now on|is now|are now|now (?:it|he|she|they|is|are)|new(?: one)?|moved|"
    r"nicht mehr|ab jetzt|stattdessen|neu\w*|jetzt|ya no|ahora|plus (?:maintenant)?|désormais)\b", re.I,
)  # fmt: skip
_CORRECTS = re.compile(r"^\W*(?:correction|scrap that|no,|wrong|actually|sorry)\b", re.I)
_KEEPING = (
    r"^\W*(?:(?:please|kindly|do|can you|could you|i should be obliged if you would|would you|ok|okay|hey)\s+)*"
    r"(?:remember(?: please)?|keep (?:this )?in mind|bear in mind|commit to memory|keep this for later|note for the future|remeber|mem|merk dir|vergiss nicht|don['’]?t forget)\b\s*(?:,|:|-|please|bitte|that|dass|\s)*\s*"
)
_BEGINS = re.compile(rf"(?>{_KEEPING})" + r"(?!to\b|\w+ing\b)", re.I)
_LEAD = re.compile(
    rf"{_KEEPING}|[,.;]?\s*(?:please )?remember (?:that|it|this)(?: as well| for me)?\W*$|[,.;]\s*(?:remember (?:that|(?:the )?new \w+)|keep that in mind|ta|thanks)\W*$", re.I
)
NEARLY = 0.85  # share of letters from which a word is taken for "remember" with a slip
_CLAUSE = re.compile(r"[,;.]|\b(?:since|because|as (?:he|she|they|it|we|i)\b|denn|weil)\b", re.I)


async def keep_or_recall(turn: SmallTurn, request: SmallRequest) -> LoopEnd:
    """Keep a fact, in place of an older one where it corrects that; forget one; or answer from those that are kept."""
    text = request.text.strip()
    if _FORGET.search(text):
        return await _forget(turn, text)
    if is_to_be_kept(request):
        return await _keep(turn, text)
    return await recall(turn, request) or await talk_or_look(turn, request)


def is_to_be_kept(request: SmallRequest) -> bool:
    """Whether the words state something, and do not ask for what was stated: outright, or because the reader marks a fact in them."""
    is_said = says_to_keep(request.meaning) or begins_with_keeping(request.meaning) or bool(request.reading.texts("literal"))
    return is_said and not _ASKS.search(request.text) and not _ASKS.search(request.meaning)


def says_to_keep(text: str) -> bool:
    """Whether somebody says outright that something is to be kept in mind.

    >>> says_to_keep("remeber my blod type"), says_to_keep("what did I say?")
    (True, False)
    """
    return bool(_SAYS_KEEP.search(text)) or any(SequenceMatcher(None, word, "remember").ratio() >= NEARLY for word in words_of(text))


def begins_with_keeping(text: str) -> bool:
    """Whether a request begins with that something is to be kept in mind; not what one is to be reminded to do.

    >>> begins_with_keeping("Do please bear in mind that practice has moved"), begins_with_keeping("remember to ring Mum")
    (True, False)
    """
    return bool(_BEGINS.match(text)) and not _ASKS.search(text)


async def _keep(turn: SmallTurn, text: str) -> LoopEnd:
    fact = _LEAD.sub("", _LEAD.sub("", text)).strip(" ,.") or text
    old = await _corrected(turn, text)
    new = await _revised(turn, old, fact) if old else ""
    kept = new or fact[:1].upper() + fact[1:]
    state = await turn.must("memory.add", text=kept, **({"instead": old} if new else {}))
    return turn.finish(state.text)


async def _corrected(turn: SmallTurn, text: str) -> str:
    """The fact that these words correct: the one kept in the turn before, or the likeliest that shares a word with them; empty where they correct none."""
    last = [str(step.get("args", {}).get("text", "")) for step in (turn.past[-1].steps if turn.past else ()) if step.get("tool") == "memory.add"]
    if last and (_CORRECTS.match(text) or (_CHANGES.search(text) and bearing_on(last, text))):
        return last[-1]
    near = bearing_on(await _facts(turn, text), text) if _CHANGES.search(text) or _CORRECTS.match(text) else []
    return near[0] if near else ""


async def _facts(turn: SmallTurn, about: str) -> list[str]:
    """The facts that are kept and may bear on a text, the likeliest first."""
    state = await turn.do("memory.search", query=about, limit=10)
    return [str(item["text"]) for item in (state.value or {}).get("items", ()) if item.get("fact")] if state.status == "done" else []


async def _revised(turn: SmallTurn, old: str, text: str) -> str:
    """The note as it is now, where what the model writes is made of both and says something of the new; else empty."""
    new = (await turn.ask(REVISE, *_SHOWN, f"Note: {old}\nPerson: {text}", most=60, pattern=r"[^\n]+")).text.strip(" .")
    return new if is_made_of(new, old, text) else ""


def is_made_of(new: str, old: str, said: str) -> bool:
    """Whether a note says something new out of what was said, keeps something of the old one, and has no figure that stands in neither; and does not only say again what was said.

    >>> is_made_of("Printer ip = 10.0.4.38", "Printer ip = 10.0.4.31", "correction: .4.38"), is_made_of("Printer ip = 10.0.4.31", "Printer ip = 10.0.4.31", "correction: .4.38")
    (True, False)
    """
    words, before, told = set(words_of(new)), set(words_of(old)), set(words_of(said))
    figures = set(re.findall(r"\d+", new)) - set(re.findall(r"\d+", f"{old} {said}"))
    is_echo = SequenceMatcher(None, new.casefold(), said.casefold()).ratio() > NEARLY
    return bool(words & told - before) and bool(words & before) and not figures and bool(before - words) and not is_echo


async def _forget(turn: SmallTurn, text: str) -> LoopEnd:
    about = _CLAUSE.split(re.sub(r"\b(?:please|you can|kindly|ok|okay|bitte)\b|\bforget\b|\bvergiss\b", " ", text, flags=re.I).strip(" ,.:"))[0].strip(" .")
    facts = _most_alike(await _facts(turn, about), about)
    if len(facts) > 1:
        return turn.ask_person("Which of these shall I forget?", facts[:8])
    state = await turn.do("memory.forget", about=facts[0] if facts else about)
    return turn.finish(state.text or str((state.error or {}).get("message", "")) or "I found nothing to forget.", "" if state.status == "done" else "it was not forgotten")


def _most_alike(notes: Sequence[str], about: str) -> list[str]:
    """The notes that share most words with what is to be forgotten, endings aside."""
    asked = [word for word in words_of(about) if len(word) > 2]
    shared = {note: sum(any(word[: max(3, len(word) - 1)] == other[: max(3, len(word) - 1)] for other in words_of(note)) for word in asked) for note in notes}
    most = max(shared.values(), default=0)
    return [note for note, count in shared.items() if count == most > 0]
