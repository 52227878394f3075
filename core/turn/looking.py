"""Requests that ask only to be told something: a question, or an order to read, show or sum up, with nothing in it that asks for a change.

What this says yes to is held to it: a change then asks first (``core/gate/unasked.py``). So it says yes only to what it knows the words of (English,
German, French, Spanish, Italian, Dutch, Portuguese), and any word that may order a change is a no.
"""

from __future__ import annotations

import re
from functools import lru_cache

MOST_LETTERS = 800  # of a request that are looked at: what comes after is material
_FILLER = (
    r"(?:(?:please|kindly|now|just|so|hey|hi|hello|deskhand|ok(?:ay)?|well|and|can you|could you|would you|will you|i (?:want|need|would like) (?:you )?to|i['’]d like (?:you )?to|"
    r"bitte|mal|kannst du|könntest du|können sie|hallo|und|s['’]il (?:te|vous) plaît|peux-tu|pouvez-vous|por favor|puedes|podrías|per favore|puoi|potresti|alsjeblieft|kun je|pode|você pode)[\s,:]+)*"
)
_LOOKS = (
    r"(?:summari[sz]e|sum up|read|show|tell (?:me|us) (?:about|what|who|how|why|where|which|if|whether|the|more)|explain|describe|list|count|compare|look (?:at|through|into|up)|check (?:if|whether|what|how|for|which|[\w/-]+\.\w)|analy[sz]e|review|find out|search|inspect|examine|quote|identify|"
    r"what(?:['’]s)?(?! (?:i|we)(?:['’]m| )| is now)|who(?:['’]s|se|m)?|when (?:is|are|was|were|do|does|did|will|has|have)|where(?! \S+ (?:has|says))|which|why|how(?! about)|is there|are there|is|are|was|were|does|do (?:i|we|you|they)|did|has|have (?:i|we|you|they)|"
    r"lies|zeige?|sag(?:e)? mir|erkläre?|beschreibe?|nenne?|zähle?|vergleiche?|schaue? (?:dir|in|nach)|sieh|prüfe?|was|wer|wen|wem|wessen|wie|wo|wann|warum|wieso|weshalb|welche[rsnm]?|gibt es|"
    r"ist|sind|war|waren|hat|haben|steht|(?:fasse?|fass)\b(?:[^.;!?\n]|\.(?!\s)){0,120}\bzusammen|gib mir (?:eine )?(?:kurze )?(?:zusammenfassung|übersicht)|"
    r"résume[rz]?|lis(?:ez)?|montre[rz]?(?:-moi)?|dis-moi|dites-moi|explique[rz]?|décri[st]|compte[rz]?|compare[rz]?|qu['’]|que|qui|quoi|quel(?:le)?s?|combien|comment|où|quand|pourquoi|est-ce|y a-t-il|"
    r"resume|lee|muestra(?:me)?|muéstrame|dime|explica(?:me)?|cuenta|compara|qué|quién(?:es)?|cuál(?:es)?|cuánt[oa]s?|cómo|dónde|cuándo|por qué|hay|"
    r"riassumi|leggi|mostra(?:mi)?|dimmi|spiega(?:mi)?|descrivi|conta|confronta|che|chi|cosa|qual[ei]?|quant[oaie]|come|dove|perché|c['’]è|ci sono|"
    r"lees|toon|laat\b(?:[^.;!?\n]|\.(?!\s)){0,80}\bzien|vertel|beschrijf|tel|vergelijk|wat|wie|welke|hoe|hoeveel|waar|wanneer|waarom|vat\b(?:[^.;!?\n]|\.(?!\s)){0,120}\bsamen|"
    r"resuma|leia|mostre|diga|explique|descreva|conte|compare|o que|quem|quais|quantos|quantas|como|onde|quando|por que|há)"
)
_ENGLISH = (
    r"(?:add|append|apply|archive|back up|book|build|cancel|change|clean|clear|convert|copy|correct|create|crop|cut|delete|do(?! (?:i|we|you|they|n['’]?t|not)\b)|draft|duplicate|edit|empty|erase|"
    r"export|extract|fill|fix|follow|format|generate|get rid|handle|help|import|improve|insert|install|jot|keep|log|make|mark|merge|modify|move|note|organi[sz]e|overwrite|pack|paste|post|prepare|produce|"
    r"put|record|remember|remind|remove|rename|reorder|replace|reply|resize|restore|rewrite|run|save|schedule|send|set|shorten|sort|split|start|stop|store|submit|swap|tag|throw|tidy|translate|trash|"
    r"turn|undo|unpack|unzip|update|upload|wipe|write|zip|act on|carry out|execute)"
)
_ORDERS = re.compile(
    rf"(?:^|[.,;:!?&()\n-]|\b(?:and|then|or|but|to|please|also|you|just|now|let['’]?s|afterwards|finally|i want|go ahead and)\b)\s*(?:also |then |please |just )?{_ENGLISH}\b"
    r"|\b(?:into|as|in) (?:a|an|one|the|another) (?:new |separate |single )?(?:\w+ )?(?:file|document|table|spreadsheet|note|csv|list|folder|reminder)\b|\b(?:called|named|new (?:file|folder|note|document)|should|instead of|becomes?)\b"
    r"|\b(?:every|each) (?:\d+ )?(?:minute|hour|day|week|month|morning|noon|afternoon|evening|night|weekday|mon|tue|wed|thu|fri|sat|sun)|\b(?:hourly|daily|weekly|monthly)\b|\bat (?:\d|noon|midnight)|\bin \d+ (?:min|hour|sec|day)"
    r"|\b(?:täglich|jede[nsr]? (?:tag|morgen|abend|woche|stunde|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag)|um \d|tous les|chaque jour|todos los|cada (?:día|hora)|ogni (?:giorno|ora)|elke (?:dag|week))"
    r"|\b(?:lösch|verschieb|speicher|schreib|benenn|umbenenn|kopier|anleg|leg\w*\b[^.;!?\n]{0,80}\ban\b|erstell|änder|ersetz|füge?\b|einfüg|hinzufüg|eintrag|trag\w*\b[^.;!?\n]{0,80}\bein\b|ablegen|sortier|"
    r"archivier|leer[en]*\b|entfern|notier|merk\w*\b|erinner|schick|send|verbesser|korrigier|übersetz|führ\w*\b[^.;!?\n]{0,80}\baus\b|mach\w*\b|neue[nrsm]? (?:datei|ordner|notiz))"
    r"|\b(?:supprim|effac|déplac|renomm|copi|cré[ee]|écri[rsvt]|enregistr|ajout|modifi|remplac|envo[iy]|corrig|tradui|rang[e]|borr|elimin|muev|mover|renombr|crea|escrib|guard|añad|cambi|reempl|enví|corrij|"
    r"traduc|organiz|cancell|spost|rinomin|scriv|salv|aggiung|sostitu|invi[ao]|traduci|verwijder|wis\b|verplaats|hernoem|kopieer|maak|schrijf|bewaar|voeg|wijzig|vervang|stuur|vertaal|"
    r"apag|exclu[ai]|mova|renome|escrev|adicion|alter[ea]|envi[ea]|traduz)",
    re.I,
)
_LOOK = re.compile(rf"\W*{_FILLER}{_LOOKS}(?!\w|\.\w)", re.I)
_NEGATED = re.compile(r"\b(?:don['’]?t|do not|never|without|nicht|ohne|sans|sin|senza|niet|zonder|sem)\b[^.,;:!?\n]{0,60}", re.I)
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n")


@lru_cache(maxsize=256)
def asks_only_to_look(request: str) -> bool:
    """Whether a request asks to be told something and for nothing else."""
    text = _NEGATED.sub("", request.split("\n\n", 1)[0][:MOST_LETTERS])
    return not _ORDERS.search(text) and any(_LOOK.match(sentence) for sentence in _SENTENCE.split(text))
