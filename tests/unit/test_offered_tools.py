"""What a model is shown of its tools: names as it can call them, arguments that mean one thing each, and a head that does not grow."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from core.errors import ToolError
from core.ports import ToolContext
from core.turn.act.offer import Offer, describe_found, make_offer
from core.turn.context.head import RULES, system_prompt
from core.turn.context.workspace import list_workspace
from tests.unit.test_tables import Caller
from tools.documents.content import count_words, words_of
from tools.toolbox import LocalToolBox

MOST_HEAD = 12_260  # letters of rules and tools, read at every request
MOST_RULES = 1449


@pytest.fixture
def offer(toolbox: LocalToolBox) -> Offer:
    return make_offer(toolbox, (), 32_000)


def test_the_head_does_not_grow(offer: Offer) -> None:
    tools = [{"type": "function", "function": {"name": spec.name, "description": spec.description, "parameters": spec.parameters}} for spec in offer.specs]
    assert len(system_prompt(False)) <= MOST_RULES
    assert len(system_prompt(False)) + len(json.dumps(tools, ensure_ascii=False)) <= MOST_HEAD


def test_descriptions_name_tools_as_they_are_called(offer: Offer, toolbox: LocalToolBox) -> None:
    known = [spec.name for spec in toolbox.specs()]
    shown = {spec.name for spec in offer.specs}
    for spec in offer.specs:
        text = f"{spec.description} {json.dumps(spec.parameters, ensure_ascii=False)}"
        for name in known:
            for match in re.finditer(rf"(?<![\w./]){re.escape(name)}(?![\w.])", text):
                assert name.replace(".", "_") not in shown, f"{spec.name} names {name}, which is offered under another name"
                assert re.match(r"(\([^()]*\))? \(by tools_call\)", text[match.end() :]), f"{spec.name} does not say how {name} is reached"
    query = next(spec for spec in offer.specs if spec.name == "tables_query")
    assert "tables.convert(source, sql, target) (by tools_call) writes the result to a file" in query.description


def test_tools_that_were_found_name_others_in_the_same_way(offer: Offer, toolbox: LocalToolBox) -> None:
    specs = {spec.name: spec for spec in toolbox.specs()}
    told = describe_found([specs["notes.add"], specs["units.convert"]], offer)
    assert "- notes.add: " in told and "files_write" in told and "files.write" not in told and "money.convert (by tools_call)" in told


def test_what_a_call_needs_stands_in_its_schema(offer: Offer) -> None:
    shapes = {spec.name: spec.parameters for spec in offer.specs}
    assert shapes["files_read"]["required"] == ["path"]
    assert "required" not in shapes["files_write"], "path and text, or files"
    assert "limit" not in shapes["files_read"]["properties"] and shapes["files_read"]["properties"]["letters"]["default"] == 40_000
    assert "smallest" in shapes["files_list"]["properties"]["sort"]["enum"] and "smallest" in shapes["files_find"]["properties"]["sort"]["enum"]


@pytest.fixture
def call(toolbox: LocalToolBox, context: ToolContext) -> Caller:
    return Caller(toolbox, context)


async def test_reading_without_a_path_is_answered_and_older_names_still_read(call: Caller, workspace: Path) -> None:
    (workspace / "a.txt").write_text("x" * 500)
    with pytest.raises(ToolError, match=r"path is missing \(text or list of texts"):
        await call("files.read")
    for args in ({"path": "a.txt"}, {"paths": ["a.txt"]}, {"path": "a.txt", "letters": 200}, {"path": "a.txt", "limit": 200}):
        text = (await call("files.read", **args)).text
        assert ("x" * 201 in text) == (len(args) == 1)


async def test_smallest_first(call: Caller, workspace: Path) -> None:
    for name, size in (("a.txt", 300), ("b.txt", 10), ("c.txt", 20)):
        (workspace / name).write_text("x" * size)
    text = (await call("files.list", sort="smallest")).text
    assert "by size, smallest first" in text and text.index("b.txt") < text.index("c.txt") < text.index("a.txt")


@pytest.mark.parametrize(("tool", "what", "stays"), [("files.move", "moves", False), ("files.copy", "copies", True)])
async def test_a_row_of_a_batch_takes_several_sources(tool: str, what: str, stays: bool, call: Caller, workspace: Path) -> None:
    for name in ("a.txt", "b.txt", "c.txt", "d.txt"):
        (workspace / name).write_text(name)
    await call(tool, **{what: [{"source": ["a.txt", "b.txt"], "target": "one/"}, {"source": "c.txt", "target": "two/e.txt"}]})
    assert sorted(path.name for path in (workspace / "one").iterdir()) == ["a.txt", "b.txt"] and (workspace / "two/e.txt").read_text() == "c.txt"
    assert (workspace / "a.txt").exists() is stays
    for wrong in ([], [1], {"a": 1}):
        with pytest.raises(ToolError):
            await call(tool, **{what: [{"source": wrong, "target": "one/"}]})


async def test_what_is_private_is_seen_among_several_sources(toolbox: LocalToolBox, context: ToolContext, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = workspace.parent / "home"
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh/id_rsa").write_text("key")
    (workspace / "a.txt").write_text("a")
    monkeypatch.setenv("HOME", str(home))
    args = {"copies": [{"source": ["a.txt", str(home / ".ssh/id_rsa")], "target": "out/"}]}
    reads, _ = toolbox.touched("files.copy", args, workspace)
    assert [Path(path).name for path in reads] == ["a.txt", "id_rsa"]
    intent = await toolbox.prepare("files.copy", args, context)
    assert any(scope.private and scope.value.endswith("id_rsa") for scope in intent.scopes)


@pytest.mark.parametrize(
    ("text", "said"),
    [("plain words here", "3 words"), ("# Title\n\n- one\n- two three\n", "4 words (7 counting marks)"), ("a | b\n", "2 words (3 counting marks)"), ("", "0 words"), ("one", "1 word"), ("3 - 4", "2 words (3 counting marks)")],
)  # fmt: skip
def test_words_are_said_both_ways_where_they_differ(text: str, said: str) -> None:
    assert words_of(text) == said and count_words(text) <= max(len(text.split()), count_words(text))


def test_sizes_are_listed_within_folders_too_where_there_is_room(workspace: Path) -> None:
    (workspace / "letters/old").mkdir(parents=True)
    (workspace / "letters/bank.txt").write_text("x" * 235)
    (workspace / "lease.txt").write_text("x" * 2960)
    listing = list_workspace(workspace, 2400)
    assert listing.text == "letters/ (2): old/, bank.txt (235 B)\nlease.txt (3.0 kB)" and listing.names == ("letters/", "letters/old/", "letters/bank.txt", "lease.txt")
    assert list_workspace(workspace, 52).text == "letters/ (2): old/, bank.txt\nlease.txt (3.0 kB)"


def test_the_rules_say_what_was_hard_to_understand() -> None:
    assert "keep back" not in RULES and "dates are past" in RULES and "beyond any length asked for" in RULES
