"""What was read once is not read again: between two prompts of one model, and over a swap. With a made-up model, so answers are noise, but the same noise."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from models.llama.process import Worker
from tests.helpers.gguf_models import Shape, write

LONG = {"planner": "You plan. " * 60, "reviewer": "You review what others planned. " * 40}
OPTIONS = {"context": 2048, "threads": 1, "flash": True}


@pytest.fixture(scope="module")
def gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("model") / "model.gguf", Shape(layers=2, width=128, inner=256, heads=4, shared=2))


@pytest.fixture
async def worker(gguf: Path, tmp_path: Path) -> AsyncIterator[Worker]:
    made = Worker(gguf, OPTIONS, state=tmp_path / "states" / "model.state")
    yield made
    await made.close()


async def chat(worker: Worker, system: str, text: str) -> tuple[str, dict[str, Any]]:
    said, done = "", {}
    messages = [{"role": "system", "content": system}, {"role": "user", "content": text}]
    async with contextlib.aclosing(worker.call("chat", messages=messages, max_tokens=8, temperature=0.0)) as answers:
        async for answer in answers:
            said += answer.get("delta", "")
            done = answer.get("done", done)
    return said, done


async def test_two_roles_of_one_model_each_come_back_to_what_they_read(worker: Worker) -> None:
    first, read = await chat(worker, LONG["planner"], "one")
    await chat(worker, LONG["reviewer"], "two")
    again, back = await chat(worker, LONG["planner"], "one")
    assert again == first and read["cached_tokens"] < 20
    assert back["cached_tokens"] > 0.9 * back["prompt_tokens"] and back["prompt_tokens"] - back["cached_tokens"] < 20


async def test_after_a_swap_nothing_is_read_again_and_the_answer_is_the_same(worker: Worker, gguf: Path) -> None:
    first, _ = await chat(worker, LONG["planner"], "one")
    await worker.retire()
    assert worker.pid is None
    assert (await worker.load())["restored"] > 200
    again, back = await chat(worker, LONG["planner"], "one")
    assert again == first and back["prompt_tokens"] - back["cached_tokens"] < 20


async def test_a_state_of_another_way_of_loading_is_passed_over(worker: Worker, gguf: Path, tmp_path: Path) -> None:
    await chat(worker, LONG["planner"], "one")
    await worker.retire()
    other = Worker(gguf, {**OPTIONS, "cache": "q8_0"}, state=tmp_path / "states" / "model.state")
    assert (await other.load())["restored"] == 0
    said, done = await chat(other, LONG["planner"], "one")
    assert said and done["cached_tokens"] == 0
    await other.close()


@pytest.mark.parametrize("content", [b"", b"nonsense", bytes(5000)])
async def test_a_damaged_state_is_passed_over(content: bytes, worker: Worker, tmp_path: Path) -> None:
    (tmp_path / "states").mkdir()
    (tmp_path / "states" / "model.state").write_bytes(content)
    assert (await worker.load())["restored"] == 0
    assert (await chat(worker, LONG["planner"], "one"))[0]
