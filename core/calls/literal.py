"""One value as models write values: JSON, Python literals, keys without quotes, typographic quotes, trailing commas, ends that are missing.

Lenient about form only: what is read is what stands there. ``damage`` tells where something had to be supposed.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from dataclasses import dataclass
from typing import Any

DEPTH = 64
_DOUBLE = '"“”„‟″'
_SINGLE = "'‘’‚`"
_TOKEN_QUOTE = re.compile(r"<\|\\?\"\|>|<escape>")  # Gemma writes strings between such marks
_WORDS = {"true": True, "false": False, "null": None, "none": None, "undefined": None, "nan": None}
_BARE = re.compile(r"[^\s,:=\[\]{}()<>\"'“”]+")
_SPACE = re.compile(r"(?:\s|//[^\n]*\n|/\*.*?\*/)*", re.S)
_TOO_DEEP = re.compile(r"(?:[{\[(]\s*){200}")  # nobody's value begins so; each of many such beginnings would cost a whole recursion
_JSON = json.JSONDecoder(strict=False)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "/": "/", "\\": "\\", '"': '"', "'": "'", "0": "\0", "\n": "", "a": "\a", "v": "\v"}
_NEXT_KEY = re.compile(r"\s*(?:[\"'“”‘’`][^\"'\n]{0,80}[\"'“”‘’`]|[\w.$-]+)\s*[:=]|\s*[}\],]|\s*\Z|\s*<\|\\?\"\|>")
_NEXT_ITEM = re.compile(r"\s*(?:[\"'“‘`{\[(\d.+}\],)-]|<\||[rbuf][\"']|(?:true|false|null|none|nan)\b)|\s*\Z", re.I)
_CLOSING = {"{": "}", "[": "]", "(": ")"}


LONGEST_LITERAL = 200_000  # letters


class NoValue(ValueError):
    """No value stands there. ``reached``: where it was found to be nested too deep, 0 where it was not."""

    def __init__(self, why: str, reached: int = 0) -> None:
        super().__init__(why)
        self.reached = reached


@dataclass(frozen=True, slots=True)
class Found:
    """A value, where it ends, and whether something had to be supposed."""

    value: Any
    end: int
    damage: bool = False


def read(text: str, at: int = 0) -> Found:
    """The value that begins at ``at`` (space aside). Raises :class:`NoValue`."""
    reader = _Reader(text)
    if _TOO_DEEP.match(text, at):
        raise NoValue("it is nested too deep")
    try:
        value, end = _JSON.raw_decode(text, reader.skip(at))
    except (ValueError, RecursionError):
        if python := _python(text, reader.skip(at)):
            return python
        value, end = reader.value(at, 0)
    return Found(value, end, reader.damage)


def _python(text: str, at: int) -> Found | None:
    """The list or object that begins at ``at``, where it is one in Python's own grammar; None where it is not, or holds what JSON has not."""
    if text[at : at + 1] not in ("{", "["):
        return None
    depth, quote, place = 0, "", at
    while place < min(len(text), at + LONGEST_LITERAL):
        letter = text[place]
        if quote:
            place += letter == "\\"
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter in "{[(":
            depth += 1
            if depth > DEPTH:
                return None  # or brackets that never close would be walked through once for each of them
        elif letter in "}])":
            depth -= 1
            if depth == 0:
                break
        place += 1
    if depth:
        return None  # it does not end
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about escapes that Python does not know
            value = ast.literal_eval(text[at : place + 1])
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return None
    return Found(value, place + 1) if _is_json(value) else None


def _is_json(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_json(item) for key, item in value.items())
    return all(map(_is_json, value)) if isinstance(value, list) else value is None or isinstance(value, str | int | float | bool)


def read_all(text: str) -> Any:
    """The whole of ``text`` as one value. Raises :class:`NoValue` where something is left over or missing."""
    found = read(text)
    if found.damage or text[found.end :].strip():
        raise NoValue("it is no value")
    return found.value


def arguments(text: str, at: int) -> tuple[list[Any], dict[str, Any], int]:
    """What stands between the parentheses of a call, the opening one at ``at``: values by place, values by name, the end. Raises :class:`NoValue`."""
    reader = _Reader(text)
    places: list[Any] = []
    names: dict[str, Any] = {}
    at = reader.skip(at + 1)
    while at < len(text) and text[at] != ")":
        named = re.compile(r"([A-Za-z_][\w.-]*)\s*[=:]\s*(?!=)").match(text, at)
        value, at = reader.value(named.end() if named else at, 0)
        if named:
            names[named[1]] = value
        else:
            places.append(value)
        at = reader.skip(at)
        if at < len(text) and text[at] == ",":
            at = reader.skip(at + 1)
        elif at < len(text) and text[at] != ")":
            raise NoValue("these are no arguments")
    return places, names, min(len(text), at + 1)


