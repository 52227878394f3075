"""Requests that ask only to be told something, told from those that ask for a change."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.turn.looking import asks_only_to_look

LOOKS = (
    "Summarise notes.md for me in one sentence", "Please read notes.md and tell me what it says", "What does a.txt say, and is old.txt there?", "How many files are here?", "Can you show me notes.md?",
    "Summarise notes.md and don't change anything", "what did Anna write in notes.md?", "Fasse notes.md in drei Sätzen zusammen", "Lies notes.md und fass es zusammen", "Was steht in notes.md?",
    "Résume notes.md en une phrase", "Que dit notes.md ?", "Resume notes.md en una frase", "¿Qué dice notes.md?", "Riassumi notes.md", "Vat notes.md samen", "Summarise every file in letters",
    "What do you make of notes.md?", "Could you check notes.md?", "Proofread notes.md", "Go through notes.md and tell me the budget", "notes.md?", "tl;dr notes.md", "Give me the gist of notes.md",
    "Help me understand notes.md", "I need the budget from notes.md", "Open notes.md", "Podsumuj notes.md", "请总结 notes.md", "notes.md を要約して", "Summarise notes.md. Thanks, and keep it short!",
    "Summarise notes.md in a table", "Make a summary of notes.md", "Write me a summary of notes.md here in the chat", "Verify the sums in notes.md", "Prepare me for the meeting in notes.md",
)  # fmt: skip
CHANGES = (
    "Read todo.md and do the first item", "Summarise a.txt and save it as b.txt", "Can you delete old.txt?", "Kannst du old.txt löschen?", "Lies a.txt vor und lösche b.txt", "Read notes.md. It says what to do: do it.",
    "tell me at 7 to brush my teeth", "list Downloads every hour", "how about a text file plan.txt with milk in it", "what I need is an empty folder", "where obs.txt says left it should say right",
    "name pic1.png dragon.png", "tidy this folder", "usuń old.txt", "Удали old.txt", "list.txt needs milk", "Montre a.txt et supprime b.txt", "Lee a.txt y borra b.txt", "show my notes each morning",
    "make a summary of notes.md in summary.md", "help me with notes.md", "yes", "ok, go on", "the second one too", "把 old.txt 删除", "old.txt を削除して", "Zeig mir a.txt und benenne es um",
)  # fmt: skip


@pytest.mark.parametrize("request_", LOOKS)
def test_it_asks_to_be_told(request_: str) -> None:
    assert asks_only_to_look(request_)


@pytest.mark.parametrize("request_", CHANGES)
def test_it_may_ask_for_a_change(request_: str) -> None:
    assert not asks_only_to_look(request_)


def test_no_order_among_known_requests_is_taken_for_a_question() -> None:
    rows = [json.loads(line) for line in (Path(__file__).parents[1] / "data/requests.jsonl").read_text(encoding="utf-8").splitlines()]
    changing = (
        "files.write",
        "files.move",
        "files.copy",
        "files.delete",
        "files.append",
        "files.edit",
        "files.make_folder",
        "files.archive",
        "files.extract",
        "notes.add",
        "tasks.add",
        "calendar.add",
        "contacts.add",
    )
    orders = [row["request"] for row in rows if any(str(one[0]).startswith(changing) for one in row.get("calls", ()))]
    assert len(orders) > 50 and [one for one in orders if asks_only_to_look(one)] == []
