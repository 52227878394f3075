"""What is acted on: "report.pdf", "a.txt and b.txt", "all the PDFs in Downloads except cv.pdf", "the three biggest files"."""

from __future__ import annotations

import datetime
import fnmatch
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.starter import amounts
from models.starter.kinds import is_ending, is_place, patterns

_QUOTE = re.compile(r"\"([^\"]*)\"|“([^”]*)”|`([^`]+)`|(?<!\w)'([^']+(?:'\w[^']*)*)'(?!\w)")
_ARTICLE = r"(?:the|a|an|my|our|this|that|your|their|his|her|me|its|some)"
_QUANTIFIER = r"(?:all|every|each|any|both|of|whole|entire|everything|anything|these|those|single|existing|other)"
_THING = r"(?:sub)?(?:files?|folders?|director(?:y|ies)|dirs?)"
_EXCEPT = re.compile(
    r",?\s?(?:except(?: for)?|excluding|but not|apart from|other than|save for|besides|without|but keep|but leave|(?<=everything )but|(?<=all )but|(?<=files )but|but(?= [\w.\"'-]+$))\s+",
    re.I,
)
_SPLIT = re.compile(r"\s*(?:,\s*(?:and\s+|&\s*)?|;|\s+and\s+|\s*&\s*|\s+\+\s+|\s+plus\s+|\n)\s*", re.I)


_TAIL = re.compile(
    r"(?P<what>(?:everything|anything|all|every|the|each)\b.*?) (?:in|from|inside|under|within) (?P<where>[\w./~'\"-]+(?: [\w./~'\"-]+){0,2}?) (?:that |which )?(?P<named>(?:(?:ends?|ending) (?:in|with|on)|(?:starts?|starting|begins?|beginning) (?:with|by)) \S+)",
    re.I,
)
_SLIPPED = re.compile(
    r"\b(?:over|out|up|off|down|rm|mv|cp|in|into|to|from|onto|with|as|called|named|it|them|what|check|show|read|the|and|then|replace|move|copy|delete|open|add|put|is|are|of)\b",
    re.I,
)


class Unread(Exception):
    """A span that code cannot read with certainty; the text says which."""


@dataclass(slots=True)
class Objects:
    """What a phrase names. ``search`` are arguments of ``files.find`` where the files must be looked for first."""

    names: list[str] = field(default_factory=list)
    exclude: list[str] = field(default_factory=list)
    only: str = "all"
    search: dict[str, Any] = field(default_factory=dict)

    def arguments(self, key: str) -> dict[str, Any]:
        """As arguments of a tool whose parameter ``key`` takes one name or several."""
        found: dict[str, Any] = {key: self.names[0] if len(self.names) == 1 else self.names}
        if self.exclude:
            found["exclude"] = self.exclude
        if self.only != "all":
            found["only"] = self.only
        return found


