"""What is still to be said at the end of a streamed answer, and how a question back is written out."""

from __future__ import annotations

from typing import Any

HOLD_SECONDS = 0.03  # so long a piece is kept back, besides the 40 ms of the core: what is withdrawn at once is then never shown


def remaining(said: str, answer: str) -> tuple[bool, str]:
    """What of ``answer`` is missing after ``said`` was shown, and whether it has to begin anew below.

    >>> remaining("Two fi", "Two files.")
    (False, 'les.')
    >>> remaining("I look. Two files.", "Two files.")
    (False, '')
    >>> remaining("Three.", "Two files.")
    (True, 'Two files.')
    """
    bare, whole = "".join(said.split()), "".join(answer.split())  # line breaks may have been put between the pieces
    if whole.startswith(bare):
        return False, _after(answer, len(bare)) if bare else answer
    return (False, "") if bare.endswith(whole) else (True, answer)


def _after(text: str, letters: int) -> str:
    """What follows after so many letters, white space not counted."""
    for at, letter in enumerate(text):
        if not letters:
            return text[at:]
        letters -= not letter.isspace()
    return ""


def question_lines(result: dict[str, Any]) -> list[str]:
    """The question of a run that ended ``asked``: its text, unless the answer says it, and numbered choices."""
    question = result.get("question") or {}
    if result.get("status") != "asked" or not question:
        return []
    text, answer = str(question.get("text") or "").strip(), str(result.get("answer") or "")
    choices = [f"  {number}. {choice}" for number, choice in enumerate(question.get("choices") or (), 1)]
    return [*([text] if text and text not in answer else []), *choices]
