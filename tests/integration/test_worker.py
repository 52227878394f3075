"""The llama.cpp worker with the shipped GGUF: streaming, schema, prefix reuse, cancel, crash, bad files."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest

from core.errors import ModelError
from core.messages import Finished, Message, ModelRequest, ReasoningDelta, TextDelta
from models.llama.chat import LlamaModel
from models.llama.process import Worker
from models.starter.model import GGUF, StarterModel
from models.thinking import ThinkSplitter


async def fold(model: LlamaModel, request: ModelRequest) -> tuple[str, Finished]:
    text, finished = "", Finished("none")
    async for part in model.stream(request):
        if isinstance(part, TextDelta):
            text += part.text
        elif isinstance(part, Finished):
            finished = part
    return text, finished


def ask(text: str = "hello there", **more: object) -> ModelRequest:
    return ModelRequest((Message("user", text),), max_tokens=int(more.pop("max_tokens", 24)), **more)  # type: ignore[arg-type]


async def test_streaming_schema_and_prefix_reuse() -> None:
    model = LlamaModel("m", GGUF, 512, {"threads": 1})
    try:
        _, finished = await fold(model, ask())
        assert finished.usage.prompt_tokens > 5
        schema = {"type": "object", "properties": {"score": {"type": "number"}}, "required": ["score"]}
        text, _ = await fold(model, ask(schema=schema, max_tokens=60))
        assert text.lstrip().startswith("{") and '"score"' in text
        _, __ = await fold(model, ask("one two three four five six seven eight", max_tokens=1))
        _, second = await fold(model, ask("one two three four five six seven eight", max_tokens=1))
        assert second.usage.cached_tokens > 0
    finally:
        await model.worker.close()


@pytest.fixture(scope="session")
def slow_gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random model big enough that reading 1,500 tokens takes seconds; the starter's vocabulary, made here, shipped nowhere."""
    import gguf
    import numpy as np

    source = gguf.GGUFReader(str(GGUF))
    path = tmp_path_factory.mktemp("models") / "slow.gguf"
    width, layers, heads, inner = 1024, 12, 16, 4096
    writer = gguf.GGUFWriter(str(path), "llama")
    for add, value in (
        (writer.add_context_length, 4096),
        (writer.add_embedding_length, width),
        (writer.add_block_count, layers),
        (writer.add_feed_forward_length, inner),
        (writer.add_head_count, heads),
        (writer.add_head_count_kv, heads),
        (writer.add_rope_dimension_count, width // heads),
    ):
        add(value)
    writer.add_layer_norm_rms_eps(1e-5)
    fields = source.fields
    tokens = [bytes(fields["tokenizer.ggml.tokens"].parts[i]) for i in fields["tokenizer.ggml.tokens"].data]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(tokens)
    writer.add_token_merges([bytes(fields["tokenizer.ggml.merges"].parts[i]) for i in fields["tokenizer.ggml.merges"].data])
    writer.add_token_types([int(fields["tokenizer.ggml.token_type"].parts[i][0]) for i in fields["tokenizer.ggml.token_type"].data])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(4)
    chance = np.random.default_rng(0)

    def add(name: str, *shape: int) -> None:
        writer.add_tensor(name, (chance.standard_normal(shape, np.float32) * 0.02).astype(np.float16 if len(shape) > 1 else np.float32))

    add("token_embd.weight", len(tokens), width)
    add("output_norm.weight", width)
    for layer in range(layers):
        for name, shape in (
            ("attn_norm", (width,)),
            ("ffn_norm", (width,)),
            ("attn_q", (width, width)),
            ("attn_k", (width, width)),
            ("attn_v", (width, width)),
            ("attn_output", (width, width)),
            ("ffn_gate", (inner, width)),
            ("ffn_up", (inner, width)),
            ("ffn_down", (width, inner)),
        ):
            add(f"blk.{layer}.{name}.weight", *shape)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


async def test_cancel_in_prompt_processing_frees_the_model_and_keeps_the_process(slow_gguf: Path) -> None:
    model = LlamaModel("slow", slow_gguf, 4096, {"threads": 1})
    try:
        await model.worker.load()
        pid = model.worker.pid
        task = asyncio.create_task(fold(model, ask("lorem ipsum dolor " * 380, max_tokens=4)))
        await asyncio.sleep(0.4)  # inside prompt processing, which takes many seconds
        assert not task.done()
        began = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        spent = time.monotonic() - began
        assert spent < 5, "the stop itself is bounded"
        print(f"cancelled in {spent * 1000:.0f} ms")
        _, finished = await fold(model, ask("short", max_tokens=2))
        assert finished.usage.prompt_tokens > 1
        assert model.worker.pid == pid, "prompt processing was stopped without ending the process"
    finally:
        await model.worker.close()


async def test_a_killed_worker_is_replaced() -> None:
    model = LlamaModel("m", GGUF, 512, {"threads": 1})
    try:
        await model.worker.load()
        first = model.worker.pid
        os.kill(first or 0, signal.SIGKILL)
        _, finished = await fold(model, ask())
        assert finished.usage.prompt_tokens > 5 and model.worker.pid != first
    finally:
        await model.worker.close()


async def test_a_worker_without_its_parent_ends(tmp_path: Path) -> None:
    import subprocess
    import sys

    script = f"import asyncio\nfrom pathlib import Path\nfrom models.llama.process import Worker\nasync def go():\n    worker = Worker(Path({str(GGUF)!r}), {{'context': 512}})\n    await worker.load()\n    print(worker.pid, flush=True)\n    await asyncio.sleep(60)\nasyncio.run(go())"
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])})
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    async with asyncio.timeout(5):
        while Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().split()[2]:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("content", [b"", b"this is no model", b"GGUF" + b"\xff" * 400])
