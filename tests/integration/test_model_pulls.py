"""Models that the person asked for by hand: a core that ended in the middle goes on with them at its next start, and only with those."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from app.service import model_pulls
from app.service.api import model_files
from app.service.composition import Core, compose
from app.service.model_pulls import Wish
from core.errors import ModelError, RefusedByPolicy
from core.home import Home
from models.sources import transfer
from models.sources.finding import find_offer
from tests.helpers.fake_hub import Hub
from tests.helpers.gguf_models import Shape, write

WANTED = Wish("some/model", "Q4_K_M")
MODEL = "little-Q4_K_M"


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return write(tmp_path_factory.mktemp("gguf") / "made.gguf", Shape(layers=2, width=128, inner=256, heads=4, shared=2)).read_bytes()


@pytest.fixture
def hub(content: bytes) -> Iterator[Hub]:
    with Hub({f"{MODEL}.gguf": content}, slow=threading.Event()) as running:
        yield running
        if running.slow:
            running.slow.set()


@pytest.fixture
async def start(own_home: Home, hub: Hub) -> AsyncIterator[Callable[[], Core]]:
    """Cores of one data folder, one after the other, each as it is when it has just started."""
    made: list[Core] = []

    def one() -> Core:
        core = compose(own_home)
        core.settings.set("models.hub", hub.url)
        core.pulls.start()
        made.append(core)
        return core

    yield one
    for core in made:
        await core.stop()


async def until(holds: Callable[[], Any]) -> None:
    async with asyncio.timeout(30):
        while not holds():
            await asyncio.sleep(0.005)


def rows(core: Core) -> list[tuple[str, str]]:
    return [(row["model"], row["state"]) for row in core.pool.downloads.all()]


def release(hub: Hub) -> None:
    assert hub.slow is not None
    hub.slow.set()


async def half(core: Core) -> str:
    """Begin it and wait until the half of it is there; the download's id."""
    download = await core.pulls.begin(WANTED)
    await until(lambda: download.done > 100_000)
    return download.id


async def test_what_a_stop_of_the_core_ended_goes_on_at_the_next_start(start: Callable[[], Core], hub: Hub, content: bytes) -> None:
    first = start()
    await half(first)
    await first.stop()
    release(hub)
    second = start()
    await until(lambda: rows(second) == [(MODEL, "done")])
    assert (second.pool.store.folder / f"{MODEL}.gguf").read_bytes() == content
    assert len(hub.ranges) == 1 and int(hub.ranges[0].removeprefix("bytes=").rstrip("-")) > 100_000
    third = start()
    assert third.pulls._open == {}, "what is here is no wish any more"


async def test_what_the_person_stopped_or_removed_does_not(start: Callable[[], Core], hub: Hub) -> None:
    core = start()
    assert core.pulls.cancel(await half(core)) and not core.pulls.cancel("dl_none")
    release(hub)
    await until(lambda: rows(core) == [(MODEL, "cancelled")])
    assert start().pulls._open == {}
    hub.slow = threading.Event()
    await half(core)
    assert start().pulls._open == {MODEL: WANTED}
    assert (await model_files.remove_file(core, MODEL))["removed"] == MODEL
    assert start().pulls._open == {}


async def test_what_is_removed_while_it_is_looked_for_is_not_fetched(start: Callable[[], Core], hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    first = start()
    await half(first)
    looking, found = threading.Event(), threading.Event()

    def find(name: str, *more: Any) -> Any:
        looking.set()
        found.wait(30)
        return find_offer(name, *more)

    monkeypatch.setattr(model_pulls, "find_offer", find)
    second = start()
    await asyncio.to_thread(looking.wait, 30)
    second.pulls.forget(MODEL)
    found.set()
    assert second.pulls._task is not None
    await second.pulls._task
    assert second.pool.downloads.all() == [] and second.pulls._open == {}


async def test_what_never_comes_is_given_up_and_what_is_away_for_now_is_not(start: Callable[[], Core], hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "FIRST_PAUSE", 0.01)
    hub.slow = None
    core = start()
    hub.damage = True
    download = await core.pulls.begin(WANTED)
    await asyncio.to_thread(download.ended.wait, 30)
    assert download.code == "checksum" and start().pulls._open == {}
    hub.damage, hub.statuses = False, [503] * transfer.ATTEMPTS
    download = await core.pulls.begin(WANTED)
    await asyncio.to_thread(download.ended.wait, 30)
    assert download.code == "hub_unreachable"
    again = start()
    await until(lambda: rows(again) == [(MODEL, "done")])


async def test_nothing_goes_on_while_nothing_may_leave_this_machine(start: Callable[[], Core], hub: Hub) -> None:
    core = start()
    await half(core)
    core.settings.set("privacy.local_only", True)
    core.pulls.tend()
    release(hub)
    await until(lambda: rows(core) == [(MODEL, "cancelled")])
    with pytest.raises(RefusedByPolicy):
        await core.pulls.begin(WANTED)
    second = start()
    await asyncio.sleep(0.05)
    assert second.pool.downloads.all() == [] and second.pulls._open == {MODEL: WANTED}, "it waits for a start at which it may"


async def test_a_list_that_cannot_be_read_is_none(start: Callable[[], Core], own_home: Home) -> None:
    for text in ("", "[]", '{"a": 1}', '{"a": {"nonsense": 1}}', "\0"):
        (own_home.root / "cache").mkdir(parents=True, exist_ok=True)
        (own_home.root / "cache/pulls.json").write_text(text)
        assert start().pulls._open == {}


async def test_another_publishers_file_of_the_same_name_and_size_is_not_taken_for_the_one_here(start: Callable[[], Core], hub: Hub, content: bytes) -> None:
    release(hub)
    core = start()
    first = await core.pulls.begin(Wish("org/good", "Q4_K_M"))
    await until(lambda: first.state == "done")
    assert (await core.pulls.begin(Wish("org/good", "Q4_K_M"))).state == "done", "the very file is here"
    hub.files[f"{MODEL}.gguf"] = content[:-1] + bytes([content[-1] ^ 1])
    with pytest.raises(ModelError, match=rf"Another model is called {MODEL} here, from org/good: it is not the file of org/lie") as refused:
        await core.pulls.begin(Wish("org/lie", "Q4_K_M"))
    assert refused.value.code == "exists" and core.pulls._open == {}


async def test_a_file_that_somebody_laid_there_is_told_apart_by_its_checksum(start: Callable[[], Core], hub: Hub, content: bytes) -> None:
    release(hub)
    core = start()
    core.pool.store.folder.mkdir(parents=True, exist_ok=True)
    (core.pool.store.folder / f"{MODEL}.gguf").write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(ModelError, match=f"Another model is called {MODEL} here: it is not"):
        await core.pulls.begin(WANTED)
    (core.pool.store.folder / f"{MODEL}.gguf").write_bytes(content)
    assert (await core.pulls.begin(WANTED)).state == "done"