@dataclass(frozen=True, slots=True)
class Names:
    """Reads names in one request. ``workspace`` settles whether "photos" is a folder that is there or a kind of file."""

    workspace: Path | None = None
    today: datetime.date = field(default_factory=datetime.date.today)

    # -- one name ---------------------------------------------------------------------------------------------------

    def name(self, text: str) -> str:
        """A file or folder name without what surrounds it: quotation marks, articles, "file", "folder", closing points."""
        text = text.strip()
        if quoted := _QUOTE.fullmatch(text.rstrip(".,;!?")):
            return next(group for group in quoted.groups() if group is not None).strip()
        text = re.sub(r"\s+(?:dot|punkt)\s+(?=\w{1,5}$)", ".", text.strip().rstrip(".,;:!?"), flags=re.I)
        if self.there(text):
            return text
        if (last := re.search(r"\S+\.\w{1,5}$", text)) and _SLIPPED.search(text[: last.start()]):
            raise Unread(text)  # a word of the request has slipped into the name
        text = re.sub(rf"^(?:{_ARTICLE} )*(?:(?:new|existing|whole|entire|empty|old|text) )*(?:{_THING} )(?:called |named |titled )?(?=\S)", "", text, flags=re.I) or text
        text = re.sub(rf"^(?:{_ARTICLE} )+(?=\S)", "", text, flags=re.I)
        return re.sub(rf"(?<=\S) {_THING}$", "", text, flags=re.I).strip()

    def folder(self, text: str) -> str:
        """A folder; "here" and the like are the workspace."""
        if re.fullmatch(
            rf"(?:in )?(?:here|\.|\./|(?:{_ARTICLE}|current|working|same|present) ?(?:current|working|present)? ?(?:folder|directory|dir|workspace|place))", text.strip(), re.I
        ):
            return "."
        name = self.name(text).rstrip("/") or "/"
        if not self.there(name) and not _QUOTE.fullmatch(text.strip()) and re.search(r"\b(?:than|the|into|which|that|with|and then|older|newer|today|yesterday)\b", name, re.I):
            raise Unread(text)
        return name

    def there(self, name: str) -> bool:
        """Whether something of that name is in the workspace."""
        return bool(name) and self.workspace is not None and len(name) < 200 and "\0" not in name and (self.workspace / name).exists()

    def several(self, text: str) -> list[str]:
        """The names of an enumeration."""
        return [self.name(part) for part in self.parts(text)]

    def parts(self, text: str) -> list[str]:
        """An enumeration cut at commas and "and", never inside quotation marks; a name that is there stays whole."""
        if self.there(text.strip()) or re.search(r"\s", text) is None:
            return [text.strip()]
        quotes: list[str] = []
        hidden = hide_quotes(text, quotes)
        parts = [part for part in _SPLIT.split(hidden.strip()) if part]
        if len(parts) == 1 and len(words := parts[0].split()) > 1 and all(re.fullmatch(r"[\w./~-]+\.\w{1,5}", word) for word in words):
            parts = words
        return [show_quotes(re.sub(r"^(?:both|and|then) ", "", part), quotes) for part in parts]

    # -- what is acted on -------------------------------------------------------------------------------------------

    def objects(self, text: str, folder: str = ".", left_out: str = "") -> Objects:
        """What the phrase names, inside ``folder``. Raises :class:`Unread`."""
        text = text.strip().rstrip(".,;!?")
        if self.there(text if folder == "." else f"{folder}/{text}"):
            return Objects([_inside(text, folder)], self._left_out(left_out))
        head, *rest = _EXCEPT.split(text, maxsplit=1)
        exclude = self._left_out(", ".join(filter(None, [*rest, left_out])))
        head, folder = self._place(head, folder)
        if search := self._search(head, folder):
            return Objects([], exclude, search=search)
        found = Objects([], exclude)
        for part in self._with_noun(self.parts(head)):
            names, only = self._part(part)
            found.names += [_inside(name, folder) for name in names]
            found.only = only if only != "all" else found.only
        if not found.names:
            raise Unread(text)
        return found

    def _with_noun(self, parts: list[str]) -> list[str]:
        """``the jpg``, ``png files`` → ``the jpg files``, ``png files``: what is said once at the end holds for all of them."""
        noun = re.search(r" (files|documents|images)$", parts[-1])
        if len(parts) < 2 or not noun or patterns(parts[-1]) is None:
            return parts
        return [part if part.endswith(noun[1]) or "." in part.lstrip(".*") else f"{part} {noun[1]}" for part in parts]

    def _left_out(self, text: str) -> list[str]:
        return [pattern for part in (self.parts(text) if text else []) for pattern in self._part(part)[0]]

    def _place(self, text: str, folder: str) -> tuple[str, str]:
        """``all PDFs in Downloads`` → (``all PDFs``, ``Downloads``); so is ``everything in Downloads ending in pdf``, whose ending belongs to the files."""
        if tail := _TAIL.fullmatch(text):
            return f"{tail['what']} {tail['named']}", self.folder(tail["where"]) if folder == "." else _inside(self.folder(tail["where"]), folder)
        match = re.fullmatch(
            rf"(?P<what>.+?) (?:(?:that are |which are |located |stored |sitting )?(?:in|inside|from|under|within|of|on)) (?P<where>(?:{_ARTICLE} )*[\w./~'\"-]+(?: [\w./~'\"-]+){{0,3}}?)",
            text,
            re.I,
        )
        if not match or amounts.age_limit(text[match.start("where") - 8 :], self.today) or (match["what"].lower() in ("all", "both", "each", "every", "any", "most", "some")):
            return re.sub(r" (?:right )?(?:in )?here$", "", text, flags=re.I), folder
        where = match["where"]
        if (
            re.search(r"\b(?:end(?:s|ing)?|(?:start|begin)\w*)$", match["what"])
            or re.search(r"\b(?:name|names|it|them)$", where, re.I)
            or re.fullmatch(r"(?:the )?(?:files?|documents?)", where, re.I)
        ):
            return text, folder
        counted = (
            bool(re.match(rf"(?:{_QUANTIFIER}|{_ARTICLE}|files|\d+)\b|\*", match["what"], re.I))
            or patterns(match["what"]) is not None
            or bool(re.search(r"\.\w{1,5}$", match["what"]))
        )
        return (match["what"], self.folder(where) if folder == "." else _inside(self.folder(where), folder)) if counted else (text, folder)

    def _search(self, text: str, folder: str) -> dict[str, Any]:
        """Arguments of ``files.find`` for files known by size, age or rank, else nothing."""
        found: dict[str, Any] = {**amounts.size_limit(text), **amounts.age_limit(text, self.today)}
        said = re.sub(rf"^(?:(?:{_QUANTIFIER}|{_ARTICLE}) )+", "", text, flags=re.I)
        rank = (
            amounts.ranking(text)
            if re.search(r"\b(?:\w+est|last|most recent\w*)\b", said) and (said.split()[-1] in ("file", "one", "files", "ones") or patterns(said.split()[-1]) is not None)
            else {}
        )
        if re.search(r"\bempty\b", said, re.I):
            found |= {"empty": True, "only": "folders" if re.search(r"folders?|director", said) else "files"}
        if not found and not rank:
            return {}
        found |= rank
        noun = re.sub(
            r"\b(?:(?:that (?:are|is|were)|which (?:are|were)|not) )?(?:bigger|larger|smaller|older|newer|over|under|above|below|more|less|changed|modified|edited|created|saved|from|of|in|within|untouched)\b.*$",
            "",
            said,
            flags=re.I,
        )
        noun = re.sub(r"\b(?:\d+|one|two|three|four|five|ten|empty|biggest|largest|smallest|newest|oldest|latest|most recent|last|first|fattest)\b", " ", noun, flags=re.I).strip()
        noun = re.sub(r"\s+", " ", noun)
        if noun and not re.fullmatch(r"(?:files?|ones?|things?|stuff|anything|everything|items?|folders?|documents? and folders?)", noun, re.I):
            if (kind := patterns(noun)) is None:
                raise Unread(text)
            found["name"] = kind[0] if len(kind) == 1 else kind
        found.setdefault("only", "folders" if re.fullmatch(r"folders?", noun, re.I) else "files")
        return {"path": folder, **found}

    def _part(self, text: str) -> tuple[list[str], str]:
        """One member of an enumeration: ``(names or patterns, which kind)``. Raises :class:`Unread`."""
        text = text.strip()
        if _QUOTE.fullmatch(text) or self.there(text):
            return [self.name(text)], "all"
        said = re.sub(rf"^(?:(?:{_QUANTIFIER}|{_ARTICLE}) )+", "", text, flags=re.I)
        counted = bool(re.match(rf"(?:{_ARTICLE} )*{_QUANTIFIER}\b", text, re.I)) or bool(re.match(rf"{_ARTICLE}\b", text, re.I) and said.endswith("s"))
        if counted_kind := self._counted(said):
            return counted_kind, "all"
        if re.fullmatch(rf"{_QUANTIFIER}|(?:everything|contents?|stuff|things?|lot)(?: (?:else|here|in (?:it|there)))?|(?:everything )?(?:in )?here", said, re.I):
            return ["*"], "all"
        if re.fullmatch(r"files?", said, re.I):
            return ["*"], "files"
        if re.fullmatch(r"(?:sub)?(?:folders?|directories|dirs)", said, re.I) and counted:
            return ["*"], "folders"
        if named := self._named(said):
            return named, "files" if re.match(r"files?\b", said, re.I) else "all"
        if re.search(r"\w (?:that|which|who|whose|i|we|you|they)\b", text, re.I):
            raise Unread(text)  # a relative clause is a judgement, not a name
        if not counted and self.workspace is None and is_place(said):
            return [self.name(text)], "all"
        if (
            (kind := patterns(said)) is not None
            and (counted or is_ending(said) or not re.fullmatch(r"\w+", said) or said.lower().endswith("s"))
            and not self.there(self.name(text))
        ):
            return kind, "all"
        if counted and (loose := self._by_name(said)):
            return loose, "files"
        name = self.name(text)
        if (
            not name
            or len(name.split()) > 6
            or re.search(r"\b(?:and|then|into|which|that|who|because|if|is|are|was|were|not|whatever|something|some more)\b", name)
            or (counted and re.match(rf"(?:{_QUANTIFIER})\b", text, re.I) and not re.search(r"\.\w{1,5}$|/", name))
        ):
            raise Unread(text)
        return [name], "all"

    def _counted(self, said: str) -> list[str]:
        """``two log files`` where just two are there: all of that kind. Raises :class:`Unread` where there are more or fewer."""
        match = re.fullmatch(r"(two|three|four|five|six|seven|eight|nine|ten|\d{1,2}) (.+)", said, re.I)
        kind = patterns(match[2]) if match else None
        if match is None or kind is None or self.workspace is None or self.there(said):
            return []
        here = [item.name.lower() for item in self.workspace.iterdir() if item.is_file() and not item.name.startswith(".")]
        if sum(any(fnmatch.fnmatch(name, one) for one in kind) for name in here) != amounts.number(match[1]):
            raise Unread(said)
        return kind

    def _by_name(self, said: str) -> list[str]:
        """``all the scans`` → names with "scan" in them, where the workspace has some, or is not known."""
        match = re.fullmatch(r"([A-Za-z]{3,})s", said)
        if match is None or (self.workspace is not None and not any(match[1].lower() in item.name.lower() for item in self.workspace.iterdir())):
            return []
        return [f"*{match[1].lower()}*"]

    def _named(self, said: str) -> list[str]:
        """``files starting with x``, ``with invoice in the name``, ``ending in .bak``."""
        thing = r"(?:files?|documents?|things?|ones?|folders?|everything|anything|[\w.]+(?: files)?)?\s*(?:(?:that|which|whose names?) )?"
        kind = re.match(r"(?:the )?([\w.]+(?: files)?) ", said)
        extension = patterns(kind[1]) if kind and not re.fullmatch(r"(?:files?|documents?|things?|everything|anything)", kind[1], re.I) else None
        word = r"(?P<w>\"[^\"]+\"|'[^']+'|[\w.*-]+)"
        if match := re.fullmatch(rf"{thing}(?:start(?:s|ing)?|begin(?:s|ning)?) (?:with|by) {word}", said, re.I):
            return [f"{self.name(match['w'])}*"]
        if match := re.fullmatch(rf"{thing}end(?:s|ing)? (?:with|in|on) \*?{word}", said, re.I):
            return [f"*{self.name(match['w']) if match['w'].startswith(('.', chr(34))) else '.' + match['w'] if len(match['w']) < 5 else match['w']}"]
        if match := re.fullmatch(rf"{thing}(?:with|having|containing) (?:the )?(?:extension|ending|suffix) \*?\.?(?P<w>\w+)", said, re.I):
            return [f"*.{match['w']}"]
        if match := re.fullmatch(
            rf"{thing}(?:with|having|containing|contains?|has|have) (?:the word )?{word} (?:in|as part of) (?:the|their|its)(?: file)? ?names?", said, re.I
        ) or re.fullmatch(rf"{thing}(?:names? )?(?:contains?|called|named) {word}", said, re.I):
            name = self.name(match["w"])
            return [name if "*" in name or re.search(r"\.\w{2,5}$", name) else f"*{name}{extension[0][1:]}" if extension and len(extension) == 1 else f"*{name}*"]
        return []


def show_quotes(text: str, kept: list[str]) -> str:
    """The opposite of :func:`hide_quotes`."""
    return re.sub(r"\x02(\d+)\x03", lambda match: kept[int(match[1])], text)


def hide_quotes(text: str, kept: list[str]) -> str:
    """``text`` with each quotation put into ``kept`` and a mark in its place, so that nothing inside it is cut."""

    def keep(match: re.Match[str]) -> str:
        kept.append(match.group(0))
        return f"\x02{len(kept) - 1}\x03"

    return _QUOTE.sub(keep, text)


def _inside(name: str, folder: str) -> str:
    return name if folder in ("", ".") or name.startswith(("/", "~")) else f"{folder.rstrip('/')}/{name}"
