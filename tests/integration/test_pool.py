"""The pool with real (made-up) models: loaded while tools run, as the person wants them, explained; what is kept is not kept for ever."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.service.composition import Core
from core.ports import SwitchReport
from models import pool as pools
from models.hardware import Card
from models.pool import prune
from models.scripted import ScriptedModel
from tests.helpers.gguf_models import Shape, write

SMALL = Shape(layers=2, width=128, inner=256, heads=4, shared=2)
TEMPLATE = "{% for message in messages %}{{ message.content }}{% endfor %}"
STEPS = {"steps": [{"id": f"s{number}", "tool": "files.write", "args": {"path": f"{number}.txt", "text": "x"}} for number in range(6)]}


@pytest.fixture
def core(make_core: Callable[..., Core]) -> Core:
    core = make_core(planner=ScriptedModel([STEPS], "planner"), reviewer=ScriptedModel([{"score": 0.95, "issues": [], "suggestions": []}], "reviewer"))
    core.home.models.mkdir(exist_ok=True)
    for name in ("writer", "other"):
        write(core.home.models / f"{name}.gguf", SMALL, TEMPLATE)
    return core


async def test_the_executor_is_loaded_while_the_tools_run(core: Core, workspace: Path) -> None:
    core.settings.set("models.executor", "writer")
    core.settings.set("models.context", 512)  # it says nothing but noise, and that until it is full
    result = await core.runs.wait(core.runs.start({"text": "write six files", "workspace": str(workspace), "approve": "all"}), 60)
    result = result["result"]
    assert result["status"] == "done"
    events = core.journal.of_run(result["run_id"])
    kinds = [event.type for event in events]
    switched = next(event.data for event in events if event.type == "models_switched")
    assert switched["loading"] == ["writer"] and switched["expected_s"] > 0 and not switched["skipped"]
    loaded = next(event.data for event in events if event.type == "models_loaded")
    assert loaded["loaded"] == ["writer"] and "processor" in loaded["reason"] and loaded["left"]["cpu"] > 0
    assert kinds.index("step_started") < kinds.index("models_loaded")  # nothing waited for it


async def test_knobs_of_the_settings_are_what_the_model_is_loaded_with(core: Core) -> None:
    core.settings.set_load("writer", {"context": 1024, "cache": "q8_0"})
    facts = await core.pool.load("writer")
    assert facts["context"] == 1024
    core.settings.set("models.context", 2048)
    assert (await core.pool.load("other"))["context"] == 2048


async def test_what_comes_next_is_loaded_only_beside_what_is_needed_sooner(core: Core) -> None:
    await core.pool.load("writer")
    told: list[SwitchReport] = []
    core.pool.expect("run", ("writer", "other"))
    core.pool.ahead("other", told.append, beside=True)
    await _ended(core)
    assert told[0].loaded == ("other",) and told[0].unloaded == () and core.pool.keeper.residency.resident == ("other", "writer")
    await core.pool.unload("other")
    core.settings.set("models.pinned", ["writer"])
    core.pool.keeper._room = lambda machine: dict(core.pool.keeper.residency.footprints["writer"].bytes)  # type: ignore[method-assign]
    core.pool.ahead("other", told.append, beside=True)
    await _ended(core)
    assert len(told) == 1 and core.pool.keeper.residency.resident == ("writer",)


async def test_a_load_ahead_that_fails_is_only_told_to_who_calls(core: Core) -> None:
    (core.home.models / "broken.gguf").write_bytes(b"GGUF is not all")
    told: list[SwitchReport] = []
    core.pool.ahead("broken", told.append)
    await _ended(core)
    assert told == [] and core.pool.keeper.residency.resident == ()


async def test_a_switch_says_why_and_what_is_left(core: Core) -> None:
    report = await core.pool.switch((), "writer")
    assert report.loaded == ("writer",) and "there is room" in report.why and report.left["cpu"] > 10**6
    assert (await core.pool.switch((), "writer")).why == "it is loaded"


def test_old_states_go_and_the_oldest_where_there_are_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "STATES_KEPT", (250, 1000.0))
    for name, age in (("new", 1), ("newer", 0), ("third", 2), ("old", 5000)):
        (tmp_path / name).write_bytes(bytes(100))
        os.utime(tmp_path / name, (10_000 - age, 10_000 - age))
    prune(tmp_path, now=10_000)
    assert sorted(file.name for file in tmp_path.iterdir() if file.is_file()) == ["new", "newer"]
    prune(tmp_path / "none")


async def _ended(core: Core) -> None:
    for task in list[Any](core.pool._ahead):
        await task


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="what a process was started with is read from /proc")
async def test_a_worker_is_shown_the_card_that_was_planned_and_others_none(core: Core) -> None:
    """This llama.cpp may know no card: it then loads into RAM what was planned for one, which is enough to see what it was given."""
    machine = core.pool.keeper.machine()
    card = Card("cuda0", "A Card", "nvidia", 24 * 10**9, 23 * 10**9, 1.0e12, backend="cuda", address="GPU-1234")
    core.pool.keeper._probe = lambda: replace(machine, cards=(card,))
    core.pool.keeper._seen = None
    await core.pool.load("writer")
    assert core.pool.keeper.residency.footprints["writer"].bytes.keys() == {"cpu", "cuda0"} and "A Card" in core.pool.keeper.why("writer")
    core.settings.set_load("other", {"context": 1024, "offload": 0})
    await core.pool.load("other")
    seen = {model_id: _environment(core, model_id) for model_id in ("writer", "other")}
    assert seen["writer"]["CUDA_VISIBLE_DEVICES"] == "GPU-1234" and seen["other"]["CUDA_VISIBLE_DEVICES"] == "" and seen["writer"]["GGML_VK_VISIBLE_DEVICES"] == ""
    core.pool.keeper._probe = lambda: replace(machine, cards=(replace(card, free=10**8),))
    core.pool.keeper._seen = None
    assert await core.pool.tend() == ("writer",)
    assert {row["id"] for row in core.pool.known() if row.get("pid")} == {"other"}


def _environment(core: Core, model_id: str) -> dict[str, str]:
    process = core.pool.get(model_id).worker.pid  # type: ignore[attr-defined]
    return dict(entry.split("=", 1) for entry in Path(f"/proc/{process}/environ").read_text().split("\0") if "=" in entry)
