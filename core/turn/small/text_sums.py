"""Sums over texts: the model picks the numbers that count, or writes the calculation; code works it out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from core.turn.act.closing import LoopEnd
from core.turn.small.hands import SmallTurn
from core.turn.small.material import Document
from core.turn.small.numbers import as_read, plain_number
from core.turn.small.passages import excerpt
from core.turn.small.request import SmallRequest
from core.turn.small.sorting import JUDGE

PICK = "You are given a text and a question. Which of the numbers of the text counts for the question? If the text has nothing to do with the question: none"
SUMS = "You are given facts and a question. Write the one calculation that answers it, only with numbers that stand in the facts or the question and + - * / ( ), and nothing else."
SUM = r"\(?[0-9]{1,9}(\.[0-9]{1,4})?\)?( [-+*/] \(?[0-9]{1,9}(\.[0-9]{1,4})?\)?){1,8}"  # what a reply of the model looks like
TOTAL = re.compile(
    r"\b(?:add up|sum|totals?|altogether|in all|all in all|overall|insgesamt|zusammen|en tout|en total)\b|\bhow much (?:did|do|does|have|has|was|were|money)\b", re.I
)
_NUMBER = re.compile(r"(?<![\w.,])\d{1,3}(?:[.,' ]\d{3})+(?:[.,]\d{1,2})?(?![\w])|(?<![\w.,-])\d+(?:[.,]\d{1,4})?(?![\w])")
_WORDED = {
    "half": "0.5",
    "quarter": "0.25",
    "third": "3",
    "twice": "2",
    "double": "2",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "ten": "10",
    "twelve": "12",
    "dozen": "12",
    "percent": "100",
    "%": "100",
    "year": "12",
    "month": "12",
}


async def sum_over(turn: SmallTurn, request: SmallRequest, documents: Sequence[Document]) -> LoopEnd:
    """One number of each text, picked by the model among those that stand there, added up by code."""
    terms: list[tuple[str, str]] = []
    counted = about(request.question, documents)[:20]
    if condition := " ".join(request.reading.texts("condition")):
        counted = [document for document in counted if await _counts(turn, document, condition)]
    for document in counted:
        part = excerpt(document.text, request.text + " total amount", 900).text
        numbers = list(dict.fromkeys(match[0] for match in _NUMBER.finditer(part)))
        if not numbers:
            continue
        picked = total_of(part) if TOTAL.search(request.text) and not _about_less(request) else ""
        picked = picked or (await turn.choose(PICK, f"{document.name}:\n{part}\n\nQuestion: {request.question}", [*numbers[:24], "none"]))[0]
        if picked and picked != "none":
            terms.append((document.name, plain_number(picked)))
    if not terms:
        return turn.finish("I found no amounts there that this asks for.")
    sum_ = " + ".join(number for _, number in terms)
    state = await turn.must("calc.evaluate", expression=sum_)
    listed = "\n".join(f"- {name}: {number}" for name, number in terms)
    return turn.finish(f"Altogether {_result(state.value, state.text)}.\n\n{listed}")


async def _counts(turn: SmallTurn, document: Document, condition: str) -> bool:
    """Whether a text fits what the request says of those that count."""
    said, _ = await turn.choose(JUDGE, f"{document.name}:\n{excerpt(document.text, condition, 700).text}\n\nIs this one {condition}? yes or no?", ("yes", "no"))
    return said != "no"


def about(question: str, documents: Sequence[Document]) -> Sequence[Document]:
    """Of several texts those that hold a name of the question; all where none holds it."""
    names = [match[0] for match in re.finditer(r"(?<=[a-z,] )[A-Z][\w&'-]{2,}(?: [A-Z][\w&'-]+)*", question)]
    for name in names:
        found = [document for document in documents if name.casefold() in document.text.casefold()]
        if found and len(found) < len(documents):
            return found
    return documents


_TOTAL_LINE = re.compile(r"\b(?:total|sum|amount due|to pay|balance due|grand total|gesamt\w*|summe|zu zahlen|montant total|importe)\b", re.I)


def total_of(text: str) -> str:
    """The number of the last line that says it is the total; empty where no line does, or one has several."""
    for line in reversed(text.splitlines()):
        if _TOTAL_LINE.search(line) and not re.search(r"\bsub-?total\b", line, re.I):
            numbers = [match[0] for match in _NUMBER.finditer(line)]
            return numbers[-1] if numbers else ""
    return ""


def _about_less(request: SmallRequest) -> bool:
    """Whether the request asks about a part of each text, so that its total is not what counts."""
    return re.search(r"\b(?:on|for)\s+(?!the\b|all\b|my\b|everything\b)[a-z]+s?\b", request.question) is not None and "total" not in request.question.lower()


async def calculate(turn: SmallTurn, request: SmallRequest, documents: Sequence[Document]) -> LoopEnd | None:
    """A calculation over what was said before: "and half of that?". None where its numbers stand nowhere."""
    past = "\n".join(message.content[:500] for message in turn.history[-2:])
    facts = past + "".join(f"\n{document.name}: {excerpt(document.text, request.text, 700).text}" for document in documents[:1])
    expression = (await turn.ask(SUMS, f"{facts}\n\nQuestion: {request.text}", most=40, pattern=SUM)).text.strip()
    known = (
        {plain_number(match[0]) for match in _NUMBER.finditer(facts + " " + request.text)} | {number for word, number in _WORDED.items() if word in request.text.lower()} | {"2"}
    )
    used = re.findall(r"\d+(?:\.\d+)?", expression)
    if not used or any(not _is_known(number, known) for number in used):
        return None
    state = await turn.do("calc.evaluate", expression=expression)
    return turn.finish(f"{expression} = {_result(state.value, state.text)}") if state.status == "done" else None


def _is_known(number: str, known: set[str]) -> bool:
    return any(abs(float(number) - float(other)) < 1e-9 for other in known if re.fullmatch(r"\d+(?:\.\d+)?", other))


def _result(value: Any, text: str) -> str:
    result = value.get("result", value.get("value")) if isinstance(value, dict) else value
    return as_read(result) if isinstance(result, int | float) else text.rpartition("=")[2].strip().rstrip(".") or text
