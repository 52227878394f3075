"""What a sentence says when its dress is taken off: quotes, lists, bold, tables, invisible letters and letters of other scripts that look like ours."""

from __future__ import annotations

import re
import unicodedata

from core.storage.json_text import parse_json

_LEAD = re.compile(r"^[\s>]*(?:(?:[-*+•]|\d{1,3}[.)]|#{1,6})\s+)*(?:\[[xX✓✔]\]\s+)?")
_MARKS = re.compile(r"\*{1,3}|__|~~")
_RULE = re.compile(r"[\s|:+-]+")
_WORD = re.compile(r"[^\W\d_]+")
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]")
_LOOK_ALIKES = str.maketrans("аеорсухіјѕԁһӏкмтнвАВЕКМНОРСТХІЈЅοανιρτυκΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "aeopcyxijsdhlkmtnbABEKMHOPCTXIJSoavirtukABEZHIKMNOPTYX")


def plain_letters(text: str) -> str:
    """The text in the letters that a reader sees: compatibility forms resolved, invisible ones left out, look-alikes within Latin words made Latin."""
    if text.isascii():
        return text
    seen = "".join(letter for letter in unicodedata.normalize("NFKC", text) if unicodedata.category(letter) != "Cf")
    return _WORD.sub(lambda match: match[0].translate(_LOOK_ALIKES) if _LATIN.search(match[0]) else match[0], seen)


def visible(text: str) -> str:
    """The text without letters that nobody sees, and with every script's decimal digits as 0 to 9."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(letter)) if letter.isdecimal() else letter for letter in text if unicodedata.category(letter) != "Cf")


def plain_sentence(sentence: str) -> str:
    """One sentence, list item or row of a table as plain words; cells are joined by colons."""
    bare = _MARKS.sub("", _LEAD.sub("", plain_letters(sentence), count=1))
    if not bare.lstrip().startswith("|"):
        return bare
    return "" if _RULE.fullmatch(bare) else ": ".join(cell.strip() for cell in bare.strip().strip("|").split("|") if cell.strip())


def unwrap_answer(text: str) -> str:
    """The words of a reply that puts them into an object of its own, ``{"answer": "…"}``, as some models do unasked; every other text as it is."""
    if not text.startswith("{"):
        return text
    try:
        value = parse_json(text)
    except (ValueError, RecursionError):
        return text
    is_wrapped = isinstance(value, dict) and isinstance(value.get("answer"), str) and not any(item for key, item in value.items() if key not in ("answer", "confidence"))
    return str(value["answer"]).strip() if is_wrapped else text


def texts_within(text: str) -> tuple[str, ...]:
    """The texts that are to be held against what was done: the reply, and where it is JSON every text in it."""
    if not text.lstrip().startswith(("{", "[")):
        return (text,)
    try:
        return (text, *_strings(parse_json(text)))
    except (ValueError, RecursionError):
        return (text,)


def _strings(value: object) -> list[str]:
    if isinstance(value, dict):
        return [found for item in value.values() for found in _strings(item)]
    if isinstance(value, list):
        return [found for item in value for found in _strings(item)]
    return [value] if isinstance(value, str) else []
