"""Texts without the words of the model around them, placeholders, and the answer by code."""

from __future__ import annotations

import pytest

from core.turn.answer.by_code import answer_by_code
from core.turn.answer.deeds import StepFact, deeds_of
from core.turn.answer.letters import strip_framing, strip_thinking
from core.turn.answer.placeholders import copied_examples, placeholders

LETTER = "Dear landlord, please mend the heating."


@pytest.mark.parametrize(
    "text",
    [
        "The person wants a polite letter. I should mention the heating.\n</think>\n\n" + LETTER,
        "<|channel|>analysis<|message|>Polite letter needed.<|end|><|start|>assistant<|channel|>final<|message|>" + LETTER,
        "<thought>Polite letter needed.</thought>\n" + LETTER,
        "[THINK]Polite letter needed.[/THINK]" + LETTER,
        "Sure! Here is the letter:\n\n```\n" + LETTER + "\n```\n\nLet me know if you need changes.",
        "Certainly!\n\n" + LETTER,
        "Of course. Here's a draft for you:\n\n" + LETTER + "\n\nWould you like me to make it more formal?",
        "**Here is the letter:**\n\n---\n\n" + LETTER + "\n\n---\n\nFeel free to adjust the tone.",
        "Natürlich! Hier ist der Brief:\n\n" + LETTER + "\n\nSag mir, ob ich etwas ändern soll.",
        "Voici la lettre :\n\n" + LETTER + "\n\nN'hésitez pas à me dire si vous voulez des changements.",
        "Claro, aquí tienes la carta:\n\n" + LETTER + "\n\nAvísame si quieres otra versión.",
        "```text\n" + LETTER + "\n```",
        "I've written the letter below:\n\n" + LETTER + "\n\n*Note: I have kept the date as a placeholder.*",
        "\n\n" + LETTER + "\n",
    ],
)
def test_only_the_letter_is_left(text: str) -> None:
    assert strip_framing(text) == LETTER


def test_thinking_in_the_middle_goes() -> None:
    assert strip_framing("\n\nDear landlord,\n<think>what else?</think>\nplease mend the heating.") == "Dear landlord,\nplease mend the heating."
    assert strip_framing("<think>never closed") == ""
    assert strip_thinking("<think>a</think>b") == "b"


@pytest.mark.parametrize(
    "text",
    [
        "Here is the report you asked for, Anna.\n\nSales rose.\n\nLet me know if you have any questions.\n\nBest\nTom",
        "Dear all,\n\nplease let me know if you need changes to the date.\n\nBest, Ann",
        "Hi Tom,\n\nthe plan is done.\n\nLet me know what you think.",
        "Sure, I can come.\n\nBest, Tom",
        "Here is a list of things:\n- a\n- b",
        "# Plan\n\n```python\nx = 1\n```\n\nRun it with python.",
        "Use `</think>` to end it.\n\nThat is all.",
        "Note: the shop is closed on Monday.",
        "Certainly\nnot a word too many.",
        "a\n\n---\n\nb",
        "```\na\n```\n\ntext\n\n```\nb\n```",
    ],
)
def test_what_belongs_to_the_text_stays(text: str) -> None:
    assert strip_framing(text) == text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Dear [Name],\n\nthank you.\n\nBest,\n[Your name]", ["[Name]", "[Your name]"]),
        ("Sehr geehrte/r [Name des Vermieters], am [Datum]", ["[Name des Vermieters]", "[Datum]"]),
        ("Meet on [insert date] at [time], [Landlord's Name]", ["[insert date]", "[time]", "[Landlord's Name]"]),
        ("TODO: fill in", ["TODO"]), ("It costs XXX euros", ["XXX"]), ("Hello {{name}}", ["{{name}}"]), ("<insert address>", ["<insert address>"]), ("<YOUR_NAME>", ["<YOUR_NAME>"]),
        ("Lorem ipsum dolor sit", ["Lorem ipsum dolor sit"]), ("[Votre nom], [tu nombre]", ["[Votre nom]", "[tu nombre]"]),
    ],
)  # fmt: skip
def test_placeholders_are_found(text: str, found: list[str]) -> None:
    assert placeholders(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "[Note] This is only a guess.", "Packing:\n- [ ] passport\n- [x] charger", "Paris is the capital [1].", "See [the guide](https://example.org/guide).", "In Python, a[0] and a[name] are items.",
        "The mean is $\\frac{a+b}{2}$.", "Use `p { color: red; }`", '{"name": ["date"], "a": {"b": {}}}', "# TODO\n- buy milk", "My TODO list is long", "```\n{{ name }} [Your name]\n```",
        "\\textbf{{x}}", "[2026-01-01] started", "[name]: https://example.org", '<div class="name">', "array = [date, name]", "He said [sic] so.", "MMXXX is a number",
    ],
)  # fmt: skip
def test_links_boxes_and_code_are_no_placeholders(text: str) -> None:
    assert placeholders(text) == []


