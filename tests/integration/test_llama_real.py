"""A real small model with tools: calls of its own, prompts that only grow, and where its files lack templates for tools, the same."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from llama_cpp import Llama

from core.messages import CallDelta, Finished, Message, ModelRequest, Part, TextDelta, ToolCall, ToolSpec
from models.llama.chat import LlamaModel
from models.llama.context import Context
from models.llama.prompt import PromptBuilder
from models.llama.template import ChatTemplate
from models.llama.wire import chat_job
from models.servers.tool_names import ToolNames
from models.sources.offers import Offer
from tests.helpers.real_models import CODER_0_5B, SMOLLM2_135M, fetch

pytestmark = [pytest.mark.model, pytest.mark.timeout(300)]
PATH = {"type": "object", "properties": {"path": {"type": "string", "enum": ["meeting.md", "expenses.csv"]}}, "required": ["path"]}
TOOLS = (
    ToolSpec("files.read", "Read a file of the workspace.", PATH),
    ToolSpec(
        "files.append",
        "Add lines to a file.",
        {**PATH, "properties": {**PATH["properties"], "lines": {"type": "array", "items": {"type": "string"}}}, "required": ["path", "lines"]},
    ),  # type: ignore[dict-item]
)
RULES = Message("system", "You are an assistant on the person's computer. Read files with the tools before you answer. Be brief.")
NAMES = ToolNames(tool.name for tool in TOOLS)


@pytest.fixture(scope="module")
def coder() -> Path:
    return fetch(CODER_0_5B)


@pytest.fixture
async def model(coder: Path, tmp_path: Path) -> AsyncIterator[LlamaModel]:
    made = LlamaModel("coder", coder, 2048, {}, state=tmp_path / "states" / "coder.state")
    yield made
    await made.worker.close()


async def parts(model: LlamaModel, *messages: Message, **more: Any) -> tuple[str, list[ToolCall], Finished]:
    found: list[Part] = []
    async with contextlib.aclosing(model.stream(ModelRequest((RULES, *messages), **{"max_tokens": 80, "tools": TOOLS, **more}))) as stream:
        found = [part async for part in stream]
    assert isinstance(found[-1], Finished)
    return "".join(part.text for part in found if isinstance(part, TextDelta)), [part.call for part in found if isinstance(part, CallDelta)], found[-1]


async def test_a_loop_calls_reads_only_what_is_new_and_answers_from_the_result(model: LlamaModel) -> None:
    asked = Message("user", "Read meeting.md and say who sends the budget.")
    text, calls, finished = await parts(model, asked)
    assert [(call.name, call.arguments) for call in calls] == [("files.read", {"path": "meeting.md"})] and not text.strip()
    assert finished.reason == "tool_calls" and len(calls[0].id) == 9 and model.profile.billions == 0.5
    result = Message("tool", "Anna sends the budget on Friday.", tool_call_id=calls[0].id)
    answer, _, second = await parts(model, asked, Message("assistant", text, tool_calls=tuple(calls)), result, tools=TOOLS)
    assert second.usage.cached_tokens >= finished.usage.prompt_tokens - 1, "all of the first prompt is still there"
    assert answer or second.reason == "tool_calls"


async def test_a_call_after_its_marker_has_arguments_of_its_tool_only(model: LlamaModel) -> None:
    async with contextlib.aclosing(
        model.worker.call("chat", **chat_job(ModelRequest((RULES, Message("user", "Add eggs to expenses.csv.")), tools=TOOLS, max_tokens=120), NAMES), written="<tool_call>")
    ) as answers:
        said = "".join([answer.get("delta", "") async for answer in answers])
    assert said.startswith('\n{"name": "files_'), said
    call = json.loads(said.partition("\n</tool_call>")[0])
    assert call["name"] in ("files_read", "files_append") and call["arguments"]["path"] in ("meeting.md", "expenses.csv")


async def test_after_a_start_a_first_request_reads_only_what_is_new(model: LlamaModel) -> None:
    await parts(model, Message("user", "Hello"), max_tokens=1)
    await model.worker.close()
    _, _, finished = await parts(model, Message("user", "What did we spend?"), max_tokens=1)
    assert finished.usage.prompt_tokens - finished.usage.cached_tokens < 32


async def test_a_schema_is_kept_to(model: LlamaModel) -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string", "maxLength": 20}, "size": {"enum": ["small", 'very "large"']}}, "required": ["city", "size"]}
    text, _, finished = await parts(model, Message("user", "Name a city of France and its size as JSON."), tools=(), schema=schema)
    assert set(json.loads(text)) == {"city", "size"} and finished.reason == "stop"


@pytest.fixture(scope="module", params=[CODER_0_5B, SMOLLM2_135M], ids=["coder", "smollm2"])
def builder(request: pytest.FixtureRequest) -> Iterator[PromptBuilder]:
    known: Offer = request.param
    llm = Llama(str(fetch(known)), n_ctx=64, n_batch=32, verbose=False)
    context = Context(llm)
    yield PromptBuilder(context, ChatTemplate(llm.metadata["tokenizer.chat_template"], context.bos, context.eos))
    llm.close()


def test_each_prompt_of_a_loop_extends_the_tokens_of_the_last(builder: PromptBuilder) -> None:
    call = ToolCall("files.read", {"path": "meeting.md"}, "abcdefgh1")
    loop = [
        RULES, Message("user", "Who sends the budget?"), Message("assistant", "I look.", tool_calls=(call,)), Message("tool", "Anna </s><|im_end|>", tool_call_id=call.id),
        Message("assistant", "Anna does."), Message("user", "And when?"), Message("assistant", "", tool_calls=(call, call)), Message("tool", "a", tool_call_id=call.id),
        Message("tool", "b", tool_call_id=call.id),
    ]  # fmt: skip
    text = '<tool_call>\n{"name": "files_read", "arguments": {"path": "meeting.md"}}\n</tool_call>'
    last = builder.build(**_job(loop[:2]))
    assert 40 < last.head < len(last.tokens) - 3
    for count, written in ((4, f"I look.\n{text}"), (6, "Anna does."), (9, f"{text}\n{text}")):
        spelt = [token for letter in written for token in builder._context.tokenize(letter)]  # letter by letter, as no tokenizer would cut it
        builder.remember(last, spelt, written)
        following = builder.build(**_job(loop[:count]))
        assert following.tokens[: len(last.tokens) + len(spelt)] == last.tokens + spelt
        assert following.head == last.head
        last = following


def _job(messages: list[Message]) -> dict[str, Any]:
    job = chat_job(ModelRequest(tuple(messages), tools=TOOLS), NAMES)
    return {"messages": job["messages"], "tools": job["tools"]}
