"""A model's SELECT put right by code: values as the columns hold them, what the words call for, numbers as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.turn.small.columns import Column, quote_column
from core.turn.small.numbers import plain_number
from core.turn.small.sql_mending import mend_literals
from core.turn.small.sql_needs import missing_from

COLUMNS = (
    Column("t", "category", "VARCHAR", ("Groceries", "Rent", "Children's shoes")),
    Column("t", "paid", "VARCHAR", ("yes", "no")),
    Column("t", "Paid By", "VARCHAR", ("Anna", "Ben")),
    Column("t", "amount", "DOUBLE"),
)


@pytest.mark.parametrize(
    ("said", "mended"),
    [
        ("category = 'groceries'", "category = 'Groceries'"),
        ("category='RENT'", "category='Rent'"),
        ("category = 'grocery'", "category = 'Groceries'"),
        ("category = 'children''s shoes'", "category = 'Children''s shoes'"),
        ("category IN ('rent', 'groceries')", "category IN ('Rent', 'Groceries')"),
        ("paid = 'Anna'", "\"Paid By\" = 'Anna'"),
        ("paid <> 'ben'", "\"Paid By\" <> 'Ben'"),
        ("t.paid = 'Anna'", "t.\"Paid By\" = 'Anna'"),
        ("\"Paid By\" = 'rent'", "category = 'Rent'"),
    ],
)
def test_values_are_put_right_as_the_columns_hold_them(said: str, mended: str) -> None:
    assert mend_literals(f"SELECT sum(amount) FROM t WHERE {said}", COLUMNS) == f"SELECT sum(amount) FROM t WHERE {mended}"


@pytest.mark.parametrize(
    "where",
    [
        "category = 'Rent'",
        "paid <> 'no'",
        "category LIKE '%gro%'",
        "category = 'Unknown'",
        "category = ''",
        "amount > 5",
        "name = 'Anna'",
        "\"Paid By\" = 'Ben'",
        "lower(category) = 'rents paid'",
    ],
)
def test_what_is_right_or_not_known_stays(where: str) -> None:
    sql = f"SELECT sum(amount) FROM t WHERE {where}"
    assert mend_literals(sql, COLUMNS) == sql


def test_a_value_that_several_columns_hold_stays_with_the_one_that_was_named() -> None:
    columns = (Column("t", "sent_by", "VARCHAR", ("Anna", "Ben")), Column("t", "got_by", "VARCHAR", ("Anna", "Ben")), Column("t", "place", "VARCHAR", ("Rome",)))
    for sql in ("SELECT 1 FROM t WHERE got_by = 'Ben'", "SELECT 1 FROM t WHERE place = 'Ben'"):
        assert mend_literals(sql, columns) == sql, "nothing tells which of the two"


@given(st.lists(st.sampled_from(["Groceries", "Rent", "yes", "no", "Anna", "Ben", "Children's shoes"]), max_size=5))
def test_values_that_are_right_are_never_touched(values: list[str]) -> None:
    listed = ", ".join("'" + value.replace("'", "''") + "'" for value in values)
    sql = f"SELECT 1 FROM t WHERE category IN ({listed})"
    assert mend_literals(sql, COLUMNS) == sql


@given(st.text(max_size=80))
def test_no_text_of_a_model_does_harm_and_mending_twice_is_mending_once(text: str) -> None:
    once = mend_literals(text, COLUMNS)
    assert mend_literals(once, COLUMNS) == once
    assert mend_literals(text, ()) == text


@pytest.mark.parametrize(
    ("name", "written"), [("amount", "amount"), ("paid_by2", "paid_by2"), ("Paid By", '"Paid By"'), ("größe", '"größe"'), ('a"b', '"a""b"'), ("2024", '"2024"')]
)
def test_names_of_columns_are_quoted_where_sql_needs_it(name: str, written: str) -> None:
    assert quote_column(name) == written


@pytest.mark.parametrize(
    ("request_", "sql", "is_enough"),
    [
        ("How much did we spend altogether?", "SELECT amount FROM t", False),
        ("How much did we spend altogether?", "SELECT SUM(amount) FROM t", True),
        ("What is the average price?", "SELECT sum(price) FROM t", False),
        ("What is the average price?", "SELECT avg(price) FROM t", True),
        ("How many visits were there?", "SELECT name FROM t", False),
        ("How many visits were there?", "SELECT count(*) FROM t", True),
        ("How many hours were there?", "SELECT sum(hours) FROM t", True),
        ("Quantity times price, in total", "SELECT sum(price) FROM t", False),
        ("Quantity times price, in total", "SELECT sum(price * quantity) FROM t", True),
        ("The total without rent", "SELECT sum(amount) FROM t", False),
        ("The total without rent", "SELECT sum(amount) FROM t WHERE category <> 'Rent'", True),
        ("Which was the dearest?", "SELECT name FROM t ORDER BY price DESC LIMIT 1", True),
    ],
)
def test_what_the_words_call_for_must_be_in_the_select(request_: str, sql: str, is_enough: bool) -> None:
    assert (missing_from(sql, request_) == []) is is_enough


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("1.234,50", 1234.5), ("1,234.50", 1234.5), ("1 234.5", 1234.5), ("1'234.50", 1234.5), ("1.234", 1234), ("1,234", 1234), ("12,5", 12.5), ("12.5", 12.5),
        ("1.234.567", 1234567), ("1,234,567.89", 1234567.89), ("7", 7), ("1 234", 1234), ("0", 0), ("0.5", 0.5), ("0,75", 0.75),
    ],
)  # fmt: skip
def test_numbers_as_people_write_them(written: str, number: float) -> None:
    assert float(plain_number(written)) == number


@given(st.integers(0, 10**9), st.integers(0, 99), st.sampled_from([(",", "."), (".", ","), (" ", "."), ("'", "."), (" ", ",")]))
def test_a_number_is_the_same_in_every_way_of_writing_it(whole: int, cents: int, marks: tuple[str, str]) -> None:
    written = f"{whole:,}".replace(",", marks[0]) + f"{marks[1]}{cents:02}"
    assert float(plain_number(written)) == pytest.approx(whole + cents / 100)
