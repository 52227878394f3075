"""Finds what a model left to be filled in: "[Your name]", "TODO", "{{date}}", "Lorem ipsum", an argument copied from its example."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_NOUNS = (
    "name names date address addresses company position title phone telephone number email e-mail amount place city town street zip postcode country time signature recipient sender "
    "manager landlord tenant subject topic product link url department school university hotel reason details contact job role organization organisation event location venue reference "
    "datum adresse anschrift firma ort telefonnummer betrag unterschrift vermieter empfänger absender betreff straße plz uhrzeit grund "
    "nom adresse entreprise ville montant destinataire nombre fecha dirección empresa ciudad importe destinatario"
)
_LEADS = r"your|my|insert|enter|add|fill(?: in)?|ihr(?:e[nrs]?)?|dein(?:e[nrs]?)?|mein(?:e[nrs]?)?|einfügen|votre|vos|mon|insérer|su|tu|mi|insertar"
_BRACKET = re.compile(
    rf"(?<![\w\]!)])\[(?=[^\W\d_])(?:(?:the |any |optional:? )?(?:{_LEADS})\b[^\[\]\n]{{0,80}}|(?:[^\W_][\w'’./-]* ){{0,4}}(?:{'|'.join(sorted(set(_NOUNS.split()), key=len, reverse=True))})"
    r"(?:[ /,:][^\[\]\n]{0,40})?)\](?![(\[:])",
    re.I,
)
_PAREN = re.compile(r"(?<![\w)])\((?:insert|fill in|enter|add (?:your|the)|your|hier einfügen|bitte ergänzen|ergänzen|insérer|insertar)\b[^()\n]{0,60}\)", re.I)
_ANGLE = re.compile(rf"<(?:(?:{_LEADS})[ _-][^<>\n]{{1,60}}|[^<>\n]{{1,40}} here|[A-Z]{{2,}}(?:[_ ][A-Z]+)+|Name|Datum|Date|Betrag|Amount|Recipient|Sender)>", re.I)
_ANGLE_WORDS = re.compile(rf"<(?:{_LEADS})[ _-]|here>$|^<[A-Z_ ]+>$", re.I)
_BRACES = re.compile(r"(?<![\w\\}])\{\{\s*[^{}\n]{1,60}\s*\}\}|(?<![\w\\$])\{(?:" + _LEADS + r")[ _][^{}\n]{1,40}\}", re.I)
_MARKS = re.compile(
    r"^(?![ \t]*#)[^\n]*?\b((?:TODO|TBD|FIXME)\b(?=\s*(?:[:\])]|$|add\b|insert\b|fill\b|write\b|complete\b))|X{3,}(?![\w-])(?<![\w-]X{3})?|Lorem ipsum\b[^.\n]{0,20})", re.M
)
_CODE = re.compile(r"^[ \t]*(```|~~~).*?^[ \t]*\1|`[^`\n]+`|\$\$.*?\$\$", re.M | re.S)
_BARE_EXAMPLES = frozenset({"...", "…", "string", "text", "path/to/file", "path/to/file.txt", "file.txt", "/path/to/file", "value", "your text here", "example.com", "foo", "xxx"})


def placeholders(text: str) -> list[str]:
    """The placeholders of a text, each once, in their order. Links, checkboxes, citations, indices, LaTeX, CSS, JSON and code are none."""
    bare = _CODE.sub(lambda match: " " * len(match[0]), text)
    found = [(match.start(), match[0]) for pattern in (_BRACKET, _BRACES, _PAREN) for match in pattern.finditer(bare) if not _is_code_line(bare, match.start())]
    found += [(match.start(), match[0]) for match in _ANGLE.finditer(bare) if _ANGLE_WORDS.search(match[0])]
    found += [(match.start(1), match[1].strip()) for match in _MARKS.finditer(bare)]
    return list(dict.fromkeys(words for _, words in sorted(found)))


def _is_code_line(text: str, place: int) -> bool:
    """Whether the bracket stands in a line of code or JSON: an assignment, a quoted key, a semicolon at the end."""
    start = text.rfind("\n", 0, place) + 1
    line = text[start : (text.find("\n", place) + 1 or len(text) + 1) - 1]
    return bool(re.search(r"^\s*[\"'{]?[\w\"']+\"?\s*[=:]\s*[\[{]|[;{]\s*$|\\[a-z]+", line)) and not line.rstrip().endswith("],")


def copied_examples(arguments: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    """Names of arguments whose text is the example of their schema, or a bare stand-in such as "..."; ``schema`` is that of an object."""
    properties = schema.get("properties", {})
    found = []
    for name, value in arguments.items():
        examples = _examples(properties.get(name, {}))
        if isinstance(value, str) and value.strip() and (value.strip().casefold() in _BARE_EXAMPLES - {"text", "value"} or value.strip() in examples):
            found.append(name)
    return found


def _examples(schema: Any) -> set[str]:
    if not isinstance(schema, Mapping):
        return set()
    given = [*(schema.get("examples") or ()), schema.get("example")]
    allowed = {str(choice) for choice in schema.get("enum") or ()}
    return {str(example).strip() for example in given if isinstance(example, str)} - allowed - {str(schema.get("default"))}
