"""Forms beside files: a command to run, a note, arithmetic, the clock, this machine."""

from __future__ import annotations

import re
import shlex
import shutil

from models.starter.reader import Reader, full


def run_command(reader: Reader, text: str) -> bool:
    """``run git status``: the words after it are a command only if the first is a program here."""
    found = full(r"(?:run|execute)(?: the)?(?: shell| terminal)?(?: command)?:? (?P<command>\S.*)", text)
    if not found:
        return False
    try:
        argv = shlex.split(reader.plain(found["command"]))
    except ValueError:
        return False
    if not argv or not shutil.which(argv[0]) or re.search(r"[|;&<>]", reader.plain(found["command"])):
        return False
    return reader.add("shell.run", argv=argv)


def take_note(reader: Reader, text: str) -> bool:
    """``take a note that …``, ``note: …``."""
    found = full(
        r"(?:(?:take|make|add|write|leave) (?:me )?a (?:quick )?note(?: that|:| saying| to self:?)?|(?:quick )?note(?: to self)?(?::| that)|note down(?: that|:)?|jot down(?: that|:)?) (?P<text>\S.*)",
        text,
    )
    if not found or re.match(r"(?:in|to|into) ", found["text"], re.I):
        return False
    return reader.add("notes.add", text=reader.plain(found["text"]))


def arithmetic(reader: Reader, text: str) -> bool:
    """``what is 17.5% of 240``: only digits, operators and their words."""
    found = full(
        r"(?:(?:what(?:'s| is)|whats|how much is|calculate|compute|work out|evaluate)(?: the result of)? )?(?P<expression>(?=.*\d)(?=.*(?:[-+*/^%×÷x]|plus|minus|times|divided|over|percent|squared|root|power))(?:[\d.,()\s+*/^%×÷=-]|\b(?:plus|minus|times|multiplied|divided|by|over|percent|of|squared|cubed|the|square|root|to|power|x)\b)+)",
        text,
    )
    if not found or not re.search(r"\d", found["expression"]) or (re.fullmatch(r"[\d./-]+", found["expression"].strip()) and not re.search(r"what|calc|compute|how", text, re.I)):
        return False
    return reader.add("calc.evaluate", expression=found["expression"].strip())


def clock(reader: Reader, text: str) -> bool:
    """The time or date here."""
    asked = r"(?:what(?:'s| is) the (?:time|date)(?: today| now)?|what time is it(?: now)?|what(?:'s| is) today's date|what (?:day|date) is (?:it|today)(?: today)?|(?:tell me the )?(?:current )?(?:time|date))"
    return bool(full(asked, text)) and reader.add("time.now")