async def test_a_file_that_is_no_model_is_told_in_words(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bad.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelError) as caught:
        await Worker(path).load()
    assert caught.value.code == "model_load_failed" and caught.value.hint


async def test_a_missing_file_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        await Worker(tmp_path / "none.gguf").load()
    assert caught.value.code == "model_missing"


async def test_vectors_have_length_one_and_near_texts_are_near() -> None:
    model = LlamaModel("m", GGUF, 512, {"threads": 1, "embedding": True})
    try:
        vectors, tokens = await model.embed(["delete the file", "delete the file", "what time is it"])
        assert tokens > 0 and sum(value * value for value in vectors[0]) == pytest.approx(1, abs=1e-3)
        assert vectors[0] == pytest.approx(vectors[1], abs=1e-4) and vectors[0] != pytest.approx(vectors[2], abs=1e-3)
    finally:
        await model.worker.close()


async def test_the_starter_plans_what_the_grammar_does_not_read() -> None:
    model = StarterModel()
    try:
        plan, _ = await model.plan("tack eggs onto groceries.txt please mate")
        assert plan["steps"] and plan["steps"][0]["tool"] == "files.append", plan
        for step in plan["steps"]:
            for value in step["args"].values():
                assert "{{" in str(value) or str(value) in "tack eggs onto groceries.txt please mate", "arguments are copied, never made up"
        assert (await model.plan("who invented the telephone?"))[0]["steps"] == []
    finally:
        await model.worker.close()


def test_thinking_is_told_apart_wherever_the_tags_are_cut() -> None:
    text = "<think>first\nsecond</think>\n\nThe <b>answer</b>."
    for size in range(1, len(text) + 1):
        splitter, said, thought = ThinkSplitter(), "", ""
        parts = [part for start in range(0, len(text), size) for part in splitter.feed(text[start : start + size])] + list(splitter.end())
        said = "".join(part.text for part in parts if isinstance(part, TextDelta))
        thought = "".join(part.text for part in parts if isinstance(part, ReasoningDelta))
        assert (thought, said.strip()) == ("first\nsecond", "The <b>answer</b>.")
