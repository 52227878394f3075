"""Which kind a request is taken for, where the reader's first kind and what is there point to different ones."""

from __future__ import annotations

import re

from core.language.words import content_stems
from core.turn.small.comparing import is_comparison
from core.turn.small.remembering import begins_with_keeping
from core.turn.small.request import SmallRequest
from core.turn.small.sorting import is_told_by_code
from core.turn.small.sources import MEDIA
from core.turn.small.workspace_files import TABLES

TEXTS = ("rewrite", "compose", "translate", "summarise")
DEEDS = ("organise", "edit", "steps", "sort", "rewrite", "compose", "extract", "undo")
LOOKS = ("ask", "find", "compute", "chat", "machine")
LITTLE = 0.1  # chance of sorting at which a word that no name bears is looked for inside the files
GENERAL = "all file folder document picture photo image old new whole other rest everything one"  # what says nothing of the inside
_DEED = re.compile(
    r"\W*(?:(?:and|now|then|please|ok|okay|oh)\W+)*(?:renam\w*|call it|mov\w*|cop(?:y|ies)|delet\w*|zip\w*|umbenenn\w*|benenn\w*|verschieb\w*|kopier\w*|lösch\w*)\b", re.I
)  # what begins a deed on files
_REMINDS = re.compile(
    r"\b(?:remind\w*|alarm\w*|timer|wake|ping|nudge|notif\w*|alert|every|tell me|let me know|buzz|erinner\w*|weck\w*|recuérd\w*|avís\w*|rappel\w*|réveil\w*)\b", re.I
)
UNDERSTOOD = 0.34  # share of the words that the reader knows, under which nothing is taken for understood
_BACK = re.compile(
    r"\b(?:undo|undid|back|revert\w*|restor\w*|rückgängig|zurück\w*|annul\w*|deshaz\w*|deshac\w*|never mind|cancel|as (?:it|they) (?:was|were)|again|reverse|roll|recover)\b", re.I
)
SURE, LEAST = 0.7, 0.15  # of a kind that is no deed in a follow-up that asks nothing; of the deed that is taken instead
CERTAIN = 0.85  # of a kind that is taken for understood whatever the words
UNSURE = 0.5  # of the first kind, below which what is there decides
_QUESTION = re.compile(
    r"\?|^\W*(?:and |und )?(?:what|who|where|when|which|how|why|whose|is|are|does|do|did|was|were|has|have|can|may|must|wer|wie|was|wo|wann|welche\w*|wie viel)\b", re.I
)


def decide_kind(request: SmallRequest, is_follow_up: bool) -> str:
    """One of the reader's kinds."""
    first = request.reading.rank_kinds()[0]
    if request.reading.known < UNDERSTOOD and request.reading.chance(first) < CERTAIN and not request.sources.files and not request.target.path:
        return "unclear"
    if first not in ("remind", "remember", "undo") and begins_with_keeping(request.meaning):
        return "remember"
    kinds = [kind for kind in request.reading.rank_kinds() if kind != "undo" or _BACK.search(request.meaning)]
    if kinds[0] == "remind" and request.reading.chance("remind") < CERTAIN and request.sources.files and not _REMINDS.search(request.meaning):
        kinds = [kind for kind in kinds if kind != "remind"]  # a time that stands in a file that is to be changed
    first, second = kinds[:2]
    is_question = bool(_QUESTION.search(request.meaning))
    if first in ("find", "ask", "compute", "extract") and is_comparison(request.text, request.sources.files):
        return "ask"
    if first in (*TEXTS, "extract", "ask", "find") and is_follow_up and _DEED.match(request.meaning):
        return "organise"
    if first == "organise" and request.reading.chance("sort") > LITTLE and _is_told_inside(request):
        return "sort"
    if first == "steps":
        return _of_steps(request, second)
    if first in ("outside", "machine", "chat") and is_question and is_follow_up and request.earlier:
        return "compute" if request.earlier[0].lower().endswith(TABLES) else "ask"
    if is_follow_up and not is_question and request.earlier and first not in DEEDS and request.reading.chance(first) < SURE:
        return next((kind for kind in kinds[1:4] if kind in DEEDS and request.reading.chance(kind) > LEAST), "steps")
    if is_question and request.sources.files and request.reading.chance(first) < UNSURE and "ask" in request.reading.rank_kinds()[:3]:
        first = "ask"
    if first in LOOKS and request.target.path and not is_question:
        return next((kind for kind in kinds[1:4] if kind in ("extract", "edit", "steps", "compose", "summarise") and request.reading.chance(kind) > LEAST), "steps")
    if first == "ask" and request.sources.how in ("named", "described") and all(path.lower().endswith(TABLES) for path in request.sources.files):
        return "compute"
    if first in ("ask", "compute") and request.sources.files and all(path.lower().endswith(MEDIA) for path in request.sources.files):
        return "find"
    if first == "outside" and is_question and request.sources.files:
        return "ask"
    if first == "ask" and request.reading.chance("ask") < UNSURE and not request.sources.files and request.reading.chance("chat") > 0.15:
        return "chat"
    if first == "compute" and not request.sources.files and request.reading.chance("machine") > 0.3:
        return "machine"
    return first


def _of_steps(request: SmallRequest, second: str) -> str:
    """Writing a text and keeping it is one thing, and so is finding files by what is inside and moving them."""
    if second in TEXTS and request.target.path and not request.target.is_added:
        return second
    return "sort" if second == "sort" and request.reading.chance("sort") > 0.3 else "steps"


def _is_told_inside(request: SmallRequest) -> bool:
    """Whether the files that are meant are called by a word that stands in no name and is no kind of file, so that it has to be looked for inside."""
    names = {word for entry in request.entries for word in content_stems(f"{entry.path} {entry.ending}")}
    said = set(content_stems(" ".join(request.reading.texts("source")))) - set(content_stems(GENERAL))
    return bool(said & names) and bool(said - names) and not is_told_by_code(request.text)
