"""Sentences that tell the person how to do something: "Run it with …", "Öffnen Sie die Datei …". They claim nothing."""

from __future__ import annotations

import re

from core.turn.answer.deed_claims import DeedClaim

_FIRST_WORDS = (
    r"Please|First|Then|Next|Now|Finally|Just|Simply|Also|Afterwards|After that|Bitte|Zuerst|Dann|Danach|Jetzt|Nun|Anschließend|Zum Schluss|D['’]abord|Ensuite|Puis|Enfin|Maintenant|"
    r"Primero|Luego|Después|Ahora|Por último|To [^,.;:\n]{3,60}(?=,)|Um [^,.;:\n]{3,60}(?=,)|Pour [^,.;:\n]{3,60}(?=,)|Para [^,.;:\n]{3,60}(?=,)"
)
_VERBS = (
    "run save open create click double-click right-click press hit install make go use add paste unzip extract rename select choose drag drop enter start restart stop close put set write edit "
    "replace remove insert launch execute try send turn switch enable disable keep import ensure verify confirm read split see find wait let have give pick compile convert scroll "
    "öffne speichere speicher führe starte klicke klick lösche kopiere drücke gib tippe installiere verschiebe erstelle prüfe wähle lege setze stelle schreibe ersetze entferne nutze gehe "
    "ouvre enregistre lance exécute clique supprime crée appuie installe déplace vérifie sélectionne ajoute mets remplace "
    "abre abra guarda guarde ejecuta ejecute haz haga borra borre elimina elimine crea cree pulsa pulse escribe escriba instala instale mueve mueva verifica verifique pon ponga añade"
)
_NOUNS_TOO = (
    "copy delete type move download upload check test tap store place export print look take call build update change log sign hold copie copia tape"  # "Copy created in …" is none
)
_DETERMINED = (
    r"(?:the|an?|your|it|them|this|that|these|those|all|each|every|any|both|if|whether|que|dass|ob|die|der|das|den|dem|es|sie|ein\w*|alle|le|la|les|l['’]|un|une|el|los|las|lo|una|tu|su)\b"
    r"|[`\"“„'*(\[]|[\w./-]+\.\w{1,4}\b"
)
_OBJECT = rf"{_DETERMINED}|(?:one|two|on|in|to|into|with|as|from|up|down|back|sure|new|out|off|again|python\d?|pip|npm|auf|in|mit|als|im|clic)\b|[A-Z]\w*\+?\w*\b|\d"
_LEAD = rf"^[\s>*_#•✅-]*(?:\d{{1,2}}[.)]\s+)?[*_]*(?:(?:{_FIRST_WORDS})[,:]?\s+)*[*_]*"
_INSTRUCTION = re.compile(
    rf"{_LEAD}(?:(?i:{'|'.join(_VERBS.split())})[*_]*\s+[*_]*(?={_OBJECT})|(?i:{'|'.join(_NOUNS_TOO.split())})[*_]*\s+[*_]*(?={_DETERMINED})"
    r"|(?i:(?!haben\b|sind\b|werden\b)\w+(?:en|ern|eln) Sie)\b|(?i:(?!avez\b|assez\b|chez\b)\w{2,}ez)\s)"
)
_NEXT_CLAUSE = re.compile(r"[;:—–.]\s|,? (?:and|und|et|y) (?:the|your|it|they|all|I|die|der|das|le|la|les|el|los|las)\b|, (?:the|your|it|they|all|I)\b", re.I)
_ONE_FORM = frozenset({"run", "set", "put", "split", "read"})  # said of what is done and of what is to be done
_REMINDER = re.compile(r"\b(?:an?|the|your) (?:\w+ )?(?:reminder|alarm|timer)\b", re.I)
_HOW = re.compile(r"\b(?:how|wie|comment|cómo|script|skript)\b", re.I)


def is_instruction(claim: DeedClaim, sentence: str, request: str) -> bool:
    """Whether the words taken for a claimed deed tell the person what to do. What ``request`` asks the assistant to do in the same word is a claim, and so is a reminder."""
    match = _INSTRUCTION.match(sentence)
    if claim.form not in ("terse", "passive") or not match:
        return False
    if claim.start < match.end():
        word = claim.words.lower()
        return word in _ONE_FORM and (bool(_HOW.search(request)) or not (_REMINDER.search(sentence) or re.search(rf"\b{word}\b", request, re.I)))
    return not _NEXT_CLAUSE.search(sentence, match.end() - 1, claim.start)
