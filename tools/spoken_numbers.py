"""Numbers and arithmetic as people say them, turned into digits and symbols."""

from __future__ import annotations

import re

_SMALL = {
    word: value
    for value, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
}
_TENS = {word: 10 * value for value, word in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], 2)}
_ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12, "twentieth": 20, "thirtieth": 30,
    "thirteenth": 13, "fourteenth": 14, "fifteenth": 15, "sixteenth": 16, "seventeenth": 17, "eighteenth": 18, "nineteenth": 19,
}  # fmt: skip
_LARGE = {"hundred": 100, "thousand": 1000, "million": 1_000_000, "billion": 1_000_000_000, "dozen": 12}
_WORD = "|".join([*_SMALL, *_TENS, *_LARGE])
_RUN = re.compile(rf"\b(?:an? (?=(?:{'|'.join(_LARGE)})\b))?(?:{_WORD})(?:(?:[ -]|,? and )(?:{_WORD}))*\b", re.I)


def digits(text: str) -> str:
    """``text`` with every number in words as digits: "two hundred and five" → "205", "a dozen" → "12"."""
    return _RUN.sub(lambda match: str(_value(match.group(0))), text)


def ordinal(text: str) -> int | None:
    """1 for "first", 24 for "twenty fourth" or "24th", else None."""
    text = text.strip().lower().replace("-", " ")
    if match := re.fullmatch(r"(\d+)(?:st|nd|rd|th)?", text):
        return int(match[1])
    tens, _, unit = text.rpartition(" ")
    if unit in _ORDINALS and (not tens or tens in _TENS or tens in ("20", "30")):
        return (int(tens) if tens.isdigit() else _TENS.get(tens, 0)) + _ORDINALS[unit]
    return None


def _value(words: str) -> int:
    total = current = 0
    for word in re.findall(r"[a-z]+", words.lower()):
        if word in _SMALL or word in _TENS:
            current += _SMALL.get(word, _TENS.get(word, 0))
        elif word == "hundred" or word == "dozen":
            current = max(1, current) * _LARGE[word]
        elif word in _LARGE:
            total, current = total + max(1, current) * _LARGE[word], 0
        elif word == "a" and not current:
            current = 0
    return total + current


_N = r"([\d.]+(?:,\d{3})*(?:\.\d+)?)"
_AND = r"(?: and | by | from |,\s*(?:and )?)"
_SAID = (
    (rf"^(?:a )?{_N}\s*(?:%|percent|per cent) tip on (?:a )?(?:bill of )?{_N}$", r"\1/100*\2"),
    (rf"^(?:knock |take )?{_N}\s*(?:%|percent|per cent) (?:off|from|less than) (?:of )?{_N}$", r"\2*(1-\1/100)"),
    (rf"^{_N}\s*(?:%|percent|per cent) (?:discount on|off) {_N}$", r"\2*(1-\1/100)"),
    (rf"^(?:add|increase) {_N}\s*(?:%|percent) (?:to|on) {_N}$", r"\2*(1+\1/100)"),
    (rf"^{_N} (?:plus|\+) {_N}\s*(?:%|percent)$", r"\1*(1+\2/100)"),
    (rf"^(?:subtract|take|minus) {_N} (?:away )?from {_N}$", r"\2-\1"),
    (rf"^multiply {_N} (?:by|with|and|times) {_N}$", r"\1*\2"),
    (rf"^(?:divide|split) {_N} (?:by|into|between|among) {_N}(?: (?:people|ways|of us))?$", r"\1/\2"),
    (rf"^the product of {_N} and {_N}$", r"\1*\2"),
    (rf"^(?:the )?difference between {_N} and {_N}$", r"abs(\1-\2)"),
    (rf"^(?:the )?remainder of {_N} (?:divided by|over|/) {_N}$", r"mod(\1,\2)"),
    (rf"^(?:if i have |i have )?{_N} and (?:i )?spend {_N}$", r"\1-\2"),
    (rf"^{_N} (?:lots|times|sets|packs) of {_N}$", r"\1*\2"),
    (rf"^{_N} (?:at|for|@) {_N}(?: each)?$", r"\1*\2"),
)
_PARTS = {"half": "2", "a half": "2", "a third": "3", "a quarter": "4", "a fifth": "5", "a tenth": "10", "1 third": "3", "1 quarter": "4"}


def arithmetic(text: str) -> str:
    """An expression in symbols where ``text`` is one of the ways of saying it that plain replacing of words does not reach."""
    said = re.sub(r"\s+", " ", text.strip().lower().rstrip("?.= "))
    said = re.sub(r"\b([\d.]+) dozen\b", r"(\1*12)", re.sub(r"\bhalf a dozen\b", "6", said))
    said = digits(re.sub(r"\b(?:two thirds|three quarters)\b", lambda match: {"two thirds": "2/3", "three quarters": "3/4"}[match[0]], said))
    said = re.sub(r"\b(sqrt|log|ln|sin|cos|tan) ([\d.]+)", r"\1(\2)", re.sub(rf"{_N} mod(?:ulo)? {_N}", r"mod(\1,\2)", re.sub(r"^(\d/\d) of ", r"\1*", said)))
    said = re.sub(r"(?<=\d),(?=\d{3}\b)", "", re.sub(r"[£$€]\s?(?=\d)", "", said))
    said = re.sub(r"\b(\d+)\s*k\b", r"\g<1>000", said)
    if match := re.fullmatch(rf"({'|'.join(_PARTS)}) (?:of )?{_N}", said):
        return f"{match[2]}/{_PARTS[match[1]]}"
    if match := re.fullmatch(rf"(double|twice|triple) {_N}", said):
        return f"{match[2]}*{3 if match[1] == 'triple' else 2}"
    if match := re.fullmatch(rf"(?:the )?(sum|total|average|mean)(?: of)? ({_N}(?:{_AND}{_N})+)", said):
        return _listed(match[2], match[1] in ("average", "mean"))
    if match := re.fullmatch(rf"(?:add|sum|total|add up|add together)(?: up)? ({_N}(?:(?:{_AND}| to ){_N})+)", said):
        return _listed(match[1], False)
    if re.fullmatch(rf"{_N}(?:, {_N})*,? and {_N}", said):
        return _listed(said, False)
    for pattern, symbols in _SAID:
        if re.search(pattern, said):
            return re.sub(pattern, symbols, said)
    return said


def _listed(text: str, mean: bool) -> str:
    numbers = re.findall(r"\d[\d.]*", text)
    return f"({'+'.join(numbers)})/{len(numbers)}" if mean else "+".join(numbers)
