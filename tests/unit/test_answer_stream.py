"""Text comes through as it is written, and waits only from the first token of a claim to the end of its sentence, row or line."""

from __future__ import annotations

import datetime
import random
import time

import pytest

from core.turn.answer.deeds import StepFact
from core.turn.answer.evidence import Evidence
from core.turn.answer.sentences import sentence_end
from core.turn.answer.stream import AnswerStream

READ = Evidence.of(
    "What does the lease say?",
    steps=[StepFact("files.read", {"path": "lease.txt"}, "done", "Rent: 950 euros. Deposit: 1900 euros. Signed 4 March 2026.")],
    today=datetime.date(2026, 3, 11),
)
TALK = Evidence.of("Tell me something")


def shown_after(evidence: Evidence, *deltas: str) -> str:
    stream = AnswerStream(evidence)
    return "".join(release.text for delta in deltas for release in stream.feed(delta))


@pytest.mark.parametrize("mode", ["all", "deeds"])
def test_plain_words_come_at_once(mode: str) -> None:
    stream = AnswerStream(READ if mode == "all" else TALK)
    assert "".join(release.text for release in stream.feed("The lease is quite short ")) == "The lease is quite short "


def test_the_first_word_does_not_wait_for_the_second() -> None:
    assert [shown_after(evidence, word) for evidence in (READ, TALK) for word in ("The", "Your", "Sure")] == ["The", "Your", "Sure"] * 2


def test_plain_words_are_shown_as_they_grow_and_figures_when_the_sentence_is_whole() -> None:
    assert shown_after(TALK, "Canberra is the capi") == "Canberra is the capi"
    assert shown_after(TALK, "Canberra has 470,000 inhab") == "Canberra has "
    assert shown_after(TALK, "Canberra has 470,000 inhabitants. And") == "Canberra has 470,000 inhabitants. And"
    assert shown_after(Evidence.of("write a poem"), "Seven stars in the ni") == "Seven stars in the ni"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("The rent is 950 euros", "The rent is "), ("Signed on 4 Mar", "Signed on "), ("See `lease.t", "See "), ("The file lease.txt says", "The file "), ("It was March when", "It was "),
        ("It costs **€9", "It costs "), ("There are three items", "There are "), ("1. The rent", "1. The "), ("See [1] for more ", "See [1] for more "), ("It is on Tuesday the", "It is on "),
    ],
)  # fmt: skip
def test_a_fact_waits_from_its_first_token(text: str, shown: str) -> None:
    assert shown_after(READ, *text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("I moved the fi", ""), ("I have now succ", ""), ("Well, I", "Well, "), ("I think tha", "I think "), ("I have no idea ", "I have no idea "), ("You moved the file ", "You moved the file "),
        ("Ich habe die Datei ", ""), ("The file has been dele", "The file has been "), ("Draft deleted", "Draft "), ("I'll remind you", ""), ("I'll be there ", "I'll be there "),
        ("J'ai suppr", ""), ("In Python, a[0] is ", "In Python, "),
    ],
)  # fmt: skip
def test_a_deed_waits_and_what_only_might_be_one_waits_no_longer_than_needed(text: str, shown: str) -> None:
    assert shown_after(TALK, *text) == shown


HERE = Evidence.of("Please help me with this task.", here=["report-2025.txt", "expenses.csv"])
PRIVATE = Evidence.of("Who works here?", steps=[StepFact("files.read", {"path": "staff.txt"}, "done", "Anna works here.")])


@pytest.mark.parametrize("evidence", [HERE, TALK, READ, PRIVATE])
@pytest.mark.parametrize(
    "claim",
    [
        "Done! report-2025.txt is gone now, and the mail to Ana went out.", "According to expenses.csv you spent 3117.55 on rent in 2026.", "There are 12 files in this folder.", "I got rid of report-2025.txt.",
        "The old report is gone now, I mean report-2025.txt.", "Your reminder is set for report-2025.txt.", "Bob got the message about report-2025.txt.", "Ho cancellato il file report-2025.txt.",
        "Ik heb report-2025.txt verwijderd.", "Я удалил report-2025.txt.", "好的，已删除 report-2025.txt。", "I dеleted report-2025.txt.", "Ich habe report-2025.txt gelöscht und die Mail verschickt.",
        "There are twenty-two meetings in your calendar.", "It seems that Mallory works here.", "After deleting the old one, I wrote report-2025.txt anew.", "Everything has been backed up, also report-2025.txt.",
    ],
)  # fmt: skip
def test_what_the_end_refuses_was_never_shown(claim: str, evidence: Evidence) -> None:
    whole = AnswerStream(evidence)
    whole.feed(claim)
    whole.end()
    growing = AnswerStream(evidence)
    for letter in claim:
        growing.feed(letter)
    growing.end()
    assert growing.faults == whole.faults
    assert all(fault.words not in growing.released for fault in growing.faults)


def test_the_refused_claims_of_the_test_above_are_refused() -> None:
    assert not shown_after(HERE, *"Done! report-2025.txt is gone now, and the mail to Ana went out. ")
    assert shown_after(HERE, *"According to expenses.csv you spent 3117.55 on rent in 2026. ") == "According to "
    assert shown_after(TALK, *"There are 12 files in this folder. ") == "There are "
    assert shown_after(HERE, *"Ho cancellato il file report-2025.txt. ") == "Ho "


def test_done_alone_waits_for_what_is_said_next() -> None:
    assert shown_after(HERE, *"Done! The ") == ""
    assert shown_after(HERE, *"Done! The sea is deep and wide. And") == "Done! The sea is deep and wide. And"
    stream = AnswerStream(HERE)
    stream.feed("Done!")
    assert [release.text for release in stream.end()] == ["Done!"]


