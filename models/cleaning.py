"""What a model writes, made safe to store, show and send on: no halves of surrogate pairs, no terminal control characters."""

from __future__ import annotations

import re
from typing import Any

_SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")  # what a terminal takes for a command: colours, cursor moves
_SEQUENCE_BEGUN = re.compile(r"\x1b(?:\[[0-?]{0,24}[ -/]{0,4})?$")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def clean_text(text: str) -> str:
    """``text`` with U+FFFD for lone surrogates, and without control characters other than newline and tab."""
    if _SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _CONTROL.sub("", _SEQUENCE.sub("", text)) if _CONTROL.search(text) else text


def clean_json(value: Any) -> Any:
    """``value`` with every string in it cleaned, names of fields included."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {clean_json(key): clean_json(entry) for key, entry in value.items()}
    return [clean_json(entry) for entry in value] if isinstance(value, list) else value


class EndTokens:
    """Drops what a template ends a reply with, where a server sends it along as text: only at the very end, for in the middle it is spoken of."""

    _TOKENS = ("<|im_end|>", "<|eot_id|>", "<|end_of_text|>", "<|endoftext|>", "<|end|>", "<end_of_turn>", "<turn|>", "<|END_RESPONSE|>", "<|return|>", "</s>")
    _LONGEST = 40  # letters that are held back at most: two of them, and line ends

    def __init__(self) -> None:
        self._held = ""
        self._opens_s = False  # an element called s was begun: its end is one of the text

    def feed(self, piece: str) -> str:
        """What is certain so far."""
        text = self._held + piece
        self._opens_s = self._opens_s or "<s>" in text
        at = self._begin(text)
        self._held = text[at:]
        return text[:at]

    def end(self) -> str:
        """What was held back, without the tokens of the end."""
        text, self._held = self._held, ""
        while token := next((token for token in self._known() if text.rstrip().endswith(token)), ""):
            text = text.rstrip().removesuffix(token)
        return text

    def _known(self) -> tuple[str, ...]:
        return self._TOKENS[:-1] if self._opens_s else self._TOKENS

    def _begin(self, text: str) -> int:
        """Where the part at the end begins that may be tokens and nothing else; the end where none does."""
        for at in range(max(0, len(text) - self._LONGEST), len(text)):
            if text[at] == "<" and self._may_end(text[at:]):
                return at
        return len(text)

    def _may_end(self, tail: str) -> bool:
        while token := next((token for token in self._known() if tail.startswith(token)), ""):
            tail = tail[len(token) :].lstrip()
        return any(token.startswith(tail) for token in self._known())


class TextCleaner:
    """Cleans a stream of text: a pair of surrogates or a terminal's command that is cut between two pieces is still seen whole."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, piece: str) -> str:
        """What is certain so far."""
        text = self._held + piece
        keep = _uncertain(text)
        text, self._held = text[: len(text) - keep], text[len(text) - keep :]
        return clean_text(text)

    def end(self) -> str:
        """What was held back."""
        text, self._held = self._held, ""
        return clean_text(text)


def _uncertain(text: str) -> int:
    """Letters at the end that may be the first half of something."""
    if text and "\ud800" <= text[-1] <= "\udbff":
        return 1
    begun = _SEQUENCE_BEGUN.search(text) if "\x1b" in text[-32:] else None
    return len(text) - begun.start() if begun else 0
