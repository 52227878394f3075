"""In which language a text is; enough to sort files by language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

NAMES = {
    "en": "english en englisch anglais inglés", "de": "german de deutsch allemand alemán", "fr": "french fr französisch français francés", "es": "spanish es spanisch espagnol español",
    "it": "italian it italienisch italien italiano", "nl": "dutch nl niederländisch néerlandais", "pt": "portuguese pt portugiesisch portugais portugués", "pl": "polish pl polnisch polonais polaco",
    "sv": "swedish sv schwedisch suédois sueco", "da": "danish da dänisch danois danés", "no": "norwegian no norwegisch norvégien noruego", "fi": "finnish fi finnisch finnois finés",
    "cs": "czech cs tschechisch tchèque checo", "hu": "hungarian hu ungarisch hongrois húngaro", "ro": "romanian ro rumänisch roumain rumano", "tr": "turkish tr türkisch turc turco",
    "ru": "russian ru russisch russe ruso", "uk": "ukrainian uk ukrainisch ukrainien ucraniano", "el": "greek el griechisch grec griego", "ar": "arabic ar arabisch arabe árabe",
    "zh": "chinese zh chinesisch chinois chino", "ja": "japanese ja japanisch japonais japonés", "ko": "korean ko koreanisch coréen coreano", "hi": "hindi hi",
}  # fmt: skip
SURE, LEAST, LETTERS = 0.6, 2, 4000  # of a language; words that a text needs; letters that are looked at


def language_of(text: str) -> str:
    """The code of the language that a text is in; empty where it has hardly any words, or none of these languages is likely."""
    if len(re.findall(r"[^\W\d_]{2,}", text[:LETTERS])) < LEAST:
        return ""
    code, chance = _identifier().classify(text[:LETTERS])
    return str(code) if chance >= SURE else ""


def languages_asked(request: str, classes: Sequence[str]) -> dict[str, str]:
    """For each language the class that stands for it, where the classes are languages; empty where they are not."""
    found: dict[str, str] = {}
    for name in classes:
        word = name.rpartition("/")[2].casefold()
        if code := next((code for code, names in NAMES.items() if word in names.split()), ""):
            found[code] = name
    return found if len(found) == len(classes) or (len(found) > 0 and "language" in request.casefold()) else {}


@cache
def _identifier() -> Any:
    """Takes a second to load, so that it is loaded only where files are sorted by language."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(NAMES))
    return identifier
