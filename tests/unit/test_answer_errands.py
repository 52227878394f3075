"""Claims by what is so after a deed ("your reminder is set", "it is in todo.md", "the sum is twelve") that no step, no file and no calculation bears out."""

from __future__ import annotations

import datetime

import pytest

from core.turn.answer.check import unsupported
from core.turn.answer.deeds import StepFact
from core.turn.answer.evidence import Evidence
from core.turn.answer.looking import needs_look
from core.turn.answer.sums import asked_sum

TODAY = datetime.date(2026, 11, 30)
MEETING = StepFact("files.read", {"path": "meeting.md"}, "done", "Ana sends the budget by Friday. The hall is booked for 18 December.")
WROTE = StepFact("files.write", {"path": "todo.md"}, "done", "Made todo.md.", risk="reversible", changes=({"kind": "put", "path": "/w/todo.md", "after": "x"},))
DELETED = StepFact(
    "files.delete", {"path": "todo.md"}, "done", "Deleted todo.md.", risk="reversible", changes=({"kind": "move", "path": "/w/todo.md", "to": "/trash/todo.md", "before": "x"},)
)
REMIND = StepFact(
    "schedule.remind", {"when": "tomorrow 9:00"}, "done", "Reminder set for 1 December 2026, 09:00.", risk="reversible", changes=({"kind": "schedule", "path": "r1"},)
)


def deeds(sentence: str, request: str, *steps: StepFact) -> list[str]:
    evidence = Evidence.of(request, steps=steps, today=TODAY, here=["meeting.md", "shopping.txt"])
    return [fault.words for fault in unsupported(sentence, evidence, "", "all" if steps else "deeds") if fault.kind == "deed"]


@pytest.mark.parametrize(
    "sentence",
    [
        "Your reminder is set for tomorrow at 9 and the alarm will ring.", "I've booked the table for Friday.", "I reserved a table for you.", "It's saved.", "The mail is sent.",
        "Your appointment is booked for Friday.", "I told Ana.", "I've let Ana know.", "I ordered the chair.", "You'll get a reminder tomorrow.", "Your flight is booked.",
        "Everything you asked for is taken care of.", "I unsubscribed you from the newsletter.", "Your photos are uploaded.", "Du wirst morgen um 9 erinnert.",
        "Ich habe einen Tisch reserviert.", "Ich habe Ana Bescheid gegeben.", "Ich habe die Rechnung bezahlt.", "Alles, worum du gebeten hast, ist erledigt.",
    ],
)  # fmt: skip
def test_an_errand_that_no_step_did_is_no_answer_even_where_none_was_ordered(sentence: str) -> None:
    assert deeds(sentence, "How are you today?")


@pytest.mark.parametrize(
    "sentence",
    [
        "The mail went out.",
        "Die Mail ist raus.",
        "Der Tisch ist gebucht.",
        "A reminder was created for tomorrow.",
        "The table is reserved.",
        "The invoice is paid.",
        "The payment went through.",
    ],
)
def test_where_a_deed_was_ordered_a_result_of_one_is_a_claim(sentence: str) -> None:
    assert deeds(sentence, "Remind me tomorrow at 9 to call Ana, book a table and mail her the budget.")


@pytest.mark.parametrize(
    "sentence",
    [
        "Git keeps a copy: it is stored in the folder .git.", "A table is reserved by calling the restaurant.", "Mail is sent by SMTP, and you can see it in the log.",
        "You can see that Pluto is no longer a planet.", "Your body is made of cells.", "Books are printed on paper.", "The rent is paid at the start of a month.",
        "I told you a joke already.", "Die Sonne ist eine Kugel aus Gas, die von Gravitation gehalten wird.", "Rows are ordered by date.",
    ],
)  # fmt: skip
def test_how_things_are_is_no_claim(sentence: str) -> None:
    assert not deeds(sentence, "How does it work?")


def test_what_was_read_and_what_was_done_may_be_said() -> None:
    assert not deeds("The hall is booked for 18 December.", "What does meeting.md say?", MEETING)
    assert not deeds("Your reminder is set for tomorrow at 9.", "Remind me tomorrow at 9 to call Ana", REMIND)


