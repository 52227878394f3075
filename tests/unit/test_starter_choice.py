"""Of several ways to read a request the one that is likely and leaves least over."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from models.starter.model import Reading, read_frames, settle
from models.starter.objects import Names
from models.starter.scene import Scene


def read(request: str, *ways: tuple[list[Any], float, float]) -> tuple[Any, float]:
    (frames, probability, total), *others = ways
    reading = read_frames({"frames": frames, "probability": probability, "total": total, "others": [list(way) for way in others]}, request, Scene(Names(None), request))
    return reading.calls, reading.confidence


LIST = [("list", {})]
FIND = [("find", {"w": "bigger than 50 MB"})]


def test_a_little_less_likely_reading_that_carries_everything_is_taken() -> None:
    calls, sure = read("files bigger than 50 MB", (LIST, 0.5, -0.7), (FIND, 0.4, -0.9))
    assert calls[0][0] == "files.find" and calls[0][1]["larger_than"] == 50_000_000 and sure == 0.4


def test_a_far_less_likely_one_is_not_nor_one_that_makes_no_sense() -> None:
    assert read("files bigger than 50 MB", (LIST, 0.5, -0.7), (FIND, 0.01, -5.0))[0][0][0] == "files.list"
    assert read("show the files", (LIST, 0.5, -0.9), ([("move", {"o": "files"})], 0.6, -0.1))[0][0][0] == "files.list"


def test_trying_readings_leaves_no_trace() -> None:
    """Each is tried on a scene of its own: what the first names is not what "it" means to the second."""
    calls, _ = read("zip it", ([("zip", {"o": "<|it|>"})], 0.5, -0.7), ([("read", {"n": "a.txt"})], 0.3, -1.2))
    assert calls == (("files.read", {"path": "a.txt"}),)


def test_a_content_that_names_another_file_is_more_likely_the_next_step() -> None:
    one = Reading((("files.write", {"path": "a.txt", "text": "one and b.txt with two"}),), "", 0.97)
    two = Reading((("files.write", {"path": "a.txt", "text": "one"}), ("files.write", {"path": "b.txt", "text": "two"})), "", 0.5)
    assert settle(two, one).calls == two.calls and settle(two, one).confidence == 0.5
    assert settle(two, replace(one, calls=(("files.write", {"path": "a.txt", "text": "one and two"}),))).calls != two.calls
