"""What stands in the slots: names, contents, phrases, times and numbers, drawn so that they fit what the hand-written line had there."""

from __future__ import annotations

import random
import re
import string
from functools import cache

from models.starter.training.voices import DATA, choose

_EXTENSIONS = [
    "txt",
    "md",
    "csv",
    "json",
    "log",
    "py",
    "pdf",
    "docx",
    "xlsx",
    "png",
    "jpg",
    "html",
    "yaml",
    "ini",
    "sh",
    "mp3",
    "conf",
    "xml",
    "js",
    "tex",
    "mp4",
    "pptx",
    "doc",
    "jpeg",
    "toml",
    "svg",
]
_ARCHIVES = ("zip", "tar.gz", "tgz", "7z", "gz", "tar")
_FILE = re.compile(r"^[\"']?[\w~./ @#-]*\.[A-Za-z0-9]{1,6}[\"']?$")
_PHRASE = re.compile(r"^(?:all|every|everything|each|any|both|the (?!parent)|files?\b|those|these|\d+)\b|\b(?:files|pdfs|photos|pictures|images)\b", re.I)
_MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_NUMBERS = "two three four five six seven eight nine ten twelve fifteen twenty twenty-five thirty forty fifty sixty seventy eighty ninety a_hundred two_hundred".replace(
    "_", " "
).split(" ")


@cache
def kinds() -> dict[str, list[str]]:
    """The lists of ``data/fillers.txt`` by kind."""
    found: dict[str, list[str]] = {}
    name = ""
    for raw in (DATA / "fillers.txt").read_text(encoding="utf-8").splitlines():
        if raw.startswith("@"):
            name = raw[1:].strip()
        elif raw.strip() and not raw.startswith("# "):
            found.setdefault(name, []).append(raw)
    return found


