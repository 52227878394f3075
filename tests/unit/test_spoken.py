"""Numbers, dates and places as people say them."""

from __future__ import annotations

import datetime

import pytest

from core.places import zone_of
from tools.builtin.compute import calculate, unit
from tools.dates import read_date
from tools.spoken_numbers import digits, ordinal

TODAY = datetime.date(2026, 11, 24)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("twelve times seven", 84), ("fifteen percent of two hundred", 30), ("a hundred minus thirty seven", 63), ("half of 90", 45), ("double 37", 74), ("two thirds of 90", 60), ("take 58 away from 100", 42), ("split 84 by 4", 21),
        ("a 20% tip on 58.50", 11.7), ("knock 20% off 85", 68), ("the average of 3, 4 and 5", 4), ("add 12, 15 and 20", 47), ("120, 340 and 95", 555), ("5 mod 3", 2), ("sqrt 16", 4), ("18 lots of 4", 72), ("$45 + $20", 65),
        ("the difference between 9 and 14", 5), ("2k + 1", 2001),
    ],
)  # fmt: skip
def test_arithmetic_as_it_is_said(text: str, value: float) -> None:
    assert calculate(text) == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "found"), [("two hundred and five", "205"), ("a dozen eggs", "12 eggs"), ("three thousand forty", "3040"), ("one", "1"), ("none of it", "none of it")]
)
def test_numbers_in_words(text: str, found: str) -> None:
    assert digits(text) == found


@pytest.mark.parametrize(("text", "found"), [("first", 1), ("24th", 24), ("twenty fourth", 24), ("thirty-first", 31), ("blue", None)])
def test_ordinals(text: str, found: int | None) -> None:
    assert ordinal(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("today", "2026-11-24"), ("tomorrow", "2026-11-25"), ("24 December", "2026-12-24"), ("December 24th, 2027", "2027-12-24"), ("the twenty fourth of december", "2026-12-24"), ("Christmas", "2026-12-25"), ("1 May", "2027-05-01"),
        ("2026-03-01", "2026-03-01"), ("24.12.2026", "2026-12-24"), ("friday", "2026-11-27"), ("next Tuesday", "2026-12-01"), ("31 February", None), ("soon", None), ("", None),
    ],
)  # fmt: skip
def test_dates(text: str, found: str | None) -> None:
    read = read_date(text, TODAY)
    assert (read.isoformat() if read else None) == found


@pytest.mark.parametrize(
    ("place", "zone"),
    [
        ("Tokyo", "Asia/Tokyo"),
        ("new york", "America/New_York"),
        ("LA", "America/Los_Angeles"),
        ("India", "Asia/Kolkata"),
        ("Europe/Lisbon", "Europe/Lisbon"),
        ("Atlantis", None),
        ("../etc", None),
    ],
)
def test_places(place: str, zone: str | None) -> None:
    found = zone_of(place)
    assert (found.key if found else None) == zone


@pytest.mark.parametrize(
    ("said", "spelt"),
    [
        ("light years", "light_years"),
        ("Square Yards", "(yard**2)"),
        ("miles per gallon", "(mile)/(gallon)"),
        ("fl oz", "fluid_ounce"),
        ("MB", "megabyte"),
        ("kWh", "kilowatt_hour"),
    ],
)
def test_units_as_people_say_them(said: str, spelt: str) -> None:
    import pint

    registry = pint.UnitRegistry()
    assert registry.Unit(unit(said)) == registry.Unit(spelt)
