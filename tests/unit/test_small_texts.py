"""What code reads out of texts: what has changed, the dates, the language."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.turn.small.comparing import differences
from core.turn.small.dates_inside import dates_in, heading_date, order_of
from core.turn.small.languages import language_of, languages_asked

OLD = "House rules\n\n1. Rent is 500 euros.\n2. Pets are allowed.\n3. Quiet after ten."
LINES = st.lists(st.text("abcdefghij KLM", min_size=5, max_size=40).map(lambda line: "Z" + line.strip()), max_size=10, unique=True)


def test_a_line_that_changed_is_told_with_what_it_was() -> None:
    assert differences(OLD, OLD.replace("500", "550")) == [("1. Rent is 500 euros.", "1. Rent is 550 euros.")]


def test_what_is_new_and_what_is_gone_stands_alone() -> None:
    new = "House rules\n\n1. Rent is 500 euros.\n2. Quiet after ten.\n3. Bicycles belong in the shed."
    assert differences(OLD, new) == [("2. Pets are allowed.", ""), ("", "3. Bicycles belong in the shed.")], "another number is no difference"


@pytest.mark.parametrize("other", [OLD, OLD.replace("\n\n", "\n"), OLD.replace("Rent is", "Rent  is"), OLD.upper(), OLD.replace("\n", "\r\n")])
def test_blanks_case_and_ends_of_lines_are_no_difference(other: str) -> None:
    assert differences(OLD, other) == []


def test_a_line_that_was_broken_to_fit_the_page_is_one() -> None:
    whole = "The tenant shall give notice in writing three months before the end of the quarter."
    assert differences(whole, whole.replace(" end of", "\nend of")) == []


@given(LINES, LINES)
def test_differences_are_lines_of_the_texts_and_none_between_the_same(old: list[str], new: list[str]) -> None:
    assert differences("\n".join(old), "\n".join(old)) == []
    found = differences("\n".join(old), "\n".join(new))
    assert all(before or after for before, after in found)
    assert {before for before, _ in found} - {""} <= set(old) and {after for _, after in found} - {""} <= set(new)
    assert [before for before, _ in differences("\n".join(old), "")] == old


# -- dates -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Berlin, 3 May 2023",
        "May 3, 2023",
        "May 3rd 2023",
        "3.5.23",
        "03.05.2023",
        "3/5/2023",
        "on 2023-05-03.",
        "am 3. Mai 2023",
        "le 3 mai 2023",
        "3 de mayo de 2023",
        "the 3rd of May, 2023",
    ],
)
def test_a_date_is_read_as_people_write_it(text: str) -> None:
    assert [found.day for found in dates_in(text)] == [datetime.date(2023, 5, 3)]


@pytest.mark.parametrize("text", ["", "2023-13-45", "31.02.2024", "version 1.2.3", "May 2024", "I may 3 times", "call 030 12.34.56", "page 12 of 30", "on 4th July"])
def test_what_is_no_date_is_none(text: str) -> None:
    assert dates_in(text) == []


def test_a_date_without_a_year_has_the_one_that_the_text_names() -> None:
    text = "Minutes of 1 February 2024\nNext meeting on 4th of March\n"
    assert [(found.day.isoformat(), found.around) for found in dates_in(text)] == [("2024-02-01", "Minutes of 1 February 2024"), ("2024-03-04", "Next meeting on 4th of March")]


@given(
    st.dates(datetime.date(1950, 1, 1), datetime.date(2099, 12, 31)), st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%d %B %Y", "%B %d, %Y"]), st.text("abc \n", max_size=30)
)
def test_every_day_is_found_in_every_form(day: datetime.date, form: str, around: str) -> None:
    assert [found.day for found in dates_in(f"{around} {day.strftime(form)} {around}")] == [day]


@given(st.text(max_size=200))
def test_dates_in_any_text_do_no_harm(text: str) -> None:
    assert all(isinstance(found.day, datetime.date) and len(found.around) <= 90 for found in dates_in(text))


@pytest.mark.parametrize(
    ("text", "order"),
    [("move the newest letter", "newest"), ("the most recent one", "newest"), ("delete the oldest", "oldest"), ("die älteste Rechnung", "oldest"), ("the letter", "")],
)
def test_the_order_that_was_asked_for(text: str, order: str) -> None:
    assert order_of(text) == order


# -- languages -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The rent is due on the first of the month, and it is to be paid by the tenant.", "en"),
        ("Die Miete ist am Ersten zu zahlen, und das ist nicht neu.", "de"),
        ("Le loyer est dans les conditions, et nous vous prions de le payer.", "fr"),
        ("El precio es de los meses y no se paga por el inquilino.", "es"),
        ("Il prezzo della casa non è una sorpresa per me, ma anche per il vicino.", "it"),
        ("De huur is voor het einde van de maand te betalen, niet daarna.", "nl"),
        ("O preço não é uma surpresa, mas os meses são mais caros para uma pessoa.", "pt"),
        ("Le boulanger a fermé sa boutique un mardi. Sur la porte, un papier disait : je suis allé voir si la mer est toujours là.", "fr"),
        ("", ""),
        ("4711 0815 ###", ""),
        ("hello", ""),
    ],
)
def test_the_language_of_a_text(text: str, code: str) -> None:
    assert language_of(text) == code == language_of(text.upper())


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Insurance\n\nDate: 2026-03-20\nPolicy HH-552 of 24 August 2021\n", "2026-03-20"),
        ("Lindenau, the 25th of April 2026\n\nDear Nora,\non the 9th of May 2026 I shall be eighty.\n", "2026-04-25"),
        ("on 1 February 2026 the price of water goes up\n\nOldenfurt, 9 January 2026\n", "2026-01-09"),
        ("Your meter was last read on 29 December 2025, and will be on 3 January 2027.", ""),
    ],
)
def test_a_letter_is_dated_where_a_date_stands_by_itself(text: str, day: str) -> None:
    assert heading_date(dates_in(text)) == day


def test_folders_that_are_languages_are_known_by_any_name() -> None:
    assert languages_asked("sort them", ("English", "German")) == {"en": "English", "de": "German"}
    assert languages_asked("sort them by language", ("texts/deutsch", "fr", "others")) == {"de": "texts/deutsch", "fr": "fr"}
    assert languages_asked("sort them", ("Bills", "Letters")) == languages_asked("sort them", ("English", "Bills")) == languages_asked("x", ()) == {}
