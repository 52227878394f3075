"""MCP servers that differ from the specification, as real processes: their good tools work, what is left out is said, and nothing else suffers."""

from __future__ import annotations

import base64
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.service.composition import Core
from core.errors import ToolFailed, ToolRetry
from core.ports import ToolContext, ToolResult
from models.scripted import ScriptedModel
from tests.helpers.odd_http_mcp import odd_servers
from tests.helpers.odd_mcp_modes import CONTENT
from tools.mcp.config import ServerConfig

ODD_SCHEMAS = (
    "nullprops",
    "addl",
    "nosch",
    "notype",
    "emptysch",
    "nullsch",
    "badtypes",
    "annot",
    "outsch",
    "reqnull",
    "descnull",
    "lookbehind",
    "enumnull",
    "topany",
    "noprops",
    "noinfo",
    "ref",
    "badref",
    "draft4",
)


@pytest.fixture
def core(make_core: Callable[..., Core]) -> Core:
    return make_core(planner=ScriptedModel([], "planner"))


async def add(core: Core, mode: str) -> dict[str, Any]:
    return await core.mcp.add(ServerConfig("odd", sys.executable, ("-m", "tests.helpers.odd_mcp", mode), cwd=str(Path(__file__).parents[2]), timeout_s=10))


async def call(core: Core, context: ToolContext, name: str, **args: Any) -> ToolResult:
    known, args = core.tools.resolve(name, args)
    return await core.tools.perform(await core.tools.prepare(known, args, context), context)


@pytest.mark.parametrize("mode", ODD_SCHEMAS)
async def test_an_odd_schema_harms_neither_its_tool_nor_any_request(mode: str, core: Core, context: ToolContext) -> None:
    added = await add(core, mode)
    assert added["tools"] and not added["left_out"]
    for row in added["tools"]:
        try:
            assert "args: {}" in (await call(core, context, row["name"])).text
        except ToolRetry as error:
            assert "missing" in error.message and row["name"] in error.hint  # it needs arguments, and says which
    assert any(spec.name.startswith("odd.") for spec in core.tools.specs())
    await core.tools.offered("what is 2+2", 4000)
    assert (await call(core, context, "calc.evaluate", expression="2+2")).value["result"] == 4
    with pytest.raises(ToolRetry):
        core.tools.resolve("no_such_tool", {"q": 1})


async def test_bad_and_double_tools_are_left_out_and_said(core: Core, context: ToolContext) -> None:
    added = await add(core, "badschema")
    assert [row["name"] for row in added["tools"]] == ["odd.echo"] and "bad is left out" in added["left_out"][0]
    await core.mcp.remove("odd")
    added = await add(core, "names")
    names = [row["name"] for row in added["tools"]]
    assert len(names) == len(set(names)) == 8 and added["left_out"] == ["A second tool echo is left out."]
    for name in names:
        assert "args" in (await call(core, context, name, a="x")).text
    await core.mcp.remove("odd")
    assert len((await add(core, "samecursor"))["tools"]) == 1


@pytest.mark.parametrize(
    ("mode", "parts"),
    [
        ("structured", ('"balance": 12.5',)),
        ("structsummary", ("returned 2 item(s)", '"title": "Garden"', '"id": 9')),
        ("unknowncontent", ("a block of the kind video", "beside it")),
        ("resource", ("The secret number is 42.",)),
        ("link", ("file:///x/report.pdf", "Numbers for Q3")),
        ("jsontext", ('"title": "Bread"',)),
        ("strcontent", ("just a string",)),
        ("nocontent", ("gave nothing back",)),
        ("nullcontent", ("gave nothing back",)),
        ("empty", ("gave nothing back",)),
        ("big", ("190000 more letters were left out",)),
    ],
)
async def test_the_data_of_a_result_is_in_its_text_and_framed(mode: str, parts: tuple[str, ...], core: Core, context: ToolContext) -> None:
    await add(core, mode)
    result = await call(core, context, "odd.echo", text="x")
    assert all(part in result.text for part in parts) and result.tainted
    assert result.text.startswith("[Result of echo on the MCP server odd: content from outside") and result.text.endswith("[end of content from outside]")
    assert "content from outside" not in str(result.value)


async def test_a_picture_is_kept_as_a_file_and_named(core: Core, context: ToolContext) -> None:
    await add(core, "image")
    result = await call(core, context, "odd.echo", text="x")
    (kept,) = result.artifacts
    assert Path(kept["path"]).read_bytes() == base64.b64decode(CONTENT["image"]["content"][0]["data"]) and kept["path"] in result.text and kept["type"] == "image/png"
    assert result.value["files"] == [kept["path"]]


async def test_an_error_of_a_server_says_whose_words_it_is(core: Core, context: ToolContext) -> None:
    await add(core, "iserror")
    with pytest.raises(ToolFailed) as caught:
        await call(core, context, "odd.echo", text="x")
    assert "Rate limit reached" in caught.value.message and "server odd" in caught.value.hint


@pytest.fixture
def address() -> Iterator[str]:
    with odd_servers() as found:
        yield found


@pytest.mark.parametrize("mode", ["expire", "expire400", "expire200"])
async def test_a_session_that_a_server_forgot_is_begun_anew_without_a_word(mode: str, address: str, core: Core, context: ToolContext) -> None:
    await core.mcp.add(ServerConfig("odd", "", url=f"{address}/{mode}/mcp", timeout_s=10))
    for number in range(5):
        assert f"you said {{'text': '{number}'}}" in (await call(core, context, "odd.echo", text=str(number))).text


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("plain401", 'it wants a sign-in or a key (401): {"error":"invalid_token"}'),
        ("p403", "it does not allow this (403): Forbidden: your plan has no access"),
        ("p429", "it is asked too often (429, again in 7 s): slow down"),
        ("p500", "it failed (500): Internal error: db down"),
        ("html", "a web page answers at that address, not an MCP server"),
    ],
)
async def test_each_refusal_has_its_own_sentence_with_the_words_of_the_server(mode: str, said: str, address: str, core: Core) -> None:
    with pytest.raises(ToolFailed) as caught:
        await core.mcp.add(ServerConfig("odd", "", url=f"{address}/{mode}/mcp", timeout_s=10))
    assert said in caught.value.message
