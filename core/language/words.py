"""Words of a request or a text as they are compared: folded, without endings that carry nothing, without words that every request has."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")
_STOP = (
    "a an the this that these those my your our his her its their i me we us you he she it they them and or but if then so as at by for from in into of off on onto out over to up with within without "
    "is are was were be been being am do does did done have has had having will would shall should can could may might must not no yes please kindly thanks thank just only also too very any all some every "
    "each there here what which who whom whose when where why how much many according about than file files folder folders called named want need like give get make put tell show say says said let lets "
    "der die das den dem des ein eine einen einem einer und oder aber wenn dann so als bei für von in aus auf zu mit ohne ist sind war waren sein habe hat haben wird werden kann bitte mir mich mein meine "
    "meinen meiner wir uns ich du er sie es was welche welcher welches wer wo wie viel viele datei dateien ordner le la les un une des du de et ou mais si dans sur pour avec sans est sont mon ma mes je tu "
    "il elle nous vous quel quelle que qui où comment combien el los las una unos y o pero en con sin es son mi mis qué cuál cuánto quién dónde cómo por favor s t ll ve re d m"
)
STOP_WORDS = frozenset(_STOP.split())
_ENDINGS = ("ations", "ation", "ings", "ing", "ies", "ied", "ers", "er", "ed", "es", "s", "en", "e", "n")


def fold(text: str) -> str:
    """Text for comparing: one form of letters, lower case, straight quotes."""
    return unicodedata.normalize("NFKC", text).casefold().replace("’", "'").replace("‘", "'")


def words_of(text: str) -> list[str]:
    """The words of a text in order, folded; underscores, hyphens and changes of case part words."""
    return _WORD.findall(fold(_CAMEL.sub(" ", text)))


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """A word without its usual ending, in English and roughly in German: "invoices" and "invoice" are the same."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)] + ("y" if ending in ("ies", "ied") else "")
    return word


def content_stems(text: str) -> list[str]:
    """The stems of the words that carry something, in order."""
    return [stem(word) for word in words_of(text) if word not in STOP_WORDS and (len(word) > 1 or word.isdigit())]


def shared_stems(asked: Iterable[str], text: str) -> set[str]:
    """The stems of ``asked`` that a text says, whole or as the beginning of a longer word or of the asked one: "Grippeimpfung" and "Grippe".

    >>> sorted(shared_stems(content_stems("meine letzte Grippeimpfung"), "Grippe 14.10.2025"))
    ['grippeimpfung']
    """
    said = set(content_stems(text))
    return {word for word in asked if word in said or any(min(len(word), len(other)) > 3 and (word.startswith(other) or other.startswith(word)) for other in said)}
