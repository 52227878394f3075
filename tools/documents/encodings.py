"""Bytes to text, in whatever encoding they are, and back in the same one."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

PROBE = 65_536  # bytes that are looked at to tell an encoding
_MARKS = (("utf-8-sig", codecs.BOM_UTF8), ("utf-32", codecs.BOM_UTF32_LE), ("utf-32", codecs.BOM_UTF32_BE), ("utf-16", codecs.BOM_UTF16_LE), ("utf-16", codecs.BOM_UTF16_BE))
_MANY = 0.35  # share of high bytes from which on a text is not in Latin letters
# What a guess may come out as; without a list short texts are taken for UTF-16 or for code pages that nobody used.
_GUESSES = ["cp1251", "koi8_r", "cp932", "euc_jp", "cp949", "big5", "cp1250", "cp1253", "cp1255", "cp1256", "cp874", "cp866"]
_ODD_CONTROLS = re.compile(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, and the encoding that gives its bytes back."""

    text: str
    encoding: str = "utf-8"

    def encode(self, text: str) -> bytes:
        """Other text in this encoding, in UTF-8 where it cannot be written so."""
        try:
            return text.encode(self.encoding)
        except UnicodeEncodeError:
            return text.encode("utf-8", "surrogatepass")


def encoding_of(start: bytes) -> str:
    """The encoding of a text that begins so; empty where it is no text."""
    for name, mark in _MARKS:
        if start.startswith(mark):
            return name
    if wide := _wide(start):
        return wide
    if b"\0" in start or (start and len(_ODD_CONTROLS.findall(start)) > len(start) // 50):
        return ""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start, final=False)
    except UnicodeDecodeError:
        return _by_letters(start)
    return "utf-8"


def decode(raw: bytes) -> Decoded | None:
    """All of ``raw`` as text, None where it is no text. Bytes that the encoding has no letter for become U+FFFD."""
    name = encoding_of(raw[:PROBE])
    if not name:
        return None
    try:
        return Decoded(raw.decode(name), name)
    except UnicodeDecodeError:
        other = _by_letters(raw[:PROBE]) if name == "utf-8" else name
        return Decoded(raw.decode(other, "replace"), other)


def _wide(start: bytes) -> str:
    """UTF-16 without a mark: every other byte of Latin text is zero, and what it spells can be printed."""
    sample = start[: min(len(start), 2000) // 2 * 2]
    if len(sample) < 6:
        return ""
    even, odd = sample[::2].count(0) / (len(sample) / 2), sample[1::2].count(0) / (len(sample) / 2)
    name = "utf-16-le" if odd > 0.4 and even < 0.05 else "utf-16-be" if even > 0.4 and odd < 0.05 else ""
    spelled = sample.decode(name, "replace") if name else ""
    return name if sum(letter.isprintable() or letter.isspace() for letter in spelled) > 0.95 * len(spelled) else ""


def _by_letters(start: bytes) -> str:
    """Western European (what Windows wrote) where high bytes are few, and stand alone or in words of ASCII letters; else told by charset-normalizer, where that is installed."""
    if _is_western(start):
        return "latin-1" if re.search(rb"[\x81\x8d\x8f\x90\x9d]", start) else "cp1252"
    if _is_chinese(start):
        return "gb18030"
    try:
        from charset_normalizer import from_bytes
    except ImportError:
        return "latin-1"
    best = from_bytes(start, cp_isolation=_GUESSES).best()
    return best.encoding if best else "latin-1"


def _is_western(start: bytes) -> bool:
    runs = list(re.finditer(rb"[\x80-\xff]+", start))
    high = sum(len(run[0]) for run in runs)
    alone = sum(len(run[0]) == 1 or start[run.end() : run.end() + 1].isalpha() or start[max(0, run.start() - 1) : run.start()].isalpha() for run in runs)
    return len(start) < 4 or (high < _MANY * len(start) and 2 * alone >= len(runs))


def _is_chinese(start: bytes) -> bool:
    """GBK, told by the hanzi of GB 2312's first level (B0 to D7), which make most of any Chinese text; Korean syllables end at C8."""
    pairs = re.findall(rb"[\x81-\xfe][\x40-\xfe]", start)
    common = [pair[0] for pair in pairs if 0xB0 <= pair[0] <= 0xD7 and pair[1] >= 0xA1]
    is_korean = len(common) > 5 and max(common) <= 0xC8
    return not is_korean and len(common) > 0.7 * len(pairs) and 2 * len(pairs) > 0.95 * sum(byte > 0x7F for byte in start)
