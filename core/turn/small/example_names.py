"""The name that a request gives as an example of those that are to be made: "e.g. 2026-09-04 Minutes.txt". It is no file that is there, nor one to be made."""

from __future__ import annotations

import re
from collections.abc import Iterable

_EXAMPLE = re.compile(
    r"(?:\be\.? ?g\.?|\b(?:for example|for instance|like|such as|zum Beispiel|wie|par exemple|comme|por ejemplo|como)|\bz\. ?B\.)[,:]? [\"'“„«]?(?P<name>[^\s,;:!?\"'“”„/][^,;:!?\"'“”„/\n]{0,60}?\.[a-z0-9]{2,4})\b",
    re.I,
)


def example_name(text: str) -> str:
    """The name in full, empty where there is none.

    >>> example_name("put the date first, e.g. 2026-09-04 Minutes.txt. Thank you"), example_name("rename them like Smith quote_014.txt")
    ('2026-09-04 Minutes.txt', 'Smith quote_014.txt')
    """
    found = _EXAMPLE.search(text)
    return found["name"] if found else ""


def without_example(text: str, names: Iterable[str]) -> str:
    """The text without the phrase that gives the example; as it is where it names one of the files that are there (``names``): "like in report.txt"."""
    example = example_name(text).casefold()
    return text if not example or any(example.endswith(name.rpartition("/")[2].casefold()) for name in names) else _EXAMPLE.sub(" ", text)