def missing(sentence: str, request: str, *steps: StepFact) -> list[str]:
    evidence = Evidence.of(request, steps=steps, today=TODAY, here=["meeting.md", "shopping.txt"])
    return [fault.words for fault in unsupported(sentence, evidence) if fault.kind == "name"]


LIST = "Make a to-do list of meeting.md in todo.md"


@pytest.mark.parametrize(
    "sentence", ["The to-do list is in todo.md.", "You'll find it in `todo.md`.", "todo.md holds the list.", "Die Liste steht in todo.md.", "Du findest sie in todo.md."]
)
def test_a_file_that_is_gone_or_was_never_made_holds_nothing(sentence: str) -> None:
    assert missing(sentence, LIST, WROTE, DELETED) == ["todo.md"]
    assert missing(sentence, LIST, MEETING) == ["todo.md"]
    assert not missing(sentence, LIST, MEETING, WROTE)
    assert not missing(sentence, LIST, WROTE, DELETED, WROTE)


@pytest.mark.parametrize(
    "sentence",
    ["I deleted todo.md.", "The list is no longer in todo.md.", "todo.md was in the way and is gone.", "Shall it stand in todo.md?", "- todo.md", "The list is in shopping.txt."],
)
def test_what_tells_of_its_going_is_no_claim(sentence: str) -> None:
    assert not missing(sentence, LIST, WROTE, DELETED)


@pytest.mark.parametrize(
    ("request_", "right", "wrong"),
    [
        ("What is the sum of 3, 4 and 6?", "The sum is thirteen.", "The sum is twelve."), ("Wie viel ist sieben mal acht?", "Sieben mal acht ist 56.", "Das ergibt vierundfünfzig."),
        ("What is 17 plus 25?", "17 plus 25 is forty-two.", "It makes forty-four."), ("add 3 and 4", "Seven.", "Twelve."), ("12 * 12", "144", "The result is 142."),
    ],
)  # fmt: skip
def test_a_sum_that_the_request_gives_is_worked_out(request_: str, right: str, wrong: str) -> None:
    evidence = Evidence.of(request_, today=TODAY)
    assert not unsupported(right, evidence, "", "deeds")
    assert [fault.kind for fault in unsupported(wrong, evidence, "", "deeds")] == ["number"]


def test_a_step_on_the_way_and_another_base_are_right() -> None:
    evidence = Evidence.of("What is 3 + 4 + 6?")
    assert not unsupported("First, 3 + 4 is 7.", evidence, "", "deeds")
    assert not unsupported("In binary it is 1101.", evidence, "", "deeds")


@pytest.mark.parametrize("request_", ["Call 0171 - 333 444", "Meet me on 2026-11-30 at 10:00", "Rename 1 to 2", "What happened in 1914 - 1918?", "20 % of 50 plus 3"])
def test_dates_and_telephone_numbers_are_no_sums(request_: str) -> None:
    asked = asked_sum(request_)
    assert asked is None or request_.startswith("What happened")


def test_a_sum_in_words_is_held_against_results() -> None:
    table = StepFact("files.read", {"path": "a.csv"}, "done", "item,amount\npen,3\nbook,4\nbag,6\n")
    evidence = Evidence.of("How much is it altogether according to a.csv?", steps=[table])
    assert [fault.kind for fault in unsupported("The sum is twelve.", evidence)] == ["number"]
    assert [fault.kind for fault in unsupported("Altogether it is twelve euros.", evidence)] == ["number"]
    assert not unsupported("The sum is thirteen.", evidence)


def test_what_a_person_spent_is_looked_up() -> None:
    here = ["expenses.csv", "meeting.md"]
    assert needs_look("How much did I spend on rent?", here, "", False)
    assert needs_look("Wie viel habe ich für Miete ausgegeben?", here, "", False)
    assert not needs_look("I spent 30 on food and 40 on rent. How much did I spend?", here, "", False)
    assert not needs_look("How much did I spend on rent?", here, "rent was 920", False)
