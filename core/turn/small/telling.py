"""What a program asks of the texts of files ("the surname of the customer"): the model says it for each, code holds it against the text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.language.words import fold, words_of
from core.turn.small.hands import CannotDo, SmallTurn
from core.turn.small.material import read_documents
from core.turn.small.passages import excerpt

SYSTEM = "You are given a text and asked for one thing that it says. Answer with that alone, a word or two exactly as they stand in the text. If it does not say it: none"
MOST, LETTERS, TOKENS = 30, 900, 14  # files that are asked at once; letters of each that are shown; tokens of an answer
PATTERN = r"[^\n/\\:*?\"<>|]{1,60}"  # what may stand in a name


async def answer_questions(turn: SmallTurn, questions: Sequence[Sequence[str]]) -> dict[tuple[str, str], str]:
    """What each file says, empty where it does not. Raises :class:`CannotDo` for too many, and for files that cannot be read."""
    asked = list(dict.fromkeys((str(path), str(what)) for path, what in questions))
    if len(asked) > MOST:
        raise CannotDo(f"That would ask {len(asked)} files what they say; I do that with {MOST} at most. Nothing was changed.")
    texts = {document.path: document.text for document in await read_documents(turn, list(dict.fromkeys(path for path, _ in asked)))}
    found: dict[tuple[str, str], str] = {}
    for path, what in asked:
        text = texts.get(path, "")
        said = (await turn.ask(SYSTEM, f"{excerpt(text, what, LETTERS).text}\n\n{what}?", most=TOKENS, pattern=PATTERN)).text.strip(" .,;'") if text.strip() else ""
        found[path, what] = said if is_told(said, text) else ""
    return found


def is_told(said: str, text: str) -> bool:
    """Whether every word of an answer stands in the text.

    >>> is_told("Oldroyd", "For: Mrs Oldroyd, 3 Mill Lane"), is_told("Smith", "For: Mrs Oldroyd"), is_told("none", "none of it")
    (True, False, False)
    """
    there = set(words_of(text))
    return bool(said) and fold(said) != "none" and all(word in there for word in words_of(said))


def with_answers(code: str, answers: Mapping[tuple[str, str], str]) -> str:
    """A program that knows what its questions come to."""
    return f"_ANSWERS.update({dict(answers)!r})\n{code}" if answers else code


def without_answers(code: str) -> str:
    """A program as the model wrote it."""
    return code.partition("\n")[2] if code.startswith("_ANSWERS.update(") else code
