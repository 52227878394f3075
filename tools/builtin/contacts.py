"""Contacts: vCard, one file in Deskhand's folder or any .vcf of the workspace. What is not understood of a card is kept as it is.

Source of the format: RFC 6350 (vCard 4.0); 3.0 is read alike.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from core.errors import ToolRetry
from core.ports import ToolContext, ToolResult
from tools import paths
from tools.background import in_thread
from tools.declare import Planned, tool
from tools.regular_files import read_regular
from tools.workbench import Workbench

FILE = Annotated[str, "a .vcf file; empty: Deskhand's own contacts"]
_SHOWN = {"FN": "name", "TEL": "phone", "EMAIL": "email", "ORG": "company", "BDAY": "birthday", "NOTE": "note", "ADR": "address", "TITLE": "title"}


@dataclass(slots=True)
class Card:
    """One contact: the lines as they are, and what of them is understood."""

    lines: list[str] = field(default_factory=list)

    def values(self, name: str) -> list[str]:
        """Every value of a property, such as ``TEL``."""
        found = []
        for line in self.lines:
            head, _, value = line.partition(":")
            if head.partition(";")[0].rpartition(".")[2].upper() == name:
                found.append(_plain(value.removeprefix("tel:").removeprefix("mailto:"), name in ("ORG", "ADR")))
        return found

    @property
    def name(self) -> str:
        return next(iter(self.values("FN")), "")

    def to_json(self) -> dict[str, object]:
        shown: dict[str, object] = {}
        for key, word in _SHOWN.items():
            if values := self.values(key):
                shown[word] = values if key in ("TEL", "EMAIL") else values[0]
        return shown


@tool("contacts.search", "reads", reads=("file",), aliases=("find_contact", "search_contacts", "list_contacts", "phone_number", "lookup_contact", "get_contact", "address_book"))
async def search(
    context: ToolContext, query: Annotated[str, "part of a name, number, address or company; empty: all"] = "", file: FILE = "", limit: Annotated[int, "contacts at most"] = 50
) -> ToolResult:
    """Contacts with their numbers, mail addresses, companies and birthdays."""
    words = query.lower().split()
    rows = [card.to_json() for card in await in_thread(_read, _where(file, context)) if all(word in " ".join(card.lines).lower() for word in words)]
    rows = sorted(rows, key=lambda row: str(row.get("name", "")).lower())[:limit]
    return ToolResult({"items": rows, "count": len(rows)}, "\n".join(_line(row) for row in rows) or (f"No contact matches {query!r}." if query else "There are no contacts yet."))


@tool("contacts.add", "reversible", writes=("file",), aliases=("add_contact", "new_contact", "create_contact", "save_contact", "save_number"))
def add(
    bench: Workbench,
    name: Annotated[str, "first and last name"],
    phone: Annotated[str, "number"] = "",
    email: Annotated[str, "address"] = "",
    company: Annotated[str, "where they work"] = "",
    birthday: Annotated[str, "2000-12-24"] = "",
    note: Annotated[str, "anything else"] = "",
    file: FILE = "",
) -> Planned:
    """Add a contact."""
    if not name.strip():
        raise ToolRetry("A contact needs a name.", hint="name is first and last name.")
    goal = _where(file, bench.context)
    given = (("FN", name), ("TEL", phone), ("EMAIL", email), ("ORG", company), ("BDAY", birthday), ("NOTE", note))
    card = Card(["VERSION:4.0", *(f"{key}:{_escaped(value.strip())}" for key, value in given if value.strip())])
    return _put(bench, goal, [*_read(goal), card], card.to_json(), f"Added to the contacts: {_line(card.to_json())[2:]}.", f"+ {_line(card.to_json())}")


@tool("contacts.remove", "reversible", writes=("file",), aliases=("delete_contact", "remove_contact"))
def remove(bench: Workbench, name: Annotated[str, "the whole name"], file: FILE = "") -> Planned:
    """Remove a contact."""
    goal = _where(file, bench.context)
    cards = _read(goal)
    found = [card for card in cards if card.name.lower() == name.strip().lower()]
    if len(found) != 1:
        raise ToolRetry(f"{len(found) or 'No'} contacts are called {name!r}.", code="not_found", hint="name is the whole name; contacts.search gives it.")
    return _put(
        bench, goal, [card for card in cards if card is not found[0]], {"removed": found[0].name}, f"Removed {found[0].name} from the contacts.", f"- {_line(found[0].to_json())}"
    )


def _where(file: str, context: ToolContext) -> Path:
    if not file:
        from core.home import Home

        return Home.default().root / "contacts.vcf"
    goal = paths.target_of(file, context.workspace)
    return goal if goal.suffix.lower() == ".vcf" else goal.with_name(goal.name + ".vcf")


def _read(file: Path) -> list[Card]:
    if not file.exists():
        return []
    text = re.sub(r"\r?\n[ \t]", "", read_regular(file).decode("utf-8", "replace"))  # long lines go on in the next
    cards: list[Card] = []
    for line in text.splitlines():
        if line.strip().upper() == "BEGIN:VCARD":
            cards.append(Card())
        elif line.strip().upper() != "END:VCARD" and line.strip() and cards:
            cards[-1].lines.append(line)
    return cards


def _put(bench: Workbench, goal: Path, cards: list[Card], value: object, text: str, preview: str) -> Planned:
    content = "".join("BEGIN:VCARD\r\n" + "".join(f"{_folded(line)}\r\n" for line in card.lines) + "END:VCARD\r\n" for card in cards)
    return Planned((*bench.changes.folders(goal.parent), bench.changes.put(goal, content.encode())), value, text, preview)


def _folded(line: str) -> str:
    """Lines of at most 75 letters, as the format wants them."""
    return "\r\n ".join(line[start : start + 74] for start in range(0, max(1, len(line)), 74))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace(",", "\\,").replace(";", "\\;")


def _plain(text: str, structured: bool) -> str:
    parts = re.split(r"(?<!\\);", text) if structured else [text]
    return ", ".join(filter(None, (re.sub(r"\\(.)", lambda match: "\n" if match[1] in "nN" else match[1], part) for part in parts)))


def _line(row: dict[str, object]) -> str:
    more = [", ".join(value) if isinstance(value, list) else str(value) for key, value in row.items() if key != "name"]
    return f"- {row.get('name', '')}: {', '.join(more)}" if more else f"- {row.get('name', '')}"
