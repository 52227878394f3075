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


def meta_line(result: dict[str, Any]) -> str:
    """Who wrote the answer, how quickly, after what time and for how much, in one line; empty where no model did.

    >>> meta_line({"meta": {"model": "m", "local": False, "tokens_per_s": 41.6, "first_token_ms": 812.0, "cost_usd": 0.00314}})
    'm · 42 tokens/s · first word after 0.8 s · $0.0031'
    """
    meta = result.get("meta")
    if not meta:
        return ""
    pace, first = meta.get("tokens_per_s"), meta.get("first_token_ms")
    parts = [
        str(meta["model"]),
        "on this machine" if meta.get("local") else "",
        f"{pace:.{0 if pace >= 10 else 1}f} tokens/s" if pace else "",
        f"first word after {first / 1000:.1f} s" if first is not None else "",
        money_text(meta.get("cost_usd")),
    ]
    return " · ".join(filter(None, parts))


def money_text(dollars: float | None) -> str:
    """Dollars with two digits that count; empty for nothing, or where no price is known."""
    return "" if not dollars else f"${dollars:.2f}" if dollars >= 0.1 else f"${dollars:.2g}" if dollars >= 0.0001 else "under $0.0001"


def question_lines(result: dict[str, Any]) -> list[str]:
    """The question of a run that ended ``asked``: its text and its numbered choices, as far as the answer does not say them."""
    question = result.get("question") or {}
    if result.get("status") != "asked" or not question:
        return []
    text, answer = str(question.get("text") or "").strip(), str(result.get("answer") or "")
    choices = [f"  {number}. {choice}" for number, choice in enumerate(question.get("choices") or (), 1)]
    said = {line.strip() for line in answer.splitlines()}
    choices = [] if all(choice.strip() in said for choice in choices) else choices
    return [*([text] if text and text not in answer else []), *choices]
