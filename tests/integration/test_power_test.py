"""A model that came is tested in tools in the background, once for its file, and what it did settles how it works from then on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.commands.models import measured_text
from app.service.composition import Core
from core.errors import ModelError
from core.messages import ModelRequest, Part
from core.turn.context.head import RULES
from models import self_test
from models.llama.chat import LlamaModel
from models.power_test.exchanges import EXCHANGES
from models.scripted import ScriptedModel, Turn
from tests.helpers.gguf_models import Shape, write
from tests.helpers.tool_replies import ABLE, call, exchange_of, reply_to

TEMPLATE = "{% for message in messages %}{{ message.content }}{% endfor %}"
UNABLE: dict[str, Sequence[Turn]] = {"stops": ["I did."], "makes two calls": ["I did."]}
NAMES = [exchange.name for exchange in EXCHANGES]


class Voice:
    """What GGUF models say in these tests: their processes run, their words are written here. ``asked`` are the requests that came."""

    def __init__(self) -> None:
        self.instead: Mapping[str, Sequence[Turn]] = {}
        self._scripted = ScriptedModel([self._turn])
        self.hear: Callable[[ModelRequest], None] = lambda request: None

    @property
    def asked(self) -> list[ModelRequest]:
        return self._scripted.requests

    @property
    def played(self) -> list[str]:
        """The exchanges that were begun, in their order."""
        return [name for request in self.asked if (name := exchange_of(request)) and len(request.messages) == 2]

    def _turn(self, request: ModelRequest) -> Any:
        self.hear(request)
        if exchange_of(request):
            return reply_to(request, self.instead)
        is_to_look = request.tools and not any(message.role == "tool" for message in request.messages)
        return [call("files_read", path="lease.txt")] if is_to_look else "The deposit is 900 euros."

    def stream(self, request: ModelRequest) -> AsyncIterator[Part]:
        return self._scripted.stream(request)


@pytest.fixture
def voice(monkeypatch: pytest.MonkeyPatch) -> Voice:
    voice = Voice()
    monkeypatch.setattr(LlamaModel, "stream", lambda self, request: voice.stream(request))
    monkeypatch.setattr(self_test, "QUIET_SECONDS", 0.0)
    return voice


@pytest.fixture
def core(make_core: Callable[..., Core], voice: Voice) -> Core:
    core = make_core()
    core.home.models.mkdir(exist_ok=True)
    put(core, "3B")
    core.settings.set("models.planner", "writer")
    return core


def put(core: Core, label: str, layers: int = 2) -> Path:
    return write(core.home.models / "writer.gguf", Shape(layers=layers, width=128, inner=256, heads=4, shared=2, context=16_384, label=label), TEMPLATE)


def row_of(core: Core) -> dict[str, Any]:
    return next(row for row in core.pool.known() if row["id"] == "writer")


async def test_models(core: Core, is_quiet: Callable[[], bool] = lambda: True) -> bool:
    """Test what is due; False where nothing was."""
    before = core.pool.self_test._task
    core.pool.self_test._not_before = {key: until for key, until in core.pool.self_test._not_before.items() if until == float("inf")}
    core.pool.self_test.look(is_quiet)
    task = core.pool.self_test._task
    if task is None or task is before:
        return False
    async with asyncio.timeout(60):
        await task
    return True


test_models.__test__ = False  # type: ignore[attr-defined]


async def way_of(core: Core, voice: Voice, workspace: Path) -> str:
    """``loop`` where a request is answered with the rules and tools of the action loop, ``small`` where it is not."""
    (workspace / "lease.txt").write_text("Lease\n\nThe deposit is 900 euros.\n")
    before = len(voice.asked)
    run_id = core.runs.start({"text": "How much is the deposit? It is in lease.txt.", "workspace": str(workspace), "approve": "none"})
    result = (await core.runs.wait(run_id, 60))["result"]
    assert "900" in result["answer"], result
    return "loop" if voice.asked[before].tools and voice.asked[before].messages[0].content == RULES else "small"


async def test_a_model_of_3_b_that_passes_works_in_the_loop(core: Core, voice: Voice, workspace: Path) -> None:
    assert row_of(core)["tool_score"] is None and row_of(core)["ways"] == ["talk", "small tasks"]
    assert await way_of(core, voice, workspace) == "small", "not tested: by its size"
    assert await test_models(core)
    row = row_of(core)
    assert row["tool_score"] == {"passed": tuple(NAMES), "failed": ()} and row["ways"] == ["talk", "tools", "plans"] and not row["loaded"]
    assert "acts step by step in tools: 6 of 6; talk, tools, plans" in measured_text(row)
    assert await way_of(core, voice, workspace) == "loop"
    assert not await test_models(core) and voice.played == NAMES, "once"


async def test_one_that_fails_does_not(core: Core, voice: Voice, workspace: Path) -> None:
    voice.instead = UNABLE
    assert await test_models(core)
    assert row_of(core)["tool_score"]["failed"] == ("makes two calls", "stops") and row_of(core)["ways"] == ["talk", "small tasks"]
    assert "acts step by step in tools: 4 of 6; talk, small tasks" in measured_text(row_of(core))
    assert await way_of(core, voice, workspace) == "small"


async def test_one_of_8_b_that_fails_is_taken_for_small(core: Core, voice: Voice, workspace: Path) -> None:
    put(core, "8B")
    assert await way_of(core, voice, workspace) == "loop"
    voice.instead = UNABLE
    assert await test_models(core)
    assert await way_of(core, voice, workspace) == "small"


async def test_another_file_is_another_model(core: Core, voice: Voice) -> None:
    assert await test_models(core) and row_of(core)["ways"] == ["talk", "tools", "plans"]
    put(core, "3B", layers=1)
    assert row_of(core)["tool_score"] is None and row_of(core)["ways"] == ["talk", "small tasks"], "what the other did says nothing of this one"
    voice.instead = UNABLE
    assert await test_models(core) and len(row_of(core)["tool_score"]["failed"]) == 2 and voice.played == NAMES * 2


async def test_it_gives_way_and_goes_on_where_it_was(core: Core, voice: Voice) -> None:
    quiet = [True]
    voice.hear = lambda request: quiet.__setitem__(0, exchange_of(request) != NAMES[2])
    assert await test_models(core, lambda: quiet[0])
    assert voice.played == NAMES[:3] and row_of(core)["tool_score"] is None
    voice.hear, quiet[0] = (lambda request: None), True
    await core.pool.unload("writer")
    assert await test_models(core, lambda: quiet[0])
    assert voice.played == [*NAMES[:3], *NAMES[2:]] and len(row_of(core)["tool_score"]["passed"]) == 6
    assert sum(not exchange_of(request) for request in voice.asked) == 1, "its pace was measured once"


async def test_a_sitting_has_its_time_and_the_rest_comes_later(core: Core, voice: Voice, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(self_test, "time", SimpleNamespace(monotonic=lambda: now[0]))

    def spend(request: ModelRequest) -> None:
        now[0] += self_test.SITTING_SECONDS if exchange_of(request) == NAMES[1] else 1.0

    voice.hear = spend
    assert await test_models(core) and voice.played == NAMES[:2] and row_of(core)["tool_score"] is None
    assert await test_models(core) and voice.played == NAMES and row_of(core)["tool_score"]


@pytest.mark.parametrize("label", ["0.5B", "14B", ""])
async def test_size_tells_enough_of_tiny_and_big_ones(core: Core, voice: Voice, label: str) -> None:
    put(core, label)
    assert await test_models(core)
    assert voice.asked and voice.played == [] and row_of(core)["tool_score"] is None and not await test_models(core)


async def test_a_process_that_ends_tells_nothing_of_the_model(core: Core, voice: Voice, workspace: Path) -> None:
    voice.instead = {NAMES[1]: [ModelError("Its process ended.", retryable=True)]}
    assert await test_models(core) and voice.played == NAMES[:2]
    assert row_of(core)["tool_score"] is None and not await test_models(core), "not again before the next start"


async def test_a_template_that_refuses_results_is_the_models_own(core: Core, voice: Voice) -> None:
    voice.instead = {name: [turns[0], ModelError("The model's chat template refuses this conversation.")] for name, turns in ABLE.items() if len(turns) > 1}
    assert await test_models(core)
    assert row_of(core)["tool_score"]["passed"] == ("chooses a tool", "only talks") and row_of(core)["ways"] == ["talk", "small tasks"]
