"""Text that is written for somebody else (a letter, a quotation): what it says in the first person is not the assistant's."""

from __future__ import annotations

import re

_GREETING = re.compile(
    r"^[ \t*_]*(?:Dear|Hi|Hey|Hello|Good (?:morning|afternoon|evening)|To whom|Sehr geehrte\w*|Liebe[rs]?|Hallo|Guten (?:Tag|Morgen)|Moin|Bonjour|Cher|Chère|Salut|Madame|Monsieur|Hola|"
    r"Estimad[oa]s?|Querid[oa]|Buenos días)\b[^.?\n]{0,60}$|^[ \t*_]*(?:Subject|Betreff|Objet|Asunto|Re)\b[*_]*:.*$",
    re.I | re.M,
)
_CLOSING = re.compile(
    r"^[ \t*_]*(?:(?:Best|Kind|Warm|With)(?: \w+)*(?: regards| wishes)?|Regards|Sincerely|Yours(?: \w+)?|Cheers|Thanks|Thank you|Love|Viele Grüße|Liebe Grüße|Beste Grüße|Herzliche Grüße|"
    r"Mit (?:freundlichen|besten) Grüßen|Cordialement|Bien à vous|Amicalement|Saludos|Un saludo|Atentamente|Un abrazo)\s*[,!.]?[*_]*\s*$",
    re.I | re.M,
)
_LINES_AFTER_CLOSING = 2  # a name and what follows it


def is_in_draft(sentence: str, said: str, is_text_work: bool) -> bool:
    """Whether ``sentence``, following ``said``, belongs to such a text: quoted lines; a letter up to its closing; for text work all between."""
    line = (said.rsplit("\n", 1)[-1] + sentence).lstrip("\n")
    if line.lstrip().startswith(">"):
        return True
    greetings = list(_GREETING.finditer(said))
    if not greetings or not (is_text_work or greetings[-1][0].lstrip(" *_").lower().startswith(("dear", "subject", "sehr", "betreff", "objet", "asunto", "to whom", "estimad"))):
        return is_text_work and not greetings and "\n\n" in said.strip() + sentence[: len(sentence) - len(sentence.lstrip("\n"))]
    rest = said[greetings[-1].end() :]
    closing = _CLOSING.search(rest)
    if closing:
        tail = rest[closing.end() :].lstrip("\n")
        return len([part for part in tail.split("\n") if part.strip()]) < _LINES_AFTER_CLOSING and "\n\n" not in tail
    return not re.search(r"^\s*(?:---+|\*\*\*+|___+|```)\s*$", rest, re.M)
