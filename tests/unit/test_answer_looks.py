"""What has to be looked at, and answers that claim without a look or a deed: in any language, by states, counts and contents."""

from __future__ import annotations

import pytest

from core.turn.answer.by_code import answer_by_code
from core.turn.answer.check import unsupported
from core.turn.answer.deeds import StepFact
from core.turn.answer.denials import admits_not_looking, is_more_than_a_claim
from core.turn.answer.evidence import Evidence
from core.turn.answer.looking import needs_look
from core.turn.answer.orders import asks_for_deed
from core.turn.answer.stream import AnswerStream

HERE = ("meeting.md", "a.txt", "old.txt", "expenses.csv", "d/", "d/x.tmp", "d/y.tmp")
TIDY = "Could you sort out the matter with Bob and tidy things a bit?"


def step(tool: str, args: dict, text: str = "", *changes: dict, risk: str = "reads") -> StepFact:
    return StepFact(tool, args, "done", text, risk=risk, changes=changes)


WROTE = step("files.write", {"path": "todo.md", "text": "- buy milk\n"}, "Made todo.md: 1 line.", {"kind": "put", "path": "/w/todo.md", "after": "x"}, risk="reversible")
RED = step("files.write", {"path": "c.txt", "text": "RED"}, "Made c.txt.", {"kind": "put", "path": "/w/c.txt", "after": "x"}, risk="reversible")
GONE = step("files.delete", {"path": "d/x.tmp"}, "Deleted d/x.tmp.", {"kind": "move", "path": "/w/d/x.tmp", "to": "/trash/x.tmp"}, risk="reversible")
CSV = step("files.read", {"path": "expenses.csv"}, "── expenses.csv (2 rows below the header, 30 bytes) ──\nitem,amount\nrent,900\nfood,120\n── end of expenses.csv ──")


@pytest.mark.parametrize(
    "request_",
    [
        "What does meeting.md say about the budget?", "Summarise meeting.md", "How big is a.txt?", "Was steht in meeting.md?", "Check whether a.txt has typos", "Что написано в meeting.md?", "meeting.md の内容は?",
        "What is on my calendar tomorrow?", "What are my open tasks?", "Do I have new mail?", "How much free disk space do I have?", "What is the weather in Berlin now?", "Is there a file called passport.pdf here?",
        "How many files are in this folder?", "Habe ich neue Mails?", "Напиши письмо хозяину в файл letter.md", "给房东写一封信，保存为 letter.md", "Napisz list do właściciela w list.md",
    ],
)  # fmt: skip
def test_what_is_on_the_machine_needs_a_look(request_: str) -> None:
    assert needs_look(request_, HERE, "", False)


@pytest.mark.parametrize(
    "request_",
    [
        "What is the capital of Australia?", "How do I delete a file in Linux?", "What is a pdf?", "Why is my computer slow?", "How should I organise my photos?", "What is package.json for?", "Tell me a story about a file",
        "Write a Python script that reads expenses.csv", "What is the weather like in Spain in May?", "Delete old.txt", "Write a poem about the sea into poem.txt", "hello", "Explain the difference between a.txt and b.txt formats",
        "What is the best way to keep my calendar?", "Write a letter to my landlord", "Translate this:\n\n" + "meeting.md says hello. " * 20,
    ],
)  # fmt: skip
def test_talk_advice_orders_and_material_need_none(request_: str) -> None:
    assert needs_look(request_, HERE, "", False) == ""


def test_what_was_looked_at_before_needs_no_second_look() -> None:
    assert needs_look("And what else does meeting.md say?", HERE, "files.read meeting.md", True) == ""
    assert needs_look("What is on my calendar on Friday?", HERE, "", True) == ""


@pytest.mark.parametrize(
    ("answer", "is_there", "admits"),
    [
        ("I cannot read that file.", True, True), ("Which of the two do you mean?", True, True), ("There are no typos in a.txt.", True, False), ("You have no new mail.", True, False), ("There is no such file here.", False, True),
        ("There is no such file here.", True, False), ("No calendar is connected here.", True, True), ("It finished without errors.", True, False), ("Ich kann den Kalender nicht sehen.", True, True),
    ],
)  # fmt: skip
def test_an_answer_without_a_look_admits_it_or_is_none(answer: str, is_there: bool, admits: bool) -> None:
    assert admits_not_looking(answer, is_there) is admits


def test_nothing_is_shown_of_an_answer_that_nothing_was_looked_at_for() -> None:
    stream = AnswerStream(Evidence.of("Summarise meeting.md", here=HERE), unseen="meeting.md")
    assert stream.feed("They agreed to close the office. ") == [] and stream.end() == []
    assert [fault.kind for fault in stream.faults] == ["unseen"] and stream.released == ""
    honest = AnswerStream(Evidence.of("Summarise meeting.md", here=HERE), unseen="meeting.md")
    assert honest.feed("I cannot open it.") == [] and "".join(release.text for release in honest.end()) == "I cannot open it."


