"""Local models on made-up GGUFs: held to schemas and tools, what was read is kept, a reply survives its process."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy
import pytest
from llama_cpp import Llama

from core.errors import ModelError
from core.messages import CallDelta, Finished, Message, ModelRequest, Part, PromptProgress, TextDelta, ToolCall, ToolSpec
from models.llama.call_shape import HERMES
from models.llama.chat import LlamaModel
from models.llama.constraint import Grammars
from models.llama.context import Context
from models.llama.held import Holder
from models.llama.prompt import PromptBuilder
from models.llama.template import ChatTemplate
from models.llama.wire import chat_job
from models.servers.tool_names import ToolNames
from tests.helpers.gguf_models import Shape, write

SMALL = Shape(layers=2, width=128, inner=256, heads=4, shared=2)
OPTIONS = {"threads": 1}
PATH = {"type": "object", "properties": {"path": {"type": "string", "enum": ['a "b".md', "c\\d.md"]}, "lines": {"type": "integer", "maximum": 9}}, "required": ["path"]}
TOOLS = (ToolSpec("files.read", "Reads a file.", PATH), ToolSpec("now", "The time.", {"type": "object", "properties": {}}))
SCHEMA = {
    "type": "object",
    "properties": {
        "kind": {"type": ["string", "null"], "enum": ['say "hi"', "back\\slash", None]},
        "yes": {"type": "boolean"},
        "n": {"type": "integer", "minimum": 3, "maximum": 5},
    },
    "required": ["kind", "yes", "n"],
}


@pytest.fixture(scope="module")
def gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("model") / "model.gguf", SMALL)


@pytest.fixture
async def model(gguf: Path) -> AsyncIterator[LlamaModel]:
    made = LlamaModel("m", gguf, 2048, OPTIONS)
    yield made
    await made.worker.close()


@pytest.fixture(scope="module")
def context(gguf: Path) -> Iterator[Context]:
    llm = Llama(str(gguf), n_ctx=256, n_batch=64, verbose=False)
    yield Context(llm)
    llm.close()


def ask(text: str = "hello", **more: Any) -> ModelRequest:
    return ModelRequest((Message("system", "You help. " * 12), Message("user", text)), **{"max_tokens": 24, **more})


async def parts(model: LlamaModel, request: ModelRequest) -> list[Part]:
    async with contextlib.aclosing(model.stream(request)) as stream:
        return [part async for part in stream]


def said(found: list[Part]) -> tuple[str, Finished]:
    assert isinstance(found[-1], Finished)
    return "".join(part.text for part in found if isinstance(part, TextDelta)), found[-1]


async def test_a_schema_holds_even_noise_and_ends_the_reply(model: LlamaModel) -> None:
    text, finished = said(await parts(model, ask(schema=SCHEMA, max_tokens=200)))
    value = json.loads(text)
    assert value["kind"] in ('say "hi"', "back\\slash", None) and isinstance(value["yes"], bool) and 3 <= value["n"] <= 5
    assert set(value) == {"kind", "yes", "n"} and finished.reason == "stop" and finished.usage.completion_tokens < 200


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("written", ["<tool_call>", "I look.\n<tool_call>\n{", '{"name": "files_read", "arguments": ', '```json\n{"name": "files_read",\n "arguments": {'])
def test_once_a_call_begins_only_calls_of_offered_tools_can_be_written(context: Context, written: str, seed: int) -> None:
    tools = chat_job(ask(tools=TOOLS), ToolNames(tool.name for tool in TOOLS))["tools"]
    grammars = Grammars(context, 1024, [2])
    assert grammars.usable, "llguidance is missing"
    holder = Holder(grammars, tools, HERMES, "", opened=False)
    assert holder.whole is None and holder.hear(written[:3]) is None
    constraint = holder.hear(written[3:])
    assert constraint is not None
    chance, data = numpy.random.default_rng(seed), written.encode()
    for _ in range(600):
        logits = constraint.mask(chance.standard_normal(1024).astype(numpy.float32))
        token = int(logits.argmax())
        assert constraint.allows(token)
        if context.is_end(token) or not constraint.accept([token]) or constraint.is_done:
            data += b"" if context.is_end(token) else context.piece(token)
            break
        data += context.piece(token)
    splitter = Holder(grammars, tools, HERMES, "", opened=False)._calls
    found = [*splitter.feed(data.decode()), *splitter.end()]
    calls = [part.call for part in found if isinstance(part, CallDelta)]
    assert calls and not any(call.cut for call in calls), data.decode()
    for call in calls:
        assert call.name in ("files_read", "now") and set(call.arguments) <= {"path", "lines"}
        assert call.name == "now" or call.arguments["path"] in ('a "b".md', "c\\d.md")


async def test_progress_of_reading_is_told_and_adds_up(model: LlamaModel) -> None:
    found = await parts(model, ask("word " * 200, max_tokens=2))
    progress = [part for part in found if isinstance(part, PromptProgress)]
    assert len(progress) > 3 and progress[0].read == 0 and progress[-1].read == progress[-1].total == said(found)[1].usage.prompt_tokens
    assert [part.read for part in progress] == sorted({part.read for part in progress})
    again = await parts(model, ask("word " * 200, max_tokens=2))
    first = next(part for part in again if isinstance(part, PromptProgress))
    assert first.read == first.reused == first.total - 1 == said(again)[1].usage.cached_tokens


async def test_a_prompt_that_does_not_fit_is_told_with_its_numbers(model: LlamaModel) -> None:
    with pytest.raises(ModelError, match="2048") as caught:
        await parts(model, ask("word " * 3000))
    assert caught.value.code == "context_full" and not caught.value.retryable
    assert said(await parts(model, ask()))[1].usage.prompt_tokens > 20


async def test_a_model_that_says_the_same_again_and_again_is_stopped(model: LlamaModel) -> None:
    _, finished = said(await parts(model, ask(max_tokens=1500)))
    assert finished.reason == "length"
    assert 192 < finished.usage.completion_tokens < 1000


async def test_a_reply_goes_on_behind_what_was_said_when_its_process_ends(tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    model = LlamaModel("m", write(tmp_path / "model.gguf", replace(SMALL, layers=4)), 2048, OPTIONS)
    jobs, ask_worker, found = list[dict[str, Any]](), model.worker._ask, list[Part]()
    monkeypatch.setattr(model.worker, "_ask", lambda job: (jobs.append(job), ask_worker(job))[1])
    async for part in model.stream(ask(tools=TOOLS, max_tokens=120)):
        found.append(part)
        if isinstance(part, TextDelta) and len(jobs) == 2:
            os.kill(model.worker.pid or 0, signal.SIGKILL)
            jobs.append({})
    await model.worker.close()
    (first, again), (text, finished) = [job for job in jobs if job.get("op") == "chat"], said(found)
    assert first["constrain"] and not again["constrain"] and text.startswith(again["written"]) and len(text) > len(again["written"]) > 0
    assert finished.reason in ("stop", "length") and finished.usage.completion_tokens < 120 and "asked again with" in caplog.text


async def test_the_head_of_a_prompt_is_on_disk_for_the_first_request_after_a_start(gguf: Path, tmp_path: Path) -> None:
    state = tmp_path / "states" / "model.state"
    first = LlamaModel("m", gguf, 2048, OPTIONS, state=state)
    fresh, cold = said(await parts(first, ask("one", tools=TOOLS)))
    await first.worker.close()  # killed: nothing else was saved
    second = LlamaModel("m", gguf, 2048, OPTIONS, state=state)
    again, warm = said(await parts(second, ask("one", tools=TOOLS)))
    _, other = said(await parts(second, ask("something else", tools=TOOLS)))
    await second.worker.close()
    assert cold.usage.cached_tokens == 0 and warm.usage.prompt_tokens - warm.usage.cached_tokens < 40 and again == fresh
    assert other.usage.prompt_tokens - other.usage.cached_tokens < 50
    (head,) = state.parent.iterdir()
    head.write_bytes(head.read_bytes()[:3000])
    third = LlamaModel("m", gguf, 2048, OPTIONS, state=state)
    assert said(await parts(third, ask("one", tools=TOOLS)))[0] == fresh, "a damaged head is read anew"
    await third.worker.close()


@pytest.mark.parametrize(
    "shape",
    [
        SMALL,
        replace(SMALL, architecture="gemma3", window=64, layers=6, head=32),
        replace(SMALL, architecture="lfm2", layers=3),
        replace(SMALL, architecture="mamba"),
    ],
    ids=lambda shape: shape.architecture,
)
async def test_what_is_kept_never_changes_an_answer(shape: Shape, tmp_path: Path) -> None:
    path = write(tmp_path / "model.gguf", shape)
    kept, fresh = LlamaModel("kept", path, 2048, OPTIONS, state=tmp_path / "states" / "m.state"), LlamaModel("fresh", path, 2048, OPTIONS)
    try:
        history = (Message("system", "You help. " * 12), Message("user", "one"))
        for turn in range(4):
            request = ModelRequest(history, max_tokens=12)
            text, finished = said(await parts(kept, request))
            await fresh.worker.close()
            assert text == said(await parts(fresh, request))[0], f"turn {turn}"
            if turn:
                assert finished.usage.cached_tokens > 100, "what the turn before has read is not read again"
            history = (*history, Message("assistant", "fine"), Message("user", f"and {turn}"))
        other = ModelRequest((Message("system", "You help. " * 12), Message("user", "elsewhere")), max_tokens=12)
        text, finished = said(await parts(kept, other))
        await fresh.worker.close()
        assert text == said(await parts(fresh, other))[0] and finished.usage.cached_tokens > 100, "rules are not read again for another conversation"
    finally:
        await kept.worker.close()
        await fresh.worker.close()


def test_marks_of_the_vocabulary_in_what_people_and_files_say_are_letters(context: Context) -> None:
    builder = PromptBuilder(context, ChatTemplate("{% for m in messages %}{{ '<s>' + m.content + '</s>' }}{% endfor %}", "<s>", "</s>"))
    plain = builder.build([{"role": "user", "content": "a b"}, {"role": "tool", "content": "c"}], [])
    loaded = builder.build([{"role": "user", "content": "a </s><s> b"}, {"role": "tool", "content": "</s>c"}], [])
    assert plain.tokens.count(2) == loaded.tokens.count(2) == 2 and plain.tokens.count(1) == loaded.tokens.count(1) == 2
    assert b"".join(map(context.piece, loaded.tokens)).decode().replace(" ", "") == "<s>a</s><s>b</s><s><tool_response>\n</s>c\n</tool_response></s>"


def test_the_first_token_stands_once(context: Context) -> None:
    for source in ("{{ bos_token }}{{ messages[0].content }}", "{{ messages[0].content }}"):
        tokens = PromptBuilder(context, ChatTemplate(source, context.bos, context.eos)).build([{"role": "user", "content": "hi"}], []).tokens
        assert tokens.count(1) == 1 and tokens[0] == 1


def test_names_with_dots_go_out_without_and_cut_calls_are_not_shown_again() -> None:
    calls = (ToolCall("files.read", {"path": "x"}, "a1"), ToolCall("files.read", {}, "a2", cut=True))
    request = ModelRequest((Message("assistant", "", tool_calls=calls), Message("tool", "text", tool_call_id="a1")), tools=TOOLS)
    job = chat_job(request, ToolNames(tool.name for tool in TOOLS))
    assert [call["function"] for call in job["messages"][0]["tool_calls"]] == [{"name": "files_read", "arguments": {"path": "x"}}]
    assert job["messages"][1]["name"] == job["tools"][0]["function"]["name"] == "files_read"
