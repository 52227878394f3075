"""A model that came is measured once for its file and machine, in the background, and gives way to requests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from app.commands.models import measured_text
from app.service.composition import Core
from core.messages import Finished, ModelRequest, Part, PromptProgress, TextDelta, Usage
from core.ports import ModelProfile
from models import self_test
from models.experience import Experience
from models.scripted import ScriptedModel
from models.self_test import fingerprint, measure, ways_of
from tests.helpers.gguf_models import Shape, write

TEMPLATE = "{% for message in messages %}{{ message.content }}{% endfor %}"


@pytest.fixture
def core(make_core: Callable[..., Core]) -> Core:
    core = make_core(planner=ScriptedModel(["Hello"], "planner"))
    core.home.models.mkdir(exist_ok=True)
    write(core.home.models / "writer.gguf", Shape(layers=2, width=128, inner=256, heads=4, shared=2), TEMPLATE)
    return core


def row_of(core: Core) -> dict[str, object]:
    return next(row for row in core.pool.known() if row["id"] == "writer")


async def finish(core: Core) -> None:
    assert core.pool.self_test._task is not None
    async with asyncio.timeout(60):
        await core.pool.self_test._task


async def test_a_model_that_came_is_measured_once(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(self_test, "QUIET_SECONDS", 0.0)
    assert row_of(core)["reads_per_s"] is None
    await core.tend()
    await finish(core)
    row = row_of(core)
    assert row["reads_per_s"] and row["ways"] == ["talk", "small tasks"] and not row["loaded"], "and it is let go of again"
    assert "reads" in measured_text(row) and "small tasks" in measured_text(row)
    task = core.pool.self_test._task
    core.pool.self_test._not_before.clear()
    await core.tend()
    assert core.pool.self_test._task is task, "not a second time"
    write(core.home.models / "writer.gguf", Shape(layers=1, width=128, inner=256, heads=4, shared=2), TEMPLATE)
    core.pool.self_test.look(lambda: True)
    assert core.pool.self_test._task is not task, "another file is another model"
    await finish(core)


async def test_nothing_is_tested_while_somebody_waits(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(self_test, "QUIET_SECONDS", 0.0)
    core.pool.self_test.look(lambda: False)
    assert core.pool.self_test._task is None
    monkeypatch.setattr(self_test, "QUIET_SECONDS", 1000.0)
    core.pool.self_test.look(lambda: True)
    assert core.pool.self_test._task is None, "it was not quiet for long enough"


class Slow:
    """Writes a word each time it is let."""

    profile = ModelProfile("slow", local=True)

    def __init__(self) -> None:
        self.said, self.closed = 0, False

    async def stream(self, request: ModelRequest):  # type: ignore[no-untyped-def]
        try:
            yield PromptProgress(200, 200)
            for _ in range(self_test.WRITTEN):
                self.said += 1
                await asyncio.sleep(0.002)
                part: Part = TextDelta("word ")
                yield part
            yield Finished("stop", Usage(1, 200, self_test.WRITTEN))
        finally:
            self.closed = True


async def test_a_test_gives_way_to_the_first_request() -> None:
    model, looks = Slow(), iter([True] * 5 + [False] * 100)
    assert await measure(model, lambda: next(looks)) is None
    assert model.said <= 6 and model.closed


async def test_paces_are_tokens_by_seconds() -> None:
    found = await measure(Slow())
    assert found is not None and found.read and found.written
    assert 20 < found.written < 500 and found.read > found.written


async def test_a_file_that_cannot_be_loaded_is_not_tried_again_and_again(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(self_test, "QUIET_SECONDS", 0.0)
    (core.home.models / "writer.gguf").write_bytes(b"GGUF is not all")
    await core.pool.self_test.run("writer", core.home.models / "writer.gguf", lambda: True)
    core.pool.self_test.look(lambda: True)
    assert core.pool.self_test._task is None


def test_what_was_measured_is_true_of_one_file_and_one_machine(tmp_path: Path, core: Core) -> None:
    file, machine = core.home.models / "writer.gguf", core.pool.keeper.machine()
    mark = fingerprint(file, machine)
    experience = Experience(tmp_path / "experience.json")
    experience.measured("writer", mark, 200.0, None)
    again = Experience(tmp_path / "experience.json")
    assert again.is_measured("writer", mark) and again.read_speed("writer") == 200.0 and again.decode_speed("writer") is None
    file.write_bytes(file.read_bytes() + b"x")
    assert not again.is_measured("writer", fingerprint(file, machine))


@pytest.mark.parametrize(
    ("profile", "ways"),
    [
        (ModelProfile("starter", True, chats=False), ("simple requests",)),
        (ModelProfile("tiny", True, billions=1.5), ("talk", "small tasks")),
        (ModelProfile("big", True, billions=8.0), ("talk", "tools", "plans")),
        (ModelProfile("cloud", False, sees=True), ("talk", "tools", "plans", "pictures")),
        (ModelProfile("plain", True, billions=8.0, calls=False), ("talk",)),
    ],
)
def test_which_ways_a_model_takes(profile: ModelProfile, ways: tuple[str, ...]) -> None:
    assert ways_of(profile) == ways


def test_what_a_model_behind_a_server_takes_and_costs_is_shown(core: Core) -> None:
    core.settings.set_provider(
        "odd", {"kind": "openai", "base_url": "http://127.0.0.1:9/v1", "models": ["paid", "free"], "model": {"paid": {"price_in": 2.0, "price_out": 8.5, "context": 9000}}}
    )
    paid, free = (row for row in core.pool.known() if row["kind"] == "openai")
    assert paid["context"] == 9000 and measured_text(paid) == "talk, tools, plans; $2 in, $8.5 out for a million tokens"
    assert measured_text(free) == "talk, tools, plans"


async def test_what_other_data_folders_share_is_not_loaded_unasked(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(self_test, "QUIET_SECONDS", 0.0)
    shared = core.pool.store.folder
    shared.mkdir(parents=True, exist_ok=True)
    file = (core.home.models / "writer.gguf").rename(shared / "writer.gguf")
    await core.tend()
    assert core.pool.self_test._task is None and row_of(core)["reads_per_s"] is None
    core.settings.set("models.executor", "writer")
    assert core.pool.files_in_use() == [("writer", file)]
    await core.tend()
    await finish(core)
    assert row_of(core)["reads_per_s"], "what was chosen is tested"
