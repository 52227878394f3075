"""Which of a program's deeds a request means, by years, months and what it excepts."""

from __future__ import annotations

import pytest

from core.language.reading import Reading
from core.turn.small.narrowing import narrow_deeds
from core.turn.small.request import SmallRequest
from core.turn.small.workspace_files import Entry

HANDOVERS = ["handover 2026-10-29.txt", "handover 2026-10-30.txt", "handover 2026-11-27.txt", "handover template.txt"]
SOIL = ["soil test 2019.txt", "soil test 2023 north.txt", "soil test 2024.txt", "soil.txt"]


def request_for(text: str, names: list[str]) -> SmallRequest:
    return SmallRequest(text, Reading({"organise": 0.9, "edit": 0.1}), tuple(map(Entry, names)))


@pytest.mark.parametrize(
    ("asked", "taken", "kept"),
    [
        ("bin all the handover sheets from october, leave the template", HANDOVERS, HANDOVERS[:2]),
        ("delete everything from 2026 except the template", HANDOVERS, HANDOVERS[:3]),
        ("move the soil tests from before 2024 to a folder called Old", SOIL, ["soil test 2019.txt", "soil test 2023 north.txt", "soil.txt"]),
        ("delete the soil tests of 2019 and keep the others in Old", SOIL, SOIL),
        ("delete all of them", SOIL, SOIL),
        ("keep the soil tests", SOIL, SOIL[3:]),
    ],
)
def test_only_what_is_meant_is_done(asked: str, taken: list[str], kept: list[str]) -> None:
    request = request_for(asked, taken)
    assert narrow_deeds([["delete", path] for path in taken], request) == [["delete", path] for path in kept]


def test_what_is_written_and_a_single_deed_stay() -> None:
    request = request_for("delete the one from october", ["a 2026-11-01.txt", "b.txt"])
    ops = [["delete", "a 2026-11-01.txt"], ["write", "b.txt", "x"]]
    assert narrow_deeds(ops, request) == ops
