"""Set-up brings a model that talks: found, offered, fetched from a hub or registry of ours, given the roles; requests that need it wait for it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.service import doctor, model_setup
from app.service.api import model_files
from app.service.api.shapes import NewDownload
from app.service.composition import Core, compose
from app.service.model_setup import ModelSetup
from core import events
from core.home import Home
from models import hardware, recommend
from models.gguf_file import read
from models.hardware import Machine
from models.scripted import ScriptedModel
from models.sources import files, reach, registry
from models.sources.offers import HUB, REGISTRY
from tests.helpers.fake_hub import Hub
from tests.helpers.fake_registry import Registry, make_wheel
from tests.helpers.gguf_models import Shape, write

GB = 1024**3
MACHINE = Machine(16 * GB, 12 * GB, 4, 8, "A Processor", ("avx2",), 200 * GB, "Linux x86_64")
WANTED = "some/model:Q4_K_M"
MODEL = "little-Q4_K_M"  # what its file is called
ROLES = ("planner", "reviewer", "executor")


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return write(tmp_path_factory.mktemp("gguf") / "made.gguf", Shape(layers=2, width=128, inner=256, heads=4, shared=2)).read_bytes()


@pytest.fixture
def hub(content: bytes) -> Iterator[Hub]:
    with Hub({f"{MODEL}.gguf": content}) as running:
        yield running


@pytest.fixture
async def make(own_home: Home, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[..., Core]]:
    """Cores that want a model of our hub; its place is taken by one that says what it was told to."""
    monkeypatch.setattr(model_setup, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(model_setup, "REPORT_SECONDS", 0.05)
    made: list[Core] = []

    def one(wanted: str = WANTED, home: Home = own_home, **models: ScriptedModel) -> Core:
        monkeypatch.setenv("DESKHAND_MODEL", wanted)
        core = compose(home, models=dict(models))
        core.settings.set("models.hub", hub.url)
        made.append(core)
        return core

    yield one
    for core in made:
        if core.database is not None:
            await core.stop()


async def until(holds: Callable[[], Any]) -> None:
    async with asyncio.timeout(30):
        while not holds():
            await asyncio.sleep(0.005)


def roles(core: Core) -> set[str]:
    return {core.settings[f"models.{role}"] for role in ROLES}


async def test_what_is_offered_is_fetched_once_agreed_and_takes_every_role(make: Callable[..., Core], content: bytes) -> None:
    core = make()
    assert core.setup.look() and core.setup.is_coming() is False
    await core.setup.settle(30)
    row = core.setup.to_json()
    assert (row["state"], row["id"], row["bytes"], row["licence"], row["open"]) == ("offered", WANTED, len(content), "apache-2.0", True)
    assert roles(core) == {"starter", ""} and core.pool.downloads.all() == []
    assert core.setup.agree() and core.setup.is_coming()
    await until(lambda: core.setup.state == "ready")
    assert roles(core) == {MODEL} and core.setup.to_json()["model"] == MODEL and not core.setup.is_coming()
    assert core.settings["models.offer"] == "no", "it is not offered again"
    assert not core.setup.look() and not core.setup.agree()
    assert [row.data["keys"] for row in core.journal.after(0) if row.type == events.SETTINGS_CHANGED][-1] == [f"models.{role}" for role in ROLES]


async def test_a_request_that_needs_it_waits_and_one_that_the_starter_answers_does_not(make: Callable[..., Core], hub: Hub, workspace: Path) -> None:
    hub.slow = threading.Event()
    talker = ScriptedModel(["The sky scatters blue light. That is why it is blue."], MODEL, calls=True)
    core = make(**{MODEL: talker})
    told: list[dict[str, Any]] = []
    core.journal.subscribe(lambda event: told.append({**event.data, "type": event.type}))
    core.setup.agree()
    await until(lambda: core.setup.state == "fetching")
    waits = core.runs.start({"text": "Explain in two sentences why the sky is blue", "workspace": str(workspace), "approve": "none"})
    quick = core.runs.start({"text": "What is 17.5% of 240?", "workspace": str(workspace), "approve": "none"})
    assert "42" in (await core.runs.wait(quick, 30))["result"]["answer"] and not talker.requests
    await until(lambda: any(row.get("phase") == "fetching" and row["doing"] == "fetching" and row["total"] for row in told))
    hub.slow.set()
    result = (await core.runs.wait(waits, 30))["result"]
    assert result["answer"].startswith("The sky scatters") and not result["needs_model"] and len(talker.requests) >= 1


async def test_where_none_comes_the_starter_says_that_one_is_needed(make: Callable[..., Core], hub: Hub, workspace: Path) -> None:
    hub.damage = True
    core = make()
    core.setup.agree()
    run = core.runs.start({"text": "Explain in two sentences why the sky is blue", "workspace": str(workspace), "approve": "none"})
    result = (await core.runs.wait(run, 30))["result"]
    assert result["needs_model"] and "bigger model" in result["answer"] and result["status"] == "done"
    row = core.setup.to_json()
    assert (core.settings["models.offer"], core.settings["models.wanted"]) == ("offer", ""), "what was named never comes: the best one may be offered again"
    assert (row["state"], row["code"]) == ("failed", "checksum") and row["problem"] and row["hint"] and roles(core) == {"starter", ""}


async def test_a_second_data_folder_takes_the_model_that_is_here_and_asks_nobody(make: Callable[..., Core], hub: Hub, tmp_path: Path) -> None:
    first = make("")
    path = first.pool.store.folder / "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
    path.parent.mkdir(parents=True)
    write(path, Shape(layers=2, context=32768))
    second = make("", Home(tmp_path / "other"))
    hub.files.clear()
    second.setup.start()
    assert second.setup.is_coming(), "a request that needs it waits for this too"
    await until(lambda: second.setup.state == "ready")
    assert roles(second) == {path.stem} and second.pool.downloads.all() == [] and hub.ranges == hub.tokens == []
    person = make("", Home(tmp_path / "third"))
    person.settings.set("models.executor", "starter")
    person.setup.start()
    assert person.setup.state == "off" and person.settings["models.planner"] == "starter", "who chose keeps what was chosen"


async def test_who_asks_while_the_core_still_looks_at_what_is_here_gets_an_answer(make: Callable[..., Core]) -> None:
    """A window asks as soon as the core is up, and only once."""
    core = make()
    core.setup.start()
    assert core.setup.state == "idle" and core.setup.look() and core.setup.state == "looking" and not core.setup.look()
    await core.setup.settle(30)
    row = core.setup.to_json()
    assert (row["state"], row["id"]) == ("offered", WANTED) and core.pool.downloads.all() == []


async def test_nothing_is_asked_while_nothing_may_leave_this_machine(make: Callable[..., Core], hub: Hub) -> None:
    core = make()
    core.settings.set("privacy.local_only", True)
    core.setup.agree()
    await core.setup.settle(30)
    row = core.setup.to_json()
    assert row["code"] == "local_only" and "privacy.local_only false" in row["hint"] and core.pool.downloads.all() == []
    core.settings.set("privacy.local_only", False)
    assert core.setup.look(), "what a setting forbade is looked for as soon as it is allowed"
    await until(lambda: core.setup.state == "ready")


async def test_a_full_disk_is_said_before_anything_is_fetched(make: Callable[..., Core], hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "free_bytes", lambda folder: 100_000_000)
    core = make()
    core.setup.agree()
    await core.setup.settle(30)
    row = core.setup.to_json()
    assert row["code"] == "disk_full" and "100 MB of disk are free" in row["problem"] and hub.tokens == []


async def test_the_disk_that_is_shown_is_the_one_where_models_are_kept(make: Callable[..., Core], monkeypatch: pytest.MonkeyPatch) -> None:
    core = make()
    monkeypatch.setattr(hardware, "free_bytes", lambda folder: 7 if folder == core.pool.store.folder else 10**12)
    assert core.pool.keeper.machine().disk_free == 7 and doctor.machine(core.pool.store.folder)["disk_free_bytes"] == 7
    monkeypatch.setattr(files, "free_bytes", lambda folder: 400_000_000)
    (check,) = [check for check in doctor.examine(core)["checks"] if check["name"] == "models' disk"]
    assert not check["ok"] and check["text"].startswith("400 MB free in ") and "DESKHAND_CACHE" in check["hint"]


async def test_a_model_that_was_named_is_gone_on_with_by_a_core_that_is_started_without_the_name(make: Callable[..., Core], hub: Hub) -> None:
    hub.slow = threading.Event()
    first = make()
    first.setup.agree(WANTED)
    await until(lambda: first.setup.state == "fetching")
    await first.setup.close()
    second = make("")
    second.setup.start()
    second.setup.look("")  # a request in a terminal without the variable
    hub.slow.set()
    await until(lambda: second.setup.state == "ready")
    assert second.setup.to_json()["id"] == WANTED and roles(second) == {MODEL} and second.settings["models.wanted"] == ""


async def test_the_persons_no_counts_and_so_does_their_stop(make: Callable[..., Core], hub: Hub) -> None:
    hub.slow = threading.Event()
    core = make()
    core.setup.agree()
    await until(lambda: core.setup.state == "fetching")
    core.setup.decline()
    hub.slow.set()
    await until(lambda: core.setup.state == "offered")
    assert core.settings["models.offer"] == "no" and not core.setup.is_coming() and roles(core) == {"starter", ""}
    core.setup.agree()
    core.settings.set("models.executor", "starter")
    await until(lambda: core.setup.state == "ready")
    assert roles(core) == {"starter", ""}, "a role that was given meanwhile stays"


async def test_nobody_is_asked_where_no_model_is_wanted(make: Callable[..., Core], hub: Hub) -> None:
    core = make("none")
    core.setup.start()
    assert not core.setup.look() and core.setup.state == "off" and not core.setup.is_coming()
    assert core.setup.look(WANTED), "who asks for one by name gets it"
    await core.setup.settle(30)
    assert core.setup.to_json()["id"] == WANTED


async def test_the_best_for_this_machine_is_offered_by_size_and_speed(make: Callable[..., Core], hub: Hub, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    core = make("")
    monkeypatch.setattr(core.pool.keeper, "_probe", lambda: MACHINE)
    expected = await core.pool.finder.best((HUB,), 200 * GB)
    assert expected is not None
    hub.files = {f"some-{expected.quantisation}.gguf": content}
    core.setup.look()
    await core.setup.settle(60)
    row = core.setup.to_json()
    assert (row["state"], row["name"], row["speed"], row["bytes"]) == ("offered", expected.profile.id, expected.fit.decode_speed, len(content)), row["problem"]


async def test_where_no_source_answers_one_sentence_says_so(make: Callable[..., Core], monkeypatch: pytest.MonkeyPatch) -> None:
    with Registry({}) as index:
        index.be_the_index(monkeypatch)
        core = make("")
        core.settings.set("models.hub", "http://127.0.0.1:9")
        core.setup.agree()
        await core.setup.settle(60)
    row = core.setup.to_json()
    assert row["code"] == "hub_unreachable" and row["problem"].count(".") == 1 and "starter works" in row["hint"]
    assert not core.setup.look(), "it is not looked again at once"


def test_the_registry_is_asked_only_where_the_hub_does_not_answer(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    package = registry.offers()[0].files[0].pieces[0].package.partition("==")[0]
    from models.sources.hub import Hub as HubClient

    with Registry({package: make_wheel(package, "data/part01.bin", b"GGUF")}) as index:
        index.be_the_index(monkeypatch)
        assert reach.reachable_sources(HubClient(lambda: hub.url)) == (HUB,)
        assert reach.reachable_sources(HubClient(lambda: "http://127.0.0.1:9")) == (REGISTRY,)
        index.wheels.clear()
        assert reach.reachable_sources(HubClient(lambda: "http://127.0.0.1:9")) == ()


def test_of_the_files_that_are_here_the_best_known_one_is_taken(tmp_path: Path) -> None:
    info = read(write(tmp_path / "made.gguf", Shape(layers=2, context=32768)))
    here = [(name, info) for name in ("mine", "qwen2.5-coder-0.5b-instruct-q4_k_m", "qwen2.5-coder-1.5b-instruct-q4_k_m")]
    assert recommend.best_here(here, recommend.Conditions(MACHINE)) == "qwen2.5-coder-1.5b-instruct-q4_k_m"
    assert recommend.best_here(here[:1], recommend.Conditions(MACHINE)) == "" and recommend.best_here(here, recommend.Conditions(MACHINE, loadable={"llama": False})) == ""


async def test_the_time_of_the_fetch_is_not_the_runs(make: Callable[..., Core], workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limits: list[float | None] = []

    def note() -> None:
        (driver,) = core.runs._drivers.values()
        assert driver.steering._limit is not None
        limits.append(driver.steering._limit.when())

    def answer(request: Any) -> str:
        note()
        return "Because blue light is scattered most."

    async def arrive(setup: ModelSetup, report: Callable[[Any], None]) -> None:
        note()
        core.settings.set("models.planner", MODEL)

    core = make(**{MODEL: ScriptedModel([answer], MODEL, calls=True)})
    monkeypatch.setattr(ModelSetup, "is_coming", lambda setup: not limits)
    monkeypatch.setattr(ModelSetup, "wait", arrive)
    run = core.runs.start({"text": "Explain in two sentences why the sky is blue", "workspace": str(workspace), "approve": "none", "timeout_s": 60.0})
    result = (await core.runs.wait(run, 30))["result"]
    assert result["answer"].startswith("Because"), result
    assert limits[0] is None and limits[1] is not None and 0 < limits[1] - asyncio.get_running_loop().time() <= 60


TEMPLATE = "{% for message in messages %}{{ message.content }}{% endfor %}"


async def test_what_a_person_brings_takes_the_roles_at_once_where_no_model_that_talks_has_them(make: Callable[..., Core], tmp_path: Path) -> None:
    talker = write(tmp_path / "talker-Q4_K_M.gguf", Shape(layers=2, context=4096), TEMPLATE)
    base = write(tmp_path / "base-Q4_K_M.gguf", Shape(layers=2, context=4096))  # it knows no conversations
    core = make("")
    for path in (talker, base):
        (core.home.models / path.name).write_bytes(path.read_bytes())
    assert not await core.setup.take("base-Q4_K_M") and not await core.setup.take("nothing") and roles(core) == {"starter", ""}
    assert await core.setup.take("talker-Q4_K_M") and roles(core) == {"talker-Q4_K_M"} and core.setup.to_json()["state"] == "ready"
    assert core.settings["models.offer"] == "no", "no other one is offered"
    person = make("", Home(tmp_path / "other"))
    (person.home.models / talker.name).write_bytes(talker.read_bytes())
    person.settings.set("models.executor", "starter")
    assert not await person.setup.take("talker-Q4_K_M") and person.settings["models.planner"] == "starter", "who chose keeps what was chosen"


async def test_a_fetch_that_the_person_began_gives_the_roles_before_it_counts_as_done(make: Callable[..., Core], hub: Hub, tmp_path: Path) -> None:
    hub.files = {f"{MODEL}.gguf": write(tmp_path / "made.gguf", Shape(layers=2, context=4096), TEMPLATE).read_bytes()}
    core = make("")
    row = await model_files.download(core, NewDownload(id=WANTED))
    download = core.pool.downloads._known[row["id"]]
    await until(lambda: download.state == "done")
    assert roles(core) == {MODEL}
