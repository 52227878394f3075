"""Finding tools: by words, by meaning, by what a request implies; and how much of it stands in a prompt."""

from __future__ import annotations

import time
from typing import Any

import pytest

from core.errors import ModelError
from core.planning.prompts import format_tools
from tests.helpers.meanings import meanings_of
from tools.declare import Tool
from tools.finding.finder import Described, ToolFinder
from tools.finding.glossary import in_english
from tools.finding.needs import clauses, implied, plain, sentences
from tools.finding.words import terms
from tools.toolbox import LocalToolBox

TOOLS = [
    Described("getWeather", "Get the weather forecast for a city.", "weather", "", ("city",)), Described("send_mail", "Send an email message.", "mail", "", ("to", "subject")),
    Described("write_file", "Write content to a file.", "files", "", ("path", "content")), Described("create_chart", "Generate a bar chart from numbers.", "charts", "", ("rows",)),
    Described("search_papers", "Search scientific articles.", "papers", "", ("query",)),
]  # fmt: skip
CONCEPTS = ("weather rain umbrella sunny", "mail letter message post email", "file write save content document", "chart graph plot diagram", "papers articles science research")
meanings = meanings_of(CONCEPTS)


async def first(request: str, embed: Any = None) -> str:
    finder = ToolFinder(embed)
    await finder.index(TOOLS)
    return (await finder.find(request, 1))[0][0]


async def test_words_alone_find_what_shares_them_whatever_their_form() -> None:
    assert await first("searching for an article") == "search_papers"
    assert await first("what will the weather be") == "getWeather"


async def test_meaning_finds_what_shares_no_word() -> None:
    assert await first("do I need an umbrella", meanings) == "getWeather"
    assert await first("a graph of that", meanings) == "create_chart"


async def test_a_request_with_several_needs_finds_them_all() -> None:
    finder = ToolFinder(meanings)
    await finder.index(TOOLS)
    found = [name for name, _ in await finder.find("Look for research on bees and plot the counts, then store everything in /tmp/bees.md", 3)]
    assert set(found) == {"search_papers", "create_chart", "write_file"}


async def test_without_vectors_it_goes_on_with_words() -> None:
    async def none(texts: list[str]) -> list[list[float]]:
        raise ModelError("it is not installed")

    assert await first("send an email", none) == "send_mail"


async def test_only_what_is_new_is_embedded() -> None:
    asked: list[str] = []

    async def counted(texts: list[str]) -> list[list[float]]:
        asked.extend(texts)
        return await meanings(texts)

    finder = ToolFinder(counted)
    await finder.index(TOOLS)
    count = len(asked)
    await finder.index([*TOOLS, Described("new_one", "Something new.")])
    assert len(asked) == count + 3


async def test_what_fits_nothing_scores_low() -> None:
    finder = ToolFinder(None)
    await finder.index(TOOLS)
    assert await finder.fits("send an email message") > 0.6 > 0.2 > await finder.fits("who was Napoleon")


async def test_nothing_to_find_is_no_error() -> None:
    finder = ToolFinder(meanings)
    await finder.index([])
    assert await finder.find("anything", 3) == [] and await finder.fits("anything") == 0.0


def test_requests_are_taken_apart() -> None:
    assert plain("open ~/a/b.pdf and https://x.org/y in notes.txt") == "open pdf file and web page url in text file"
    assert clauses("find the papers about bees and send them to Ann, then sort the folder") == ["find the papers about bees", "send them to Ann", "sort the folder"]
    assert clauses("find the papers") == []
    assert implied("read /a/people.xlsx and save it as out.md") == ["read data from an excel sheet", "write content to a file"]
    assert implied("how many ounces are in 2 pounds") == ["convert units of measurement"] and implied("I have 100 euro, what is that in USD") == ["convert currency"]
    assert terms("getUserNames of the 2 users") == terms("get user name 2 user")


def test_what_is_needed_besides_is_implied() -> None:
    assert implied("what is on tomorrow") == ["get the current time and date"] and implied("estimate its value, how much is it") == ["calculate an expression"]
    assert "find places nearby" in implied("a restaurant near the station") and "navigate to a web page in a browser" in implied("buy a monitor")
    assert implied("write a summary to notes.md.") == ["write content to a file"] and implied("sort the list") == []


def test_many_sentences_each_have_their_say() -> None:
    said = sentences("Can you help me with a few things? First, I need the weather in Rome. Then find a paper about bees. Thanks! Also send an email to Ann about it.")
    assert said == ["First, I need the weather in Rome.", "Then find a paper about bees.", "Also send an email to Ann about it."]
    assert sentences("Find a paper. Send it to Ann please.") == []


async def test_tools_that_describe_themselves_in_chinese_are_found_in_english() -> None:
    finder = ToolFinder()
    await finder.index([Described("q1", "获取今天的天气预报"), Described("q2", "查询火车余票信息"), Described("q3", "获取热门新闻排行榜"), Described("q4", "draw a chart")])
    for request, name in (("weather forecast", "q1"), ("remaining train tickets", "q2"), ("trending news", "q3")):
        assert (await finder.find(request, 1))[0][0] == name
    assert in_english("plain English") == "" and "stock market" in in_english("股市行情")


def many(count: int) -> list[Tool]:
    schema = {"type": "object", "properties": {"id": {"type": "string"}}}
    return [
        Tool(f"s{number % 40}.tool_{number}", f"Does the thing number {number} with words w{number}.", "reads", None, None, given_schema=schema, source="mcp:s")
        for number in range(count)
    ]  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [10, 600])
async def test_what_always_stands_in_a_prompt_stays_small(count: int, toolbox: LocalToolBox) -> None:
    toolbox.offer("mcp:s", many(count))
    found = await toolbox.offered("do thing w7 and write a file", 8192)
    assert len(found.others) <= 8192 * 0.03 * 4 and "files.write" in {spec.name for spec in found.specs} and ("s7.tool_7" in {spec.name for spec in found.specs})
    assert len(format_tools(found.specs)) < 8192 * 4 * 0.2
    assert (await toolbox.offered("x", 10_000_000)).others == ""  # where there is room, everything is shown


async def test_thousands_of_tools_are_searched_in_little_time(toolbox: LocalToolBox) -> None:
    finder = ToolFinder(None)
    await finder.index([Described(tool.name, tool.description) for tool in many(5000)])
    began = time.perf_counter()
    assert (await finder.find("thing number 4321", 1))[0][0].endswith("tool_4321")
    assert time.perf_counter() - began < 1.0  # a bound against the quadratic; the figure is in the benchmarks
