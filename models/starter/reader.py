"""The reader of one request: quotations put aside, names, contents, pronouns, and the calls read so far."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from models.starter.lexicon import ARTICLE, GENERATIVE

Call = tuple[str, dict[str, Any]]
MARK = r"(?:\x02\d+\x03|\x05\d+\x06)"  # a quotation that was put aside; the second kind names a file
FILE = r"(?:\x05\d+\x06|(?:~?/|\./)?(?:[\w.@+-]+/)*[\w@+-][\w.@+-]*\.[A-Za-z0-9]{1,8}|\.[a-z][\w-]{2,30}|(?:~?/|\./)?(?:[\w.@+-]+/)+[\w.@+-]*)"
NAME = rf"(?:{MARK}|[\w.~/@+-]+(?: [\w.~/@+-]+){{0,4}}?)"
WORD = rf"(?:{MARK}|[\w.~/@+-]+)"
FOLDER = r"(?:sub)?(?:folder|directory|dir)"
NUMBERED = r"(?:(?:a|an|the|one|two|three|four|five|six|seven|eight|some|\d+|another|these|new|empty|couple of|following) )*"
_WORDS = {"one": 1, "line": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twenty": 20}


JOINING = re.compile(r"\s(?:and|to|into|onto|with|from|then|that|which|except)\s|\s(?:and|to|into)$")


class NotSupported(Exception):
    """The clause is understood, and it is nothing that can be done without a bigger model."""


@dataclass(slots=True)
class Reader:
    """Reads one request. ``last_file`` and ``last_folder`` are what "it" and "there" mean."""

    quotes: list[str] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)
    last_file: str = ""
    last_folder: str = ""
    calls: list[Call] = field(default_factory=list)

    # -- text -------------------------------------------------------------------------------------------------------

    def hide_quotes(self, text: str) -> str:
        """Quotations become marks, so that no word inside them is read as a command."""

        def keep(match: re.Match[str]) -> str:
            quote = next(group for group in match.groups() if group is not None)
            self.quotes.append(quote)
            self.raw.append(match.group(0))
            number = len(self.quotes) - 1
            return f"\x05{number}\x06" if re.fullmatch(r"[^\n]*[\w)]\.[A-Za-z0-9]{1,6}|\S+/\S*", quote) else f"\x02{number}\x03"

        return re.sub(r"\"([^\"]*)\"|“([^”]*)”|`([^`]+)`|(?<![\w])'([^']+(?:'[a-z][^']*)*)'(?!\w)", keep, text)

    def plain(self, text: str) -> str:
        """Marks turned back; surrounding space and closing punctuation go."""
        text = text.strip()
        if re.fullmatch(MARK, text):
            return self.quotes[int(text[1:-1])]
        if text:
            text = text.rstrip(" .,;!") if not re.search(r"\betc\.$", text) else text
        return re.sub(r"[\x02\x05](\d+)[\x03\x06]", lambda match: self.raw[int(match.group(1))], text).strip()

    def name(self, text: str) -> str:
        """A file or folder name: articles, "file"/"folder" and the like around it are not part of it."""
        text = text.strip().rstrip(".,;!")
        text = re.sub(rf"^{ARTICLE}(?:(?:new|existing|whole|entire|file|folder|directory|document|text file) )*(?:(?:called|named|titled) )?", "", text, flags=re.I)
        text = re.sub(r"^(?:(?:new|existing|whole|entire|empty|old) )+(?=(?:file|folder|directory) \S)", "", re.sub(rf"^{ARTICLE}", "", text, flags=re.I), flags=re.I)
        text = re.sub(r"^(?:file|folder|directory) (?=\S)", "", text, flags=re.I)
        text = re.sub(r"(?<=\S) (?:right )?(?:here|in (?:here|this folder))$", "", text, flags=re.I)
        text = re.sub(r"(?<=\S) (?:folder|directory|dir|subfolder|file)$", "", text, flags=re.I)
        return self.plain(text)

    def folder(self, text: str | None) -> str:
        """A folder by name or pronoun; "here", or none named, is the workspace."""
        if not text:
            return "."
        if re.fullmatch(rf"(?:{ARTICLE})?(?:it|there|that(?: folder| one)?|same folder|(?:new )?(?:folder|directory))", text.strip(), re.I) and self.last_folder:
            return self.last_folder
        if re.fullmatch(r"(?:this|the current|the working|my current|current|this current|the) (?:folder|directory|dir|workspace|place)|here|\.", text.strip(), re.I):
            return "."
        return self.name(text).rstrip("/") or "."

    def file(self, text: str) -> str:
        """A file by name or pronoun."""
        if re.fullmatch(r"(?:it|that|this|that file|this file|the file|the (?:new|same|copied|renamed) (?:file|one)|the copy|the result)", text.strip(), re.I):
            return self.last_file or self.last_folder
        return self.name(text)

    def content(self, text: str) -> str:
        """What a file is to hold; enumerations announced as lists become lines."""
        text = text.strip()
        if numbers := re.fullmatch(
            r"(?:the )?numbers (?:from )?(\d+) (?:to|through|up to|-) (\d+)(?:\s*,?\s*(?:one per line|each on (?:its|their) own line|each on an? (?:new|separate) line|on separate lines|one on each line))?",
            text,
            re.I,
        ):
            first, last = int(numbers[1]), int(numbers[2])
            return "".join(f"{number}\n" for number in range(first, min(last, first + 9999) + 1))
        if columns := re.fullmatch(r"(?:the )?(?:columns?|header(?: row)?|headers|column names),?:? (?!\w+$)(.+)", text, re.I):
            return ",".join(self.items(columns[1]))
        if heading := re.fullmatch(
            r"an? (?:heading|title) (?:called |saying )?(.+?)(?:,| and) (?:(?:the |a list of |\w+ ){0,2}(?:items?|bullets?|bullet points|tasks?|entries|lines?)):? (.+)",
            text,
            re.I | re.S,
        ):
            return f"# {self.plain(heading[1])}\n\n" + "".join(f"- {item}\n" for item in self.items(heading[2]))
        if re.match(GENERATIVE, text, re.I):
            raise NotSupported("text that somebody has to think up")
        ordinals = re.findall(
            r"(?:the )?(?:first|second|third|fourth|fifth|last|next) line (?:is|says|reads|should be|:)? ?(.+?)(?=,? (?:and )?(?:the )?(?:second|third|fourth|fifth|last|next) line\b|$)",
            text,
            re.I,
        )
        if len(ordinals) > 1:
            return "".join(f"{self.plain(line)}\n" for line in ordinals)
        listed = re.match(
            r"^(?:the |these |following |two |three |four |five |six |ten |\d+ )*(?:items|lines|things|entries|names|words|values)(?: in it)?\s*:\s*(.+)$", text, re.I | re.S
        )
        if listed:
            return self.lines(listed.group(1))
        listed = re.match(
            r"^(?:a |the |these |this |some |my )*(?:(?:bulleted |numbered |simple |short )?(?:list|lines?|items?|entries|rows|things|words|names)(?: of| with| reading| saying)?\s*:?\s+)(.+)$",
            text,
            re.I | re.S,
        )
        if listed and (re.match(r".*\b(list|lines|items|entries|rows|things|names)\b", text[: listed.start(1)], re.I)) and self._enumerated(listed.group(1)):
            return self.lines(listed.group(1))
        text = re.sub(r"^(?:the |this |following |some )*(?:text|words?|content|contents|sentence|phrase|line|message|body)\b:?\s+(?=\S)", "", text, flags=re.I)
        text = re.sub(
            r"[,;]?\s+(?:in it|inside(?: it| of it)?|as (?:its |the )?content|(?:each |all )?on (?:its|their) own lines?|each on a new line|(?:with )?(?:one|each)(?: item)? (?:on each|on a new|on its own|per) line|on separate lines|in there|there)$",
            lambda m: "\x04" if "line" in m.group(0) else "",
            text.rstrip(" ."),
            flags=re.I,
        )
        if text.endswith("\x04"):
            return self.lines(re.sub(r"\s+(?:in it|inside it|there)$", "", text.rstrip("\x04"), flags=re.I))
        text = re.sub(r"^(?:the |a )?(?:header|column headers?|headings?|title|first line)(?: row| line)?:? (?=\S)", "", text, flags=re.I)
        return self.plain(text.lstrip(": ")) if text.strip() else ""

    def dated(self, text: str) -> str:
        """``today's date`` as a reference to the clock's answer, else nothing."""
        if not re.fullmatch(r"(?:today's|the current|the|current) (?:date|time)(?: and time)?", text.strip(), re.I):
            return ""
        self.add("time.now")
        return "{{s%d.output.%s}}" % (len(self.calls), "time" if text.strip().lower().endswith("time") else "date")

    def _enumerated(self, text: str) -> bool:
        return bool(re.search(r",| and ", text))

    def lines(self, text: str) -> str:
        """``a, b and c`` as three lines."""
        return "".join(f"{item}\n" for item in self.items(text))

    def items(self, text: str) -> list[str]:
        parts = re.split(r"\s*(?:,\s*(?:and|or|&)\s+|,|;|\s+(?:and|&)\s+|\n)\s*", text.strip().rstrip("."))
        return [self.plain(part) for part in parts if part.strip()]

    def inside(self, path: str, folder: str) -> str:
        return path if not folder or folder == "." or path.startswith(("/", "~")) else f"{folder.rstrip('/')}/{path}"

    # -- calls ------------------------------------------------------------------------------------------------------

    def add(self, tool: str, **args: Any) -> bool:
        """Keep a call; a name with a joining word in it that was not quoted is no name but an unread rest."""
        names = [value for key in ("path", "source", "target") for value in (args.get(key),) if isinstance(value, str)]
        if any(JOINING.search(name) and not any(quote and quote in name for quote in self.quotes) for name in names):
            return False
        self.calls.append((tool, args))
        if tool == "files.make_folder":
            self.last_folder = args["path"]
        elif tool in ("files.write", "files.append", "files.edit", "files.read"):
            self.last_file = args["path"]
        elif tool in ("files.move", "files.copy"):
            one_file = "." in args["target"].rsplit("/", 1)[-1]
            if one_file:
                self.last_file = args["target"]
            elif not any(mark in args["source"] for mark in "*?"):
                self.last_file, self.last_folder = self.inside(args["source"].rsplit("/", 1)[-1], args["target"]), args["target"]
            else:
                self.last_folder = args["target"]
        elif tool == "files.merge":
            self.last_file = args["target"]
        elif tool == "files.archive":
            self.last_file = args.get("target") or self.last_file
        return True

    def reference(self) -> str:
        """The output of the call before, for "save it to …"."""
        return "{{s%d.output}}" % len(self.calls)


def full(pattern: str, text: str) -> re.Match[str] | None:
    return re.fullmatch(pattern, text, re.I | re.S)


def text_of(reader: Reader, content: str, listing: bool) -> str:
    """Content as text; an announced list is one item a line."""
    if listing and reader._enumerated(content):
        return reader.lines(
            re.sub(r"^(?:a list of|the items|the following(?: items)?|these(?: items)?|items|lines|things|entries|:)(?:\s*:\s*|\s+|$)", "", content.strip(), flags=re.I)
        )
    return reader.content(content)


def number_of(text: str) -> int | None:
    return int(text) if text.isdigit() else _WORDS.get(text.lower())
