import json
import math
from typing import Any

import pytest

from core.clock import FakeClock
from core.conversations import from_outside
from core.home import Home
from core.journal import Journal
from core.storage.database import Database
from core.storage.json_text import MOST_DEEP, TOO_DEEP, clean_text, dump_json, is_deeper, load_json


def nested(depth: int) -> Any:
    value: Any = "x"
    for _ in range(depth):
        value = {"a": [value]}
    return value


def test_what_json_can_hold_is_left_as_it_is() -> None:
    value = {"a": [1, 2.5, None, True, "ä😀"], "b": {"c": ()}}
    text, kept = dump_json(value)
    assert kept is value and json.loads(text) == {"a": [1, 2.5, None, True, "ä😀"], "b": {"c": []}}


def test_brackets_in_a_text_are_no_levels() -> None:
    value = {"a": "[{" * 500, "b": [[]] * 200}
    assert dump_json(value)[1] is value


def test_numbers_that_json_cannot_hold_are_null() -> None:
    text, kept = dump_json({"x": [math.nan, math.inf, -math.inf, 10**5000, 1e308, True], math.nan: 1})
    assert kept["x"] == [None, None, None, None, 1e308, True] and json.loads(text)["x"] == kept["x"]


@pytest.mark.parametrize(
    ("text", "clean"), [("a\ud800b", "a\ufffdb"), ("\ude00x", "\ufffdx"), ("\ud83d\ude00!", "😀!"), ("ä\ud800", "ä\ufffd"), ("\ud800\ud83d\ude00", "\ufffd😀")]
)
def test_surrogates(text: str, clean: str) -> None:
    assert clean_text(text) == clean
    assert dump_json({text: [text]})[1] == {clean: [clean]}


@pytest.mark.parametrize("depth", [40, 49, 50, 51, 300, 900, 50_000])
def test_depth_is_bounded(depth: int) -> None:
    text, kept = dump_json({"v": nested(depth)})
    assert not is_deeper(json.loads(text), MOST_DEEP) and (TOO_DEEP in text) == (depth * 2 + 1 > MOST_DEEP)
    assert json.loads(text) == kept


def test_text_that_was_written_too_deep_is_read() -> None:
    deep = '{"a":' * 5000 + '"]}{["' + "}" * 5000
    value = load_json('{"tainted":true,"value":' + deep + ',"n":[1,2]}')
    assert value["tainted"] and value["n"] == [1, 2] and not is_deeper(value, MOST_DEEP)


def test_a_journal_that_was_hurt_before_is_read_again(own_home: Home) -> None:
    database = Database(own_home.database)
    rows = [
        ("a", '{"tainted":true,"x":NaN}'),
        ("b", '{"tainted":false,"x":NaN}'),
        ("c", '{"tainted":true,"x":' + "[" * 3000 + "]" * 3000 + "}"),
        ("d", '{"tainted":true}'),
        ("e", "{}"),
    ]
    for run, data in rows:
        database.execute("INSERT INTO event (run_id, type, at, data, hash) VALUES (?, 'step_finished', '', ?, x'')", (run, data))
    assert from_outside(database, "abcde") == {"a", "c", "d"}
    assert [event.data.get("tainted") for event in Journal(database, FakeClock()).after(0)] == [True, False, True, True, None]


def test_half_a_character_in_a_request_is_kept_as_far_as_it_can_be(own_home: Home) -> None:
    database = Database(own_home.database)
    database.execute("INSERT INTO event (run_id, type, at, data, hash) VALUES ('r', 't', '', ?, x'')", ("a\ud800",))
    assert database.execute("SELECT data FROM event").fetchone()[0] == "a\ufffd"
