"""Requests that order a deed: something changed, sent or set.

With no deed done, an answer that leaves it open (:mod:`core.turn.answer.denials`) is right; every other one is a claim, in whatever language. An order
counts only where it names what is to be changed, or to whom something goes: one for a text, or for how something is done, is answered by words.
:func:`asks_for_deed` is wider: anything that is to be done, so that words of the answer may be claims.
"""

from __future__ import annotations

import re

_FILE = r"(?:[\w~.-]*/)?[\w~-]+(?:\.[\w-]+)*\.[A-Za-z][A-Za-z0-9]{1,5}\b|[\w.~-]+/(?=[\s.,;!]|$)"
_THING = (
    rf"(?:{_FILE}|\b(?:files?|folders?|director(?:y|ies)|photos?|pictures?|downloads|desktop|inbox|trash|e-?mails?|mails?|reminders?|alarms?|appointments?|contacts?|tasks?|clipboard|backups?|"
    r"dateien?|datei|ordner|verzeichnis\w*|fotos?|papierkorb|erinnerung\w*|termine?|kontakte?|fichiers?|dossiers?|corbeille|rappels?|archivos?|carpetas?|papelera|file|cartell[ae]|"
    r"bestand(?:en)?|mapp?en?|arquivos?|ficheiros?|pastas?)\b)"
)
_PLACE = (
    rf"(?:{_FILE}|\b(?:files?|folders?|director(?:y|ies)|reminders?|alarms?|to-?do(?: list)?|shopping list|clipboard|(?:to|in|into|on) (?:my|the) (?:calendar|notes?|tasks?|list|contacts?)|"
    r"datei|ordner|erinnerung|einkaufsliste|(?:im|in (?:den|meinen)) kalender|fichier|dossier|rappel|archivo|carpeta|recordatorio|cartella|promemoria|bestand|map|herinnering|arquivo|ficheiro|pasta|lembrete)\b)"
)
_NOT_ME = r"(?!\s*-?(?:me|us|mir|uns|moi|nous|mij|ons)\b)"
_FILLER = (
    r"(?:(?:please|kindly|now|just|also|then|first|finally|hey|hi|deskhand|ok(?:ay)?|so|can|could|would|will|you|i (?:want|need|would like)|i['’]d like|to|go ahead and|help me|let['’]s|"
    r"bitte|kannst|könntest|du|mal|dann|noch|auch|s['’]il (?:te|vous) plaît|peux-tu|pouvez-vous|ensuite|puis|por favor|puedes|podrías|luego|per favore|puoi|poi|alsjeblieft|kun|je|dan)[\s,]+)*"
)
_VERBS = (
    rf"(?:(?:delete|remove|erase|trash|get rid of|move|rename|copy|archive|zip|unzip|unpack|back up|empty|clean up|tidy(?: up)?|organi[sz]e|"
    r"lösche?|entferne?|verschiebe?|benenne?|kopiere?|archiviere?|leere|supprime[rz]?|efface[rz]?|déplace[rz]?|renomme[rz]?|copie[rz]?|borra|elimina|mueve|renombra|copia|"
    rf"cancella|sposta|rinomina|verwijder|wis|verplaats|hernoem|kopieer|apaga?|apague|exclua|mov[ae]|copie|renomeie)\b(?:[^.;!?\n]|\.(?=\w)){{0,100}}?{_THING}"
    rf"|(?:add|put|save|store|edit|replace|change|append|update|fill|insert|lege?|füge?|trage?|speichere?|ändere?|ersetze?|ajoute[rz]?|enregistre[rz]?|añade|guarda|aggiungi|salva|zet|voeg|adicione|guarde|salve|grave)\b"
    rf"(?:[^.;!?\n]|\.(?=\w)){{0,160}}?{_PLACE}"
    rf"|(?:create|make|erstelle?|crée[rz]?|crea|crie|maak)\s+(?:\w+\s+){{0,2}}{_PLACE}"
    rf"|(?:write|schreibe?|écri[sre]+|escribe|escreva|escreve|scrivi|schrijf)\s+(?:(?:[^.;!?\n]|\.(?=\w)){{0,160}}?\b(?:in|into|to|as|under|called|named|nach|als|unter|dans|sous|en|em|como|su|naar)\s+(?:\w+\s+){{0,2}})?[\"'`“„]?{_PLACE}"
    rf"|(?:turn|convert|summari[sz]e|translate|extract|wandle?|fasse?|übersetze?|convertis|résume[rz]?|convierte|resume)\b(?:[^.;!?\n]|\.(?=\w)){{0,160}}?\b(?:in|into|to|as|nach|als|dans|en)\s+(?:\w+\s+){{0,2}}[\"'`“„]?{_FILE}"
    rf"|(?:send|e-?mail|forward|text|message|notify|invite|upload|publish|schicke?|sende|maile|leite|envoie[rz]?|envía|manda|envie|mande|invia|spedisci|stuur)\b{_NOT_ME}\s+[\w\"'“„].*"
    r"|(?:tell|inform|let|sage?|informiere|dis|dites|dile|avisa|di|zeg)\s+(?:à\s+|a\s+|tegen\s+)?(?:(?!me\b|us\b)(?-i:[A-ZÄÖÜ][a-zà-ÿ]+)|him|her|them|everyone|my \w+|ihm|ihr|meine[rmn]? \w+)\b(?! (?:me|us)\b)"
    r"|remind (?:me|us)\b(?! (?:what|how|who|why|which|where|of|about)\b)|erinnere? (?:mich|uns)\b(?! (?:was|wie|wer)\b)|rappelle[rz]?-(?:moi|nous) d|recuérda(?:me|nos)\b|ricorda(?:mi|ci)\b|herinner (?:me|mij|ons)\b"
    r"|set (?:an?|the|my) (?:\w+ )?(?:alarm|timer|reminder)|schedule (?:an?|the|my|it)\b|book (?:an?|the|me|us)\b|cancel (?:my|the|all)\b|stelle? (?:einen?|den|mir) (?:wecker|timer)"
    rf"|(?:du|sie)\s(?:[^.;!?\n]|\.(?=\w)){{0,80}}?{_THING}(?:[^.;!?\n]|\.(?=\w)){{0,60}}?\b(?:löschen|entfernen|verschieben|kopieren|umbenennen|verschicken|senden|anlegen|erstellen|speichern|ändern)\b"
    r"|(?:un)?install\b|(?:turn|switch) (?:on|off)\b|buy (?:an?|the|me|\d)|order (?:an?|the|me|\d)|pay (?:the|my|for)\b)"
)
_ORDER = re.compile(rf"(?:^|,|;|\b(?:and|then|und|dann|et|puis|y|luego|e|poi|en|dan)\b)\s*{_FILLER}{_VERBS}", re.I)
_NO_ORDER = re.compile(
    r"\s*(?:hey|hi|ok(?:ay)?|so|and|but|und|et|y)?[\s,]*(?:how|what|why|which|where|when|who|whose|should|shall|may|can i|could i|do|does|did|is|are|was|were|has|have|if|wie|was|warum|welche\w*|wo|wann|wer|soll|"
    r"darf|kann ich|hast|hat|ist|sind|comment|pourquoi|quel\w*|où|quand|qui|dois-je|puis-je|as-tu|cómo|qué|por qué|cuál|dónde|cuándo|quién|debo|come|perché|quale|dove|hoe|waarom|wat|welke|waar)\b"
    r"|.*\b(?:how to|how (?:i|you|we) (?:can|could)|wie (?:man|ich)|comment|cómo|script|code|function|program|command|macro|query|snippet|regex|skript|befehl)\b",
    re.I,
)
_QUOTED = re.compile(r"[“„\"«‘][^”“\"»’\n]*\s[^”“\"»’\n]*\s[^”“\"»’\n]*[”“\"»’]")
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n")
MOST_LETTERS = 600  # of a request that are looked at: what comes after is material
NOTHING_DONE = {
    "en": "Nothing was changed or sent.",
    "de": "Es wurde nichts geändert und nichts gesendet.",
    "fr": "Rien n'a été modifié ni envoyé.",
    "es": "No se ha cambiado ni enviado nada.",
    "it": "Non è stato modificato né inviato nulla.",
    "nl": "Er is niets gewijzigd of verzonden.",
}


