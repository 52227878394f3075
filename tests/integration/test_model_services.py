"""Adding a service by its name: the key is tried before it is kept, the models are those that it has, and what is wrong is said."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.service.composition import Core, compose
from app.service.model_servers import ServerWish, add_server, remove_server
from core.errors import DeskhandError, ModelError, UsageError
from core.home import Home
from models.servers import services
from models.servers.services import find_service, key_variables, known_services, near_services
from tests.helpers.model_lists import GOOD, ModelList

HAS = ["gemini-4-argon", "gemini-3.8-flash", "gemini-9-unheard-of", "text-embedding-004", "imagen-4"]


@pytest.fixture
def google() -> Iterator[ModelList]:
    with ModelList(HAS, "models/", "google", path="/v1beta/openai/models") as running:
        yield running


@pytest.fixture
async def core(own_home: Home, google: ModelList, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Core]:
    """A core to which Gemini is our fake, and a keyring that is a table."""
    for name in ("GEMINI_API_KEY", "GOOGLE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    table = tmp_path / "services.toml"
    table.write_text(services.TABLE.read_text(encoding="utf-8").replace(find_service("gemini").url, google.url), encoding="utf-8")  # type: ignore[union-attr]
    monkeypatch.setattr(services, "TABLE", table)
    known_services.cache_clear()
    made = compose(own_home)
    kept: dict[str, str] = {}
    monkeypatch.setattr(type(made.secrets), "set", lambda self, name, value: kept.pop(name, None) if value is None else kept.update({name: value}))
    real = type(made.secrets).get
    monkeypatch.setattr(type(made.secrets), "get", lambda self, name: kept.get(name) or real(self, name))
    yield made
    await made.stop()
    known_services.cache_clear()


async def refusal(core: Core, **wish: Any) -> DeskhandError:
    with pytest.raises(DeskhandError) as refused:
        await add_server(core, ServerWish(**wish), True)
    assert "provider" not in core.settings.extra or wish["name"] not in core.settings.extra["provider"], "nothing is kept"
    assert core.secrets.get(wish["name"]) is None
    return refused.value


async def test_a_name_and_a_key_are_enough(core: Core, google: ModelList) -> None:
    row = await add_server(core, ServerWish("gemini", key=f'  export GEMINI_API_KEY="{GOOD}" '), True)
    assert row["models"] == ["gemini-4-argon", "gemini-3.8-flash", "gemini-9-unheard-of"] and row["base_url"] == google.url and row["has_key"] and row["note"] == ""
    assert google.asked == [f"/v1beta/openai/models {GOOD}"] and core.secrets.get("gemini") == GOOD
    assert [known["id"] for known in core.pool.known() if known["id"].startswith("gemini/")] == [f"gemini/{name}" for name in row["models"]]
    assert core.pool.get("gemini/gemini-4-argon").profile.context > 1_000_000, "the catalogue knows it"


async def test_a_wrong_key_is_said_and_not_kept(core: Core) -> None:
    error = await refusal(core, name="gemini", key="AIza-wrong")
    assert isinstance(error, ModelError) and error.code == "bad_key"
    assert "API key not valid" in error.message and "Nothing was kept" in error.message and "https://aistudio.google.com/apikey" in error.hint
    odd = await refusal(core, name="gemini", key="zwei Wörter")
    assert isinstance(odd, UsageError) and odd.code == "bad_key" and "spaces or letters" in odd.message


async def test_without_a_key_it_is_said_where_one_comes_from(core: Core, google: ModelList, monkeypatch: pytest.MonkeyPatch) -> None:
    error = await refusal(core, name="google")
    assert error.code == "no_key" and "Google Gemini needs a key" in error.message
    assert "https://aistudio.google.com/apikey" in error.hint and "deskhand model add google --key-stdin" in error.hint and "GEMINI_API_KEY" in error.hint
    assert google.asked == []
    monkeypatch.setenv("GOOGLE_API_KEY", GOOD)
    row = await add_server(core, ServerWish("gemini"), True)
    assert row["has_key"] and len(row["models"]) == 3, "the variable that other programs read is read too"


async def test_a_name_that_is_not_known_is_told_what_is_near(core: Core) -> None:
    error = await refusal(core, name="gemmini", key=GOOD)
    assert error.code == "no_address" and "Did you mean gemini" in error.hint and "--url" in error.hint


async def test_what_cannot_be_asked_is_added_and_said(core: Core, google: ModelList) -> None:
    google.status = 404
    row = await add_server(core, ServerWish("gemini", key=GOOD), True)
    assert "does not say which models it has" in row["note"] and "gemini-4-argon" in row["models"], "the catalogue's, then"
    core.settings.set("privacy.local_only", True)
    google.asked.clear()
    assert (await add_server(core, ServerWish("house", url="127.0.0.1:9/v1/chat/completions", models=("m",)), True))["base_url"] == "http://127.0.0.1:9/v1"
    row = await add_server(core, ServerWish("openrouter", key=GOOD), True)
    assert "nothing may leave this machine" in row["note"] and row["models"] == []


async def test_credit_that_is_used_up_is_said(core: Core, google: ModelList) -> None:
    google.manner = "deepseek"
    assert (await refusal(core, name="gemini", key="x")).code == "model_unpaid"


async def test_of_names_that_were_given_those_that_it_does_not_list_are_told(core: Core) -> None:
    row = await add_server(core, ServerWish("gemini", key=GOOD, models=("gemini-4-argon", "gemini-4-argonn")), True)
    assert row["models"] == ["gemini-4-argon", "gemini-4-argonn"] and row["note"] == "It does not list gemini-4-argonn."


async def test_of_hundreds_of_models_those_are_offered_that_are_known(core: Core, google: ModelList) -> None:
    google.models = [f"maker/model-{number}" for number in range(400)] + ["google/gemini-4-argon", "openai/gpt-6-sol"]
    google.prefix = ""
    assert (await add_server(core, ServerWish("gemini", key=GOOD), True))["models"] == ["google/gemini-4-argon", "openai/gpt-6-sol"]


async def test_who_forgets_a_server_gets_the_roles_back(core: Core) -> None:
    await add_server(core, ServerWish("gemini", key=GOOD), True)
    for role in ("planner", "executor"):
        core.settings.set(f"models.{role}", "gemini/gemini-4-argon")
    assert remove_server(core, "gemini") == ["planner", "executor"]
    assert core.settings["models.planner"] == "starter" and core.secrets.get("gemini") is None


@pytest.mark.parametrize("base", ["", "/v1"])
async def test_the_models_are_found_where_the_api_is(base: str, core: Core) -> None:
    with ModelList(["big"], path="/v1/models") as server:
        row = await add_server(core, ServerWish("mine", url=server.url.removesuffix("/v1") + base, key=GOOD), True)
    assert row["models"] == ["big"]


async def test_anthropic_is_asked_in_its_own_way(core: Core) -> None:
    with ModelList(["claude-sonnet-5-5"], path="/v1/models") as server:
        row = await add_server(core, ServerWish("anthropic", url=server.url, key=GOOD), True)
    assert row["kind"] == "anthropic" and row["models"] == ["claude-sonnet-5-5"]


def test_every_service_has_what_a_person_needs() -> None:
    names = [called for service in known_services() for called in (service.id, *service.also)]
    assert len(set(names)) == len(names) and len(names) > 30
    for service in known_services():
        assert service.says and service.url.startswith("http://localhost" if service.local else "https://")
        assert service.local or (service.keys.startswith("https://") and service.variables and all(name.endswith(("_KEY", "_TOKEN")) for name in service.variables))
    wanted: Callable[[str], bool] = lambda name: find_service(name) is not None  # noqa: E731
    assert all(map(wanted, ("gemini", "mistral", "deepseek", "xai", "grok", "groq", "openrouter", "together", "fireworks", "Claude", "ollama")))
    assert near_services("openruter") == ["openrouter"] and key_variables()["google"][0] == "GEMINI_API_KEY"
