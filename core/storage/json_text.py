"""JSON as everything here can read it again: SQLite's functions, browsers, other machines and the core itself.

Values come from models, tools and servers. What they hold and JSON has no word for would stop every later reader: NaN, half a surrogate
pair, whole numbers of thousands of digits, values nested deeper than a reader's stack.
"""

from __future__ import annotations

import json
import re
from typing import Any

MOST_DEEP = 100  # levels of lists and objects; readers give up between 300 and 1,000
MOST_BITS = 14_000  # of a whole number: Python reads none of more than 4,300 digits
TOO_DEEP = "(nested too deep)"

MOST_REPAIRED = 200_000  # letters of a text that is to be repaired

_BRACKET = re.compile(r"[\[\]{}]")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]')


def dump_json(value: Any) -> tuple[str, Any]:
    """Compact JSON text and the value that it holds, cleaned only where that is needed. Raises :class:`TypeError` for what is no JSON value."""
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        text.encode()
        if text.count("[") + text.count("{") <= MOST_DEEP or not is_deeper(value, MOST_DEEP):  # most values have fewer lists and objects than levels are allowed
            return text, value
    except (ValueError, RecursionError):
        pass  # it has to be cleaned
    cleaned = clean_json(value)
    return json.dumps(cleaned, ensure_ascii=False, separators=(",", ":"), allow_nan=False), cleaned


def load_json(text: str) -> Any:
    """The value of a JSON text, also of one that was written deeper than it can be read. Raises :class:`ValueError`."""
    try:
        return json.loads(text)
    except RecursionError:
        return json.loads(_cut_depth(text))


def parse_json(text: str | bytes) -> Any:
    """The value of a JSON text of somebody else's. Raises :class:`ValueError`, also for one that is nested too deep."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError(TOO_DEEP) from error


def repair_json(text: str, most: int = MOST_REPAIRED) -> Any:
    """The value of a text that is JSON but for its form, as models write it. Raises :class:`ValueError` for what is too long or nested too deep, on which that would take for ever."""
    import json_repair

    depth = deepest = 0
    for bracket in _BRACKET.finditer(text):
        depth = depth + 1 if bracket[0] in "[{" else max(0, depth - 1)
        deepest = max(deepest, depth)
    if deepest > MOST_DEEP or len(text) > most:
        raise ValueError(TOO_DEEP if deepest > MOST_DEEP else "too long")
    try:
        return json_repair.loads(text)
    except RecursionError as error:
        raise ValueError(TOO_DEEP) from error


def read_json(text: str) -> Any:
    """As :func:`load_json`; an empty object where the text was damaged from outside."""
    try:
        return load_json(text)
    except ValueError:
        return {}


def clean_json(value: Any, levels: int = MOST_DEEP) -> Any:
    """``value`` with null for numbers that JSON cannot hold, whole characters only, and :data:`TOO_DEEP` below so many levels."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, (dict, list, tuple)) and levels <= 0:
        return TOO_DEEP
    if isinstance(value, dict):
        return {clean_text(key) if isinstance(key, str) else _clean_number(key): clean_json(item, levels - 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean_json(item, levels - 1) for item in value]
    return _clean_number(value)


def clean_text(text: str) -> str:
    """Text that UTF-8 can hold: surrogate halves are joined, and replaced by U+FFFD where one stands alone."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def describe_kind(value: Any) -> str:
    """What kind of JSON value it is, for a sentence: "a list"."""
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    return "a list" if isinstance(value, (list, tuple)) else "an object" if isinstance(value, dict) else "a text" if isinstance(value, str) else "a number"


def is_deeper(value: Any, levels: int) -> bool:
    """Whether lists and objects are nested in more than so many levels."""
    level = [value] if isinstance(value, (dict, list, tuple)) else []
    for _ in range(levels):
        level = [item for holder in level for item in (holder.values() if isinstance(holder, dict) else holder) if isinstance(item, (dict, list, tuple))]
        if not level:
            return False
    return True


def _clean_number(value: Any) -> Any:
    """Null instead of NaN, an infinity or a whole number too long to be read again."""
    if isinstance(value, float):
        return value if value - value == 0 else None
    return None if isinstance(value, int) and value.bit_length() > MOST_BITS else value


def _cut_depth(text: str) -> str:
    """JSON text with :data:`TOO_DEEP` in place of what is nested deeper than :data:`MOST_DEEP`."""
    kept, depth, start = [], 0, 0
    for token in _TOKEN.finditer(text):
        if token[0] in "[{":
            depth += 1
            if depth == MOST_DEEP + 1:
                kept.append(text[start : token.start()] + json.dumps(TOO_DEEP))
        elif token[0] in "]}":
            depth -= 1
            start = token.end() if depth == MOST_DEEP else start
    return "".join(kept) + text[start:]
