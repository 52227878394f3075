"""``docs/contract.md``, read: its commands, options, shapes, exit codes, paths and event types as data."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "contract.md"
_BAR = "\\|"


@dataclass(frozen=True, slots=True)
class Command:
    """One command of the table: its words (``("run", "list")``), the options that the page names for it, and the choices of those that have some."""

    words: tuple[str, ...]
    options: tuple[str, ...] = ()
    choices: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return " ".join(self.words)


@dataclass(frozen=True, slots=True)
class Page:
    """The whole page. ``keys`` are those of ``COMMAND --json`` by command; shapes are JSON as the page writes it."""

    text: str
    commands: tuple[Command, ...]
    keys: dict[str, tuple[str, ...]]
    exit_codes: dict[int, str]
    paths: tuple[tuple[str, str], ...]
    event_types: tuple[str, ...]
    event_keys: tuple[str, ...]

    def shape(self, begins: str) -> str:
        """The span of code that begins so."""
        return next(span for span in re.findall(r"`([^`]+)`", self.text) if span.startswith(begins))


def read_page(path: Path = PAGE) -> Page:
    """The page as data. Raises :class:`AssertionError` where a part of it cannot be found."""
    text = path.read_text(encoding="utf-8")
    rows = [_cells(line) for line in text.splitlines() if line.startswith("| `deskhand")]
    commands = [command for cells in rows for command in _commands(*cells)]
    codes = re.search(r"Exit codes: (.+?)\.", text)
    events = re.search(r"Types are past tense: (.+?)\.\n", text, re.S)
    event = re.search(r"`GET /api/events` \(WebSocket\): `\{(.+?)\}`", text)
    assert commands and codes and events and event, "the page has another form"
    return Page(
        text, tuple(commands), {name: keys for cells in rows for name, keys in _keys(*cells)}, {int(number): words for number, words in re.findall(r"(\d+) ([^·]+?)(?: ·|$)", codes[1])},
        tuple(_paths(text)), tuple(re.findall(r"`(\w+)`", events[1])), tuple(re.findall(r'"(\w+)"', event[1])),
    )  # fmt: skip


def _cells(line: str) -> tuple[str, str]:
    first, second = re.split(r"(?<!\\)\|", line)[1:3]
    return first.strip(), second.strip()


def _spans(cell: str) -> list[str]:
    return [span.removeprefix("deskhand").strip() for span in re.findall(r"`([^`]+)`", cell)]


def _commands(first: str, second: str) -> list[Command]:
    """``run list\\|show`` is two commands of one group; options of the second cell are those of the only command of the row."""
    found = [Command(words, _options(use), _choices(use)) for span in _spans(first) for words, use in _uses(span)]
    if len(found) == 1:
        found = [Command(found[0].words, (*found[0].options, *_options(second)), _choices(second))]
    merged: dict[tuple[str, ...], Command] = {}
    for one in found:  # `mcp add` stands there twice, once for each way
        before = merged.get(one.words)
        merged[one.words] = Command(one.words, (*before.options, *one.options), before.choices | one.choices) if before else one
    return list(merged.values())


def _uses(span: str) -> list[tuple[tuple[str, ...], str]]:
    alternatives = [part.strip() for part in span.split(_BAR)]
    if len(alternatives) == 1:
        words = span.split()
        grouped = len(words) > 1 and words[1].islower() and words[1].isalpha()
        return [(tuple(words[: 2 if grouped else 1]), span)]
    group, _, alternatives[0] = alternatives[0].partition(" ")
    return [((group, use.split()[0]), use) for use in alternatives if re.match(r"[a-z]", use)]


def _options(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"--[a-z][a-z-]+", text))


def _choices(text: str) -> dict[str, tuple[str, ...]]:
    return {option: tuple(words.split(_BAR)) for option, words in re.findall(r"(--[a-z-]+) ([a-z]+(?:\\\|[a-z]+)+)", text)}


def _keys(first: str, second: str) -> list[tuple[str, tuple[str, ...]]]:
    """``each row of `list --json` has `name`, `category` …``, ``status --json` has …``, each with the group of its row."""
    spans = _spans(first)
    group = spans[0].split()[0] if spans[0] and _BAR in spans[0] else spans[0].split()[0] if "device" in spans[0] else ""
    found = []
    for command, listed in re.findall(r"`(\w+) --json` has ((?:`\w+`(?:, )?)+)", second):
        found.append((f"{group} {command}".strip(), tuple(re.findall(r"`(\w+)`", listed))))
    return found


def _paths(text: str) -> list[tuple[str, str]]:
    """Method and path of everything under ``/v1`` and ``/api``; resources stand without a method, which is GET."""
    found = []
    for method, path in re.findall(r"`(?:(GET|POST) )?(/(?:v1|api)/[^`?]+)`", text):
        head, _, last = path.rpartition("/")
        found += [(method or "GET", f"{head}/{name}") for name in last.split("|")]
    return found


def keys_of(shape: str) -> tuple[str, ...]:
    """The keys of an object at its own level, in the order of the page."""
    found, depth = [], 0
    for match in re.finditer(r'[{\[]|[}\]]|"([^"]*)"(?=\s*[:,}\]])', shape):
        if match[0] in "{[":
            depth += 1
        elif match[0] in "}]":
            depth -= 1
        elif depth == 1 and not shape[: match.start()].rstrip().endswith(":"):
            found.append(match[1])
    return tuple(found)


def inner(shape: str, key: str) -> str:
    """The object that stands under a key, or in the list under it."""
    begin = shape.index("{", shape.index(f'"{key}"'))
    depth = 0
    for at in range(begin, len(shape)):
        depth += {"{": 1, "}": -1}.get(shape[at], 0)
        if not depth:
            return shape[begin : at + 1]
    raise AssertionError(f"{key} is not closed")