class Fillers:
    """Draws with one random generator, so that a seed gives the same data again."""

    def __init__(self, chooser: random.Random, fragments: tuple[str, ...] = ()) -> None:
        self._r, self._fragments = chooser, fragments  # fragments: runs of real prose, for contents

    def rare(self) -> str:
        """Any word of the long list, now and then two, now and then with a capital: every token must be seen to be copied."""
        r = self._r
        text = " ".join(r.choice(_long_list()) for _ in range(1 if r.random() < 0.75 else 2))
        return text.capitalize() if r.random() < 0.15 else text

    def prose(self) -> str:
        """A few words in a row: of real prose where there is some, else words of the long list."""
        r = self._r
        if self._fragments and r.random() < 0.7:
            words = r.choice(self._fragments).split()
            start, count = r.randrange(max(1, len(words) - 3)), r.randint(2, 12)
            return " ".join(words[start : start + count]).strip(' ,;:()"') or self.rare()
        return " ".join(r.choice(_long_list()) for _ in range(r.randint(1, 8)))

    def of(self, kind: str) -> str:
        """One of a kind, itself filled in; where any word will do, often any word."""
        if self._r.random() < {"item": 0.35, "thing": 0.4, "term": 0.45, "textword": 0.45, "app": 0.3, "skill": 0.3, "person": 0.25, "device": 0.1}.get(kind, 0.0):
            return self.rare().capitalize() if kind == "person" else self.rare()
        if kind in ("line", "fact", "task") and self._r.random() < 0.3:
            return self.prose()
        return self.fill(choose(self._r.choice(kinds()[kind]), self._r))

    def fill(self, text: str) -> str:
        """``{kind}`` filled in, ``§`` a digit."""
        made = {"rare": self.rare, "file": self.file, "moment": self.moment, "clock": self.clock}
        text = re.sub(r"\{([a-z]+)\}", lambda match: self.of(match[1]) if match[1] in kinds() else made[match[1]]() if match[1] in made else match[0], text)
        return re.sub("§", lambda _: self._r.choice(string.digits), text)

    # -- names ------------------------------------------------------------------------------------------------------

    def word(self) -> str:
        """A word, or letters that are none."""
        r = self._r
        roll = r.random()
        if roll < 0.3:
            return self.of("stem")
        if roll < 0.65:
            return r.choice(_long_list())
        if roll < 0.77:
            return r.choice(_words())
        if roll < 0.8:
            return str(r.randint(1, 2040))
        return "".join(r.choice(string.ascii_lowercase + (string.digits if r.random() < 0.3 else "")) for _ in range(r.randint(1, 8)))

    def base(self) -> str:
        """A name without ending."""
        r = self._r
        name = self.word()
        roll = r.random()
        if roll < 0.2:
            name += r.choice("_-") + (self.word() if r.random() < 0.6 else str(r.randint(1, 2030)))
        elif roll < 0.28:
            name = name.capitalize()
        elif roll < 0.33:
            name += str(r.randint(0, 99))
        return name.replace(" ", r.choice("_-")) if " " in name and r.random() < 0.6 else name

    def file(self, like: str = "") -> str:
        """A file name; the ending is kept where the request depends on it."""
        r = self._r
        ending = like.strip("\"'").partition(".")[2] if like else ""
        if any(like.endswith(f".{archive}") for archive in _ARCHIVES):
            ending = r.choice(_ARCHIVES[:2]) if r.random() < 0.2 else next(archive for archive in _ARCHIVES if like.endswith(f".{archive}"))
        elif r.random() < 0.6 or not ending or not ending.isalnum():
            ending = r.choice(_EXTENSIONS)
        name = f"{self.base()}.{ending}"
        if r.random() < 0.08:
            name = f"{self.folder().replace(' ', '-')}/{name}"
        return f'"{name}"' if (" " in name and r.random() < 0.5) or r.random() < 0.02 else name

    def folder(self) -> str:
        """A folder name."""
        r = self._r
        name = self.of("folder") if r.random() < 0.6 else self.base()
        if r.random() < 0.12:
            name = f"{name} {r.choice(_words())}".title() if r.random() < 0.6 else f"{name}/{self.base()}"
        elif r.random() < 0.12:
            name = f"{name if r.random() < 0.5 else r.choice(_words()).capitalize()} {r.randint(1, 40) if r.random() < 0.7 else r.randint(2019, 2027)}"
        return f'"{name}"' if " " in name and r.random() < 0.25 else name

    def joined(self, parts: list[str], space: bool = False) -> str:
        """``a, b and c`` in the ways people write it."""
        r = self._r
        if len(parts) == 1:
            return parts[0]
        last = r.choice([" and ", " and ", " and ", ", and ", " & ", ", "])
        return (", " if not space else r.choice([", ", ", ", " "])).join(parts[:-1]) + last + parts[-1]

    def items(self) -> str:
        """A list of things."""
        r = self._r
        source = r.choice(["item"] * 6 + ["person", "task", "folder", "textword"])
        parts = list(
            dict.fromkeys(self.of(source) if source != "item" or r.random() < 0.85 else f"{r.randint(2, 12)} {self.of('item')}" for _ in range(r.choice([2, 3, 3, 3, 4, 5])))
        )
        return self.joined(parts) if len(parts) > 1 else f"{parts[0]} and {self.of('item')}"

    def phrase(self) -> str:
        """What is acted on, said by its kind."""
        r = self._r
        kind = self.of("kind")
        single = re.sub(r"s$", "", kind)
        ways = [
            f"all {kind}", f"all the {kind}", f"all my {kind}", f"the {kind}", f"every {single}", f"all of the {kind}", f"my {kind}", f"{kind}", f"all {kind} in {self.folder()}",
            f"the {kind} in {self.folder()}", f"all the {kind} from {self.folder()}", "everything", f"everything in {self.folder()}", "all files", "all the files", f"everything in the {self.folder()} folder",
            f"all {kind} except {self.file()}", f"everything except {self.file()}", f"everything but {self.file()}", f"all files older than {r.randint(2, 90)} days", f"the {kind} from last week",
            f"{kind} older than a month", f"the {r.choice(_NUMBERS[:5])} {r.choice(['biggest', 'largest', 'newest', 'oldest'])} {r.choice([kind, 'files'])}", f"the {r.choice(['biggest', 'newest', 'oldest', 'largest', 'latest'])} {single}",
            f"files bigger than {r.choice([1, 5, 10, 50, 100])} MB", f"anything older than {r.choice(['a year', 'a week', '6 months'])}", f"*.{r.choice(_EXTENSIONS)}", f"all {kind} and {self.of('kind')}",
            f"files starting with {self.word()}", f"all files with {self.word()} in the name", f"files called {self.word()}", f"{kind} from this year", f"{kind} from yesterday",
        ]  # fmt: skip
        return r.choice(ways)

    # -- numbers and times ------------------------------------------------------------------------------------------

    def expression(self) -> str:
        """Arithmetic as it is typed and said."""
        r = self._r
        a, b, c = (self._amount() for _ in range(3))
        word = r.choice(_NUMBERS)
        ways = [
            f"{a} + {b}", f"{a}+{b}", f"{a} plus {b}", f"{a} * {b}", f"{a}*{b}", f"{a} times {b}", f"{a} x {b}", f"{a} / {b}", f"{a}/{b}", f"{a} divided by {b}", f"{a} - {b}", f"{a} minus {b}",
            f"{a}% of {b}", f"{a} percent of {b}", f"({a} + {b}) * {c}", f"({a}-{b})/{c}", f"{a}^2", f"{a} squared", f"the square root of {a}", f"sqrt({a})", f"half of {a}", f"a third of {a}", f"double {a}", f"{a} + {b} + {c}",
            f"{a} multiplied by {b}", f"{word} times {r.choice(_NUMBERS)}", f"{word} plus {r.choice(_NUMBERS)}", f"{word} percent of {r.choice(_NUMBERS)}", f"{a} to the power of {r.randint(2, 9)}", f"{a} mod {b}", f"add {a} and {b}",
            f"subtract {a} from {b}", f"multiply {a} by {b}", f"divide {a} by {b}", f"take {a} away from {b}", f"{a}% off {b}", f"a {r.choice([10, 15, 20])}% tip on {b}", f"{a} plus {b} minus {c}", f"{a} times {b} plus {c}",
            f"the sum of {a} and {b}", f"the product of {a} and {b}", f"the difference between {a} and {b}", f"{a} cubed", f"{a} over {b}", f"{a} lots of {b}", f"the average of {a}, {b} and {c}", f"the sum of {a}, {b} and {c}",
        ]  # fmt: skip
        return r.choice(ways)

    def _amount(self) -> str:
        r = self._r
        roll = r.random()
        return (
            str(r.randint(1, 99))
            if roll < 0.5
            else str(r.randint(100, 99999))
            if roll < 0.75
            else f"{r.uniform(0, 300):.{r.choice([1, 2])}f}"
            if roll < 0.93
            else f"{r.randint(1, 99):,}{r.choice(['', ',000'])}"
        )

    def measured(self) -> tuple[str, str]:
        """A value with its unit, and the unit wanted."""
        r = self._r
        source, target = r.choice(kinds()["unitpair"]).split("|")
        amount = r.choice([str(r.randint(1, 500)), f"{r.uniform(0, 50):.1f}", str(r.randint(2, 12)), r.choice(_NUMBERS), "half a", "a", "one"])
        if amount in ("a", "one", "half a"):
            source = re.sub(r"(?<=[a-z]{3})s$", "", source)
        joint = "" if amount[-1].isdigit() and len(source) < 4 and r.random() < 0.4 else " "
        return f"{amount}{joint}{source}", target

    def clock(self) -> str:
        """A time of day."""
        r = self._r
        hour = r.randint(1, 12)
        return r.choice(
            [f"{hour}{r.choice(['am', 'pm', ' am', ' pm'])}", f"{hour}", f"{r.randint(0, 23)}:{r.choice(['00', '15', '30', '45'])}", f"{hour}:{r.choice(['05', '20', '30', '45'])}{r.choice([' pm', 'pm', 'am'])}", f"half past {hour}", f"half {r.choice(_NUMBERS[:9])}",
             f"quarter to {hour}", f"{r.choice(_NUMBERS[:9])} o'clock", "noon", "midnight", f"{r.choice(_NUMBERS[:9])} thirty", f"{hour} in the {r.choice(['morning', 'evening'])}", f"{r.randint(6, 22):02d}h", f"ten past {hour}"]
        )  # fmt: skip

    def moment(self) -> str:
        """When, once."""
        r = self._r
        day = r.choice(_DAYS)
        day = day if r.random() < 0.7 else day.lower()
        count = r.choice([str(r.randint(2, 90)), r.choice(_NUMBERS[:14])])
        return r.choice(
            [f"at {self.clock()}", f"at {self.clock()}", f"tomorrow at {self.clock()}", "tomorrow", "tomorrow morning", "tonight", "this evening", f"in {count} minutes", f"in {count} mins", f"in {count} hours", "in an hour", "in half an hour",
             f"on {day}", f"on {day} at {self.clock()}", f"next {day}", f"on {r.randint(1, 28)} {r.choice(_MONTHS)}", f"on {r.choice(_MONTHS)} {r.randint(1, 28)}{r.choice(['', 'th'])}", f"in {count} days", f"{day} at {self.clock()}", "next week", "in a week",
             f"at {self.clock()} {r.choice(['today', 'tomorrow', f'on {day}'])}", f"{day} morning", f"by {day}", f"before {self.clock()}", "at lunchtime", "after work", f"for {self.clock()}", f"{r.randint(1, 28)}/{r.randint(1, 12)} at {self.clock()}", f"2026-0{r.randint(1, 9)}-{r.randint(10, 28)}"]
        )  # fmt: skip

    def recurrence(self) -> str:
        """When, again and again."""
        r = self._r
        day = r.choice(_DAYS)
        return r.choice(
            ["every day", "every morning", f"every day at {self.clock()}", f"every {day}", f"every {day} at {self.clock()}", f"every {day} and {r.choice(_DAYS)}", "every weekday", f"every weekday at {self.clock()}", "every hour", f"every {r.randint(2, 45)} minutes",
             f"daily at {self.clock()}", "weekly", f"on {day}s", f"each {day.lower()}", "once a week", "every evening", "on the first of every month", "every month", f"every two weeks on {day}", f"every {r.randint(2, 6)} hours between 9 and 17", f"each morning at {self.clock()}",
             f"{day}s at {self.clock()}", "every night", f"nightly at {self.clock()}", f"on weekdays at {self.clock()}", "twice a day", "on the last day of the month", "every Monday, Wednesday and Friday"]
        )  # fmt: skip

    # -- slots ------------------------------------------------------------------------------------------------------

    def like(self, intent: str, slot: str, old: str) -> str:
        """Something else that may stand where ``old`` stood."""
        r = self._r
        if slot in "noxti" or (slot == "n" and intent != "skill"):
            return self._name(intent, slot, old)
        if slot == "c":
            return self._content(intent, old)
        if slot == "l":
            return self.items() if re.search(r",| and |&", old) else old
        if slot in "fr" and intent == "edit":
            return (f'"{self.of("textword")}"' if old.startswith('"') or r.random() < 0.1 else self.of("textword")) if r.random() < 0.8 else self.word()
        if slot == "q" and intent in ("find", "notefind", "web", "recall", "forget", "unschedule"):
            return (
                (f'"{self.of("term")}"' if old.startswith('"') or r.random() < 0.07 else self.of("term"))
                if intent != "recall"
                else r.choice([self.of("term"), self.of("thing"), self.of("person"), old])
            )
        if slot == "k":
            return self.of("kind")
        if slot == "b":
            return r.choice(["type", "kind", "extension", "month", "year", "file type", "date"])
        if slot == "e" and intent == "calc":
            return self.expression()
        if slot == "w" and intent in ("remind", "schedule"):
            wanted = (
                self.recurrence()
                if re.search(r"\bevery|daily|each|nightly|weekly\b", old) or intent == "schedule"
                else old
                if "timer" in old or old.startswith("for ") or re.fullmatch(r"\d+ min\w*", old)
                else self.moment()
            )
            return wanted[:1].upper() + wanted[1:] if old[:1].isupper() else wanted
        by_slot = {"p": "place", "d": "device", "u": "site"}
        return self.of(by_slot[slot]) if slot in by_slot else old

    def _name(self, intent: str, slot: str, old: str) -> str:
        r = self._r
        bare = old.strip("\"'")
        if intent in ("app", "quit", "programs"):
            return re.sub(r"^the (?=\w+$)", "", self.of("app"))
        if intent == "skill":
            return self.of("skill")
        if slot == "o" and intent in ("find", "count", "list"):
            return self._kind_or_file(old)
        parts = re.split(r", and |,? and |, | & ", bare)
        if len(parts) > 1 and not _PHRASE.search(old):
            make = self.file if all(_FILE.match(part) for part in parts) else self.folder
            return self.joined(list(dict.fromkeys(make() for _ in range(r.choice([2, 2, 3, len(parts)])))))
        if slot == "o" and _PHRASE.search(old) and intent in ("move", "copy", "delete", "zip", "merge"):
            return self.phrase()
        if _FILE.match(old):
            return self.file(old)
        return old if _PHRASE.search(old) or slot == "x" or not re.fullmatch(r"[\w ~./'\"-]+", old) else self.folder()

    def _kind_or_file(self, old: str) -> str:
        r = self._r
        if _FILE.match(old) and "*" not in old:
            return self.file(old)
        if re.fullmatch(r"(?:the |all )?\w+s(?: files)?|\w+ files", old):
            return self.of("kind")
        return old if "*" in old or " " in old else r.choice([self.of("term"), self.word()])

    def _content(self, intent: str, old: str) -> str:
        r = self._r
        if intent in ("write", "append", "prepend", "clip") and len(old) < 60 and old not in ("today's date", "the current time") and "date" not in old:
            text = self.of(r.choice(["line", "line", "fact", "task"])) if r.random() < 0.9 else " ".join(r.choice(_words()) for _ in range(r.randint(1, 7)))
            return f'"{text}"' if old.startswith('"') or r.random() < 0.12 else f"'{text}'" if "'" not in text and r.random() < 0.06 else text
        if intent in ("note", "remember"):
            return self.of("fact") if r.random() < 0.8 else self.of("task")
        if intent == "remind" and r.random() < 0.5 and "birthday" not in old:
            return old
        return old


@cache
def _long_list() -> list[str]:
    """Fourteen thousand words."""
    return [word for word in (DATA / "words.txt").read_text(encoding="utf-8").splitlines() if not word.startswith("#")]


@cache
def _words() -> list[str]:
    """Common words, for names and contents."""
    text = (DATA / "everyday.txt").read_text(encoding="utf-8")
    more = "amber anchor apple arrow atlas autumn badger bamboo basil beacon birch blossom bridge bronze cabin canyon castle cedar cherry circle cloud clover cobalt comet copper coral cotton crystal daisy delta desert dragon eagle echo ember falcon feather fern field finch flame forest fountain garden ginger glacier granite harbor hazel heron hollow honey island ivory jasmine jungle juniper kettle ladder lagoon lantern lemon lily linen lotus maple marble meadow mirror mountain nectar nest ocean olive orchid otter oyster panther pebble pepper petal pine planet plum pond poppy quartz quiet rabbit raven river robin rocket saffron sage salmon sapphire shadow silver sparrow spring stone storm summer sunset thistle thunder tiger timber topaz tulip valley velvet violet walnut water willow winter wolf"
    return [word for word in text.split() if word.isalpha() and len(word) > 3] + more.split()
