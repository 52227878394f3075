"""What a later turn is told of the results of earlier ones: short ones whole, long ones cut at a line, each once, and all of it on demand."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from app.service.composition import Core
from core.messages import ModelRequest
from models.scripted import ScriptedModel
from tests.integration.test_action_loop import ask, call, model, tool_results

TABLE = "day,amount\n" + "".join(f"2026-03-{day:02},{day * 3}.50\n" for day in range(1, 29))
LONG = "".join(f"line {number} of the long text that goes on and on\n" for number in range(1, 200))
SQL = "SELECT count(*) AS n, sum(amount) AS total, min(day) AS first, max(day) AS last FROM t WHERE month(day) = 3"


def told(request: ModelRequest) -> str:
    return request.messages[-1].content.partition("Done earlier in this conversation:\n")[2].partition("\n\nRequest:\n")[0]


async def test_a_short_result_is_told_whole_and_with_its_lines(make_core: Callable[..., Core], workspace: Path) -> None:
    (workspace / "petrol.csv").write_text(TABLE)
    planner = model([call("files_read", path="petrol.csv"), call("tables_query", path="petrol.csv", sql=SQL)], "It is in petrol.csv.", "In petrol.csv too.")
    core = make_core(planner=planner)
    first = await ask(core, workspace, "What is in petrol.csv?")
    await ask(core, workspace, "And what else?", conversation_id=first["conversation_id"])
    text = told(planner.requests[-1])
    assert TABLE.strip() in text and "results_show" not in text
    assert SQL not in text and "SELECT count(*) AS n" in text, "of SQL its beginning is enough"
    assert '<data source="files.read">' in text, "what a file says cannot be taken for the request"


async def test_a_long_result_ends_at_a_line_and_says_how_to_see_the_rest(make_core: Callable[..., Core], workspace: Path) -> None:
    (workspace / "long.txt").write_text(LONG)
    planner = model([call("files_read", path="long.txt")], "It goes on and on.", "It still does.")
    core = make_core(planner=planner)
    first = await ask(core, workspace, "What is in long.txt?")
    await ask(core, workspace, "And then?", conversation_id=first["conversation_id"])
    text = told(planner.requests[-1])
    shown = text.partition('<data source="files.read">\n')[2].partition("\n</data>")[0]
    assert 1000 < len(shown) <= 1500 and re.fullmatch(r"line \d+ of the long text that goes on and on", shown.splitlines()[-1])
    left, start = re.search(r"\((\d+) more letters, not told here; results_show\(id='[\w.]+', start=(\d+)\) shows them\)", text).groups()  # type: ignore[union-attr]
    assert int(start) == len(shown) and int(left) > 7000


async def test_the_rest_of_an_earlier_result_is_shown_by_its_id(make_core: Callable[..., Core], workspace: Path) -> None:
    (workspace / "long.txt").write_text(LONG)
    ids: list[str] = []

    def show(request: ModelRequest) -> list:
        ids.extend(re.findall(r"id='([\w.]+)', start=(\d+)", told(request))[0])
        return [call("results_show", id=ids[0], start=int(ids[1])), call("results_show", id="zzzz.c9")]

    planner = model([call("files_read", path="long.txt")], "It goes on and on.", show, "It still does.")
    core = make_core(planner=planner)
    first = await ask(core, workspace, "What is in long.txt?")
    await ask(core, workspace, "And then?", conversation_id=first["conversation_id"])
    rest, missing = tool_results(planner.requests[-1])
    assert "line 199 of" in rest and "line 1 of" not in rest and rest.startswith('<data source="files.read">')
    assert ids[0] in missing, "a wrong id is answered with those that there are"


async def test_the_same_result_is_told_once(make_core: Callable[..., Core], workspace: Path) -> None:
    (workspace / "a.txt").write_text("the only line")
    planner = model([call("files_read", path="a.txt")], "It has one line.", [call("files_read", path="a.txt")], "Still one line.", "One line.")
    core = make_core(planner=planner)
    first = await ask(core, workspace, "What is in a.txt?")
    await ask(core, workspace, "Look at a.txt again", conversation_id=first["conversation_id"])
    await ask(core, workspace, "And now?", conversation_id=first["conversation_id"])
    assert told(planner.requests[-1]).count("the only line") == 1


@pytest.mark.parametrize(("context", "most"), [(8_000, 4_400), (32_000, 12_500)])
async def test_many_results_stay_within_a_share_of_the_context_the_newest_first(context: int, most: int, make_core: Callable[..., Core], workspace: Path) -> None:
    names = [f"f{number}.txt" for number in range(10)]
    for name in names:
        (workspace / name).write_text(f"{name}\n" + "words of it\n" * 110)
    planner = ScriptedModel(([call("files_read", path=name) for name in names], "They hold words.", "The same."), "planner", calls=True, context=context)
    core = make_core(planner=planner)
    first = await ask(core, workspace, "Compare all of these texts with one another, please")
    await ask(core, workspace, "And then?", conversation_id=first["conversation_id"])
    text = told(planner.requests[-1])
    assert len(text) < most and "f9.txt (" in text and "f0.txt (" not in text and text.count("files_read") == 10
    assert text.count("letters of result, not told here") >= 2
