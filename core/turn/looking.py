"""Requests that ask only to be told something: those with no word in them that orders a deed, whatever else they say, and whatever language that is in.

What this says yes to is held to it: a change then asks first (``core/gate/unasked.py``). A word that may order a change is a no: of the languages that are known (English, German, French,
Spanish, Italian, Dutch, Portuguese; of some others the most usual deeds). Where no word is known a change asks, which costs a question; that it happened unasked would cost more.
"""

from __future__ import annotations

import re
from functools import lru_cache

MOST_LETTERS = 800  # of a request that are looked at: what comes after is material
_ENGLISH = (
    r"(?:add|append|apply|archive|back up|book|build|cancel|change|clean|clear|convert|copy|correct|create|crop|cut|delete|do(?! (?:i|we|you|they|n['’]?t|not)\b)|draft|duplicate|edit|empty|erase|"
    r"export|extract|fill|fix|follow|format|generate|get rid|handle|help|import|improve|insert|install|jot|keep|log|make|mark|merge|modify|move|note|organi[sz]e|overwrite|pack|paste|post|prepare|produce|"
    r"put|record|remember|remind|remove|rename|reorder|replace|reply|resize|restore|rewrite|run|save|schedule|send|set|shorten|sort|split|start|stop|store|submit|swap|tag|throw|tidy|translate|trash|"
    r"adjust|arrange|assign|attach|block|collect|combine|complete|compress|concatenate|configure|decrease|download|encrypt|enter|finish|gather|group|implement|increase|invite|join|lock|number|order|pay|plan|"
    r"populate|refactor|reformat|refund|reschedule|reserve|rotate|scale|set up|share|sign up|strip|subscribe|transfer|trim|unlock|unsubscribe|upgrade|"
    r"turn|undo|unpack|unzip|update|upload|wipe|write|zip|act on|carry out|execute)"
)
_ORDERS = re.compile(
    rf"(?:^|[.,;:!?&()\n-]|\b(?:and|then|or|but|to|please|also|you|just|now|let['’]?s|afterwards|finally|i want|go ahead and)\b)\s*(?:also |then |please |just )?{_ENGLISH}\b"
    rf"|\.\w{{1,5}}[\"'`]?,?\s+{_ENGLISH}\b|^\W*(?:please )?name\b|\bnew name\b|\b(?:bring|take|get|drop|throw)\b[^.;!?\n]{{0,80}}\b(?:into|out of|to)\b"
    r"|\b(?:into|as|in) (?:a|an|one|the|another) (?:new |separate |single )?(?:\w+ )?(?:file|document|table|spreadsheet|note|csv|list|folder|reminder)\b|\b(?:called|named|new (?:file|folder|note|document)|should|instead of|becomes?)\b"
    r"|\b(?:every|each) (?:\d+ )?(?:minute|hour|day|week|month|morning|noon|afternoon|evening|night|weekday|mon|tue|wed|thu|fri|sat|sun)|\b(?:hourly|daily|weekly|monthly)\b|\bat (?:\d|noon|midnight)|\bin \d+ (?:min|hour|sec|day)"
    r"|\b(?:täglich|jede[nsr]? (?:tag|morgen|abend|woche|stunde|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag)|um \d|tous les|chaque jour|todos los|cada (?:día|hora)|ogni (?:giorno|ora)|elke (?:dag|week))"
    r"|\b(?:lösch|verschieb|speicher|schreib|benenn|umbenenn|kopier|anleg|leg\w*\b[^.;!?\n]{0,80}\ban\b|erstell|änder|ersetz|füge?\b|einfüg|hinzufüg|eintrag|trag\w*\b[^.;!?\n]{0,80}\bein\b|ablegen|sortier|"
    r"archivier|leer[en]*\b|entfern|notier|merk\w*\b|erinner|schick|send|verbesser|korrigier|übersetz|führ\w*\b[^.;!?\n]{0,80}\baus\b|mach\w*\b|neue[nrsm]? (?:datei|ordner|notiz))"
    r"|\b(?:mets|mett(?:re|ez|ons)|pon(?:er|me|lo|la|ga|gas)?|haz(?:me|lo|la)?|hace[rd]|quit[ae]|metti|metter[ei]|fammi|zet|doe|põe|faça|coloque?)\b"
    r"|\b(?:supprim|effac|déplac|renomm|copi|cré[ee]|écri[rsvt]|enregistr|ajout|modifi|remplac|envo[iy]|corrig|tradui|rang[e]|borr|elimin|muev|mover|renombr|crea|escrib|guard|añad|cambi|reempl|enví|corrij|"
    r"traduc|organiz|cancell|spost|rinomin|scriv|salv|aggiung|sostitu|invi[ao]|traduci|verwijder|wis\b|verplaats|hernoem|kopieer|maak|schrijf|bewaar|voeg|wijzig|vervang|stuur|vertaal|"
    r"apag|exclu[ai]|mova|renome|escrev|adicion|alter[ea]|envi[ea]|traduz)",
    re.I,
)
_OTHERS = re.compile(  # deeds of other languages
    r"\b(?:usuń|usun|przenie|przesu|zapis|utw[oó]rz|stw[oó]rz|zmie[nń]|dodaj|skopiuj|napisz|posprz|uporz|przypomnij|zaplanuj|wyślij|smaž|smaz|vytvoř|přesu|ulož|přejmen|"
    r"удал|перемест|созда|запиш|запис|переимен|сохран|измен|добав|скопир|напиш|отправ|напомн|наведи|видал|перемі|збереж|додай|sil\b|taşı|kaydet|oluştur|değiştir|ekle\b|yaz\b)"
    r"|删|移|保存|写|創|创建|重命名|修改|添加|翻译|整理|复制|更新|发送|提醒|削除|書|作成|作って|変更|追加|コピー|送|名前|직|삭제|이동|저장|만들|수정|추가",
    re.I,
)
_WISHES = re.compile(  # what is no order in its words, and wants something made all the same; and what only goes on with what was said before
    r"\b(?:(?<!\bi )(?<!\bwe )needs?|(?<!\bi )(?<!\bwe )wants?|how about|what i (?:need|want)|missing|another (?:file|folder|note)|(?:an? |new |empty )+(?:\w+ )?(?:file|folder|directory|note|reminder|backup)\b|help me with|backup|at \d|"
    r"braucht|fehlt|hätte gern|manque|falta|manca|ontbreekt)\b|^\W*(?:yes|yep|sure|ok(?:ay)?|go on|go ahead|continue|again|same|both|all|the \w+ (?:one|too)|ja|gern|weiter|nochmal|oui|sí|sì|sim|да|tak|好|はい)\b",
    re.I,
)
_ANSWER = re.compile(  # forms of an answer that are said in words of deeds
    r"\b(?:thanks|thank you|danke|merci|gracias|grazie|bedankt|obrigad[oa])\b|\bkeep it (?:short|brief|simple|concise)\b|\bwhat do you make of\b|\bhelp me (?:to )?(?:understand|see|find|learn|read|with understanding)\b"
    r"|\bprepare me for\b|\b(?:into|as|in) (?:an?|one) (?:(?:short|small|simple|single|\w+) )?(?:table|list|sentence|paragraph)\b|\btake (?:a|another) (?:look|note of)\b",
    re.I,
)
_DIGEST = re.compile(  # a text that is wanted as the answer, where no file is named for it
    r"\b(?:make|write|create|give|prepare|draft|produce|generate)\s+(?:me |us )?(?:a|an|the)\s+(?:\w+\s+){0,2}(?:summary|overview|recap|digest|gist|comparison)\b(?! (?:file|document|note))",
    re.I,
)
_TARGET = re.compile(r"\b(?:to|into|in|as|called|named)\s+(?:the |a |file )*[\"'`]?[\w./-]*\.\w{1,5}\b", re.I)
_NEGATED = re.compile(r"\b(?:don['’]?t|do not|never|without|nicht|ohne|sans|sin|senza|niet|zonder|sem)\b[^.,;:!?\n]{0,60}", re.I)


@lru_cache(maxsize=256)
def asks_only_to_look(request: str) -> bool:
    """Whether a request asks to be told something and for nothing else."""
    text = _ANSWER.sub(" ", _NEGATED.sub("", request.split("\n\n", 1)[0][:MOST_LETTERS]))
    if not _TARGET.search(text):
        text = _DIGEST.sub(" ", text)
    return not any(deeds.search(text) for deeds in (_ORDERS, _OTHERS, _WISHES))