class _Reader:
    def __init__(self, text: str) -> None:
        self._text, self.damage = text, False

    def skip(self, at: int) -> int:
        """Past space and comments."""
        match = _SPACE.match(self._text, at)
        return match.end() if match else at

    def value(self, at: int, depth: int, following: re.Pattern[str] | None = None) -> tuple[Any, int]:
        """The value at ``at``; ``following`` is what comes after a comma behind it."""
        at = self.skip(at)
        if at >= len(self._text) or depth > DEPTH:
            raise NoValue("no value", at if depth > DEPTH else 0)
        letter = self._text[at]
        if letter == "{":
            return self._object(at + 1, depth)
        if letter in "[(":
            return self._array(at + 1, depth, _CLOSING[letter])
        if mark := _TOKEN_QUOTE.match(self._text, at):
            end = self._text.find(mark.group(0), mark.end())
            if end < 0:
                raise NoValue("the string has no end")
            return self._text[mark.end() : end], end + len(mark.group(0))
        if letter in _DOUBLE or letter in _SINGLE:
            return self._string(at, following)
        if letter in "rbuf" and self._text[at + 1 : at + 2] in ("'", '"'):
            return self._string(at + 1, following)
        return self._word(at)

    # -- containers -------------------------------------------------------------------------------------------------

    def _object(self, at: int, depth: int) -> tuple[dict[str, Any], int]:
        found: dict[str, Any] = {}
        while True:
            at = self.skip(at)
            if at >= len(self._text):
                self.damage = True
                return found, at
            if self._text[at] == "}":
                return found, at + 1
            if self._text[at] == "]":  # the end is missing, and something around it goes on
                self.damage = True
                return found, at
            if self._text[at] == ",":
                at += 1
                continue
            key, at = self._key(at)
            at = self.skip(at)
            if self._text[at : at + 1] not in (":", "="):
                raise NoValue("a key without a value")
            at += 2 if self._text[at : at + 2] == "=>" else 1
            found[key], at = self.value(at, depth + 1, _NEXT_KEY)

    def _array(self, at: int, depth: int, closing: str) -> tuple[list[Any], int]:
        found: list[Any] = []
        while True:
            at = self.skip(at)
            if at >= len(self._text):
                self.damage = True
                return found, at
            if self._text[at] == closing:
                return found, at + 1
            if self._text[at] in "}])":
                self.damage = True
                return found, at
            if self._text[at] in ",;":
                at += 1
                continue
            item, at = self.value(at, depth + 1, _NEXT_ITEM)
            found.append(item)

    def _key(self, at: int) -> tuple[str, int]:
        letter = self._text[at]
        if mark := _TOKEN_QUOTE.match(self._text, at):
            end = self._text.find(mark.group(0), mark.end())
            return self._text[mark.end() : end], end + len(mark.group(0))
        if letter in _DOUBLE or letter in _SINGLE:
            closing = _DOUBLE if letter in _DOUBLE else _SINGLE
            match = re.compile(rf"((?:[^\\\n]|\\.){{0,300}}?)[{closing}](?=\s*[:=])").match(self._text, at + 1)
            if not match:
                raise NoValue("the key has no end")
            return _unescaped(match[1]), match.end()
        match = re.compile(r"[^\s:={}\[\],\"']+").match(self._text, at)
        if not match:
            raise NoValue("no key")
        return match.group(0), match.end()

    # -- scalars ----------------------------------------------------------------------------------------------------

    def _string(self, at: int, following: re.Pattern[str] | None = None) -> tuple[str, int]:
        quote = self._text[at]
        if self._text[at : at + 3] == quote * 3 and (end := self._text.find(quote * 3, at + 3)) >= 0:
            return _unescaped(self._text[at + 3 : end]), end + 3
        closing = quote if quote in "\"'`" else _DOUBLE if quote in _DOUBLE else _SINGLE
        position = at + 1
        while position < len(self._text):
            letter = self._text[position]
            if letter == "\\":
                position += 2
            elif letter in closing and self._ends(position + 1, following):
                return self._joined(_unescaped(self._text[at + 1 : position]), position + 1)
            else:
                position += 1
        raise NoValue("the string has no end")

    def _joined(self, text: str, at: int) -> tuple[str, int]:
        """Python's adjacent strings are one."""
        follows = self.skip(at)
        if follows > at and self._text[follows : follows + 1] in ("'", '"') and "\n" not in self._text[at:follows]:
            try:
                more, end = self._string(follows)
            except NoValue:
                return text, at
            return text + more, end
        return text, at

    def _ends(self, at: int, following: re.Pattern[str] | None) -> bool:
        """Whether a string may end before ``at``: what must follow a value follows, else the quote belongs to the text."""
        rest = self.skip(at)
        if following and self._text[rest : rest + 1] == ",":
            return bool(following.match(self._text, rest + 1))
        return rest >= len(self._text) or self._text[rest] in ",}]):;<`" or self._text[at : at + 1] == "\n" or (rest > at and self._text[rest] in "'\"")

    def _word(self, at: int) -> tuple[Any, int]:
        match = _BARE.match(self._text, at)
        if not match:
            raise NoValue("no value")
        word = match.group(0)
        if word.lower() in _WORDS and (word.islower() or word[0].isupper()):
            return _WORDS[word.lower()], match.end()
        for kind in (int, float):
            try:
                return kind(word.replace("_", "") if word[:1].isdigit() else word), match.end()
            except ValueError:
                continue
        self.damage = True
        return word, match.end()


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text

    made = re.sub(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|U([0-9a-fA-F]{8})|(.))", _escape, text, flags=re.S)
    return made.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _escape(match: re.Match[str]) -> str:
    digits = match[1] or match[2] or match[3]
    if digits:
        code = int(digits, 16)
        return chr(code) if code < 0x110000 else match.group(0)
    return _ESCAPES.get(match[4], match.group(0))
