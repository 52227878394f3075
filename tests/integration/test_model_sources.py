"""The pool over fetched and added models: shared by data folders, split ones loaded, removed ones gone, other programs' left alone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from app.service.api import model_files
from app.service.api.shapes import NewDownload, NewFile
from app.service.composition import Core, compose
from core.errors import DeskhandError, NoModel, NotFound, RefusedByPolicy, UsageError
from core.home import Home
from models.sources.fetching import DONE
from tests.helpers.fake_hub import Hub
from tests.helpers.fetching_process import SECONDS, wait_for
from tests.helpers.gguf_models import Shape, write
from tests.unit.test_model_files import split

SMALL = Shape(layers=2, width=128, inner=256, heads=4, shared=2)
TEMPLATE = "{% for message in messages %}{{ message.content }}{% endfor %}"


@pytest.fixture
def core(make_core: Callable[..., Core], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Core:
    monkeypatch.setenv("HOME", str(tmp_path))
    return make_core()


def ids(core: Core) -> list[str]:
    return [row["id"] for row in core.pool.known() if row["where"] == "this machine"]


async def test_what_one_data_folder_has_fetched_a_second_one_finds(core: Core, tmp_path: Path) -> None:
    content = write(tmp_path / "made.gguf", SMALL, TEMPLATE).read_bytes()
    second = compose(Home(tmp_path / "second home"))
    try:
        with Hub({"tiny-Q4_K_M.gguf": content}) as hub:
            for each in (core, second):
                each.settings.set("models.hub", hub.url)
            row = await model_files.download(core, NewDownload(id="some/model:Q4_K_M"))
            assert (await asyncio.to_thread(core.pool.downloads.wait, row["id"], SECONDS)).state == DONE
            assert (await model_files.download(second, NewDownload(id="some/model:Q4_K_M")))["state"] == DONE
            assert len(hub.tokens) == 1  # the file was asked for once
        assert ids(core) == ids(second) == ["tiny-Q4_K_M"] and not list(core.home.models.iterdir())
        assert (await second.pool.load("tiny-Q4_K_M"))["context"]
    finally:
        await second.stop()


async def test_a_split_model_is_loaded_by_its_first_part_and_counts_as_one(core: Core, tmp_path: Path) -> None:
    first, second = split(tmp_path)
    shown = await model_files.add_file(core, NewFile(path=str(first)))
    assert shown["id"] == "big" and ids(core) == ["big"]
    assert (await core.pool.load("big"))["context"] and core.pool.path_of("big") == core.home.models / first.name
    row = next(row for row in core.pool.known() if row["id"] == "big")
    assert row["loaded"] and row["bytes"] == first.stat().st_size + second.stat().st_size == shown["bytes"]
    await core.pool.remove("big")
    assert ids(core) == [] and not list(core.home.models.glob("*.gguf"))


async def test_removing_a_model_ends_it_and_frees_its_roles(core: Core) -> None:
    write(core.home.models / "tiny.gguf", SMALL, TEMPLATE)
    core.settings.set("models.planner", "tiny")
    core.settings.set("models.executor", "tiny")
    await core.pool.load("tiny")
    (worker,) = core.pool.workers()
    assert await model_files.remove_file(core, "tiny") == {"removed": "tiny", "roles": ["planner", "executor"]}
    assert not psutil.pid_exists(worker) and ids(core) == [] and core.settings["models.planner"] == "starter"
    with pytest.raises(NoModel):
        core.pool.get("tiny")
    with pytest.raises(NotFound):
        await core.pool.remove("tiny")


async def test_a_file_that_somebody_deletes_is_no_longer_loaded(core: Core) -> None:
    path = write(core.home.models / "tiny.GGUF", SMALL, TEMPLATE)
    await core.pool.load("tiny")
    (worker,) = core.pool.workers()
    path.unlink()
    with pytest.raises(NoModel):
        core.pool.get("tiny")
    await core.pool.tend()
    assert not psutil.pid_exists(worker)
    write(path, SMALL, TEMPLATE)
    assert (await core.pool.load("tiny"))["context"]  # put back, it is another one


async def test_removing_throws_away_what_has_come_of_a_model(core: Core) -> None:
    with Hub({"tiny-Q4_K_M.gguf": b"GGUF" + bytes(500_000)}, slow=threading.Event()) as hub:
        core.settings.set("models.hub", hub.url)
        row = await model_files.download(core, NewDownload(id="some/model"))
        wait_for(lambda: any(core.pool.store.incoming.glob("*.part")))
        core.pool.downloads.cancel(row["id"])
        assert hub.slow is not None
        hub.slow.set()
        assert core.pool.downloads.wait(row["id"], SECONDS).state == "cancelled"
        assert await model_files.remove_file(core, row["model"]) == {"removed": "tiny-Q4_K_M", "roles": []}
    assert not [path for path in core.pool.store.incoming.iterdir() if path.suffix != ".lock"] and ids(core) == []


async def test_another_programs_model_is_used_and_never_deleted(core: Core, tmp_path: Path) -> None:
    path = tmp_path / ".lmstudio/models/maker/Tiny-GGUF/tiny.gguf"
    path.parent.mkdir(parents=True)
    write(path, SMALL, TEMPLATE)
    assert (await core.pool.load("lmstudio:tiny"))["context"]
    with pytest.raises(UsageError, match="belongs to LM Studio"):
        await core.pool.remove("lmstudio:tiny")
    assert path.is_file()


async def test_nothing_is_fetched_where_nothing_may_leave(core: Core) -> None:
    core.settings.set("privacy.local_only", True)
    with Hub({"tiny-Q4_K_M.gguf": b"GGUF"}) as hub:
        for name in ("some/model", "registry:smollm2-135m", f"{hub.url}/plain/tiny-Q4_K_M.gguf"):
            with pytest.raises(RefusedByPolicy):
                await model_files.download(core, NewDownload(id=name))
        assert hub.tokens == []


@pytest.mark.parametrize("name", ["nonsense", "registry:nonsense", "ftp://there/x.gguf", "http://[half/x.gguf", "https://there.example/x.zip", "a\0b/c"])
async def test_what_means_nothing_is_said_and_what_there_is_instead(name: str, core: Core) -> None:
    core.settings.set("models.hub", "http://127.0.0.1:9")
    with pytest.raises(DeskhandError) as refused:
        await model_files.download(core, NewDownload(id=name))
    assert refused.value.code in ("not_found", "not_gguf", "hub_unreachable") and refused.value.hint