def test_a_text_without_spaces_streams_and_its_claims_wait() -> None:
    assert shown_after(TALK, *"大海很深，很蓝，也很美丽") == "大海很深，很蓝，也"
    assert shown_after(HERE, *"好的，已删除 report-2025.txt") == "好的"


def test_a_supported_sentence_is_released_when_it_is_whole() -> None:
    stream = AnswerStream(READ)
    assert [release.text for release in stream.feed("The rent is 950 euros")] == ["The rent is "]
    (release,) = [*stream.feed("."), *stream.feed(" ")]
    assert (release.text, release.is_checked) == ("950 euros. ", True)
    assert (stream.held, stream.faults) == ("", [])


def test_an_unsupported_sentence_and_all_after_it_is_kept_back() -> None:
    stream = AnswerStream(READ)
    for letter in "The rent is 950 euros. The deposit is 2400 euros. Have a nice day!":
        stream.feed(letter)
    assert stream.end() == []
    assert stream.released == "The rent is 950 euros. The deposit is "
    assert stream.held == "2400 euros. Have a nice day!"
    assert [fault.words for fault in stream.faults] == ["2400"] and stream.is_stopped


def test_rows_and_items_are_checked_by_line() -> None:
    stream = AnswerStream(READ)
    stream.feed("| a | b |\n|---|---|\n| Rent | 950 |")
    assert stream.held == "950 |"
    stream.feed("\n| Deposit | 1900 |\n- Rent: 950. More")
    assert stream.held == "950. More"
    stream.feed(" text here\n")
    assert stream.held == ""


def test_code_is_no_claim_and_comes_by_line() -> None:
    stream = AnswerStream(READ)
    stream.feed("Try:\n```py")
    assert stream.held == "```py"
    stream.feed("thon\nx = 4711\ny")
    assert stream.held == "y"
    stream.feed(" = 4712\n```\nThat is 63")
    assert stream.held == "63"
    stream.end()
    assert [fault.words for fault in stream.faults] == ["63"]


def test_all_of_it_passes_where_nothing_is_checked() -> None:
    stream = AnswerStream(READ, "none")
    assert [release.text for release in stream.feed("I deleted 4711 files. Re")] == ["I deleted 4711 files. Re"]


def test_released_and_held_are_the_text_however_it_is_cut() -> None:
    dice = random.Random(7)
    text = "Hi!\n\n# 1. Rent\nThe rent is **950** euros (lease.txt), e.g. 1,900 for two months. I think so.\n\n```\nx = 1\n```\n| a | 950 |\n- z. B. am 4. März: ok\n\nI moved it to b.txt. Bye"
    ends = set()
    for _ in range(60):
        stream, place, seen = AnswerStream(READ), 0, ""
        while place < len(text):
            size = dice.randint(1, 12)
            seen += "".join(release.text for release in stream.feed(text[place : place + size]))
            place += size
            assert seen == stream.released and stream.released + stream.held == text[:place]
        seen += "".join(release.text for release in stream.end())
        assert seen == stream.released and stream.released + stream.held == text
        ends.add((stream.released, tuple(fault.words for fault in stream.faults)))
    assert len(ends) == 1


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("A bee. C", 7),
        ("A bee.", None),
        ("z. B. so. D", 10),
        ("am 4. März. E", 12),
        ("am 4. M", None),
        ("Total 45. Next x", 10),
        ("e.g. this one! F", 15),
        ("1.5 xy. G", 8),
        ("a\nb", 2),
        ("- one. two", None),
    ],
)
def test_where_a_sentence_ends(text: str, end: int | None) -> None:
    assert sentence_end(text, 0) == end


def test_a_delta_costs_less_than_a_millisecond() -> None:
    lines = "\n".join(f"2026-01-{day % 28 + 1:02},Shop {day},{day * 3.17:.2f}" for day in range(1500))
    evidence = Evidence.of("Sum?", steps=[StepFact("files.read", {"path": "a.csv"}, "done", lines)])
    text = "The shop is good, and I think that you like it quite a lot, as it is near. " * 40 + "It has 1500 rows. " * 20
    stream = AnswerStream(evidence)
    deltas = [text[place : place + 4] for place in range(0, len(text), 4)]
    began = time.perf_counter()
    for delta in deltas:
        stream.feed(delta)
    assert (time.perf_counter() - began) / len(deltas) < 0.002  # 0.0002 on a quiet machine


@pytest.mark.parametrize("part", ["word ", "z. b ", "....", "I have now ", "wordword", "(((", "| a ", "*"])
def test_a_text_without_ends_is_taken_in_parts(part: str) -> None:
    stream, text = AnswerStream(Evidence.of("tell me a long story")), (part * 40_000)[:40_000]
    began = time.process_time()
    shown = "".join(release.text for start in range(0, len(text), 40) for release in stream.feed(text[start : start + 40]))
    shown += "".join(release.text for release in stream.end())
    assert shown == text and time.process_time() - began < 8  # it took minutes


@pytest.mark.parametrize("letters", range(1960, 2010, 7))
def test_a_claim_across_two_parts_is_found(letters: int) -> None:
    stream = AnswerStream(Evidence.of("tell me a long story"))
    stream.feed("word " * (letters // 5) + "and so I have carefully and safely deleted the file notes.txt for you " + "word " * 500)
    stream.end()
    assert [fault.kind for fault in stream.faults] == ["deed"]