def orders_deed(request: str) -> bool:
    """Whether a request orders something to be changed, sent or set, and says what, or to whom."""
    text = _QUOTED.sub("“”", request.split("\n\n", 1)[0][:MOST_LETTERS])
    return any(_ORDER.search(sentence) and not _NO_ORDER.match(sentence) for sentence in _SENTENCE.split(text))


_ACT = (
    r"(?:sort (?:it |this |that |things? |everything )?out|tidy|clean|clear|handle|take care of|deal with|arrange|organi[sz]e|set(?: up)?|turn|switch|wake|remember|keep in mind|don['’]t forget|book|order|pay|call|cancel|confirm|finish|"
    r"do (?:it|that|this|the|my)|go (?:on|ahead)|run|start|stop|put|keep|save|store|get rid|back up|restore|remind|send|mail|e-?mail|move|delete|remove|rename|copy|schedule|add|erledige?|kümmere?|räume?|regele?|sorge|merke?|wecke?|stelle?|"
    r"lösche?|sende|schicke?|verschiebe?|lege?|speichere?|occupe-toi|règle|range|réveille|envoie|supprime|déplace|encárgate|arregla|ordena|despiértame|envía|borra|mueve)\b"
)
_ACT_ASKED = re.compile(rf"(?:^|[,;]|\b(?:and|then|und|dann|et|puis|y|luego)\b)\s*{_FILLER}{_ACT}", re.I)


def asks_for_deed(request: str) -> bool:
    """Whether a request wants anything done, and not only said."""
    text = _QUOTED.sub("“”", request.split("\n\n", 1)[0][:MOST_LETTERS])
    return orders_deed(request) or any(_ACT_ASKED.search(sentence) and not _NO_ORDER.match(sentence) for sentence in _SENTENCE.split(text))
