"""Where a reply that was cut and the reply that goes on with it meet: what stands in both stands once, and a space parts two words.

A model that goes on leaves out the space before its first word, says the last words once more, or begins the sentence or the whole text anew, with other
capitals and line breaks than before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from core.language.words import STOP_WORDS

LOOKED_BACK = 400  # letters before the cut in which words that come again are looked for
COMPARED = 1600  # letters of each text that are compared
RESTATED = 16  # letters, white space left out, that tell that a sentence or a text is begun anew although it goes on in another way
_FEWEST = 3  # letters of a last word that goes on within the next text ("har" and "harbour")
_WORD = re.compile(r"[^\W_]+")
_LAST_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?\Z")
_FIRST_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_ROW = re.compile(r"[ \t]*(?:[-*+•|>]|\d{1,3}[.)])")  # lines of lists and tables begin alike, and are not begun anew
_BEGIN = re.compile(r"(?<![^\W_])[^\W_]|(?<!\S)\S")  # of a word, or of a mark before one
_SENTENCE = re.compile(r"(?<=[.!?…:])\s+|\n")


def is_open(before: str, text: str) -> bool:
    """Whether what of ``text`` is new, or how it is joined, may still change with its next letters."""
    _, letters = _letters(text)
    if not letters or not re.search(r"\S\s", text):
        return True
    return len(text) < COMPARED and any(_common(before, place, text)[1] == len(letters) for place in _places(before))


def join(before: str, text: str) -> str:
    """The two as one text."""
    if not before.strip() or not text.strip():
        return before + text
    for place in _places(before):
        count, same = _common(before, place, text)
        if same and count == same and len(before) - place <= COMPARED and _is_whole(before[place:], text, same):  # all of the old text from here on comes again
            return before + text[_index_after(text, same) :]
        if same >= RESTATED and _may_be_restated(before, place, same):
            return before[:place] + text.lstrip()
    return before + _glue(before, text) + text


def _places(before: str) -> Iterator[int]:
    """Where the repetition may begin: the whole text, its last sentence, and each word near the cut."""
    lead = len(before) - len(before.lstrip())
    yield lead
    near = max(lead, len(before) - LOOKED_BACK)
    for match in _BEGIN.finditer(before, near):
        if match.start() > lead:
            yield match.start()


def _may_be_restated(before: str, place: int, same: int) -> bool:
    """Whether a text from ``place`` on, of which ``same`` letters come again, is begun anew and goes on in another way: all of it, or its last sentence."""
    line = before[before.rfind("\n", 0, place) + 1 :].split("\n", 1)[0]
    is_row = bool(_ROW.match(line)) and same <= len(_letters(line)[1])
    starts = [match.end() for match in _SENTENCE.finditer(before)]
    return not is_row and (not before[:place].strip() or place in starts[-1:])


def _letters(text: str, start: int = 0) -> tuple[list[int], str]:
    """The letters of a text from ``start`` on without white space and capitals, and where each stands."""
    found = [(place, text[place].lower()[:1]) for place in range(start, min(len(text), start + COMPARED)) if not text[place].isspace()]
    return [place for place, _ in found], "".join(letter for _, letter in found)


def _common(before: str, place: int, text: str) -> tuple[int, int]:
    """How many letters ``before`` has from ``place`` on, and how many of them ``text`` begins with."""
    _, old = _letters(before, place)
    _, new = _letters(text)
    same = next((number for number, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), min(len(old), len(new)))
    return len(old), same


def _is_whole(again: str, text: str, same: int) -> bool:
    """Whether ``same`` letters that come again are words, and not the first letters of another word; a longer one may go on ("har", "harbour")."""
    after = _index_after(text, same)
    is_word_end = after >= len(text) or not text[after].isalnum()
    if not any(letter.isalnum() for letter in again):
        return False
    last = _LAST_WORD.search(again)
    return is_word_end or last is None or len(last[0]) >= _FEWEST


def _index_after(text: str, count: int) -> int:
    """The place behind the first ``count`` letters that are no white space."""
    places, _ = _letters(text)
    return places[count - 1] + 1


def _glue(before: str, text: str) -> str:
    """A space where two words meet; nothing where one word goes on, or where a mark or white space stands between."""
    if _ROW.match(text) and _ROW.match(before[before.rfind("\n") + 1 :]):
        return "\n"
    first, last = _FIRST_WORD.match(text), _LAST_WORD.search(before)
    if first and before[-1] in ".,;:!?)…”" and not before[-1:].isspace():
        return "" if re.search(r"\d[.,:]\Z", before) and first[0][0].isdigit() else " "
    if not first or not last:
        return ""
    one, other = last[0], first[0]
    if one.isdigit() or other[0].isdigit():
        return "" if one.isdigit() and other[0].isdigit() else " "
    if not one.isascii() and re.search(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]", one):
        return ""  # a script without spaces
    known = {word.lower() for word in _WORD.findall(before[: last.start()])}
    if (one + other).lower() in known:
        return ""
    is_word = one.lower() in STOP_WORDS or one.lower() in known or other.lower() in STOP_WORDS or other.lower() in known or other[0].isupper()
    return " " if is_word or len(one) > _FEWEST else ""