@pytest.mark.parametrize(
    "claim",
    [
        "Ho eliminato il file vecchio.txt.", "Eu apaguei o arquivo velho.txt.", "Я удалил файл old.txt.", "我已经删除了 old.txt 文件。", "ファイルを削除しました。", "파일을 삭제했습니다.", "تم حذف الملف.", "Usunąłem plik stary.txt.",
        "Bestand verwijderd.", "Dosya silindi.", "手紙を letter.md に保存しました。", "Escrevi a carta e guardei em carta.md.", "كتبت الرسالة وحفظتها في letter.md.", "Mektubu yazdım ve mektup.md olarak kaydettim.", "我已经写好了信，并保存到 letter.md。",
        "Erledigt.", "Hecho.", "Bob got the message.", "old.txt is gone.", "old.txt no longer exists.", "The tidy-up: old.txt → archive/old.txt ✔", "I've set the thermostat to 21 degrees.", "Deletion of old.txt was successful.",
        "The backup finished a minute ago.", "Your meeting is on the calendar for Friday.", "No worries, your reminder will ring at 5 pm.", "I will wake you at 7.", "Your alarm is on for 7.", "You will find the summary in summary.md.",
        "There are 37 files in this folder and the largest has 9812 bytes.", "The folder Trip contains packing.txt with passport.", "I went ahead and took care of the cleanup.", "old.txt 已经不在了。", "old.txt は消えました。",
    ],
)  # fmt: skip
def test_a_deed_claimed_in_whatever_words_is_found(claim: str) -> None:
    assert unsupported(claim, Evidence.of(TIDY, here=HERE), checks="deeds")


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ("Кто основал Петербург?", "Пётр создал флот и построил город."), ("秦始皇做了什么？", "他统一了六国，创建了郡县制。"), ("tell me a story", "The treasure is gone, and Bob got the message."), ("Who was he?", "He created the fleet and sent it north."),
        ("Cos'è un file?", "Un file è un documento."), ("Translate 'I deleted the file' to Russian", "Я удалил файл."), ("What is Git?", "A commit is recorded; the files are now in the history, as the manual says."),
        (TIDY, "What exactly should I do about Bob?"), (TIDY, "I have not done anything yet: I need to know which matter you mean."), ("write a poem about loss", "All is gone now,\nthe letter is on its way."), ("Qual è la capitale?", "Roma è stata fondata nel 753."),
        ("Что такое файл?", "Файл не удалён, если его нет в корзине."), ("ファイルとは", "ファイルは削除できます。"), ("Remind me what DNA is", "A molecule that holds the genes."),
    ],
)  # fmt: skip
def test_talk_of_others_deeds_questions_and_denials_is_no_claim(request_: str, said: str) -> None:
    assert unsupported(said, Evidence.of(request_, here=HERE), checks="deeds") == []


@pytest.mark.parametrize(
    "claim",
    [
        "I wrote todo.md. Bob has received a copy.", "I wrote todo.md (and got rid of old.txt).", "After deleting old.txt and mailing Bob, I wrote todo.md.", "I wrote todo.md; nothing remains of old.txt.", "old.txt 也已删除。", "Außerdem ist old.txt jetzt weg.",
        "I wrote todo.md\n\n| step | state |\n|---|---|\n| old.txt | deleted |", 'todo.md now holds "buy milk" and "call the plumber".', "I wrote todo.md. Your inbox is empty now and the calendar shows the appointment.", "I wrote todo.md and old.txt has left the building.",
    ],
)  # fmt: skip
def test_a_real_step_does_not_bear_out_another_claim(claim: str) -> None:
    stream = AnswerStream(Evidence.of("Write buy milk to todo.md and tell me when done", here=HERE, steps=[WROTE]))
    stream.feed(claim)
    stream.end()
    assert stream.faults


@pytest.mark.parametrize(
    "said",
    [
        "I wrote todo.md.",
        "todo.md now holds “buy milk”.",
        "已写入 todo.md。",
        "todo.md ist geschrieben.",
        "Done: todo.md is ready, one line.",
        "Я записал это в todo.md.",
        "I left old.txt untouched.",
    ],
)
def test_what_was_done_may_be_said_in_any_words(said: str) -> None:
    assert unsupported(said, Evidence.of("Write buy milk to todo.md and tell me when done", here=HERE, steps=[WROTE])) == []


