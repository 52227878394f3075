"""Tasks, calendar, contacts, network, sound, pictures and dates in their usual forms; what is only near to one is left alone."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from models.starter import direct, everyday, foreign
from models.starter.described import Described


@pytest.fixture
def there(tmp_path: Path) -> Described:
    (tmp_path / "trip").mkdir()
    for name in ("photo1.png", "beach party.jpg", "notes.txt", "trip/cake.jpg"):
        (tmp_path / name).write_text("x")
    return Described(tmp_path)


def in_days(count: int) -> str:
    return (datetime.date.today() + datetime.timedelta(days=count)).isoformat()


@pytest.mark.parametrize(
    ("request_", "tool", "args"),
    [
        ('add "buy stamps" to my tasks', "tasks.add", {"text": "buy stamps"}),
        ("please add buy stamps to my to-do list", "tasks.add", {"text": "buy stamps"}),
        ("new task: call the bank", "tasks.add", {"text": "call the bank"}),
        ("what's on my task list?", "tasks.list", {}),
        ("show my todos", "tasks.list", {}),
        ("mark buy stamps as done", "tasks.done", {"task": "buy stamps"}),
        ("remove buy stamps from my to-do list", "tasks.remove", {"task": "buy stamps"}),
        ("what's on my calendar today", "calendar.list", {"days": 1}),
        ("do I have any meetings tomorrow?", "calendar.list", {"start": "tomorrow", "days": 1}),
        ("show my calendar", "calendar.list", {}),
        ("add Tom Baker, 0170 555, to my contacts", "contacts.add", {"name": "Tom Baker", "phone": "0170 555"}),
        ("save Ben's number +49 171 5550", "contacts.add", {"name": "Ben", "phone": "+49 171 5550"}),
        ("new contact please", "", {}),
        ("add a contact Zoe Hill zoe@hill.example", "contacts.add", {"name": "Zoe Hill", "email": "zoe@hill.example"}),
        ("what is Tom's number", "contacts.search", {"query": "Tom"}),
        ("find Zoe in my contacts", "contacts.search", {"query": "Zoe"}),
        ("what's my ip address?", "network.interfaces", {}),
        ("ping example.com", "network.check", {"host": "example.com"}),
        ("is example.com down", "network.check", {"host": "example.com"}),
        ("is the internet working", "network.check", {"host": "example.com"}),
        ("pause the music", "media.control", {"action": "pause"}),
        ("skip this song", "media.control", {"action": "next"}),
        ("set the volume to 30 percent", "media.volume", {"level": "30"}),
        ("turn up the volume a bit", "media.volume", {"level": "+10"}),
        ("make the sound quieter", "media.volume", {"level": "-10"}),
        ("unmute", "media.volume", {"level": "unmute"}),
        ("take a screenshot", "images.screenshot", {}),
        ("take a screenshot and save it as desk.png", "images.screenshot", {"target": "desk.png"}),
        ("convert photo1.png to jpg", "images.convert", {"path": "photo1.png", "target": "photo1.jpg"}),
        ("convert cake.jpg to png", "images.convert", {"path": "trip/cake.jpg", "target": "trip/cake.png"}),
        ("rotate photo1.png 90 degrees left", "images.convert", {"path": "photo1.png", "target": "photo1.png", "rotate": 270}),
        ("make photo1.png smaller, 800 pixels wide", "images.resize", {"path": "photo1.png", "width": 800}),
        ("resize photo1.png to 300x200", "images.resize", {"path": "photo1.png", "width": 300, "height": 200}),
        ("what are the dimensions of photo1.png", "images.info", {"path": "photo1.png"}),
        ("add 15 days to 20 December 2026", "time.calculate", {"start": "20 December 2026", "days": 15}),
        ("what is 2 weeks before 1 March 2027", "time.calculate", {"start": "1 March 2027", "weeks": -2}),
        ("what date is it in 3 weeks", "time.calculate", {"start": in_days(21)}),
        ("how tall is 6 foot 2 in cm", "calc.evaluate", {"expression": "6 * 30.48 + 2 * 2.54"}),
        ("what's 1250 divided by 12, rounded", "calc.evaluate", {"expression": "round(1250 divided by 12)"}),
        ("what's 5% tax on 89.90", "calc.evaluate", {"expression": "5% of 89.90"}),
        ("what is three quarters of 48", "calc.evaluate", {"expression": "3 / 4 * 48"}),
        ("10 / 3 rounded to two decimals", "calc.evaluate", {"expression": "round(10 / 3, 2)"}),
    ],
)
def test_usual_forms(request_: str, tool: str, args: dict[str, object], there: Described) -> None:
    assert list(everyday.read(request_, there)) == ([(tool, args)] if tool else []) and (not tool or not direct.asks_more(request_))


@pytest.mark.parametrize(
    ("request_", "title", "rest"),
    [
        ("put dentist tomorrow at 10 in my calendar", "Dentist", {"start": f"{in_days(1)}T10:00"}),
        ("create an appointment with Dr Smith tomorrow at 9", "Appointment with Dr Smith", {"start": f"{in_days(1)}T09:00"}),
        ("add lunch with Maria tomorrow at 12:30 to my calendar", "Lunch with Maria", {"start": f"{in_days(1)}T12:30"}),
        ("add the big party on 2090-12-18 to my calendar", "The big party", {"start": "2090-12-18", "minutes": 0}),
    ],
)
def test_events_have_a_title_and_a_moment(request_: str, title: str, rest: dict[str, object]) -> None:
    assert list(everyday.read(request_, None)) == [("calendar.add", {"title": title} | rest)]


@pytest.mark.parametrize(
    "request_",
    ["schedule a meeting", "add a task", "put the meeting notes in my calendar folder", "what's my number", "find my number", "turn it off", "what's the number of days in a year", "volume 500", "add eggs to my shopping list",
     "resize nothing.png to 10x10", "add Tom to my contacts", "put dentist every Monday at 10 in my calendar", "put dentist sometime in my calendar", "is it down", "convert party.jpg to png", "rotate photo1.png 45 degrees", "convert notes.txt to md"],
)  # fmt: skip
def test_what_is_only_near_is_left_to_the_model(request_: str, there: Described) -> None:
    assert everyday.read(request_, there) == ()


def test_a_file_that_is_called_so_goes_before_the_own_list(there: Described) -> None:
    (there.workspace / "todo.txt").write_text("x")
    assert everyday.read("add buy stamps to my to-do list", Described(there.workspace)) == ()


def test_what_cannot_be_told_is_said() -> None:
    with pytest.raises(foreign.Missing, match="installed"):
        everyday.read("is python installed?", None)
    with pytest.raises(foreign.Missing, match="Which one"):
        everyday.read("cancel my reminders", None)
