"""Sentences that tell the person how to do something: "Run it with …", "Öffnen Sie die Datei …". They claim nothing."""

from __future__ import annotations

import re

from core.turn.answer.deed_claims import DeedClaim

_FIRST_WORDS = (
    r"Please|First|Then|Next|Now|Finally|Just|Simply|Also|Afterwards|After that|Bitte|Zuerst|Dann|Danach|Jetzt|Nun|Anschließend|Zum Schluss|D['’]abord|Ensuite|Puis|Enfin|Maintenant|"
    r"Primero|Luego|Después|Ahora|Por último|To [^,.;:\n]{3,60}(?=,)|Um [^,.;:\n]{3,60}(?=,)|Pour [^,.;:\n]{3,60}(?=,)|Para [^,.;:\n]{3,60}(?=,)"
)
_ENGLISH = (
    "run save open create copy click double-click right-click delete press hit type install move make go use add paste download unzip extract rename select choose check drag drop enter "
    "start restart stop close put set write edit replace remove insert launch execute try upload send tap turn switch enable disable keep store place import export print ensure verify "
    "confirm read split see look find wait let have give take pick call test compile build update change convert log sign scroll hold replace"
)
_OTHERS = (
    "öffne speichere speicher führe starte klicke klick lösche kopiere drücke gib tippe installiere verschiebe erstelle prüfe wähle lege setze stelle schreibe ersetze entferne nutze gehe "
    "ouvre enregistre lance exécute clique supprime copie crée appuie tape installe déplace vérifie sélectionne ajoute mets remplace "
    "abre abra guarda guarde ejecuta ejecute haz haga borra borre elimina elimine copia copie crea cree pulsa pulse escribe escriba instala instale mueve mueva verifica verifique pon ponga añade"
)
_OBJECT = (
    r"(?:the|an?|your|it|them|this|that|these|those|all|each|every|any|both|one|two|on|in|to|into|with|as|from|up|down|back|sure|new|out|off|again|python\d?|pip|npm|if|whether|que|dass|ob|"
    r"die|der|das|den|dem|es|sie|ein\w*|alle|auf|in|mit|als|im|le|la|les|l['’]|un|une|el|los|las|lo|una|tu|su|clic)\b|[`\"“„'*(\[]|[\w./-]+\.\w{1,4}\b|[A-Z]\w*\+?\w*\b|\d"
)
_LEAD = rf"^[\s>*_#•✅-]*(?:\d{{1,2}}[.)]\s+)?[*_]*(?:(?:{_FIRST_WORDS})[,:]?\s+)*[*_]*"
_INSTRUCTION = re.compile(
    rf"{_LEAD}(?:(?i:{'|'.join(_ENGLISH.split())}|{'|'.join(_OTHERS.split())})[*_]*\s+[*_]*(?={_OBJECT})|(?i:(?!haben\b|sind\b|werden\b)\w+(?:en|ern|eln) Sie)\b|(?i:(?!avez\b|assez\b|chez\b)\w{{2,}}ez)\s)"
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
        return word in _ONE_FORM and not _REMINDER.search(sentence) and (bool(_HOW.search(request)) or not re.search(rf"\b{word}\b", request, re.I))
    return not _NEXT_CLAUSE.search(sentence, match.end() - 1, claim.start)