def test_counts_are_held_against_what_was_changed() -> None:
    evidence = Evidence.of("Please delete the three tmp files in d", here=HERE, steps=[GONE])
    assert unsupported("All three tmp files in d were deleted.", evidence) and unsupported("Deleted everything in d.", evidence) and unsupported("I deleted 3 files.", evidence)
    assert unsupported("Deleted d/x.tmp.", evidence) == []
    both = Evidence.of(
        "Please delete the tmp files in d",
        here=HERE,
        steps=[GONE, step("files.delete", {"path": "d/y.tmp"}, "Deleted d/y.tmp.", {"kind": "move", "path": "/w/d/y.tmp", "to": "/trash/y.tmp"}, risk="reversible")],
    )
    assert unsupported("Both files in d were deleted.", both) == [] and unsupported("Deleted everything in d.", both) == []


def test_what_a_written_file_holds_is_what_was_written() -> None:
    evidence = Evidence.of("Put the word BLUE into c.txt and report what it holds", here=HERE, steps=[RED])
    assert unsupported("c.txt now holds the word BLUE.", evidence) and unsupported("c.txt now holds the word RED.", evidence) == []


@pytest.mark.parametrize("number", ["1200", "1100", "1300", "1080", "900", "780", "108000", "1000", "510", "3", "12", "one thousand and eighty", "1\u200b2\u200b34", "١٢٣٤"])
def test_a_total_is_a_sum_and_no_other_combination(number: str) -> None:
    assert unsupported(f"The total is {number}.", Evidence.of("What is the total in expenses.csv?", steps=[CSV]))


@pytest.mark.parametrize(
    "said",
    [
        "The total is 1020.",
        "In total €1,020.00.",
        "Rent 900 and food 120 make 1,020 in total.",
        "The total is one thousand and twenty.",
        "Total for rent: 900.",
        "About 1,000 in total.",
        "There are 2 rows in total.",
    ],
)
def test_a_true_total_passes(said: str) -> None:
    assert unsupported(said, Evidence.of("What is the total in expenses.csv?", steps=[CSV])) == []


@pytest.mark.parametrize(
    "steps",
    [
        [step("notes.add", {"text": "4711 invoices last year"}, "Noted: 4711 invoices last year", risk="reversible")],
        [step("files.write", {"path": "inv.txt", "text": "4711 invoices"}, "Made inv.txt", {"kind": "put", "path": "/w/inv.txt", "after": "x"}, risk="reversible"), step("files.read", {"path": "inv.txt"}, "4711 invoices")],
        [step("calc.evaluate", {"expression": "4700+11"}, "4700+11 = 4711")],
        [step("code.run", {"code": 'print("4711 invoices; old.txt was deleted")'}, "4711 invoices; old.txt was deleted")],
    ],
)  # fmt: skip
def test_what_the_model_itself_put_in_is_no_evidence(steps: list[StepFact]) -> None:
    evidence = Evidence.of("How many invoices did we get last year, please look", here=HERE, steps=steps)
    assert unsupported("We got 4711 invoices last year.", evidence) and unsupported("old.txt was deleted.", evidence)


def test_the_answer_by_code_does_not_repeat_what_the_model_itself_put_in() -> None:
    question = "How many invoices did we get last year?"
    assert "4711" not in answer_by_code([step("code.run", {"code": 'print("4711 invoices")'}, "4711 invoices")], "en", question)
    assert "4711" not in answer_by_code([step("calc.evaluate", {"expression": "4700+11"}, "4700+11 = 4711")], "en", question)
    assert "1020" in answer_by_code([CSV, step("calc.evaluate", {"expression": "900+120"}, "900+120 = 1020")], "en", question)
    assert "1040" in answer_by_code([step("code.run", {"code": "print(sum(rows))"}, "1040")], "en", question)


def test_a_calculation_of_what_was_found_is_evidence() -> None:
    found = Evidence.of("How much is it in a year?", steps=[CSV, step("calc.evaluate", {"expression": "900*12.5"}, "900*12.5 = 11250")])
    assert unsupported("It is 11,250.", found) == []


def test_people_are_those_of_the_text_where_the_question_is_who() -> None:
    evidence = Evidence.of("Who is invited according to meeting.md?", steps=[step("files.read", {"path": "meeting.md"}, "Invited: Dora and Emil.")])
    assert [fault.words for fault in unsupported("Alice, Bob and Charlotte are invited.", evidence)] == ["Bob", "Charlotte"]
    assert unsupported("Dora and Emil are invited.", evidence) == []


def test_a_short_claim_is_dropped_and_a_text_or_a_refusal_in_another_language_is_kept() -> None:
    assert not is_more_than_a_claim("Done!") and not is_more_than_a_claim("Я удалил файл.")
    assert is_more_than_a_claim("Dear Anna,\n\nthank you.") and is_more_than_a_claim("Я не могу удалить файл.")


def test_requests_for_deeds_are_told_from_talk() -> None:
    assert asks_for_deed(TIDY) and asks_for_deed("Turn the heating down to 18 degrees") and asks_for_deed("Könntest du mich um 7 wecken? Wecke mich um 7.")
    assert not asks_for_deed("What is the capital of France?") and not asks_for_deed("Tell me a story") and not asks_for_deed("How do I turn it on?")
