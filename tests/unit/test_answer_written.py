"""Texts that are written into files: without what is not the text, and not at all where there is none; "undo" requests as they are read."""

from __future__ import annotations

import pytest

from core.turn.answer.placeholders import placeholders
from core.turn.answer.written import clean_arguments
from core.turn.undo import EVERYTHING, undo_count

LETTER = "Dear landlord,\n\nthe heating is broken.\n\nRegards\nAnna"
REQUEST = "Please write a short polite letter to the landlord about the broken heating from Anna and keep it as letter.md"


def cleaned(text: str, path: str = "letter.md", request: str = REQUEST) -> tuple[str, str]:
    args, problem = clean_arguments({"path": path, "text": text}, request)
    return args["text"], problem


@pytest.mark.parametrize(
    "text",
    [
        LETTER, f"<think>Polite.</think>\n{LETTER}", f"Polite.\n</think>\n{LETTER}", f"<thinking>hm</thinking>\n{LETTER}", f"<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>{LETTER}", f"{LETTER}<end_of_turn>",
        f"{LETTER}<|im_end|>\n<|im_start|>user\nmore", f"{LETTER}</s>", f"Sure! Here is the letter:\n\n{LETTER}", f"{LETTER}\n\nLet me know if you want any changes!", f"```\n{LETTER}\n```", f"Sure, here's the letter:\n```markdown\n{LETTER}\n```\nI hope this helps!",
        f"Natürlich! Hier ist der Brief:\n\n{LETTER}", f"¡Claro! Aquí tienes la carta:\n\n{LETTER}", LETTER.replace("\n", "\\n"), f"\ufeff{LETTER}",
    ],
)  # fmt: skip
def test_only_the_text_is_written(text: str) -> None:
    assert cleaned(text) == (LETTER, "")


@pytest.mark.parametrize(
    "text",
    [
        "<think>I should be polite.\nDear landlord", '<tool_call>{"name": "files_write"}</tool_call>', "I'm sorry, but I can't help with that.", "Es tut mir leid, dabei kann ich leider nicht helfen.", "... rest of the letter unchanged ...",
        "Dear landlord,\n\n... (rest unchanged)", "", "  \n \n",
    ],
)  # fmt: skip
def test_what_is_no_text_is_not_written(text: str) -> None:
    assert cleaned(text)[1]


@pytest.mark.parametrize(
    ("text", "path", "request_"),
    [
        ("if x:\n    print('a\\nb\\nc')\n", "a.py", "write a script"), ("<|im_start|>user\nhi<|im_end|>", "t.jinja", "write a chat template"), ("a\\nb", "x.txt", "put a\\nb into x.txt"), ("", "empty.txt", "create an empty file empty.txt"),
        ("Sorry that I cannot come to your party.", "letter.md", REQUEST), ("I am sorry, but I can't help with that.", "s.txt", 'write "I am sorry, but I can\'t help with that." into s.txt'), ("<s>old</s> new", "a.md", "note the change"), ("To be continued...", "story.md", "write a story"),
        ("Here is the report you asked for, Anna.\n\nBest\nBen", "m.txt", "write a mail to Anna"),
    ],
)  # fmt: skip
def test_what_belongs_to_the_text_stays(text: str, path: str, request_: str) -> None:
    assert cleaned(text, path, request_) == (text, "")


def test_texts_in_lists_are_cleaned_too() -> None:
    args, problem = clean_arguments({"files": [{"path": "a.txt", "text": "```\nhello\n```"}, {"path": "b.txt", "text": "x"}]}, "write two files")
    assert args["files"] == [{"path": "a.txt", "text": "hello"}, {"path": "b.txt", "text": "x"}] and not problem


def test_places_to_fill_in_are_found() -> None:
    assert placeholders("Dear [Landlord Name] of <Name>,\n(insert details here)") == ["[Landlord Name]", "<Name>", "(insert details here)"]
    assert placeholders("See (your letter of May) and <b>bold</b>.") != ["<b>"]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("undo that", 1), ("undo", 1), ("undo the last change please", 1), ("mach das rückgängig", 1), ("undo the last two changes", 2), ("undo the last 3 steps", 3), ("mach die letzten zwei Änderungen rückgängig", 2), ("annule les deux dernières modifications", 2),
        ("undo everything", EVERYTHING), ("please undo all of it", 1), ("undo all changes", EVERYTHING), ("mach alles rückgängig", EVERYTHING), ("deshaz todo", EVERYTHING), ("how do I undo a commit?", 0), ("undo the changes in a.txt", 0), ("what does undo mean", 0), ("delete everything", 0),
    ],
)  # fmt: skip
def test_requests_to_undo_are_read_by_code(text: str, count: int) -> None:
    assert undo_count(text) == count
