"""In which language a text is, by its commonest words; enough to sort files by language."""

from __future__ import annotations

import re
from collections.abc import Sequence

_COMMON = {
    "en": "the and of to in is that it was for you with on are this be have not but they from at",
    "de": "der die und das ist nicht ein ich zu den mit sich auf für von dem auch als wir bei",
    "fr": "le la les et des est que une dans pour qui pas sur avec nous vous du ce au ne",
    "es": "el la los y que de en un una por con para no se es las del lo como más",
    "it": "il di che e la un per non sono con una del della mi si ho le nel anche ci",
    "nl": "de het een en van ik te dat is op voor niet met zijn er maar om ook als aan",
    "pt": "o a de que e do da em um para com não uma os no se na por mais as",
    "pl": "i w nie na się z do jest to że jak o ale po co tak za od już dla",
}
_NAMES = {
    "en": "english en englisch anglais inglés", "de": "german de deutsch allemand alemán", "fr": "french fr französisch français francés", "es": "spanish es spanisch espagnol español",
    "it": "italian it italienisch italien italiano", "nl": "dutch nl niederländisch", "pt": "portuguese pt portugiesisch", "pl": "polish pl polnisch",
}  # fmt: skip


def language_of(text: str) -> str:
    """The code of the language whose commonest words a text has most of; empty where it has hardly any."""
    words = re.findall(r"[^\W\d_]+", text.casefold())
    counts = {code: sum(word in frozenset(common.split()) for word in words) for code, common in _COMMON.items()}
    best = max(counts, key=lambda code: counts[code])
    return best if counts[best] >= max(2, len(words) // 20) else ""


def languages_asked(request: str, classes: Sequence[str]) -> dict[str, str]:
    """For each language the class that stands for it, where the classes are languages; empty where they are not."""
    found: dict[str, str] = {}
    for name in classes:
        word = name.rpartition("/")[2].casefold()
        if code := next((code for code, names in _NAMES.items() if word in names.split()), ""):
            found[code] = name
    return found if len(found) == len(classes) or (len(found) > 0 and "language" in request.casefold()) else {}
