"""Saying when: phrases, formats, rules through clock changes, agreement with dateutil and croniter."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from core.errors import DeskhandError, UsageError
from core.schedule.cron import Cron
from core.schedule.rules import between, next_after, upcoming
from core.schedule.sentence import sentence, words
from core.schedule.when import Unclear, read

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 25, 10, 0, tzinfo=BERLIN)
PHRASES = [line.split("\t") for line in (Path(__file__).parents[1] / "data/when.txt").read_text(encoding="utf-8").splitlines() if line[:1] not in ("#", "")]


def test_there_are_phrases_enough() -> None:
    assert len(PHRASES) >= 300


@pytest.mark.parametrize(("text", "due"), PHRASES, ids=[text for text, _ in PHRASES])
def test_a_phrase_is_read_as_meant_or_asked_about(text: str, due: str) -> None:
    if due == "?":
        with pytest.raises(DeskhandError) as asked:
            read(text, NOW, "Europe/Berlin")
        assert asked.value.message[-1] in "?." and asked.value.code in ("unclear_when", "bad_when")
        return
    rule = read(text, NOW, "Europe/Berlin")
    if due.startswith("!"):
        assert "! " + " ".join(f"{key}={value}" for key, value in rule.items() if key != "kind") == due
    else:
        assert ", ".join(f"{moment.astimezone(BERLIN):%Y-%m-%d %H:%M}" for moment in upcoming(rule, "Europe/Berlin", NOW, 3)) == due
    assert words(rule)


def test_what_was_read_is_said_back_as_one_sentence_with_the_next_three_times() -> None:
    rule = read("every weekday at 7:30", NOW, "Europe/Berlin")

    assert sentence(rule, "Europe/Berlin", NOW) == "Every weekday at 7:30 (Europe/Berlin). Next: Thu 26 Nov 07:30, Fri 27 Nov 07:30, Mon 30 Nov 07:30."
    assert words(read("every 20 minutes between 22:00 and 23:00", NOW, "Europe/Berlin")) == "every day at 22:00, 22:20, 22:40 and 23:00"
    with pytest.raises(Unclear, match="'blue moon'"):
        read("every blue moon at 9", NOW, "Europe/Berlin")
    with pytest.raises(UsageError, match="no time zone"):
        read("tomorrow at 9", NOW, "Europe/Atlantis")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("every 15 minutes between 9 am and 5 pm", "every 15 minutes from 9:00 to 17:00"),
        ("every 90 minutes from 9 to 18 on Saturdays until 24 december", "every Saturday every 90 minutes from 9:00 to 18:00, until 2026-12-24"),
        ("every 30 minutes between 9 and 17 from 1 december", "every 30 minutes from 9:00 to 17:00, from 2026-12-01"),
        ("every 2 hours in december", "every 2 hours from 0:00 to 22:00 in December"),
        ("every day at 5, 6, 7, 9, 10, 11 and 12:30", "every day at 5:00, 6:00, 7:00, 9:00, 10:00, 11:00 and 12:30"),
        ("every other day at 9 and 17:30", "every 2 days at 9:00 and 17:30"),
    ],
)
def test_a_row_of_times_is_told_as_a_row(said: str, told: str) -> None:
    assert words(read(said, NOW, "Europe/Berlin")) == told


def test_the_clocks_of_another_zone_are_kept_where_they_change_on_other_days() -> None:
    """New York goes over to summer time two weeks before Berlin does."""
    rule = read("every weekday at 7:30 in New York", NOW, "Europe/Berlin")
    march = datetime(2027, 3, 11, tzinfo=BERLIN)
    assert [f"{moment.astimezone(BERLIN):%d %H:%M}" for moment in upcoming(rule, "Europe/Berlin", march, 14) if moment.day in (12, 15, 26, 29)] == [
        "12 13:30",
        "15 12:30",
        "26 12:30",
        "29 13:30",
    ]
    assert sentence(rule, "Europe/Berlin", NOW).startswith("Every weekday at 7:30 (America/New_York). Next: Wed 25 Nov 07:30")


def due(text: str, zone: str, day: str, count: int) -> list[str]:
    start = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone))
    return [f"{moment.astimezone(ZoneInfo(zone)):%d %H:%M %z}" for moment in upcoming(read(text, start, zone), zone, start, count)]


def test_a_time_that_does_not_exist_moves_on_by_the_gap_and_one_that_comes_twice_counts_once() -> None:
    assert due("every day at 2:30", "Europe/Berlin", "2026-03-28T12:00", 2) == ["29 03:30 +0200", "30 02:30 +0200"]
    assert due("every day at 2:30", "Europe/Berlin", "2026-10-24T12:00", 2) == ["25 02:30 +0200", "26 02:30 +0100"]
    assert due("every day at 2:30", "America/New_York", "2026-03-07T12:00", 2) == ["08 03:30 -0400", "09 02:30 -0400"]
    assert due("every day at 1:30", "Australia/Lord_Howe", "2026-04-04T12:00", 2) == ["05 01:30 +1100", "06 01:30 +1030"]


def test_by_the_hour_goes_on_through_both() -> None:
    assert due("0 * * * *", "Europe/Berlin", "2026-10-25T01:30", 4) == ["25 02:00 +0200", "25 02:00 +0100", "25 03:00 +0100", "25 04:00 +0100"]
    assert due("0 * * * *", "Europe/Berlin", "2026-03-29T00:30", 3) == ["29 01:00 +0100", "29 03:00 +0200", "29 04:00 +0200"]
    assert due("every 30 minutes", "Europe/Berlin", "2026-03-29T01:00", 3) == ["29 01:30 +0100", "29 03:00 +0200", "29 03:30 +0200"]


def test_bounds_and_days_left_out_hold() -> None:
    rule = {
        "kind": "rrule",
        "rrule": "FREQ=DAILY;BYHOUR=9;BYMINUTE=0;BYSECOND=0",
        "start": "2026-11-25T00:00:00",
        "from": "2026-11-27",
        "until": "2026-11-30",
        "but_not": ["2026-11-28"],
    }

    found = [f"{moment.astimezone(BERLIN):%d}" for moment in upcoming(rule, "Europe/Berlin", NOW, 9)]

    assert found == ["27", "29", "30"]


def test_rules_agree_with_dateutil() -> None:
    from dateutil.rrule import rrulestr

    chance = random.Random(20261125)
    for _ in range(3000):
        start = datetime(2020, 1, 1) + timedelta(minutes=chance.randrange(3_000_000))
        freq = chance.choice(("DAILY", "WEEKLY", "MONTHLY", "YEARLY", "HOURLY"))
        text = f"FREQ={freq};INTERVAL={chance.randint(1, 5)}"
        if freq == "WEEKLY" and chance.random() < 0.7:
            text += f";BYDAY={','.join(sorted(chance.sample(['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'], chance.randint(1, 3))))}"
        if freq == "MONTHLY":
            text += chance.choice(
                (f";BYMONTHDAY={chance.randint(1, 28)}", f";BYDAY={chance.choice(('1', '2', '-1'))}{chance.choice(('MO', 'FR', 'SU'))}", ";BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1")
            )
        if freq != "HOURLY":
            text += f";BYHOUR={','.join(str(hour) for hour in sorted(chance.sample(range(24), chance.randint(1, 3))))};BYMINUTE={chance.randint(0, 59)};BYSECOND=0"
        if chance.random() < 0.2:
            text += f";COUNT={chance.randint(1, 2000)}"
        after = start + timedelta(minutes=chance.randrange(2_000_000))
        rule = {"kind": "rrule", "rrule": text, "start": start.isoformat()}
        expected = [found.replace(tzinfo=UTC) for found in rrulestr(text, dtstart=start).xafter(after, count=3)]
        assert upcoming(rule, "UTC", after.replace(tzinfo=UTC), 3) == expected, (text, start, after)


def test_cron_agrees_with_croniter() -> None:
    from croniter import croniter

    chance = random.Random(7)

    def field(low: int, high: int, step: bool = True) -> str:
        kind = chance.random()
        if kind < 0.45:
            return "*"
        if kind < 0.6 and step:
            return f"*/{chance.randint(2, max(2, (high - low) // 2))}"
        if kind < 0.75:
            return str(chance.randint(low, high))
        first, last = sorted(chance.sample(range(low, high + 1), 2))
        if (first, last) == (low, high):
            return str(low)  # of a range over everything croniter has two opinions
        return f"{first}-{last}" if kind < 0.9 else f"{first},{last}"

    for _ in range(3000):
        text = f"{field(0, 59)} {field(0, 23)} {field(1, 28, False)} {field(1, 12)} {field(0, 6, False)}"
        start = datetime(2026, 1, 1) + timedelta(minutes=chance.randrange(1_000_000))
        peer, moment = croniter(text, start), start
        for _ in range(3):
            found = Cron(text).after(moment)
            assert found == peer.get_next(datetime), (text, start)
            assert found is not None
            moment = found


@pytest.mark.parametrize("text", ["61 * * * *", "* * * *", "a b c d e", "5-1 * * * *", "*/0 * * * *", "* * 32 * *", "@never"])
def test_a_broken_cron_says_why(text: str) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        Cron(text)


def test_many_due_times_are_found_in_order_and_none_twice() -> None:
    rule = {"kind": "any", "of": [{"kind": "cron", "cron": "*/15 * * * *"}, {"kind": "every", "seconds": 1800, "start": "2026-10-24T00:00:00+00:00"}]}
    start = datetime(2026, 10, 24, tzinfo=UTC)

    found = between(rule, "Europe/Berlin", start, start + timedelta(days=3), 10_000)

    assert found == sorted(set(found)) and len(found) == 3 * 96
    assert next_after({"kind": "once", "at": "2026-01-01T00:00:00"}, "UTC", start) is None