def test_an_argument_left_as_its_example_is_named() -> None:
    schema = {"properties": {"path": {"type": "string", "examples": ["notes/today.txt"]}, "mode": {"type": "string", "enum": ["a"], "examples": ["a"]}}}
    assert copied_examples({"path": "notes/today.txt", "mode": "a"}, schema) == ["path"]
    assert copied_examples({"path": "...", "mode": "a"}, schema) == ["path"]
    assert copied_examples({"path": "real.txt"}, schema) == []


READ = StepFact(
    "files.read",
    {"path": "lease.txt"},
    "done",
    "── lease.txt (3 lines) ──\nFlat: Gerberstrasse 41\nNotice: 8 weeks to the end of a month.\nRent: 950 euros\n── end of lease.txt ──",
)
MOVE = StepFact(
    "files.move",
    {"source": "a.txt", "target": "archive"},
    "done",
    "Moved a.txt to archive.",
    risk="reversible",
    changes=({"kind": "move", "path": "/w/a.txt", "to": "/w/archive/a.txt"},),
)
LOST = StepFact("files.copy", {"source": "b.txt", "target": "c"}, "failed", risk="reversible", error="There is no file b.txt.")


def test_the_answer_by_code_tells_deeds_then_findings_then_what_failed() -> None:
    said = answer_by_code([READ, MOVE, LOST], "en", "How long is the notice? Move a.txt to archive.")
    assert said.index("Moved a.txt to archive.") < said.index("Notice: 8 weeks") < said.index("There is no file b.txt.")
    assert "lease.txt" in said and "──" not in said
    assert not any(word in said for word in ("files.", "step", "tool", "model"))


def test_the_answer_by_code_speaks_german() -> None:
    said = answer_by_code([MOVE, LOST], "de", "Verschiebe a.txt")
    assert said.startswith("Erledigt:\n- `a.txt` nach `archive` verschoben") and "Nicht erledigt:" in said
    assert answer_by_code([], "de") == "Ich habe nichts gefunden, was das beantwortet; geändert wurde nichts."


def test_long_findings_are_cut_to_what_bears_on_the_request() -> None:
    text = "\n".join(
        [f"Line {number} is about gardens and roses." for number in range(200)] + ["The deposit is 1,900 euros."] + [f"Row {number} is about fish." for number in range(200)]
    )
    said = answer_by_code([StepFact("files.read", {"path": "long.txt"}, "done", text)], "en", "What is the deposit?")
    assert "The deposit is 1,900 euros." in said and len(said) < 2000 and "not shown" in said


def test_a_step_that_was_done_later_is_not_called_undone() -> None:
    again = StepFact("files.copy", LOST.args, "done", "Copied b.txt to c.", risk="reversible", changes=({"kind": "put", "path": "/w/c/b.txt", "after": "x"},))
    assert "Not done" not in answer_by_code([LOST, again], "en", "copy")


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (MOVE, "moved"),
        (StepFact("files.delete", {"path": "a"}, "done", risk="reversible", changes=({"kind": "move", "path": "/a", "to": "/trash/a"},)), "deleted"),
        (StepFact("files.write", {"path": "a"}, "done", risk="reversible", changes=({"kind": "put", "path": "/a", "after": "x"},)), "created"),
        (StepFact("files.edit", {"path": "a"}, "done", risk="reversible", changes=({"kind": "put", "path": "/a", "before": "y", "after": "x"},)), "changed"),
        (StepFact("mail.send", {"to": ["a@b.c"]}, "done", risk="leaves"), "sent"),
        (StepFact("schedule.remind", {"when": "9"}, "done", risk="reversible", changes=({"kind": "schedule", "path": "r"},)), "scheduled"),
        (StepFact("memory.add", {"text": "x"}, "done", risk="reversible", changes=({"kind": "memory", "path": "m", "to": "x"},)), "remembered"),
        (StepFact("shell.run", {"command": "ls"}, "done", risk="irreversible"), "ran"),
        (StepFact("mail.search", {"query": "x"}, "done", risk="leaves"), "looked"),
        (StepFact("send_email", {"recipients": ["x"]}, "done", risk="external"), "sent"),
    ],
)
def test_kinds_of_deeds(step: StepFact, kind: str) -> None:
    assert kind in {deed.kind for deed in deeds_of(step)}
    assert deeds_of(StepFact(step.tool, step.args, "failed", risk=step.risk)) == ()


def test_a_search_of_mail_and_a_new_file_are_not_more_than_that() -> None:
    assert {deed.kind for deed in deeds_of(StepFact("mail.search", {"query": "x"}, "done", risk="leaves"))} == {"looked"}
    wrote = StepFact("files.write", {"path": "a"}, "done", risk="reversible", changes=({"kind": "put", "path": "/a", "after": "x"},))
    assert not {"deleted", "moved", "sent"} & {deed.kind for deed in deeds_of(wrote)}
