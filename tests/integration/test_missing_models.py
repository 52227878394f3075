"""A chosen model whose file has gone: requests are answered all the same, what is missing is said, and a file that comes back is seen."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.commands.run_printer import RunPrinter
from app.service.api import models as models_api
from app.service.composition import Core
from core.errors import NoModel
from models import pool as pool_module
from models.catalog import local_profiles
from models.keeper import Keeper
from models.scripted import ScriptedModel
from tests.helpers.gguf_models import Shape, write

SMALL = Shape(layers=2, width=128, inner=256, heads=4, shared=2)
TEMPLATE = "{% for message in messages %}{{ message.content }}{% endfor %}"
NOTE = "gone is chosen and is not here any more: {} answers instead."


@pytest.fixture
def make(make_core: Callable[..., Core], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Core]:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DESKHAND_MODEL", "")
    return make_core


def choose(core: Core, model: str) -> None:
    for role in ("planner", "reviewer", "executor"):
        core.settings.set(f"models.{role}", model)


async def ask(core: Core, workspace: Path, text: str) -> dict[str, Any]:
    run = core.runs.start({"text": text, "workspace": str(workspace), "approve": "safe"})
    return dict((await core.runs.wait(run, 60))["result"])


async def test_the_starter_answers_and_a_model_is_offered_where_there_is_no_other(make: Callable[..., Core], workspace: Path) -> None:
    core = make()
    choose(core, "gone")
    result = await ask(core, workspace, "make a folder called Trip")
    assert result["status"] == "done" and (workspace / "Trip").is_dir() and result["note"] == NOTE.format("starter")
    assert "4" in (await ask(core, workspace, "What is 2+2?"))["answer"]
    assert (await ask(core, workspace, "Explain in two sentences why the sky is blue"))["needs_model"]
    assert core.setup.state != "off", "it is as if no model had been chosen: one is offered"
    assert core.settings["models.planner"] == "gone", "the choice stays"
    assert (await models_api.list_models(core))["missing"] == ["gone"]


async def test_another_model_that_is_here_answers_until_the_file_is_back(make: Callable[..., Core], workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    core = make(here=ScriptedModel(["Air scatters blue light most."], "here", calls=True))
    write(core.home.models / "here.gguf", SMALL, TEMPLATE)
    choose(core, "gone")
    result = await ask(core, workspace, "Explain in one sentence why the sky is blue")
    assert result["answer"].startswith("Air scatters") and result["note"] == NOTE.format("here") and core.setup.state == "off"
    RunPrinter().end(result)
    assert NOTE.format("here") in capsys.readouterr().err
    write(core.home.models / "gone.gguf", SMALL, TEMPLATE)
    assert core.pool.get("gone").profile.id == "gone" and (await ask(core, workspace, "make a folder called Trip"))["note"] == ""


async def test_a_model_that_the_request_names_is_not_replaced(make: Callable[..., Core], workspace: Path) -> None:
    core = make()
    run = core.runs.start({"text": "Explain why the sky is blue", "workspace": str(workspace), "approve": "none", "models": {"planner": "gone"}})
    assert (await core.runs.wait(run, 60))["result"]["error"]["code"] == "no_model"


def ollama(home: Path) -> Path:
    """The blob of a model that Ollama has."""
    blob = home / ".ollama/models/blobs/sha256-1"
    manifest = home / ".ollama/models/manifests/registry.ollama.ai/library/tiny/latest"
    for path in (blob, manifest):
        path.parent.mkdir(parents=True)
    write(blob, SMALL, TEMPLATE)
    manifest.write_text(json.dumps({"layers": [{"mediaType": "application/vnd.ollama.image.model", "digest": "sha256:1"}]}))
    return blob


async def test_what_another_program_deletes_is_listed_no_more_and_seen_when_it_is_back(make: Callable[..., Core], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blob, core = ollama(tmp_path), make()
    assert "ollama:tiny:latest" in [row["id"] for row in core.pool.known()]
    content = blob.read_bytes()
    blob.unlink()
    core.pool.forget("ollama:tiny:latest")
    assert "ollama:tiny:latest" not in [row["id"] for row in (await models_api.list_models(core))["models"]]
    blob.write_bytes(content)
    monkeypatch.setattr(pool_module, "MISSED_SECONDS", 0.0)
    assert core.pool.path_of("ollama:tiny:latest") == blob, "asked for by name it is looked for at once"


async def test_a_file_that_goes_while_the_list_is_made_leaves_the_others_listed(make: Callable[..., Core], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    core = make()
    path = write(core.home.models / "tiny.gguf", SMALL, TEMPLATE)
    found = core.pool.store.find("tiny")
    path.unlink()
    monkeypatch.setattr(core.pool.store, "all", lambda: [found])
    monkeypatch.setattr(core.pool.store, "find", lambda model_id: found if model_id == "tiny" else None)
    assert [row["id"] for row in core.pool.known() if row["where"] in ("built in", "this machine")] == ["starter"]


async def test_a_model_of_the_catalogue_is_shown_though_it_is_not_here(make: Callable[..., Core]) -> None:
    profile = local_profiles()[0].id
    shown = await models_api.show(make(), profile)
    assert shown["id"] == profile and not shown["here"] and shown["licence"]
    with pytest.raises(NoModel):
        await models_api.show(make(), "nonsense")


@pytest.mark.parametrize(("crowded", "learnt"), [(False, True), (True, False)])
def test_an_answer_among_busy_programs_says_nothing_of_the_memory(crowded: bool, learnt: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.hardware.is_crowded", lambda: crowded)
    monkeypatch.setattr("models.experience.TELLING", 1)
    keeper, path = Keeper(tmp_path / "kept"), write(tmp_path / "tiny.gguf", SMALL, TEMPLATE)
    keeper.spoke("tiny", path, None, 100, 50.0)
    assert (keeper.experience.speeds().memory > 0) is learnt and keeper.experience.decode_speed("tiny") == 2.0
