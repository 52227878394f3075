"""Finding a model over a real connection: what the hub has, what fits, what llama.cpp can load; and what is said where the hub is of no use."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from app.service.api import model_catalog, models
from app.service.composition import Core
from core.errors import ModelError, RefusedByPolicy
from core.home import Home
from models.catalog.current import FRESH_SECONDS
from models.catalog.finder import ModelFinder
from models.hardware import Machine
from tests.helpers.gguf_models import Shape, write
from tests.helpers.processes import CoreProcess, as_json
from tests.helpers.searched_hub import GB, Repo, SearchedHub

LAPTOP = Machine(16 * GB, 12 * GB, 8, 16, "A Processor", ("avx2",), 200 * GB, "Linux x86_64")
SMALL = Repo(
    {"Owl-4B-Q4_K_M.gguf": 2_500_000_000, "Owl-4B-Q8_0.gguf": 4_300_000_000, "Owl-4B-F16.gguf": 19_000_000_000, "mmproj-Owl.gguf": 900_000_000}, "qwen3", 4 * GB, downloads=70
)
HUGE = Repo(
    {"Owl-70B-Q4_K_M-00001-of-00002.gguf": 21 * GB, "Owl-70B-Q4_K_M-00002-of-00002.gguf": 21 * GB}, "llama", 70 * GB, licence="llama3.3", downloads=900, gated=True
)  # fmt: skip
STRANGE = Repo({"Owl-New-Q4_K_M.gguf": 2 * GB}, "owl-of-tomorrow", 4 * GB, downloads=5000)
BROKEN = Repo({}, "llama", 4 * GB, downloads=1, broken=True)


@pytest.fixture
def hub() -> Iterator[SearchedHub]:
    with SearchedHub({"nest/Owl-4B-GGUF": SMALL, "nest/Owl-70B-GGUF": HUGE, "nest/Owl-New-GGUF": STRANGE, "nest/Owl-Broken-GGUF": BROKEN, "nest/Crow-GGUF": SMALL}) as running:
        yield running


@pytest.fixture
def core(make_core: Callable[..., Core], hub: SearchedHub, monkeypatch: pytest.MonkeyPatch) -> Core:
    made = make_core()
    made.settings.set("models.hub", hub.url)
    monkeypatch.setattr(made.pool.finder, "_machine", lambda: LAPTOP)
    return made


async def test_a_search_shows_sizes_what_fits_licence_and_downloads(core: Core, hub: SearchedHub) -> None:
    found = await model_catalog.search(core, "owl", 20)
    rows = {row["id"]: row for row in found["results"]}
    assert list(rows) == ["nest/Owl-70B-GGUF", "nest/Owl-4B-GGUF", "nest/Owl-Broken-GGUF"]  # most downloads first
    small, huge, broken = rows["nest/Owl-4B-GGUF"], rows["nest/Owl-70B-GGUF"], rows["nest/Owl-Broken-GGUF"]
    assert [(file["quantisation"], file["bytes"], file["fits"]) for file in small["files"]] == [
        ("Q4_K_M", 2_500_000_000, True),
        ("Q8_0", 4_300_000_000, True),
        ("F16", 19 * GB, False),
    ]
    assert small["best"] == "Q4_K_M" and small["pull"] == "nest/Owl-4B-GGUF:Q4_K_M" and small["licence"] == "apache-2.0" and small["downloads"] == 70 and not small["gated"]
    assert small["files"][0]["speed"] > small["files"][1]["speed"] > 0 == small["files"][2]["speed"] and "free" in small["files"][2]["reason"]
    assert [(file["quantisation"], file["bytes"]) for file in huge["files"]] == [("Q4_K_M", 42 * GB)] and huge["best"] == "" and huge["gated"] and huge["licence"] == "llama3.3"
    assert broken["files"] == [] and broken["best"] == ""
    assert "1 more cannot be loaded" in found["note"] and len(hub.asked) == 4  # one search, and one for each that is shown
    assert {row["purpose"] for row in core.runs.deps.egress.newest()} == {"search:owl"}


async def test_the_persons_token_goes_to_the_hub(core: Core, hub: SearchedHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core.pool.hub, "_token", lambda: "hf_own")
    await model_catalog.search(core, "crow", 5)
    assert set(hub.authorization) == {"Bearer hf_own"}


@pytest.mark.parametrize(
    ("status", "body"), [(429, None), (502, None), (403, b"<html>Sign in to this network</html>"), (200, b"<html>hello</html>"), (200, b'{"oops": 1}'), (200, b"[7]")]
)
async def test_where_the_hub_is_of_no_use_the_catalogue_answers_and_one_sentence_says_why(core: Core, hub: SearchedHub, status: int, body: bytes | None) -> None:
    hub.status, hub.body = status, body
    found = await model_catalog.search(core, "gemma 4", 5)
    assert found["results"] and all(row["source"] == "catalog" and "gemma" in row["id"] for row in found["results"]) and found["results"][0]["files"]
    assert found["note"].endswith("These are from the built-in catalogue.") and found["note"].count(". ") == 1 and "\n" not in found["note"]
    assert len(hub.asked) == 1  # it is not asked again and again
    with pytest.raises(ModelError):
        await model_catalog.search(core, "no such bird", 5)


async def test_nobody_is_asked_where_nothing_may_leave(core: Core, hub: SearchedHub) -> None:
    core.settings.set("privacy.local_only", True)
    found = await model_catalog.search(core, "qwen coder", 3)
    assert found["results"][0]["id"].startswith("qwen") and "not asked" in found["note"]
    with pytest.raises(RefusedByPolicy):
        await model_catalog.search(core, "owl", 3)
    core._keep_catalog_fresh()
    assert hub.asked == [] and core.runs.deps.egress.newest() == []


async def test_the_catalogue_is_kept_fresh_once_a_week_and_it_is_told(core: Core, hub: SearchedHub) -> None:
    finder, now = core.pool.finder, core.clock.now().timestamp()
    hub.repos["unsloth/Qwen3-4B-Instruct-2507-GGUF"] = Repo({"Qwen3-4B-Instruct-2507-Q4_K_M.gguf": 2_444_000_000}, "qwen3", 4 * GB)
    heard: list[str] = []
    assert not finder.keep_fresh(now, lambda: heard.append("asked"))  # it was never asked: what came along is fresh
    later = now + FRESH_SECONDS + 1
    assert finder.keep_fresh(later, lambda: heard.append("asked")) and finder.wait_until_fresh(60) and heard == ["asked"]
    profile = finder.catalog.get("qwen3-4b-instruct-2507")
    assert profile and profile.bytes("Q4_K_M") == 2_444_000_000 and profile.asked is not None
    asked = len(hub.asked)
    assert not finder.keep_fresh(later + 60, lambda: heard.append("again")) and len(hub.asked) == asked
    row = next(row for row in await model_catalog.rows(core) if row["id"] == "qwen3-4b-instruct-2507")
    assert row["sizes"]["Q4_K_M"] == 2_444_000_000 and {"what": "size", "source": "the model hub, asked by Deskhand", "date": profile.asked.isoformat()} in row["sources"]


async def test_the_catalogue_has_nothing_that_llama_cannot_load(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    class Old:
        async def loadable(self, names: object) -> dict[str, bool]:
            return {"qwen35": False, "gemma4": False, "llama": True}

    finder = core.pool.finder
    every = {row["id"] for row in await model_catalog.rows(core)}
    monkeypatch.setattr(finder, "_architectures", Old())
    fewer = {row["id"] for row in await model_catalog.rows(core)}
    assert {"qwen3.5-4b", "gemma-4-e2b"} <= every - fewer and "llama-3.1-8b" in fewer and "openai/gpt-6-sol" in fewer
    advice = await model_catalog.list_catalog(core)
    assert advice["recommended"] and not {"qwen35", "gemma4"} & {finder.catalog.get(row["name"]).architecture for row in advice["recommended"]}  # type: ignore[union-attr]


async def test_a_service_that_ends_is_told_where_its_model_is_listed(core: Core) -> None:
    core.settings.set_provider("cloud", {"kind": "openai", "base_url": "http://127.0.0.1:9/v1", "models": ["gpt-5", "o4-mini", "gpt-6-sol", "my-own"]})
    monday = model_catalog.ending("cloud/gpt-5", date(2026, 11, 30))
    assert monday == {"ends": "2026-12-11", "ended": False} and model_catalog.ending("cloud/gpt-5", date(2026, 12, 11)) == {"ends": "2026-12-11", "ended": True}
    assert model_catalog.ending("cloud/o4-mini", date(2026, 11, 30))["ended"] and not model_catalog.ending("cloud/gpt-6-sol", date(2026, 11, 30))
    assert model_catalog.ending("cloud/gpt-5", date(2026, 1, 1)) == {} == model_catalog.ending("cloud/my-own", date(2026, 11, 30))
    rows = {row["id"]: row for row in (await models.list_models(core))["models"]}
    assert rows["cloud/o4-mini"]["ends"] == "2026-10-23" and "ends" not in rows["cloud/my-own"]


async def test_recommendations_follow_the_free_memory(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    finder: ModelFinder = core.pool.finder
    large = await finder.shortlist()
    monkeypatch.setattr(finder, "_machine", lambda: replace(LAPTOP, ram_free=4 * GB))
    small = await finder.shortlist()
    assert large and small and small[0].bytes < large[0].bytes and (await finder.best(("registry",), 200 * GB)).source == "registry"  # type: ignore[union-attr]


def test_from_the_terminal(own_home: Home, hub: SearchedHub, tmp_path: Path) -> None:
    with CoreProcess(own_home.root) as process:
        process.client.call("PUT", "/api/settings/models.hub", {"value": hub.url})
        shown = process.run_command("model", "search", "owl", "4b", cwd=tmp_path)
        assert "nest/Owl-4B-GGUF" in shown.stdout and "Q8_0 4.3 GB" in shown.stdout and "licence apache-2.0" in shown.stdout and "70 downloads" in shown.stdout
        rows = as_json(process.run_command("model", "search", "owl", "--json", cwd=tmp_path).stdout)
        assert {"id", "files", "best", "pull", "licence", "downloads", "updated"} <= set(rows[0]) and len(rows) == 3
        assert "Nothing is called that" in process.run_command("model", "search", "sparrow", cwd=tmp_path).stdout
        hub.status = 429
        busy = process.run_command("model", "search", "granite", cwd=tmp_path)
        assert busy.returncode == 0 and "granite-4.1-8b" in busy.stdout and "asked too often" in busy.stderr and "built-in catalogue" in busy.stderr
        catalog = process.run_command("model", "catalog", "gemma-4-e2b", cwd=tmp_path).stdout
        assert "MMLU-Pro, the maker's own figure (2026-08-12)" in catalog and "our estimate" in catalog and "SHA-256" in catalog
        every = json.loads(process.run_command("model", "list", "--all", "--json", cwd=tmp_path).stdout)
        assert len(every["catalog"]) > 150 and all({"id", "maker", "licence", "roles", "here"} <= set(row) for row in every["catalog"])


async def test_a_file_that_is_here_is_known_by_the_names_that_publishers_give_it(core: Core) -> None:
    for name in ("gemma-4-E2B_q4_0-it.gguf", "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"):
        write(core.home.models / name, Shape(layers=2))
    assert {row["id"] for row in await model_catalog.rows(core) if row["here"]} == {"gemma-4-e2b", "qwen2.5-coder-1.5b"}
    advice = await model_catalog.list_catalog(core)
    assert [row["here"] for row in advice["recommended"] if row["name"] == "gemma-4-e2b"] in ([], [True]) and all("here" in row for row in advice["recommended"])
