"""The hand-written requests and what is composed of them: well formed, reproducible, apart from the blind set."""

from __future__ import annotations

import random
import re
from itertools import islice
from pathlib import Path

import pytest

from models.starter.frames import INTENTS, IT, special_tokens
from models.starter.training import foreign
from models.starter.training.compose import Composer
from models.starter.training.fillers import Fillers, kinds
from models.starter.training.voices import HELD_OUT_VOICES, choose, lines, pieces
from tests.benchmarks.blind import foreign_rows, rows

LINES = lines()
NOT_TOOLS = {"thanks", "bye", "hi", "yes", "howto", "tool1", "tool2", "tool3"}  # talk, and what data/tools.txt is for


def test_six_thousand_requests_are_written_by_hand() -> None:
    written = {line.text.lower() for line in LINES} | {line.text.lower() for tool in foreign.tools() for line in tool.lines}
    assert len(written) >= 6000 and len({line.voice for line in LINES}) >= 30


def test_every_line_can_be_read_whatever_is_chosen() -> None:
    chooser = random.Random(0)
    for line in LINES:
        for _ in range(3):
            intents, parts = pieces(line, choose(line.text, chooser))
            assert intents and "".join(part.text for part in parts).strip(), line


def test_every_intent_has_frames_enough() -> None:
    """At least forty ways of saying each thing the tools do, alternatives counted."""
    chooser, ways = random.Random(0), {intent: set() for intent in INTENTS}  # type: ignore[var-annotated]
    for line in LINES:
        if line.intent:
            ways[line.intent] |= {choose(line.text, chooser) for _ in range(40)}
    few = {intent: len(found) for intent, found in ways.items() if len(found) < 40 and intent not in NOT_TOOLS}
    assert not few


def test_whole_voices_and_frames_are_held_out() -> None:
    held = [line for line in LINES if line.held_out]
    assert {line.voice for line in held} > set(HELD_OUT_VOICES) and len(held) < len(LINES) / 5
    assert not {line.text for line in held} & {line.text for line in LINES if not line.held_out and line.voice not in HELD_OUT_VOICES and line.intent}


def test_the_same_seed_gives_the_same_examples() -> None:
    assert list(islice(Composer(7), 300)) == list(islice(Composer(7), 300)) != list(islice(Composer(8), 300))


def test_spans_stand_in_their_request_to_the_letter() -> None:
    for request, frames, tools in islice(Composer(3), 3000):
        assert request.strip() and frames
        for frame in frames:
            assert [slot for slot, _ in frame.slots] == [slot for slot in INTENTS[frame.intent] if frame.get(slot)]
            assert not frame.intent.startswith("tool") or len(tools) >= int(frame.intent[-1])
            assert all(text == IT or text in request for _, text in frame.slots), (request, frame)


def test_fillers_leave_no_mark_behind() -> None:
    fillers = Fillers(random.Random(1))
    for kind in kinds():
        for _ in range(50):
            text = fillers.of(kind)
            assert text and not set("{}§") & set(text) and "(" not in text.replace("print(", "").replace("lambda(", ""), (kind, text)


def test_the_blind_set_is_blind() -> None:
    """At least 400 requests, none of them in the data, and no module of the training names the folder they are in."""
    blind = rows()
    assert len(blind) >= 400
    written = {"".join(part.text for part in pieces(line, line.text)[1]).lower() for line in LINES if "|" not in line.text}
    assert not {spec.name for spec in foreign_rows()[0]} & {name for tool in foreign.tools() for name in re.findall(r"\w+", tool.head.partition(")")[0])}
    shared = [row.request for row in blind if row.request.lower() in written and len(row.request.split()) > 3]
    assert not shared
    sources = "".join(path.read_text(encoding="utf-8") for path in Path(Composer.__module__.replace(".", "/")).parent.glob("*.py"))
    assert "tests" not in sources


def test_marks_are_distinct() -> None:
    assert len(special_tokens()) == len(set(special_tokens()))


@pytest.mark.parametrize("text", ["make [z:x]", "<nothing>do it", "[n:x] before a step"])
def test_a_line_that_is_wrong_is_said(text: str) -> None:
    from models.starter.training.voices import Line

    with pytest.raises(ValueError):
        pieces(Line("test", "" if "<" in text or "before" in text else "mkdir", text), text)
