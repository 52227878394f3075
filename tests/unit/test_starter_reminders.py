"""Reminders that are read by code: nothing of the time is lost, and what sounds of more than a reminder is left to the model."""

from __future__ import annotations

import pytest

from models.starter.foreign import Missing
from models.starter.reminders import moment, read


@pytest.mark.parametrize(
    ("said", "when", "text"),
    [
        ("remind me to call mum tomorrow at 5", "tomorrow at 5", "call mum"),
        ("every weekday at 7:30 remind me to take my pills", "every weekday at 7:30", "take my pills"),
        ("remind me to water the plants every other day at 9 and 17:30", "every other day at 9 and 17:30", "water the plants"),
        ("can you remind me on Friday afternoon at 3 to send the invoice to Meyer & Sons", "on Friday afternoon at 3", "send the invoice to Meyer & Sons"),
        ("set a reminder for 14 December at 8: renew passport", "14 December at 8", "renew passport"),
        ("From Monday to Friday at 16:55 remind me to log my hours.", "From Monday to Friday at 16:55", "log my hours"),
        ("remind me every day until christmas at 8 to open the calendar door", "every day until christmas at 8", "open the calendar door"),
        ("in half an hour, please remind me that the laundry is done", "in half an hour", "the laundry is done"),
        ("remind me of Lisa's birthday on 4 May every year at 8", "on 4 May every year at 8", "Lisa's birthday"),
        ('remind me on monday at 9 about "Project X: phase 2"', "on monday at 9", "Project X: phase 2"),
        ("remind me to check on mum every evening at 8", "every evening at 8", "check on mum"),
    ],
)
def test_the_time_and_the_rest_part_where_they_are_meant_to(said: str, when: str, text: str) -> None:
    assert read(said) == (("schedule.remind", {"when": when, "text": text}),)


@pytest.mark.parametrize(
    "other",
    [
        "remind me to call Ana in a few days at 9", "remind me tomorrow to call Bob at 5", "remind me to take the 5 pm train tomorrow at 4 pm", "remind me to buy 3 tickets for the show at 8 on Saturday at noon",
        "remind me to sign on the 5th floor at 8", "remind me to call the doctor first thing tomorrow", "remind me to book flights for Friday tomorrow at 9", "remind me that tomorrow is a holiday", "remind me in 10 minutes",
        "remind me in 2 hours to check the oven and in 3 hours to call Tom", "did you remind me to call Bob at 5", "don't remind me to call Bob at 5", "remind me to turn the lamp on the office machine on at 5",
        "remind me to talk to Sam about March figures tomorrow at 9", "remind me what I said about the car", "what reminders do I have", "remind me later to call Jo", "remind me to pay", "make a folder called Remind me at 5",
    ],
)  # fmt: skip
def test_what_may_mean_more_is_left_to_the_model(other: str) -> None:
    assert read(other) == ()


@pytest.mark.parametrize(
    "unclear", ["remind me today and tomorrow at 20:00 to feed the cat", "remind me friday night at 1 to switch the server", "remind me next friday to call Bob"]
)
def test_a_time_that_stands_apart_and_is_unclear_is_asked_about(unclear: str) -> None:
    if unclear.startswith("remind me next friday"):
        from datetime import date

        if date.today().weekday() >= 4:  # then the coming Friday is in the next week, and that is clear
            return
    with pytest.raises(Missing, match=r"\?"):
        read(unclear)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("for Monday 9am", "Monday 9am"),
        ("ten minutes", "in ten minutes"),
        ("5m", "in 5m"),
        ("each weekday at 9", "each weekday at 9"),
        ("every hour", "every hour"),
        ("half past six", "half past six"),
    ],
)
def test_a_length_is_how_long_from_now(said: str, meant: str) -> None:
    assert moment(said) == meant
